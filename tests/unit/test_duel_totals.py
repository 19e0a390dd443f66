"""What scores come to: totals, who was better where, and what so few questions can tell."""

from __future__ import annotations

import pytest

from app.core.duel import Duel, Score
from app.evaluation.duel.totals import pairs_of, sign_test, totals_of
from app.ui.duel_words import pair_words


def score(model: str, question: int, **more: object) -> Score:
    return Score(question=f"q{question}", model=model, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("wins", "losses", "p"), [(6, 0, 0.03125), (0, 6, 0.03125), (7, 1, 0.0703125), (5, 5, 1.0), (9, 1, 0.021484375)]
)
def test_sign_test(wins: int, losses: int, p: float) -> None:
    """The exact two-sided values, worked out by hand from the binomial distribution."""
    assert sign_test(wins, losses) == pytest.approx(p)


@pytest.mark.parametrize(("wins", "losses"), [(0, 0), (5, 0), (3, 2)])
def test_too_few_to_tell(wins: int, losses: int) -> None:
    """Below six questions that differ no outcome would be below 0.05, so no p is given."""
    assert sign_test(wins, losses) is None


def test_shares_of_markers_and_claims_are_of_all_there_are() -> None:
    """Ten markers of one answer count ten times as much as one of another; means are over questions."""
    scores = [
        score("a", 1, known=9, invented=1, supported=3, unsourced=1, precision=1.0),
        score("a", 2, known=0, invented=1, unsupported=1, precision=0.0),
    ]
    (total,) = totals_of(["a"], scores)
    assert total.values["markers_valid"] == pytest.approx(9 / 11)
    assert total.values["unsupported_claims"] == pytest.approx(2 / 5)
    assert total.values["citation_precision"] == 0.5 and total.counted["citation_precision"] == 2
    assert total.values["facts_found"] is None and total.values["tokens_per_s"] is None


def test_wins_are_the_right_way_round() -> None:
    """More facts, fewer unsupported claims and fewer seconds are better; a few per cent of speed are a tie."""
    scores = [
        score("a", 1, facts=1.0, supported=1, first_s=1.0, tokens_per_s=10.0),
        score("b", 1, facts=0.5, unsupported=1, first_s=2.0, tokens_per_s=10.5),
    ]
    pairs = {pair.measure: (pair.wins, pair.ties, pair.losses) for pair in pairs_of(["a", "b"], scores)}
    assert pairs["facts_found"] == pairs["unsupported_claims"] == pairs["first_word_s"] == (1, 0, 0)
    assert pairs["tokens_per_s"] == (0, 1, 0)
    assert "citation_recall" not in pairs


def test_only_questions_that_both_answered_are_compared() -> None:
    """An interrupted model has fewer answers; the others are no wins."""
    scores = [score("a", n, facts=1.0) for n in range(9)] + [score("b", 0, facts=0.0)]
    (pair,) = pairs_of(["a", "b"], scores)
    assert (pair.wins, pair.ties, pair.losses, pair.p) == (1, 0, 0, None)


def test_a_model_that_never_answered_loses_to_nobody() -> None:
    """That its server is away says nothing of how it writes."""
    scores = [score("a", n, facts=1.0) for n in range(9)] + [score("b", n, facts=0.0, error="away") for n in range(9)]
    assert pairs_of(["a", "b"], scores) == ()


def test_right_refusals_and_wrong_ones() -> None:
    """To answer what has an answer and to refuse what has none are both right."""
    cases = [(False, False, 1.0), (True, True, 1.0), (True, False, 0.0), (False, True, 0.0)]
    for refused, should, value in cases:
        assert score("a", 1, refused=refused, should_refuse=should).decided == value
    assert score("a", 1, refused=True).decided is None
    assert score("a", 1, error="away", should_refuse=True).decided is None


def test_the_words_claim_no_more_than_the_figures() -> None:
    """Too few, chance, and hardly chance are told apart, and that many comparisons were made is said."""
    both = {"a": (1.0, 0.0), "b": (0.0, 1.0)}
    scores = [score(m, n, facts=f, recall=f if n < 3 else None) for m, (f, _) in both.items() for n in range(8)]
    models = ("a", "b")
    duel = Duel(models, (), (), tuple(scores), totals_of(models, scores), pairs_of(models, scores))
    recall, facts, caution = pair_words(duel)
    assert recall == "citation recall: a better on 3, b on 0, alike on 0; too few questions differ to tell."
    assert facts == "facts found: a better on 8, b on 0, alike on 0; sign test p = 0.008, unlikely to be chance alone."
    assert "by chance alone" in caution
