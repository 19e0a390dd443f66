"""What the scores of a duel come to: a total for each model, and for each two models who was better how often."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from math import comb

from app.core.duel import MEASURES, Measure, Pair, Score, Total

# Below this many questions that differ no outcome of a sign test is below 0.05.
FEWEST = 6


def totals_of(models: Sequence[str], scores: Sequence[Score]) -> tuple[Total, ...]:
    """A total for each model, in their order."""
    return tuple(_total(model, [score for score in scores if score.model == model]) for model in models)


def _total(model: str, scores: Sequence[Score]) -> Total:
    measured = {m.name: [value for s in scores if (value := m.of(s)) is not None] for m in MEASURES}
    return Total(
        model=model,
        asked=len(scores),
        failed=sum(bool(score.error) for score in scores),
        refused=sum(score.refused for score in scores),
        values={m.name: _value(m, scores, measured[m.name]) for m in MEASURES},
        counted={name: len(values) for name, values in measured.items()},
        supported=sum(score.supported for score in scores),
        partly=sum(score.partly for score in scores),
        unsupported=sum(score.unsupported for score in scores),
        unsourced=sum(score.unsourced for score in scores),
        tokens=sum(score.tokens or 0 for score in scores),
    )


def _value(measure: Measure, scores: Sequence[Score], values: Sequence[float]) -> float | None:
    if measure.pooled is not None:
        parts = [measure.pooled(score) for score in scores]
        whole = sum(each for _, each in parts)
        return sum(part for part, _ in parts) / whole if whole else None
    return sum(values) / len(values) if values else None


def pairs_of(models: Sequence[str], scores: Sequence[Score]) -> tuple[Pair, ...]:
    """Every two models on every measure that there is for both, question by question. A model that never answered is in
    none: that its server is away says nothing of how it writes."""
    answered = {score.model for score in scores if not score.error}
    return tuple(
        _pairs(
            [model for model in models if model in answered], {(score.question, score.model): score for score in scores}
        )
    )


def _pairs(models: Sequence[str], by: dict[tuple[str, str], Score]) -> Iterator[Pair]:
    questions = list(dict.fromkeys(question for question, _ in by))
    for one, other in combinations(models, 2):
        both = [(by[q, one], by[q, other]) for q in questions if (q, one) in by and (q, other) in by]
        for measure in MEASURES:
            signs = [sign for a, b in both if (sign := _sign(measure, a, b)) is not None]
            if signs:
                wins, losses = signs.count(1), signs.count(-1)
                yield Pair(measure.name, one, other, wins, signs.count(0), losses, sign_test(wins, losses))


def _sign(measure: Measure, one: Score, other: Score) -> int | None:
    """1 where the first is better, -1 where the second is, 0 for a tie, None where one of them has no value."""
    a, b = measure.of(one), measure.of(other)
    if a is None or b is None:
        return None
    if abs(a - b) <= measure.within * max(abs(a), abs(b)):
        return 0
    return 1 if (a > b) == measure.higher else -1


def sign_test(wins: int, losses: int) -> float | None:
    """How probable so uneven a result is if neither is better: exact, two-sided, ties left out. None where too few
    questions differ to tell."""
    n = wins + losses
    if n < FEWEST:
        return None
    tail = sum(comb(n, k) for k in range(min(wins, losses) + 1))
    return min(1.0, 2 * tail / (1 << n))
