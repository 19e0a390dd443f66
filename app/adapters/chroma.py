"""The library's vectors: one Chroma collection an embedder, one record a chunk, the paper's whole record in each.

A collection's metadata says which library it belongs to, which embedder, dimension and text recipe made its vectors,
and since when it is the one in use: the youngest `active_since` wins, so that switching to another collection is one
write (blue/green), whoever looks. Chroma itself would only notice another dimension, and only at the first query.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar, cast

import numpy as np

from app.adapters.chroma_client import CHROMA_ERRORS, ChromaPlace
from app.adapters.chroma_records import described, metadata, paper_of
from app.core.domain import Chunk, Hit, Paper
from app.core.ports import Vectors
from app.core.recipe import TEXT_RECIPE

FIRST = "papers"
# How collections made before there could be several are read: in use since long ago.
_LONG_AGO = 1.0
# SQLite takes 32,766 values in one statement at most; a server's answer to a page of this size stays small.
_READ_BATCH = 1000
_FILTER_BATCH = 20_000

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class CollectionInfo:
    """What a collection's metadata says. `active_since` is in seconds since 1970; 0 while it was never in use."""

    name: str
    embedder: str
    dimension: int
    recipe: str
    active_since: float

    @classmethod
    def read(cls, name: str, found: Mapping[str, Any]) -> CollectionInfo:
        since = float(found.get("active_since", _LONG_AGO))
        return cls(name, str(found["embedder"]), int(found["dimension"]), str(found["recipe"]), since)


def _one_at_a_time(method: F) -> F:
    """No call meets a client that another thread is just reopening. Each takes milliseconds."""

    @wraps(method)
    def locked(self: ChromaVectorStore, *arguments: Any, **options: Any) -> Any:
        with self._lock:
            return method(self, *arguments, **options)

    return cast(F, locked)


