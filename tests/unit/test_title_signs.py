"""Which signs of a title make it another title."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.domain import title_key
from app.core.title_signs import _with_signs, signed_key

PLAIN = [
    "Foo: bar",
    "Foo - bar",
    "Foo – bar",
    "Foo bar!",
    "e-mail",
    "Foo | bar",
    "Newts (and olms), “quoted”",
    "A/B tests & more?",
    "On Newts*",
    "On Newts**",
    "ON NEWTS*",
    "Pre- and post-training of short- and long-term memory",
    "K- and L-shell ionization",
    "Bi- and tridirectional search",
    "State-of-the-art: 2010-2020",
    "A -> B",
    "A → B",
    "A => B",
    "A <- B",
    "3 × 3 grids",
    "#MeToo",
    "Issue #5 of it",
    "50 % of newts, ~90°",
    "The $x_1$ of newts",
    "Ökologie: Molche",
    "Re-ranking",
    "",
]


@pytest.mark.parametrize("title", PLAIN)
def test_signs_that_say_nothing(title: str) -> None:
    """Marks between words, hyphens, footnotes and arrows leave the key as it is, so ids made of it stay."""
    assert signed_key(title) == title_key(title)


APART = [
    ["Static analysis of C", "Static analysis of C++", "Static analysis of C#"],
    ["Photodetachment of H", "Photodetachment of H-", "Photodetachment of H+"],
    ["Transport of Cl", "Transport of Cl-"],
    ["Ca2 in cells", "Ca2+ in cells", "Ca2- in cells"],
    ["SO42- in lakes", "SO42 in lakes"],
    ["e+e- collisions", "e+e+ collisions", "e-e- collisions", "ee collisions"],
    ["Search with A", "Search with A*"],
    ["RRT planning", "RRT* planning"],
    ["C algebras", "C*-algebras"],
    ["Prelude in C minor", "Prelude in C♯ minor", "Prelude in C♭ minor"],
    ["p-value > 0.05", "p-value < 0.05", "p-value ≥ 0.05", "p-value 0.05"],
    ["categories of newts", "∞-categories of newts"],
    ["Storage at -20 °C", "Storage at 20 °C"],
    ["2 of it", "√2 of it", "±2 of it"],
    ["CNN LSTM", "CNN+LSTM"],
]


@pytest.mark.parametrize("titles", APART)
def test_signs_that_tell_titles_apart(titles: list[str]) -> None:
    """The titles have one key and differ with their signs."""
    assert len({title_key(title) for title in titles}) == 1
    assert all(signed_key(one) != signed_key(other) for one, other in itertools.combinations(titles, 2))


@pytest.mark.parametrize(
    "spellings",
    [
        ["H-", "H⁻", "H^-", "$H^-$", "H−", "H(-)", "H$^{-}$"],
        ["Ca2+", "Ca²⁺", "Ca^{2+}", "Ca(2+)", "$Ca^{2+}$", "Ca 2+"],
        ["A*", "A^*", "$A^*$", "A∗", "A⋆"],
        ["C++", "C ++", "c++", "C＋＋"],
        ["C#", "C♯"],
        ["p <= 0.05", "p ≤ 0.05"],
        ["±5", "+/-5"],
        ["a != b", "a ≠ b"],
        ["at -5 degrees", "at −5 degrees"],
    ],
)
def test_spellings_of_one_sign(spellings: list[str]) -> None:
    """Raised, in TeX, in brackets, or by another character, a sign is the same."""
    assert len({signed_key(spelling) for spelling in spellings}) == 1


@settings(max_examples=500, deadline=None)
@given(st.text(max_size=40) | st.lists(st.sampled_from([*"C+#*-−^{}$ ()<>=éß–⁺⁻＋", "and", "Ab", "2"])).map("".join))
def test_any_title(title: str) -> None:
    """Without its signs the key holds the same letters and digits, whatever the title; asked twice it says the same."""
    assert signed_key(title) == _with_signs(title)
    assert title_key(signed_key(title)) == title_key(title.translate({ord("\\"): " "})) or not title.isascii()
