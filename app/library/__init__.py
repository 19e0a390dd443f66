"""One library: its list of papers, keyword index, vectors and embedder, and who may write to them when.

<library folder>/
  catalogue.sqlite   the papers (see `app.adapters.catalogue`); everything else can be made again from it
  keyword/           BM25 index, keyword.json says how far it has come
  chroma/            vectors, unless they are on a Chroma server (then with a log that keeps several such folders in
                     step, see `app.library.replicas`)
  writing.lock       held by who writes papers, for one batch at a time
  embedding.lock     held by who makes vectors
  reembed.lock       held by who changes the embedder
  set-aside/         bad records, to be repaired and ingested again
  live/              what the pages of an interrupted query hold
  answers.sqlite     the newest answers and their receipts (see `app.receipts`); nothing else needs it
  topics.npz         the groups of its papers as last made (see `app.topics`); nothing else needs it
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from app.core.domain import BadRecord, Paper
from app.core.ports import Retriever
from app.core.report import IngestReport
from app.core.settings import Settings
from app.library.parts import COLLECTION, EMBEDDER, VECTORS, Report
from app.library.rehearsal import rehearse
from app.library.seeing import Seeing

if TYPE_CHECKING:
    from app.adapters.chroma import CollectionInfo
    from app.adapters.chroma_client import ChromaPlace

__all__ = ["EmbedProgress", "Library", "Progress", "Report"]

Progress = Callable[[int, "int | None", str], None]
EmbedProgress = Callable[[int, int, "float | None"], None]


class Library(Seeing):
    """Parts open on first use. Threads may share one object; processes may share the folder, and computers a server."""

    def __init__(
        self, settings: Settings, report: Report = lambda line: None, place: ChromaPlace | None = None
    ) -> None:
        super().__init__(settings, report, place)
        self._asking, self._asking_lock = 0, threading.Lock()
        self._counted: tuple[object, int] = (None, 0)

    # --- questions ----------------------------------------------------------------------------------------------

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

    @property
    def keyword_leg(self) -> Retriever:
        """Who finds papers by their words for a question: the keyword index, or Chroma Cloud's own, for which the
        vectors have to be open."""
        if not self._place.cloud:
            return self.keyword
        from app.adapters.cloud_search import CloudKeyword, CloudVectorStore

        assert isinstance(self.vectors, CloudVectorStore)
        return CloudKeyword(self.vectors, self.keyword, self.embedded_whole)

    # --- papers in and out --------------------------------------------------------------------------------------

    def ingest(
        self,
        records: Iterable[Paper | BadRecord],
        progress: Progress = lambda done, total, words: None,
        dry_run: bool = False,
    ) -> IngestReport:
        """Take records in; their papers are then found by words, and by meaning after `embed`. With `dry_run` nothing
        is written (see `app.library.rehearsal`)."""
        from ingest.pipeline import Ingest
        from ingest.set_aside import SetAside

        if dry_run:
            return rehearse(self.settings, records, progress)[0]
        set_aside = SetAside(self.folder / "set-aside")
        return Ingest(self.store, self.keyword, progress, self.ingesting, set_aside).run(records)

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
        noted = self.store.about(COLLECTION)
        if noted and self._has_vectors():
            return noted
        active = self._vectors.active() if self._has_vectors() else None
        return active.name if active else None

    def noted_collection(self) -> str:
        """The name of the collection that was last put in use, by whichever process; it need not be open here yet."""
        return self.store.about(COLLECTION) or ""

    def embedder_name(self) -> str | None:
        """Who made the vectors in use; None if there are none yet."""
        noted = self.store.about(EMBEDDER)
        if noted and self._has_vectors():
            return noted
        active = self._vectors.active() if self._has_vectors() else None
        return active.embedder if active else None

    def note_in_use(self, info: CollectionInfo) -> None:
        """Let other processes and computers know which collection is in use now, and who makes its vectors."""
        self._note_in_use(info)
        self.note_vectors()

    def embedded_count(self) -> int:
        """How many papers have their vectors. Counted anew only after something was written."""
        name = self.collection()
        state = name, self.store.position(), self.store.about(VECTORS)
        if self._counted[0] != state:
            self._counted = state, self.store.embedded(name) if name else 0
        return self._counted[1]

    def embedded_whole(self) -> bool:
        """Whether every paper has its vectors and nothing else has."""
        name = self.collection()
        if name is None:
            return not self.store.count()
        return not self.store.waiting(name, most=1) and not self.store.without_paper(name, 1)
