"""Asking every retriever: dense vectors from the store, BM25 from the keyword index."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from app.adapters.extractive import ASKS_CODE
from app.core.domain import Hit
from app.core.ports import Embedder, PaperStore, Retriever

# How deep each list is read before fusing. 200 was the best of the depths measured on SciFact.
POOL = 200


@dataclass(frozen=True, slots=True)
class DenseRetriever:
    """Chunks by cosine between the query's vector and theirs."""

    store: PaperStore
    embedder: Embedder
    name: str = "dense"

    def search(self, text: str, k: int, among: Collection[str] | None = None) -> list[Hit]:
        if not text.strip() or k <= 0:
            return []
        return self.store.nearest(self.embedder.embed([text])[0], k, among)


def expanded(query: str) -> str:
    """A list question on code, with the words abstracts use when they release some."""
    return f"{query} source code repository github available" if ASKS_CODE.search(query) else query


def retrieve(
    query: str, retrievers: Sequence[Retriever], pool: int = POOL, among: Collection[str] | None = None
) -> Mapping[str, list[Hit]]:
    """The hits of each retriever by its name."""
    return {retriever.name: retriever.search(query, pool, among) for retriever in retrievers}
