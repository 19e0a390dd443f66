"""Measuring retrieval: read the collection -> a library of its own -> ask every query every way -> figures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.adapters.measures import MEASURES, load
from app.core.settings import Settings
from app.evaluation.collection import Collection, read_collection
from app.evaluation.figures import Difference, Mean, Row, fused_minus_single, rows_of
from app.evaluation.judgements import USUAL_SPLIT
from app.evaluation.own_library import Open, library_of
from app.evaluation.rankings import Progress, Searches, ask_all
from app.library import EmbedProgress, Library

SCHEMA = 1
DEPTH = 100


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured on a collection: a row a way to search, each list `depth` papers deep."""

    collection: Collection
    embedder: str
    depth: int
    rows: tuple[Row, ...]
    difference: Difference | None


def measure(
    chain: Searches,
    collection: Collection,
    embedder: str = "",
    depth: int = DEPTH,
    progress: Progress = lambda done, total: None,
) -> Measured:
    """The figures of a chain over a library of the papers of `collection`. Raises MissingPackageError."""
    rows = rows_of(ask_all(chain, collection.queries, depth, progress), collection.queries)
    return Measured(collection, embedder, depth, tuple(rows), fused_minus_single(rows))


def evaluate(
    folder: Path,
    settings: Settings,
    *,
    split: str = USUAL_SPLIT,
    keep: Path | None = None,
    queries: int | None = None,
    depth: int = DEPTH,
    embedding: EmbedProgress = lambda done, total, seconds_left: None,
    asking: Progress = lambda done, total: None,
    opened: Open = Library,
) -> Measured:
    """The figures for the collection in `folder`, its first `queries` judged queries. Raises AskPapersError."""
    load()  # what is missing is said before minutes of embedding
    collection = read_collection(folder, split, queries)
    with library_of(collection, settings, keep, embedding, opened) as service:
        return measure(service.chain, collection, service.library.embedder.name, depth, asking)


# --- for people -------------------------------------------------------------------------------------------------


def notes(measured: Measured) -> Iterator[str]:
    """What there is to know about the figures."""
    seen, depth = measured.collection, measured.depth
    if seen.unjudged:
        yield f"{_count(seen.unjudged, 'query', 'queries')} without a relevant paper in this split not asked."
    if seen.unasked:
        yield f"{_count(seen.unasked, 'judged query', 'judged queries')} not in queries.jsonl and so not asked."
    if seen.unreachable:
        papers = _count(seen.unreachable, "relevant paper", "relevant papers")
        yield f"{papers} not in the corpus: counted as not found."
    if depth < 100:
        yield f"Lists end after {depth}: what stands further down counts as not found."


def table(measured: Measured) -> Iterator[str]:
    """The figures as lines of text."""
    seen = measured.collection
    queries, papers = _count(len(seen.queries), "query", "queries"), _count(seen.size, "paper", "papers")
    yield f"{seen.name}, split {seen.split}: {papers}, {queries}, embedder {measured.embedder}"
    yield f"{'':8}{''.join(f'{name:<24}' for name in MEASURES)}{'p50 ms':>8}{'p95 ms':>8}"
    for row in measured.rows:
        cells = "".join(f"{_cell(row.means[name], '.3f'):<24}" for name in MEASURES)
        yield f"{row.name:<8}{cells}{row.p50_ms:8.1f}{row.p95_ms:8.1f}"
    if measured.difference:
        apart = (f"{name} {_cell(mean, '+.3f')}" for name, mean in measured.difference.means.items())
        yield f"fused minus {measured.difference.single}: {', '.join(apart)}"
    yield "In brackets the 95 % confidence interval (bootstrap over queries)."


def _cell(mean: Mean, form: str) -> str:
    if mean.low is None or mean.high is None:
        return f"{mean.value:{form}}"
    return f"{mean.value:{form}} ({mean.low:{form}} to {mean.high:{form}})"


def _count(number: int, one: str, several: str) -> str:
    return f"{number:,} {one if number == 1 else several}"


# --- for programs -----------------------------------------------------------------------------------------------


def to_json(measured: Measured) -> dict[str, Any]:
    """The figures as JSON (schema 1). Intervals are null where one query alone was asked."""
    seen = measured.collection
    return {
        "schema": SCHEMA,
        "collection": seen.name,
        "split": seen.split,
        "papers": seen.size,
        "queries": len(seen.queries),
        "queries_without_judgements": seen.unjudged,
        "judged_queries_not_there": seen.unasked,
        "relevant_papers_not_there": seen.unreachable,
        "embedder": measured.embedder,
        "depth": measured.depth,
        "rows": [
            {
                "name": row.name,
                "measures": _means(row.means),
                "latency_ms": {"p50": round(row.p50_ms, 3), "p95": round(row.p95_ms, 3)},
            }
            for row in measured.rows
        ],
        "fused_minus_best_single": {
            "single": measured.difference.single,
            "measures": _means(measured.difference.means),
        }
        if measured.difference
        else None,
    }


def _means(means: Any) -> dict[str, Any]:
    return {
        name: {"mean": _rounded(mean.value), "low": _rounded(mean.low), "high": _rounded(mean.high)}
        for name, mean in means.items()
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)
