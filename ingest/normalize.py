"""Cleaning the text of a record. Idempotent: cleaning twice changes nothing more."""

from __future__ import annotations

import re
import unicodedata

from ingest.abstract_ends import without_ends
from ingest.broken_words import SOFT_BREAK, mended
from ingest.html_tags import without_html
from ingest.latex import without_latex

# Invisible to a person, not to a model or a search: zero-width and direction-changing characters, tags (text can be
# written in them), fillers, halves of a surrogate pair (no file can hold them).
_UNSEEN = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0"
    "\ufff9-\ufffb\U000e0000-\U000e0fff\ud800-\udfff"
)
INVISIBLE = re.compile(f"[{_UNSEEN}]")
# Without those that part words, as a line end does.
_CONTROLS = r"\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f"
_CONTROL = re.compile(f"[{_CONTROLS}]")
_ANY_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_ODD = re.compile(f"[{_UNSEEN}{_CONTROLS}\ufb00-\ufb06]")
_LIGATURE = re.compile("[\ufb00-\ufb06]")
_LIGATURES = dict(
    zip("\ufb00\ufb01\ufb02\ufb03\ufb04\ufb05\ufb06", ("ff", "fi", "fl", "ffi", "ffl", "st", "st"), strict=True)
)
# Every pass takes away a level of markup. What nests deeper than this is not markup, and is left as it came.
_PASSES = 12


def clean_text(text: str) -> str:
    """One line of NFC text: no control or invisible characters, single spaces, and HTML and LaTeX made plain."""
    plain = text = _line(text)
    for _ in range(_PASSES):
        if not _may_hold_markup(plain):
            return plain
        before, plain = plain, _line(without_latex(without_html(plain)))
        if plain == before:
            return plain
    return text


def clean_abstract(text: str) -> str:
    """As `clean_text`, without the word "Abstract" before the text and notices of copyright after it."""
    text = whole = clean_text(text)
    for _ in range(_PASSES):
        before, text = text, without_ends(text)
        if text == before:
            return text
        text = clean_text(text)
    return whole


def clean_address(text: str) -> str:
    """An id, a DOI or a URL without the characters nobody sees; nothing else of it is touched."""
    if text.isascii() and text.isprintable():
        return text.strip()
    return _ANY_CONTROL.sub("", INVISIBLE.sub("", text)).strip()


def _may_hold_markup(text: str) -> bool:
    # Single characters are found many times faster than two.
    return (
        "\\" in text
        or "$" in text
        or "~" in text
        or "&" in text
        or ("<" in text and ">" in text)
        or ("{" in text and ("{,}" in text or "_{" in text or "^{" in text))
        or ("`" in text and "``" in text)
        or "--" in text
    )


def _line(text: str) -> str:
    """One line of NFC text: no control or invisible characters, single spaces, no ligatures, no broken words."""
    text = text.strip()  # most lines are then as they should be, but for their line end
    plain = text.isascii()
    if plain and text.isprintable():
        return " ".join(text.split()) if "  " in text else text
    if plain:
        text = " ".join((mended(text) if "-" in text else text).split())
        return text if text.isprintable() else " ".join(_CONTROL.sub("", text).split())
    if _ODD.search(text):
        text = _CONTROL.sub("", INVISIBLE.sub("", SOFT_BREAK.sub("", text)))
        text = _LIGATURE.sub(lambda match: _LIGATURES[match[0]], text)
    if "\n" in text or "\r" in text:
        text = mended(text)
    # Only now: what was removed may have stood between a letter and its accent.
    return unicodedata.normalize("NFC", " ".join(text.split()))
