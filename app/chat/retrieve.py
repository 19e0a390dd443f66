"""Asking every retriever: dense vectors, BM25 from the keyword index."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from app.adapters.asked import ASKS_CODE
from app.chat.resting import RestingEmbedder
from app.chat.within import nearest_within
from app.core.domain import Hit
from app.core.errors import EmbedderAwayError
from app.core.filters import EVERY_PAPER, Filters
from app.core.ports import KeywordIndex, PaperStore, Retriever, VectorStore
from app.core.recipe import embedded_text
from app.core.report import DenseIndex

# How deep each list is read before fusing. 200 was the best of the depths measured on SciFact.
POOL = 200
# While vectors are still being made, the best so many papers by words get theirs for this question alone: about a
# third of a second, and without it nobody could tell whether such a paper is about the question.
_MADE_AT_ONCE = 12


@dataclass(frozen=True, slots=True)
class DenseRetriever:
    """Chunks by cosine between the query's vector and theirs. `embedded` says how many papers have vectors, `keyword`
    which papers fit filters. The store of vectors is opened when it is first asked, as that may need the embedder."""

    opened: Callable[[], VectorStore]
    embedder: RestingEmbedder
    store: PaperStore
    embedded: Callable[[], int]
    keyword: KeywordIndex
    name: str = "dense"

    def search(self, text: str, k: int, filters: Filters = EVERY_PAPER) -> list[Hit]:
        if not text.strip() or k <= 0:
            return []
        vectors = self.vectors()
        if not filters:
            return vectors.nearest(self.embedder.embed([text])[0], k)
        matching = self.keyword.fitting(filters)
        return nearest_within(vectors, self.embedder.embed([text])[0], k, matching) if len(matching) else []

    def vectors(self) -> VectorStore:
        """Raises EmbedderAwayError."""
        return self.embedder.asked(self.opened)

    def index(self) -> DenseIndex:
        """How much of the library has its vectors."""
        return DenseIndex(self.embedded(), self.store.count())

    def without_vectors(self, ids: Sequence[str]) -> list[str]:
        """Those of these papers, in their order, that have none yet."""
        return self.store.not_embedded(self.vectors().collection, ids)

    def completed(self, text: str, dense: Sequence[Hit], others: Sequence[Hit]) -> list[Hit]:
        """`dense` and the cosines of the best of `others` that have no vectors yet, best first."""
        missing = self.without_vectors(list(dict.fromkeys(hit.paper_id for hit in others)))[:_MADE_AT_ONCE]
        papers = list(self.store.get(missing).values())
        if not papers or not text.strip():
            return list(dense)
        query = self.embedder.embed([text])[0]
        cosines = self.embedder.embed_bulk([embedded_text(p.title, p.abstract) for p in papers]) @ query
        pairs = [(hit.paper_id, hit.chunk_id, hit.score) for hit in dense]
        pairs += [(p.id, f"{p.id}#0", float(cosine)) for p, cosine in zip(papers, cosines, strict=True)]
        pairs.sort(key=lambda pair: (-pair[2], pair[1]))
        return [Hit(*pair, rank) for rank, pair in enumerate(pairs, start=1)]


@dataclass(frozen=True, slots=True)
class WordsRetriever:
    """Papers by their words, from the leg that `opened` gives; while that cannot be opened because the embedder does
    not work (see `app.adapters.cloud_search`), from the local index."""

    opened: Callable[[], Retriever]
    embedder: RestingEmbedder
    local: KeywordIndex

    @property
    def name(self) -> str:
        return self.local.name

    def search(self, text: str, k: int, filters: Filters = EVERY_PAPER) -> list[Hit]:
        try:
            leg = self.embedder.asked(self.opened)
        except EmbedderAwayError:
            return self.local.search(text, k, filters)
        return leg.search(text, k, filters)


def expanded(query: str) -> str:
    """A list question on code, with the words abstracts use when they release some."""
    return f"{query} source code repository github available" if ASKS_CODE.search(query) else query


def retrieve(
    query: str, retrievers: Sequence[Retriever], pool: int = POOL, filters: Filters = EVERY_PAPER
) -> Mapping[str, list[Hit]]:
    """The hits of each retriever by its name, among the papers that fit; without the dense one's while its embedder
    does not work."""
    lists: dict[str, list[Hit]] = {}
    for retriever in retrievers:
        with suppress(EmbedderAwayError):
            lists[retriever.name] = retriever.search(query, pool, filters)
    for retriever in retrievers:
        if isinstance(retriever, DenseRetriever) and retriever.name in lists and not retriever.index().whole:
            others = [hit for name, hits in lists.items() if name != retriever.name for hit in hits]
            with suppress(EmbedderAwayError):
                lists[retriever.name] = retriever.completed(query, lists[retriever.name], others)
    return lists


def dense_index(retrievers: Sequence[Retriever]) -> DenseIndex | None:
    """How much of the library the dense retriever among these can find; None if there is none."""
    return next((retriever.index() for retriever in retrievers if isinstance(retriever, DenseRetriever)), None)
