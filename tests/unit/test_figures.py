"""Figures are read with their units, in digits and in words, and digits of names are none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.chat.claims.figures import figures, implied


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("79\\% of participants", [(79, "%")]),
        ("79 percent, 5 per cent", [(79, "%"), (5, "%")]),
        ("4 percentage points and 3.5 points", [(4, "point"), (3.5, "point")]),
        ("2.4x, 3 times, two-fold and twice", [(2.4, "x"), (3, "x"), (2, "x"), (2, "x")]),
        ("5 ms against 5 s and 2 minutes", [(0.005, "s"), (5, "s"), (120, "s")]),
        ("283MB, or 0.283 GB", [(283e6, "byte"), (283e6, "byte")]),
        ("fifty billion pairs, thirty three thousand triplets", [(50e9, ""), (33_000, "")]),
        (
            "the top one, five and ten; twenty-four, one hundred and five",
            [(1, ""), (5, ""), (10, ""), (24, ""), (105, "")],
        ),
        ("32k instances, 1,000 papers, 7B and 13B models", [(32_000, ""), (1000, ""), (7e9, ""), (13e9, "")]),
        ("40-90% less error", [(40, "%"), (90, "%")]),
        ("two orders of magnitude", [(2, "order")]),
        ("half of them", [(50, "%")]),
        ("millions of APIs", [(1e6, "many")]),
        ("GPT-4o, CIFAR-100, T5-small, 3D motion, https://a.org/2024/7", []),
        ("Qwen2.5 and v1.2", []),
    ],
)
def test_what_a_figure_is(text: str, read: list[tuple[float, str]]) -> None:
    """The value in the measure of its unit, whatever the spelling."""
    assert [(pytest.approx(f.value), f.unit) for f in figures(text)] == read


def test_bounds_and_what_is_counted() -> None:
    """ "up to", "at least" and the noun after the figure are kept."""
    most, least, plain = figures("up to 23% on at least 30 tasks from 13 families")
    assert (most.bound, least.bound, plain.bound) == ("most", "least", "")
    assert (least.counted, plain.counted) == ("task", "famil")


def test_one_may_be_no_figure() -> None:
    """ "one of them" counts nothing, "one-shot" does."""
    assert [f.weak for f in figures("one of the models in the one-shot case")] == [True, False]


def test_a_list_says_how_many() -> None:
    """Two things named are two things."""
    assert {2.0, 3.0} <= implied("both local motion and global trajectory; red, green and blue")


@given(st.text(max_size=200))
def test_any_text_can_be_read(text: str) -> None:
    """No text breaks it, and every figure stands where it says."""
    for figure in figures(text):
        assert 0 <= figure.start < figure.end <= len(text.replace("\\%", " %"))


@given(st.integers(2, 10**9))
def test_thousands_separators_change_nothing(number: int) -> None:
    """1,234,567 is 1234567."""
    assert [f.value for f in figures(f"It has {number:,} words")] == [
        f.value for f in figures(f"It has {number} words")
    ]
