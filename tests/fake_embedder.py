"""An embedder without a model: texts that share words are near each other, and nothing else is known."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

import numpy as np

from app.core.ports import Vectors

SPECIAL_TOKENS = 2


class HashEmbedder:
    """The `Embedder` port by a signed bag of hashed words; the same on every computer and in each run."""

    name: str = "fake/hash-64"
    dimension: int = 64
    max_tokens: int = 256

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Shape (len(texts), 64), float32, rows of length 1; a text without words gets the first axis."""
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in zip(vectors, texts, strict=True):
            for word in _words(text)[: self.max_tokens - SPECIAL_TOKENS]:
                digest = hashlib.blake2b(word.encode("utf-8", "replace"), digest_size=2).digest()
                row[digest[0] % self.dimension] += 1.0 if digest[1] % 2 else -1.0
            if not row.any():
                row[0] = 1.0
            row /= np.linalg.norm(row)
        return vectors

    def embed_bulk(self, texts: Sequence[str]) -> Vectors:
        """As `embed`."""
        return self.embed(texts)

    def count_tokens(self, text: str) -> int:
        """The words and two special tokens, as a real embedder has them."""
        return len(_words(text)) + SPECIAL_TOKENS


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())
