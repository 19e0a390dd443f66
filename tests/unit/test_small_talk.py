"""Small talk is not searched; what asks anything beside it is."""

from __future__ import annotations

import pytest

from app.chat.small_talk import reply, small_talk


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("hi there", "greeting"),
        ("hiya", "greeting"),
        ("Hola!", "greeting"),
        ("hey, how are you?", "greeting"),
        ("你好", "greeting"),
        ("danke", "thanks"),
        ("merci", "thanks"),
        ("thx!", "thanks"),
        ("great, thanks a lot!", "thanks"),
        ("thank you, that helps", "thanks"),
        ("ok thanks", "thanks"),
        ("ok thanks a lot bye", "bye"),
        ("thank you 😊", "thanks"),
        ("Hi! Who are you and what can you do?", "about"),
        ("what can I ask you?", "about"),
        ("help", "about"),
        ("bye", "bye"),
        ("see you later", "bye"),
        ("never mind", "thanks"),
    ],
)
def test_small_talk_is_known_in_many_spellings(text: str, kind: str) -> None:
    """Greetings, thanks, goodbyes and questions about the chat, run together or in clauses."""
    assert small_talk(text) == kind


@pytest.mark.parametrize(
    "text",
    [
        "thanks, and what about its data?",
        "hi, what is OVOR?",
        "ok, and the second one?",
        "help me find papers on prompts",
        "why?",
        "more",
        "no, the other",
        "no, I meant MULTI-LANE",
        "good papers on merging",
        "what is this paper about?",
        "how does it work?",
        "sure, which one is faster?",
        "what do you know about diffusion?",
        "thanks " * 40,
    ],
)
def test_a_question_is_no_small_talk(text: str) -> None:
    """Whatever asks something of the papers is searched, polite or not."""
    assert small_talk(text) == ""


def test_a_greeting_is_told_what_can_be_asked() -> None:
    """Thanks are answered shortly, a greeting with what this is."""
    assert reply("hi", "Ask about papers.") == "Hello. Ask about papers."
    assert "Ask about papers." not in reply("thanks", "Ask about papers.")
    assert reply("who are you?", "Ask about papers.") == "Ask about papers."
