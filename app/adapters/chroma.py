"""The library's store: one Chroma collection, one record a chunk, the paper's fields in each record's metadata.

The collection's metadata says which embedder, dimension and text recipe its vectors were made with. Chroma itself
would only notice another dimension, and only at the first query, as a bare exception.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar, cast

import chromadb
import numpy as np
from chromadb.api.models.Collection import Collection as ChromaCollection
from chromadb.config import Settings as ChromaSettings
from chromadb.errors import ChromaError, NotFoundError

from app.core.domain import Chunk, Hit, Paper, title_key
from app.core.errors import LibraryError
from app.core.ports import Embedder, Vectors

COLLECTION = "papers"
TEXT_RECIPE = "title. chunk / 1"
_READ_BATCH = 1000
# SQLite takes 32,766 values in one statement at most.
_FILTER_BATCH = 20_000


F = TypeVar("F", bound=Callable[..., Any])


def embedded_text(title: str, chunk_text: str) -> str:
    """What is embedded for a chunk (recipe `TEXT_RECIPE`): the title, a full stop, the chunk's words."""
    return f"{title}. {chunk_text}"


def _one_at_a_time(method: F) -> F:
    """No call meets a client that another thread is just reopening. Each takes milliseconds."""

    @wraps(method)
    def locked(self: ChromaPaperStore, *arguments: Any, **options: Any) -> Any:
        with self._lock:
            return method(self, *arguments, **options)

    return cast(F, locked)


