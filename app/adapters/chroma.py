"""The library's vectors: one Chroma collection an embedder (see `app.adapters.chroma_collections`), one record a chunk,
the paper's whole record in each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np

from app.adapters.chroma_collections import CollectionInfo, one_at_a_time
from app.adapters.chroma_nearest import ChromaNearest
from app.adapters.chroma_records import StoredChunk, described, metadata, paper_of
from app.core.domain import Chunk, Paper
from app.core.errors import LibraryError
from app.core.ports import Vectors

__all__ = ["ChromaVectorStore", "CollectionInfo"]

# A server's answer to a page of this size stays small.
_READ_BATCH = 1000

T = TypeVar("T")


class ChromaVectorStore(ChromaNearest):
    """The `VectorStore` port over the collections of one library. Raises LibraryError for whatever Chroma raises."""

    # --- papers -------------------------------------------------------------------------------------------------

    def put(self, papers: Sequence[tuple[Paper, Sequence[Chunk]]], vectors: Vectors) -> None:
        rows = [(paper, chunk, len(chunks)) for paper, chunks in papers for chunk in chunks]
        # A paper's first chunk says that the paper is there and of which version: it goes in last, and what an older,
        # longer version left goes out before, so that a crash leaves papers to be stored again, never half papers.
        order = sorted(range(len(rows)), key=lambda i: rows[i][1].index == 0)
        self._delete_chunks(self._surplus_chunks(papers))
        for part in _parts(order, self._most()):
            self._ask(
                "upsert",
                ids=[rows[i][1].id for i in part],
                documents=[rows[i][1].text for i in part],
                metadatas=[self._metadata(*rows[i]) for i in part],
                embeddings=vectors[part],
            )

    def _most(self) -> int:
        """How many records Chroma takes in one call: a server decides."""
        return self._place.records_at_once(int(self._on_client("get_max_batch_size")))

    @property
    def _page(self) -> int:
        """How many records to read in one call."""
        return self._place.records_at_once(_READ_BATCH)

    def _metadata(self, paper: Paper, chunk: Chunk, chunks: int) -> dict[str, Any]:
        return metadata(paper, chunk, chunks)

    def _described(self, paper: Paper) -> dict[str, Any]:
        return described(paper)

    def describe(self, papers: Sequence[Paper]) -> None:
        known = {paper.id: paper for paper in papers}
        # A record that another process or computer has brought up to date already is left alone.
        stored = {
            pid: meta
            for pid, meta in self._first_chunks(list(known)).items()
            if meta.get("fingerprint") != known[pid].fingerprint
        }
        rows = [(pid, index) for pid, meta in stored.items() for index in range(int(meta["chunks"]))]
        # First chunks last, as in `put`.
        rows.sort(key=lambda row: row[1] == 0)
        for part in _parts(rows, min(self._page, self._most())):
            self._ask(
                "update",
                ids=[f"{pid}#{index}" for pid, index in part],
                metadatas=[self._described(known[pid]) for pid, _ in part],
            )

    def texts(self, ids: Sequence[str]) -> dict[str, str]:
        return {pid: str(meta.get("text_key")) for pid, meta in self._first_chunks(ids).items()}

    def fingerprints(self, ids: Sequence[str]) -> dict[str, str]:
        """For each of these papers that is there, the fingerprint (see `Paper.fingerprint`) of its record."""
        return {pid: str(meta.get("fingerprint")) for pid, meta in self._first_chunks(ids).items()}

    def _surplus_chunks(self, papers: Sequence[tuple[Paper, Sequence[Chunk]]]) -> list[list[str]]:
        """For each paper the ids of chunks that an older, longer version of it has and the new one does not."""
        new = {paper.id: len(chunks) for paper, chunks in papers}
        stored = self._first_chunks(list(new))
        return [[f"{pid}#{i}" for i in range(new[pid], int(meta["chunks"]))] for pid, meta in stored.items()]

    def _first_chunks(self, ids: Sequence[str]) -> dict[str, Mapping[str, Any]]:
        found: dict[str, Mapping[str, Any]] = {}
        for part in _parts([f"{i}#0" for i in dict.fromkeys(ids)], self._page):
            batch = self._ask("get", ids=part, include=["metadatas"])
            for meta in batch["metadatas"] or ():
                found[str(meta["paper_id"])] = meta
        return found

    def _delete_chunks(self, by_paper: Sequence[Sequence[str]]) -> None:
        """The chunks of a paper go in one call wherever that is possible, so that a crash leaves none without the
        others."""
        most = min(self._page, self._most())
        together: list[str] = []
        for chunk_ids in by_paper:
            if len(together) + len(chunk_ids) > most:
                self._delete(together, most)
                together = []
            together += chunk_ids
        self._delete(together, most)

    def _delete(self, chunk_ids: Sequence[str], most: int) -> None:
        for part in _parts(chunk_ids, most):
            self._ask("delete", ids=part)

    def get(self, ids: Sequence[str]) -> dict[str, Paper]:
        """The papers of these ids that are there whole, in their order."""
        wanted = list(dict.fromkeys(ids))
        first = self._first_chunks(wanted)
        all_ids = [f"{pid}#{i}" for pid, meta in first.items() for i in range(int(meta["chunks"]))]
        texts: dict[str, str] = {}
        for part in _parts(all_ids, self._page):
            batch = self._ask("get", ids=part, include=["documents", "metadatas"])
            for chunk_id, text, meta in zip(batch["ids"], batch["documents"], batch["metadatas"], strict=True):
                # A crash may have left the first chunk of an older version beside others of a newer one.
                if meta.get("text_key") == first[str(meta["paper_id"])].get("text_key"):
                    texts[chunk_id] = text
        papers: dict[str, Paper] = {}
        for pid in wanted:
            pieces = [f"{pid}#{i}" for i in range(int(first[pid]["chunks"]))] if pid in first else []
            if pieces and all(piece in texts for piece in pieces):
                papers[pid] = paper_of(first[pid], "".join(texts[piece] for piece in pieces))
        return papers

    def rows_of(self, ids: Sequence[str]) -> tuple[list[str], Vectors]:
        """Those of these papers that have vectors, in their order, and for each the mean of its chunks' vectors, of
        length 1, as one row."""
        try:
            found = self._rows_of(ids)
        except LibraryError:
            self.reopen()  # another process has stored one of them: see `ChromaNearest`
            found = self._rows_of(ids)
        there = [paper_id for paper_id in dict.fromkeys(ids) if paper_id in found]
        rows = np.stack([found[paper_id] for paper_id in there]) if there else np.empty((0, 0), np.float32)
        return there, rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)

    def _rows_of(self, ids: Sequence[str]) -> dict[str, Vectors]:
        """The sum of the vectors of each paper's chunks."""
        sums: dict[str, Vectors] = {}
        for part in _parts(self._chunks_of(list(dict.fromkeys(ids))), self._page):
            batch = self._ask("get", ids=part, include=["embeddings"])
            for chunk_id, row in zip(batch["ids"], np.asarray(batch["embeddings"], np.float32), strict=True):
                paper_id = chunk_id.rsplit("#", 1)[0]
                sums[paper_id] = sums[paper_id] + row if paper_id in sums else row
        return sums

    @one_at_a_time
    def delete(self, ids: Sequence[str]) -> None:
        stored = self._first_chunks(ids)
        self._delete_chunks([[f"{pid}#{i}" for i in range(int(meta["chunks"]))] for pid, meta in stored.items()])

    def delete_whole(self, ids: Sequence[str]) -> None:
        """As `delete`, with chunks that stand there without the first, which nothing but damage leaves."""
        for part in _parts(list(dict.fromkeys(ids)), self._page):
            self._ask("delete", where={"paper_id": {"$in": part}})

    def chunks(self) -> Iterator[StoredChunk]:
        """Every chunk, whether its paper is there whole or not."""
        at = 0
        while rows := self._ask("get", limit=self._page, offset=at, include=["metadatas"])["metadatas"]:
            yield from map(StoredChunk.read, rows)
            at += len(rows)

    def papers(self) -> Iterator[Paper]:
        for ids in self._pages():
            yield from self.get(ids).values()

    def ids(self) -> Iterator[str]:
        for ids in self._pages():
            yield from ids

    def _pages(self) -> Iterator[list[str]]:
        at = 0
        while True:
            batch = self._ask("get", where={"index": 0}, limit=self._page, offset=at, include=["metadatas"])
            ids = [str(meta["paper_id"]) for meta in batch["metadatas"] or ()]
            if not ids:
                return
            yield ids
            at += len(ids)

    def count(self) -> int:
        if self._place.cloud:
            return sum(len(ids) for ids in self._pages())
        return len(self._ask("get", where={"index": 0}, include=[])["ids"])


def _parts(items: Sequence[T], size: int = _READ_BATCH) -> Iterator[list[T]]:
    for at in range(0, len(items), size):
        yield list(items[at : at + size])
