"""Asking the chat model. The one place where prompt, evidence and model meet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage, HumanMessage, SystemMessage

from app.chat import abstain, budget
from app.chat.compare.aspects import STANDARD
from app.chat.compare.labels import labels_of
from app.core.domain import REQUEST_KEY, AnswerRequest, Evidence, Plan
from app.core.prompting import CANNOT_ANSWER, Prompt


def messages(system: str, user: str, request: AnswerRequest | None = None) -> list[BaseMessage]:
    """The prompt as LangChain messages, with the request as data on the last."""
    extra = {REQUEST_KEY: request} if request else {}
    return [SystemMessage(content=system), HumanMessage(content=user, additional_kwargs=extra)]


def stream_text(model: BaseChatModel, prompt: Sequence[BaseMessage]) -> Iterator[str]:
    """The reply's text as it comes. Raises the ChatModelError the model's adapter raises."""
    for chunk in model.stream(list(prompt)):
        text = chunk.text
        if text:
            yield str(text)


def whole_text(model: BaseChatModel, prompt: Sequence[BaseMessage]) -> str:
    """The reply's text at once."""
    return "".join(stream_text(model, prompt))


def filled(prompt: Prompt, plan: Plan, evidence: Sequence[Evidence], describe: bool = True) -> tuple[str, str]:
    """(system, user) for this evidence; without the papers themselves, to count what the rest takes."""
    labels = labels_of(plan, evidence)
    return prompt.fill(
        question=_asked(plan),
        evidence="\n\n".join(map(budget.describe, evidence)) if describe else "",
        markers=", ".join(str(e.marker) for e in evidence),
        cannot_answer=CANNOT_ANSWER,
        missing=abstain.missing_note(plan.missing),
        sides="; ".join(f"[{item.marker}] {labels[item.paper.id]}" for item in evidence),
        aspects=", ".join(plan.aspects or STANDARD),
    )


def _asked(plan: Plan) -> str:
    """The question; one in parts with the parts below it."""
    if not plan.parts:
        return plan.query
    return "\n".join([plan.query, "Answer each part:", *(f"{n}. {part.query}" for n, part in enumerate(plan.parts, 1))])
