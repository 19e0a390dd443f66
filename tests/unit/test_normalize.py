"""Cleaning: what goes, what stays, and that a second cleaning finds nothing to do."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.normalize import clean_address, clean_text

# Characters that change each other when one of them is removed, mixed with any others.
TEXTS = st.text(
    st.one_of(st.sampled_from("\\%&_{}~([1 aeé\u0301\u0338\u200b\u200d\u202e\x00\t\n\u00a0=<"), st.characters())
)


@settings(max_examples=200)
@given(TEXTS)
def test_cleaning_is_idempotent(text: str) -> None:
    """Cleaning twice changes nothing more."""
    once = clean_text(text)
    assert clean_text(once) == once


@settings(max_examples=200)
@given(TEXTS)
def test_cleaned_text_is_one_storable_line(text: str) -> None:
    """The result is NFC, one line without outer or double spaces, holds no control character and can be stored."""
    clean = clean_text(text)
    assert unicodedata.is_normalized("NFC", clean)
    assert clean == " ".join(clean.split())
    assert not [c for c in clean if unicodedata.category(c) in {"Cc", "Cs"}]
    clean.encode("utf-8")


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        (r"correct in 79\% of cases", "correct in 79% of cases"),
        (r"a\_b \& c \#1 \$5 \{x\}", "a_b & c #1 $5 {x}"),
        (r"doubled \\% escape", "doubled % escape"),
        (r"\alpha reads, C:\new and C:\alpha stay", r"α reads, C:\new and C:\alpha stay"),
        ("models~(PLMs) and Table~3 and [~x]", "models (PLMs) and Table 3 and [~x]"),
        ("about ~5 of 10", "about ~5 of 10"),
        ("cafe\u0301", "café"),
        ("two\nlines\r\n  and\ttabs\u00a0here", "two lines and tabs here"),
        ("zero\u200bwidth soft\u00adhyphen \ufeffmark", "zerowidth softhyphen mark"),
        ("left\u202eright\u2066 and\u061c", "leftright and"),
        ("bell\x07 and null\x00 and next line\x85end", "bell and null and next line end"),
        ("hidden\U000e0041\U000e0042 tags", "hidden tags"),
        ("half \ud83d of a pair", "half of a pair"),
        ("e\u200d\u0301~(x)", "é (x)"),
        ("  ", ""),
    ],
)
def test_what_goes_and_what_stays(raw: str, clean: str) -> None:
    """Invisible characters, controls and LaTeX escapes go; everything a person reads stays."""
    assert clean_text(raw) == clean


def test_addresses_keep_what_text_would_lose() -> None:
    """In an address only invisible characters go: a tilde or an escaped character belongs to it."""
    assert clean_address(" https://example.org/a~1/x%5C_y\u200b\n") == "https://example.org/a~1/x%5C_y"
