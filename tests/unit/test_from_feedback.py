"""Ratings as questions with what a good answer has: as much as a rating tells, and what a person has to add."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from app.core.conversations import Feedback, Rating
from app.core.feedback import REASONS
from app.evaluation.from_feedback import line_of

CASE: dict[str, Any] = {
    "turns": ["What is OVOR?"],
    "text": "OVOR is a prompt method [1].",
    "named": True,
    "status": "answered",
    "kind": "lookup",
    "reason": None,
    "answer_id": "a1",
    "cited": [{"id": "p1", "title": "One"}, {"id": "p2", "title": "Two"}, {"id": "p1", "title": "One"}],
    "choices": [],
}
GOOD = Rating(True)


def told(rating: Rating = GOOD, **case: Any) -> dict[str, Any]:
    line = line_of(Feedback("0123456789abcdef", 0.0, rating, {**CASE, **case}))
    assert line["id"] == "feedback-0123456789ab"
    return line


def test_a_good_answer_says_what_must_be_cited() -> None:
    line = told()
    assert line["question"] == "What is OVOR?" and line["type"] == "lookup_named"
    assert line["must_cite"] == ["p1", "p2"] and line["answer_id"] == "a1" and "to_complete" not in line


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        ({"named": False}, {"type": "lookup_paraphrased"}),
        ({"kind": "compare"}, {"type": "compare"}),
        ({"kind": "aggregate"}, {"type": "aggregate"}),
        ({"turns": ["What is OVOR?", "and its code?"]}, {"type": "follow_up", "turns": ["What is OVOR?", "and its code?"]}),
        ({"status": "abstained", "reason": "not_in_library", "cited": []}, {"type": "not_in_library", "abstain": True}),
        ({"status": "abstained", "reason": "abstract_does_not_say"}, {"type": "not_in_abstract", "abstain": True, "may_cite": ["p1", "p2"]}),
        ({"status": "clarify", "choices": ["p1", "p2"]}, {"type": "clarify", "choices": ["p1", "p2"]}),
    ],
)  # fmt: skip
def test_every_kind_of_good_answer_has_its_line(case: dict[str, Any], expected: dict[str, Any]) -> None:
    line = told(**case)
    assert {name: line[name] for name in expected} == expected and "to_complete" not in line


def test_a_bad_answer_says_what_is_to_be_done() -> None:
    """By its reasons; what was cited and said is beside it for the person, never as what a good answer has."""
    for reason in REASONS:
        line = told(Rating(False, (reason,), "my words"))
        assert REASONS[reason] in line["to_complete"] and 'delete "to_complete"' in line["to_complete"]
        assert line["cited"] == ["p1", "p2"] and line["said"] == "my words" and "must_cite" not in line
        assert line.get("abstain") is (True if reason == "should_not_know" else None)
    assert "must_cite" in told(Rating(False))["to_complete"]


def test_good_ones_that_nothing_can_be_judged_by_are_to_be_completed() -> None:
    assert "facts" in told(cited=[])["to_complete"]
    assert "to_complete" in told(status="unfinished", kind="", cited=[])
    assert line_of(replace(Feedback("x" * 32, 0.0, GOOD, {}), case={}))["question"] == "?"
