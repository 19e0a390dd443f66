"""The part of the scripted service that looks papers up: by a word of the title or abstract."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from app.core.domain import Paper, RankedPaper
from app.core.filters import EVERY_PAPER, Filters


class FakeSearch:
    """The `FindsPapers` port over `papers()`. The query `crash` fails with a secret."""

    def papers(self) -> Iterator[Paper]:
        raise NotImplementedError

    def search(self, query: str, k: int, filters: Filters = EVERY_PAPER) -> list[RankedPaper]:
        if query == "crash":
            raise RuntimeError("secret path /home/ada/key.txt")
        words = query.lower().split()
        found = [paper for paper in self.papers() if filters.fits(paper)]
        found = [paper for paper in found if not words or any(word in _text(paper) for word in words)]
        return [RankedPaper(paper, f"{paper.id}#0", 1 / rank) for rank, paper in enumerate(found[:k], start=1)]

    def probabilities(self, query: str, found: Sequence[RankedPaper]) -> list[float]:
        return [each.score / 2 for each in found]

    def outside(self, query: str, filters: Filters) -> str:
        return ""

    def words_only(self, found: Sequence[RankedPaper]) -> str:
        return ""


def _text(paper: Paper) -> str:
    return f"{paper.title} {paper.abstract}".lower()
