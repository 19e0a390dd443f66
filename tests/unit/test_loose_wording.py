"""Comparisons told loosely, put plainly; and groups of papers told by what all of them are on."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.chat.compare.group import several_of_one
from app.chat.compare.split import split
from app.chat.compare.wording import in_plain_words


@pytest.mark.parametrize(
    ("told", "sides"),
    [
        ("the newt one against the toad one: what food does each need", ["newt", "toad"]),
        ("Would you compare the paper that counts newts with the paper that counts toads?", ["counts newts", "counts toads"]),
        ("so one paper counts newts at night, and another weighs toads by day. How do they differ?", ["counts newts at night", "weighs toads by day"]),
        ("Please set side by side the study on how newts hop and the study on how toads sing. What is new in each?", ["how newts hop", "how toads sing"]),
        ("the hopping newt thing and the singing toad thing, what is behind each?", ["hopping newt", "singing toad"]),
        ("pond map, the one with deep water, and the one about rain: what does each one measure?", ["pond map", "with deep water", "rain"]),
        ("compare the paper that finds the pond in which newts sleep with the paper that drains ponds. Why?", ["finds the pond in which newts sleep", "drains ponds"]),
        ("Two papers treat ponds: one counts newts, one weighs toads. How do they differ?", ["counts newts", "weighs toads"]),
        ("Newt hopping and the toad singing paper both measure ponds. Which is deeper in each?", ["Newt hopping", "toad singing"]),
        ("newts or toads, which one hops, which one sings?", ["newts", "toads"]),
        ("newts in ponds - hopping vs swimming for food, what is the difference", ["hopping", "swimming"]),
    ],
)  # fmt: skip
def test_loose_comparisons_have_their_sides(told: str, sides: list[str]) -> None:
    assert [side.query for side in split(in_plain_words(told))] == sides


@pytest.mark.parametrize(
    "text",
    [
        "Compare newts with toads",
        "what does each of the two papers on newts say?",
        "Newts and toads: which papers treat each of them?",
        "the main thing about newts",
        "one paper counts newts. How many?",
        "one can count newts, and another day toads. How?",
    ],
)
def test_what_is_none_stays_as_it_is(text: str) -> None:
    assert in_plain_words(text) == text


@pytest.mark.parametrize(
    ("question", "what"),
    [
        ("compare the papers on newts and ponds by size", "newts and ponds by size"),
        ("Could you compare the papers that are about newts, by how many they count?", "newts"),
        ("counting newts in ponds: contrast what we have", "counting newts in ponds"),
        ("counting newts (or toads): compare the papers", "counting newts"),
        ("Among the works on newts in ponds, please explain in what respect they differ.", "newts in ponds"),
        ("counting newts, how do the papers on that go about it differently?", "counting newts"),
        ("How do the papers on newts differ?", "newts"),
    ],
)
def test_all_papers_on_one_subject_are_compared(question: str, what: str) -> None:
    """As many as there are: nobody said how many."""
    group = several_of_one(question)
    assert group is not None and (group.side.query, group.many) == (what, 0)
    assert question[group.side.start : group.side.end] == what


@pytest.mark.parametrize("question", ["compare the paper on newts with toads", "How do newts differ from toads?", "compare newts: what we have"])  # fmt: skip
def test_one_paper_is_no_group(question: str) -> None:
    assert several_of_one(question) is None


@given(st.text(max_size=700))
def test_any_text_is_read_quickly(text: str) -> None:
    started = time.perf_counter()
    in_plain_words(text)
    several_of_one(text)
    assert time.perf_counter() - started < 2


@pytest.mark.parametrize("text", ["the " * 170, "the one and " * 50, "one paper a, " * 45, "the pond thing, " * 40, "x, " * 200 + ": what does each do"])  # fmt: skip
def test_hostile_text_is_read_quickly(text: str) -> None:
    started = time.perf_counter()
    in_plain_words(text)
    several_of_one(text)
    assert time.perf_counter() - started < 2
