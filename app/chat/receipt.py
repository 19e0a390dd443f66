"""The receipt of an answer: everything that went into it and came out, as plain values that can be kept in a file.

`record` has it whole, so that the question can be asked again; `shown` is what people look at, without the
conversation, the prompts' text and the reply.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.chat import budget
from app.chat.calls import Call
from app.core.domain import Answer, Evidence, Paper, Plan, Question
from app.core.plain import plain
from app.core.prompting import Prompt
from app.core.reading import records
from app.core.tokens import TokenCounter

SCHEMA = 1
# What a person calls the placeholders of a prompt; rules are all the rest of it.
_PARTS = {"question": "question", "evidence": "abstracts", "conversation": "history", "history": "history"}
_OF_THE_RULES = {"markers", "cannot_answer"}
_LEFT_OUT = ("history", "pinned", "excluded", "correction", "unread")


@dataclass
class Run:
    """What was seen of one question on its way through the chain."""

    question: Question
    calls: list[Call] = field(default_factory=list)
    plan: Plan | None = None


@dataclass(frozen=True, slots=True)
class Around:
    """What an answer depends on besides its question: `library` and `version` as they were, the prompts there are,
    who counts tokens, and the papers of ids."""

    library: Mapping[str, Any]
    version: str
    prompts: Sequence[Prompt]
    tokens: TokenCounter
    papers: Callable[[Sequence[str]], Mapping[str, Paper]]


def record(run: Run, answer: Answer, around: Around, answer_id: str, at: str) -> dict[str, Any]:
    """The whole receipt of this answer."""
    asked = plain(run.question)
    return {
        "receipt": SCHEMA,
        "id": answer_id,
        "at": at,
        "version": around.version,
        "asked": asked,
        "question": answer.question,
        "rewritten": answer.standalone_question if answer.standalone_question != answer.question else "",
        "plan": _plan(run.plan, answer),
        "filters": records(answer.filters),
        "library": dict(around.library),
        "model": {"provider": answer.model.provider, "name": answer.model.name},
        "evidence": [_in(item, answer) for item in answer.evidence],
        "cut": list(_cut(run, answer, around)),
        "prompts": [_prompt(call, answer, around) for call in run.calls],
        "tokens_exact": around.tokens.is_exact,
        "status": answer.status,
        "reason": answer.reason,
        "text": answer.text,
        "cited": [citation.paper.id for citation in answer.citations],
        "claims": [
            {"text": c.text, "markers": list(c.markers), "verdict": c.verdict, "problems": list(c.problems)}
            for c in answer.claims
        ],
        "seconds": _seconds(answer.trace),
    }


def shown(whole: Mapping[str, Any]) -> dict[str, Any]:
    """The receipt for an answer's trace, without what is long."""
    asked = {name: value for name, value in whole["asked"].items() if name not in _LEFT_OUT or value}
    asked["history"] = len(whole["asked"].get("history") or ())
    prompts = [
        {name: v for name, v in each.items() if name not in {"system", "user", "reply"}} for each in whole["prompts"]
    ]
    leave = {"text", "question", "claims"}  # the answer itself has them
    return {name: v for name, v in whole.items() if name not in leave} | {"asked": asked, "prompts": prompts}


def _plan(plan: Plan | None, answer: Answer) -> dict[str, Any]:
    if plan is None:
        return {"kind": answer.kind}
    values = {
        "kind": answer.kind,
        "query": plan.query,
        "named": plan.named,
        "labels": plan.labels,
        "missing": plan.missing,
        "sides": plan.sides,
        "aspects": plan.aspects,
        "notes": plan.notes,
    }
    return {name: plain(value) for name, value in values.items() if value}


def _in(item: Evidence, answer: Answer) -> dict[str, Any]:
    cited = any(citation.marker == item.marker for citation in answer.citations)
    return {
        "marker": item.marker,
        "id": item.paper.id,
        "title": item.paper.title,
        "text_key": item.paper.text_key,
        "cited": cited,
    }


def _cut(run: Run, answer: Answer, around: Around) -> Iterable[dict[str, Any]]:
    """The papers that were found, or asked for, and are not among the evidence, each with the reason."""
    used = {item.paper.id for item in answer.evidence}
    why: dict[str, str] = dict.fromkeys((*run.question.excluded, *answer.excluded), "excluded")
    steps = answer.trace.get("steps", ())
    for step in steps:
        cut = step.get("cut") or ()
        for paper in cut:
            why.setdefault(str(paper), str(cut[paper]) if isinstance(cut, Mapping) else "no room in the model's window")
    nothing = answer.reason == "not_in_library"
    for step in steps:
        for hit in step.get("hits") or ():
            why.setdefault(str(hit["paper_id"]), "not about the question" if nothing else "others fit better")
    left = [paper for paper in why if paper not in used]
    papers = around.papers(left)
    for paper in left:
        title = papers[paper].title if paper in papers else ""
        yield {"id": paper, "title": title, "why": why[paper]}


def _prompt(call: Call, answer: Answer, around: Around) -> dict[str, Any]:
    """One request to the model: which prompt, in which version, and how many tokens each part takes."""
    count = around.tokens.count
    known = ((prompt, prompt.read_back(call.system, call.user)) for prompt in around.prompts)
    prompt, values = next(((p, v) for p, v in known if v is not None), (None, None))
    whole = f"{call.system}\n\n{call.user}"
    tokens: dict[str, Any] = {"total": count(whole)}
    for name, value in (values or {}).items():
        if name not in _OF_THE_RULES and value.strip():
            part = _PARTS.get(name, name)
            tokens[part] = tokens.get(part, 0) + count(value)
    tokens = {"rules": max(0, tokens["total"] - sum(n for part, n in tokens.items() if part != "total")), **tokens}
    each = [
        {"marker": item.marker, "id": item.paper.id, "tokens": count(budget.describe(item))}
        for item in (call.request.evidence if call.request else ())
    ]
    return {
        "name": prompt.name if prompt else "",
        "prompt_version": prompt.version if prompt else "",
        "sent": answer.model.provider != "extractive",
        "tokens": tokens | ({"reply": count(call.reply)} if call.reply else {"reply": 0}),
        "abstracts": each,
        "seconds": round(call.seconds, 3),
        "failed": call.failed,
        "system": call.system,
        "user": call.user,
        "reply": call.reply,
    }


def _seconds(trace: Mapping[str, Any]) -> list[dict[str, Any]]:
    """How long each step took, in their order, and all of them."""
    found, before = [], 0.0
    for step in trace.get("steps", ()):
        now = float(step.get("at_ms", before))
        found.append(
            {
                "step": str(step.get("name", "")),
                "title": str(step.get("title", "")),
                "s": round((now - before) / 1000, 4),
            }
        )
        before = now
    total = float(trace.get("total_ms", before))
    return [*found, {"step": "total", "title": "", "s": round(total / 1000, 4)}]
