"""The figures of a ranking, by ir-measures, which is an extra: trec_eval's own code counts, so that nothing that others
have published is counted in another way."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.core.errors import MissingPackageError

# What we call each, and what ir-measures does. Gains count as they are (Järvelin and Kekäläinen, 2002).
_NAMES = {"nDCG@10": "nDCG@10", "recall@10": "R@10", "recall@100": "R@100", "MRR@10": "RR@10"}
MEASURES = tuple(_NAMES)

Figures = Mapping[str, NDArray[np.float64]]


def load() -> Any:
    """ir-measures. Raises MissingPackageError if it is not installed."""
    try:
        return importlib.import_module("ir_measures")
    except ImportError as error:
        raise MissingPackageError(
            f"Measuring needs the package ir-measures, which cannot be imported: {error}.",
            'Type: pip install "askpapers[eval]"',
        ) from error


def per_query(rankings: Sequence[Sequence[str]], gains: Sequence[Mapping[str, int]]) -> Figures:
    """For each measure (see `MEASURES`) one value a query: `rankings` are the ids found for it, best first, `gains`
    the relevant ones. Raises MissingPackageError."""
    ir = load()
    # By numbers, as the package keeps ids in C strings, which cannot hold every character.
    numbers: dict[str, str] = {}

    def number(paper: str) -> str:
        return numbers.setdefault(paper, str(len(numbers)))

    judged = {str(q): {number(paper): gain for paper, gain in those.items()} for q, those in enumerate(gains)}
    # Scores that fall by one keep the order: trec_eval sorts by score itself, and equal ones backwards by id.
    found = {
        str(q): {number(paper): float(len(ranking) - place) for place, paper in enumerate(ranking)}
        for q, ranking in enumerate(rankings)
    }
    columns = {str(ir.parse_measure(name)): ours for ours, name in _NAMES.items()}
    figures = {name: np.zeros(len(gains)) for name in MEASURES}
    for metric in ir.iter_calc([ir.parse_measure(name) for name in _NAMES.values()], judged, found):
        figures[columns[str(metric.measure)]][int(metric.query_id)] = metric.value
    return figures
