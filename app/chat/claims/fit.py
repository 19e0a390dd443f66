"""Which sentences of an abstract say what a claim says: by meaning (cosine of vectors) and by words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from app.adapters.sentences import own_sentences, quotable
from app.chat.claims.words import alike, stems
from app.core.domain import Paper, Sentence
from app.core.errors import EmbedderAwayError
from app.core.ports import MakesVectors, Vectors

_EDGE = re.compile(r"^[\s\"“”'‘’*>|-]+|[\s\"“”'‘’*|]+$")
_SAYS = (
    r"(?:also |further |then |thus )?(?:reports?|says?|states?|shows?|finds?|found|notes?|claims?|argues?|describes?|explains?|"
    r"concludes?|observes?|demonstrates?|reveals?|indicates?|writes?|suggests?|mentions?|points? out|reported|showed|stated)"
)
_WHO = r"(?:(?:the|this|that|these|its|their|one) )?(?:[\w’'-]+ ){0,3}?(?:authors?|papers?|stud(?:y|ies)|works?|abstracts?|articles?|researchers|team|survey|experiments|results|reviewers?)"
_LEAD_IN = re.compile(
    rf"^(?:however|moreover|furthermore|in contrast|by contrast|additionally|in addition|also|overall|specifically|in particular|"
    rf"similarly|meanwhile|in short|in summary|on the other hand|finally|notably|instead), "
    rf"|^(?:according to|as (?:reported|stated|described|shown) (?:in|by)|in|per) {_WHO}(?: (?:by|of) [^,]{{1,60}})?, "
    rf"|^{_WHO} (?:by [^,]{{1,60}} )?{_SAYS} (?:that )"
    rf"|^[A-Z][\w’'-]+ et al\.,? (?:\(\d{{4}}\) )?{_SAYS} (?:that )"
    rf"|^it (?:is|was) (?:also )?(?:reported|found|shown|stated|noted|claimed|argued|said) that ",
    re.IGNORECASE,
)


def bare(claim: str) -> str:
    """The claim without quotation marks, bullets and words like "The authors report that"."""
    text = _EDGE.sub("", claim)
    for _ in range(2):
        text = _LEAD_IN.sub("", text)
    return text or claim


def folded(text: str) -> str:
    """Letters and whole figures only: typographic quotes and our own bracket changes do not make a quote another one,
    but 4 is not the beginning of 4.2."""
    return " ".join(re.findall(r"\d+(?:[.,]\d+)+|[^\W_]+", text.casefold()))


@dataclass
class Meanings:
    """Vectors of texts, each made once; all texts of an answer can be made at once (see `prepare`)."""

    embedder: MakesVectors
    away: bool = False
    _known: dict[str, Vectors] = field(default_factory=dict)

    def prepare(self, texts: Iterable[str]) -> None:
        """Make the vectors of these texts, if there is somebody to make them."""
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        if not new or self.away:
            return
        try:
            vectors = self.embedder.embed(new)
        except EmbedderAwayError:
            self.away = True
            return
        self._known.update(zip(new, vectors, strict=True))

    def cosine(self, one: str, other: str) -> float:
        """How near two texts are; 0 while nobody makes vectors."""
        self.prepare((one, other))
        return 0.0 if self.away else float(np.dot(self._known[one], self._known[other]))


@dataclass(frozen=True, slots=True)
class Fit:
    """How well one sentence of a paper bears a claim out."""

    paper: Paper
    sentence: Sentence
    cosine: float
    words: float
    verbatim: bool = False

    @property
    def score(self) -> float:
        """Higher fits better."""
        return self.cosine + self.words + self.verbatim


def fits(claim: str, paper: Paper, meanings: Meanings) -> list[Fit]:
    """Every sentence of the abstract with how well it fits, best first."""
    text = bare(claim)
    plain, own = folded(text), stems(text)
    found = [Fit(paper, sentence, 1.0, 1.0, True) for sentence in verbatim_in(plain, paper)]
    settled = bool(found)
    for sentence in own_sentences(paper.abstract):
        if all(fit.sentence != sentence for fit in found):
            cosine = 0.0 if settled else meanings.cosine(text, sentence.text)
            found.append(Fit(paper, sentence, cosine, share(own, sentence.text)))
    return sorted(found, key=lambda fit: -fit.score)


def verbatim_in(plain: str, paper: Paper) -> list[Sentence]:
    """The sentences, or lists of several, of the abstract that have these (folded) words in this order."""
    if len(plain) < 20:
        return []
    single = [one for one in own_sentences(paper.abstract) if f" {plain} " in f" {folded(one.text)} "]
    return single or [one for one in quotable(paper.abstract) if f" {plain} " in f" {folded(one.text)} "]


def share(own: frozenset[str], *texts: str) -> float:
    """The share of these stems that the texts have."""
    if not own:
        return 0.0
    there = frozenset().union(*map(stems, texts))
    return sum(name in there or any(alike(name, other) for other in there) for name in own) / len(own)


def fitting(claim: str, ranked: Sequence[Fit], most: int = 3) -> list[Fit]:
    """The sentences that say the claim together: the best, and each that adds words of the claim or is nearly as near."""
    if not ranked:
        return []
    chosen = [ranked[0]]
    open_stems = set(stems(bare(claim))) - set(stems(ranked[0].sentence.text))
    for fit in ranked[1:]:
        new = open_stems & stems(fit.sentence.text)
        if len(chosen) < most and (fit.cosine >= ranked[0].cosine - 0.08 or (len(new) >= 2 and fit.cosine >= 0.3)):
            chosen.append(fit)
            open_stems -= new
    return chosen
