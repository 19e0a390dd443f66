"""One library: its list of papers, keyword index, vectors and embedder, and who may write to them when.

<library folder>/
  catalogue.sqlite   the papers (see `app.adapters.catalogue`); everything else can be made again from it
  keyword/           BM25 index, keyword.json says how far it has come
  chroma/            vectors, unless they are on a Chroma server
  writing.lock       held by who writes papers, for one batch at a time
  embedding.lock     held by who makes vectors
  set-aside/         bad records, to be repaired and ingested again
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from app.core.domain import BadRecord, Paper
from app.core.ports import Embedder, KeywordIndex
from app.core.recipe import embedded_text
from app.core.report import IngestReport
from app.core.settings import Settings
from app.library.locks import LibraryLocks
from app.library.opening import (
    check_fits,
    check_wanted,
    import_from_vectors,
    open_embedder,
    open_embedder_of,
    open_vectors,
)

if TYPE_CHECKING:
    from app.adapters.catalogue import SqliteCatalogue
    from app.adapters.chroma import ChromaVectorStore, CollectionInfo

Report = Callable[[str], None]
Progress = Callable[[int, "int | None", str], None]
EmbedProgress = Callable[[int, int, "float | None"], None]

# Notes in the catalogue by which other processes see that the vectors have changed, or another collection is in use.
_VECTORS, _COLLECTION, _EMBEDDER = "vectors", "collection", "embedder"
_IMPORTED = "imported"
# Reopening a large Chroma takes seconds; questions spend at most this share of the time on it.
_REOPENING_SHARE = 0.05
# Papers embedded to judge how long all will take.
_TRIED = 16


class Library:
    """Parts open on first use. Threads may share one object; processes may share the folder."""

    def __init__(self, settings: Settings, report: Report = lambda line: None) -> None:
        self.settings = settings
        self.report = report
        self.folder: Path = settings.library_dir
        self.locks = LibraryLocks(self.folder)
        self._lock = threading.RLock()
        self._seconds_per_token: float | None = None
        self._asking, self._asking_lock = 0, threading.Lock()
        self._seen_position: int | None = None
        self._seen_vectors = ""
        self._reopened_at, self._reopening_s = 0.0, 0.0
        self._counted: tuple[object, int] = (None, 0)
        self._opened: list[ChromaVectorStore] = []
        self.generation = 0  # counts changes of the collection in use, and so of the embedder

    # --- parts --------------------------------------------------------------------------------------------------

    @cached_property
    def store(self) -> SqliteCatalogue:
        from app.adapters.catalogue import SqliteCatalogue

        self.locks.make_folder()
        store = SqliteCatalogue(self.folder / "catalogue.sqlite")
        if not store.about(_IMPORTED):
            with self.writing():
                if self._has_vectors() and not store.about(_IMPORTED):
                    import_from_vectors(store, self.second_vectors())
                store.note(_IMPORTED, "yes")
        return store

    @cached_property
    def keyword(self) -> KeywordIndex:
        from app.adapters.keyword import TantivyKeywordIndex
        from ingest.pipeline import catch_up

        store = self.store
        with self.writing():
            index = TantivyKeywordIndex(self.folder / "keyword")
            catch_up(store, index)
            return index

    def renew_keyword(self) -> None:
        """Throw away a keyword index that cannot be used; the next use makes another."""
        with self.writing():
            (self.folder / "keyword.json").unlink(missing_ok=True)  # an index without it is not trusted
            self.__dict__.pop("keyword", None)
            self.generation += 1

    @cached_property
    def _vectors(self) -> ChromaVectorStore:
        self._seen_vectors = self.store.about(_VECTORS) or ""  # before opening: what comes later is then news
        return self.second_vectors()

    def second_vectors(self) -> ChromaVectorStore:
        """A view of the library's collections of its own, to read and write any of them."""
        self._opened.append(open_vectors(self.settings, self.folder))
        return self._opened[-1]

    def close(self) -> None:
        """Let go of files and connections. Nothing needs this to be safe on disk."""
        for vectors in self._opened:
            vectors.close()
        self._opened.clear()
        if "store" in self.__dict__:
            self.store.close()
        for part in ("store", "keyword", "_vectors", "vectors", "embedder"):
            self.__dict__.pop(part, None)

    @property
    def _shared(self) -> bool:
        return self.settings.chroma_url is not None

    @cached_property
    def vectors(self) -> ChromaVectorStore:
        """The vectors, open at the collection in use. Raises LibraryError if it was made by another embedder."""
        with self._lock:
            self.locks.make_folder()
            vectors = self._vectors
            active = vectors.active() or self._first_collection(vectors)
            check_fits(active, self.embedder, self.folder)
            vectors.use(active.name)
            if (self.store.about(_COLLECTION), self.store.about(_EMBEDDER)) != (active.name, active.embedder):
                with self.writing():  # a change of the collection in use is made under this lock
                    self.note_in_use(vectors.active() or active)
            return vectors

    def _first_collection(self, vectors: ChromaVectorStore) -> CollectionInfo:
        """The collection of a library that has none: a new one, or one whose Chroma was deleted."""
        embedder = self.embedder
        dimension = embedder.dimension  # may ask a server, which nobody should wait for
        with self.writing():
            active = vectors.active()
            if active is None:
                active = vectors.create(embedder.name, dimension)
                self.store.forget_embedded(active.name)
            return active

    @cached_property
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

    def _has_vectors(self) -> bool:
        """Without opening Chroma, which costs a new library half a second that it may not need."""
        return self._shared or (self.folder / "chroma" / "chroma.sqlite3").is_file()

    # --- who may write ------------------------------------------------------------------------------------------

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Be the only one, in any process, who writes papers. Others wait; each holds it for one batch."""
        with self._lock, self.locks.writing():
            yield

    @contextmanager
    def embedding(self, wait_s: float) -> Iterator[bool]:
        """Try to be the only one, in any process, who writes vectors; whether that is so."""
        with self.locks.embedding(wait_s) as mine:
            if mine:
                self._see_switch()
                self._reopen_vectors(always=True)
            yield mine

    # --- what others have written -------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Take in what other processes (`askpapers ingest` beside `serve`) have stored since the last look. While this
        process itself writes there is nothing to take in, and no question waits for it."""
        if not self._lock.acquire(blocking=False):
            return
        try:
            position = self.store.position()
            if self._seen_position not in (None, position):
                self.keyword.reopen()
            self._seen_position = position
            self._see_switch()
            self._reopen_vectors()
        finally:
            self._lock.release()

    def _see_switch(self) -> None:
        """Another process has put another collection in use: what was opened for the old one is opened anew."""
        now = self.store.about(_COLLECTION)
        with self._lock:
            if "vectors" in self.__dict__ and now and now != self.vectors.collection:
                self.forget_vectors()

    def forget_vectors(self) -> None:
        """Open vectors and embedder anew at the next use."""
        with self._lock:
            self.__dict__.pop("vectors", None)
            self.__dict__.pop("embedder", None)
            if "_vectors" in self.__dict__:
                self._vectors.reopen()
            self.generation += 1

    def _reopen_vectors(self, always: bool = False) -> None:
        """See the vectors another process has stored: at once before writing, else as often as it is cheap."""
        if "_vectors" not in self.__dict__:
            return
        stamp = self.store.about(_VECTORS) or ""
        if stamp == self._seen_vectors:
            return
        if always or time.monotonic() - self._reopened_at > self._reopening_s / _REOPENING_SHARE:
            started = time.monotonic()
            self._vectors.reopen()
            self._seen_vectors = stamp
            self._reopened_at = time.monotonic()
            self._reopening_s = self._reopened_at - started

    def note_vectors(self) -> None:
        """Let other processes know that vectors were written."""
        self._seen_vectors = f"{time.time_ns()}"
        self.store.note(_VECTORS, self._seen_vectors)

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """While a question is being answered, vectors in the background wait."""
        with self._asking_lock:
            self._asking += 1
        try:
            yield
        finally:
            with self._asking_lock:
                self._asking -= 1

    @property
    def busy(self) -> bool:
        """Whether a question is being answered at this moment."""
        return self._asking > 0

    # --- papers in and out --------------------------------------------------------------------------------------

    def ingest(
        self,
        records: Iterable[Paper | BadRecord],
        progress: Progress = lambda done, total, words: None,
        dry_run: bool = False,
        cost: Callable[[Sequence[Paper]], tuple[int, float]] | None = None,
    ) -> IngestReport:
        """Take records in; their papers are then found by words, and by meaning after `embed`."""
        from ingest.pipeline import Ingest
        from ingest.set_aside import SetAside

        store, keyword = self.store, self.keyword
        set_aside = SetAside(None if dry_run else self.folder / "set-aside")
        return Ingest(store, keyword, progress, self.writing, set_aside, cost).run(records, dry_run)

    def cost(self, papers: Sequence[Paper]) -> tuple[int, float]:
        """How many tokens these papers have for the embedder, and how many seconds embedding them takes here, judged
        by the first few ever asked about."""
        texts = [embedded_text(paper.title, paper.abstract) for paper in papers]
        counts = [self.embedder.count_tokens(text) for text in texts]
        if texts and self._seconds_per_token is None:
            self.embedder.embed_bulk(texts[:1])  # loading the model is no cost of a paper
            started = time.perf_counter()
            self.embedder.embed_bulk(texts[:_TRIED])
            self._seconds_per_token = (time.perf_counter() - started) / sum(counts[:_TRIED])
        return sum(counts), sum(counts) * (self._seconds_per_token or 0.0)

    def embed(
        self,
        progress: EmbedProgress = lambda done, total, seconds_left: None,
        pause: Callable[[], bool] = lambda: False,
    ) -> int:
        """Make the vectors of all papers that wait for them; how many this call made. While another process makes
        them, watch it, and go on where it stops. `pause` is asked between batches and ends the call by True."""
        from ingest.embed import Embed

        while not pause() and not self.embedded_whole():
            with self.embedding(wait_s=1.0) as mine:
                if mine:
                    run = Embed(self.store, self.vectors, self.embedder, self._noting(progress), pause)
                    try:
                        return run.run()
                    finally:
                        self.note_vectors()
            self._see_switch()
            progress(self.embedded_count(), self.store.count(), None)
        return 0

    def _noting(self, progress: EmbedProgress) -> EmbedProgress:
        def noted(done: int, total: int, seconds_left: float | None) -> None:
            self.note_vectors()
            progress(done, total, seconds_left)

        return noted

    def collection(self) -> str | None:
        """The name of the collection in use, without opening Chroma where that can be helped."""
        if "vectors" in self.__dict__:
            return self.vectors.collection
        noted = self.store.about(_COLLECTION)
        if noted and self._has_vectors():
            return noted
        active = self._vectors.active() if self._has_vectors() else None
        return active.name if active else None

    def embedder_name(self) -> str | None:
        """Who made the vectors in use; None if there are none yet."""
        noted = self.store.about(_EMBEDDER)
        if noted and self._has_vectors():
            return noted
        active = self._vectors.active() if self._has_vectors() else None
        return active.embedder if active else None

    def note_in_use(self, info: CollectionInfo) -> None:
        """Let other processes know which collection is in use now, and who makes its vectors."""
        for name, value in ((_COLLECTION, info.name), (_EMBEDDER, info.embedder)):
            if self.store.about(name) != value:
                self.store.note(name, value)

    def embedded_count(self) -> int:
        """How many papers have their vectors. Counted anew only after something was written."""
        name = self.collection()
        state = name, self.store.position(), self.store.about(_VECTORS)
        if self._counted[0] != state:
            self._counted = state, self.store.embedded(name) if name else 0
        return self._counted[1]

    def embedded_whole(self) -> bool:
        """Whether every paper has its vectors and nothing else has."""
        name = self.collection()
        if name is None:
            return not self.store.count()
        return not self.store.waiting(name, most=1) and not self.store.without_paper(name, 1)
