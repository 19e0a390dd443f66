"""Records as plain values and back: what was kept can be asked again, by later versions too."""

from __future__ import annotations

import json

import numpy as np
import pytest

from app.core.domain import Choice, Correction, Found, Question, Turn
from app.core.filters import Filters
from app.core.plain import plain, rebuilt

FULL = Question(
    "and its code?",
    (
        Turn("What is OVOR?", "What is OVOR?", "One prompt [1].", {1: "2402.04129"}, ("2402.04129",)),
        Turn("which?", "which?", "A or B?", {}, (), ("p",), ("q",), (Choice("A", "What is A?", 3),)),
    ),
    Filters(since="2023", authors=("Ada Newt",), flagged=False),
    ("since",),
    ("p1",),
    ("p2",),
    Correction("compare", ("p1", "p2"), None),
)


@pytest.mark.parametrize("question", [FULL, Question("What is OVOR?")])
def test_a_question_comes_back_from_json(question: Question) -> None:
    """Conversation, filters, pins and corrections are the same after a way through a file."""
    assert rebuilt(Question, json.loads(json.dumps(plain(question)))) == question


def test_records_of_other_versions_are_read() -> None:
    """A field that was not yet there gets its default; one that is no more is passed over."""
    assert rebuilt(Question, {"text": "What?", "mood": "curious", "history": [{"question": "a", "standalone": "b", "text": "c"}]}) == (
        Question("What?", (Turn("a", "b", "c"),))
    )  # fmt: skip


@pytest.mark.parametrize(
    "value", [None, [], {}, {"text": 3}, {"text": "a", "history": [1]}, {"text": "a", "filters": 4}]
)
def test_what_is_no_question_is_refused(value: object) -> None:
    """Values of another shape end in one kind of error."""
    with pytest.raises(ValueError, match="no Question"):
        rebuilt(Question, value)


def test_numbers_of_numpy_become_plain() -> None:
    """A trace may hold them; JSON knows neither them nor infinity."""
    assert plain({"a": np.float32(0.5), 1: (np.arange(2), float("inf"))}) == {"a": 0.5, "1": [[0, 1], None]}


def test_pairs_keep_the_kinds_of_their_values() -> None:
    found = Found((("keyword", 1), ("dense", 3)), ("sparse",), True)
    assert rebuilt(Found, json.loads(json.dumps(plain(found)))) == found
    with pytest.raises(ValueError, match="3 values, not 2"):
        rebuilt(Found, {"by": [["keyword", 1, 2]]})
