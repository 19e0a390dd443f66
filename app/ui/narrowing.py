"""The papers that a conversation is limited to ("Ask only this", a part of the map), if not all of the library."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.core.filters import Filters


@dataclass(frozen=True, slots=True)
class Narrowing:
    """The ids of these papers, and what to call them ("12 papers of the map"); no papers means the whole library."""

    papers: tuple[str, ...] = ()
    words: str = ""

    @classmethod
    def to(cls, papers: Sequence[str], words: str) -> Narrowing:
        """To these papers, each once. Without any it limits nothing."""
        each = tuple(dict.fromkeys(papers))
        return cls(each, words.strip() or count_words(len(each))) if each else WHOLE

    @property
    def filters(self) -> Filters:
        return Filters(ids=self.papers)

    @property
    def chips(self) -> list[str]:
        """What a chip says that takes the limit away; none where there is no limit."""
        return [f"Only: {self.words} ×"] if self.papers else []


WHOLE = Narrowing()


def count_words(papers: int) -> str:
    return "1 paper" if papers == 1 else f"{papers:,} papers"
