"""The table of a comparison as files: CSV for spreadsheets, Markdown for notes, LaTeX for papers."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

from app.chat.compare.markdown import pipe_table
from app.core.errors import InputError
from app.core.findings import Comparison
from app.core.shown import shown
from app.export import guarded

FORMATS = (".csv", ".md", ".tex")
_SIGN = re.compile(r"[\\|*_`#<>&~\[\]]")
_ENTITIES = {"<": "&lt;", ">": "&gt;", "&": "&amp;"}


def table_csv(table: Comparison) -> str:
    """One row a paper: marker, id, title, label, and a column for each point. A cell that a spreadsheet would take for a
    formula gets an apostrophe in front."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(["marker", *map(_cell, ("id", "title", "label", *table.aspects))])
    for row in table.rows:
        texts = (row.paper.id, row.paper.title, row.label, *(cell.text for cell in row.cells))
        writer.writerow([row.marker, *map(_cell, texts)])
    return out.getvalue()


def _cell(text: str) -> str:
    """On one line, without control characters; they too can stand before a formula."""
    line = " ".join("".join(c if c.isprintable() or c.isspace() else " " for c in text).split())
    return guarded(line.encode("utf-8", "replace").decode("utf-8"))


def table_markdown(table: Comparison) -> str:
    """The table as any Markdown program shows it, and below it which paper each marker is."""
    legend = [f"- \\[{row.marker}\\] {_escaped(_reference(row.paper.title, row.paper.year))}" for row in table.rows]
    links = [f" {row.paper.url}" if _is_address(row.paper.url) else "" for row in table.rows]
    lines = "\n".join(entry + link for entry, link in zip(legend, links, strict=True))
    return f"{pipe_table(table, _escaped)}\n\n{lines}\n"


def table_latex(table: Comparison) -> str:
    """A `tabular` with rules of booktabs, which wraps its cells, and below it, as comments, which paper each row is."""
    columns = len(table.aspects)
    width = f"p{{{0.85 / columns:.2f}\\linewidth}}"
    head = " & ".join(["", *(f"\\textbf{{{_tex(aspect)}}}" for aspect in table.aspects)])
    rows = [" & ".join(map(_tex, (f"{row.label} [{row.marker}]", *(c.text for c in row.cells)))) for row in table.rows]
    legend = [f"% [{row.marker}] {_comment(_reference(row.paper.title, row.paper.year))}" for row in table.rows]
    lines = [
        "% Needs \\usepackage{booktabs}",
        f"\\begin{{tabular}}{{@{{}}l{width * columns}@{{}}}}",
        "\\toprule",
        f"{head} \\\\",
        "\\midrule",
        *(f"{row} \\\\" for row in rows),
        "\\bottomrule",
        "\\end{tabular}",
        *legend,
    ]
    return "\n".join(lines) + "\n"


def _tex(text: str) -> str:
    """Text in which nothing is a command."""
    from pylatexenc.latexencode import UnicodeToLatexEncoder

    encoder = UnicodeToLatexEncoder(unknown_char_policy="keep", unknown_char_warning=False)
    said = str(encoder.unicode_to_latex(" ".join(shown(text).split())))
    return f"{{}}{said}" if said.startswith("[") else said  # after the end of a row a bracket would be an option of it


def _comment(text: str) -> str:
    return " ".join(shown(text).split())


def _reference(title: str, year: int | None) -> str:
    return " ".join(f"{title}{f' ({year})' if year else ''}.".split())


def _is_address(url: str | None) -> bool:
    return bool(url) and re.fullmatch(r"https?://[^\s<>()\[\]\"'`|\\]+", url or "") is not None


def _escaped(text: str) -> str:
    """One line in which nothing is Markdown any more, nor moves a terminal's cursor."""
    line = shown(" ".join(text.split()))
    return _SIGN.sub(lambda match: _ENTITIES.get(match.group(), f"\\{match.group()}"), line)


def write_table(path: Path, table: Comparison) -> None:
    """Write the table into a file, as its ending says. Raises InputError for another ending, or if it cannot be
    written."""
    check_path(path)
    written = {".csv": table_csv, ".md": table_markdown, ".tex": table_latex}
    text = written[path.suffix.lower()](table)
    try:
        # Spreadsheets know by the mark at the beginning that it is UTF-8.
        path.write_text(text, encoding="utf-8-sig" if path.suffix.lower() == ".csv" else "utf-8", newline="")
    except OSError as error:
        raise InputError(
            f'The table cannot be written to "{path}": {error.strerror}.', "Check the path and its folder."
        ) from error


def check_path(path: Path) -> None:
    """Raises InputError if the ending is none of those we write."""
    if path.suffix.lower() not in FORMATS:
        raise InputError(
            f'A table is not written as "{path.suffix or path.name}".', "Give a file that ends in .csv, .md or .tex."
        )
