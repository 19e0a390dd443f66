"""Vectors of sentences that were checked before: every model of a duel is checked against the same abstracts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np

from app.chat.resting import RestingEmbedder
from app.core.ports import Embedder, Vectors

# With 384 numbers each they take 15 MB.
MOST = 10_000


class RememberingEmbedder(RestingEmbedder):
    """As `inner`, which is asked about each text once, as long as there is room. For one thread at a time."""

    def __init__(self, inner: RestingEmbedder) -> None:
        super().__init__(lambda: cast(Embedder, inner))
        self._inner = inner
        self._known: dict[str, Vectors] = {}

    def embed(self, texts: Sequence[str]) -> Vectors:
        """As the `Embedder` port. Raises EmbedderAwayError."""
        if len(self._known) + len(texts) > MOST:
            self._known.clear()
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        if not texts or len(new) == len(texts):
            made = self._inner.embed(texts)
            self._known.update(zip(texts, made, strict=True))
            return made
        if new:
            self._known.update(zip(new, self._inner.embed(new), strict=True))
        return np.stack([self._known[text] for text in texts])
