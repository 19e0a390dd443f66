"""Chroma Cloud: the library's vectors within its quotas, and papers found by their words by its own sparse search.

On Cloud a collection has a second, sparse index beside that of its vectors: the first chunk of each paper carries the
BM25 weights of the words of its title and abstract (the terms are those of the local keyword index, hashed), and Cloud
multiplies them by how rare each word is. So the keyword leg of a question needs no local index of a large library; that
one stays for names, authors and phrases, and for papers that have no vectors yet.

Chroma's own sparse embedding functions are not used: the BM25 one wants a package that Chroma does not install
(snowballstemmer) and knows nothing of titles, the others fetch a model. Nor is Cloud's rank fusion (Rrf): both legs are
fused here as on every other store, since the fusion by scores measured better (see `app.chat.rank`).

Tested against a server that speaks the protocol, with the real client. NOT run against the real Chroma Cloud: that it
takes this schema, scores this way and counts its quotas this way is taken from its documentation and client.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chromadb import K, Knn, Schema, Search, SparseVector, SparseVectorIndexConfig, VectorIndexConfig

from app.adapters.chroma import ChromaVectorStore
from app.adapters.chroma_client import ChromaPlace
from app.core.domain import Chunk, Hit, Paper
from app.core.filters import EVERY_PAPER, Filters
from app.core.ports import KeywordIndex

Terms = Callable[[str], list[str]]

WORDS = "words"
# BM25's usual constants; an abstract with its title has about 110 terms once the stop words are out.
_K1, _B, _USUAL_LENGTH = 1.2, 0.75, 110.0
_MOST_FOUND = 300
# Ids in one filter, and searches in one call.
_FILTERED_TOGETHER, _SEARCHES_TOGETHER = 300, 10


class CloudVectorStore(ChromaVectorStore):
    """The vectors on Chroma Cloud. `terms` gives the index terms of a text (see `KeywordIndex.terms`)."""

    def __init__(
        self,
        place: ChromaPlace,
        library: str = "default",
        used: Callable[[str, str], None] = lambda name, identity: None,
        terms: Terms = str.split,
    ) -> None:
        super().__init__(place, library, used)
        self._terms = terms

    def _arrangement(self) -> dict[str, Any]:
        schema = Schema()
        schema.create_index(config=VectorIndexConfig(space="cosine", embedding_function=None))
        schema.create_index(config=SparseVectorIndexConfig(bm25=True), key=WORDS)
        return {"schema": schema}

    def _metadata(self, paper: Paper, chunk: Chunk, chunks: int) -> dict[str, Any]:
        meta = _within(super()._metadata(paper, chunk, chunks), self._place.value_bytes)
        weights = sparse_weights(self._terms(f"{paper.title}. {paper.abstract}")) if chunk.index == 0 else None
        return {**meta, WORDS: weights} if weights else meta

    def _described(self, paper: Paper) -> dict[str, Any]:
        return _within(super()._described(paper), self._place.value_bytes)

    @property
    def finds_words(self) -> bool:
        """Whether the collection in use has the sparse index; one made elsewhere and copied to Cloud has none."""
        schema = getattr(self._collection, "schema", None)
        types = schema.keys.get(WORDS) if schema else None
        index = types.sparse_vector.sparse_vector_index if types and types.sparse_vector else None
        return bool(index and index.enabled)

    def by_words(self, terms: Sequence[str], k: int, among: Collection[str] | None) -> list[Hit]:
        """At most k papers by BM25 of these terms, best first."""
        query = sparse_query(terms)
        if query is None or k <= 0 or (among is not None and not among):
            return []
        most = min(k, _MOST_FOUND)
        rank = Knn(query=query, key=WORDS, limit=most)
        parts = [None] if among is None else [*_parts(list(dict.fromkeys(among)), _FILTERED_TOGETHER)]
        searches = [
            Search(where=K("paper_id").is_in(part) if part else None, rank=rank, limit=most, select=[K.SCORE.name])
            for part in parts
        ]
        found: dict[str, float] = {}
        for batch in _parts(searches, _SEARCHES_TOGETHER):
            reply = self._ask("search", searches=batch)
            for ids, scores in zip(reply["ids"], reply["scores"], strict=True):
                # Chroma gives a distance: the nearer, the lower.
                found.update((chunk_id, -float(score)) for chunk_id, score in zip(ids, scores or (), strict=True))
        best = sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))[:k]
        return [
            Hit(chunk_id.rsplit("#", 1)[0], chunk_id, score, rank)
            for rank, (chunk_id, score) in enumerate(best, start=1)
        ]


@dataclass(frozen=True, slots=True)
class CloudKeyword:
    """The `Retriever` of the keyword leg on Chroma Cloud. While some papers have no vectors yet, and so no words on
    Cloud, or where the collection has no index of words, it asks the local index. `whole` says that all have theirs."""

    vectors: CloudVectorStore
    local: KeywordIndex
    whole: Callable[[], bool]

    @property
    def name(self) -> str:
        return self.local.name

    def search(self, text: str, k: int, filters: Filters = EVERY_PAPER) -> list[Hit]:
        if not self.vectors.finds_words or not self.whole():
            return self.local.search(text, k, filters)
        among = self.local.fitting(filters).ids() if filters else None
        return self.vectors.by_words(self.local.terms(text), k, among)


def sparse_weights(terms: Sequence[str]) -> SparseVector | None:
    """What BM25 gives a paper for each of its terms, before how rare the term is; None if it has no terms."""
    length = _K1 * (1 - _B + _B * len(terms) / _USUAL_LENGTH)
    weights: dict[int, float] = {}
    for term, times in Counter(terms).items():
        # Two terms with one number, which of 2^31 is rare, count as one.
        weights[_number(term)] = weights.get(_number(term), 0.0) + times * (_K1 + 1) / (times + length)
    return _sparse(weights)


def sparse_query(terms: Sequence[str]) -> SparseVector | None:
    """Each term once; None if there are none."""
    return _sparse({_number(term): 1.0 for term in terms})


def _sparse(weights: Mapping[int, float]) -> SparseVector | None:
    if not weights:
        return None
    order = sorted(weights)
    return SparseVector(indices=order, values=[round(weights[i], 6) for i in order])


def _number(term: str) -> int:
    return int.from_bytes(hashlib.blake2b(term.encode("utf-8", "replace"), digest_size=4).digest(), "big") >> 1


def _within(meta: Mapping[str, Any], most: int | None) -> dict[str, Any]:
    """The same with texts and lists cut to what a value may have in bytes. Whole records stand in the shared log."""
    return {name: _cut(value, most) if most else value for name, value in meta.items()}


def _cut(value: Any, most: int) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "replace")[:most].decode("utf-8", "ignore")
    while isinstance(value, list) and len(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")) > most:
        value = value[: len(value) * 3 // 4] if len(value) > 1 else [_cut(value[0], most - 4)]
    return value


def _parts(items: Sequence[Any], size: int) -> Iterator[list[Any]]:
    for at in range(0, len(items), size):
        yield list(items[at : at + size])
