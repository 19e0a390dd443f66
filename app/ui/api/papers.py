"""Papers of the public API: found, and one by its id."""

from __future__ import annotations

import re
from collections.abc import Sequence

from app.core.domain import Paper, RankedPaper
from app.core.filters import Filters
from app.ui.api.failures import ApiError
from app.ui.api.shapes import FoundPaper, PaperShape, SearchResult, WholePaper
from app.ui.service import FindsPapers

_ARXIV = re.compile(r"(?:arxiv:|https?://arxiv\.org/(?:abs|pdf)/)?(\d{4}\.\d{4,5})(?:v\d+)?(?:\.pdf)?", re.IGNORECASE)


def searched(finder: FindsPapers, query: str, k: int, filters: Filters) -> SearchResult:
    """The best papers for a query; the newest ones for none."""
    found = finder.search(query, k, filters)
    probable: Sequence[float | None] = finder.probabilities(query, found) if query else [None] * len(found)
    notes = (finder.outside(query, filters) if query else "", finder.words_only(found))
    return {
        "query": query,
        "papers": [_found(rank, r, p) for rank, (r, p) in enumerate(zip(found, probable, strict=True), start=1)],
        "note": " ".join(note for note in notes if note),
    }


def found_paper(finder: FindsPapers, given: str) -> Paper:
    """The paper of this id; of arXiv's also with a version, or as its link. Raises ApiError if there is none."""
    arxiv = _ARXIV.fullmatch(given.strip())
    for id in dict.fromkeys((given, given.strip(), *((arxiv[1],) if arxiv else ()))):
        if found := finder.search("", 1, Filters(ids=(id,))):
            return found[0].paper
    raise ApiError(f'There is no paper "{given[:100]}" in this library. search_papers finds ids.', 404)


def whole_paper(paper: Paper) -> WholePaper:
    return {
        **_ref(paper),
        "abstract": paper.abstract,
        "venue": paper.venue,
        "published": paper.published,
        "doi": paper.doi,
        "categories": list(paper.categories),
    }


def _found(rank: int, ranked: RankedPaper, probability: float | None) -> FoundPaper:
    return {
        "rank": rank,
        "score": round(ranked.score, 6),
        "probability": None if probability is None else round(probability, 4),
        "paper": _ref(ranked.paper),
        "abstract": ranked.paper.abstract,
    }


def _ref(paper: Paper) -> PaperShape:
    return {
        "id": paper.id,
        "title": paper.title,
        "authors": list(paper.authors),
        "year": paper.year,
        "url": paper.url,
        "flags": list(paper.flags),
    }
