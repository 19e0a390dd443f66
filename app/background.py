"""Vectors made in the background of `serve`, for papers that can already be found by their words."""

from __future__ import annotations

import logging
import threading
import time

from app.core.errors import AskPapersError
from app.library import Library

_log = logging.getLogger(__name__)

_LOOK_EVERY_S = 2.0
_RETRY_AFTER_S = 30.0
# A question goes first, but a page that is never idle must not keep the vectors waiting for ever.
_LONGEST_PAUSE_S = 20.0


class BackgroundEmbedding:
    """A thread that keeps the vectors up to date. `trouble` says why it cannot, until it can again."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="embedding", daemon=True)
        self.trouble = ""

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Stop after the batch under work."""
        self._stop.set()
        self._thread.join(30)

    def _run(self) -> None:
        while not self._stop.wait(_LOOK_EVERY_S):
            try:
                self._library.embed(pause=self._pause)
                self.trouble = ""
            except AskPapersError as error:
                self.trouble = f"{error} {error.hint}"
                self._stop.wait(_RETRY_AFTER_S)
            except Exception:  # an error of ours must not end the thread without a word
                _log.exception("no vectors could be made")
                self.trouble = "An error in askpapers itself, which is in the log; it is tried again."
                self._stop.wait(_RETRY_AFTER_S)

    def _pause(self) -> bool:
        started = time.monotonic()
        while self._library.busy and time.monotonic() - started < _LONGEST_PAUSE_S:
            if self._stop.wait(0.05):
                break
        return self._stop.is_set()
