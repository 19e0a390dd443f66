"""A closer look at the best papers, taken where it is asked for: their single sentences, and what they say of each word of
the question.

A short question, a few words on a subject, is on what a paper says only if the paper says all of it: "speech recognition"
is not on a data set of intents for that both speak of languages. A long one tells in words of its own what a paper does; there
it is enough that its words, or words near to them, and its sense are found.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from app.adapters.sentences import own_sentences
from app.adapters.strange import Said, asked_words, said_of, strange_share
from app.core.domain import RankedPaper
from app.core.errors import EmbedderAwayError
from app.core.ports import KeywordIndex, MakesVectors

# So many words that say what it is about make a short question, if it is not long for other words; each of them is worth so
# much, as the more are asked for the less is said of each.
SHORT, SHORT_IN_ALL = 6, 12
_A_WORD = 0.085
# What a single sentence's cosine weighs beside the words: in short questions, and in long ones.
_SENTENCE_SHORT, _SENTENCE_LONG = 0.85, 1.23
# From here on a short question is on what a paper says, and a long one tells of a paper. Set on questions of our own: of short
# ones on the page's subjects 97 of 100 are kept, of those on its neighbours' half are told.
_SAID_SHORT, _SAID_LONG = 1.36, 0.87
_LOOK_AT = 5
# From this idf on a word is rare: in a small library one that a paper or two have.
_RARE = 2.5


@dataclass(frozen=True)
class Closer:
    """A closer look at the best papers, taken where it is asked for: their single sentences, and their words."""

    query: str
    ranked: Sequence[RankedPaper]
    embedder: MakesVectors

    @cached_property
    def sentence(self) -> float:
        """The cosine of the query to the nearest sentence; 0 while nobody makes vectors."""
        texts = [s.text for item in looked_at(self.ranked) for s in own_sentences(item.paper.abstract)]
        if not texts:
            return 0.0
        try:
            vectors = self.embedder.embed([self.query, *texts])
        except EmbedderAwayError:
            return 0.0
        return float((vectors[1:] @ vectors[0]).max())

    def strangeness(self, keyword: KeywordIndex) -> float:
        """The share of a short query's words that nobody in the library uses, and the best papers have nothing like; 0 for
        a long one, which may well put in its own words what they say."""
        words = asked_words(self.query, keyword)
        if len(words) > SHORT:
            return 0.0
        texts = [f"{item.paper.title} {item.paper.abstract}" for item in looked_at(self.ranked)]
        try:
            return strange_share(words, texts, keyword, self.embedder, lambda word: bool(keyword.search(word, 1)))
        except EmbedderAwayError:
            return 0.0

    def leaves_out(self, keyword: KeywordIndex) -> bool:
        """Whether no paper says enough of a short query's words, or anything near to them, for being on it."""
        words = asked_words(self.query, keyword)
        if not words or not self._is_short(words) or self.says_rare_pair(words, keyword):
            return False
        try:
            said = max((said.whole + said.at_once) / 2 for said in self.said(words, keyword))
        except EmbedderAwayError:
            return False
        return said + _SENTENCE_SHORT * self.sentence + _A_WORD * len(words) < _SAID_SHORT

    def told(self, keyword: KeywordIndex, more: float = 0.0) -> bool:
        """Whether a long query tells of a paper in words of its own; `more` is asked for in a large library."""
        words = asked_words(self.query, keyword)
        if not words or self._is_short(words):
            return False
        try:
            said = max(said.whole for said in self.said(words, keyword))
        except EmbedderAwayError:
            return False
        return said + _SENTENCE_LONG * self.sentence >= _SAID_LONG + more

    def _is_short(self, words: Sequence[str]) -> bool:
        return len(words) <= SHORT and len(self.query.split()) <= SHORT_IN_ALL

    def says_rare_pair(self, words: Sequence[str], keyword: KeywordIndex) -> bool:
        """Whether a paper has two rare words of the query side by side, as the query does: "convex hull"."""
        terms = [keyword.terms(word) for word in re.findall(r"[^\W_]+", self.query.lower())]
        known = {term for word in words for term in keyword.terms(word) if keyword.idf(term) >= _RARE}
        pairs = [(*a, *b) for a, b in pairwise(terms) if len(a) == len(b) == 1 and {*a, *b} <= known and a != b]
        texts = (
            [keyword.terms(f"{i.paper.title} . {i.paper.abstract}") for i in looked_at(self.ranked)] if pairs else []
        )
        return any(pair in set(pairwise(text)) for text in texts for pair in pairs)

    def said(self, words: Sequence[str], keyword: KeywordIndex) -> list[Said]:
        """What each of the best papers says of these words."""
        papers = [item.paper for item in looked_at(self.ranked)]
        texts = ([paper.title, *(s.text for s in own_sentences(paper.abstract))] for paper in papers)
        return [said_of(words, own, keyword, self.embedder) for own in texts] or [Said(0.0, 0.0)]


def nearest_sentence(query: str, ranked: Sequence[RankedPaper], embedder: MakesVectors) -> Closer:
    """A closer look at the best papers, for `judge`."""
    return Closer(query, ranked, embedder)


def looked_at(ranked: Sequence[RankedPaper]) -> Sequence[RankedPaper]:
    """The first of these papers. A reranker may have put others first, of which cosine and words say less, and the
    constants were set on the order without it; so those that were first in that order are looked at as well."""
    first = ranked[:_LOOK_AT]
    if all(item.reranked is None for item in ranked):
        return first
    return [*first, *sorted(ranked, key=lambda item: -item.score)[:_LOOK_AT]]
