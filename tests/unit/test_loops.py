"""Telling a model that repeats itself without end from one that has reason to repeat."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.adapters.loops import LoopWatch, unit_of, without_loop

SAID = "Sparse attention is cheaper than dense attention [1]. "


@pytest.mark.parametrize("unit", ["no ", "And so on it goes. ", "- the same line again\n", "x" * 130 + " "])
def test_repeats_without_end(unit: str) -> None:
    """A stretch of any length, said over and over, is noticed soon, however it comes in."""
    for size in (1, 7, 5000):
        watch, text, at = LoopWatch(), SAID + unit * (6000 // len(unit)), 0
        while at < len(text) and not watch.feed(text[at : at + size]):
            at += size
        assert watch.loops and (size == 5000 or at < len(SAID) + max(240, 5 * len(unit)) + 200)


@pytest.mark.parametrize(
    "text",
    [
        SAID * 3,
        "no, no, no, no, no!",
        "| a | b |\n|---|---|\n" + "".join(f"| paper {n} | 0.{n:03} |\n" for n in range(60)),
        "".join(f"{n}. Paper {n} uses prompts [{n}].\n" for n in range(60)),
        "-" * 80,
        "| name |" + "-" * 700 + "|\n| a |" + " " * 700 + "|\n",
        "",
    ],
)
def test_reason_to_repeat(text: str) -> None:
    """Tables, lists, rules and emphasis are no loops."""
    watch = LoopWatch()
    assert not any(watch.feed(character) for character in text)


@pytest.mark.parametrize("unit", ["\n", ". ", "-"])
def test_blanks_without_end(unit: str) -> None:
    """Signs that pad tables must go on longer to be a loop, and then are one."""
    watch = LoopWatch()
    assert any(watch.feed(unit) for _ in range(3000))


def test_a_loop_is_said_once() -> None:
    """What stands before it stays."""
    assert without_loop(SAID + "And so on it goes. " * 40) == SAID + "And so on it goes."
    assert without_loop(SAID) == SAID


@given(
    before=st.text(max_size=60), unit=st.text(min_size=3, max_size=40).filter(lambda text: any(map(str.isalnum, text)))
)
def test_any_unit(before: str, unit: str) -> None:
    """Whatever is repeated often enough is found, and no more of it is left than was there."""
    text = before + unit * 120
    assert unit_of(text) > 0
    assert text.startswith(without_loop(text)) or without_loop(text) == text[: len(without_loop(text))]
