"""Conditions on papers as people are told of them: read from a question, or given beside it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Literal

from app.core.filter_words import in_words
from app.core.filters import EVERY_PAPER, Filters, first_day, last_day

Origin = Literal["question", "given"]
READABLE = tuple(item.name for item in fields(Filters))


@dataclass(frozen=True, slots=True)
class Reading:
    """One condition. `filters` has nothing else ("in 2023" sets `since` and `until`), `words` say it to people ("from
    2023"). It was read from `text`, which stands at `start` to `end` of the question; one that was given has none."""

    filters: Filters
    words: str
    text: str = ""
    start: int = 0
    end: int = 0

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the conditions it sets."""
        return tuple(self.filters.given())

    @property
    def origin(self) -> Origin:
        return "question" if self.text else "given"


def given_readings(filters: Filters) -> tuple[Reading, ...]:
    """What was given beside a question, one condition each; a span of time is one."""
    spans = [("since", "until"), *((name,) for name in READABLE if name not in {"since", "until"})]
    parts = (_only(filters, names) for names in spans)
    return tuple(Reading(part, in_words(part)) for part in parts if part)


def _only(filters: Filters, names: Sequence[str]) -> Filters:
    for name in filters.given():
        if name not in names:
            filters = filters.without(name)
    return filters


def combined(readings: Iterable[Reading]) -> Filters:
    """The filters that ask for all of these conditions. Where two say who may have written a paper, both must hold;
    of two lists of categories or venues either may."""
    together = EVERY_PAPER
    for part in (reading.filters for reading in readings):
        together = replace(
            together,
            since=max(together.since, part.since, key=lambda when: first_day(when) if when else 0),
            until=min(together.until, part.until, key=lambda when: last_day(when) if when else 99_999_999),
            authors=together.authors or part.authors,
            all_authors=(*together.all_authors, *part.all_authors, *(part.authors if together.authors else ())),
            categories=(*together.categories, *part.categories),
            venues=(*together.venues, *part.venues),
            sources=(*together.sources, *part.sources),
            flagged=together.flagged if part.flagged is None else part.flagged,
            ids=(*together.ids, *part.ids),
            not_ids=(*together.not_ids, *part.not_ids),
        )
    return together


def records(readings: Iterable[Reading]) -> list[dict[str, Any]]:
    """The conditions as plain values, one field of `Filters` each, and where they come from."""
    return [
        {"field": name, "value": value, "words": reading.words, "read_from": reading.text, "origin": reading.origin}
        for reading in readings
        for name, value in reading.filters.record().items()
    ]
