"""Sentence boundaries with exact offsets, by sentencex (rules for about 300 languages, no model)."""

from __future__ import annotations

import re
from functools import lru_cache

import sentencex

from app.core.domain import Sentence
from app.core.planted import is_planted

# sentencex keeps a URL and the sentence after it together; a capital after "URL. " starts a new one.
_AFTER_URL = re.compile(r"https?://[^\s]+[.!?]\s+(?=[A-Z])")
# Inside enumerations "(i) ... (ii) ..." sentencex misses plain ends: a word of three letters or more, a figure or a
# bracket, then the stop, then a capital.
_PLAIN_END = re.compile(r"(?:[a-z]{3}|[A-Z]{2}|[)\]%\d])[.!?][\"'’”)\]]*\s+(?=[\"'“(]?[A-Z])")
# It also ends a sentence after these, which in abstracts are never the end.
_NOT_AN_END = re.compile(
    r"\b(?:Dr|Prof|Figs?|Eqs?|Sect?|Tab|Refs?|No|cf|i\.e|e\.g|vs|et al|resp|approx|Inc|Univ)\.\s*$"
)


@lru_cache(maxsize=4096)
def sentences(text: str) -> tuple[Sentence, ...]:
    """The sentences of `text` in order; `text[s.start:s.end] == s.text`, without outer white space.

    Every character of `text` other than white space is in exactly one sentence.
    """
    cuts = {0, len(text)}
    for boundary in sentencex.get_sentence_boundaries("en", text):
        cuts.add(boundary["end_index"])
    for pattern in (_AFTER_URL, _PLAIN_END):
        cuts.update(match.end() for match in pattern.finditer(text))
    ordered = sorted(cuts)
    found: list[Sentence] = []
    start = 0
    for end in ordered[1:]:
        if end < len(text) and _NOT_AN_END.search(text[start:end]):
            continue
        if end < len(text) and text[start:end].rstrip().endswith(":"):
            continue  # what a colon announces belongs to the sentence that announces it
        piece = text[start:end]
        trimmed = piece.strip()
        if trimmed:
            at = start + piece.index(trimmed)
            found.append(Sentence(trimmed, at, at + len(trimmed)))
        start = end
    return tuple(found)


_FIRST, _SECOND, _LATER = (
    re.compile(rf"(?:(?<=\s)|^)\(?(?:{items})\)(?=\s)", re.IGNORECASE)
    for items in ("i|1|a", "ii|2|b", "ii|iii|iv|v|vi|2|3|4|5|6|b|c|d|e|f")
)
_LONGEST_LIST = 700


@lru_cache(maxsize=4096)
def own_sentences(text: str) -> tuple[Sentence, ...]:
    """The sentences of an abstract that are its own, not those planted for a machine to read (see `app.core.planted`)."""
    return tuple(sentence for sentence in sentences(text) if _is_own(sentence, text))


@lru_cache(maxsize=4096)
def quotable(text: str) -> tuple[Sentence, ...]:
    """The sentences of an abstract that are its own (see `own_sentences`); a
    numbered list of several ("(1) ... (2) ...") is one of at most 700 characters: one item of it says little."""
    found: list[Sentence] = []
    inside = False
    for sentence in own_sentences(text):
        before = found[-1] if found else None
        goes_on = (_LATER if inside else _SECOND).match(sentence.text) is not None
        if (
            before
            and goes_on
            and not text[before.end : sentence.start].strip()
            and (inside or _FIRST.search(before.text))
            and sentence.end - before.start <= _LONGEST_LIST
        ):
            found[-1] = Sentence(text[before.start : sentence.end], before.start, sentence.end)
            inside = True
        else:
            found.append(sentence)
            inside = False
    return tuple(found)


def _is_own(sentence: Sentence, text: str) -> bool:
    # The rules take the "!" of an image for the end of a sentence.
    whole = f"!{sentence.text}" if text[: sentence.start].endswith("!") else sentence.text
    return any(map(str.isalnum, sentence.text)) and not is_planted(whole)
