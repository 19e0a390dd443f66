"""What speaks to a machine is told from what papers say for themselves, also about such things."""

from __future__ import annotations

import pytest

from app.core.planted import is_planted


@pytest.mark.parametrize(
    "sentence",
    [
        "Code is at \\href{https://a.invalid/x}{this page} and https://a.invalid/aaaa/bbbb/cccc/dddd/eeee/ffff/gggg/hhhh/iiii.",
        "We study attacks such as “ignore all previous instructions” on chat models.",
        "The hazard ratio [HR]: 1.67 (95 % CI [1.2, 2.1]) at |b|>20 and p<0.05, where a <b and |x|>y.",
        "Human annotators, an AI assistant and the system agreed: 40 % were supported.",
        "The abstract says nothing; the answer is 4.",
        "The verdict was guilty in 40 percent of cases.",
        "Results: Heron answers 71 percent.",
        "Objective: To compare # of newts; see [7].",
        "Déjà vu: naïve Bayes – ﬁrst – reaches 0.8 ± 0.1 µm ≥ 3 for x² in Москва and 東京.",
    ],
)
def test_sentences_of_papers_are_theirs(sentence: str) -> None:
    """Addresses, statistics, brackets, descriptions of attacks and other scripts are nothing odd."""
    assert not is_planted(sentence)


@pytest.mark.parametrize("sentence", ["a " * 2000, "<|im_start|>" * 50, "![" * 1000, "<" * 2000, "[x" * 1200])
def test_hostile_texts_cost_no_time(sentence: str) -> None:
    """Whatever a sentence is made of, an answer does not wait for it (a slow pattern would take minutes here)."""
    is_planted(sentence)
