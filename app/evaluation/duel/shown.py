"""A duel and a scoreboard as Markdown for people and as JSON for programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from app.core.duel import MEASURES, Duel, DuelQuestion, Pair, Score, Standing, Total
from app.ui.duel_words import (
    SAME_EVIDENCE,
    pair_words,
    score_words,
    standing_cells,
    standing_head,
    total_cells,
    total_head,
)
from app.ui.markup import inert_markdown
from app.ui.render import plain_line, reference_line

SCHEMA = 1


def markdown(duel: Duel, answers: bool = False) -> Iterator[str]:
    """Head, totals, who was better where, what the figures are; with `answers` also what each wrote to each question."""
    asked = len(duel.questions)
    yield f"**{' against '.join(map(_cell, duel.models))}**: {asked} question{'' if asked == 1 else 's'} ({_cell(duel.source)})"
    if duel.interrupted:
        yield ""
        yield "Interrupted: the figures are of the answers that were there."
    yield ""
    yield from _table(total_head(), [[_cell(c) for c in total_cells(total)] for total in duel.totals])
    yield ""
    yield from (f"- {_cell(words)}" for words in pair_words(duel))
    yield ""
    yield " ".join((SAME_EVIDENCE, *duel.notes))
    if duel.left_out:
        yield ""
        yield f"Not asked, as no model would answer them ({len(duel.left_out)}):"
        yield from (f"- {left.id}: {_cell(left.text)} ({_cell(left.why)})" for left in duel.left_out)
    if answers:
        for question in duel.questions:
            yield from _question(duel, question)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|---|{'---:|' * (len(head) - 1)}"
    yield from (f"| {' | '.join(row)} |" for row in rows)


def _cell(text: str) -> str:
    return inert_markdown(" ".join(plain_line(text).split())).replace("|", "\\|")


def _question(duel: Duel, question: DuelQuestion) -> Iterator[str]:
    yield ""
    yield f"## {_cell(question.text)}"
    yield ""
    yield from (reference_line(item.marker, item.paper.ref) for item in question.evidence)
    for model in duel.models:
        score = duel.score(question.id, model)
        if score is not None:
            yield ""
            yield f"### {_cell(model)}"
            yield ""
            yield inert_markdown(_text(score))
            yield ""
            yield f"*{_cell(', '.join(score_words(score)))}*"


def _text(score: Score) -> str:
    return f"No answer: {score.error} {score.hint}" if score.error else score.text


# --- for programs -------------------------------------------------------------------------------------------


def to_json(duel: Duel) -> dict[str, Any]:
    """The duel as JSON (schema 1). A share is null where there was nothing to measure."""
    return {
        "schema": SCHEMA,
        "models": list(duel.models),
        "source": duel.source,
        "interrupted": duel.interrupted,
        "totals": [_total_json(total) for total in duel.totals],
        "pairs": [_pair_json(pair) for pair in duel.pairs],
        "notes": [SAME_EVIDENCE, *duel.notes],
        "left_out": [{"id": left.id, "question": left.text, "why": left.why} for left in duel.left_out],
        "questions": [_question_json(duel, question) for question in duel.questions],
    }


def _total_json(total: Total) -> dict[str, Any]:
    claims = {name: getattr(total, name) for name in ("supported", "partly", "unsupported", "unsourced")}
    return {
        "model": total.model,
        "asked": total.asked,
        "failed": total.failed,
        "refused": total.refused,
        "claims": claims,
        "tokens": total.tokens,
        "measures": {name: _rounded(value) for name, value in total.values.items()},
        "of": dict(total.counted),
    }


def _pair_json(pair: Pair) -> dict[str, Any]:
    return {
        "measure": pair.measure,
        "one": pair.one,
        "other": pair.other,
        "wins": pair.wins,
        "ties": pair.ties,
        "losses": pair.losses,
        "p": _rounded(pair.p),
    }


def _question_json(duel: Duel, question: DuelQuestion) -> dict[str, Any]:
    scores = [score for score in duel.scores if score.question == question.id]
    return {
        "id": question.id,
        "type": question.type,
        "question": question.text,
        "evidence": [
            {"marker": item.marker, "id": item.paper.id, "title": item.paper.title} for item in question.evidence
        ],
        "answers": [_score_json(score) for score in scores],
    }


def _score_json(score: Score) -> dict[str, Any]:
    plain = (
        "model",
        "text",
        "papers",
        "known",
        "invented",
        "supported",
        "partly",
        "unsupported",
        "unsourced",
        "refused",
    )
    return {
        **{name: getattr(score, name) for name in plain},
        "cited": list(score.cited),
        "should_refuse": score.should_refuse,
        "measures": {measure.name: _rounded(measure.of(score)) for measure in MEASURES},
        "seconds": _rounded(score.seconds),
        "tokens": score.tokens,
        "tokens_counted_by": "server" if score.counted else "us",
        "error": {"what": score.error, "hint": score.hint} if score.error else None,
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


# --- the scoreboard -----------------------------------------------------------------------------------------


def scoreboard_markdown(found: Sequence[Standing]) -> Iterator[str]:
    """The scoreboard as a table, with what it does not say."""
    yield from _table(standing_head(), [[_cell(cell) for cell in standing_cells(each)] for each in found])
    yield ""
    yield "Models that were asked other questions cannot be held against each other by this table; compare-models asks all the same."


def scoreboard_json(found: Sequence[Standing]) -> dict[str, Any]:
    """The scoreboard as JSON (schema 1)."""
    return {"schema": SCHEMA, "models": [_standing_json(each) for each in found]}


def _standing_json(each: Standing) -> dict[str, Any]:
    counts = {name: getattr(each, name) for name in ("model", "runs", "questions", "failed", "refused", "claims")}
    return {**counts, "measures": {name: _rounded(value) for name, value in each.values.items()}, "last": each.last}
