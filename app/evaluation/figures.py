"""Means with their 95 % confidence intervals: the percentile bootstrap over queries (Efron and Tibshirani, "An
Introduction to the Bootstrap", 1993; for retrieval Sakai, SIGIR 2006)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.adapters.measures import MEASURES, Figures, per_query
from app.evaluation.collection import JudgedQuery
from app.evaluation.rankings import FUSED, SEARCH, Rankings

# The same draws in every run and for every row, so that differences are of the rankings and not of the draws.
SEED = 20_261_126
DRAWS = 5000
_TOGETHER = 250
INTERVAL = (2.5, 97.5)


@dataclass(frozen=True, slots=True)
class Mean:
    """The mean over queries, and where it lies with a confidence of 95 %; of one query nobody can say that."""

    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Row:
    """The figures of one way to search; `per_query` are the values that `means` are of."""

    name: str
    means: Mapping[str, Mean]
    p50_ms: float
    p95_ms: float
    per_query: Figures


@dataclass(frozen=True, slots=True)
class Difference:
    """The fused ranking minus the best single retriever's, query by query."""

    single: str
    means: Mapping[str, Mean]


def rows_of(rankings: Sequence[Rankings], queries: Sequence[JudgedQuery]) -> list[Row]:
    """A row for each. Raises MissingPackageError."""
    gains = [query.gains for query in queries]
    figures = [per_query(each.found, gains) for each in rankings]
    means = _all_means(figures, len(queries))
    return [
        Row(
            each.name,
            next(means),
            float(np.percentile(each.seconds, 50)) * 1000,
            float(np.percentile(each.seconds, 95)) * 1000,
            values,
        )
        for each, values in zip(rankings, figures, strict=True)
    ]


def fused_minus_single(rows: Sequence[Row]) -> Difference | None:
    """Against the single retriever of the best nDCG@10; None where there is none."""
    fused = next((row for row in rows if row.name == FUSED), None)
    singles = [row for row in rows if row.name not in (FUSED, SEARCH)]
    if fused is None or not singles:
        return None
    best = max(singles, key=lambda row: row.means[MEASURES[0]].value)
    apart = {name: fused.per_query[name] - best.per_query[name] for name in MEASURES}
    return Difference(best.name, next(_all_means([apart], len(apart[MEASURES[0]]))))


def _all_means(figures: Sequence[Figures], queries: int) -> Iterator[dict[str, Mean]]:
    columns = np.array([values[name] for values in figures for name in MEASURES])
    low, high = _bounds(columns, queries) if queries > 1 else (None, None)
    for at in range(0, len(columns), len(MEASURES)):
        yield {
            name: Mean(
                float(columns[i].mean()),
                None if low is None else float(low[i]),
                None if high is None else float(high[i]),
            )
            for i, name in enumerate(MEASURES, start=at)
        }


def _bounds(columns: NDArray[np.float64], queries: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The lower and the upper bound of each column's mean."""
    random = np.random.default_rng(SEED)
    shares = np.full(queries, 1 / queries)
    # How often each query is drawn says all that a draw of as many queries with replacement does.
    drawn = [
        random.multinomial(queries, shares, size=_TOGETHER) @ columns.T / queries for _ in range(DRAWS // _TOGETHER)
    ]
    low, high = np.percentile(np.concatenate(drawn), INTERVAL, axis=0)
    return low, high
