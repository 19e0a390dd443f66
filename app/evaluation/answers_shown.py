"""The figures of answers as Markdown for people and as JSON for programs, and what each answer lacks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from app.evaluation.answers import Group, Measured
from app.evaluation.figures import Mean
from app.evaluation.judging import MEASURES, Judged
from app.ui.answer_json import answer_to_json

SCHEMA = 1

# One table a heading: too many columns are nothing to read.
_TABLES = {
    "Papers cited, facts found": ("citation_recall", "all_cited", "first_right", "citation_precision", "facts", "facts_in_text"),
    "Lists": ("list_precision", "list_recall", "list_f1"),
    "Noes and questions back": ("abstain_precision", "abstain_recall", "wrongly_refused", "wrongly_asked_back", "asked_or_listed", "choices_offered"),
}  # fmt: skip
_CLAIMS = ("failed", "supported claims", "claims checked", "unchecked", "seconds, median", "p95")


def markdown(measured: Measured) -> Iterator[str]:
    """Head, tables and what the numbers are, as lines."""
    asked = measured.asked
    number = f"{len(asked.judged)} of {asked.questions}" if asked.interrupted else f"{asked.questions}"
    yield f"**{measured.name}**: {number} questions, {measured.papers:,} papers, answered by {measured.model}, embedder {measured.embedder}"
    if asked.interrupted:
        yield ""
        yield f"Interrupted: the figures are of the first {number} questions."
    for heading, measures in _TABLES.items():
        rows = [group for group in measured.groups if any(group.shares[measure] for measure in measures)]
        rows = rows[:1] if len(rows) == 2 else rows  # all of one type are that type
        if rows:
            yield ""
            yield from _table(heading, [MEASURES[m] for m in measures], [_shares(group, measures) for group in rows])
    yield ""
    yield from _table("Claims and seconds", _CLAIMS, [_claims(group) for group in measured.groups])
    yield ""
    yield "In brackets the 95 % confidence interval (Wilson; bootstrap over questions where a question counts in part)."


def _table(heading: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {heading} | n | {' | '.join(columns)} |"
    yield f"|---|{'---:|' * (len(columns) + 1)}"
    yield from (f"| {' | '.join(row)} |" for row in rows)


def _shares(group: Group, measures: tuple[str, ...]) -> list[str]:
    return [_name(group), f"{group.questions}", *(_cell(group.shares[measure]) for measure in measures)]


def _claims(group: Group) -> list[str]:
    checked = f"{group.claims - group.unchecked}"
    seconds = ["" if value is None else f"{value:.2f}" for value in (group.p50_s, group.p95_s)]
    supported = _cell(group.shares["supported"])
    return [_name(group), f"{group.questions}", f"{group.failed}", supported, checked, f"{group.unchecked}", *seconds]


def _name(group: Group) -> str:
    # A type is any text of the person's own file.
    return " ".join(group.name.split()).replace("|", "\\|")


def _cell(mean: Mean | None) -> str:
    """In percent, as there are few questions; an empty cell where there was nothing to measure."""
    if mean is None:
        return ""
    if mean.low is None or mean.high is None:
        return f"{100 * mean.value:.0f} %"
    return f"{100 * mean.value:.0f} % ({100 * mean.low:.0f} to {100 * mean.high:.0f})"


def failures(measured: Measured) -> Iterator[str]:
    """Every question whose answer lacks something, and what."""
    for each in measured.asked.judged:
        if each.missed:
            yield f"- {each.question.id} ({each.question.type}): {' → '.join(each.question.turns)}"
            yield from (f"  - {' '.join(words.split())}" for words in each.missed)


def to_json(measured: Measured, with_failures: bool = False) -> dict[str, Any]:
    """The figures as JSON (schema 1). A share is null where nothing was there to measure, an interval where there was
    one question; `n` is how many questions it is of."""
    asked = measured.asked
    listed = [
        {"id": j.question.id, "type": j.question.type, "turns": list(j.question.turns), "missed": list(j.missed)}
        for j in asked.judged
        if j.missed
    ]
    groups = {group.name: _group_json(group) for group in measured.groups[:-1]}
    return {
        "schema": SCHEMA,
        "file": measured.name,
        "model": measured.model,
        "embedder": measured.embedder,
        "papers": measured.papers,
        "questions": asked.questions,
        "asked": len(asked.judged),
        "interrupted": asked.interrupted,
        "failed": [
            {"id": j.question.id, "what": str(j.error), "hint": j.error.hint}
            for j in asked.judged
            if j.error is not None
        ],
        "types": groups,
        "all": _group_json(measured.groups[-1]),
        **({"failures": listed} if with_failures else {}),
    }


def _group_json(group: Group) -> dict[str, Any]:
    return {
        "questions": group.questions,
        "failed": group.failed,
        "measures": {name: _share_json(mean, group.counted[name]) for name, mean in group.shares.items()},
        "claims": {"checked": group.claims - group.unchecked, "unchecked": group.unchecked},
        "seconds": {"p50": _rounded(group.p50_s), "p95": _rounded(group.p95_s)},
    }


def _share_json(mean: Mean | None, number: int) -> dict[str, Any] | None:
    if mean is None:
        return None
    return {"mean": _rounded(mean.value), "low": _rounded(mean.low), "high": _rounded(mean.high), "n": number}


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)


def line_of(judged: Judged) -> dict[str, Any]:
    """A question, its answer and its figures, as it is kept for a closer look. A figure is [part, whole]."""
    question, error = judged.question, judged.error
    return {
        "id": question.id,
        "type": question.type,
        "turns": list(question.turns),
        "seconds": round(judged.seconds, 4),
        "figures": {name: [round(float(value), 6) for value in part] for name, part in judged.parts.items()},
        "missed": list(judged.missed),
        "answer": answer_to_json(judged.answer) if judged.answer else None,
        "error": {"what": str(error), "hint": error.hint} if error else None,
    }
