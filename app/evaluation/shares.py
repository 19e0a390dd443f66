"""Shares and their 95 % intervals. Where each question gives yes or no the interval is Wilson's ("Probable inference",
JASA 1927), which does not say of 20 out of 20 that nothing can go wrong; else the percentile bootstrap over questions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from app.evaluation.figures import DRAWS, INTERVAL, SEED, Mean

# What a question adds to a share: so much, of so much.
Part = tuple[float, float]

_Z = 1.959964


def share_of(parts: Sequence[Part]) -> Mean | None:
    """The sum of what there is by the sum of what there could be; None where there could be nothing."""
    counted = [(part, whole) for part, whole in parts if whole]
    if not counted:
        return None
    table = np.array(counted, np.float64)
    value = float(table[:, 0].sum() / table[:, 1].sum())
    if len(counted) == 1:
        return Mean(value, None, None)
    ratios = table[:, 0] / table[:, 1]
    plain = bool(np.isin(table[:, 0], (0, 1)).all() and (table[:, 1] == 1).all())
    # Where all are alike every draw is, so that the bootstrap would claim to be certain.
    if plain or (value in (0, 1) and (ratios == ratios[0]).all()):
        return Mean(value, *_wilson(value, len(counted)))
    random = np.random.default_rng(SEED)
    drawn = random.multinomial(len(counted), np.full(len(counted), 1 / len(counted)), size=DRAWS) @ table
    low, high = np.percentile(drawn[:, 0] / drawn[:, 1], INTERVAL)
    return Mean(value, float(low), float(high))


def _wilson(share: float, number: int) -> tuple[float, float]:
    spread = _Z**2 / number
    middle = share + spread / 2
    half = _Z * (share * (1 - share) / number + spread / (4 * number)) ** 0.5
    return max(0.0, (middle - half) / (1 + spread)), min(1.0, (middle + half) / (1 + spread))
