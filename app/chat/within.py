"""The nearest chunks of the papers that fit a filter.

Two ways: to take more of the nearest than are wanted and leave out those that do not fit, or to name the papers that
fit. The first takes the longer the fewer fit, the second the more fit; whichever runs, nothing is lost that would
have been found without the filter (`docs/retrieval.md` has what each costs).
"""

from __future__ import annotations

from app.core.domain import Hit
from app.core.ports import Matching, Vectors, VectorStore

# So few are named at once: their vectors are compared one by one, and nothing can be lost.
FEW = 2000
# At 100,000 papers another of the nearest takes 10 microseconds, another paper to name 1, and to begin naming 20,000.
_NAMED, _BEGIN = 0.1, 1500
# What is taken beyond what should be enough, since those that fit may lie together elsewhere.
_MORE = 1.3


def nearest_within(vectors: VectorStore, vector: Vectors, k: int, matching: Matching) -> list[Hit]:
    """At most k chunks of papers that fit, nearest first; fewer only if no more are there."""
    fitting, everything = len(matching), matching.all_papers
    if not fitting or k <= 0:
        return []
    if fitting == everything:
        return vectors.nearest(vector, k)
    if fitting <= FEW:
        return vectors.nearest(vector, k, matching.ids())
    reach = int(k * everything / fitting * _MORE) + k // 4
    kept: list[Hit] = []
    while reach <= _NAMED * fitting + _BEGIN:
        kept, all_there = _taken(vectors, vector, reach, matching)
        if len(kept) >= k:
            return _ranked(kept, k)
        if not all_there:
            break
        reach *= 4
    # Chroma may overlook one of those named that it finds among all.
    kept = kept or _taken(vectors, vector, k, matching)[0]
    return _ranked([*kept, *vectors.nearest(vector, k, matching.ids())], k)


def _taken(vectors: VectorStore, vector: Vectors, reach: int, matching: Matching) -> tuple[list[Hit], bool]:
    """Those of the nearest that fit, and whether as many were given as were asked for: a server may give fewer."""
    hits = vectors.nearest(vector, reach)
    fit = matching.of({hit.paper_id for hit in hits})
    return [hit for hit in hits if hit.paper_id in fit], len(hits) == reach


def _ranked(hits: list[Hit], k: int) -> list[Hit]:
    """The k best of these, each once."""
    best = sorted({hit.chunk_id: hit for hit in hits}.values(), key=lambda hit: (-hit.score, hit.chunk_id))[:k]
    return [Hit(hit.paper_id, hit.chunk_id, hit.score, rank) for rank, hit in enumerate(best, start=1)]
