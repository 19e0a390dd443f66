"""A comparison as a Markdown table. What papers and people wrote is made harmless: it can end no cell and start no link."""

from __future__ import annotations

import re

from app.core.findings import NOT_STATED, Cell, Comparison

_MARKER_LIKE = re.compile(r"[\[【]([^\[\]【】]*)[\]】]")


def plain(text: str) -> str:
    """One line without Markdown's signs, for a label."""
    return " ".join(re.sub(r"[*_`\[\]<>|\\【】]", " ", text).split())


def cell_markdown(cell: Cell, marker: int) -> str:
    """A cell with its marker; without brackets of its own, which would pass for markers."""
    if cell.text == NOT_STATED:
        return NOT_STATED
    text = " ".join(_MARKER_LIKE.sub(r"(\1)", cell.text).split()).translate(_ROUND)
    return f"{_SIGN.sub(_escaped, text)} [{marker}]"


_ROUND = str.maketrans("[]【】", "()()")
_SIGN = re.compile(r"[\\|*_`#<]")


def _escaped(match: re.Match[str]) -> str:
    return "&lt;" if match.group() == "<" else f"\\{match.group()}"


def table_markdown(table: Comparison) -> str:
    """The pipe table: a row a paper, a column a point."""
    lines = [
        f"| | {' | '.join(plain(name) for name in table.aspects)} |",
        f"|---|{'---|' * len(table.aspects)}",
    ]
    for row in table.rows:
        cells = " | ".join(cell_markdown(cell, row.marker) for cell in row.cells)
        lines.append(f"| {plain(row.label)} [{row.marker}] | {cells} |")
    return "\n".join(lines)
