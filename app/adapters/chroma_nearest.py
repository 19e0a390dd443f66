"""The nearest chunks to a vector, of all papers or of some.

Chroma's own filter on metadata took 130 ms at 100,000 papers even for ten of them, so a folder or a server is told the
chunks instead: of few papers their vectors are read and compared here, which is exact; of more, Chroma looks among
those chunks only. `docs/retrieval.md` has what was measured.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any, TypeVar

import numpy as np

from app.adapters.chroma_collections import ChromaCollections, one_at_a_time
from app.adapters.known_vectors import KnownVectors
from app.core.domain import Hit
from app.core.errors import LibraryError
from app.core.ports import Vectors

# SQLite takes 32,766 values in one statement at most.
_IDS_TOGETHER = 20_000
# Of so many papers the vectors are read and compared one by one, which nothing is lost by. For the first question it
# takes up to 0.15 s, then 3 ms; Chroma would take 30 to 80 ms each time.
FEW = 2000
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

    _counts: dict[str, int] | None = None

    @cached_property
    def _known(self) -> KnownVectors:
        return KnownVectors()

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
        chunks = self._chunks_of(papers)
        if len(papers) <= FEW:
            return self._read(vector, chunks)
        found = [pair for part in _parts(chunks) for pair in self._query(vector, k, ids=part)]
        return found if len(found) >= min(k, len(chunks)) else self._read(vector, chunks)

    @one_at_a_time
    def _read(self, vector: Vectors, chunks: Sequence[str]) -> Found:
        """Each of these chunks with its cosine."""
        query = np.asarray(vector, dtype=np.float32)
        found: Found = []
        for part in _parts(chunks):
            if missing := self._known.missing(part):
                batch = self._ask("get", ids=missing, include=["embeddings"])
                rows = np.asarray(batch["embeddings"], dtype=np.float32).reshape(-1, len(query))
                self._known.add(batch["ids"], rows / np.linalg.norm(rows, axis=1, keepdims=True))
            there, rows = self._known.known(part)
            found += zip(there, map(float, rows @ query / np.linalg.norm(query)), strict=True)
        return found

    # --- which chunks there are ---------------------------------------------------------------------------------

    def _chunks_of(self, papers: Sequence[str]) -> list[str]:
        """The ids of these papers' chunks that are there; to ask for others among them is an error."""
        if self._place.shared:
            return self._asked_for(papers)
        counts = self._chunk_counts()
        return [f"{paper}#{index}" for paper in papers for index in range(counts.get(paper, 0))]

    @one_at_a_time
    def _chunk_counts(self) -> dict[str, int]:
        """How many chunks each paper has, kept up to date with what this object writes. Read at once: 100,000 papers
        take a third of a second, and asking for a thousand of them took 13 ms each time."""
        if self._counts is None:
            self._counts = {}
            _count(self._counts, self._ask("get", include=[])["ids"])
        return self._counts

    @one_at_a_time
    def _ask(self, operation: str, **arguments: Any) -> Any:
        if operation not in {"upsert", "delete"}:
            return super()._ask(operation, **arguments)
        counts, ids = self._counts, arguments.get("ids")
        self._counts = None  # if this fails, nobody knows what is there
        self._known.forget(ids) if ids is not None else self._known.clear()
        reply = super()._ask(operation, **arguments)
        if counts is not None and ids is not None:
            if operation == "upsert":
                _count(counts, ids)
            else:
                _discount(counts, ids)
            self._counts = counts
        return reply

    @one_at_a_time
    def use(self, name: str) -> None:
        super().use(name)
        self._counts = None
        self._known.clear()

    def _asked_for(self, papers: Sequence[str]) -> list[str]:
        """As `_chunks_of`, from a server, to which other computers write too. Nobody knows how many chunks a paper has,
        so after the usual ones more are asked for wherever the last was there."""
        found: list[str] = []
        wanted, first, step = list(papers), 0, _USUAL_CHUNKS
        while wanted:
            there: list[str] = []
            for part in _parts([f"{paper}#{index}" for paper in wanted for index in range(first, first + step)]):
                there += self._ask("get", ids=part, include=[])["ids"]
            found += there
            last = f"#{first + step - 1}"
            wanted = [_paper_of(chunk_id) for chunk_id in there if chunk_id.endswith(last)]
            first, step = first + step, step * 2
        return found


def _count(counts: dict[str, int], chunk_ids: Iterable[str]) -> None:
    for chunk_id in chunk_ids:
        at = chunk_id.rindex("#")
        counts[chunk_id[:at]] = max(counts.get(chunk_id[:at], 0), int(chunk_id[at + 1 :]) + 1)


def _discount(counts: dict[str, int], chunk_ids: Iterable[str]) -> None:
    for chunk_id in chunk_ids:
        at = chunk_id.rindex("#")
        counts[chunk_id[:at]] = min(counts.get(chunk_id[:at], 0), int(chunk_id[at + 1 :]))


def _paper_of(chunk_id: str) -> str:
    return chunk_id.rsplit("#", 1)[0]


def _parts(items: Sequence[T]) -> Iterator[list[T]]:
    for at in range(0, len(items), _IDS_TOGETHER):
        yield list(items[at : at + _IDS_TOGETHER])
