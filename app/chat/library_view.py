"""What reading a question asks of the library: does it know this person, this venue, this word, this year?"""

from __future__ import annotations

from dataclasses import dataclass

from app.core.filters import Filters, fits_category
from app.core.names import family_name
from app.core.ports import KeywordIndex, PaperStore


@dataclass(frozen=True, slots=True)
class LibraryView:
    """The library, looked at to tell a person, a venue or a year from other words."""

    store: PaperStore
    keyword: KeywordIndex

    def has_family(self, name: str) -> bool:
        """Whether some paper has an author of this family name."""
        return bool(family_name(name)) and bool(self.keyword.by_author(name, None))

    def has_person(self, name: str) -> bool:
        """Whether some paper has an author who may be this person."""
        return self.has_family(name) and self.store.count_fitting(Filters(authors=(name,))) > 0

    def uses(self, words: str) -> bool:
        """Whether some title or abstract has these words next to each other."""
        return bool(self.keyword.papers_with_phrase(words))

    def venues(self) -> tuple[str, ...]:
        return tuple(self.store.tally("venue"))

    def category(self, words: str) -> str | None:
        """A category of this name, or one that holds others of the library ("cs"), as the library spells it."""
        fitting = [name for name in self.store.tally("category") if fits_category(words, (name,))]
        exact = [name for name in fitting if name.casefold() == words.casefold()]
        return exact[0] if exact else words if fitting else None

    def years(self) -> tuple[int, int] | None:
        """The first and the last year that papers are of."""
        years = list(self.store.tally("year"))
        return (int(years[0]), int(years[-1])) if years else None
