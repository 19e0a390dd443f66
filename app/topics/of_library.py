"""The groups of one open library, made when they are asked for and kept until its papers or their vectors change."""

from __future__ import annotations

import threading

from app.library import Library
from app.topics.grouping import Progress, grouped
from app.topics.kept import KeptTopics
from app.topics.records import Topics

FILE = "topics.npz"


class LibraryTopics:
    """Threads may share one object: who asks while groups are being made waits for them."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._kept = KeptTopics(library.folder / FILE)
        self._lock = threading.Lock()
        self._last: Topics | None = None

    def topics(self, progress: Progress = lambda done, total, words: None) -> Topics:
        """The groups of the library as it is now. Raises LibraryError, EmbedderError."""
        with self._lock:
            self._library.refresh()
            key = self._key()
            if self._last is None or self._last.key != key:
                self._last = self._kept.load(key) or self._made(key, progress)
            return self._last

    def _key(self) -> str:
        store = self._library.store
        vectors = f"{self._library.collection() or '-'} {self._library.embedded_count()}"
        return f"{store.identity} {store.position()} {vectors}"

    def _made(self, key: str, progress: Progress) -> Topics:
        store = self._library.store
        ids = store.fitting()
        if not ids or not self._library.embedded_count():
            return Topics(key, waiting=len(ids))
        topics = grouped(ids, store, self._library.vectors, key, progress)
        self._kept.save(topics)
        return topics
