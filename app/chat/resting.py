"""The embedder as questions use it: while it does not work, answers are found and quoted by words alone.

Asking a server that is away costs seconds, one that hangs minutes, so after a failure nobody asks it for a while. What
it made lately it is not asked for again (see `remembered`).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from app.chat.remembered import Remembered
from app.core.errors import EmbedderAwayError, EmbedderChangedError, EmbedderError, EmbedderSettingsError
from app.core.ports import Embedder, Vectors

T = TypeVar("T")

# It rests for as long as its failing took, and for so long at least.
REST_S = 30.0


class RestingEmbedder:
    """Makes vectors for questions. Threads may share one object."""

    def __init__(
        self, opened: Callable[[], Embedder], rest_s: float = REST_S, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`opened` gives the embedder, and may fail as using it may; `clock` counts seconds."""
        self._opened, self._rest_s, self._clock = opened, rest_s, clock
        self._lock = threading.Lock()
        self._failed: EmbedderAwayError | None = None
        self._until = 0.0
        self._remembered = Remembered()

    def embed(self, texts: Sequence[str]) -> Vectors:
        """As the `Embedder` port. Raises EmbedderAwayError."""
        return self._made(lambda: self._remembered.embed(self._opened(), texts))

    def embed_bulk(self, texts: Sequence[str]) -> Vectors:
        """As the `Embedder` port. Raises EmbedderAwayError."""
        return self._made(lambda: self._opened().embed_bulk(texts))

    def asked(self, work: Callable[[], T]) -> T:
        """What `work`, which needs the embedder, gives. Raises EmbedderAwayError, at once while the embedder rests; an
        embedder that does not fit the library is another matter, and its error goes on as it is."""
        started = self._clock()
        with self._lock:
            if self._failed and started < self._until:
                raise EmbedderAwayError(str(self._failed), self._failed.hint)
        try:
            return work()
        except (EmbedderChangedError, EmbedderAwayError):
            raise
        except (EmbedderError, EmbedderSettingsError) as error:
            away = EmbedderAwayError(str(error), error.hint)
            now = self._clock()
            with self._lock:
                self._failed, self._until = away, now + max(self._rest_s, now - started)
            raise away from error

    def _made(self, work: Callable[[], Vectors]) -> Vectors:
        vectors = self.asked(work)
        with self._lock:
            self._failed = None
        return vectors

    @property
    def trouble(self) -> str:
        """In words why it did not work when it was last asked, and what to do; nothing if it did."""
        failed = self._failed
        return f"{str(failed).rstrip('.')}. {failed.hint.rstrip('.')}." if failed else ""