class ChromaPaperStore:
    """A persistent Chroma collection in `folder`.

    Raises LibraryError when the folder cannot be opened, or its vectors were made by another embedder or recipe.
    """

    def __init__(self, folder: Path, embedder: Embedder) -> None:
        self._folder = folder
        self._lock = threading.RLock()
        self._expected = {"embedder": embedder.name, "dimension": embedder.dimension, "recipe": TEXT_RECIPE}
        self._connect()

    @_one_at_a_time
    def reopen(self) -> None:
        """See what another process has stored meanwhile: Chroma keeps its vector index in memory and never looks
        at the disk again."""
        self._client.close()
        self._connect()

    def _connect(self) -> None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            # Any: the declared type, ClientAPI, lacks close().
            self._client: Any = chromadb.PersistentClient(str(self._folder), ChromaSettings(anonymized_telemetry=False))
            self._collection = self._open(self._expected)
        except (OSError, ChromaError, ValueError) as error:
            raise LibraryError(
                f'The library in "{self._folder}" cannot be opened: {error}.',
                "Check that the folder is yours to write and the disk is not full, or point ASKPAPERS_DATA_DIR elsewhere.",
            ) from error

    def _open(self, expected: dict[str, Any]) -> ChromaCollection:
        try:
            collection: ChromaCollection = self._client.get_collection(COLLECTION, embedding_function=None)
        except NotFoundError:
            collection = self._client.create_collection(
                COLLECTION,
                metadata=expected,
                configuration={"hnsw": {"space": "cosine", "ef_construction": 128, "ef_search": 256}},
                embedding_function=None,
            )
        found = {name: (collection.metadata or {}).get(name) for name in expected}
        if found != expected:
            differing = ", ".join(
                f'{n}: "{found[n]}" there, "{expected[n]}" now' for n in expected if found[n] != expected[n]
            )
            raise LibraryError(
                f'The library in "{self._folder}" was made with other embedding settings ({differing}).',
                "Go back to the settings it was made with, or set ASKPAPERS_DATA_DIR to a new folder and ingest again.",
            )
        return collection

    @_one_at_a_time
    def _ask(self, operation: str, **arguments: Any) -> Any:
        """What Chroma answers. Its exceptions end here. The operation is named, not passed as a method, because a
        method taken before a reopening that it then waits for would belong to the closed client."""
        try:
            return getattr(self._collection, operation)(**arguments)
        except (OSError, ChromaError, ValueError) as error:
            raise LibraryError(
                f'The library in "{self._folder}" cannot be used: {error}.',
                "Check that the folder is still there and yours to write and the disk is not full, then start again.",
            ) from error

    def put(self, papers: Sequence[tuple[Paper, Sequence[Chunk]]], vectors: Vectors) -> None:
        rows = [(paper, chunk, len(chunks)) for paper, chunks in papers for chunk in chunks]
        # A paper's first chunk says that the paper is there and of which version: it goes in last, and what an older,
        # longer version left goes out before, so that a crash leaves papers to be stored again, never half papers.
        order = sorted(range(len(rows)), key=lambda i: rows[i][1].index == 0)
        self._delete_chunks(self._surplus_chunks(papers))
        size = self._client.get_max_batch_size()
        for at in range(0, len(order), size):
            part = order[at : at + size]
            self._ask(
                "upsert",
                ids=[rows[i][1].id for i in part],
                documents=[rows[i][1].text for i in part],
                metadatas=[_metadata(*rows[i]) for i in part],
                embeddings=vectors[part],
            )

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
        wanted = list(dict.fromkeys(ids))
        first = self._first_chunks(wanted)
        all_ids = [f"{pid}#{i}" for pid, meta in first.items() for i in range(int(meta["chunks"]))]
        texts: dict[str, str] = {}
        for part in _parts(all_ids):
            batch = self._ask("get", ids=part, include=["documents"])
            texts.update(zip(batch["ids"], batch["documents"] or (), strict=True))
        papers: dict[str, Paper] = {}
        for pid in wanted:
            if pid in first:
                pieces = [texts.get(f"{pid}#{i}", "") for i in range(int(first[pid]["chunks"]))]
                papers[pid] = _paper(first[pid], "".join(pieces))
        return papers

    @_one_at_a_time
    def delete(self, ids: Sequence[str]) -> None:
        stored = self._first_chunks(ids)
        self._delete_chunks([f"{pid}#{i}" for pid, meta in stored.items() for i in range(int(meta["chunks"]))])

    def fingerprints(self, ids: Sequence[str]) -> dict[str, str]:
        return {pid: str(meta["fingerprint"]) for pid, meta in self._first_chunks(ids).items()}

    def ids_by_title(self, keys: Sequence[str]) -> dict[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for part in _parts(list(dict.fromkeys(keys))):
            where = {"$and": [{"title_key": {"$in": part}}, {"index": 0}]}
            batch = self._ask("get", where=where, include=["metadatas"])
            for meta in batch["metadatas"] or ():
                found[str(meta["title_key"])].append(str(meta["paper_id"]))
        return dict(found)

    def papers(self) -> Iterator[Paper]:
        at = 0
        while True:
            batch = self._ask("get", where={"index": 0}, limit=_READ_BATCH, offset=at, include=["metadatas"])
            ids = [str(meta["paper_id"]) for meta in batch["metadatas"] or ()]
            if not ids:
                return
            yield from self.get(ids).values()
            at += len(ids)

    def count(self) -> int:
        return len(self._ask("get", where={"index": 0}, include=[])["ids"])

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


def _metadata(paper: Paper, chunk: Chunk, chunks: int) -> dict[str, Any]:
    """Chroma refuses empty lists, and keeps the old value of a field that is left out; None takes it away."""
    fields: dict[str, Any] = {
        "index": chunk.index,
        "start": chunk.start,
        "end": chunk.end,
        "paper_id": paper.id,
        "title": paper.title,
        "title_key": title_key(paper.title),
        "authors": list(paper.authors),
        "year": paper.year,
        "url": paper.url,
        "doi": paper.doi,
        "categories": list(paper.categories),
        "venue": paper.venue,
        "published": paper.published,
        "source": paper.source,
        "fingerprint": paper.fingerprint,
        "chunks": chunks,
    }
    return {name: None if value in ([], "") else value for name, value in fields.items()}


def _paper(meta: Mapping[str, Any], abstract: str) -> Paper:
    return Paper(
        id=str(meta["paper_id"]),
        title=str(meta["title"]),
        abstract=abstract,
        authors=tuple(meta.get("authors") or ()),
        year=meta.get("year"),
        url=meta.get("url"),
        doi=meta.get("doi"),
        categories=tuple(meta.get("categories") or ()),
        venue=meta.get("venue"),
        published=meta.get("published"),
        source=str(meta.get("source", "")),
    )
