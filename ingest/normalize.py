"""Cleaning the text of a record. Idempotent: cleaning twice changes nothing more."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from ingest.abstract_ends import without_ends
from ingest.html_tags import without_html
from ingest.latex import without_latex

# Invisible to a person, not to a model or a search: zero-width and direction-changing characters, tags (text can be
# written in them), halves of a surrogate pair (no file can hold them).
INVISIBLE = re.compile(
    "[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff\ud800-\udfff]"
)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_SPACE = re.compile(r"\s+")
_LIGATURE = re.compile("[\ufb00-\ufb06]")
_LIGATURES = dict(zip("\ufb00\ufb01\ufb02\ufb03\ufb04\ufb05\ufb06", ("ff", "fi", "fl", "ffi", "ffl", "st", "st")))
# A word broken at the end of a line. The hyphen belongs to the word after these parts, or where there is another.
_BROKEN = re.compile(r"(?<![\w-])([\w-]*[a-z])-[^\S\n\r]*(?:\r\n|\n|\r)\s*(?=([a-z]+))")
_HYPHENED = frozenset(
    "self multi non pre post fine cross low high co semi sub inter intra anti re long short large small single double"
    " two three four well real open closed zero one few state end time data model human machine user domain task"
    " context knowledge vision language text image audio video speech graph query question decision cost energy near"
    " far full half light hard soft top bottom left right mid first second third so by in on off up out to of the and"
    " meta auto micro macro quasi pseudo ultra super hyper over under high-quality ill best worst sub-word".split()
)
# Every pass takes away a level of markup. What nests deeper than this is not markup, and is left as it came.
_PASSES = 12


def clean_text(text: str) -> str:
    """One line of NFC text: no control or invisible characters, single spaces, and HTML and LaTeX made plain."""
    text = _line(text)
    return _settled(text, _without_markup) if _may_hold_markup(text) else text


def clean_abstract(text: str) -> str:
    """As `clean_text`, without the word "Abstract" before the text and notices of copyright after it."""
    text = clean_text(text)
    return text if without_ends(text) == text else _settled(text, lambda now: clean_text(without_ends(now)))


def clean_address(text: str) -> str:
    """An id, a DOI or a URL without the characters nobody sees; nothing else of it is touched."""
    return _CONTROL.sub("", INVISIBLE.sub("", text)).strip()


def _settled(text: str, step: Callable[[str], str]) -> str:
    """The text after as many steps as change it; the text itself if they do not come to an end."""
    now = text
    for _ in range(_PASSES):
        before, now = now, step(now)
        if now == before:
            return now
    return text


def _without_markup(text: str) -> str:
    return _line(without_latex(without_html(text)))


def _may_hold_markup(text: str) -> bool:
    return (
        "\\" in text
        or "$" in text
        or "--" in text
        or "~" in text
        or "&" in text
        or "<" in text
        or "``" in text
        or "{,}" in text
    )


def _line(text: str) -> str:
    """One line of NFC text: no control or invisible characters, single spaces, no ligatures, no broken words."""
    if not (text.isascii() and text.isprintable()):
        if "-" in text and ("\n" in text or "\r" in text):
            text = _BROKEN.sub(_joined, text)
        text = _CONTROL.sub("", _SPACE.sub(" ", INVISIBLE.sub("", text)))
        text = _LIGATURE.sub(lambda match: _LIGATURES[match[0]], text)
        # Only now: what was removed may have stood between a letter and its accent.
        text = unicodedata.normalize("NFC", text)
    return " ".join(text.split()) if "  " in text or text[:1].isspace() or text[-1:].isspace() else text


def _joined(match: re.Match[str]) -> str:
    first = match[1]
    return f"{first}-" if "-" in first or first.lower() in _HYPHENED else first
