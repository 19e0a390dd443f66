"""The one or two sentences of an abstract that say most of the paper, word for word: what it adds, and what came out."""

from __future__ import annotations

import re
from collections.abc import Sequence

from app.adapters.sentences import quotable
from app.core.domain import Paper, Quote, Sentence
from app.core.names import handle

_ADDS = re.compile(
    r"\b(?:we|this (?:paper|work|study|article|survey)|the (?:paper|authors?))\b.{0,60}\b(?:propos|introduc|present|develop|design|"
    r"describ|collect|survey|investigat|study|studies|examin|analy[sz]|show|releas|build|built)",
    re.IGNORECASE,
)
_FINDS = re.compile(
    r"\b(?:outperform|achiev|improv|reach|reduc|increas|gain|surpass|exceed|beat|better|faster|find|found|show|reveal|result|"
    r"demonstrat|suggest|conclud|state-of-the-art)\w*|\d\s*%|\bpoints?\b",
    re.IGNORECASE,
)
_FIGURE = re.compile(r"\d")
_LONGEST = 420


def key_sentences(paper: Paper) -> tuple[Quote, ...]:
    """In the order of the abstract; none where nothing of it can be quoted."""
    there = quotable(paper.abstract)
    sentences = [s for s in there if len(s.text) <= _LONGEST] or list(there[:1])
    if not sentences:
        return ()
    name = handle(paper.title, paper.abstract)
    adds = max(sentences, key=lambda s: (_adds(s, name), -s.start))
    rest = [s for s in sentences if s is not adds and _FINDS.search(s.text)]
    finds = max(rest, key=lambda s: (_finds(s), s.start), default=None)
    return tuple(Quote(s.text, s.start, s.end) for s in _in_order([adds, *([finds] if finds else [])]))


def _in_order(sentences: Sequence[Sentence]) -> list[Sentence]:
    return sorted(sentences, key=lambda sentence: sentence.start)


def _adds(sentence: Sentence, name: str) -> int:
    """How surely it says what the paper adds."""
    opening = " ".join(sentence.text.split()[:8]).casefold()
    return 2 * bool(_ADDS.search(sentence.text)) + (bool(name) and name.casefold() in opening)


def _finds(sentence: Sentence) -> int:
    return (
        len(_FINDS.findall(sentence.text)) + bool(_FIGURE.search(sentence.text)) - 2 * bool(_ADDS.search(sentence.text))
    )
