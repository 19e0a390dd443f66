"""How probable is it that a paper is about the question, and does the library hold anything on it? Decided before any
model is asked.

Two views of a paper: the cosine between question and paper, and how much of the question's words, weighted by rarity,
the paper uses. Rare names fool the first, paraphrases the second, so they are added to a score. The constants of the
score were set on questions of our own and on SciFact's train claims against libraries that do and do not hold them;
`tests/bench/abstain.py` prints the table. The probability is a logistic function of it (Platt, "Probabilistic Outputs
for Support Vector Machines", 1999), fitted on SciFact's train claims; `tests/bench/calibrate.py` prints how well what is
said to be probable comes true.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from app.chat.closer import Closer, looked_at
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
# P(relevant) = 1 / (1 + exp(-(STEEPNESS * (score - enough(papers)) + AT_ENOUGH))).
STEEPNESS, AT_ENOUGH = 14.2, -4.74
# A question is answered if its best paper is at least so probably relevant: just what the score `enough` gives. Low,
# because a wrong no is as bad as a wrong yes, and a claim's judges are stricter than someone who asks.
ANSWERED = 1 / (1 + math.exp(-AT_ENOUGH))
# Papers from here on are candidates for "which papers ...?": four of five relevant ones reach it.
LISTED = 0.02
# Where there are no cosines, coverage alone decides; the larger library adds to it as it does to ENOUGH. Of the questions
# in tests/data, 22 of 30 on a subject of the starter library reach this, and 1 of 18 on what it does not hold.
ENOUGH_WORDS = 0.32
# A short question that in good part is of words nobody here uses, nor any like them, is seldom on what the library holds
# ("time series forecasting" over papers on language models): then the rest of it must fit all the better.
MORE_WITH_STRANGE_WORDS, STRANGE = 0.15, 0.3
# A single sentence comes nearer to a question than a whole abstract does, by so much.
SENTENCE_SHARE = 0.85


@dataclass(frozen=True, slots=True)
class Relevance:
    """`score` is cosine + COVERAGE_WEIGHT * coverage of the best paper, `probability` what it means; `relevant` the
    decision."""

    relevant: bool
    score: float
    cosine: float
    coverage: float
    probability: float


def rarity(terms: Sequence[str], keyword: KeywordIndex) -> dict[str, float]:
    """BM25's idf of each term; words that no paper has weigh as the rarest ones do."""
    return {term: keyword.idf(term) for term in terms}


def coverage(weights: Mapping[str, float], text_terms: Sequence[str]) -> float:
    """The share, 0 to 1, of the sum of `weights` (see `rarity`) whose terms stand in `text_terms`."""
    total, have = sum(weights.values()), set(text_terms)
    return sum(weight for term, weight in weights.items() if term in have) / total if total else 0.0


def enough(papers: int) -> float:
    """The least score at which the best of a library of so many papers is about the question."""
    return min(ENOUGH_AT_MOST, ENOUGH + ENOUGH_GROWTH * math.log(max(papers, SMALL) / SMALL))


def probability(score: float, papers: int) -> float:
    """How probable it is (0 to 1) that a paper of this score, in a library of so many, is relevant."""
    return 1 / (1 + math.exp(-(STEEPNESS * (score - enough(papers)) + AT_ENOUGH)))


def score_needed(at_least: float, papers: int) -> float:
    """The score from which on a paper, in a library of so many, is at least so probably relevant."""
    if not 0 < at_least < 1:
        return -math.inf if at_least <= 0 else math.inf
    return enough(papers) + (math.log(at_least / (1 - at_least)) - AT_ENOUGH) / STEEPNESS


def words_needed(at_least: float, papers: int) -> float:
    """The coverage from which on this is so of a paper whose cosine nobody knows."""
    return max(0.0, score_needed(at_least, papers) - ENOUGH + ENOUGH_WORDS)


def score_of(cosine: float | None, covered: float) -> float:
    """The score of a paper; where nobody knows its cosine, what its words alone are worth."""
    return covered + ENOUGH - ENOUGH_WORDS if cosine is None else cosine + COVERAGE_WEIGHT * covered


def probabilities(query: str, ranked: Sequence[RankedPaper], keyword: KeywordIndex) -> list[float]:
    """How probable it is of each of these papers that it is relevant to `query`."""
    weights, papers = rarity(keyword.terms(query), keyword), keyword.count()
    texts = (keyword.terms(f"{item.paper.title} {item.paper.abstract}") for item in ranked)
    return [
        probability(score_of(item.cosine, coverage(weights, text)), papers)
        for item, text in zip(ranked, texts, strict=True)
    ]


def judge(
    query: str,
    ranked: Sequence[RankedPaper],
    kind: Kind,
    named: Named,
    keyword: KeywordIndex,
    by_words: bool = False,
    nearest_sentence: Callable[[], Closer] | None = None,
) -> Relevance:
    """Whether the best of `ranked` are about `query`. A question that names a paper of the library always is; one
    that names only what the library does not hold never is. `by_words`: they were found by words alone.
    `nearest_sentence` gives a closer look. It is taken before a no, as a long abstract may treat in one sentence what is
    asked, and be about other things as a whole; and before a yes to a short question, of which a paper on its subject says
    every word, or something near to it."""
    weights, papers = rarity(keyword.terms(query), keyword), keyword.count()
    best_score = best_cosine = best_coverage = 0.0
    for item in looked_at(ranked):
        cosine = item.cosine or 0.0
        covered = coverage(weights, keyword.terms(f"{item.paper.title} {item.paper.abstract}"))
        if cosine + COVERAGE_WEIGHT * covered > best_score:
            best_score, best_cosine, best_coverage = cosine + COVERAGE_WEIGHT * covered, cosine, covered
    if named.papers:
        relevant = True
    elif named.certain:
        relevant = False
    else:
        more = LESS_FOR_A_LIST * (kind == "aggregate") - MORE_WITH_UNKNOWN_NAME * bool(named.missing)
        score = score_of(None, best_coverage) if by_words else best_score
        closer = nearest_sentence() if nearest_sentence and not by_words and not named.missing else None

        def fits(more: float) -> bool:
            if not by_words and best_cosine < LOWEST_COSINE:
                return False
            if probability(score + more, papers) >= ANSWERED:
                return True
            sentence = SENTENCE_SHARE * closer.sentence + COVERAGE_WEIGHT * best_coverage if closer else 0.0
            return probability(sentence + more, papers) >= ANSWERED

        relevant = fits(more)
        if relevant and closer and closer.strangeness(keyword) >= STRANGE:
            relevant = fits(more - MORE_WITH_STRANGE_WORDS)
        if closer and relevant:
            relevant = not closer.leaves_out(keyword)
        elif closer:
            relevant = closer.told(keyword, enough(papers) - ENOUGH)
    return Relevance(relevant, best_score, best_cosine, best_coverage, probability(best_score, papers))
