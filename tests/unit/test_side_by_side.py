"""Which papers and points a person has picked to stand side by side."""

from __future__ import annotations

import pytest

from app.chat.compare.aspects import STANDARD
from app.chat.compare.side_by_side import MOST, points_of
from app.core.errors import InputError
from app.ui.side_by_side import Picked, Side

SIDES = tuple(Side(f"p{n}", f"Paper {n}") for n in range(MOST + 1))


def test_a_paper_is_picked_once_and_taken_away() -> None:
    picked = Picked().with_side(SIDES[0]).with_side(SIDES[1]).with_side(SIDES[0])
    assert picked.ids == ("p0", "p1") and picked.comparable
    assert picked.without_side(0).ids == ("p1",) and not picked.without_side(0).comparable
    assert picked.without_side(7) == picked


def test_there_is_room_for_eight() -> None:
    with pytest.raises(InputError, match="8 papers at most"):
        Picked(SIDES[:MOST]).with_side(SIDES[MOST])


def test_points_are_added_once_in_our_words_and_never_all_taken_away() -> None:
    picked = Picked(SIDES[:2]).with_points(["findings", "code", "number of tasks", " code "])
    assert picked.points == (*STANDARD, "code", "number of tasks")
    for _ in picked.points[1:]:
        picked = picked.without_point(0)
    assert picked.points == ("number of tasks",)
    assert picked.without_point(0).points == STANDARD


@pytest.mark.parametrize("points", [[f"point {n}" for n in range(9)], ["x" * 81]])
def test_too_many_or_too_long_points_are_refused(points: list[str]) -> None:
    with pytest.raises(InputError, match="room for"):
        points_of(points)


def test_the_same_as_a_question() -> None:
    assert Picked(SIDES[:3]).asks == "Compare Paper 0, Paper 1 and Paper 2"
    assert Picked(SIDES[:2], ("code",)).asks == "Compare Paper 0 and Paper 1 on code"
