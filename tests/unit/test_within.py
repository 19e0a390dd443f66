"""The nearest of what fits is the nearest of all with the others left out, whichever way it is found."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.chat import within
from app.core.domain import Hit

PAPERS = 6000
SCORES = np.random.default_rng(3).permutation(PAPERS) / PAPERS


@dataclass
class Line:
    """Papers with a score each, and how often and how the nearest were asked for."""

    most: int = PAPERS
    asked: list[str] = field(default_factory=list)

    def nearest(self, vector: Any, k: int, among: Collection[str] | None = None) -> list[Hit]:
        self.asked.append("all" if among is None else "some")
        numbers = range(PAPERS) if among is None else [int(paper) for paper in among]
        order = sorted(numbers, key=lambda number: (-SCORES[number], str(number)))[: min(k, self.most)]
        return [Hit(str(n), f"{n}#0", float(SCORES[n]), rank) for rank, n in enumerate(order, start=1)]


@dataclass(frozen=True)
class Fitting:
    """The papers of these numbers."""

    numbers: frozenset[int]
    all_papers: int = PAPERS

    def __len__(self) -> int:
        return len(self.numbers)

    def ids(self) -> list[str]:
        return sorted(map(str, self.numbers))

    def of(self, ids: Collection[str]) -> set[str]:
        return {paper for paper in ids if int(paper) in self.numbers}


def found(line: Line, fitting: Fitting, k: int) -> list[Hit]:
    return within.nearest_within(line, np.zeros(3, np.float32), k, fitting)  # type: ignore[arg-type]


@settings(max_examples=40, deadline=None)
@given(st.integers(0, PAPERS), st.integers(0, 300), st.sampled_from(["near", "far", "anywhere"]))
def test_the_same_as_looking_at_everything(share: int, k: int, where: str) -> None:
    """Few or many that fit, near the question, far from it or anywhere: the best k of them, ranked from 1."""
    order = np.argsort(-SCORES) if where == "near" else np.argsort(SCORES) if where == "far" else np.arange(PAPERS)
    fitting = Fitting(frozenset(int(number) for number in order[:share]))
    expected = sorted(fitting.numbers, key=lambda number: -SCORES[number])[:k]
    hits = found(Line(), fitting, k)
    assert [(int(hit.paper_id), hit.rank) for hit in hits] == [(n, rank) for rank, n in enumerate(expected, start=1)]


@pytest.mark.parametrize(
    ("numbers", "asked"),
    [
        (range(PAPERS), ["all"]),
        (range(PAPERS // 2), ["all"]),
        (range(10), ["some"]),
        ((), []),
    ],
)
def test_the_way_that_costs_less(numbers: Collection[int], asked: list[str]) -> None:
    """Many that fit are found among all, few by themselves, and where nothing fits nobody is asked."""
    line = Line()
    found(line, Fitting(frozenset(numbers)), 20)
    assert line.asked == asked


def test_a_server_that_gives_less() -> None:
    """What a server does not give at once is asked for by name, so that nothing is lost."""
    fitting = Fitting(frozenset(range(0, PAPERS, 2)))
    assert found(Line(most=50), fitting, 40) == found(Line(), fitting, 40)
