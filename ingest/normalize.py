"""Cleaning the text of a record. Idempotent: cleaning twice changes nothing more."""

from __future__ import annotations

import re
import unicodedata

# Invisible to a person, not to a model or a search: zero-width and direction-changing characters, tags (text can be
# written in them), halves of a surrogate pair (no file can hold them).
_INVISIBLE = re.compile(
    "[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff\ud800-\udfff]"
)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_SPACE = re.compile(r"\s+")
_LATEX_ESCAPE = re.compile(r"\\+([%&#$_{}])")
_TIE_BEFORE_BRACKET = re.compile(r"(?<=\w)~+(?=[(\[\d])")


def clean_text(text: str) -> str:
    """One line of NFC text: no control or invisible characters, single spaces, LaTeX escapes (`79\\%`) undone."""
    text = _CONTROL.sub("", _SPACE.sub(" ", _INVISIBLE.sub("", text)))
    # Only now: what was removed may have stood between a letter and its accent.
    text = unicodedata.normalize("NFC", text)
    text = _LATEX_ESCAPE.sub(r"\1", text)
    text = _TIE_BEFORE_BRACKET.sub(" ", text)
    return _SPACE.sub(" ", text).strip()


def clean_address(text: str) -> str:
    """An id, a DOI or a URL without the characters nobody sees; nothing else of it is touched."""
    return _CONTROL.sub("", _INVISIBLE.sub("", text)).strip()
