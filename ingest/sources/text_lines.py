"""Whole lines of bounded length, for formats in which a line is the smallest part, and lines together for the others."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from app.core.domain import BadRecord
from ingest.opening import Unreadable

LONGEST_LINE = 4_000_000
_BLOCK = 1 << 15


def whole_lines(pieces: Iterable[str], where: str) -> Iterator[tuple[int, str] | BadRecord]:
    """(number from 1, line with its line end); a line of more than `LONGEST_LINE` characters is a bad record whose
    text lies in a file of its own, so that memory stays bounded."""
    number, parts, length = 1, list[str](), 0
    spill: _Spill | None = None
    for piece in pieces:
        ended = piece.endswith(("\n", "\r"))
        if spill:
            spill.write(piece)
        else:
            parts.append(piece)
            length += len(piece)
            if length > LONGEST_LINE:
                spill = _Spill(parts)
                parts = []
        if ended:
            yield spill.record(where, number) if spill else (number, parts[0] if len(parts) == 1 else "".join(parts))
            number, parts, length, spill = number + 1, [], 0, None
    if spill:
        yield spill.record(where, number)
    elif parts:
        yield number, "".join(parts)


def joined(pieces: Iterable[str]) -> Iterator[str]:
    """The pieces put together to larger ones, as more has passed, since looking at each short line takes long. What
    stands before a break is still given."""
    parts, size, passed = list[str](), 0, 0
    try:
        for piece in pieces:
            parts.append(piece)
            size += len(piece)
            if size >= passed:
                yield "".join(parts)
                passed = min(passed + size, _BLOCK)
                parts, size = [], 0
    except Unreadable:
        yield "".join(parts)
        raise
    yield "".join(parts)


class _Spill:
    """A line too long for memory, on its way to a file."""

    def __init__(self, parts: list[str]) -> None:
        self._excerpt = parts[0][:200]
        # Whoever keeps the bad record removes the file; see `ingest.set_aside`.
        self._file = tempfile.NamedTemporaryFile(  # noqa: SIM115 - closed by `record`
            "w", encoding="utf-8", errors="surrogateescape", newline="", prefix="askpapers-", delete=False
        )
        for part in parts:
            self._file.write(part)

    def write(self, part: str) -> None:
        self._file.write(part)

    def record(self, where: str, number: int) -> BadRecord:
        self._file.close()
        reason = f"the line is longer than {LONGEST_LINE:,} characters"
        return BadRecord(where, number, reason, self._excerpt, Path(self._file.name))
