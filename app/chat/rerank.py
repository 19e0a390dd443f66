"""Putting the best papers in a better order by a reranker, which reads the query and each of them together.

A reranker is off by default and may be away. Then the order it would have changed stands, and that is said; after a
failure it is left alone for a while, so that not every question waits for it.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from app.chat.resting import REST_S
from app.core.domain import RankedPaper
from app.core.errors import AskPapersError, RerankerError
from app.core.ports import Reranker
from app.core.recipe import embedded_text

# So many papers are scored for a query. More cost a person's time, and the best seldom stand further down.
DEPTH = 30


class RestingReranker:
    """A `Reranker` as questions use it. Threads may share one object."""

    def __init__(
        self,
        opened: Callable[[], Reranker],
        depth: int = DEPTH,
        rest_s: float = REST_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`opened` gives the reranker, is called once, and may fail as using it may; `clock` counts seconds."""
        self.depth = depth
        self._opened, self._rest_s, self._clock = opened, rest_s, clock
        self._lock = threading.Lock()
        self._reranker: Reranker | None = None
        self._failed: AskPapersError | None = None
        self._until = 0.0

    def reranked(self, query: str, ranked: Sequence[RankedPaper], named: Collection[str] = ()) -> list[RankedPaper]:
        """Papers `named` first, in their order; then the best `depth` others by the reranker's score, equal ones in the
        order they had; then the rest. Just as `ranked` where the reranker does not work."""
        first = [item for item in ranked if item.paper.id in named]
        others = [item for item in ranked if item.paper.id not in named]
        best, rest = others[: self.depth], others[self.depth :]
        if len(best) < 2 or not query.strip():
            return list(ranked)
        scores = self._scores(query, [embedded_text(item.paper.title, item.paper.abstract) for item in best])
        if scores is None:
            return list(ranked)
        scored = [replace(item, reranked=score) for item, score in zip(best, scores, strict=True)]
        scored.sort(key=lambda item: -(item.reranked or 0.0))
        return [*first, *scored, *rest]

    def why_not(self, ranked: Sequence[RankedPaper], named: Collection[str] = ()) -> str:
        """In words why these papers were not put in order, and what to do; nothing if they were or had none to change."""
        failed = self._failed
        others = [item for item in ranked if item.paper.id not in named][: self.depth]
        if failed is None or all(item.reranked is not None for item in others):
            return ""
        return f"{str(failed).rstrip('.')}. {failed.hint.rstrip('.')}."

    def tried(self, query: str, texts: Sequence[str]) -> tuple[str, list[float]]:
        """The reranker's name and its scores, asked for even while it rests. Raises what it raises."""
        reranker = self._open()
        scores = [float(score) for score in reranker.score(query, texts)]
        if len(scores) != len(texts) or not all(map(math.isfinite, scores)):
            raise RerankerError(
                f'The reranker "{reranker.name}" gave {len(scores)} scores for {len(texts)} texts, or some that are no numbers',
                "Choose another reranker, or leave ASKPAPERS_RERANKER empty to do without",
            )
        return reranker.name, scores

    def _scores(self, query: str, texts: Sequence[str]) -> list[float] | None:
        started = self._clock()
        with self._lock:
            if self._failed and started < self._until:
                return None
        try:
            scores = self.tried(query, texts)[1]
        except AskPapersError as error:
            now = self._clock()
            with self._lock:
                self._failed, self._until = error, now + max(self._rest_s, now - started)
            return None
        with self._lock:
            self._failed = None
        return scores

    def _open(self) -> Reranker:
        with self._lock:
            if self._reranker is None:
                self._reranker = self._opened()
            return self._reranker
