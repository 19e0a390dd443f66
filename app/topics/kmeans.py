"""Spherical k-means (Dhillon and Modha, "Concept Decompositions for Large Sparse Text Data Using Clustering", 2001): groups
of unit vectors by cosine, begun as k-means++ does (Arthur and Vassilvitskii, 2007). The same vectors always give the same
groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.core.ports import Vectors

Labels = NDArray[np.int32]

_SEED = 20_240_229
_ROUNDS = 40
# Tries with other beginnings; few papers cost nothing and gain most.
_TRIES_OF_FEW, _TRIES, _FEW = 6, 2, 5_000
# A group of fewer vectors than this, or a smaller share of all, is none.
_LEAST, _LEAST_SHARE = 2, 0.002
# So many rows at a time are compared with the centres.
_BATCH = 8_192
# Of so many rows the separation is measured.
_MEASURED = 4_000


@dataclass(frozen=True, slots=True)
class Centres:
    """Unit vectors of shape (groups, dimension), and how well they part the vectors they were fitted to (-1 to 1)."""

    rows: Vectors
    separation: float


def assigned(vectors: Vectors, centres: Vectors) -> tuple[Labels, NDArray[np.float32]]:
    """For each row the nearest centre, the first of equally near ones, and the cosine to it."""
    labels, cosines = np.empty(len(vectors), np.int32), np.empty(len(vectors), np.float32)
    for at in range(0, len(vectors), _BATCH):
        near = vectors[at : at + _BATCH] @ centres.T
        labels[at : at + _BATCH] = near.argmax(axis=1)
        cosines[at : at + _BATCH] = near.max(axis=1)
    return labels, cosines


def fitted(vectors: Vectors, groups: int) -> Centres:
    """Centres of so many groups, fewer where there are fewer different vectors or some would be of hardly any; of several
    tries the tightest."""
    tries = _TRIES_OF_FEW if len(vectors) <= _FEW else _TRIES
    found = [_once(vectors, groups, np.random.default_rng(_SEED + number)) for number in range(tries)]
    rows = max(found, key=lambda one: one[1])[0]
    sizes = np.bincount(assigned(vectors, rows)[0], minlength=len(rows))
    large = sizes >= max(_LEAST, len(vectors) * _LEAST_SHARE)
    if large.any() and not large.all():  # whoever was alone joins the nearest
        rows = np.ascontiguousarray(rows[large])
    return Centres(rows, separation(vectors, rows))


def best_of(vectors: Vectors, choices: Sequence[int]) -> Centres:
    """The centres that part the vectors best, the fewest of equal ones."""
    return max((fitted(vectors, groups) for groups in choices), key=lambda centres: centres.separation)


def group_choices(papers: int) -> list[int]:
    """Numbers of groups worth trying: a person reads a handful, and no more groups than papers can fill."""
    most = min(16, max(2, round(papers**0.5)))
    least = max(2, most // 4)
    step = max(1, (most - least) // 4)
    return list(range(least, most + 1, step))


def separation(vectors: Vectors, centres: Vectors) -> float:
    """How much farther a vector is from the next centre than from its own, on average, as a share: the simplified
    silhouette (Vendramin, Campello and Hruschka, "Relative Clustering Validity Criteria", 2010)."""
    if len(centres) < 2:
        return -1.0
    some = vectors[:: max(1, len(vectors) // _MEASURED)]
    far = 1.0 - np.sort(some @ centres.T, axis=1)[:, -2:]
    own, other = far[:, 1], far[:, 0]
    return float(np.mean((other - own) / np.maximum(np.maximum(other, own), 1e-6)))


def _once(vectors: Vectors, groups: int, random: np.random.Generator) -> tuple[Vectors, float]:
    centres = _begun(vectors, groups, random)
    labels = np.full(len(vectors), -1, np.int32)
    for _ in range(_ROUNDS):
        now, cosines = assigned(vectors, centres)
        if np.array_equal(now, labels):
            break
        labels = now
        centres = _means(vectors, labels, cosines, len(centres))
    _, cosines = assigned(vectors, centres)
    return centres, float(cosines.mean())


def _begun(vectors: Vectors, groups: int, random: np.random.Generator) -> Vectors:
    """k-means++: each next centre is a vector, the more likely the farther it is from those there are."""
    chosen = [int(random.integers(len(vectors)))]
    far = np.maximum(0.0, 1.0 - vectors @ vectors[chosen[0]]).astype(np.float64)
    while len(chosen) < min(groups, len(vectors)):
        total = far.sum()
        if total <= 1e-6 * len(vectors):  # all others are copies of these
            break
        chosen.append(int(random.choice(len(vectors), p=far / total)))
        far = np.minimum(far, np.maximum(0.0, 1.0 - vectors @ vectors[chosen[-1]]))
    return np.ascontiguousarray(vectors[chosen])


def _means(vectors: Vectors, labels: Labels, cosines: NDArray[np.float32], groups: int) -> Vectors:
    """The mean of each group, of length 1; a group that has lost all its vectors takes the loneliest one."""
    order = np.argsort(labels, kind="stable")
    starts = np.searchsorted(labels[order], np.arange(groups + 1))
    sums = np.zeros((groups, vectors.shape[1]), np.float32)
    lonely = iter(np.argsort(cosines, kind="stable"))
    for group in range(groups):
        members = order[starts[group] : starts[group + 1]]
        sums[group] = vectors[members].sum(axis=0) if len(members) else vectors[next(lonely)]
    return unit(sums)


def unit(rows: Vectors) -> Vectors:
    """The rows, each of length 1; a row of zeros stays one."""
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12), np.float32)
