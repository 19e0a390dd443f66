"""The verdict on one claim against the papers that it cites: guards first, then how well it fits.

A verdict needs a reason: a verbatim quote, or every figure and name found in a cited record, nothing turned round, and
sentences there that say the like. A guard that speaks up makes the claim unsupported whatever the rest says.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from app.adapters.sentences import own_sentences
from app.chat.claims import cues, named, sides
from app.chat.claims.figure_guard import figure_problems
from app.chat.claims.fit import Fit, Meanings, bare, fits, fitting, folded, share
from app.chat.claims.words import read, stems
from app.core.domain import Paper, Verdict
from app.core.ports import KeywordIndex

SUPPORTED_COSINE = 0.60
SUPPORTED_WORDS = 0.60
PARTLY_COSINE = 0.45
PARTLY_WORDS = 0.45
NOTHING_FITS = "no sentence of the cited abstract says this"

SAYS_NOTHING = re.compile(
    r"\b(?:not|n't|never) (?:\w+ )?(?:stated?|mention(?:ed)?|given?|report(?:ed)?|specif(?:y|ied)|say|said)\b|\bholds no paper\b"
    r"|^There was no room for\b|\bdo(?:es)?n['o’]?t? ?(?:not )?(?:say|state|mention|give|report|specify)\b"
    r"|\babstracts? (?:is|are) silent\b|\b(?:says?|gives?|states?) (?:nothing|no )\b",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"[“\"„«]([^“”\"„«»]{12,600})[”\"»]")


@dataclass(frozen=True, slots=True)
class Finding:
    """What checking a claim gave: the verdict, why it is no better, and the sentence of each cited paper that it rests
    on. `score` is how well the best of them fits, by meaning and by words."""

    verdict: Verdict
    problems: tuple[str, ...]
    rests_on: tuple[Fit, ...]
    score: float
    cosine: float = 0.0
    words: float = 0.0

    @property
    def guarded(self) -> bool:
        """Whether a guard found something wrong, and not only nothing that fits."""
        return any(problem != NOTHING_FITS for problem in self.problems)


def check(
    claim: str,
    papers: Sequence[Paper],
    others: Sequence[Paper],
    meanings: Meanings,
    keyword: KeywordIndex | None = None,
) -> Finding:
    """The verdict on `claim`, which cites `papers`; `others` are the rest of the evidence."""
    ranked = sorted((fit for paper in papers for fit in fits(claim, paper, meanings)), key=lambda fit: -fit.score)
    best = ranked[0] if ranked else None
    text = bare(claim)
    missing = _names(claim, papers, others, keyword)
    if best and best.verbatim and not missing:
        return Finding("supported", (), _best_each(ranked), best.score, 1.0, 1.0)
    nearest = fitting(claim, ranked)
    said = [fit.sentence.text for fit in nearest]
    problems = [
        *figure_problems(text, papers, said),
        *(f"name {name} not in the cited abstract" for name in missing),
    ]
    if not problems and len(papers) > 1:
        problems += _mixed_up(text, papers, meanings)
    if not problems and not SAYS_NOTHING.search(claim):
        problems += _turned(text, papers, nearest)
    records = [f"{paper.title} {' '.join(paper.authors)} {paper.year or ''}" for paper in papers]
    words = share(stems(text), *said, *records)
    cosine = best.cosine if best else 0.0
    verdict = _verdict(claim, problems, cosine, words, best.words if best else 0.0)
    if verdict == "unsupported" and not problems:
        problems.append(NOTHING_FITS)
    if not problems and (astray := named.elsewhere(text, papers, said)):
        problems += [f"name {name} is not where the cited abstract says this" for name in astray]
        verdict = "partly"
    if unquoted := _not_verbatim(claim, papers):
        problems.append(f"quote “{unquoted}” is not in the cited abstract")
        verdict = "unsupported" if verdict == "unsupported" else "partly"
    return Finding(verdict, tuple(problems), _best_each(ranked), best.score if best else 0.0, cosine, words)


def _best_each(ranked: Sequence[Fit]) -> tuple[Fit, ...]:
    best: dict[str, Fit] = {}
    for fit in ranked:
        best.setdefault(fit.paper.id, fit)
    return tuple(best.values())


def _verdict(claim: str, problems: Sequence[str], cosine: float, words: float, best_words: float) -> Verdict:
    if problems:
        return "unsupported"
    if (
        cosine >= SUPPORTED_COSINE
        or best_words >= SUPPORTED_WORDS
        or (words >= SUPPORTED_WORDS and cosine >= PARTLY_COSINE)
    ):
        return "supported"
    if cosine >= PARTLY_COSINE or words >= PARTLY_WORDS:
        return "partly"
    if SAYS_NOTHING.search(claim) or len(claim.split()) < 3:
        return "unchecked"  # "Yes [2].", "The abstract does not state its size [2].": no sentence says the like
    return "unsupported"


def _names(text: str, papers: Sequence[Paper], others: Sequence[Paper], keyword: KeywordIndex | None) -> list[str]:
    missing = named.absent(text, papers)
    known = {name.casefold() for name in missing}
    for name in named.of_others(text, papers, others):
        if not any(name.casefold() in word or word in name.casefold() for word in known):
            missing.append(name)
    if not missing and keyword is not None:
        missing += named.of_library(text, papers, keyword)
    return list(dict.fromkeys(missing))


def _turned(text: str, papers: Sequence[Paper], nearest: Sequence[Fit]) -> list[str]:
    claim = read(text)
    said = [read(fit.sentence.text) for fit in nearest]
    own = frozenset().union(*(named.own_keys(paper) for paper in papers)) if len(papers) == 1 else frozenset()
    every = [read(sentence.text) for paper in papers for sentence in own_sentences(paper.abstract)]
    crossed, settled = sides.exchanged(claim, every, own)
    if crossed:
        return ["exchanges the sides of what the cited abstract says"]
    told = cues.turned(claim, said, every, settled)
    return [told] if told else []


_PARTS = re.compile(r"(?:,\s*)?(?:;|\bwhile\b|\bwhereas\b|\bbut\b|\band\b|,)\s*")
_MIXED_UP = 0.25


def _mixed_up(text: str, papers: Sequence[Paper], meanings: Meanings) -> list[str]:
    """Of a sentence that cites several papers, each part that names one of them must be in that one."""
    problems = []
    for part in _parts(text, papers):
        owners = named.owners(part, papers)
        if len(owners) != 1 or len(part.split()) < 4:
            continue
        (owner,) = owners
        nameless = named.without(part, owner)
        best = {paper.id: max((f.score for f in fits(nameless, paper, meanings)), default=0.0) for paper in papers}
        other = max(best, key=lambda paper_id: best[paper_id])
        if best[other] > best[owner.id] + _MIXED_UP:
            problems.append(f"“{_short(part)}” is said of another cited paper")
        else:
            problems += figure_problems(part, [owner], [])
    return problems


def _parts(text: str, papers: Sequence[Paper]) -> list[str]:
    """The text cut so that each part names one paper, as far as it goes; what names none belongs to what is before."""
    parts: list[str] = []
    at = 0
    for match in (*_PARTS.finditer(text), None):
        piece = text[at : match.end() if match else len(text)]
        at = match.end() if match else len(text)
        if parts and (not named.owners(piece, papers) or not named.owners(parts[-1], papers)):
            parts[-1] += piece
        else:
            parts.append(piece)
    return parts


def _short(text: str) -> str:
    text = text.strip(" ,;")
    return text if len(text) <= 60 else f"{text[:59]}…"


def _not_verbatim(claim: str, papers: Sequence[Paper]) -> str | None:
    """A quote of four words or more that no cited record has word for word; "..." may stand for what is left out."""
    records = [f" {folded(f'{paper.title} . {paper.abstract}')} " for paper in papers]
    for match in _QUOTED.finditer(claim):
        pieces = [folded(piece) for piece in re.split(r"\.\.\.|…|\[[^\]]*\]", match[1])]
        for piece in pieces:
            if len(piece.split()) >= 4 and not any(f" {piece} " in record for record in records):
                return match[1] if len(match[1]) <= 80 else f"{match[1][:79]}…"
    return None
