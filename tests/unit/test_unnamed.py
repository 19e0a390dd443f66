"""Names and figures that are asked for and stand in no sentence of an abstract."""

from __future__ import annotations

import pytest

from app.adapters.unnamed import unnamed
from app.adapters.unsaid import unsaid_measure, unsaid_property

POND = (
    "We present POND, a method that counts newts with two models, one for day and one for night.",
    "Experiments on three popular data sets show that Large Newt Models (LNMs) count well.",
)


@pytest.mark.parametrize(
    "question",
    [
        "POND: names of the three data sets",
        "Which three datasets was POND tested on?",
        "POND says three data sets, which ones are they by name?",
        "POND, data sets, names",
        "Which language model does POND use?",
        "POND - which backbones exactly",
        "POND base encoder?",
        "In POND, which concrete datasets are used?",
    ],
)
def test_names_that_no_sentence_has(question: str) -> None:
    assert unnamed(question, POND, "POND")


@pytest.mark.parametrize(
    "question",
    [
        "Which two models does POND learn?",  # told in words
        "What does POND propose?",
        "Which model does POND introduce?",  # its own name is the answer
        "Which of its models is best?",
        "How large is the dataset of POND?",
    ],
)
def test_what_asks_for_no_names(question: str) -> None:
    assert not unnamed(question, POND, "POND")


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("Which three datasets was POND tested on?", "We test on NewtBank, ToadNet and Frog-100."),
        ("Which language model does POND use?", "It builds on Newton-7B."),
        ("Which dataset was used?", "Tested in Minecraft."),
        ("Which model is used?", "We extend Swim and Hop models such as Paddle."),
    ],
)
def test_names_that_a_sentence_has(question: str, sentence: str) -> None:
    assert not unnamed(question, [sentence], "POND")


def test_a_subject_in_capitals_is_no_name() -> None:
    """ "Newt Discovery", of which the text speaks in small letters too, and what an acronym is short for."""
    said = ["Slow Newt Counting with Large Models (SNC-LM) helps newt discovery, Newt Discovery and Newt Shift."]
    assert unnamed("Which language model does SNC-LM use?", said, "SNC-LM")


@pytest.mark.parametrize(
    ("question", "said", "gone"),
    [
        ("parameter count of POND?", "POND counts newts.", True),
        ("how many parameters has POND?", "POND has 7B weights.", False),
        ("which databases did the authors search?", "We review 244 papers.", True),
        ("which databases did the authors search?", "We searched Scopus for papers.", False),
        ("in which laboratory was it tested?", "We test it on newts.", True),
    ],
)
def test_properties(question: str, said: str, gone: bool) -> None:
    assert unsaid_property(question, said) is gone


def test_a_measure_in_small_letters() -> None:
    assert unsaid_measure("pond miou on toads", "It counts newts.")
    assert not unsaid_measure("pond miou on toads", "It reaches 70 mIoU.")
