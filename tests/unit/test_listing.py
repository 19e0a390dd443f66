"""The frame of whole-library questions."""

from __future__ import annotations

import time

import pytest

from app.chat.checking.asked import property_of
from app.chat.checking.listing import framed, without_orders


@pytest.mark.parametrize(
    ("question", "plain"),
    [
        ("Enumerate the works that count frogs.", "List all papers that count frogs."),
        ("Could you identify every document about toads?", "List all papers about toads?"),
        ("I would be grateful for a list of all articles which treat toads.", "List all papers which treat toads."),
        ("Please to list the papers that concern newts", "List all papers that concern newts"),
        ("Give me a full list of the contributions from ponds", "List all papers from ponds"),
        ("Find the lake papers that count frogs", "List all lake papers that count frogs"),
        ("How many of the documents count frogs?", "How many of the papers count frogs?"),
        ("Which items in the library are on toads?", "Which papers are on toads?"),
        ("What does OlmBERT read?", "What does OlmBERT read?"),
        ("List the steps of the method", "List the steps of the method"),
    ],
)
def test_the_frame_is_put_in_plain_words(question: str, plain: str) -> None:
    """However a list is asked for, and whatever papers are called."""
    assert framed(question) == plain


@pytest.mark.parametrize(
    ("question", "kept"),
    [
        ("Which papers count frogs? Full list requested.", "Which papers count frogs"),
        ("Which papers count frogs, name them with titles", "Which papers count frogs"),
        ("Papers on counting, all of them.", "Papers on counting"),
        ("papers on counting, it doesn't matter if frogs or toads", "papers on counting"),
        ("who counts, be it frogs or toads?", "who counts?"),
        ("Which papers count frogs, toads and newts?", "Which papers count frogs, toads and newts?"),
        ("all of them", "all of them"),
    ],
)
def test_what_is_to_be_done_with_the_list_goes(question: str, kept: str) -> None:
    """At the end of a question; never all of it."""
    assert without_orders(question) == kept


@pytest.mark.parametrize(
    ("question", "subjects"),
    [
        ("Which pond papers release code?", [("topic", "pond"), ("release", "release code")]),
        ("Among the papers on ponds, which ones count frogs?", [("topic", "ponds"), ("topic", "count frogs")]),
        ("Which papers aim at faster or cheaper counting?", [("topic", "faster counting")]),
        ("Which papers have newts trained or tested on hopping?", [("topic", "newts tested on hopping")]),
        ("Which papers rely on some form of hopping?", [("topic", "hopping")]),
        ("Which papers have a gap between frogs and toads?", [("topic", "gap between frogs and toads")]),
        ("In which papers is hopping the main topic?", [("topic", "hopping")]),
    ],
)
def test_the_clauses_are_read(question: str, subjects: list[tuple[str, str]]) -> None:
    """Two conditions, adjectives and verbs that share a noun, and what adds nothing."""
    assert [(part.kind, part.subject) for part in property_of(question).parts] == subjects


@pytest.mark.parametrize(
    "scrap", ["list the ", "papers, ", "all of them, ", "be it a ", "- a ", ". a", "between a and "]
)
def test_long_questions_are_read_quickly(scrap: str) -> None:
    """No pattern takes more than linear patience."""
    text = (scrap * 600)[:2000]
    start = time.perf_counter()
    property_of(f"Which papers {text}?")
    without_orders(text)
    framed(text)
    assert time.perf_counter() - start < 2
