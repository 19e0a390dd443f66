"""The vectors of the sentences that questions met last: the papers that answer one question often answer the next, and
making the vectors of their sentences takes longer than all the rest of an answer by quotes."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import numpy as np

from app.core.ports import MakesVectors, Vectors

# Sentences and words of some 150 abstracts: 12 MB of the default embedder's vectors, and a part of that again of text.
MOST = 8192


class Remembered:
    """Asks an embedder for what it has not made lately. Threads may share one object."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._maker: MakesVectors | None = None
        self._rows: dict[str, Vectors] = {}  # what was used last stands last

    def embed(self, embedder: MakesVectors, texts: Sequence[str]) -> Vectors:
        """As `embedder.embed`. A single text is a question, and always asked for: so it shows whether the embedder works."""
        if len(texts) < 2:
            return embedder.embed(texts)
        with self._lock:
            if self._maker is not embedder:  # the library has been given another
                self._maker, self._rows = embedder, {}
            found = {text: self._rows[text] for text in texts if text in self._rows}
        new = [text for text in dict.fromkeys(texts) if text not in found]
        if new:
            found |= {text: row.copy() for text, row in zip(new, embedder.embed(new), strict=True)}
        with self._lock:
            if self._maker is embedder:
                for text in found:
                    self._rows.pop(text, None)
                self._rows |= found
                for text in list(self._rows)[: -self._most]:
                    del self._rows[text]
        return np.stack([found[text] for text in texts])
