"""Asking an earlier question otherwise, and what a click on a card asks for; what a browser tells is not trusted."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from app.core.domain import Answer, Evidence, Found, ModelInfo, Paper
from app.core.events import AnswerReady
from app.ui.card_acts import bibtex, card_acts_html, ordinal, why_words
from app.ui.card_acts_part import CardAct, act_of
from app.ui.conversation import Conversation
from app.ui.edit_part import NOTHING, Editing, editing_of
from app.ui.narrowing import Narrowing
from tests.fake_service import HOSTILE, PAPERS, evidence_of

NOBODY: list[Any] = [None, "2", {}, {"turn": "0"}, {"turn": -1}, {"turn": True}, {"turn": 7}, {"turn": 0.0}, [0]]


def talk(*questions: str) -> Conversation:
    """Each question answered with one more paper."""
    now = Conversation()
    for place, question in enumerate(questions):
        evidence = (Evidence(place + 1, PAPERS[place], f"{PAPERS[place].id}#0", 1.0),)
        answer = Answer(question, question, "lookup", "answered", "x", ModelInfo("extractive", ""), evidence=evidence)
        now = now.asking(question).after(AnswerReady(answer)).finished()
    return now


def test_an_earlier_question_is_asked_otherwise() -> None:
    """What followed it is dropped, markers before it keep their papers, pins and limit are those of now."""
    now = talk("one?", "two?", "three?").narrowed(Narrowing.to(["p"], "1 paper"))
    editing = editing_of({"turn": 1}, now)
    assert editing == Editing(1, "two?") and editing.chips == ["Changing question 2, what follows it is dropped ×"]
    after = editing.asked(now, "two, but otherwise?")
    assert after is not None and after.draft is not None and after.draft.question == "two, but otherwise?"
    assert len(after.messages) == 1 and [turn.question for turn in after.turns] == ["one?"]
    assert {marker: item.paper for marker, item in after.evidence.items()} == {1: PAPERS[0]}
    assert after.only == now.only and after.kept == now.kept
    first = editing_of({"turn": 0}, now).asked(now, "another?")
    assert first is not None and first.turns == () and first.evidence == {}


@pytest.mark.parametrize("told", NOBODY)
def test_what_is_no_question_of_this_conversation_changes_nothing(told: object) -> None:
    assert editing_of(told, talk("one?", "two?")) == NOTHING


def test_another_conversation_in_its_place_is_not_changed() -> None:
    editing = editing_of({"turn": 1}, talk("one?", "two?"))
    assert editing.asked(talk("three?", "four?"), "otherwise?") is None
    assert editing.asked(talk("one?"), "otherwise?") is None
    assert NOTHING.asked(talk("one?"), "otherwise?") is None and NOTHING.chips == []


def test_acts_of_a_card() -> None:
    shown = {item.marker: item for item in evidence_of(*PAPERS[:2])}
    assert act_of({"act": "only", "marker": 1}, shown) == CardAct(PAPERS[0])
    compare = act_of({"act": "with", "marker": 2, "other": 1}, shown)
    assert compare and compare.question.startswith("How does ") and " differ from " in compare.question


@pytest.mark.parametrize(
    "told",
    [
        *NOBODY,
        {"act": "only", "marker": 3},
        {"act": "only", "marker": True},
        {"act": "with", "marker": 1},
        {"act": "with", "marker": 1, "other": 1},
        {"act": "with", "marker": 1, "other": 9},
        {"act": "drop", "marker": 1},
    ],
)
def test_other_clicks_on_a_card_ask_for_nothing(told: object) -> None:
    assert act_of(told, {item.marker: item for item in evidence_of(*PAPERS[:2])}) is None


def test_a_hostile_paper_stays_text_on_its_card() -> None:
    html = card_acts_html(replace(evidence_of(HOSTILE)[0], found=Found((("keyword", 1),), ("<b>x</b>",))), "")
    assert "<script" not in html and "<img" not in html and "<svg" not in html
    assert "@" in bibtex(Paper("x", "{Brace", "y", ("A } B",))) and html.count("<button") == html.count("</button>")


def test_why_a_paper_was_found_in_words() -> None:
    item = Evidence(1, PAPERS[0], "x#0", 0.834, Found((("dense", 3), ("keyword", 1)), ("sparse", "memory"), True))
    said = "Named in the question. Found by words (1st) and by meaning (3rd), score 0.83 of 1. Shared words: sparse, memory."
    assert why_words(item) == said
    assert why_words(Evidence(1, PAPERS[0], "x#0", 0.0)) == ""
    assert why_words(Evidence(1, PAPERS[0], "x#0", 0.0), "pin") == "Here because it is pinned."
    assert [ordinal(n) for n in (1, 2, 3, 4, 11, 12, 13, 21, 102, 111)] == (
        "1st 2nd 3rd 4th 11th 12th 13th 21st 102nd 111th".split()
    )
