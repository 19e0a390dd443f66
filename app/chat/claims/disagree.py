"""Do two abstracts say opposite things of the same? Asked before an answer that would take one side in silence.

Conservative: a pair counts only if both sentences are about the question, nearly the same in meaning and in words, and
each, read as a claim on the other, is turned round (negation, direction, sides). What a paper says of its own system is
no contradiction to what another says of its own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from app.chat.claims import cues, named, sides
from app.chat.claims.fit import Meanings
from app.chat.claims.words import read, stems
from app.core.domain import Evidence, Quote, Sentence
from app.core.ports import MakesVectors

ABOUT_QUESTION = 0.40
SAME_MATTER = 0.62
SAME_WORDS = 0.40
_CONTRASTS = re.compile(r"\b(?:while|whereas|but|although|though|however|in contrast|despite)\b", re.IGNORECASE)
LEAD = "The abstracts disagree on this:"
_BRACKETED = re.compile(r"[\[【](\s*\^?\d[\d,;\s–^and-]*)[\]】]")


@dataclass(frozen=True, slots=True)
class Side:
    """One paper's sentence; `quote` is cut out of its abstract exactly."""

    evidence: Evidence
    quote: Quote


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Two papers that say opposite things, in the order of the evidence."""

    one: Side
    other: Side
    cosine: float

    @property
    def text(self) -> str:
        """Both sides quoted, with their markers."""
        return f"{LEAD}\n\n{_line(self.one)}\n{_line(self.other)}"


def disagreement(
    question: str, scored: Sequence[tuple[Evidence, Sentence]], embedder: MakesVectors
) -> Disagreement | None:
    """The plainest disagreement between sentences of different papers on the question, or None."""
    meanings = Meanings(embedder)
    texts = {(e.marker, s.start): _nameless(s.text, e) for e, s in scored}
    meanings.prepare([question, *texts.values()])
    if meanings.away:
        return None
    near = [
        (evidence, sentence, texts[evidence.marker, sentence.start])
        for evidence, sentence in scored
        if meanings.cosine(question, texts[evidence.marker, sentence.start]) >= ABOUT_QUESTION
    ]
    found = []
    for i, (one, first, said) in enumerate(near):
        for other, second, against in near[i + 1 :]:
            if (
                one.marker == other.marker
                or named.owners(first.text, [one.paper])
                or named.owners(second.text, [other.paper])
            ):
                continue
            cosine = meanings.cosine(said, against)
            if cosine >= SAME_MATTER and _same_words(said, against) and _opposed(said, against):
                found.append(Disagreement(_side(one, first), _side(other, second), cosine))
    return max(found, key=lambda pair: pair.cosine, default=None)


def _nameless(text: str, evidence: Evidence) -> str:
    return named.without(text, evidence.paper)


def _same_words(one: str, other: str) -> bool:
    first, second = stems(one), stems(other)
    return len(first & second) >= max(3, SAME_WORDS * min(len(first), len(second)))


def _opposed(one: str, other: str) -> bool:
    """Each is turned round when read as a claim on the other."""
    if _CONTRASTS.search(one) or _CONTRASTS.search(other):
        return False  # it says two opposite things itself
    first, second = read(one), read(other)
    if sides.exchanged(first, [second], ())[0]:
        return True
    return bool(cues.turned(first, [second]) and cues.turned(second, [first]))


def _side(evidence: Evidence, sentence: Sentence) -> Side:
    return Side(evidence, Quote(sentence.text, sentence.start, sentence.end))


def _line(side: Side) -> str:
    quote = _BRACKETED.sub(r"(\1)", side.quote.text)  # square brackets would read as markers
    return f"- “{quote}” [{side.evidence.marker}]"
