"""Questions typed in a hurry, put in full."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.chat.hurried import in_full


def nobody(word: str) -> bool:
    return False


@pytest.mark.parametrize(
    ("typed", "full"),
    [
        ("ok so whats the main idea of this paper", "what is the main idea of this paper"),
        ("can u explain the method, im a bit lost lol", "can you explain the method"),
        ("hi! pls list teh papres on newts", "please list the papers on newts"),
        ("and is ur code public", "and is your code public"),
        ("diff between newts and toads?", "difference between newts and toads?"),
        ("great, so which of them hop?", "which of them hop?"),
        ("how do frogs hop, i forgot", "how do frogs hop"),
        ("What's in it?", "What is in it?"),
        ("it doesnt hop", "it doesn't hop"),
        ("Could you go through everything and tell me which papers count newts?", "which papers count newts?"),
        ("I should like to know which papers count newts", "which papers count newts"),
        ("For a short appendix, kindly list the papers on newts", "kindly list the papers on newts"),
        ("List, if you please, the papers on newts", "List the papers on newts"),
        ("which count newts? i'm the only pond person in my lab so give me all of it", "which count newts?"),
        ("how do newts differ? would like to know for my related work", "how do newts differ?"),
        ("whch papers have code w/ in context learning", "which papers have code with in-context learning"),
        ("what changes n how", "what changes and how"),
        ("As a reviewer I would like the pond sizes", "I would like the pond sizes"),
        ("which need no map w/o ponds", "which need no map without ponds"),
        ("nr of instr in the biomed one", "number of instruction in the biomedical one"),
        ("As a reviewer for a pond journal: which papers count newts?", "which papers count newts?"),
        (
            "I half remember one on newts in ponds. What did they count?",
            "The paper on newts in ponds. What did they count?",
        ),
        (
            "i'm looking for the study that weighs toads, how many were there?",
            "The paper that weighs toads, how many were there?",
        ),
    ],
)
def test_short_forms_are_put_in_full(typed: str, full: str) -> None:
    """Letters for words, slips in words that hold a question together, and what only greets or sighs."""
    assert in_full(typed, nobody) == full


@pytest.mark.parametrize(
    "text",
    [
        "Right-to-left models?",
        "What does U-Net do?",
        "IM training",
        "was ist im bild",
        "thanks!",
        "hey",
        "Well-being of newts",
        "How do R and C differ?",
        "w@whats.org",
        "How do newts hop? I mean the small ones.",
        "I need newts. Which papers count them?",
        "Compare newts with toads. I think it was the paper on ponds.",
        "For images, which papers count newts?",
        "Give me everything on newts",
        "I remember that newts hop",
        "I saw one on newts",
        "",
        "ok " * 300,
    ],
)
def test_the_rest_is_left(text: str) -> None:
    """Names, what is nothing but a greeting, and long texts."""
    assert in_full(text, nobody) == text


def test_words_that_papers_use_are_no_slips() -> None:
    """ "Studie" may be a name; "papers" that no paper uses is one all the same."""
    assert in_full("which papres hop", lambda word: word == "papres") == "which papres hop"
    assert in_full("which ctx is used", lambda word: word == "ctx") == "which ctx is used"


@given(st.text(max_size=300))
def test_nothing_is_made_up(text: str) -> None:
    """A question never loses all its words, and what is plain stays as it is."""
    once = in_full(text, nobody)
    assert any(c.isalnum() for c in once) or not any(c.isalnum() for c in text) or once == text
    assert len(once) <= 10 * len(text) + 1


@pytest.mark.parametrize("scrap", ["ok, ", "lol ", "im ", "thanks ", "i forgot ", "x ", "!? "])
def test_long_questions_are_read_quickly(scrap: str) -> None:
    """No pattern takes more than linear patience."""
    text = (scrap * 400)[:399]
    start = time.perf_counter()
    in_full(text, nobody)
    assert time.perf_counter() - start < 0.5
