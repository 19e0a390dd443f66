"""A comparison as a file to keep: CSV for a spreadsheet, Markdown for a text."""

from __future__ import annotations

import csv
import io
import re

from app.core.findings import NOT_STATED, Cell, Comparison
from app.core.shown import shown

_NUMBER = re.compile(r"[-+]?\d[\d.,]*\s*%?")
_SIGNS = re.compile(r"[\\|*_`#<>\[\]]")


def table_csv(table: Comparison) -> str:
    """A line a paper: its marker, label, title, year and address, then a column a point."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["marker", "label", "title", "year", "url", *map(_field, table.aspects)])
    for row in table.rows:
        paper = row.paper
        about = [_field(row.label), _field(paper.title), paper.year or "", _field(paper.url or "")]
        writer.writerow([row.marker, *about, *(_field(cell.text) for cell in row.cells)])
    return out.getvalue()


def _field(text: str) -> str:
    """One line; what a spreadsheet would run as a formula begins with an apostrophe."""
    line = shown(" ".join(text.split()))
    return f"'{line}" if line.startswith(("=", "+", "-", "@")) and not _NUMBER.fullmatch(line) else line


def table_markdown(table: Comparison) -> str:
    """A pipe table with the marker beside every value, and the papers the markers stand for below."""
    head = ["", *map(_plain, table.aspects)]
    lines = [_pipes(head), _pipes(["---"] * len(head))]
    for row in table.rows:
        cells = [_marked(cell, row.marker) for cell in row.cells]
        lines.append(_pipes([f"{_plain(row.label)} [{row.marker}]", *cells]))
    papers = [f"[{row.marker}] {_plain(row.paper.title)}" for row in table.rows]
    return "\n".join([*lines, "", *papers]) + "\n"


def _pipes(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _marked(cell: Cell, marker: int) -> str:
    return NOT_STATED if cell.text == NOT_STATED else f"{_plain(cell.text)} [{marker}]"


def _plain(text: str) -> str:
    """One line in which nothing is Markdown any more."""
    return _SIGNS.sub(lambda sign: f"\\{sign[0]}", shown(" ".join(text.split())))
