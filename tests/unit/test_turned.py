"""Whole-library questions in other forms, turned to "Which papers ...?"."""

from __future__ import annotations

import time

import pytest

from app.chat.checking.of_all import asks_of_all
from app.chat.checking.turned import turned


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        ("Toads or frogs: which papers?", "Which papers are about Toads or frogs?"),
        ("caves and lakes - who works on that", "Which papers are about caves and lakes?"),
        ("counting as an idea. where?", "Which papers are about counting as an idea?"),
        ("what do we have on newts?", "Which papers are about newts?"),
        ("what's there on regrowing limbs", "Which papers are about regrowing limbs?"),
        ("is there anything about ponds in here?", "Which papers are about ponds in here?"),
        ("got anything on salamanders?", "Which papers are about salamanders?"),
        ("what have we got on newts?", "Which papers are about newts?"),
        ("counting newts: all papers", "Which papers are about counting newts?"),
        (
            "I am writing a bit about newts. Which of the papers say something about that?",
            "Which papers are about newts?",
        ),
        ("amphibian stuff in the list? all of them", "Which papers are about amphibian?"),
        ("amphibian papers pls", "Which papers are about amphibian?"),
        ("anything amphibian?", "Which papers are about amphibian?"),
        ("what surveys or books do we have?", "Which papers are surveys or books?"),
        ("Where do the authors argue that frogs are few?", "Which papers argue that frogs are few?"),
        ("where is drumming mentioned?", "Which papers are about drumming?"),
        ("Whose experiments involve toads?", "Which papers are about experiments that involve toads?"),
        ("Which researchers count frogs?", "Which papers count frogs?"),
        ("who counts frogs with drones?", "Which papers counts frogs with drones?"),
        ("which use drones?", "Which papers use drones?"),
        ("Frogs: which papers count them?", "Which papers are about Frogs?"),
        ("I have no drone. Which papers count frogs from the ground?", "Which papers count frogs from the ground?"),
        ("newts / toads - got what?", "Which papers are about newts / toads?"),
        ("newts, who", "Which papers are about newts?"),
        ("long newts, what have we got", "Which papers are about long newts?"),
        ("newt stuff - everything you have", "Which papers are about newt stuff?"),
        ("Does the library contain any surveys, reviews or books?", "Which papers are surveys, reviews or books?"),
        ("Does this collection hold anything on newts?", "Which papers are about newts?"),
        ("surveys in here?", "Which papers are surveys?"),
        ("Give me the green newt part of the library.", "Which papers are about green newt?"),
        ("only the green newt ones", "Which papers are about green newt?"),
        ("drone users?", "Which papers use drone?"),
        ("newts anywhere?", "Which papers are about newts?"),
        ("need the ones where newts hop", "List all papers where newts hop"),
        ("Among the newt papers, which ones use drones?", "Which papers are about newt and also use drones?"),
        ("I gather cases for a talk... which of the authors admit errors?", "Which papers admit errors?"),
        ("which are just surveys or books", "Which papers are just surveys or books"),
        ("Counting by ear, in any form. Name all papers.", "Which papers are about Counting by ear, in any form?"),
    ],
)
def test_other_forms_are_turned(question: str, asked: str) -> None:
    """Subject first, papers last or not at all, people for papers, several sentences: all ask which papers do it."""
    assert turned(question) == asked
    assert asks_of_all(question)


@pytest.mark.parametrize(
    "question",
    [
        "What does OlmBERT read?",
        "who wrote OlmBERT?",
        "Where does the toad paper come from?",
        "what about the second one?",
        "ToadNet vs OlmBERT: which is faster?",
        "Compare ToadNet and OlmBERT",
        "How fast do limbs grow?",
        "and its results?",
        "The frog paper counts frogs. How?",
        "explain [3]",
        "thanks!",
        "",
        "x" * 700,
    ],
)
def test_questions_on_one_paper_are_left(question: str) -> None:
    """What asks one paper, or two of each other, or nothing, is no question of all."""
    assert turned(question) == ""


@pytest.mark.parametrize(
    "scrap",
    [
        "which papers ",
        "a ",
        "do we have ",
        "who works on ",
        "x, ",
        "where is it. ",
        "anything on ",
        "the list of all ",
        "a-b ",
        "?! ",
    ],
)
def test_long_questions_are_turned_quickly(scrap: str) -> None:
    """No pattern takes more than linear patience, whatever is repeated."""
    text = (scrap * 600)[:595]
    start = time.perf_counter()
    turned(text)
    assert time.perf_counter() - start < 0.5
