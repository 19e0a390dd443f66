"""A question with its evidence frozen just before a model would write, so that several models can write from the same.

The chain runs as ever, without a chat model: follow-ups are understood and the plan is made by rule. It is stopped where
the prompt is ready.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import cast

from app.chat.chain import Chain
from app.chat.run import Run
from app.chat.write import Writer
from app.core.domain import Answer, Evidence, ModelInfo, Plan, Question, Turn
from app.core.events import AnswerReady, Event, EvidenceReady, StepDone
from app.core.reading import combined


@dataclass(frozen=True, slots=True)
class Frozen:
    """A question as it was read, its plan, and the papers found, with their markers."""

    question: Question
    standalone: str
    plan: Plan
    evidence: tuple[Evidence, ...]

    def answered(self, writer: Writer, model: ModelInfo) -> Iterator[Event]:
        """The events of this writer's answer, from this evidence alone; nothing it writes is repaired or judged by a
        model, so that what is checked is what it wrote."""
        run = Run(self.question, self.standalone, model, writer.tokens.exact)
        yield from replace(writer, repairs=False, judges=False).answer(run, self.plan, self.evidence)


def freeze(chain: Chain, turns: Sequence[str]) -> Frozen | Answer:
    """The last of these turns of a conversation, frozen; or the answer that it has without a model. `chain` must be one
    that quotes. Raises InputError for a question that holds no words."""
    history: tuple[Turn, ...] = ()
    for text in turns[:-1]:
        *_, last = chain.ask(Question(text, history))
        history = (*history, cast(AnswerReady, last).answer.as_turn())
    question = Question(turns[-1], history)
    standalone = question.text
    found: EvidenceReady | None = None
    with closing(cast("Generator[Event, None, None]", chain.ask(question))) as events:
        for event in events:
            if isinstance(event, EvidenceReady):
                found = event
            elif isinstance(event, StepDone) and event.name == "condense":
                standalone = str(event.data.get("standalone_question", standalone))
            elif isinstance(event, StepDone) and event.name == "prompt" and found is not None:
                asked = replace(question, text=" ".join(question.text.split()), filters=combined(found.plan.filters))
                return Frozen(asked, standalone, found.plan, found.evidence)
            elif isinstance(event, AnswerReady):
                return event.answer
    raise RuntimeError("the chain ended without an answer")
