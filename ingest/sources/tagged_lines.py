"""What RIS, MEDLINE and Web of Science have in common: records of lines that begin with a tag, or go on with the line
before."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field

from app.core.domain import BadRecord, Paper
from ingest.broken_words import joined
from ingest.record import RecordError

LONGEST = 4_000_000


@dataclass(slots=True)
class Record:
    """The lines of one record as they stand in the file, from line `line` on (from 1), and the same read: tag and value
    of each. Of one longer than LONGEST characters nothing is kept."""

    line: int
    size: int = 0
    lines: list[str] = field(default_factory=list)
    fields: list[tuple[str, str]] = field(default_factory=list)

    def take(self, line: str, tag: str | None, value: str) -> None:
        """Add a line; without a tag it goes on with the value before."""
        self.size += len(line)
        if self.too_long:
            self.lines.clear()
            self.fields.clear()
            return
        self.lines.append(line)
        if tag:
            self.fields.append((tag, value))
        elif self.fields and value:
            self.fields.append(("", value))

    @property
    def too_long(self) -> bool:
        return self.size > LONGEST

    @property
    def raw(self) -> str | None:
        return None if self.too_long else "".join(self.lines)

    def values(self, lists: frozenset[str], *, wrapped: bool = False) -> dict[str, list[str]]:
        """The values by tag. A line without tag is a further value of a tag among `lists`, else it is joined on, and
        with it the two parts of a word that the line end breaks: see `joined`."""
        found: dict[str, list[list[str]]] = {}
        last = ""
        for tag, value in self.fields:
            if tag or last in lists:
                last = tag or last
                found.setdefault(last, []).append([value])
            else:
                found[last][-1].append(value)
        whole = {tag: [joined(parts, wrapped=wrapped).strip() for parts in values] for tag, values in found.items()}
        return {tag: [value for value in values if value] for tag, values in whole.items()}


def until_end(
    pieces: Iterable[str], tagged: Callable[[str], tuple[str | None, str]], begins: str, outside: Collection[str]
) -> Iterator[tuple[Record, bool]]:
    """Each record and whether its end, `ER`, was there. `tagged` gives a line's tag, if it has one, and its value. What
    stands between records is ignored unless it has a tag that is not among those of `outside`: a record that lost its
    first line, that of the tag `begins`, begins with it."""
    current: Record | None = None
    for number, line in enumerate(whole_lines(pieces), start=1):
        tag, value = tagged(line)
        if current and tag == begins:
            yield current, False
            current = None
        if current is None:
            if tag is None or tag in outside:
                continue
            current = Record(number)
        current.take(line, tag, value)
        if tag == "ER":
            yield current, True
            current = None
    if current:
        yield current, False


def read(
    records: Iterable[tuple[Record, bool]], where: str, paper_of: Callable[[Record], Paper], end: str = ""
) -> Iterator[Paper | BadRecord]:
    """The papers that `paper_of` makes of records, and the bad ones among these; `end` is how a record ends."""
    for record, ended in records:
        try:
            if record.too_long:
                raise RecordError(f"the record is longer than {LONGEST:,} characters")
            yield paper_of(record)
        except RecordError as error:
            # A record without its end is whole if it has all it needs; if not, the end may be what is missing.
            reason = str(error) if ended else f'{error}, and the record has no end ("{end}")'
            raw = record.raw
            yield BadRecord(where, record.line, reason, (raw or "").strip()[:200], raw)


def whole_lines(pieces: Iterable[str]) -> Iterator[str]:
    """The lines of the text that `pieces` are (see `Source.papers`), without a byte order mark; of a line longer than
    any record only as much as tells that."""
    held: list[str] = []
    size, first = 0, True
    for piece in pieces:
        if first:
            piece, first = piece.removeprefix("\ufeff"), False
        if not held and piece.endswith("\n"):
            yield piece
            continue
        if size <= LONGEST:
            held.append(piece)
            size += len(piece)
        if piece.endswith("\n"):
            yield "".join(held) if size <= LONGEST else "".join(held) + "\n"
            held, size = [], 0
    if held:
        yield "".join(held)
