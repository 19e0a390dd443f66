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
_STORED_TOGETHER = 64
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
        self._forget_what_is_gone(collection)
        made = after = 0
        started = time.monotonic()
        while waiting := self.store.waiting(collection, after, _WINDOW):
            after = waiting[0][0]
            for batch in self._batches([paper for _, paper in waiting]):
                if self.pause():
                    return made
                self._store(collection, batch)
                made += len(batch)
                done, total = self.store.embedded(collection), self.store.count()
                seconds = (time.monotonic() - started) / made * (total - done)
                self.progress(done, total, seconds)
        return made

    def _forget_what_is_gone(self, collection: str) -> None:
        while gone := self.store.without_paper(collection, _FORGOTTEN_TOGETHER):
            self.vectors.delete(gone)
            self.store.forget_embedded(collection, gone)

    def _batches(self, papers: Sequence[Paper]) -> list[Sequence[Paper]]:
        """Those whose text is embedded already, first and together; then the others by length."""
        texts = self.vectors.texts([paper.id for paper in papers])
        there = [paper for paper in papers if texts.get(paper.id) == paper.text_key]
        rest = sorted(
            (paper for paper in papers if texts.get(paper.id) != paper.text_key),
            key=lambda paper: len(paper.title) + len(paper.abstract),
        )
        parts: list[Sequence[Paper]] = [there] if there else []
        return parts + [rest[at : at + _STORED_TOGETHER] for at in range(0, len(rest), _STORED_TOGETHER)]

    def _store(self, collection: str, papers: Sequence[Paper]) -> None:
        texts = self.vectors.texts([paper.id for paper in papers])
        there = [paper for paper in papers if texts.get(paper.id) == paper.text_key]
        self.vectors.describe(there)
        pairs = [
            (paper, split(paper, self.embedder.count_tokens, self.embedder.max_tokens))
            for paper in papers
            if texts.get(paper.id) != paper.text_key
        ]
        if pairs:
            chunks = [embedded_text(paper.title, chunk.text) for paper, chunks in pairs for chunk in chunks]
            self.vectors.put(pairs, self.embedder.embed_bulk(chunks))
        self.store.note_embedded(collection, {paper.id: paper.fingerprint for paper in papers})
