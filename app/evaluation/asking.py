"""Asking a file of questions, one after the other: an answer that fails is counted, an interrupt keeps what there is."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from app.core.domain import Answer, Question, Turn
from app.core.errors import AskPapersError
from app.core.events import AnswerReady, Event
from app.evaluation.judging import Judged, judge
from app.evaluation.questions import JudgedQuestion

Progress = Callable[[int, int], None]
Keep = Callable[[Judged], None]


class Asker(Protocol):
    """Who answers."""

    def ask(self, question: Question) -> Iterator[Event]:
        """The chain's events for a question."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked, of so many questions; fewer if it was interrupted."""

    judged: tuple[Judged, ...]
    questions: int

    @property
    def interrupted(self) -> bool:
        return len(self.judged) < self.questions


def ask_questions(
    asker: Asker,
    questions: Sequence[JudgedQuestion],
    called: Mapping[str, str] | None = None,
    progress: Progress = lambda done, total: None,
    keep: Keep = lambda judged: None,
) -> Asked:
    """Ask and judge every question. `called` is what they call papers that have another id in the library; `keep` is
    given each as it is judged."""
    judged: list[Judged] = []
    try:
        for question in questions:
            judged.append(_judged(asker, question, called or {}))
            keep(judged[-1])
            progress(len(judged), len(questions))
    except KeyboardInterrupt:
        pass
    return Asked(tuple(judged), len(questions))


def _judged(asker: Asker, question: JudgedQuestion, called: Mapping[str, str]) -> Judged:
    started = time.perf_counter()
    try:
        history: tuple[Turn, ...] = ()
        for text in question.turns[:-1]:
            history = (*history, _answer(asker, Question(text, history)).as_turn())
        started = time.perf_counter()
        answer = _answer(asker, Question(question.turns[-1], history))
    except AskPapersError as error:
        return judge(question, error, time.perf_counter() - started)
    return judge(question, answer, time.perf_counter() - started, called)


def _answer(asker: Asker, question: Question) -> Answer:
    answers = [event.answer for event in asker.ask(question) if isinstance(event, AnswerReady)]
    if len(answers) != 1:
        raise RuntimeError("the chain ended without an answer")
    return answers[0]
