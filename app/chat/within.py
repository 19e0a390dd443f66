"""The nearest chunks of the papers that fit a filter, without asking Chroma for a filter where that is slow.

Chroma's own filter takes longer the more papers fit; taking more of the nearest than are wanted and leaving out those
that do not fit takes longer the fewer fit. So each has its half, and whichever runs, what is found is the same as if
every chunk had been looked at in order (see docs/retrieval.md for what each costs).
"""

from __future__ import annotations

from app.core.domain import Hit
from app.core.ports import Matching, Vectors, VectorStore

# Up to so many fitting papers are looked up by themselves.
FEW = 2000
# Of the nearest at most so many are taken to leave some out.
FARTHEST = 20_000
# What is taken beyond what should be enough, since those that fit may lie together elsewhere.
_MORE = 1.3


def nearest_within(vectors: VectorStore, vector: Vectors, k: int, matching: Matching) -> list[Hit]:
    """At most k chunks of papers that fit, nearest first; fewer only if no more are there."""
    fitting, everything = len(matching), matching.all_papers
    if not fitting or k <= 0:
        return []
    if fitting == everything:
        return vectors.nearest(vector, k)
    reach = int(k * everything / fitting * _MORE) + k // 4
    while fitting > FEW and reach <= FARTHEST:
        hits = vectors.nearest(vector, reach)
        fit = matching.of({hit.paper_id for hit in hits})
        kept = [hit for hit in hits if hit.paper_id in fit]
        if len(kept) >= k:
            return [Hit(hit.paper_id, hit.chunk_id, hit.score, rank) for rank, hit in enumerate(kept[:k], start=1)]
        if len(hits) < reach:
            break  # a server gives no more at once
        reach *= 4
    return vectors.nearest(vector, k, matching.ids())
