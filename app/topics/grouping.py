"""From a library's vectors to its groups. The order of the steps stands here.

The plane and the middles of the groups are found from a sample of the papers; all papers are then read once, a batch at
a time, so that a hundred thousand of them need little more memory than a thousand.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from heapq import heappush, heappushpop
from operator import itemgetter
from typing import Protocol

import numpy as np

from app.core.domain import Paper
from app.core.ports import Vectors
from app.topics.kmeans import Labels, assigned, best_of, group_choices
from app.topics.plane import plane_of
from app.topics.records import Group, Topics
from app.topics.terms import counted, named

Progress = Callable[[int, "int | None", str], None]

# The sample: so many papers at most, and so many numbers.
_SAMPLE, _SAMPLE_NUMBERS = 12_000, 10_000_000
_BATCH = 2_000
# A group is named by so many of its papers at most, and shows so many of its middle.
_READ_OF_GROUP, _CENTRAL = 800, 12
# Fewer papers are one group.
FEWEST = 6


class Papers(Protocol):
    """Papers by their ids; a `PaperStore` is one."""

    def get(self, ids: Sequence[str]) -> dict[str, Paper]:
        """The papers of these ids, in their order; an unknown id is simply absent."""


class Rows(Protocol):
    """Vectors of papers by their ids."""

    def rows_of(self, ids: Sequence[str]) -> tuple[list[str], Vectors]:
        """Those that have vectors, in the order of `ids`, and a row of length 1 for each."""


@dataclass
class _Members:
    """What is gathered of a group while papers are read."""

    size: int = 0
    texts: list[tuple[str, str]] = field(default_factory=list)
    years: Counter[str] = field(default_factory=Counter)
    categories: Counter[str] = field(default_factory=Counter)
    nearest: list[tuple[float, str]] = field(default_factory=list)

    def take(self, paper: Paper, cosine: float) -> None:
        self.size += 1
        if len(self.texts) < _READ_OF_GROUP:
            self.texts.append((paper.title, paper.abstract))
        if paper.year:
            self.years[str(paper.year)] += 1
        self.categories.update(set(paper.categories))
        keep = heappush if len(self.nearest) < _CENTRAL else heappushpop
        keep(self.nearest, (cosine, paper.id))


def grouped(
    ids: Sequence[str],
    papers: Papers,
    rows: Rows,
    key: str = "",
    progress: Progress = lambda done, total, words: None,
) -> Topics:
    """The papers of these ids that have vectors, in groups."""
    sample = _sample(ids, rows)
    if not len(sample):
        return Topics(key, waiting=len(ids))
    progress(0, len(ids), "papers placed")
    centres = best_of(sample, group_choices(len(sample))).rows if len(sample) >= FEWEST else sample.mean(axis=0)[None]
    plane = plane_of(sample)
    there: list[str] = []
    places, labels = [np.empty((0, 2), np.float32)], [np.empty(0, np.int32)]
    members = [_Members() for _ in range(len(centres))]
    for at, batch in _batches(ids):
        found, vectors = rows.rows_of(batch)
        if found:
            own, cosines = assigned(vectors, centres)
            _gather(members, papers.get(found), dict(zip(found, zip(own, cosines, strict=True), strict=True)))
            there += found
            places.append(plane.places(vectors))
            labels.append(own)
        progress(at + len(batch), len(ids), "papers placed")
    return _named(key, there, np.concatenate(places), np.concatenate(labels), members, len(ids) - len(there))


def _sample(ids: Sequence[str], rows: Rows) -> Vectors:
    """The vectors of papers spread evenly over all of them."""
    first = rows.rows_of(ids[:_BATCH])[1]
    if len(ids) <= _BATCH:
        return first
    width = first.shape[1] if first.ndim == 2 and first.shape[1] else 1024
    most = max(1_000, min(_SAMPLE, _SAMPLE_NUMBERS // width))
    spread = [ids[int(at)] for at in np.linspace(0, len(ids) - 1, min(most, len(ids)))]
    parts = [vectors for _, part in _batches(spread) if len(vectors := rows.rows_of(part)[1])]
    return np.concatenate(parts) if parts else first


def _batches(ids: Sequence[str]) -> Iterator[tuple[int, Sequence[str]]]:
    for at in range(0, len(ids), _BATCH):
        yield at, ids[at : at + _BATCH]


def _gather(
    members: Sequence[_Members], papers: dict[str, Paper], where: dict[str, tuple[np.int32, np.float32]]
) -> None:
    for paper_id, paper in papers.items():
        label, cosine = where[paper_id]
        members[int(label)].take(paper, float(cosine))


def _named(
    key: str, ids: Sequence[str], places: Vectors, labels: Labels, members: Sequence[_Members], waiting: int
) -> Topics:
    """The groups that have papers, the largest first."""
    order = sorted((n for n, each in enumerate(members) if each.size), key=lambda n: (-members[n].size, n))
    terms = named([counted(members[n].texts) for n in order])
    new = np.full(len(members), -1, np.int32)
    new[order] = np.arange(len(order), dtype=np.int32)
    labels = new[labels]
    groups = tuple(
        _group(words, members[n], places[labels == at]) for at, (n, words) in enumerate(zip(order, terms, strict=True))
    )
    return Topics(key, groups, tuple(ids), places, labels, waiting)


def _group(terms: tuple[str, ...], found: _Members, places: Vectors) -> Group:
    x, y = np.median(places, axis=0)
    central = [paper_id for _, paper_id in sorted(found.nearest, key=lambda pair: (-pair[0], pair[1]))]
    categories = sorted(sorted(found.categories.items()), key=itemgetter(1), reverse=True)
    years = dict(sorted(found.years.items()))
    return Group(terms, found.size, years, dict(categories), tuple(central), (float(x), float(y)))
