"""What an ingest run would do (`--dry-run`), found out without leaving a trace in the library or on the way to it."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from app.core.domain import BadRecord, Paper
from app.core.errors import AskPapersError
from app.core.ports import Embedder
from app.core.recipe import embedded_text
from app.core.report import DenseIndex, IngestReport
from app.core.settings import Settings
from app.library.opening import open_embedder
from app.library.parts import COLLECTION, EMBEDDER

if TYPE_CHECKING:
    from app.adapters.catalogue import SqliteCatalogue

# Papers embedded to judge how long all will take.
_TRIED = 16

Report = Callable[[str], None]
Progress = Callable[[int, "int | None", str], None]


def rehearse(
    settings: Settings,
    records: Iterable[Paper | BadRecord],
    progress: Progress = lambda done, total, words: None,
    report: Report | None = None,
) -> tuple[IngestReport, DenseIndex]:
    """The report that ingesting these records would give, and how whole the dense index is now. With `report` (it gets
    sentences for the person) the papers are counted in tokens and some of them embedded, to judge the time."""
    from app.adapters.keyword import TantivyKeywordIndex
    from ingest.pipeline import Ingest

    with tempfile.TemporaryDirectory(prefix="askpapers-") as scratch, _untouched(settings, Path(scratch)) as store:
        collection = store.about(COLLECTION)  # Chroma would tell it too, but writes whenever it is opened
        dense = DenseIndex(store.embedded(collection) if collection else 0, store.count())
        cost = _Cost(settings, store.about(EMBEDDER), report) if report else None
        index = TantivyKeywordIndex(Path(scratch) / "keyword")
        found = Ingest(store, index, progress, cost=cost).run(records, dry_run=True)
    if report and cost and cost.trouble:
        report(f"How long embedding takes cannot be told: {cost.trouble}")
        found = replace(found, tokens=None, embed_seconds=None)
    return found, dense


@contextmanager
def _untouched(settings: Settings, scratch: Path) -> Iterator[SqliteCatalogue]:
    """The library's list of papers, for reading; an empty one elsewhere if there is none yet."""
    from app.adapters.catalogue import SqliteCatalogue

    path = settings.library_dir / "catalogue.sqlite"
    with closing(SqliteCatalogue(path if path.is_file() else scratch / path.name)) as store:
        yield store


@dataclass
class _Cost:
    """How many tokens papers have for the embedder, and how many seconds embedding them takes here, judged by the
    first few. `trouble` says why that cannot be told."""

    settings: Settings
    made_with: str | None
    report: Report
    trouble: str = ""
    seconds_per_token: float | None = None

    def __call__(self, papers: Sequence[Paper]) -> tuple[int, float]:
        if self.trouble or not papers:
            return 0, 0.0
        texts = [embedded_text(paper.title, paper.abstract) for paper in papers]
        try:
            counts = [self._embedder.count_tokens(text) for text in texts]
            if self.seconds_per_token is None:
                self.seconds_per_token = self._tried(texts[:_TRIED]) / sum(counts[:_TRIED])
        except AskPapersError as error:
            self.trouble = f"{str(error).rstrip('.')}. {error.hint}"
            return 0, 0.0
        return sum(counts), sum(counts) * self.seconds_per_token

    def _tried(self, texts: Sequence[str]) -> float:
        self._embedder.embed_bulk(texts[:1])  # loading the model is no cost of a paper
        started = time.perf_counter()
        self._embedder.embed_bulk(texts)
        return time.perf_counter() - started

    @cached_property
    def _embedder(self) -> Embedder:
        from app.adapters.choose_embedder import spec_of

        spec = spec_of(self.made_with) if self.made_with else self.settings.embedder or "default"
        return open_embedder(self.settings, spec, self.report)
