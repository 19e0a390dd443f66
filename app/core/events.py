"""What the chain says while it answers a question, in this order: steps as they finish, the evidence, the text piece by
piece, the whole answer. Page, commands and tests all consume these."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.core.domain import Answer, Evidence, Plan


@dataclass(frozen=True, slots=True)
class StepDone:
    """A step of the chain has finished: its name, a line for people, and its data for the trace."""

    name: str
    title: str
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Checking:
    """Papers are being checked one by one: `done` of `total` so far, `yes` of them are what is asked for."""

    done: int
    total: int
    yes: int


@dataclass(frozen=True, slots=True)
class EvidenceReady:
    """The evidence is known; it can be shown before the first word of the answer. If there was text already, the answer is
    begun anew with this evidence, and that text no longer counts."""

    evidence: tuple[Evidence, ...]
    plan: Plan


@dataclass(frozen=True, slots=True)
class TextDelta:
    """The next piece of the answer's text, citations already normalised."""

    text: str


@dataclass(frozen=True, slots=True)
class Thinking:
    """The next piece of what the model thinks aloud before it answers. Never part of the answer's text."""

    text: str


@dataclass(frozen=True, slots=True)
class AnswerReady:
    """The last event of every question."""

    answer: Answer


Event = StepDone | Checking | EvidenceReady | TextDelta | Thinking | AnswerReady
