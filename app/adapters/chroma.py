"""The library's store: one Chroma collection, one record a chunk, the paper's fields in each record's metadata.

The collection's metadata says which embedder, dimension and text recipe its vectors were made with. Chroma itself
would only notice another dimension, and only at the first query, as a bare exception.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

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


def embedded_text(title: str, chunk_text: str) -> str:
    """What is embedded for a chunk (recipe `TEXT_RECIPE`): the title, a full stop, the chunk's words."""
    return f"{title}. {chunk_text}"


class ChromaPaperStore:
    """A persistent Chroma collection in `folder`.

    Raises LibraryError when the folder cannot be opened, or its vectors were made by another embedder or recipe.
    """

    def __init__(self, folder: Path, embedder: Embedder) -> None:
        self._folder = folder
        expected = {"embedder": embedder.name, "dimension": embedder.dimension, "recipe": TEXT_RECIPE}
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._client = chromadb.PersistentClient(str(folder), ChromaSettings(anonymized_telemetry=False))
            self._collection = self._open(expected)
        except (OSError, ChromaError, ValueError) as error:
            raise LibraryError(
                f'The library in "{folder}" cannot be opened: {error}.',
                "Check that the folder is yours to write and the disk is not full, or point ASKPAPERS_DATA_DIR elsewhere.",
            ) from error

    def _open(self, expected: dict[str, Any]) -> ChromaCollection:
        try:
            collection = self._client.get_collection(COLLECTION, embedding_function=None)
        except NotFoundError:
            return self._client.create_collection(
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

    def put(self, papers: Sequence[tuple[Paper, Sequence[Chunk]]], vectors: Vectors) -> None:
        ids: list[str] = []
        documents: list[str] = []
        metadatas: list[Mapping[str, Any]] = []
        for paper, chunks in papers:
            common = _metadata(paper, len(chunks))
            for chunk in chunks:
                ids.append(chunk.id)
                documents.append(chunk.text)
                metadatas.append({**common, "index": chunk.index, "start": chunk.start, "end": chunk.end})
        stale = self._surplus_chunks(papers)
        size = self._client.get_max_batch_size()
        for at in range(0, len(ids), size):
            part = slice(at, at + size)
            self._collection.upsert(
                ids=ids[part],
                documents=documents[part],
                metadatas=list(metadatas[part]),
                embeddings=vectors[part],
            )
        if stale:
            self._collection.delete(ids=stale)

    def _surplus_chunks(self, papers: Sequence[tuple[Paper, Sequence[Chunk]]]) -> list[str]:
        """Ids of chunks that older, longer versions of these papers have and the new ones do not."""
        new = {paper.id: len(chunks) for paper, chunks in papers}
        stored = self._first_chunks(list(new))
        return [f"{pid}#{i}" for pid, meta in stored.items() for i in range(new[pid], int(meta["chunks"]))]

    def _first_chunks(self, ids: Sequence[str]) -> dict[str, Mapping[str, Any]]:
        found: dict[str, Mapping[str, Any]] = {}
        for at in range(0, len(ids), _READ_BATCH):
            batch = self._collection.get(ids=[f"{i}#0" for i in ids[at : at + _READ_BATCH]], include=["metadatas"])
            for meta in batch["metadatas"] or ():
                found[str(meta["paper_id"])] = meta
        return found

    def get(self, ids: Sequence[str]) -> dict[str, Paper]:
        wanted = list(dict.fromkeys(ids))
        first = self._first_chunks(wanted)
        all_ids = [f"{pid}#{i}" for pid, meta in first.items() for i in range(int(meta["chunks"]))]
        texts: dict[str, str] = {}
        for at in range(0, len(all_ids), _READ_BATCH):
            batch = self._collection.get(ids=all_ids[at : at + _READ_BATCH], include=["documents"])
            texts.update(zip(batch["ids"], batch["documents"] or (), strict=True))
        papers: dict[str, Paper] = {}
        for pid in wanted:
            if pid in first:
                pieces = [texts.get(f"{pid}#{i}", "") for i in range(int(first[pid]["chunks"]))]
                papers[pid] = _paper(first[pid], "".join(pieces))
        return papers

    def delete(self, ids: Sequence[str]) -> None:
        stored = self._first_chunks(ids)
        chunk_ids = [f"{pid}#{i}" for pid, meta in stored.items() for i in range(int(meta["chunks"]))]
        for at in range(0, len(chunk_ids), _READ_BATCH):
            self._collection.delete(ids=chunk_ids[at : at + _READ_BATCH])

    def fingerprints(self, ids: Sequence[str]) -> dict[str, str]:
        return {pid: str(meta["fingerprint"]) for pid, meta in self._first_chunks(ids).items()}

    def ids_by_title(self, keys: Sequence[str]) -> dict[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for at in range(0, len(keys), _READ_BATCH):
            part = list(keys[at : at + _READ_BATCH])
            batch = self._collection.get(
                where={"$and": [{"title_key": {"$in": part}}, {"index": 0}]},  # type: ignore[dict-item]
                include=["metadatas"],
            )
            for meta in batch["metadatas"] or ():
                found[str(meta["title_key"])].append(str(meta["paper_id"]))
        return dict(found)

    def papers(self) -> Iterator[Paper]:
        at = 0
        while True:
            batch = self._collection.get(where={"index": 0}, limit=_READ_BATCH, offset=at, include=["metadatas"])
            ids = [str(meta["paper_id"]) for meta in batch["metadatas"] or ()]
            if not ids:
                return
            yield from self.get(ids).values()
            at += len(ids)

    def count(self) -> int:
        return len(self._collection.get(where={"index": 0}, include=[])["ids"])

    def nearest(self, vector: Vectors, k: int, among: Collection[str] | None = None) -> list[Hit]:
        available = self._collection.count()
        if not available or k <= 0 or (among is not None and not among):
            return []
        found = self._collection.query(
            query_embeddings=np.asarray([vector], dtype=np.float32),
            n_results=min(k, available),
            where=None if among is None else {"paper_id": {"$in": list(among)}},  # type: ignore[dict-item]
            include=["distances"],
        )
        distances = (found["distances"] or [[]])[0]
        return [
            Hit(chunk_id.rsplit("#", 1)[0], chunk_id, 1.0 - float(distance), rank)
            for rank, (chunk_id, distance) in enumerate(zip(found["ids"][0], distances, strict=True), start=1)
        ]


def _metadata(paper: Paper, chunks: int) -> dict[str, Any]:
    """Chroma refuses None and empty lists, so a field without a value is left out."""
    fields: dict[str, Any] = {
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
    return {name: value for name, value in fields.items() if value not in (None, [], "")}


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
