"""A scripted service with a map: three groups of invented papers at places that a test knows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from app.core.domain import Paper
from app.topics.records import Group, Topics
from app.ui.service import Progress
from tests.fake_service import HOSTILE, PAPERS, FakeService

CORNERS = ((0.0, 0.0), (10.0, 0.0), (5.0, 8.0))
_EACH = 12


def _papers() -> list[Paper]:
    """Those of the fake service first, then as many as the groups need."""
    made = [
        Paper(f"made-{n}", f"Made-up paper {n}", f"It is about number {n}.", year=2020 + n % 3, categories=("cs.CL",))
        for n in range(3 * _EACH - len(PAPERS) - 1)
    ]
    return [HOSTILE, *PAPERS, *made]


class FakeMap:
    """See the head of the module. Paper i is of group i mod 3, around its corner; `waiting` papers have no vectors."""

    waiting = 2

    def __init__(self, papers: Sequence[Paper] | None = None) -> None:
        self.mapped = list(_papers() if papers is None else papers)

    def topics(self, progress: Progress) -> Topics:
        if not self.mapped:
            return Topics("empty", waiting=self.waiting)
        progress(1, len(self.mapped), "papers placed")
        number = np.arange(len(self.mapped))
        labels = (number % 3).astype(np.int32)
        angle = number * 2.4
        places = np.asarray(CORNERS, np.float32)[labels] + np.stack([np.cos(angle), np.sin(angle)], 1) * 1.5
        ids = tuple(paper.id for paper in self.mapped)
        groups = tuple(self._group(labels, at) for at in range(3))
        return Topics("made", groups, ids, places.astype(np.float32), labels, self.waiting)

    def _group(self, labels: np.ndarray, at: int) -> Group:
        own = [self.mapped[i] for i in np.flatnonzero(labels == at)]
        terms = (("<b>sparse</b> attention", "memory"), ("retrieval",), ("benchmarks", "surveys"))[at]
        central = tuple(paper.id for paper in own[:3])
        return Group(terms, len(own), {"2021": len(own)}, {"cs.CL": len(own)}, central, CORNERS[at])

    def papers_of(self, ids: Sequence[str]) -> list[Paper]:
        known = {paper.id: paper for paper in self.mapped}
        return [known[each] for each in ids if each in known]


class MappedService(FakeMap, FakeService):
    """The fake service with a map."""

    def __init__(self, papers: Sequence[Paper] | None = None) -> None:
        FakeMap.__init__(self, papers)
        FakeService.__init__(self)