class ChromaVectorStore:
    """The `VectorStore` port over the collections of one library. Raises LibraryError for whatever Chroma raises."""

    def __init__(self, place: ChromaPlace, library: str = "default") -> None:
        self._place = place
        self._library = library
        self._prefix = FIRST if library == "default" else f"{FIRST}.{library}"
        self._lock = threading.RLock()
        self._client = place.open()
        self._collection: Any = None
        self._name = ""

    # --- which collection ---------------------------------------------------------------------------------------

    @property
    def collection(self) -> str:
        return self._name

    @_one_at_a_time
    def collections(self) -> list[CollectionInfo]:
        """The library's collections, the one in use first, then by when they last were."""
        found = []
        for item in self._on_client("list_collections"):
            about = item.metadata or {}
            mine = about.get("library", "default" if item.name == FIRST else None) == self._library
            if mine and {"embedder", "dimension", "recipe"} <= about.keys():
                found.append(CollectionInfo.read(item.name, about))
        return sorted(found, key=lambda info: (-info.active_since, info.name))

    def active(self) -> CollectionInfo | None:
        """The collection in use; None for a library without vectors."""
        used = [info for info in self.collections() if info.active_since]
        return used[0] if used else None

    @_one_at_a_time
    def create(self, embedder: str, dimension: int) -> CollectionInfo:
        """An empty collection for the vectors of this embedder, not in use yet unless it is the library's first."""
        existing = self.collections()
        taken = {info.name for info in existing}
        name = next(
            n for i in range(len(taken) + 1) if (n := f"{self._prefix}-{i + 1}" if i else self._prefix) not in taken
        )
        about = {
            "library": self._library,
            "embedder": embedder,
            "dimension": dimension,
            "recipe": TEXT_RECIPE,
            "active_since": 0.0 if existing else time.time(),
        }
        self._on_client(
            "create_collection",
            name=name,
            metadata=about,
            configuration={"hnsw": {"space": "cosine", "ef_construction": 128, "ef_search": 256}},
            embedding_function=None,
        )
        return CollectionInfo.read(name, about)

    @_one_at_a_time
    def use(self, name: str) -> None:
        """From now on read and write this collection, in this object only."""
        self._collection = self._on_client("get_collection", name=name, embedding_function=None)
        self._name = name

    @_one_at_a_time
    def activate(self, name: str) -> None:
        """Make this collection the one in use for everybody, in one write."""
        now = max([time.time(), *(info.active_since + 1e-3 for info in self.collections())])
        self.use(name)
        about = dict(self._collection.metadata or {})
        self._ask("modify", metadata={**about, "library": self._library, "active_since": now})

    @_one_at_a_time
    def drop(self, name: str) -> None:
        """Delete a collection with all its vectors."""
        self._on_client("delete_collection", name=name)

    @_one_at_a_time
    def reopen(self) -> None:
        """See what another process has stored: a Chroma in a folder keeps its index in memory and never looks at the
        disk again. A server is always up to date."""
        if not self._place.shared:
            self._client.close()
            self._client = self._place.open()
            if self._name:
                self.use(self._name)

    @_one_at_a_time
    def close(self) -> None:
        self._client.close()

    # --- asking Chroma ------------------------------------------------------------------------------------------

    @_one_at_a_time
    def _ask(self, operation: str, **arguments: Any) -> Any:
        """What the collection answers. Chroma's exceptions end here. The operation is named, not passed as a method,
        because a method taken before a reopening that it then waits for would belong to the closed client."""
        try:
            return getattr(self._collection, operation)(**arguments)
        except CHROMA_ERRORS as error:
            raise self._place.error(error) from error

    def _on_client(self, operation: str, **arguments: Any) -> Any:
        try:
            return getattr(self._client, operation)(**arguments)
        except CHROMA_ERRORS as error:
            raise self._place.error(error) from error

    # --- papers -------------------------------------------------------------------------------------------------

    def put(self, papers: Sequence[tuple[Paper, Sequence[Chunk]]], vectors: Vectors) -> None:
        rows = [(paper, chunk, len(chunks)) for paper, chunks in papers for chunk in chunks]
        # A paper's first chunk says that the paper is there and of which version: it goes in last, and what an older,
        # longer version left goes out before, so that a crash leaves papers to be stored again, never half papers.
        order = sorted(range(len(rows)), key=lambda i: rows[i][1].index == 0)
        self._delete_chunks(self._surplus_chunks(papers))
        size = int(self._on_client("get_max_batch_size"))
        for at in range(0, len(order), size):
            part = order[at : at + size]
            self._ask(
                "upsert",
                ids=[rows[i][1].id for i in part],
                documents=[rows[i][1].text for i in part],
                metadatas=[metadata(*rows[i]) for i in part],
                embeddings=vectors[part],
            )

    def describe(self, papers: Sequence[Paper]) -> None:
        stored = self._first_chunks([paper.id for paper in papers])
        for paper in papers:
            count = int(stored[paper.id]["chunks"]) if paper.id in stored else 0
            # The first chunk last, as in `put`.
            for index in reversed(range(count)):
                self._ask("update", ids=[f"{paper.id}#{index}"], metadatas=[described(paper)])

    def texts(self, ids: Sequence[str]) -> dict[str, str]:
        return {pid: str(meta.get("text_key")) for pid, meta in self._first_chunks(ids).items()}

    def _surplus_chunks(self, papers: Sequence[tuple[Paper, Sequence[Chunk]]]) -> list[str]:
        """Ids of chunks that older, longer versions of these papers have and the new ones do not."""
        new = {paper.id: len(chunks) for paper, chunks in papers}
        stored = self._first_chunks(list(new))
        return [f"{pid}#{i}" for pid, meta in stored.items() for i in range(new[pid], int(meta["chunks"]))]

    def _first_chunks(self, ids: Sequence[str]) -> dict[str, Mapping[str, Any]]:
        found: dict[str, Mapping[str, Any]] = {}
        for part in _parts([f"{i}#0" for i in dict.fromkeys(ids)]):
            batch = self._ask("get", ids=part, include=["metadatas"])
            for meta in batch["metadatas"] or ():
                found[str(meta["paper_id"])] = meta
        return found

    def _delete_chunks(self, chunk_ids: Sequence[str]) -> None:
        for part in _parts(chunk_ids):
            self._ask("delete", ids=part)

    def get(self, ids: Sequence[str]) -> dict[str, Paper]:
        """The papers of these ids that are there whole, in their order."""
        wanted = list(dict.fromkeys(ids))
        first = self._first_chunks(wanted)
        all_ids = [f"{pid}#{i}" for pid, meta in first.items() for i in range(int(meta["chunks"]))]
        texts: dict[str, str] = {}
        for part in _parts(all_ids):
            batch = self._ask("get", ids=part, include=["documents"])
            texts.update(zip(batch["ids"], batch["documents"] or (), strict=True))
        papers: dict[str, Paper] = {}
        for pid in wanted:
            pieces = [f"{pid}#{i}" for i in range(int(first[pid]["chunks"]))] if pid in first else []
            if pieces and all(piece in texts for piece in pieces):
                papers[pid] = paper_of(first[pid], "".join(texts[piece] for piece in pieces))
        return papers

    @_one_at_a_time
    def delete(self, ids: Sequence[str]) -> None:
        stored = self._first_chunks(ids)
        self._delete_chunks([f"{pid}#{i}" for pid, meta in stored.items() for i in range(int(meta["chunks"]))])

    def papers(self) -> Iterator[Paper]:
        for ids in self._pages():
            yield from self.get(ids).values()

    def ids(self) -> Iterator[str]:
        for ids in self._pages():
            yield from ids

    def _pages(self) -> Iterator[list[str]]:
        at = 0
        while True:
            batch = self._ask("get", where={"index": 0}, limit=_READ_BATCH, offset=at, include=["metadatas"])
            ids = [str(meta["paper_id"]) for meta in batch["metadatas"] or ()]
            if not ids:
                return
            yield ids
            at += len(ids)

    def count(self) -> int:
        return len(self._ask("get", where={"index": 0}, include=[])["ids"])

    # --- search -------------------------------------------------------------------------------------------------

    def nearest(self, vector: Vectors, k: int, among: Collection[str] | None = None) -> list[Hit]:
        if k <= 0:
            return []
        if among is None:
            found = self._nearest(vector, k, None)
        else:
            parts = _parts(list(dict.fromkeys(among)), _FILTER_BATCH)
            found = [pair for part in parts for pair in self._nearest(vector, k, {"paper_id": {"$in": part}})]
        # Equally near chunks in the order of ids, so that a run can be repeated.
        best = sorted(found, key=lambda pair: (-pair[1], pair[0]))[:k]
        return [
            Hit(chunk_id.rsplit("#", 1)[0], chunk_id, score, rank)
            for rank, (chunk_id, score) in enumerate(best, start=1)
        ]

    def _nearest(self, vector: Vectors, k: int, where: Mapping[str, Any] | None) -> list[tuple[str, float]]:
        """(chunk id, cosine), at most k."""
        available = self._ask("count")
        if not available:
            return []
        found = self._ask(
            "query",
            query_embeddings=np.asarray([vector], dtype=np.float32),
            n_results=min(k, available),
            where=where,
            include=["distances"],
        )
        distances = (found["distances"] or [[]])[0]
        return [(chunk_id, 1.0 - float(d)) for chunk_id, d in zip(found["ids"][0], distances, strict=True)]


def _parts(items: Sequence[str], size: int = _READ_BATCH) -> Iterator[list[str]]:
    for at in range(0, len(items), size):
        yield list(items[at : at + size])
