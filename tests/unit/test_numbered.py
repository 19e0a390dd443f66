"""Numbers that stand for markers are written as such; others stay numbers."""

from __future__ import annotations

import pytest

from app.chat.condense import numbered

MARKERS = {number: f"p{number}" for number in range(1, 6)}


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("compare 2 and 5", "compare [2] and [5]"),
        ("compare 2 with 5 on data", "compare [2] with [5] on data"),
        ("number 4", "[4]"),
        ("#2's dataset", "[2]'s dataset"),
        ("drop 1", "drop [1]"),
        ("only 1 and 3", "only [1] and [3]"),
        ("and 3?", "and [3]?"),
        ("what does 3 propose?", "what does [3] propose?"),
        ("compare 2 and 9", "compare [2] and [9]"),
        ("[2]'s data", "[2]'s data"),
        ("how many of the 5 papers", "how many of the 5 papers"),
        ("does it need 3 GPUs?", "does it need 3 GPUs?"),
        ("what is the number of 4 bit models", "what is the number of 4 bit models"),
        ("papers from 2023", "papers from 2023"),
        ("99", "99"),
    ],
)
def test_numbers_become_markers(text: str, read: str) -> None:
    """Where the words around a number make it a marker, and it is one of this conversation."""
    assert numbered(text, MARKERS) == read
    assert numbered(read, MARKERS) == read


def test_without_markers_a_number_is_a_number() -> None:
    """A conversation that has no markers has no number that means a paper."""
    assert numbered("compare 2 and 5", {}) == "compare 2 and 5"
