"""Papers of a conversation told by what they are: "the biomedical one", "the one by Lee", "the 2024 ones", "the newer one"."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.chat.read_context import words_left
from app.chat.read_filters import Read
from app.core.domain import Paper
from app.core.filters import days_of
from app.core.ports import KeywordIndex, PaperStore

_WHEN = re.compile(
    r"\b(?P<way>newe(?:r|st)|latest|most\s+recent|more\s+recent|younge(?:r|st)|older?|oldest|earliest)\b", re.IGNORECASE
)
_LEAD = re.compile(r"^(?:the|that|those|these)?\s*(?:ones?|papers?)?\s*", re.IGNORECASE)
_FILLS = frozenset(
    "the one ones that those these paper papers which is are was were about on with by from in of using uses use for a an and".split()
)
# Of what the words weigh a paper has at least this share, and the next best by so much less.
_ENOUGH, _CLEARLY = 0.5, 0.2


@dataclass(frozen=True, slots=True)
class Teller:
    """Tells papers of a list by words. `read_of` reads the filters of a question."""

    store: PaperStore
    keyword: KeywordIndex
    read_of: Callable[[str], Read]

    def told(self, words: str, among: Sequence[str], one: bool = True) -> tuple[str, ...]:
        """Those of the papers `among` that the words tell, in that order: by time, by people and places, by subject.
        `one`: a single one is meant, so several that fit equally are no answer."""
        papers = list(self.store.get(among).values())
        found = self._by_age(words, papers) or self._by_filter(words, papers) or self._by_words(words, papers, one)
        return tuple(found) if len(found) == 1 or not one else ()

    def _by_age(self, words: str, papers: Sequence[Paper]) -> list[str]:
        match = _WHEN.search(words)
        dated = [(days_of(paper)[0], paper.id) for paper in papers if days_of(paper)[0]]
        if not match or not dated or set(re.findall(r"\w+", words.lower())) - _FILLS - {*match.group().lower().split()}:
            return []
        extreme = min(dated) if match["way"].lower().startswith(("old", "earl")) else max(dated)
        return [paper for day, paper in dated if day == extreme[0]]

    def _by_filter(self, words: str, papers: Sequence[Paper]) -> list[str]:
        rest = _LEAD.sub("", words.strip())
        for text in (f"papers {rest}", f"{re.sub(r'(?i)ones?$', '', rest).strip()} papers"):
            read = self.read_of(text)
            if read.readings and not words_left(read.text, [(r.start, r.end) for r in read.readings]):
                return [paper.id for paper in papers if read.filters.fits(paper)]
        return []

    def _by_words(self, words: str, papers: Sequence[Paper], one: bool) -> list[str]:
        """By what of the words stands in title and abstract, rare words weighing more, a title twice as much."""
        terms = self.keyword.terms(words)
        # "The muni rules one": a word that nobody here uses tells none from another.
        used = [term for term in terms if self.keyword.search(term, 1)]
        weights = {term: self.keyword.idf(term) for term in used or terms}
        total = sum(weights.values())
        if not total:
            return []
        scores = {}
        for paper in papers:
            title, text = set(self.keyword.terms(paper.title)), set(self.keyword.terms(paper.abstract))
            scores[paper.id] = (
                sum(w * ((t in title) + (t in text or t in title)) / 2 for t, w in weights.items()) / total
            )
        best = max(scores.values(), default=0.0)
        if best < _ENOUGH:
            return []
        return (
            [paper for paper, score in scores.items() if score > best - _CLEARLY]
            if one
            else [paper for paper, score in scores.items() if score >= _ENOUGH]
        )
