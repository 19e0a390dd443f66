"""What a person has typed and chosen in the Library tab, as a look at the library; and the papers that are ticked.

Everything here comes from a browser, so all of it is checked: it may be anything.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from app.core.browsing import PAGE_SIZES, SORTINGS, LibraryFacets, Look, Shelf
from app.core.filters import Filters

MOST_TICKED = 1000
COMPARED = range(2, 9)
EVERY, WITH, WITHOUT = "Any text", "With a warning", "Without a warning"
FLAG_CHOICES = (EVERY, WITH, WITHOUT)
SORTING_CHOICES = [
    ("Best match", "best"),
    ("Newest first", "newest"),
    ("Oldest first", "oldest"),
    ("Title, A to Z", "title"),
]
_LONGEST_TEXT, _LONGEST_NAME, _LONGEST_ID, _MOST_CATEGORIES = 300, 100, 2000, 20
_CATEGORIES_OFFERED = 300
_WHEN = re.compile(r"[12]\d{3}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?")


def look_of(
    text: object,
    since: object,
    until: object,
    author: object,
    categories: object,
    flags: object,
    sorting: object,
    size: object,
) -> Look:
    """The look that these boxes ask for, at its first page. What is no year (yet) limits nothing."""
    chosen = [str(each)[:_LONGEST_NAME].strip() for each in categories] if isinstance(categories, (list, tuple)) else []
    name = str(author or "")[:_LONGEST_NAME].strip()
    filters = Filters(
        since=when(since),
        until=when(until),
        authors=(name,) if any(letter.isalnum() for letter in name) else (),
        categories=tuple(each for each in chosen[:_MOST_CATEGORIES] if each),
        flagged={WITH: True, WITHOUT: False}.get(str(flags)),
    )
    return Look(
        text=str(text or "")[:_LONGEST_TEXT],
        filters=filters,
        sorting=next((each for each in SORTINGS if each == sorting), "best"),
        size=next((each for each in PAGE_SIZES if str(each) == str(size)), PAGE_SIZES[0]),
    )


def when(typed: object) -> str:
    """A year, month or day as it was typed; nothing if it is none."""
    text = str(typed or "").strip()
    if not _WHEN.fullmatch(text):
        return ""
    try:
        date(*(int(part) for part in (*text.split("-"), "1", "1")[:3]))
    except ValueError:
        return ""
    return text


def not_read(since: object, until: object) -> str:
    """What of the two boxes for years is no year, in words; nothing while it is still being typed."""
    wrong = [text for each in (since, until) if len(text := str(each or "").strip()) >= 4 and not when(text)]
    return f"“{wrong[0][:20]}” is no year, so it is left aside. Write 2021 or 2021-05." if wrong else ""


def category_choices(facets: LibraryFacets) -> list[tuple[str, str]]:
    """(what a choice says, its value) of the most frequent categories."""
    return [(f"{name} ({papers:,})", name) for name, papers in facets.categories[:_CATEGORIES_OFFERED]]


def turned(look: Look, shelf_pages: int, way: str) -> Look:
    """The same look at another page: `way` is first, previous, next or last."""
    number = {"first": 1, "previous": look.number - 1, "next": look.number + 1, "last": shelf_pages}.get(way, 1)
    return replace(look, number=max(1, min(number, shelf_pages)))


def fitting_words(look: Look, shelf: Shelf) -> str:
    """ "1,234 of 100,000 papers fit." """
    if not shelf.papers:
        return "The library is empty."
    if not look:
        return f"{count_of(shelf.papers)}."
    return f"{shelf.fitting:,} of {count_of(shelf.papers)} fit{'s' if shelf.fitting == 1 else ''}."


def page_words(shelf: Shelf) -> str:
    return f"Page {shelf.number:,} of {shelf.pages:,}"


def count_of(papers: int) -> str:
    return "1 paper" if papers == 1 else f"{papers:,} papers"


@dataclass(frozen=True, slots=True)
class Ticked:
    """The ids of the papers a person has ticked, in the order of ticking, on whatever page they are."""

    ids: tuple[str, ...] = ()

    def with_paper(self, paper_id: str, ticked: bool) -> Ticked:
        """One ticked or not; no more than there is room for."""
        rest = tuple(each for each in self.ids if each != paper_id)
        return Ticked((*rest, paper_id)[:MOST_TICKED] if ticked else rest)

    def with_papers(self, ids: Sequence[str]) -> Ticked:
        return Ticked(tuple(dict.fromkeys((*self.ids, *ids)))[:MOST_TICKED])

    def without(self, gone: Sequence[str]) -> Ticked:
        return Ticked(tuple(each for each in self.ids if each not in set(gone)))

    @property
    def words(self) -> str:
        return f"{count_of(len(self.ids))} ticked"


@dataclass(frozen=True, slots=True)
class PaperClick:
    """What a click in the list says: which button, of which paper (an id), and whether it is on. The paper, not its place:
    while a click is on its way another page may come."""

    act: str
    paper: str
    on: bool

    @classmethod
    def of(cls, data: Any, acts: Sequence[str]) -> PaperClick | None:
        """None for what no button of ours says. Whether there is such a paper is for the library to say."""
        if not isinstance(data, dict):
            return None
        act, paper = data.get("act"), data.get("paper")
        if act not in acts or not isinstance(paper, str) or not 0 < len(paper) <= _LONGEST_ID:
            return None
        return cls(str(act), paper, data.get("on") is True)


@dataclass(frozen=True, slots=True)
class Told:
    """What a click in a list says: which button, on which place of the list, and whether it is on."""

    act: str
    place: int
    on: bool

    @classmethod
    def of(cls, data: Any, acts: Sequence[str]) -> Told | None:
        """None for what no button of ours says."""
        if not isinstance(data, dict):
            return None
        act, place = data.get("act"), data.get("place")
        if act not in acts or not isinstance(place, int) or isinstance(place, bool) or place < 0:
            return None
        return cls(str(act), place, data.get("on") is True)
