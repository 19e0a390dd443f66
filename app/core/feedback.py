"""What a person can say of an answer with one click, and what a rating is kept with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.core.domain import Answer
from app.core.plain import plain

# Name for programs, words for people.
REASONS = {
    "wrong_paper": "Wrong paper",
    "missing_paper": "A paper is missing",
    "not_supported": "The abstract does not say so",
    "should_not_know": "It should have said that it does not know",
    "other": "Something else",
}
WORDS_LIMIT = 2000


def case_of(questions: Sequence[str], answer: Answer | None, text: str, named: bool) -> dict[str, Any]:
    """What a rating is about, as plain values: the questions of the conversation up to the one that is rated, and its
    answer. Without one (it was stopped, it failed) there is its text. `named` says that the question names papers."""
    case: dict[str, Any] = {"turns": list(questions), "text": text, "named": named}
    if answer is None:
        return {**case, "status": "unfinished", "kind": "", "reason": None, "answer_id": "", "cited": [], "choices": []}
    papers = {item.marker: item.paper.id for item in answer.evidence}
    return {
        **case,
        "status": answer.status,
        "kind": answer.kind,
        "reason": answer.reason,
        "answer_id": answer.id,
        "model": plain(answer.model),
        "cited": [{"id": c.paper.id, "title": c.paper.title} for c in answer.citations],
        "choices": [papers[each.marker] for each in answer.choices if each.marker in papers],
        "trace": plain(answer.trace),
    }
