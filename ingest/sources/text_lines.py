"""Whole lines of bounded length, for formats in which a line is the smallest part, and lines together for the others."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from app.core.domain import BadRecord
from app.core.errors import LibraryError
from ingest.opening import Unreadable

LONGEST_LINE = 4_000_000
_BLOCK = 1 << 15


def whole_lines(pieces: Iterable[str], where: str) -> Iterator[tuple[int, str] | BadRecord]:
    """(number from 1, line with its line end); a line of more than `LONGEST_LINE` characters is a bad record whose
    text lies in a file of its own, so that memory stays bounded."""
    number, parts, length = 1, list[str](), 0
    spill: _Spill | None = None
    try:
        for piece in pieces:
            ended = piece.endswith(("\n", "\r"))
            if spill:
                spill.write(piece)
            else:
                parts.append(piece)
                length += len(piece)
                if length > LONGEST_LINE:
                    spill = _Spill(where)
                    spill.write(*parts)
                    parts = []
            if ended:
                line = spill.record(number) if spill else (number, parts[0] if len(parts) == 1 else "".join(parts))
                spill = None  # the file is theirs who take the record
                yield line
                number, parts, length = number + 1, [], 0
        if spill:
            record, spill = spill.record(number), None
            yield record
        elif parts:
            yield number, "".join(parts)
    finally:
        if spill:
            spill.remove()


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
    """A line too long for memory, on its way to a file. Raises LibraryError where that cannot be written."""

    def __init__(self, where: str) -> None:
        self._where, self._excerpt = where, ""
        try:
            # Whoever keeps the bad record removes the file; see `ingest.set_aside`.
            self._file = tempfile.NamedTemporaryFile(  # noqa: SIM115 - closed by `record` or `remove`
                "w", encoding="utf-8", errors="surrogateescape", newline="", prefix="askpapers-", delete=False
            )
        except OSError as error:
            raise self._error(error) from error

    def write(self, *parts: str) -> None:
        self._excerpt = self._excerpt or parts[0][:200]
        try:
            for part in parts:
                self._file.write(part)
        except OSError as error:
            raise self._error(error) from error

    def record(self, number: int) -> BadRecord:
        try:
            self._file.close()
        except OSError as error:
            raise self._error(error) from error
        reason = f"the line is longer than {LONGEST_LINE:,} characters"
        return BadRecord(self._where, number, reason, self._excerpt, Path(self._file.name))

    def remove(self) -> None:
        with suppress(OSError):
            self._file.close()
        with suppress(OSError):
            Path(self._file.name).unlink()

    def _error(self, error: OSError) -> LibraryError:
        try:
            folder = f'"{tempfile.gettempdir()}"'
        except OSError:  # there is none, and the error says where it was looked for
            folder = "a temporary file"
        return LibraryError(
            f'A line of "{self._where}" is too long for memory and cannot be kept in {folder}: '
            f"{error.strerror or error}.",
            "Make room there, or set TMPDIR to a folder that has it, then run this again: what is already stored is skipped.",
        )
