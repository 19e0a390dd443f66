"""An embedder behind HTTP: how many texts go into one request, what is tried again, what is cut.

Loads openai: import it late."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TypeVar

import numpy as np

from app.adapters import embedder_faults
from app.adapters.embedder_faults import Place
from app.adapters.embedder_prefixes import prefixes_for
from app.adapters.embedder_servers import Server
from app.adapters.embedder_vectors import clean, estimate_tokens, unit_rows
from app.adapters.openai_bodies import retry_after
from app.core.errors import EmbedderError
from app.core.ports import Vectors

T = TypeVar("T")

BATCH = 64
# Seconds before each further try: a person waits for the answer to a question, nobody for the vectors of papers.
_WAITS = (0.3, 1.0)
_BULK_WAITS = (0.5, 2.0, 8.0)
# A server that asks for a longer wait than this is treated as one that refuses.
_LONGEST_WAIT_S = 30.0
# A server too slow for a batch gets an eighth of it at once: each try costs the whole timeout.
_LATE_SHARE = 8
# A text this short is refused for another reason than its length.
_SHORTEST_CUT = 16
_PROBE = "newt"


class _SmallerError(EmbedderError):
    """A request that may go through with less in it: refused as too large, or (`late`) not answered in time."""

    def __init__(self, error: Exception, place: Place) -> None:
        told = embedder_faults.translate(error, place)
        super().__init__(str(told), told.hint)
        self.late = embedder_faults.is_late(error)


class HttpEmbedder:
    """The `Embedder` port over a `Server`. Threads may share one object; nothing is asked before the first use."""

    def __init__(self, name: str, server: Server, wait: Callable[[float], None] = time.sleep) -> None:
        """`name` is what a library keeps; `wait` passes the seconds between tries."""
        self.name = name
        self._server = server
        self._wait = wait
        self._prefixes = prefixes_for(server.place.model)
        self._most: int | None = None
        self._seen: int | None = None

    def _find_dimension(self) -> int:
        """How many numbers a vector has. Asks the server once, unless it has already sent vectors.

        Errors: EmbedderError."""
        if self._seen is None:
            self.embed([_PROBE])
        assert self._seen is not None
        return self._seen

    def _find_max_tokens(self) -> int:
        """The window as the server tells it, else a cautious guess. Errors: EmbedderError."""
        window = self._try(self._server.window, _WAITS)
        return max(1, window - self._prefix_tokens)

    # Not as decorators: the port has attributes, and type checkers take a decorated method for read-only.
    dimension = cached_property(_find_dimension)
    max_tokens = cached_property(_find_max_tokens)

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Shape (len(texts), dimension), float32, rows of length 1, for questions and for sentences compared with them.

        Errors: EmbedderError, whatever the server does."""
        return self._embed([self._prefixes.question + clean(text) for text in texts], _WAITS)

    def embed_bulk(self, texts: Sequence[str]) -> Vectors:
        """As `embed`, for papers: with the words that the model wants before a paper, and more patience."""
        return self._embed([self._prefixes.paper + clean(text) for text in texts], _BULK_WAITS)

    def count_tokens(self, text: str) -> int:
        """An estimate from above, see `estimate_tokens`: it is asked for often, the server's own count never."""
        return estimate_tokens(text)

    @cached_property
    def _prefix_tokens(self) -> int:
        return max(map(estimate_tokens, self._prefixes)) - estimate_tokens("")

    def _embed(self, texts: list[str], waits: Sequence[float]) -> Vectors:
        made: list[Vectors] = []
        at = 0
        while at < len(texts):
            batch = texts[at : at + self._most_texts(len(texts), waits)]
            made.append(self._rows(batch, waits)[0])
            at += len(batch)
        return np.concatenate(made) if made else np.empty((0, self.dimension), np.float32)

    def _most_texts(self, waiting: int, waits: Sequence[float]) -> int:
        """How many texts go into one request. The server is asked once, and for its limit only where that may matter."""
        if self._most is None:
            if waiting == 1:
                return 1
            self._most = min(BATCH, self._try(self._server.most_texts, waits) or BATCH)
        return self._most

    def _rows(self, texts: list[str], waits: Sequence[float]) -> tuple[Vectors, bool]:
        """The vectors of one batch, and whether a text had to be cut for it."""
        try:
            rows = self._try(lambda: self._server.rows(texts), waits)
        except _SmallerError as refused:
            if len(texts) > 1:
                return self._in_parts(texts, waits, -(-len(texts) // (_LATE_SHARE if refused.late else 2)))
            if refused.late or len(texts[0]) <= _SHORTEST_CUT:
                raise
            return self._rows([texts[0][: len(texts[0]) // 2]], waits)[0], True
        place = self._server.place
        again = f"Start askpapers again, then type: askpapers library reembed --embedder {self.name}"
        vectors = unit_rows(rows, texts, self._seen, str(place), again)
        self._seen = vectors.shape[1]
        return vectors, False

    def _in_parts(self, texts: list[str], waits: Sequence[float], size: int) -> tuple[Vectors, bool]:
        parts = [self._rows(texts[at : at + size], waits) for at in range(0, len(texts), size)]
        cut = any(was_cut for _, was_cut in parts)
        if not cut:  # so the number of texts was at fault, and goes for later batches too
            self._most = min(self._most or BATCH, size)
        return np.concatenate([vectors for vectors, _ in parts]), cut

    def _try(self, ask: Callable[[], T], waits: Sequence[float]) -> T:
        """What `ask` gives, tried again after each of `waits` where that may help. Errors: EmbedderError."""
        for pause in (*waits, None):
            try:
                return ask()
            except Exception as error:  # the border: whatever the vendor raises ends here
                place = self._server.place
                cause = embedder_faults.shown_cause(error, place.key)
                if embedder_faults.is_too_large(error) or embedder_faults.is_late(error):
                    raise _SmallerError(error, place) from cause
                asked_for = retry_after(error) or 0.0
                if pause is None or asked_for > _LONGEST_WAIT_S or not embedder_faults.is_passing(error):
                    raise embedder_faults.translate(error, place) from cause
                self._wait(max(pause, asked_for))
        raise AssertionError("the last try raises")
