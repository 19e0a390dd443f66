"""Sides of a comparison that are told after a colon, and subjects of several papers."""

from __future__ import annotations

import time

import pytest

from app.chat.compare.group import several_of_one, told_one_by_one


@pytest.mark.parametrize(
    ("question", "sides"),
    [
        ("Contrast the two papers with questions: one for rules, the other for programmers", ["rules", "programmers"]),
        (
            "Compare counting across three ponds here: newts, lake frogs, toads. Say how.",
            ["newts", "lake frogs", "toads"],
        ),
        ("Compare the two works: the one on frogs and the one that counts toads", ["frogs", "counts toads"]),
        ("Compare the three papers: newts and toads", []),
        ("Compare newts and toads", []),
        ("What is it: a frog?", []),
    ],
)
def test_sides_after_a_colon(question: str, sides: list[str]) -> None:
    """As many as were announced, each without what only points at it, where it stands."""
    found = told_one_by_one(question)
    assert [side.query for side in found] == sides
    assert all(side.query in question[side.start : side.end] for side in found)


def test_only_as_many_as_were_announced() -> None:
    """Beside a name a list after a colon says something else, unless its length was said before."""
    assert told_one_by_one("The pond paper against ToadNet: one slow, one quick", announced=True) == []
    assert len(told_one_by_one("Compare the two papers: frogs and toads", announced=True)) == 2


def test_what_papers_try_to_do_is_their_subject() -> None:
    """ "That try to" adds nothing."""
    group = several_of_one("Compare the two papers that try to make ponds cheaper")
    assert group is not None and (group.side.query, group.many) == ("make ponds cheaper", 2)


@pytest.mark.parametrize(
    "scrap", ["compare two papers ", "papers and the one ", "two papers: a, b ", "which two models "]
)
def test_long_questions_are_read_quickly(scrap: str) -> None:
    """No pattern takes more than linear patience."""
    text = (scrap * 400)[:3990]
    start = time.perf_counter()
    told_one_by_one(text)
    assert time.perf_counter() - start < 0.5
