"""Bounds on amounts in questions, and figures in sentences that meet them."""

from __future__ import annotations

import pytest

from app.chat.checking.amounts import amount_of, spelled


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("30 or more tasks", "at least 30 tasks"),
        ("5 or fewer ponds", "at most 5 ponds"),
        ("7 billion or larger", "at least 7 billion"),
        ("scale up to 175B parameters", "scale at least 175B parameters"),
        ("reach well over a hundred frogs", "reach over hundred frogs"),
        ("two hundred million frogs", "200 million frogs"),
        ("with 7B parameters", "with exactly 7B parameters"),
        ("frogs in lakes", "frogs in lakes"),
    ],
)
def test_bounds_are_spelled_in_one_way(asked: str, told: str) -> None:
    """However people put a bound, `amount_of` reads one form."""
    assert spelled(asked) == told


@pytest.mark.parametrize(
    ("asked", "sentence", "met"),
    [
        ("more than 30 tasks", "We test on 47 tasks.", True),
        ("more than 30 tasks", "We test on 30 tasks.", False),
        ("30 or more tasks", "We test on 30 tasks.", True),
        ("more than 30 tasks", "We test on over 30 tasks.", True),
        ("at least 1000 tasks", "It has 1,600+ diverse tasks.", True),
        ("over 30 tasks", "It holds 32k task instances.", False),
        ("at least 100 billion parameters", "Models of up to 175B show it.", True),
        ("at least 100 billion parameters", "Models of up to 6 billion parameters show it.", False),
        ("more than 10 percent", "It gains 12.5% on ponds.", True),
        ("more than 10 percent", "It gains 12.5 points on ponds.", False),
        ("fewer than ten frogs", "Only seven frogs were seen.", True),
    ],
)
def test_a_figure_of_the_same_kind_meets_a_bound(asked: str, sentence: str, met: bool) -> None:
    """Its noun, its scale and its bound count."""
    found = amount_of(spelled(asked))
    assert found is not None
    assert found[0].met_by(sentence) is met


def test_no_bound() -> None:
    """ "At least one" of something bounds nothing."""
    assert amount_of("frogs in lakes") is None and amount_of("at least one frog") is None
