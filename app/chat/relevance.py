"""Does the library hold anything on the question? Decided before any model is asked.

Two views of the best papers: the cosine between question and paper, and how much of the question's words, weighted
by rarity, the best paper uses. Rare names fool the first, paraphrases the second, so they are added. The constants
were set on questions of our own and on SciFact's train claims against libraries that do and do not hold them;
`tests/bench/abstain.py` prints the table.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from app.chat.resolve import Named
from app.core.domain import Kind, RankedPaper
from app.core.ports import KeywordIndex

COVERAGE_WEIGHT = 0.35
# The best of many strangers looks closer than the best of few, so more is asked of a larger library: ENOUGH up to
# SMALL papers, then ENOUGH_GROWTH more each time the library grows e-fold, up to ENOUGH_AT_MOST.
ENOUGH, SMALL, ENOUGH_GROWTH, ENOUGH_AT_MOST = 0.40, 50, 0.04, 0.58
# With a word in capitals that nobody in the library uses, the rest of the question must fit all the better.
MORE_WITH_UNKNOWN_NAME = 0.12
# "Which papers treat this?" says little besides its subject, so no paper can be very close to it.
LESS_FOR_A_LIST = 0.07
# Below this cosine two texts are on different subjects, whatever words they share.
LOWEST_COSINE = 0.18
# Where there are no cosines, coverage alone decides; the larger library adds to it as it does to ENOUGH. Of the questions
# in tests/data, 22 of 30 on a subject of the starter library reach this, and 1 of 18 on what it does not hold.
ENOUGH_WORDS = 0.32
_LOOK_AT = 5


@dataclass(frozen=True, slots=True)
class Relevance:
    """`score` is cosine + COVERAGE_WEIGHT * coverage of the best paper; `relevant` the decision."""

    relevant: bool
    score: float
    cosine: float
    coverage: float


def coverage(terms: Sequence[str], text_terms: Sequence[str], keyword: KeywordIndex) -> float:
    """The share, weighted by BM25's idf, of `terms` that stand in `text_terms`; 0 to 1. Words that no paper has
    weigh as the rarest ones do."""
    total, covered, have = 0.0, 0.0, set(text_terms)
    for term in set(terms):
        weight = keyword.idf(term)
        total += weight
        covered += weight if term in have else 0.0
    return covered / total if total else 0.0


def enough(papers: int) -> float:
    """The least score at which the best of a library of so many papers is about the question."""
    return min(ENOUGH_AT_MOST, ENOUGH + ENOUGH_GROWTH * math.log(max(papers, SMALL) / SMALL))


def judge(
    query: str,
    ranked: Sequence[RankedPaper],
    kind: Kind,
    named: Named,
    keyword: KeywordIndex,
    by_words: bool = False,
) -> Relevance:
    """Whether the best of `ranked` are about `query`. A question that names a paper of the library always is; one
    that names only what the library does not hold never is. `by_words`: they were found by words alone."""
    terms = keyword.terms(query)
    best_score = best_cosine = best_coverage = 0.0
    for item in _looked_at(ranked):
        cosine = item.cosine or 0.0
        covered = coverage(terms, keyword.terms(f"{item.paper.title} {item.paper.abstract}"), keyword)
        if cosine + COVERAGE_WEIGHT * covered > best_score:
            best_score, best_cosine, best_coverage = cosine + COVERAGE_WEIGHT * covered, cosine, covered
    if named.papers:
        relevant = True
    elif named.certain:
        relevant = False
    else:
        needed = enough(keyword.count()) - LESS_FOR_A_LIST * (kind == "aggregate")
        needed += MORE_WITH_UNKNOWN_NAME * bool(named.missing)
        if by_words:
            relevant = best_coverage >= needed - ENOUGH + ENOUGH_WORDS
        else:
            relevant = best_score >= needed and best_cosine >= LOWEST_COSINE
    return Relevance(relevant, best_score, best_cosine, best_coverage)


def _looked_at(ranked: Sequence[RankedPaper]) -> Sequence[RankedPaper]:
    """The first of these papers. A reranker may have put others first, of which cosine and words say less, and the
    constants were set on the order without it; so those that were first in that order are looked at as well."""
    first = ranked[:_LOOK_AT]
    if all(item.reranked is None for item in ranked):
        return first
    return [*first, *sorted(ranked, key=lambda item: -item.score)[:_LOOK_AT]]
