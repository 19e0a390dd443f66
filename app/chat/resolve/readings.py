"""What resolving a question gives: which stretch of it was read as which papers, how, and how sure that is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

How = Literal["name", "fuzzy name", "title", "fuzzy title", "author and year", "id", "marker", "description"]
# A stretch that fits more papers than this names none of them: there the person has to say which.
MOST_MEANINGS = 5

Span = tuple[int, int, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Reading:
    """A stretch of the question, `question[start:end] == text`, and the papers it fits, about equally well where there
    are several. `confidence` (0 to 1) is how sure it is that the stretch means these papers."""

    text: str
    start: int
    end: int
    papers: tuple[str, ...]
    confidence: float
    how: How


@dataclass(frozen=True, slots=True)
class Named:
    """What resolving gave: `papers` in the order of the question; `missing` names as the person wrote them;
    `certain`, those of them that can only be names; `spans` of the text that named something, as (start, end, ids);
    `readings`, what each of these was read as."""

    papers: tuple[str, ...]
    missing: tuple[str, ...]
    certain: tuple[str, ...]
    spans: tuple[Span, ...]
    readings: tuple[Reading, ...] = ()

    @property
    def several(self) -> tuple[Reading, ...]:
        """The readings that fit more than one paper; with more than MOST_MEANINGS they are not among `papers`."""
        return tuple(reading for reading in self.readings if len(reading.papers) > 1)


@dataclass
class Ledger:
    """Which stretches of one question are taken, by what; filled step by step, surest first."""

    text: str
    readings: list[Reading] = field(default_factory=list)
    taken: list[Span] = field(default_factory=list)
    missing: list[tuple[int, str, bool]] = field(default_factory=list)

    def free(self, start: int, end: int) -> bool:
        return all(end <= s or start >= e for s, e, _ in self.taken)

    def read(self, start: int, end: int, papers: Iterable[str], confidence: float, how: How) -> None:
        """Take this stretch as naming these papers."""
        ids = tuple(papers)
        self.readings.append(Reading(self.text[start:end], start, end, ids, round(confidence, 3), how))
        self.taken.append((start, end, ids if len(ids) <= MOST_MEANINGS else ()))

    def close(self, start: int, end: int) -> None:
        """Take this stretch as naming nothing here."""
        self.taken.append((start, end, ()))

    def miss(self, start: int, end: int, certain: bool, text: str = "") -> None:
        """Take this stretch as a name that the library does not hold."""
        self.missing.append((start, text or self.text[start:end].strip(), certain))
        self.close(start, end)

    @property
    def found(self) -> list[Span]:
        return [span for span in self.taken if span[2]]

    def named(self) -> Named:
        spans: dict[tuple[int, int], tuple[str, ...]] = {}
        for start, end, ids in sorted(self.taken):
            spans[start, end] = (*spans.get((start, end), ()), *ids)
        missing = sorted(self.missing)
        return Named(
            tuple(dict.fromkeys(paper for ids in spans.values() for paper in ids)),
            tuple(dict.fromkeys(name for _, name, _ in missing)),
            tuple(dict.fromkeys(name for _, name, sure in missing if sure)),
            tuple((start, end, ids) for (start, end), ids in spans.items()),
            tuple(sorted(self.readings, key=lambda reading: (reading.start, reading.end, reading.papers))),
        )
