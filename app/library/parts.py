"""A library's parts, each opened at its first use, and who may write to them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from app.core.errors import LibraryError
from app.core.ports import Embedder, KeywordIndex
from app.core.settings import Settings
from app.library.lazy import part
from app.library.locks import LibraryLocks
from app.library.opening import (
    check_fits,
    check_wanted,
    import_from_vectors,
    open_embedder,
    open_embedder_of,
    place_of,
)

if TYPE_CHECKING:
    from app.adapters.catalogue import SqliteCatalogue
    from app.adapters.chroma import ChromaVectorStore, CollectionInfo
    from app.adapters.chroma_client import ChromaPlace
    from app.adapters.shared_log import SharedLog
    from app.library.replicas import Replicas

Report = Callable[[str], None]

# Notes in the catalogue by which other processes see that the vectors have changed, or another collection is in use.
VECTORS, COLLECTION, EMBEDDER = "vectors", "collection", "embedder"
_IMPORTED = "imported"


class Parts:
    """The parts of one library and its locks."""

    def __init__(
        self, settings: Settings, report: Report = lambda line: None, place: ChromaPlace | None = None
    ) -> None:
        """`place` is where the vectors are, for tests; the settings say it otherwise."""
        self.settings = settings
        self.report = report
        self.folder: Path = settings.library_dir
        self.locks = LibraryLocks(self.folder)
        self.generation = 0  # counts changes of the collection in use, and so of the embedder
        self._lock = threading.RLock()
        self._given_place = place
        self._opened: list[ChromaVectorStore | SharedLog] = []
        self._seen_vectors = ""

    def close(self) -> None:
        """Let go of files and connections. Nothing needs this to be safe on disk."""
        for opened in self._opened:
            opened.close()
        self._opened.clear()
        self._place.end()
        if "store" in self.__dict__:
            self.store.close()
        for name in ("store", "keyword", "replicas", "_vectors", "vectors", "embedder"):
            self.__dict__.pop(name, None)

    # --- the papers ---------------------------------------------------------------------------------------------

    @part
    def store(self) -> SqliteCatalogue:
        from app.adapters.catalogue import SqliteCatalogue

        self.locks.make_folder()
        store = SqliteCatalogue(self.folder / "catalogue.sqlite")
        try:
            if not store.about(_IMPORTED):
                with self._lock, self.locks.writing():
                    if self._has_vectors() and not store.about(_IMPORTED):
                        self._first_papers(store)
                        store.forget_added()
                    store.note(_IMPORTED, "yes")
        except BaseException:
            store.close()
            raise
        self.__dict__["store"] = store  # what is done now asks for it
        self._store_is_open()
        return store

    def _store_is_open(self) -> None:
        """For what a library does at once when its list of papers is open."""

    def _first_papers(self, store: SqliteCatalogue) -> None:
        """Fill a list of papers that is new from what others have told or, where nobody tells, from the vectors."""
        if self._shared:
            replicas = self._open_replicas(store)
            heads = replicas.heads()
            if heads:
                replicas.exchange(heads)
                return
        with self.opened_vectors(store) as vectors:
            import_from_vectors(store, vectors)

    @part
    def keyword(self) -> KeywordIndex:
        from app.adapters.keyword import TantivyKeywordIndex
        from ingest.pipeline import catch_up

        store = self.store
        with self._lock, self.locks.writing():
            index = TantivyKeywordIndex(self.folder / "keyword")
            catch_up(store, index)
            return index

    def renew_keyword(self) -> None:
        """Throw away a keyword index that cannot be used; the next use makes another."""
        with self._lock, self.locks.writing():
            (self.folder / "keyword.json").unlink(missing_ok=True)  # an index without it is not trusted
            self.__dict__.pop("keyword", None)
            self.generation += 1

    # --- who may write papers -----------------------------------------------------------------------------------

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Be the only one, in any process, who writes papers. Others wait; each holds it for one batch. What was
        written is then told to the other replicas."""
        self.store  # opened before, which needs the lock too  # noqa: B018
        with self._lock, self.locks.writing():
            yield
            if self._shared and self.replicas.untold():
                self.replicas.exchange()
                self._catch_up()

    def _catch_up(self) -> None:
        """Bring the keyword index to where the papers are, under the lock."""
        from ingest.pipeline import catch_up

        if "keyword" in self.__dict__:
            catch_up(self.store, self.keyword)

    # --- the other replicas -------------------------------------------------------------------------------------

    @property
    def _shared(self) -> bool:
        return self._place.shared

    @part
    def replicas(self) -> Replicas:
        """Our part in the log that the replicas of a shared library keep."""
        return self._open_replicas(self.store)

    def _open_replicas(self, store: SqliteCatalogue) -> Replicas:
        from app.adapters.shared_log import SharedLog
        from app.library.replicas import Replicas

        log = SharedLog(self._place, self.settings.library)
        self._opened.append(log)
        return Replicas(store, log)

    # --- the vectors --------------------------------------------------------------------------------------------

    @part
    def _place(self) -> ChromaPlace:
        return self._given_place or place_of(self.settings)

    @part
    def _vectors(self) -> ChromaVectorStore:
        self._seen_vectors = self.store.about(VECTORS) or ""  # before opening: what comes later is then news
        return self.second_vectors()

    def second_vectors(self) -> ChromaVectorStore:
        """A view of the library's collections of its own, to read and write any of them."""
        vectors = self._view(self.store)
        self._opened.append(vectors)
        return vectors

    @contextmanager
    def opened_vectors(self, store: SqliteCatalogue) -> Iterator[ChromaVectorStore]:
        """Such a view for a while."""
        vectors = self._view(store)
        try:
            yield vectors
        finally:
            vectors.close()

    def _view(self, store: SqliteCatalogue) -> ChromaVectorStore:
        from app.adapters.chroma import ChromaVectorStore

        def used(name: str, identity: str) -> None:
            """What we noted of another collection that had this name is not so: another replica has made it anew, or
            the vectors are at another place now."""
            note = f"collection {name}"
            known = store.about(note)
            if known != identity:
                if known or self._shared:
                    store.forget_embedded(name)
                store.note(note, identity)

        if self._place.cloud:
            from app.adapters.cloud_search import CloudVectorStore

            return CloudVectorStore(self._place, self.settings.library, used, lambda text: self.keyword.terms(text))
        return ChromaVectorStore(self._place, self.settings.library, used)

    @part
    def vectors(self) -> ChromaVectorStore:
        """The vectors, open at the collection in use. Raises LibraryError if it was made by another embedder."""
        with self._lock:
            self.locks.make_folder()
            vectors = self._vectors
            active = vectors.active() or self._first_collection(vectors)
            check_fits(active, self.embedder, self.folder)
            vectors.use(active.name)
            if (self.store.about(COLLECTION), self.store.about(EMBEDDER)) != (active.name, active.embedder):
                with self._lock, self.locks.writing():  # a change of the collection in use is made under this lock
                    self._note_in_use(vectors.active() or active)
            return vectors

    def _first_collection(self, vectors: ChromaVectorStore) -> CollectionInfo:
        """The collection of a library that has none: a new one, or one whose Chroma was deleted."""
        embedder = self.embedder
        dimension = embedder.dimension  # may ask a server, which nobody should wait for
        with self._lock, self.locks.writing():
            active = vectors.active()
            if active is None:
                try:
                    active = vectors.create(embedder.name, dimension)
                except LibraryError:
                    active = vectors.active()  # another computer was quicker
                    if active is None:
                        raise
                self.store.forget_embedded(active.name)
            return active

    def _note_in_use(self, info: CollectionInfo) -> None:
        """Let other processes know which collection is in use now, and who makes its vectors."""
        for name, value in ((COLLECTION, info.name), (EMBEDDER, info.embedder)):
            if self.store.about(name) != value:
                self.store.note(name, value)

    def _has_vectors(self) -> bool:
        """Without opening Chroma, which costs a new library half a second that it may not need."""
        return self._shared or (self.folder / "chroma" / "chroma.sqlite3").is_file()

    # --- the embedder -------------------------------------------------------------------------------------------

    @part
    def embedder(self) -> Embedder:
        """The embedder the library was made with; for a new library the one of the settings."""
        with self._lock:
            active = self._vectors.active() if self._has_vectors() else None
            if active is None:
                return self.open_embedder(self.settings.embedder or "default")
            check_wanted(active, self.settings.embedder, self.folder)
            return self.open_embedder_of(active)

    def open_embedder(self, spec: str) -> Embedder:
        """The embedder of a spec (see `app.adapters.choose_embedder`), with what the settings say about it."""
        return open_embedder(self.settings, spec, self.report)

    def open_embedder_of(self, info: CollectionInfo) -> Embedder:
        """The embedder that made a collection."""
        return open_embedder_of(self.settings, info, self.report)
