"""Filling in the vectors of papers that can already be found by their words. The order of the steps stands here.

A batch of vectors is stored before it is noted as done, and a paper whose text Chroma already holds is not embedded
again: a run killed at any moment loses at most the batch under work, and the next goes on where it stopped.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.core.domain import Paper
from app.core.ports import Embedder, PaperStore, VectorStore
from app.core.recipe import embedded_text
from ingest.split import split

# So many papers are taken at a time and sorted by length, since texts of like length are embedded together.
_WINDOW = 512
# After so many the vectors are stored: about two seconds of work on two cores, which is what a kill may cost.
_STORED_TOGETHER = 128
_FORGOTTEN_TOGETHER = 1000

Progress = Callable[[int, int, float | None], None]


@dataclass(frozen=True, slots=True)
class Embed:
    """Fills the collection in use of `vectors`. `progress(done, total, seconds_left)` is called after every batch,
    in papers; `pause()` is asked between batches, may wait, and stops the run by giving True."""

    store: PaperStore
    vectors: VectorStore
    embedder: Embedder
    progress: Progress = lambda done, total, seconds_left: None
    pause: Callable[[], bool] = lambda: False

    def run(self) -> int:
        """Make the vectors of every paper that waits for them; how many papers that were."""
        collection = self.vectors.collection
        made = after = 0
        started = time.monotonic()
        while True:
            self._forget_what_is_gone(collection)
            waiting = self.store.waiting(collection, after, _WINDOW)
            if not waiting:
                return made
            after = waiting[0][0]
            # Counted once a window: counting is a walk over the whole library.
            done, total = self.store.embedded(collection), self.store.count()
            for there, batch in self._batches([paper for _, paper in waiting]):
                if self.pause():
                    return made
                if there:
                    self.vectors.describe(batch)
                else:
                    self._embed(batch)
                self.store.note_embedded(collection, {paper.id: paper.fingerprint for paper in batch})
                made, done = made + len(batch), done + len(batch)
                seconds = (time.monotonic() - started) / made * max(0, total - done)
                self.progress(min(done, total), total, seconds)

    def _forget_what_is_gone(self, collection: str) -> None:
        while gone := self.store.without_paper(collection, _FORGOTTEN_TOGETHER):
            self.vectors.delete(gone)
            self.store.forget_embedded(collection, gone)

    def _batches(self, papers: Sequence[Paper]) -> list[tuple[bool, Sequence[Paper]]]:
        """(whether the text is embedded already, papers): those that are, together; then the others by length."""
        texts = self.vectors.texts([paper.id for paper in papers])
        there = [paper for paper in papers if texts.get(paper.id) == paper.text_key]
        rest = sorted(
            (paper for paper in papers if texts.get(paper.id) != paper.text_key),
            key=lambda paper: len(paper.title) + len(paper.abstract),
        )
        parts: list[tuple[bool, Sequence[Paper]]] = [(True, there)] if there else []
        return parts + [(False, rest[at : at + _STORED_TOGETHER]) for at in range(0, len(rest), _STORED_TOGETHER)]

    def _embed(self, papers: Sequence[Paper]) -> None:
        pairs = [(paper, split(paper, self.embedder.count_tokens, self.embedder.max_tokens)) for paper in papers]
        texts = [embedded_text(paper.title, chunk.text) for paper, chunks in pairs for chunk in chunks]
        self.vectors.put(pairs, self.embedder.embed_bulk(texts))
