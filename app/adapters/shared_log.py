"""What the replicas of a library tell each other: a small collection beside its vectors, on the server they share.

A replica is a data folder with its own list of papers and keyword index. There is one entry a paper: its whole record,
the fingerprints it had before, and which replica wrote it at which of that replica's steps; a removed paper keeps an
entry that says so. And one head a replica: how far it has written. Nobody's clock is trusted: who knows how far it has
read of each replica asks for the heads (one small request) and then for what lies between.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from app.adapters.chroma_client import CHROMA_ERRORS, ChromaPlace
from app.adapters.shared_log_entries import (
    GONE,
    NO_RECORD,
    PIECES,
    Entry,
    Head,
    Version,
    entry_of,
    key_of,
    metadata,
    numbered,
    part_key,
    pieces_of,
    version_of,
)
from app.core.errors import AskPapersError, LibraryError

# Raise when entries change; a log of another version is refused, never guessed at.
VERSION = 1
_NAME = "askpapers.log"
_AT_ONCE = 1000
# A Chroma server refuses bodies of more than 40 MB.
_MOST_BYTES = 8_000_000


__all__ = ["Entry", "Head", "SharedLog", "Version"]


class SharedLog:
    """The log of the library of that name. Raises LibraryError for whatever Chroma raises."""

    def __init__(self, place: ChromaPlace, library: str) -> None:
        self._place = place
        self._library = library
        self._client = place.open()
        self._most = place.records_at_once(_AT_ONCE)
        self._found: Any = None

    def close(self) -> None:
        self._place.close(self._client)

    def _collection(self) -> Any:
        """Found or made at first use. It has one number a record in place of a vector, which nobody searches."""
        if self._found is None:
            hnsw = {"space": "l2", "max_neighbors": 4, "ef_construction": 8}
            found = self._client.get_or_create_collection(
                f"{_NAME}.{self._library}",
                metadata={"library": self._library, "log": VERSION},
                embedding_function=None,
                # Chroma Cloud arranges its vectors in its own way.
                **({} if self._place.cloud else {"configuration": {"hnsw": hnsw}}),
            )
            version = (found.metadata or {}).get("log")
            if version != VERSION:
                raise LibraryError(
                    f'The library "{self._library}" at {self._place} is shared with another version of askpapers '
                    f"(log version {version}, this one reads {VERSION}).",
                    "Use the same version on every computer.",
                )
            self._found = found
        return self._found

    def _ask(self, operation: str, **arguments: Any) -> Any:
        try:
            return getattr(self._collection(), operation)(**arguments)
        except AskPapersError:
            raise
        except CHROMA_ERRORS as error:
            self._found = None  # it may have been deleted and made again
            raise self._place.error(error) from error

    # --- reading ------------------------------------------------------------------------------------------------

    def heads(self) -> dict[str, Head]:
        """The head of each replica, by the replica's id."""
        found = [meta for page in self._pages({"head": {"$gte": 0}}) for meta in page.values()]
        vectors = {str(meta["replica"]): str(meta["vectors"]) for meta in found if "vectors" in meta}
        return {
            (replica := str(meta["replica"])): Head(int(meta["head"]), str(meta["stamp"]), vectors.get(replica, ""))
            for meta in found
            if "stamp" in meta
        }

    def between(self, writer: str, after: int, upto: int) -> list[Entry]:
        """The entries that a replica wrote in its steps after `after` up to `upto`, and nobody has written over."""
        steps = [{"position": {"$gt": after}}, {"position": {"$lte": upto}}]
        return [
            entry_of(meta) for page in self._pages({"$and": [{"writer": writer}, *steps]}) for meta in page.values()
        ]

    def entries(self, ids: Sequence[str]) -> dict[str, Entry]:
        """What the log says of these papers, as far as it knows them."""
        found: dict[str, Entry] = {}
        for part in _parts([key_of(paper_id) for paper_id in dict.fromkeys(ids)], self._most):
            for meta in self._get(part).values():
                found[str(meta["paper_id"])] = entry_of(meta)
        return found

    def papers(self, entries: Sequence[Entry]) -> dict[str, Version]:
        """The papers of these entries in just these versions. One that somebody has written over meanwhile is not
        among them: it comes with that writer's steps."""
        found: dict[str, Version] = {}
        for part in _parts(list(entries), self._most):
            pieces = self._get([key_of(entry.paper_id) for entry in part])
            more = [part_key(entry, n) for entry in part for n in range(entry.parts)]
            for keys in _parts(more, self._most):
                pieces |= self._get(keys)
            for entry in part:
                version = version_of(entry, pieces)
                if version:
                    found[entry.paper_id] = version
        return found

    def _get(self, ids: Sequence[str]) -> dict[str, Mapping[str, Any]]:
        batch = self._ask("get", ids=list(ids), include=["metadatas"]) if ids else {"ids": (), "metadatas": ()}
        return dict(zip(batch["ids"], batch["metadatas"], strict=True))

    def _pages(self, where: Mapping[str, Any]) -> Iterator[dict[str, Mapping[str, Any]]]:
        """All records that fit. They have no order, and one written over while we turn the pages moves the others up:
        so after more than one page we look again until nothing is new."""
        seen: set[str] = set()
        while True:
            before, at, length = len(seen), 0, self._most
            while length == self._most:
                batch = self._ask("get", where=dict(where), limit=self._most, offset=at, include=["metadatas"])
                length = len(batch["ids"])
                at += length
                page = dict(zip(batch["ids"], batch["metadatas"], strict=True))
                yield {key: meta for key, meta in page.items() if key not in seen}
                seen.update(page)
            if at <= self._most or len(seen) == before:
                return

    # --- writing ------------------------------------------------------------------------------------------------

    def tell(
        self, versions: Iterable[Version], removed: Iterable[str], known: Mapping[str, Entry], me: str, step: int
    ) -> None:
        """Write entries of papers and of removed ones, as the replica `me` in its step; `known` is what the log says of
        them until now."""
        entries: dict[str, dict[str, Any]] = {}
        parts: dict[str, dict[str, Any]] = {}
        for item in versions:
            entry = self._next(item.paper.id, item.paper.fingerprint, known, me, step)
            pieces = pieces_of(item)
            groups = [pieces[at : at + PIECES] for at in range(0, len(pieces), PIECES)]
            for n, group in enumerate(groups[1:]):
                parts[part_key(entry, n)] = {"part_of": item.paper.id, **numbered(group)}
            entries[key_of(entry.paper_id)] = {**metadata(entry), "parts": len(groups) - 1, **numbered(groups[0])}
        for paper_id in removed:
            entry = self._next(paper_id, GONE, known, me, step)
            entries[key_of(paper_id)] = {**metadata(entry), "parts": 0, **NO_RECORD}
        self._upsert(parts)
        self._upsert(entries)

    def _next(self, paper_id: str, fingerprint: str, known: Mapping[str, Entry], me: str, step: int) -> Entry:
        old = known.get(paper_id)
        return Entry(paper_id, fingerprint, old.next_before() if old else (), me, step)

    def move_head(self, writer: str, head: Head) -> None:
        """Tell the others how far this replica has written."""
        self._upsert({f"head:{writer}": {"replica": writer, "head": head.position, "stamp": head.stamp}})

    def note_vectors(self, writer: str, stamp: str) -> None:
        """Tell the others that this replica has made vectors. A record of its own, since that is done at the same time
        as telling of papers."""
        self._upsert({f"vectors:{writer}": {"replica": writer, "head": 0, "vectors": stamp}})

    def _upsert(self, records: Mapping[str, Mapping[str, Any]]) -> None:
        most = self._place.records_at_once(self._client_most())
        batch: dict[str, Mapping[str, Any]] = {}
        size = 0
        for key, meta in records.items():
            length = sum(len(value) for value in meta.values() if isinstance(value, str))
            if batch and (len(batch) >= most or size + length > _MOST_BYTES):
                self._put(batch)
                batch, size = {}, 0
            batch[key] = meta
            size += length
        if batch:
            self._put(batch)

    def _put(self, batch: Mapping[str, Mapping[str, Any]]) -> None:
        vectors = [[_number(key)] for key in batch]
        self._ask("upsert", ids=list(batch), embeddings=vectors, metadatas=[dict(meta) for meta in batch.values()])

    def _client_most(self) -> int:
        """How many records the server takes in one call."""
        try:
            return min(_AT_ONCE, int(self._client.get_max_batch_size()))
        except CHROMA_ERRORS as error:
            raise self._place.error(error) from error


def _number(key: str) -> float:
    """Any number will do; different ones keep Chroma's index from comparing nothing but equals."""
    return int.from_bytes(hashlib.blake2b(key.encode(), digest_size=4).digest(), "big") / 2**32


def _parts(items: Sequence[Any], size: int) -> Iterator[list[Any]]:
    for at in range(0, len(items), size):
        yield list(items[at : at + size])
