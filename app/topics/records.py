"""The library's papers in groups, with their places on a plane."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from app.core.ports import Vectors
from app.topics.kmeans import Labels


@dataclass(frozen=True, slots=True)
class Group:
    """Papers that lie together. `terms` set it apart, best first; `years` and `categories` count its papers, `central`
    are the ids of those in its middle. `place` is the middle of the group on the plane."""

    terms: tuple[str, ...]
    size: int
    years: Mapping[str, int]
    categories: Mapping[str, int]
    central: tuple[str, ...]
    place: tuple[float, float] = (0.0, 0.0)

    @property
    def name(self) -> str:
        """At most three of its terms."""
        return ", ".join(self.terms[:3]) or "no common words"


@dataclass(frozen=True, eq=False)
class Topics:
    """`ids[i]` lies at `places[i]` (shape (papers, 2)) and is of `groups[labels[i]]`, the largest group first. `waiting`
    papers have no vectors yet and are not among them. `key` names the state of the library this was made of."""

    key: str
    groups: tuple[Group, ...] = ()
    ids: tuple[str, ...] = ()
    places: Vectors = field(default_factory=lambda: np.empty((0, 2), np.float32))
    labels: Labels = field(default_factory=lambda: np.empty(0, np.int32))
    waiting: int = 0

    def members(self, group: int) -> list[str]:
        """The ids of a group's papers; none for a group that is not there."""
        return [self.ids[at] for at in np.flatnonzero(self.labels == group)] if 0 <= group < len(self.groups) else []

    def within(self, outline: Sequence[tuple[float, float]]) -> list[str]:
        """The ids of the papers inside a closed outline on the plane, by the even-odd rule; none if it has no inside."""
        inside = inside_of(self.places, outline)
        return [self.ids[at] for at in np.flatnonzero(inside)]


def inside_of(places: Vectors, outline: Sequence[tuple[float, float]]) -> NDArray[np.bool_]:
    """Which of the places lie inside the outline: a line from each to the right crosses it an odd number of times."""
    inside = np.zeros(len(places), np.bool_)
    if len(outline) < 3 or not len(places):
        return inside
    corners = np.asarray(outline, np.float64)
    low, high = corners.min(axis=0), corners.max(axis=0)
    near = np.flatnonzero(((places >= low) & (places <= high)).all(axis=1))
    x, y = places[near, 0].astype(np.float64), places[near, 1].astype(np.float64)
    odd = np.zeros(len(near), np.bool_)
    for (x1, y1), (x2, y2) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        if y1 != y2:
            odd ^= ((y1 > y) != (y2 > y)) & (x < (x2 - x1) * (y - y1) / (y2 - y1) + x1)
    inside[near] = odd
    return inside
