"""Figures with what they count."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.chat.compare.numbers import common_kinds, figures, kinds_asked, normalised


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("it reaches 71.3 % accuracy", [("71.3 %", "percent", 71.3)]),
        ("two orders of magnitude faster, and 2.4x cheaper", [("two orders of magnitude", "fold", 2), ("2.4x", "fold", 2.4)]),
        ("a 7B model and one of 800M parameters", [("7B model", "parameters", 7e9), ("800M parameters", "parameters", 8e8)]),
        ("fifty billion pairs and 32k task instances", [("fifty billion pairs", "samples", 5e10), ("32k task instances", "samples", 32000)]),
        ("in 2023 we read 244 selected papers", [("244 selected papers", "papers", 244)]),
        ("2000 NLP tasks in 46 African languages", [("2000 NLP tasks", "tasks", 2000), ("46 African languages", "languages", 46)]),
        ("GPT-4, (1) and (2), T5, Section 3a, one model", []),
        ("40-90% fewer errors, ~23% on average", [("40-90%", "percent", 40), ("~23%", "percent", 23)]),
        ("1,234 hours on 8 GPUs with 283MB", [("1,234 hours", "hours", 1234), ("8 GPUs", "GPUs", 8), ("283MB", "memory", 283)]),
    ],
)  # fmt: skip
def test_figures_have_their_unit(text: str, found: list[tuple[str, str, float]]) -> None:
    """A figure is read with its scale and what it is of; years, list numbers and parts of names are none."""
    assert [(f.text, f.kind, f.value) for f in figures(text)] == [(t, k, pytest.approx(v)) for t, k, v in found]


def test_the_kind_that_both_give_comes_first() -> None:
    """Percent beside percent, though one paper has tasks too."""
    ours, theirs = figures("61 tasks and 19% better"), figures("up to 5% better")
    assert common_kinds([ours, theirs])[0] == "percent"
    assert common_kinds([ours, theirs], kinds_asked("size")) == ("tasks",)


def test_different_scales_are_written_out() -> None:
    """1.5B beside 800M says the same in figures; beside another in billions it stands as it is."""
    first, second, third = (*figures("1.5B parameters"), *figures("800M parameters"), *figures("3B parameters"))
    assert normalised(first, [second]) == "1,500,000,000"
    assert normalised(second, [first]) == "800,000,000"
    assert normalised(first, [third]) == ""


@given(st.text(max_size=120))
def test_figures_stand_where_they_say(text: str) -> None:
    """Offsets point at the figure, in order, in any text."""
    found = figures(text)
    assert all(text[f.start : f.end] == f.text for f in found)
    assert [f.start for f in found] == sorted(f.start for f in found)
