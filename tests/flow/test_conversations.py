"""Conversations as people have them: what a short question after an answer is about, and sides of comparisons."""

from __future__ import annotations

import pytest

from app.bootstrap import Service
from tests.conversation import ask

OVOR, LANE, TAME, IBCL = "2402.04129", "2405.15633", "2210.03869", "2310.02995"


@pytest.mark.parametrize(
    "follow_up",
    ["is the code available", "what are the main results?", "which benchmarks were used", "can you give numbers?"],
)
def test_a_property_is_asked_of_the_paper_spoken_of(starter: Service, follow_up: str) -> None:
    """A question for a property, without pronoun or name, is about the last answer's paper, and so is the next."""
    answer = ask(starter, "What is OVOR?", follow_up, "what are its limitations?")
    assert "OVOR" in answer.standalone_question


def test_compare_them_after_two_questions(starter: Service) -> None:
    """ "compare them" gathers the two papers asked about one after the other, in that order."""
    answer = ask(starter, "What is TAME?", "what about IBCL?", "compare them")
    assert answer.kind == "compare"
    assert [c.paper.id for c in answer.citations] == [TAME, IBCL]


def test_which_one_means_the_last_pair(starter: Service) -> None:
    """ "which one" after a comparison asks of both its papers."""
    answer = ask(starter, "How does OVOR differ from MULTI-LANE?", "which one handles several labels?")
    assert {c.paper.id for c in answer.citations} == {OVOR, LANE}


def test_the_lead_in_is_no_side(starter: Service) -> None:
    """What stands before two named sides is the question, not a third paper."""
    answer = ask(starter, "Which is better at learning new classes without rehearsal, OVOR or MULTI-LANE?")
    assert [c.paper.id for c in answer.citations] == [OVOR, LANE]


def test_a_point_is_no_side(starter: Service) -> None:
    """ "on accuracy" after an absent side is what to compare on; the absent side is said."""
    answer = ask(starter, "How does SteelNet-V3 compare with OVOR on accuracy?")
    assert "SteelNet-V3" in answer.text.split("\n")[0]
    assert [c.paper.id for c in answer.citations] == [OVOR]


def test_a_side_in_plain_words_that_is_not_there_is_said(starter: Service) -> None:
    """A side without capitals that no title fits is reported, not dropped."""
    answer = ask(starter, "compare OVOR with the walrus counting system")
    assert "walrus counting system" in answer.text.split("\n")[0]
    assert [c.paper.id for c in answer.citations] == [OVOR]


def test_words_of_an_absent_title_are_no_names(starter: Service) -> None:
    """A whole title the library lacks is missed as a whole, whatever its words name elsewhere."""
    answer = ask(starter, "Who are the authors of Deep Residual Learning for Image Recognition?")
    assert answer.status == "abstained"
    assert "Deep Residual Learning for Image Recognition" in answer.text


def test_markers_count_upwards(starter: Service) -> None:
    """In an answer from several papers the markers come in rising order."""
    answer = ask(starter, "how do models forget tasks they learned before?")
    markers = [c.marker for c in answer.citations]
    assert len(markers) > 1 and markers == sorted(markers)


def test_half_a_character_does_no_harm(starter: Service) -> None:
    """A lone surrogate, which no file can hold, is replaced before anything is done with it."""
    answer = ask(starter, "what is OVOR \ud83d?")
    answer.question.encode("utf-8")
    assert answer.citations[0].paper.id == OVOR


@pytest.mark.parametrize("question", ["Is the code of TAME available?", "How many GPUs does TAME need?"])
def test_what_the_abstract_cannot_say_is_not_quoted(starter: Service, question: str) -> None:
    """Asked for code of a paper that speaks of none, or for a number where there is none, the answer is that no."""
    answer = ask(starter, question)
    assert (answer.status, answer.reason) == ("abstained", "abstract_does_not_say")
    assert not answer.citations and len(answer.evidence) >= 1


def test_code_that_is_there_is_quoted(starter: Service) -> None:
    """The same question of a paper that gives its code is answered with the address."""
    answer = ask(starter, "Is the code of OVOR available?")
    assert answer.status == "answered" and "github.com/jpmorganchase/ovor" in answer.text
