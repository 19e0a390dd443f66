"""The collections of one library in Chroma: one for each embedder that has made its vectors, one of them in use.

A collection's metadata says which library it belongs to, which embedder, dimension and text recipe made its vectors,
and since when it is the one in use: the youngest `active_since` wins, so that switching to another collection is one
write (blue/green), whoever looks. Chroma itself would only notice another dimension, and only at the first query.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar, cast

from app.adapters.chroma_client import CHROMA_ERRORS, ChromaPlace
from app.core.recipe import TEXT_RECIPE

FIRST = "papers"
# How collections made before there could be several are read: in use since long ago.
_LONG_AGO = 1.0
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


def one_at_a_time(method: F) -> F:
    """No call meets a client that another thread is just reopening. Each takes milliseconds."""

    @wraps(method)
    def locked(self: ChromaCollections, *arguments: Any, **options: Any) -> Any:
        with self._lock:
            return method(self, *arguments, **options)

    return cast(F, locked)


class ChromaCollections:
    """Makes, finds and switches collections. Raises LibraryError for whatever Chroma raises."""

    def __init__(
        self,
        place: ChromaPlace,
        library: str = "default",
        used: Callable[[str, str], None] = lambda name, identity: None,
    ) -> None:
        """`used` is told the name and the identity of each collection before it is used."""
        self._place = place
        self._used = used
        self._library = library
        self._prefix = FIRST if library == "default" else f"{FIRST}.{library}"
        self._lock = threading.RLock()
        self._client: Any = place.open()
        self._collection: Any = None
        self._name = ""

    @property
    def collection(self) -> str:
        return self._name

    @one_at_a_time
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

    @one_at_a_time
    def create(self, embedder: str, dimension: int) -> CollectionInfo:
        """An empty collection for the vectors of this embedder, not in use yet unless it is the library's first."""
        existing = self.collections()
        # Of any library or program: "birds" may want the name that the first collection of "birds-2" has.
        taken = {item.name for item in self._on_client("list_collections")}
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
            embedding_function=None,
            **self._arrangement(),
        )
        return CollectionInfo.read(name, about)

    def _arrangement(self) -> dict[str, Any]:
        """How Chroma is to arrange the vectors of a new collection."""
        return {"configuration": {"hnsw": {"space": "cosine", "ef_construction": 128, "ef_search": 256}}}

    @one_at_a_time
    def use(self, name: str) -> None:
        """From now on read and write this collection, in this object only."""
        found = self._on_client("get_collection", name=name, embedding_function=None)
        self._used(name, str(found.id))
        self._collection, self._name = found, name

    @one_at_a_time
    def activate(self, name: str) -> None:
        """Make this collection the one in use for everybody, in one write."""
        now = max([time.time(), *(info.active_since + 1e-3 for info in self.collections())])
        self.use(name)
        about = dict(self._collection.metadata or {})
        self._ask("modify", metadata={**about, "library": self._library, "active_since": now})

    @one_at_a_time
    def drop(self, name: str) -> None:
        """Delete a collection with all its vectors."""
        self._on_client("delete_collection", name=name)

    @one_at_a_time
    def reopen(self) -> None:
        """See what another process has stored: a Chroma in a folder keeps its index in memory and never looks at the
        disk again. A server is always up to date."""
        if not self._place.shared:
            self._client.close()
            self._client = self._place.open()
            if self._name:
                self.use(self._name)

    @one_at_a_time
    def close(self) -> None:
        """For good; doing it twice does no harm."""
        if self._client is not None:
            self._place.close(self._client)
            self._client = None

    # --- asking Chroma ------------------------------------------------------------------------------------------

    @one_at_a_time
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
