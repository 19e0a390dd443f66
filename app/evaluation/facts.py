"""Does a fact stand in a text? As whole tokens, whatever the case: "24" is neither 24.7 nor 124 nor the marker [24]."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

_MARKERS = re.compile(r"\[\d{1,3}(?:\s*[,-]\s*\d{1,3})*\]")
_HYPHENS = re.compile(r"[\u2010-\u2013\u2212]")
_QUOTES = str.maketrans({"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "*": None, "`": None})
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_PERCENT = re.compile(r"(?<=\d)\s*(?:\\?%|per ?cent\b)", re.IGNORECASE)
_SPACE = re.compile(r"\s+")


def missing_facts(facts: Iterable[Sequence[str]], texts: Iterable[str]) -> list[Sequence[str]]:
    """The facts of which no wording stands in any of the texts."""
    folded = [_folded(_MARKERS.sub(" ", text)) for text in texts]
    return [fact for fact in facts if not any(_stands(_folded(wording), text) for wording in fact for text in folded)]


def _folded(text: str) -> str:
    """One spelling: 1,000 is 1000, 24 percent is 24%, and neither emphasis nor the kind of a hyphen counts."""
    plain = unicodedata.normalize("NFKC", _HYPHENS.sub("-", text).translate(_QUOTES))
    return _SPACE.sub(" ", _PERCENT.sub("%", _THOUSANDS.sub("", plain))).strip().casefold()


def _stands(wording: str, text: str) -> bool:
    # Nothing that would make another word or figure of it: 24 is no part of GPT-24 either, but of 10-24 it is.
    before, after = r"(?<![^\W_])", r"(?![^\W_])"
    if wording[:1].isdigit():
        before += r"(?<![.])(?<!\d,)(?<![^\W\d_]-)"
    if wording[-1:].isdigit():
        after += r"(?![.,]\d)"
    return re.search(f"{before}{re.escape(wording)}{after}", text) is not None
