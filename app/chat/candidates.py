"""Every paper that may be about a query, not only the best few: what "which papers ...?" starts from.

The lists of the retrievers are read deeper and deeper until their ends hold nothing that is probable enough, so that a
library of any size is gone through as far as there is something to find.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from app.adapters.sentences import sentences
from app.chat.plan import subject_of
from app.chat.rank import fuse, ranked_papers
from app.chat.relevance import LISTED, coverage, probability, rarity, score_of
from app.chat.retrieve import DenseRetriever, expanded, retrieve
from app.chat.search import Search
from app.core.domain import Hit, Paper, RankedPaper
from app.core.filters import EVERY_PAPER, Filters
from app.core.ports import KeywordIndex

# How deep the lists are read at first, and how many times as deep the next time.
_FIRST, _DEEPER = 500, 4
# While so large a part of a list's end still holds a candidate, more may follow.
_END = 0.2
# Papers found by words only are asked for their cosines so many at a time.
_TOGETHER = 1000


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


def candidates(
    search: Search, query: str, filters: Filters = EVERY_PAPER, at_least: float = LISTED, depth: int = _FIRST
) -> Candidates:
    """Every paper that fits the filters and is at least so probably relevant, and those that `query` names. The lists
    are read `depth` hits deep at first."""
    fitting = len(search.keyword.fitting(filters))
    if not fitting or not any(character.isalnum() for character in query):
        return Candidates(papers=fitting)
    query = subject_of(expanded(query))
    weights, count = rarity(search.keyword.terms(query), search.keyword), search.keyword.count()
    named = [i for i in search.named(query) if filters.fits(search.store.get([i])[i])]
    papers: dict[str, Paper] = {}
    covered: dict[str, float] = {}
    while True:
        read = retrieve(query, search.retrievers, depth, filters)
        lists = _with_cosines(search, query, read, filters)
        ranked = fuse(lists)
        new = [item.paper_id for item in ranked if item.paper_id not in papers]
        papers |= search.store.get([*new, *(paper for paper in named if paper not in papers)])
        for paper in papers.values():
            if paper.id not in covered:
                text = search.keyword.terms(f"{paper.title} {paper.abstract}")
                covered[paper.id] = coverage(weights, text)
        found = [
            Candidate(item, probability(score_of(item.cosine, covered[item.paper.id]), count), item.paper.id in named)
            for item in ranked_papers(ranked, papers, named, lists.get("dense", ()))
        ]
        chosen = {c.ranked.paper.id for c in found if c.probability >= at_least}
        going_on = any(len(hits) >= depth and _goes_on(hits, chosen) for hits in read.values())
        if not going_on or len(papers) >= fitting:
            break
        depth *= _DEEPER
    # Equally probable ones stay in the order of the search.
    order = sorted(found, key=lambda c: (not c.named, 0.0 if c.named else -c.probability))
    kept = tuple(c for c in order if c.named or c.probability >= at_least)
    return Candidates(kept, len(papers), fitting)


def _goes_on(hits: Sequence[Hit], chosen: set[str]) -> bool:
    """Whether the end of a list still holds candidates."""
    return any(hit.paper_id in chosen for hit in hits[int(len(hits) * (1 - _END)) :])


def _with_cosines(search: Search, query: str, lists: Mapping[str, list[Hit]], filters: Filters) -> dict[str, list[Hit]]:
    """The lists, the dense one with the papers that only words found."""
    whole = dict(lists)
    for retriever in search.retrievers:
        if not isinstance(retriever, DenseRetriever) or retriever.name not in lists:
            continue
        dense = list(lists[retriever.name])
        known = {hit.paper_id for hit in dense}
        others = sorted({hit.paper_id for hits in lists.values() for hit in hits} - known)
        for at in range(0, len(others), _TOGETHER):
            part = tuple(others[at : at + _TOGETHER])
            dense += retriever.search(query, len(part) * 8, Filters(ids=part))
        dense.sort(key=lambda hit: (-hit.score, hit.chunk_id))
        whole[retriever.name] = [
            Hit(hit.paper_id, hit.chunk_id, hit.score, rank) for rank, hit in enumerate(dense, start=1)
        ]
    return whole


def why(query: str, paper: Paper, keyword: KeywordIndex) -> Why:
    """What of the query stands in the paper."""
    words: dict[str, str] = {}
    for word, _ in groupby(query.split()):
        for term in keyword.terms(word):
            words.setdefault(term, word.strip(" \t\"'“”‘’?!.,;:()[]"))
    have = set(keyword.terms(f"{paper.title} {paper.abstract}"))
    weights = {term: keyword.idf(term) for term in words if term in have}
    best = max(
        sentences(paper.abstract),
        key=lambda s: sum(weights.get(term, 0.0) for term in set(keyword.terms(s.text))),
        default=None,
    )
    found = dict.fromkeys(word for term, word in words.items() if term in have)
    return Why(tuple(found), len(dict.fromkeys(words.values())), best.text if best and weights else "")
