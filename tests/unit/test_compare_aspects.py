"""What papers are compared on."""

from __future__ import annotations

import pytest

from app.chat.compare.aspects import STANDARD, aspects_of


@pytest.mark.parametrize(
    ("question", "aspects"),
    [
        ("Compare A and B on data and results", ("data", "results")),
        ("Compare A and B in terms of cost, speed and weaknesses", ("cost", "speed", "limits")),
        ("Which is faster, A or B?", ("speed",)),
        ("A vs B: give the size figures for both", ("size",)),
        ("How do A and B evaluate?", ("evaluation",)),
        ("Do A and B release their code?", ("code",)),
        ("How many languages do A and B cover?", ("number of languages",)),
        ("How many parameters have A and B?", ("size",)),
        ("Compare A and B with respect to findings", ("results",)),
    ],
)
def test_asked_points_have_our_names(question: str, aspects: tuple[str, ...]) -> None:
    """What people call in many ways is one point here."""
    taken = [(question.index(name), question.index(name) + 1) for name in ("A ", "B") if name in question]
    assert aspects_of(question, taken) == aspects


@pytest.mark.parametrize(
    "question", ["Compare A and B", "How does A differ from B?", "A vs B", "What do A and B have in common?"]
)
def test_a_question_without_points_gets_all_five(question: str) -> None:
    """Task, method, data, results, limits."""
    taken = [(question.index("A "), question.index("A ") + 1), (question.index("B"), question.index("B") + 1)]
    assert aspects_of(question, taken) == STANDARD


def test_other_points_stay_in_the_persons_words() -> None:
    """A point that has no name of ours is looked for as it was asked."""
    question = "How do A and B differ in the way prompts are handled?"
    assert aspects_of(question, [(7, 8), (13, 14)]) == ("prompts are handled",)
    question = "Compare A and B on colour and cost"
    assert aspects_of(question, [(8, 9), (14, 15)]) == ("colour", "cost")


def test_what_the_sides_do_with_a_point_is_no_part_of_it() -> None:
    """ "Which field is each one for" asks for the field."""
    assert aspects_of("what food does each complain about?") == ("food",)
    assert aspects_of("which pond is each one for") == ("pond",)


def test_words_of_a_side_ask_for_nothing() -> None:
    """ "The data selection paper" is not compared on data."""
    question = "Compare the data selection paper with A"
    assert aspects_of(question, [(8, 32), (38, 39)]) == STANDARD
