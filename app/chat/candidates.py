"""Every paper that may be about a query, not only the best few: what "which papers ...?" starts from.

A paper's score is its cosine and a share of what its words cover (see `app.chat.relevance`), so one that is probable
enough is never farther away than a certain cosine, whatever its words: the dense list is read as deep as that and no
deeper. What words cover the keyword index tells, so that only papers that are given are read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.adapters.sentences import own_sentences
from app.chat.plan import subject_of
from app.chat.relevance import COVERAGE_WEIGHT, LISTED, probability, rarity, score_needed, score_of, words_needed
from app.chat.retrieve import DenseRetriever, expanded
from app.chat.search import Search
from app.chat.why_found import words_of
from app.core.domain import Paper, RankedPaper
from app.core.errors import EmbedderAwayError
from app.core.filters import EVERY_PAPER, Filters
from app.core.ports import KeywordIndex

# How deep the dense list is read at first, in chunks, and how many times as deep the next time.
_FIRST, _DEEPER = 500, 4
# So many of the best by words are compared one by one; an abstract seldom has more chunks than this.
_BY_WORDS, _CHUNKS = 500, 8


@dataclass(frozen=True, slots=True)
class Candidate:
    """A paper that may be about the query, how probable that is (0 to 1), and whether the query names it."""

    ranked: RankedPaper
    probability: float
    named: bool = False


@dataclass(frozen=True, slots=True)
class Candidates:
    """The candidates, the most probable first, those that the query names before all others. `looked_at` papers were
    looked at, of `papers` that fit the filters."""

    items: tuple[Candidate, ...] = ()
    looked_at: int = 0
    papers: int = 0


@dataclass(frozen=True, slots=True)
class Why:
    """Why a paper is a candidate: which of the query's words stand in it, of how many, and its sentence with most."""

    words: tuple[str, ...]
    of: int
    sentence: str


@dataclass(frozen=True, slots=True)
class _Near:
    """The chunk of a paper that lies nearest to the query, its cosine, and the paper's rank among others."""

    chunk_id: str
    cosine: float
    rank: int


def candidates(
    search: Search, query: str, filters: Filters = EVERY_PAPER, at_least: float = LISTED, depth: int = _FIRST
) -> Candidates:
    """Every paper that fits the filters and is at least so probably relevant, and those that `query` names. The dense
    list is read `depth` chunks deep at first."""
    keyword = search.keyword
    fitting, count = len(keyword.fitting(filters)), keyword.count()
    if not fitting or not any(character.isalnum() for character in query):
        return Candidates(papers=fitting)
    named = [i for i, paper in search.store.get(search.named(query)).items() if filters.fits(paper)]
    query = subject_of(expanded(query))
    weights = rarity(keyword.terms(query), keyword)
    needed = score_needed(at_least, count)
    dense = next((r for r in search.retrievers if isinstance(r, DenseRetriever)), None)
    near: dict[str, _Near] | None = None
    if dense is not None:
        try:
            near = _near(dense, query, filters, needed - COVERAGE_WEIGHT, depth, keyword)
        except EmbedderAwayError:
            dense = None
    by_words = _by_words(keyword, weights, filters, words_needed(at_least, count), dense)
    covered = keyword.covering(weights, Filters(ids=(*(near or ()), *named))) | by_words
    scores = {paper: score_of(found.cosine, covered.get(paper, 0.0)) for paper, found in (near or {}).items()}
    scores |= {paper: score_of(None, share) for paper, share in by_words.items()}
    chosen = [paper for paper, score in scores.items() if score >= needed]
    for paper in named:
        scores.setdefault(paper, 0.0)
    papers = search.store.get(list(dict.fromkeys([*named, *chosen])))
    found = [_candidate(paper, scores[i], (near or {}).get(i), count, i in named) for i, paper in papers.items()]
    found.sort(key=lambda c: (not c.named, 0.0 if c.named else -c.ranked.score, "" if c.named else c.ranked.paper.id))
    return Candidates(tuple(found), len({*(near or ()), *by_words}), fitting)


def _near(
    dense: DenseRetriever, query: str, filters: Filters, farthest: float, depth: int, keyword: KeywordIndex
) -> dict[str, _Near]:
    """The papers nearest to the query, at least all whose cosine is not under `farthest`; and the best by words, since
    the index of vectors is approximate and may overlook some. Raises EmbedderAwayError."""
    while True:
        hits = dense.search(query, depth, filters)
        if len(hits) < depth or hits[-1].score < farthest:
            break
        depth *= _DEEPER
    there = {hit.paper_id for hit in hits}
    others = [hit.paper_id for hit in keyword.search(query, _BY_WORDS, filters) if hit.paper_id not in there]
    if others:
        hits = [*hits, *dense.search(query, len(others) * _CHUNKS, Filters(ids=tuple(others)))]
    found: dict[str, _Near] = {}
    for hit in sorted(hits, key=lambda hit: (-hit.score, hit.chunk_id)):
        if hit.paper_id not in found:
            found[hit.paper_id] = _Near(hit.chunk_id, hit.score, len(found) + 1)
    return found


def _by_words(
    keyword: KeywordIndex, weights: Mapping[str, float], filters: Filters, share: float, dense: DenseRetriever | None
) -> dict[str, float]:
    """The papers of whose vectors nobody knows, and which cover at least this share of the query."""
    if dense is not None and dense.index().whole:
        return {}
    covered = keyword.covering(weights, filters, share)
    if dense is None:
        return covered
    waiting = dense.without_vectors(list(covered))
    return {paper: covered[paper] for paper in waiting}


def _candidate(paper: Paper, score: float, near: _Near | None, count: int, named: bool) -> Candidate:
    ranked = RankedPaper(
        paper,
        near.chunk_id if near else f"{paper.id}#0",
        score,
        {"dense": near.rank} if near else {},
        near.cosine if near else None,
    )
    return Candidate(ranked, probability(score, count), named)


def why(query: str, paper: Paper, keyword: KeywordIndex) -> Why:
    """What of the query stands in the paper."""
    words = words_of(query, keyword)
    have = set(keyword.terms(f"{paper.title} {paper.abstract}"))
    weights = {term: keyword.idf(term) for term in words if term in have}
    best = max(
        own_sentences(paper.abstract),
        key=lambda s: sum(weights.get(term, 0.0) for term in set(keyword.terms(s.text))),
        default=None,
    )
    found = dict.fromkeys(word for term, word in words.items() if term in have)
    return Why(tuple(found), len(dict.fromkeys(words.values())), best.text if best and weights else "")
