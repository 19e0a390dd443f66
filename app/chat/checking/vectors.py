"""Vectors of the sentences of abstracts, made when they are needed and kept while the program runs."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from weakref import WeakKeyDictionary

import numpy as np

from app.adapters.sentences import own_sentences
from app.core.domain import Paper
from app.core.ports import MakesVectors, Vectors

# About 15 kB a paper with the default embedder.
_MOST_PAPERS = 2000


class SentenceVectors:
    """One vector a sentence, by the text of the paper: a changed abstract is another one. Threads may share one object."""

    def __init__(self, most: int = _MOST_PAPERS) -> None:
        self._most = most
        # Vectors of another embedder are of no use, and go with it.
        self._by_embedder: WeakKeyDictionary[MakesVectors, OrderedDict[str, Vectors]] = WeakKeyDictionary()
        self._lock = threading.Lock()

    def cosines(self, statements: Sequence[str], papers: Sequence[Paper], embedder: MakesVectors) -> list[Vectors]:
        """For each paper an array of shape (statements, its sentences). Raises EmbedderAwayError."""
        asked = embedder.embed(list(statements))
        keys = [paper.text_key for paper in papers]
        with self._lock:
            kept = self._by_embedder.setdefault(embedder, OrderedDict())
            have = {key: kept[key] for key in keys if key in kept}
        new = {key: paper for key, paper in zip(keys, papers, strict=True) if key not in have}
        texts = [sentence.text for paper in new.values() for sentence in own_sentences(paper.abstract)]
        vectors = embedder.embed(texts) if texts else np.zeros((0, asked.shape[1]), np.float32)
        at = 0
        for key, paper in new.items():
            count = len(own_sentences(paper.abstract))
            have[key] = vectors[at : at + count]
            at += count
        with self._lock:
            for key in keys:
                kept[key] = have[key]
                kept.move_to_end(key)
            while len(kept) > self._most:
                kept.popitem(last=False)
        return [asked @ have[key].T for key in keys]


# Sentences are the same for everybody who asks, so all questions share one.
SENTENCES = SentenceVectors()
