"""Vectors made in the background of `serve`, for papers that can already be found by their words."""

from __future__ import annotations

import logging
import threading
import time

from app.core.errors import AskPapersError
from app.library import Library

_LOOK_EVERY_S = 2.0
_RETRY_AFTER_S = 30.0
# A question goes first, but a page that is never idle must not keep the vectors waiting for ever.
_LONGEST_PAUSE_S = 20.0

log = logging.getLogger(__name__)


class BackgroundEmbedding:
    """A thread that keeps the vectors up to date. `trouble` says why it cannot, until it can again, or other vectors
    are put in use."""

    def __init__(
        self,
        library: Library,
        look_every_s: float = _LOOK_EVERY_S,
        retry_after_s: float = _RETRY_AFTER_S,
        longest_pause_s: float = _LONGEST_PAUSE_S,
    ) -> None:
        self._library = library
        self._look_every_s, self._retry_after_s = look_every_s, retry_after_s
        self._longest_pause_s = longest_pause_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="embedding", daemon=True)
        # Why, and the collection that it goes for.
        self._trouble, self._troubled = "", ""

    @property
    def trouble(self) -> str:
        return self._trouble if self._trouble and self._in_use() == self._troubled else ""

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Stop after the batch under work."""
        self._stop.set()
        self._thread.join(30)

    def _run(self) -> None:
        while not self._stop.wait(self._look_every_s):
            try:
                self._library.embed(self._progress, self._pause)
                self._trouble = ""
            except AskPapersError as error:
                self._rest(f"{error} {error.hint}")
            except Exception as error:  # a thread that dies silently would leave the vectors unmade for ever
                log.debug("making vectors in the background failed", exc_info=True)
                self._rest(f"Something went wrong in askpapers itself ({type(error).__name__}).")

    def _progress(self, done: int, total: int, seconds_left: float | None) -> None:
        if seconds_left is not None:
            self._trouble = ""

    def _rest(self, trouble: str) -> None:
        """Until it is worth another try: after a while, or when other vectors are in use."""
        self._troubled, self._trouble = self._in_use(), trouble
        until = time.monotonic() + self._retry_after_s
        while (left := until - time.monotonic()) > 0 and self._in_use() == self._troubled:
            if self._stop.wait(min(left, self._look_every_s)):
                break

    def _in_use(self) -> str:
        try:
            return self._library.noted_collection()
        except AskPapersError:  # a library that cannot be read is the trouble itself
            return ""

    def _pause(self) -> bool:
        started = time.monotonic()
        while self._library.busy and time.monotonic() - started < self._longest_pause_s:
            if self._stop.wait(0.05):
                break
        return self._stop.is_set()
