"""How often something may be done: the law of the window, and that memory stays bounded."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.core.pace import Pace


def test_a_window_that_moves() -> None:
    """Three a minute: the fourth waits for the first to leave the window, not for a new minute."""
    pace = Pace(3)
    assert [pace.take("ada", now) for now in (0, 20, 50)] == [0, 0, 0]
    assert pace.take("ada", 55) == 5
    assert pace.wait("ada", 59) == 1
    assert pace.take("bo", 55) == 0, "somebody else is not counted with her"
    assert pace.take("ada", 60) == 0
    assert pace.take("ada", 61) == 19


def test_any_number_and_giving_back() -> None:
    """0 is no limit; what is given back was never taken."""
    free = Pace(0)
    assert not any(free.take("ada", 0) for _ in range(100))
    pace = Pace(1)
    assert pace.take("ada", 0) == 0
    pace.give_back("ada")
    pace.give_back("ada")
    assert pace.take("ada", 0) == 0


def test_memory_is_bounded() -> None:
    """Of more keys than are kept, those seen longest ago are forgotten."""
    pace = Pace(1, most=100)
    for number in range(1000):
        pace.take(str(number), 0)
    assert len(pace._times) == 100
    assert pace.take("999", 1) > 0
    assert pace.take("0", 1) == 0


@given(st.integers(1, 5), st.lists(st.integers(0, 30), max_size=60))
def test_never_more_in_any_window(limit: int, gaps: list[int]) -> None:
    """Whatever the times, no window holds more than the limit, and nobody is told to wait longer than it."""
    pace, now, taken = Pace(limit), 0, []
    for gap in gaps:
        now += gap
        wait = pace.take("ada", now)
        if not wait:
            taken.append(now)
        assert 0 <= wait <= 60
    for index in range(len(taken) - limit):
        assert taken[index + limit] - taken[index] >= 60
