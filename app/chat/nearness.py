"""How much of a question stands close together in a paper.

BM25 counts a word wherever it stands. That the rare words of a question stand within a sentence or two of each other
says more: the share, weighted by rarity, of the question's terms in the best window of a text (compare Tao and Zhai,
"An Exploration of Proximity Measures in Information Retrieval", SIGIR 2007).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

# In index terms, stop words not counted: about a sentence and a half of an abstract.
WINDOW = 24


def nearness(weights: Mapping[str, float], text: Sequence[str], window: int = WINDOW) -> float:
    """The share, 0 to 1, of the sum of `weights` (a weight for each term of a question) whose terms stand together
    in the best stretch of `window` terms of `text`."""
    total = sum(weights.values())
    if total <= 0:
        return 0.0
    places = [(at, term) for at, term in enumerate(text) if term in weights]
    best = held = 0.0
    first = 0
    inside: Counter[str] = Counter()
    for at, term in places:
        inside[term] += 1
        if inside[term] == 1:
            held += weights[term]
        while at - places[first][0] >= window:
            gone = places[first][1]
            inside[gone] -= 1
            if not inside[gone]:
                held -= weights[gone]
            first += 1
        best = max(best, held)
    return best / total
