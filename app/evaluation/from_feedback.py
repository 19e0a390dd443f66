"""Ratings made into questions with what a good answer has, in the lines that `askpapers eval answers` reads.

An answer that was good says by itself what a good one has: the papers it cites, that it refuses, that it asks back. One
that was not says only what was wrong; its line is marked for a person to complete, and is left out until then.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.core.conversations import Feedback
from app.core.feedback import REASONS
from app.evaluation.questions import AGGREGATE, CLARIFY

_HOW = {
    "wrong_paper": 'put the papers that a good answer cites into "must_cite"',
    "missing_paper": 'add the papers that are missing to "must_cite" (those of "cited" that were right, too)',
    "not_supported": 'put what the abstracts do say into "facts", and the papers that say it into "must_cite"',
    "should_not_know": 'check that no paper of the library answers it ("abstain" is true already)',
    "other": 'put what a good answer has into "must_cite", "facts" or "abstain"',
}


def line_of(feedback: Feedback) -> dict[str, Any]:
    """One line of the file."""
    case, rating = feedback.case, feedback.rating
    turns = [str(turn) for turn in case.get("turns", ())] or ["?"]
    cited = list(dict.fromkeys(str(paper["id"]) for paper in case.get("cited", ())))
    line: dict[str, Any] = {"id": f"feedback-{feedback.id[:12]}", "type": _type(case, turns)}
    line |= {"turns": turns} if len(turns) > 1 else {"question": turns[0]}
    if rating.good and case.get("status") != "unfinished":
        line |= _good(case, cited)
    else:
        abstain = "should_not_know" in rating.reasons
        line |= {"abstain": True} if abstain else {}
        line |= {"to_complete": _to_complete(feedback), "cited": cited, "answer": str(case.get("text", ""))}
    if rating.words:
        line["said"] = rating.words
    if case.get("answer_id"):
        line["answer_id"] = case["answer_id"]
    return line


def _good(case: Mapping[str, Any], cited: list[str]) -> dict[str, Any]:
    if case.get("status") == "abstained":
        return {"abstain": True, **({"may_cite": cited} if cited else {})}
    if case.get("status") == "clarify":
        return {"choices": list(dict.fromkeys(map(str, case.get("choices", ()))))}
    if not cited:
        return {"to_complete": "The answer was good, but cites nothing that it could be judged by: add what it tells to \"facts\", then delete \"to_complete\"."}  # fmt: skip
    return {"must_cite": cited}


def _to_complete(feedback: Feedback) -> str:
    reasons = [reason for reason in feedback.rating.reasons if reason in _HOW] or ["other"]
    why = "; ".join(REASONS[reason] for reason in reasons)
    how = "; ".join(_HOW[reason] for reason in reasons)
    return f'{why}. To do: {how}; then delete "to_complete".'


def _type(case: Mapping[str, Any], turns: list[str]) -> str:
    """One of the types that figures are grouped by."""
    if case.get("status") == "clarify":
        return CLARIFY
    if len(turns) > 1:
        return "follow_up"
    if case.get("status") == "abstained":
        return "not_in_library" if case.get("reason") in ("not_in_library", "empty_library") else "not_in_abstract"
    if case.get("kind") in ("compare", AGGREGATE):
        return str(case["kind"])
    return "lookup_named" if case.get("named") else "lookup_paraphrased"
