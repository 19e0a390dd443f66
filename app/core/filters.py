"""Which papers a search may give: years and days, people, categories, venues, sources, warnings, ids.

`Filters.fits` says what each condition means; whatever finds papers faster (an index, a store) must agree with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from app.core.keys import title_key
from app.core.people import same_person

if TYPE_CHECKING:
    from app.core.domain import Paper


@dataclass(frozen=True, slots=True)
class Filters:
    """Every condition that is given must hold; none given fits every paper.

    `since` and `until` are days, months or years ("2023", "2023-05", "2023-05-14"), both included; a paper of which
    only the year is known fits where its year may. `authors`: any of these people; `all_authors`: all of them
    ("Raffel", "C. Raffel" and "Colin Raffel" fit Colin Raffel). `categories`: any of these, "cs" fits "cs.CL".
    `venues`: any of these words in the venue. `sources`: any of these origins. `flagged`: with (True) or without
    (False) a warning. `ids`: only these papers; `not_ids`: none of these."""

    since: str = ""
    until: str = ""
    authors: tuple[str, ...] = ()
    all_authors: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    venues: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    flagged: bool | None = None
    ids: tuple[str, ...] = ()
    not_ids: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return any(self._given(item.name) for item in fields(self))

    def _given(self, name: str) -> bool:
        return getattr(self, name) not in ("", (), None)

    def given(self) -> Iterator[str]:
        """The names of the conditions that are given."""
        return (item.name for item in fields(self) if self._given(item.name))

    def record(self) -> dict[str, Any]:
        """The conditions that are given, as plain values."""
        return {
            name: list(value) if isinstance(value := getattr(self, name), tuple) else value for name in self.given()
        }

    def without(self, name: str) -> Filters:
        """The same without the condition of this name."""
        blank: dict[str, Any] = {name: getattr(Filters(), name)}
        return replace(self, **blank)

    def fits(self, paper: Paper) -> bool:
        """Whether the paper meets every condition."""
        return (
            self._fits_time(paper)
            and (not self.authors or any(fits_person(who, paper.authors) for who in self.authors))
            and all(fits_person(who, paper.authors) for who in self.all_authors)
            and (not self.categories or any(fits_category(c, paper.categories) for c in self.categories))
            and (not self.venues or any(fits_venue(v, paper.venue or "") for v in self.venues))
            and (not self.sources or paper.source.casefold() in {s.casefold() for s in self.sources})
            and (self.flagged is None or bool(paper.flags) == self.flagged)
            and (not self.ids or paper.id in self.ids)
            and paper.id not in self.not_ids
        )

    def _fits_time(self, paper: Paper) -> bool:
        if not (self.since or self.until):
            return True
        earliest, latest = days_of(paper)
        if not earliest:
            return False
        return (not self.since or latest >= first_day(self.since)) and (
            not self.until or earliest <= last_day(self.until)
        )


EVERY_PAPER = Filters()


def first_day(when: str) -> int:
    """The first day of a year, month or day, as the number YYYYMMDD."""
    year, month, day = (*(int(part) for part in when.split("-")), 1, 1)[:3]
    return year * 10_000 + month * 100 + day


def last_day(when: str) -> int:
    """The last day of it; of a month 31, which no comparison minds."""
    year, month, day = (*(int(part) for part in when.split("-")), *(12, 31)[len(when.split("-")) - 1 :])[:3]
    return year * 10_000 + month * 100 + day


def days_of(paper: Paper) -> tuple[int, int]:
    """The first and the last day the paper may be of, as YYYYMMDD; (0, 0) if nothing is known."""
    when = paper.published or (str(paper.year) if paper.year else "")
    try:
        return (first_day(when), last_day(when)) if when else (0, 0)
    except ValueError:
        return (paper.year * 10_000 + 101, paper.year * 10_000 + 1231) if paper.year else (0, 0)


def fits_person(who: str, authors: tuple[str, ...]) -> bool:
    """Whether one of `authors` may be this person: the same family name, and no given name that contradicts."""
    return any(same_person(who, author) for author in authors)


def fits_category(wanted: str, categories: tuple[str, ...]) -> bool:
    """Whether one of `categories` is the wanted one or lies in it ("cs" holds "cs.CL")."""
    key = wanted.casefold()
    return any(c.casefold() == key or c.casefold().startswith(f"{key}.") for c in categories)


def fits_venue(wanted: str, venue: str) -> bool:
    """Whether the wanted words stand in the venue, case, spaces and signs aside."""
    return bool(title_key(wanted)) and title_key(wanted) in title_key(venue)
