"""Asking a service in a test."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from app.bootstrap import Service
from app.core.domain import Answer, Question, Turn
from app.core.events import AnswerReady

DATA = Path(__file__).parent / "data"


def ask(service: Service, *turns: str) -> Answer:
    """Ask the turns in order as one conversation; the last answer."""
    history: tuple[Turn, ...] = ()
    answers = []
    for text in turns:
        answers = [e.answer for e in service.ask(Question(text, history)) if isinstance(e, AnswerReady)]
        assert len(answers) == 1, "a question ends in exactly one answer"
        history = (*history, answers[0].as_turn())
    return answers[0]


def cases(name: str) -> list[dict[str, Any]]:
    """The questions of tests/data/NAME.jsonl."""
    return [json.loads(line) for line in (DATA / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]
