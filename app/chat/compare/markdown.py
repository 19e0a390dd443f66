"""A comparison as a Markdown table. What papers and people wrote can end no cell and looks like no marker."""

from __future__ import annotations

import re
from collections.abc import Callable

from app.chat.compare.labels import plain
from app.core.findings import NOT_STATED, Comparison

_ROUND = str.maketrans("[]【】", "()()")


def table_markdown(table: Comparison) -> str:
    """The pipe table of an answer: a row a paper, a column a point, each cell with its paper's marker."""
    return pipe_table(table, lambda text: re.sub(r"[\\|]", r"\\\g<0>", text))


def pipe_table(table: Comparison, escaped: Callable[[str], str]) -> str:
    """The table with the text of papers and people `escaped`."""
    lines = [
        f"| | {' | '.join(escaped(plain(name)) for name in table.aspects)} |",
        f"|---|{'---|' * len(table.aspects)}",
    ]
    for row in table.rows:
        cells = [cell.text if cell.text == NOT_STATED else _cited(cell.text, row.marker, escaped) for cell in row.cells]
        lines.append(f"| {escaped(plain(row.label))} [{row.marker}] | {' | '.join(cells)} |")
    return "\n".join(lines)


def _cited(text: str, marker: int, escaped: Callable[[str], str]) -> str:
    # Brackets of an abstract's own would pass for markers.
    return f"{escaped(' '.join(text.split()).translate(_ROUND))} [{marker}]"
