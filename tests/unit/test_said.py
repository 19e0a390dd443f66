"""A conversation as plain values and back: what is shown, asked and cited next is the same."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest

from app.core.conversations import ChatEntry, KeptChat, KeptTurn
from app.core.domain import Usage
from app.core.events import AnswerReady, Thinking
from app.ui.conversation import Conversation
from app.ui.ends import End, failed, stopped
from app.ui.kept import NOT_KEPT
from app.ui.narrowing import Narrowing
from app.ui.said import Said, record_of, reopened, said_of, state_of
from tests.fake_service import PAPERS, FakeService

SERVICE = FakeService(pace=0)


def answered(now: Conversation, question: str) -> tuple[Conversation, Said]:
    """After this question's answer, and what was said."""
    now = now.asking(question)
    for number, event in enumerate(SERVICE.ask(now.question())):
        if number == 1:
            now = now.after(Thinking("Let me <think>."))
        if isinstance(event, AnswerReady):
            usage = Usage(calls=1, prompt_tokens=100, seconds=2)
            event = AnswerReady(replace(event.answer, usage=usage, trace={"a": (1, math.inf), "b": {"c": None}}))
        now = now.after(event)
    assert now.draft
    return now.finished(), Said(now.draft)


def kept(*said: Said, state: dict[str, object] | None = None) -> KeptChat:
    """As it comes out of a file."""
    records = [json.loads(json.dumps(record_of(each))) for each in said]
    turns = tuple(KeptTurn(f"t{n}", 0.0, said[n].draft.question, record) for n, record in enumerate(records))
    return KeptChat(ChatEntry("c", "T", 0.0, len(turns)), turns, json.loads(json.dumps(state or {})))


SCRIPTS = ("compare Sparrow and Finch", "doubt it", "table it", "check it", "clarify it", "claims it", "unsaid it", "disagree it", "hostile it", "abstain it")  # fmt: skip


@pytest.mark.parametrize("question", SCRIPTS)
def test_every_kind_of_answer_is_drawn_as_it_was(question: str) -> None:
    """Text, table, verdicts, doubts, evidence and what it took: the page shows the same, and asks the same next."""
    now, said = answered(Conversation(), question)
    now, more = answered(now, "compare them again")
    again = reopened(kept(said, more, state=state_of(now.pins, now.only)), "browser:x")
    assert [answer for _, answer in again.messages] == [answer for _, answer in now.messages]
    assert again.panel() == now.panel() and again.used == now.used and again.kept.turns == ("t0", "t1")
    asked, before = again.asking("and?").question(), now.asking("and?").question()
    assert asked.history == before.history and asked == before
    assert again.asked and again.choices == now.choices and again.readings == now.readings


def test_pins_and_limits_hold_for_the_next_question() -> None:
    now, said = answered(Conversation(), "compare Sparrow and Finch")
    now = now.pinning("pin", PAPERS[0].id).pinning("exclude", PAPERS[1].id).narrowed(Narrowing(("a", "b"), "two"))
    again = reopened(kept(said, state=state_of(now.pins, now.only)), "browser:x")
    assert (again.pins, again.only) == (now.pins, now.only)
    assert reopened(kept(said, state={"pins": 3, "only": {"papers": 4}}), "o").only == Narrowing()


def test_what_ended_early_stays_so() -> None:
    """Stopped with text, failed with ways to go on; the markers of a text that stays keep their papers."""
    now = Conversation().asking("compare them")
    for event in list(SERVICE.ask(now.question()))[:5]:
        now = now.after(event)
    assert now.draft and now.draft.text
    end = stopped("Stopped.")
    shown = now.ended_early(end.html())
    again = reopened(kept(Said(now.draft, end)), "o")
    assert again.messages == shown.messages and again.evidence == shown.evidence and again.turns == shown.turns
    why = End("failed", "The model <b>is</b> away.", "Start it.", ("quotes", "again"))
    again = reopened(kept(Said(now.draft, why)), "o")
    assert again.retries == ("quotes", "again") and "&lt;b&gt;" in again.messages[0][1] and again.asked
    assert failed(RuntimeError("secret")).words == "Something went wrong in askpapers itself."


@pytest.mark.parametrize(
    ("record", "words"),
    [
        (None, "The page was left before this answer was finished."),
        ({}, "cannot be read any more"),
        ({"draft": {"question": 3}}, "cannot be read any more"),
        ({"draft": {"question": "Q", "answer": {"text": []}}}, "cannot be read any more"),
    ],
)
def test_a_turn_without_its_answer_can_be_asked_again(record: dict[str, object] | None, words: str) -> None:
    """Left, killed, damaged or of another version: the question stays, and the chat goes on."""
    turn = KeptTurn("t", 0.0, "Why <i>?", record)
    again = reopened(KeptChat(ChatEntry("c", "T", 0.0, 1), (turn,)), "o")
    assert words in again.messages[0][1] and "&lt;i&gt;" in again.messages[0][0] and again.retries == ("ask",)
    once_more = again.asking_once_more("ask")
    assert once_more.draft and once_more.draft.question == "Why <i>?" and once_more.messages == ()
    assert once_more.kept.asking(0)[0].turns != again.kept.turns and once_more.kept.chat == "c"
    assert "another window" in reopened(KeptChat(ChatEntry("c", "T", 0.0, 1), (replace(turn, record=None),)), "o", lambda turn: True).messages[0][1]  # fmt: skip


def test_an_answer_is_not_kept_twice() -> None:
    """Neither its evidence nor its text; and a record that a turn has is what it was made of."""
    _, said = answered(Conversation(), "compare Sparrow and Finch")
    record = record_of(said)
    assert record["draft"]["evidence"] == [] and record["draft"]["text"] == "" and record["draft"]["answer"]["evidence"]
    assert said_of(KeptTurn("t", 0.0, "Q", record)).text == said.text
    assert said.draft.answer and Conversation().kept == NOT_KEPT
