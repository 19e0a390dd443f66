"""Cleaning the text of a record. Idempotent: cleaning twice changes nothing more."""

from __future__ import annotations

import re
import unicodedata

# Zero-width and direction-changing characters: invisible to a person, not to a model or a search.
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_SPACE = re.compile(r"\s+")
_LATEX_ESCAPE = re.compile(r"\\+([%&#$_{}])")
_TIE_BEFORE_BRACKET = re.compile(r"(?<=\w)~+(?=[(\[\d])")


def clean_text(text: str) -> str:
    """One line of NFC text: no control or invisible characters, single spaces, LaTeX escapes (`79\\%`) undone."""
    text = unicodedata.normalize("NFC", text)
    text = _INVISIBLE.sub("", text)
    text = _SPACE.sub(" ", text)
    text = _CONTROL.sub("", text)
    text = _LATEX_ESCAPE.sub(r"\1", text)
    text = _TIE_BEFORE_BRACKET.sub(" ", text)
    # Removing characters can bring others together, so normalise once more.
    return unicodedata.normalize("NFC", _SPACE.sub(" ", text)).strip()
