"""Reading the scores out of a rerank server's reply. They come best first, not in the order of the texts.

Each score is tied to its text by the number the server gives it, and a reply that leaves any doubt is refused: a list
in a wrong order looks as good as one in the right order.
"""

from __future__ import annotations

import math

from app.adapters import rerank_faults
from app.adapters.openai_bodies import one_line
from app.adapters.rerank_faults import Place

# Jina, Cohere, vLLM and llama.cpp say `results`, others `data`; text-embeddings-inference sends the bare list.
_LISTS = ("results", "data")
_SCORES = ("relevance_score", "score")


def read_scores(reply: object, count: int, place: Place) -> list[float]:
    """The scores of `count` texts in the order of the texts. Raises RerankerError."""
    found: dict[int, float] = {}
    for item in _items(reply, place):
        index = item.get("index") if isinstance(item, dict) else None
        if not isinstance(item, dict) or not isinstance(index, int) or isinstance(index, bool):
            raise rerank_faults.no_scores(place, one_line(f"an item has no index: {item!r}"))
        if not 0 <= index < count:
            raise rerank_faults.no_scores(place, f"it scores text {index}, and the {count} texts are 0 to {count - 1}")
        if index in found:
            raise rerank_faults.no_scores(place, f"it scores text {index} twice")
        found[index] = _score(item, index, place)
    if len(found) != count:
        raise rerank_faults.no_scores(place, f"{len(found)} scores for {count} texts")
    return [found[index] for index in range(count)]


def _items(reply: object, place: Place) -> list[object]:
    if isinstance(reply, list):
        return reply
    if isinstance(reply, dict):
        for name in _LISTS:
            if isinstance(reply.get(name), list):
                return list(reply[name])
        if said := reply.get("error") or reply.get("detail"):
            raise rerank_faults.no_scores(place, one_line(f"it says: {said}"))
        raise rerank_faults.no_scores(place, 'no list "results" in the reply')
    raise rerank_faults.no_scores(place, "no JSON" if isinstance(reply, str) else "neither a list nor an object")


def _score(item: dict[object, object], index: int, place: Place) -> float:
    value = next((item[name] for name in _SCORES if name in item), None)
    try:
        score = float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else math.nan
    except OverflowError:
        score = math.inf
    if not math.isfinite(score):
        raise rerank_faults.no_scores(place, one_line(f"no number as the score of text {index}: {value!r}"))
    return score
