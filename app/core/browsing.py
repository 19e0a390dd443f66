"""Looking through a library: what a person typed and chose, and the page of papers that gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol, get_args

from app.core.domain import Paper
from app.core.filters import EVERY_PAPER, Filters
from app.core.papers import PaperRef

Sorting = Literal["newest", "oldest", "title", "best"]
"""In what order papers are shown; papers without a date come last in both orders of time. "best" is by how well they
fit the words that were typed, and without any it is the newest first."""
SORTINGS: tuple[Sorting, ...] = get_args(Sorting)
PAGE_SIZES = (25, 50)

ExportFormat = Literal["jsonl", "bibtex", "ris", "csv"]
EXPORT_FORMATS: tuple[ExportFormat, ...] = get_args(ExportFormat)


@dataclass(frozen=True, slots=True)
class Look:
    """What of the library to show: papers that fit the filters and hold every word of `text` (its last may be a
    beginning, since it is still being typed), sorted; and of those the page `number`, counted from 1."""

    text: str = ""
    filters: Filters = EVERY_PAPER
    sorting: Sorting = "newest"
    number: int = 1
    size: int = PAGE_SIZES[0]

    def __bool__(self) -> bool:
        """Whether it leaves anything out."""
        return bool(self.text.strip() or self.filters)


@dataclass(frozen=True, slots=True)
class Shelf:
    """A page of the papers that fit: `number` of `pages` (at least one page, which may be empty). Of `papers` in the
    library, `fitting` fit. A number that is too large gives the last page."""

    shown: tuple[Paper, ...] = ()
    number: int = 1
    pages: int = 1
    fitting: int = 0
    papers: int = 0


@dataclass(frozen=True, slots=True)
class LibraryFacets:
    """What there is to filter by: (value, number of papers) each; the years in order, categories most frequent first."""

    years: tuple[tuple[str, int], ...] = ()
    categories: tuple[tuple[str, int], ...] = ()
    flagged: int = 0


@dataclass(frozen=True, slots=True)
class MaybeOne:
    """Two papers of the library that may be one, and why."""

    one: Paper
    other: Paper
    why: str


class LooksThrough(Protocol):
    """The part of the keyword index that gives pages of papers."""

    def browse(
        self, text: str, filters: Filters, sorting: Sorting = "newest", start: int = 0, most: int = 25
    ) -> tuple[int, list[str]]:
        """How many papers fit the filters and hold every word of `text` (in title, abstract or authors, or as the
        beginning of the id; the last word may be a beginning unless a space follows), and the ids of `most` of them from
        place `start` on. The pages of one state of the index hold each such paper once."""


def page_of(fitting: int, number: int, size: int) -> tuple[int, int]:
    """(number, pages): the page to show, between the first and the last, of how many."""
    pages = max(1, -(-fitting // size))
    return max(1, min(number, pages)), pages


def ref_words(paper: PaperRef) -> str:
    """What to call a paper in a line of text."""
    return paper.title if len(paper.title) <= 80 else f"{paper.title[:79].rstrip()}…"
