"""What a prompt is told of a conversation: the newest turns whole, the old ones in short."""

from __future__ import annotations

from app.chat.history import Summaries, conversation, digest
from app.core.domain import Turn
from app.core.errors import ChatModelError

TURNS = [
    Turn(f"What is P{n}?", f"What is P{n}?", f"It is thing {n} [{n}].", {n: f"p{n}"}, (f"p{n}",)) for n in range(1, 11)
]


def words(text: str) -> int:
    return len(text.split())


def test_the_newest_turns_stay_and_the_old_ones_are_told_in_short() -> None:
    """As many of the newest as there is room for, word for word and in order; before them a line on the others."""
    told = conversation(TURNS, words, 60, digest)
    assert told.startswith("Earlier questions: “What is P1” [1]; ")
    assert told.endswith("Question: What is P10?\nAnswer: It is thing 10 [10].")
    assert "It is thing 1 [1]" not in told and words(told) <= 60
    assert conversation(TURNS[:2], words, 60, digest).startswith("Question: What is P1?")
    assert conversation([], words, 60, digest) == ""


def test_small_talk_is_not_told() -> None:
    """A turn without papers says nothing that a later question could be about."""
    assert digest([Turn("thanks", "thanks", "You're welcome.")]) == ""


def test_a_model_summarises_the_same_turns_once() -> None:
    """Whole blocks of old turns are summarised by the model, once; what is left over by rule."""
    asked: list[str] = []

    def summarise(told: str) -> str:
        asked.append(told)
        return "P1 to P4\nwere asked about."

    kept = Summaries()
    first = kept.earlier(TURNS[:5], summarise)
    assert first == "Earlier: P1 to P4 were asked about.\nEarlier questions: “What is P5” [5]."
    assert kept.earlier(TURNS[:6], summarise).startswith("Earlier: P1 to P4 were asked about.\n")
    assert len(asked) == 1 and "It is thing 4 [4]." in asked[0] and "P5" not in asked[0]
    assert kept.earlier(TURNS[:3], summarise) == digest(TURNS[:3]) and len(asked) == 1


def test_a_model_that_fails_costs_nothing() -> None:
    """Without a summary the old turns are told by rule, and it is asked for again another time."""

    def fail(told: str) -> str:
        raise ChatModelError("gone", "start it")

    kept = Summaries()
    assert kept.earlier(TURNS[:4], fail) == digest(TURNS[:4])
    assert kept.earlier(TURNS[:4], lambda told: "Four things.") == "Earlier: Four things."


def test_summaries_are_not_kept_without_end() -> None:
    """Only the latest are kept."""
    kept, asked = Summaries(most=1), []
    for turns in (TURNS[:4], TURNS[4:8], TURNS[:4]):
        kept.earlier(turns, lambda told: asked.append(told) or "Said.")
    assert len(asked) == 3
