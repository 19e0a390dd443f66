"""The questions a model is tried with, what counts as cited, and what a weak model is given."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.domain import Paper
from app.core.models import Profile
from app.models.canary import OTHERS, Canary, canaries, is_cited, shortened
from app.models.choose import chosen, weaknesses

FILL = "It is tried on several data sets and compared with what others have done before, in many small experiments, with care. "


def named(name: str, number: int) -> Paper:
    return Paper(f"p{number}", f"{name}: A Method for Ponds", f"We present {name}, a method for ponds. {FILL * 2}")


PAPERS = [named(name, n) for n, name in enumerate(("PondNet", "ReedBERT", "LILY-2", "HeronGAN", "FrogFormer"))]
STRONG = Profile("m", "http://x", window=8192, tokens_per_s=20.0, cited=3, canaries=3)


def test_each_question_has_one_right_paper() -> None:
    """The name asked for stands in the right abstract alone, which is first, second, third among the others."""
    found = canaries(PAPERS)
    assert [canary.right for canary in found] == [1, 2, 3]
    for canary in found:
        name = canary.plan.query.removeprefix("What does ").removesuffix(" do?")
        assert [e.marker for e in canary.evidence if name in f"{e.paper.title} {e.paper.abstract}"] == [canary.right]
        assert len(canary.evidence) == OTHERS + 1
    assert len({canary.plan.query for canary in found}) == 3
    assert canaries(reversed(PAPERS)) == found, "the same of the same papers"


def test_papers_that_do_not_do_are_passed_over() -> None:
    """No name, a short abstract, a warning about the text, or too few others: no question."""
    assert canaries([]) == [] and canaries(PAPERS[:2]) == []
    nameless = [Paper(f"n{n}", "On the depth of ponds", f"We look at ponds. {FILL * 2}") for n in range(4)]
    assert canaries(nameless) == []
    flagged = [replace(paper, flags=("holds an instruction",)) for paper in PAPERS]
    assert canaries(flagged) == []
    assert canaries([replace(paper, abstract=paper.abstract[:60]) for paper in PAPERS]) == []


@pytest.mark.parametrize(
    ("reply", "cited"),
    [
        ("It is a method for ponds [1].", True),
        ("It is a method for ponds[1]. It is tried with care [1][2].", True),
        ("It is a method 【1†source】.", True),
        ("It is a method for ponds.", False),
        ("It is a method for ponds [2].", False),
        ("It is a method for ponds [1][9].", False),
        ("It is a method for ponds [1][2][3].", False),
        ("It is a method for ponds [1]. It is another one [2].", False),
        ("", False),
        ("[1]", False),
    ],
)
def test_what_counts_as_cited(reply: str, cited: bool) -> None:
    """The right number behind a sentence, none invented, and not simply all of them."""
    (first, *_) = canaries(PAPERS)
    assert is_cited(reply, first) is cited


def test_a_small_window_keeps_the_right_paper() -> None:
    """Where not all evidence fits, the paper asked for stays."""
    second = canaries(PAPERS)[1]
    short = shortened(second, second.evidence[:1])
    assert [item.marker for item in short.evidence] == [1, 2]
    assert isinstance(short, Canary) and short.right == 2


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"cited": 1}, "cited 1 of 3"),
        ({"cited": 0}, "cited 0 of 3"),
        ({"tokens_per_s": 1.4}, "1.4 tokens a second"),
        ({"window": 2048}, "2,048 tokens"),
    ],
)
def test_a_weak_model_gets_fewer_steps_not_more(change: dict[str, object], why: str) -> None:
    """One weakness is enough for the short prompt, few papers and no steps beside the answer."""
    weak = chosen(replace(STRONG, **change))  # type: ignore[arg-type]
    assert (weak.prompt, weak.papers, weak.steps) == ("short", 3, "few")
    assert why in weaknesses(weak)[0]


def test_a_strong_model_gets_everything() -> None:
    """Nothing is held back from one that cites, is quick and reads enough; nor where something is not known."""
    for profile in (STRONG, replace(STRONG, cited=2), Profile("m", "http://x"), replace(STRONG, canaries=1, cited=0)):
        given = chosen(replace(profile, prompt="short", papers=1, steps="few"))
        assert (given.prompt, given.papers, given.steps) == ("full", None, "all")


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 3), st.integers(0, 3), st.floats(0.1, 500), st.integers(200, 200_000))
def test_better_is_never_given_less(cited: int, canaries_asked: int, speed: float, window: int) -> None:
    """A model that is better in everything never gets fewer steps than one that is worse."""
    worse = Profile(
        "m", "x", window=window, tokens_per_s=speed, cited=min(cited, canaries_asked), canaries=canaries_asked
    )
    better = replace(worse, window=window * 2, tokens_per_s=speed * 2, cited=canaries_asked)
    if canaries_asked != 1 and (canaries_asked != 0 or chosen(worse).steps == "all"):
        assert not (chosen(worse).steps == "all" and chosen(better).steps == "few")
