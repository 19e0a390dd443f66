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


@lru_cache(maxsize=4096)
def quotable(abstract: str) -> tuple[Sentence, ...]:
    """The sentences of an abstract that are its own: not those planted for a machine to read (see `app.core.planted`)."""
    found = []
    for sentence in sentences(abstract):
        # The rules take the "!" of an image for the end of a sentence.
        whole = f"!{sentence.text}" if abstract[: sentence.start].endswith("!") else sentence.text
        if any(map(str.isalnum, sentence.text)) and not is_planted(whole):
            found.append(sentence)
    return tuple(found)
