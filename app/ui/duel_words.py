"""The words and figures of duels and scoreboards, for the page and the command line."""

from __future__ import annotations

from collections.abc import Iterator

from app.core.duel import MEASURES, Duel, Measure, Pair, Score, Standing, Total

SAME_EVIDENCE = (
    "All models wrote from the same papers under the same numbers, found once and without a model. What each wrote is "
    "measured as it wrote it: nothing was repaired, and no model judged."
)
_BY_NAME = {measure.name: measure for measure in MEASURES}
_NONE = "–"
_ON_BOARD = ("citation_precision", "facts_found", "unsupported_claims", "first_word_s", "tokens_per_s")
_CHANCE = 0.05


def figure(measure: Measure, value: float | None) -> str:
    """A value in the words of its measure; a dash where there was nothing to measure."""
    if value is None:
        return _NONE
    return f"{100 * value:.0f} %" if measure.share else f"{value:.1f}"


def total_head() -> list[str]:
    """The columns of a table of totals."""
    return ["model", "asked", "failed", "refused", *(measure.words for measure in MEASURES)]


def total_cells(total: Total) -> list[str]:
    """A model's line, each share with how many questions it is of."""
    counts = [total.model, str(total.asked), str(total.failed), str(total.refused)]
    return [*counts, *(_counted(figure(m, total.values[m.name]), total.counted[m.name]) for m in MEASURES)]


def _counted(words: str, number: int) -> str:
    return words if words == _NONE else f"{words} (n={number})"


def pair_words(duel: Duel) -> Iterator[str]:
    """Who was better where, one sentence for each two models and measure, with what that can tell."""
    yield from map(_pair, duel.pairs)
    if any(pair.p is not None and pair.p < _CHANCE for pair in duel.pairs) and len(duel.pairs) > 1:
        yield f"Of {len(duel.pairs)} comparisons about one in twenty comes out below 0.05 by chance alone."


def _pair(pair: Pair) -> str:
    measure = _BY_NAME[pair.measure]
    score = f"{measure.words}: {pair.one} better on {pair.wins}, {pair.other} on {pair.losses}, alike on {pair.ties}"
    if not pair.wins + pair.losses:
        return f"{score}; no difference seen."
    if pair.p is None:
        return f"{score}; too few questions differ to tell."
    verdict = "unlikely to be chance alone" if pair.p < _CHANCE else "may well be chance"
    return f"{score}; sign test p = {pair.p:.3f}, {verdict}."


def standing_head() -> list[str]:
    """The columns of a scoreboard."""
    return [
        "model",
        "runs",
        "questions",
        *(_BY_NAME[name].words for name in _ON_BOARD),
        "refused",
        "failed",
        "last run",
    ]


def standing_cells(each: Standing) -> list[str]:
    """A model's line on the scoreboard."""
    values = [figure(_BY_NAME[name], each.values.get(name)) for name in _ON_BOARD]
    last = each.last.replace("T", " ").rstrip("Z")
    return [each.model, str(each.runs), str(each.questions), *values, str(each.refused), str(each.failed), last]


def score_words(score: Score) -> list[str]:
    """The figures of one answer, those there are."""
    if score.error:
        return ["failed"]
    values = [(measure, measure.of(score)) for measure in MEASURES]
    words = [f"{measure.words} {figure(measure, value)}" for measure, value in values if value is not None]
    return [*(["refused"] if score.refused else []), *words]
