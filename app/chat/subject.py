"""The papers on a subject, told in a few words: those that a whole-library question about it would list."""

from __future__ import annotations

from collections.abc import Sequence

from app.chat.answerable import MOST_PAPERS
from app.chat.checking import rule
from app.chat.checking.asked import property_of
from app.chat.checking.look import look
from app.chat.checking.vectors import SENTENCES
from app.chat.checking.weighed import YES, weights
from app.chat.search import Search
from app.core.domain import Paper
from app.core.errors import EmbedderAwayError


def papers_on(words: str, papers: Sequence[Paper], search: Search) -> list[str]:
    """Those of `papers` (ids) that are on what `words` say, the surest first; by the rule alone while the embedder is away, and
    in a large library, whose sentences have no vectors yet."""
    if not papers:
        return []
    if search.keyword.count() > MOST_PAPERS:
        asked = property_of(f"Which papers are about {words}?")
        tests = rule.tests_of(asked, search.keyword)
        seen = {paper.id: [rule.look(test, paper, search.keyword) for test in tests] for paper in papers}
        return [paper for paper, rows in seen.items() if rule.together(asked, rows).stance == "yes"]
    looked = look(search, property_of(f"Which papers are about {words}?"), papers, SENTENCES)
    chances = {paper.id: float(looked.whole[paper.id].stance == "yes") for paper in papers}
    if looked.weighable and looked.near:
        try:
            weighed, table = looked.table()
        except EmbedderAwayError:
            weighed = []
        chances |= dict(zip((p.id for p in weighed), weights().probabilities(table), strict=True)) if weighed else {}
    return sorted((paper for paper, chance in chances.items() if chance >= YES), key=lambda paper: -chances[paper])
