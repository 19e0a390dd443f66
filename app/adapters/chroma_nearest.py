"""The nearest chunks to a vector, of all papers or of some.

Chroma's own filter on metadata took 130 ms at 100,000 papers even for ten of them, so a folder or a server is told the
chunks instead: of few papers their vectors are read and compared here, which is exact; of more, Chroma looks among
those chunks only, which takes the longer the fewer they are. `docs/retrieval-scale.md` has what was measured.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Any, TypeVar

import numpy as np

from app.adapters.chroma_collections import ChromaCollections
from app.core.domain import Hit
from app.core.errors import LibraryError
from app.core.ports import Vectors

# SQLite takes 32,766 values in one statement at most.
_IDS_TOGETHER = 20_000
# Of so many papers the vectors are read.
_READ_THEMSELVES = 500
# An abstract seldom has more chunks.
_USUAL_CHUNKS = 3
# So many of the nearest are looked through where nothing else works.
_FARTHEST = 20_000
# Taken beside those that are wanted, so that of equally near chunks the first by id are chosen.
_BESIDE = 16

Found = list[tuple[str, float]]
T = TypeVar("T")


class ChromaNearest(ChromaCollections):
    """What a `VectorStore` finds."""

    def nearest(self, vector: Vectors, k: int, among: Collection[str] | None = None) -> list[Hit]:
        if k <= 0:
            return []
        if among is None:
            found = self._query(vector, k)
        else:
            found = self._among(vector, k, list(dict.fromkeys(among)))
        # Equally near chunks in the order of ids, so that a run can be repeated.
        best = sorted(found, key=lambda pair: (-pair[1], pair[0]))[:k]
        return [Hit(_paper_of(chunk_id), chunk_id, score, rank) for rank, (chunk_id, score) in enumerate(best, start=1)]

    def _query(self, vector: Vectors, k: int, **within: Any) -> Found:
        """(chunk id, cosine) of the k nearest and a few more. Without asking how many there are, which takes three
        times as long at 100,000 papers; Chroma gives what it has."""
        found = self._ask(
            "query",
            query_embeddings=np.asarray([vector], dtype=np.float32),
            n_results=self._place.records_at_once(k + _BESIDE),
            include=["distances"],
            **within,
        )
        distances = (found["distances"] or [[]])[0]
        return [(chunk_id, 1.0 - float(d)) for chunk_id, d in zip(found["ids"][0], distances, strict=True)]

    def _among(self, vector: Vectors, k: int, papers: Sequence[str]) -> Found:
        if self._place.cloud:
            parts = _parts(papers)
            return [pair for part in parts for pair in self._query(vector, k, where={"paper_id": {"$in": part}})]
        try:
            return self._named(vector, k, papers)
        except LibraryError:
            # Another process has just stored one of them: Chroma reads of it on the disk, and fails because its
            # vectors, which it keeps in memory, are older.
            self.reopen()
        try:
            return self._named(vector, k, papers)
        except LibraryError:
            wanted = set(papers)
            return [pair for pair in self._query(vector, _FARTHEST) if _paper_of(pair[0]) in wanted]

    def _named(self, vector: Vectors, k: int, papers: Sequence[str]) -> Found:
        if len(papers) <= _READ_THEMSELVES:
            return self._read(vector, papers)
        chunks = self._chunks_of(papers)
        found = [pair for part in _parts(chunks) for pair in self._query(vector, k, ids=part)]
        return found if len(found) >= min(k, len(chunks)) else self._read(vector, papers)

    def _read(self, vector: Vectors, papers: Sequence[str]) -> Found:
        """Every chunk of these papers with its cosine."""
        query = np.asarray(vector, dtype=np.float32)
        found: Found = []

        def read(ids: list[str]) -> list[str]:
            batch = self._ask("get", ids=ids, include=["embeddings"])
            if batch["ids"]:
                rows = np.asarray(batch["embeddings"], dtype=np.float32)
                cosines = rows @ query / (np.linalg.norm(rows, axis=1) * np.linalg.norm(query))
                found.extend(zip(batch["ids"], map(float, cosines), strict=True))
            return list(batch["ids"])

        _each_chunk(papers, read)
        return found

    def _chunks_of(self, papers: Sequence[str]) -> list[str]:
        """The ids of these papers' chunks that are there; to ask for others among them is an error."""
        found: list[str] = []

        def read(ids: list[str]) -> list[str]:
            there = self._ask("get", ids=ids, include=[])["ids"]
            found.extend(there)
            return list(there)

        _each_chunk(papers, read)
        return found


def _paper_of(chunk_id: str) -> str:
    return chunk_id.rsplit("#", 1)[0]


def _each_chunk(papers: Iterable[str], read: Callable[[list[str]], list[str]]) -> None:
    """Have these papers' chunks read: `read` is told ids and gives those that are there. Nobody knows how many chunks a
    paper has, so after the usual ones more are asked for wherever the last was there."""
    wanted, first, step = list(papers), 0, _USUAL_CHUNKS
    while wanted:
        last = f"#{first + step - 1}"
        there: list[str] = []
        for part in _parts([f"{paper}#{index}" for paper in wanted for index in range(first, first + step)]):
            there += read(part)
        wanted = [_paper_of(chunk_id) for chunk_id in there if chunk_id.endswith(last)]
        first, step = first + step, step * 2


def _parts(items: Sequence[T]) -> Iterator[list[T]]:
    for at in range(0, len(items), _IDS_TOGETHER):
        yield list(items[at : at + _IDS_TOGETHER])
