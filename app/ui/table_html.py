"""The table of a comparison on the page: papers x points, every cell with the words it rests on. Pure functions.

Labels, points and cells come from papers and people: all of it goes through `html.escape`.
"""

from __future__ import annotations

from collections.abc import Collection
from html import escape

from app.core.findings import NOT_STATED, Cell, Comparison, Row
from app.ui.cards import safe_url
from app.ui.markup import TABLE_OPEN, line_html, marker_link
from app.ui.plan_html import listed
from app.ui.table_export import table_csv, table_latex, table_markdown


def holds_table(html: str) -> bool:
    """Whether a text that `chat_html` made into HTML has a table of its own."""
    return TABLE_OPEN in html


def comparison_html(table: Comparison, known: Collection[int] = ()) -> str:
    """The table, a row a paper; markers in `known` lead to their card."""
    caption = f"Comparison of {listed([row.label for row in table.rows])}"
    head = "".join(f'<th scope="col">{line_html(aspect)}</th>' for aspect in table.aspects)
    rows = "".join(_row(row, known) for row in table.rows)
    return (
        f'{TABLE_OPEN}<caption class="ap-sr">{line_html(caption)}</caption>'
        f"<thead><tr><td></td>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _row(row: Row, known: Collection[int]) -> str:
    marker = marker_link(row.marker) if row.marker in known else f"[{row.marker}]"
    cells = "".join(_cell(cell, marker) for cell in row.cells)
    return f'<tr><th scope="row" dir="auto">{line_html(row.label)} {marker}</th>{cells}</tr>'


def _cell(cell: Cell, marker: str) -> str:
    """The value, and below it the sentences it was read from where they are more than the value."""
    if cell.text == NOT_STATED and not cell.quotes:
        return f'<td class="ap-none">{NOT_STATED}</td>'
    longer = [quote.text for quote in cell.quotes if _bare(quote.text) not in _bare(cell.text)]
    quotes = "".join(f"<br><q>{line_html(quote)}</q>" for quote in longer)
    return f'<td dir="auto">{line_html(cell.text)} {marker}{quotes}</td>'


def _bare(text: str) -> str:
    return " ".join(text.split()).strip(" \"'“”…")


def references_html(table: Comparison) -> str:
    """Which paper each marker is, with its link where it is one that may be followed."""
    items = []
    for row in table.rows:
        title = line_html(f"{row.paper.title}{f' ({row.paper.year})' if row.paper.year else ''}")
        url = safe_url(row.paper.url)
        link = f'<a href="{escape(url)}" target="_blank" rel="noopener noreferrer">{title}</a>' if url else title
        items.append(f'<li dir="auto">[{row.marker}] {link}</li>')
    return f'<ul class="ap-references">{"".join(items)}</ul>'


def downloads_html(table: Comparison) -> str:
    """Buttons that save the table as a file. The page makes the file itself, from the text beside the button."""
    files = (
        ("CSV", "is-csv", table_csv(table)),
        ("Markdown", "is-markdown", table_markdown(table)),
        ("LaTeX", "is-latex", table_latex(table)),
    )
    out = []
    for name, kind, text in files:
        body = "&#10;".join(escape(line) for line in text.splitlines())
        title = f"Save the table as {name}"
        out.append(
            f'<span class="ap-file"><button type="button" class="ap-save {kind}" title="{title}">Table as {name}</button>'
            f'<pre class="ap-filetext" hidden>{body}</pre></span>'
        )
    return "".join(out)
