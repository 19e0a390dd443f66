"""Shares and intervals are those worked out by hand or printed in textbooks."""

from __future__ import annotations

import pytest

from app.evaluation.shares import share_of


def test_nothing_and_one() -> None:
    """Where nothing could be there is no share, and of one question no interval."""
    assert share_of([]) is None and share_of([(0, 0)]) is None
    one = share_of([(1, 2), (0, 0)])
    assert one is not None and (one.value, one.low, one.high) == (0.5, None, None)


@pytest.mark.parametrize(
    ("yes", "number", "low", "high"), [(8, 10, 0.4902, 0.9433), (10, 10, 0.7225, 1.0), (0, 10, 0.0, 0.2775)]
)
def test_yes_or_no(yes: int, number: int, low: float, high: float) -> None:
    """Wilson's interval, which leaves room where all or none are right."""
    found = share_of([(1, 1)] * yes + [(False, 1)] * (number - yes))
    assert found is not None and found.value == yes / number
    assert (found.low, found.high) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


def test_parts() -> None:
    """Sums are divided, not shares averaged; the bootstrap's interval holds the share, is the same each time, and of
    all alike it does not claim to be certain."""
    parts = [(1, 2), (8, 8), (3, 6), (2, 4)]
    found = share_of(parts)
    assert found is not None and found.low is not None and found.high is not None
    assert found.value == pytest.approx(14 / 20)
    assert 0.5 <= found.low < found.value < found.high <= 1
    assert share_of(parts) == found
    alike = share_of([(2, 2), (5, 5), (3, 3)])
    assert alike is not None and alike.low is not None and alike.low < 0.5 and alike.high == 1
