"""Vectors laid out on a plane by their two main directions (principal component analysis), found by orthogonal iteration:
a few products with the vectors, whatever their length, and the same plane every time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from app.core.ports import Vectors

_ROUNDS = 30
# More directions than are wanted are followed, which makes the wanted ones come out sooner.
_BESIDE = 6


@dataclass(frozen=True, slots=True)
class Plane:
    """The middle of the vectors, and two directions of length 1 at a right angle, shape (2, dimension)."""

    middle: Vectors
    axes: Vectors

    def places(self, vectors: Vectors) -> Vectors:
        """Where they lie, shape (len(vectors), 2)."""
        return np.asarray((vectors - self.middle) @ self.axes.T, np.float32)


def plane_of(vectors: Vectors) -> Plane:
    """The plane on which these vectors differ most."""
    middle = vectors.mean(axis=0)
    rest = vectors - middle
    dimension = vectors.shape[1]
    random = np.random.default_rng(7)
    axes = np.linalg.qr(random.standard_normal((dimension, min(dimension, 2 + _BESIDE))))[0].astype(np.float32)
    for _ in range(_ROUNDS):
        axes = np.linalg.qr(rest.T @ (rest @ axes))[0]
    # Within what was followed, the directions themselves, the longest first.
    _, _, turned = np.linalg.svd(rest @ axes, full_matrices=False)
    main = (axes @ turned.T)[:, :2].T
    if len(main) < 2:
        main = np.vstack([main, np.zeros_like(main)])
    # A direction and its opposite are the same to the analysis; which one is fixed here.
    signs = np.sign(main[np.arange(2), np.abs(main).argmax(axis=1)])
    return Plane(np.asarray(middle, np.float32), np.asarray(main * np.where(signs == 0, 1, signs)[:, None], np.float32))
