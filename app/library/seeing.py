"""Seeing what others write: processes on this computer that share the folder, and replicas on others that share the
server."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import islice

from app.core.errors import LibraryBusyError, LibraryError
from app.library.parts import COLLECTION, EMBEDDER, VECTORS, Parts

# Reopening a large Chroma takes seconds, a look at a server on the other side of the world some tenths of one;
# questions spend at most this share of the time on either.
_REOPENING_SHARE = _LOOKING_SHARE = 0.05
# A server that does not answer is asked again after so long.
_LOOK_AGAIN_S = 10.0
# So many papers are asked for their vectors at a time; of those that wait, until so many in a row have none.
_ASKED_TOGETHER, _MOST_ASKED = 1000, 20_000


class Seeing(Parts):
    """A library that takes in what others have written."""

    _seen_position: int | None = None
    _reopened_at = _reopening_s = 0.0
    _look_after = 0.0
    # What the other replicas last said of their vectors.
    _seen_others: dict[str, str] | None = None

    def refresh(self) -> None:
        """Take in what other processes (`askpapers ingest` beside `serve`) and other computers have stored since the
        last look. While this process itself writes there is nothing to take in, and no question waits for it. A server
        that does not answer is not complained of here."""
        if not self._lock.acquire(blocking=False):
            return
        try:
            if self._shared:
                self._look_if_cheap()
            position = self.store.position()
            if self._seen_position not in (None, position):
                self.keyword.reopen()
            self._seen_position = position
            self._see_switch()
            self._reopen_vectors()
        finally:
            self._lock.release()

    @contextmanager
    def ingesting(self) -> Iterator[None]:
        """As `writing`, after taking in what other replicas have told, so that it is compared with."""
        with self.writing():
            if self._shared:
                self.replicas.exchange()
                self._catch_up()
            yield

    @contextmanager
    def embedding(self, wait_s: float) -> Iterator[bool]:
        """Try to be the only one, in any process, who writes vectors; whether that is so."""
        with self.locks.embedding(wait_s) as mine:
            if mine:
                if self._shared:
                    with self._lock:
                        self._look(wait_s=None)
                self._see_switch()
                self._reopen_vectors(always=True)
            yield mine

    def _store_is_open(self) -> None:
        if self._shared:
            with self._lock:
                self._look_if_cheap()

    # --- other computers ----------------------------------------------------------------------------------------

    def _look_if_cheap(self) -> None:
        started = time.monotonic()
        if started < self._look_after:
            return
        try:
            self._look(wait_s=0)
            self._look_after = time.monotonic() + (time.monotonic() - started) / _LOOKING_SHARE
        except LibraryBusyError:  # another process of this computer is writing, and takes in what there is
            pass
        except LibraryError:
            self._look_after = time.monotonic() + _LOOK_AGAIN_S

    def _look(self, wait_s: float | None) -> None:
        """Exchange papers with the other replicas if there is news, and see which vectors they have made."""
        heads = self.replicas.heads()
        taken: list[str] = []
        if not self.replicas.known(heads):
            self._seen_others = None
        if self.replicas.behind(heads):
            with self.locks.writing(wait_s):
                taken = self.replicas.exchange(heads)
                self._catch_up()
        vectors = {writer: head.vectors for writer, head in self.replicas.others(heads).items() if head.vectors}
        if vectors != self._seen_others:
            self._see_collection()
            self._see_vectors(None)
            self._seen_others = vectors
        elif taken:
            self._see_vectors(taken)

    def _see_collection(self) -> None:
        """Use the collection that is in use now; one that has gone with its server holds nothing any more."""
        if info := self._vectors.active():
            self._note_in_use(info)
        elif name := self.store.about(COLLECTION):
            self.store.forget_embedded(name)
            self.store.note(COLLECTION, "")
            self.forget_vectors()

    def _see_vectors(self, ids: Sequence[str] | None) -> None:
        """Note which of these papers, or of those that wait (oldest first, until none are found), have their vectors
        already because another replica has made them."""
        name = self.store.about(COLLECTION)
        if not name:
            return
        found = 0
        with self.opened_vectors(self.store) as vectors:
            vectors.use(name)
            for part in self._waiting_parts(name) if ids is None else _parts(ids):
                ours, theirs = self.store.fingerprints(part), vectors.fingerprints(part)
                same = {i: fingerprint for i, fingerprint in ours.items() if theirs.get(i) == fingerprint}
                if same:
                    self.store.note_embedded(name, same)
                elif ids is None:
                    break
                found += len(same)
        if found:
            self._note_vectors()

    def _waiting_parts(self, collection: str) -> Iterator[list[str]]:
        """The papers that wait for their vectors, oldest first. What the caller notes does not wait any more."""
        after, met = 0, set[str]()
        while waiting := self.store.waiting(collection, after, _ASKED_TOGETHER):
            part = [paper.id for _, paper in waiting if paper.id not in met]
            if not part or len(met) > _MOST_ASKED:
                return
            yield part
            met.update(part)
            after = waiting[-1][0]

    # --- other processes ----------------------------------------------------------------------------------------

    def _see_switch(self) -> None:
        """Another process has put another collection in use: what was opened for the old one is opened anew."""
        now, whose = self.store.about(COLLECTION), self.store.about(EMBEDDER)
        with self._lock:
            opened = self.__dict__
            if "vectors" in opened:
                other = bool(now) and now != self.vectors.collection
            else:  # the embedder alone may be open, where the vectors could not be for its sake
                other = bool(now and whose) and "embedder" in opened and whose != self.embedder.name
            if other:
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
        stamp = self.store.about(VECTORS) or ""
        if stamp == self._seen_vectors:
            return
        if always or time.monotonic() - self._reopened_at > self._reopening_s / _REOPENING_SHARE:
            started = time.monotonic()
            self._vectors.reopen()
            self._seen_vectors = stamp
            self._reopened_at = time.monotonic()
            self._reopening_s = self._reopened_at - started

    def _note_vectors(self) -> None:
        self._seen_vectors = f"{time.time_ns()}"
        self.store.note(VECTORS, self._seen_vectors)

    def note_vectors(self) -> None:
        """Let other processes and computers know that vectors were written, or others put in use."""
        self._note_vectors()
        if self._shared:
            # Only news: they lose nothing if the server is gone just now.
            with suppress(LibraryError):
                self.replicas.made_vectors()


def _parts(ids: Sequence[str]) -> Iterator[list[str]]:
    rest = iter(ids)
    while part := list(islice(rest, _ASKED_TOGETHER)):
        yield part
