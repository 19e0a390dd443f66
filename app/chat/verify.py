"""Is each sentence of the answer in the abstracts it cites? Local, cheap, and never positive by default.

A verdict needs a reason: a verbatim quote, or every figure and name found in a cited abstract and a sentence there
that says the like (cosine of sentence vectors, share of words). A wrong figure is caught whatever the rest says.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from app.adapters.sentences import sentences
from app.chat.cite import Statement, statements
from app.core.domain import Citation, Claim, Evidence, Paper, Quote, Verdict
from app.core.errors import EmbedderAwayError
from app.core.names import GENERIC, looks_like_name, name_key
from app.core.ports import KeywordIndex, MakesVectors

SUPPORTED_COSINE = 0.60
PARTLY_COSINE = 0.45
SUPPORTED_WORDS = 0.60

_NUMBER = re.compile(r"(?<![\w.])\d+(?:[.,]\d+)*")
_SMALL = {"one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9",
          "ten": "10"}  # fmt: skip
_SAYS_NOTHING = re.compile(
    r"\bnot (?:stated|mentioned|given|reported|specified)\b|\bdo(?:es)? not (?:say|state|mention)\b|\bholds no paper\b|^There was no room for\b",
    re.I,
)
_MARKERS = re.compile(r"\s*\[\d{1,3}\]")
_ELLIPSIS_QUOTE = re.compile(r"^[\s\"“”'‘’*>-]+|[\s\"“”'‘’*]+$")


@dataclass(frozen=True, slots=True)
class Checked:
    """The claims of an answer and its citations with the sentences they rest on."""

    claims: tuple[Claim, ...]
    citations: tuple[Citation, ...]


def verify(text: str, evidence: Sequence[Evidence], embedder: MakesVectors, keyword: KeywordIndex) -> Checked:
    """Check the answer `text` (markers normalised) against its evidence. Headings, the head of a table and lead-ins
    ending in a colon claim nothing and are left out; their markers still are citations."""
    by_marker = {item.marker: item for item in evidence}
    found = [s for s in statements(text) if s.markers or _claims_something(s)]
    claims: list[Claim] = []
    quotes: dict[int, dict[tuple[int, int], Quote]] = {}
    for statement in found:
        cited = [by_marker[m] for m in statement.markers if m in by_marker]
        if _is_heading(text, statement):
            continue
        if not cited:
            problem = "uncited" if not _SAYS_NOTHING.search(statement.text) else ""
            claims.append(Claim(statement.text, (), "unchecked", (problem,) if problem else ()))
            continue
        support = [_best_sentence(statement.text, item.paper, embedder, keyword) for item in cited]
        for item, best in zip(cited, support, strict=True):
            if best:
                quotes.setdefault(item.marker, {})[best.quote.start, best.quote.end] = best.quote
        claims.append(_judge(statement, [item.paper for item in cited], [b for b in support if b]))
    citations = tuple(
        Citation(marker, by_marker[marker].paper.ref, tuple(quotes.get(marker, {}).values()))
        for marker in dict.fromkeys(m for s in found for m in s.markers if m in by_marker)
    )
    return Checked(tuple(claims), citations)


def _claims_something(statement: Statement) -> bool:
    return not statement.text.endswith(":") and len(statement.text.split()) >= 3


def _is_heading(text: str, statement: Statement) -> bool:
    """A line that starts with #, is bold as a whole, or stands above the rule of a table."""
    lines = text[text.rfind("\n", 0, statement.start) + 1 :].splitlines()
    line = _MARKERS.sub("", lines[0]).strip()
    if line.startswith("#") or re.fullmatch(r"\*\*[^*]+\*\*:?", line):
        return True
    return len(lines) > 1 and "|" in line and re.fullmatch(r"[\s|:-]*-[\s|:-]*", lines[1]) is not None


@dataclass(frozen=True, slots=True)
class _Support:
    quote: Quote
    cosine: float
    words: float
    verbatim: bool


def _best_sentence(claim: str, paper: Paper, embedder: MakesVectors, keyword: KeywordIndex) -> _Support | None:
    """The sentence of the abstract that says most nearly what the claim says."""
    bare = _ELLIPSIS_QUOTE.sub("", claim)
    plain, abstract = _folded(bare), paper.abstract
    found = sentences(abstract)
    if not found:
        return None
    for sentence in found:
        if len(plain) >= 20 and f" {plain} " in f" {_folded(sentence.text)} ":
            return _Support(Quote(sentence.text, sentence.start, sentence.end), 1.0, 1.0, True)
    try:
        vectors = embedder.embed([bare, *(s.text for s in found)])
        cosines = [float(cosine) for cosine in vectors[1:] @ vectors[0]]
    except EmbedderAwayError:
        cosines = [0.0] * len(found)
    terms = set(keyword.terms(bare))
    supports = []
    for sentence, cosine in zip(found, cosines, strict=True):
        have = set(keyword.terms(sentence.text))
        words = len(terms & have) / len(terms) if terms else 0.0
        quote = Quote(sentence.text, sentence.start, sentence.end)
        supports.append(_Support(quote, cosine, words, False))
    return max(supports, key=lambda s: s.cosine + s.words)


def _folded(text: str) -> str:
    """Letters and whole figures only: typographic quotes and our own bracket changes do not make a quote another one,
    but 4 is not the beginning of 4.2."""
    return " ".join(re.findall(r"\d+(?:[.,]\d+)+|[^\W_]+", text.casefold()))


def _judge(statement: Statement, papers: Sequence[Paper], support: Sequence[_Support]) -> Claim:
    problems = [] if any(s.verbatim for s in support) else _absent(statement.text, papers)
    best_cosine = max((s.cosine for s in support), default=0.0)
    best_words = max((s.words for s in support), default=0.0)
    verdict: Verdict
    if problems:
        verdict = "unsupported"
    elif best_cosine >= SUPPORTED_COSINE or best_words >= SUPPORTED_WORDS:
        verdict = "supported"
    elif best_cosine >= PARTLY_COSINE:
        verdict = "partly"
    elif _SAYS_NOTHING.search(statement.text) or not _claims_something(statement):
        verdict = "unchecked"  # "Yes [2].", "The abstract does not state its size [2].": no sentence says the like
    else:
        verdict, problems = "unsupported", ["no sentence of the cited abstract says this"]
    return Claim(statement.text, statement.markers, verdict, tuple(problems))


def _absent(claim: str, papers: Sequence[Paper]) -> list[str]:
    """Figures and names of the claim that no cited paper has, each as a problem in words."""
    text = " ".join(f"{p.title} {p.abstract} {' '.join(p.authors)} {p.year or ''} {p.venue or ''}" for p in papers)
    numbers = {_number(n) for n in _NUMBER.findall(text)}
    numbers |= {digit for word, digit in _SMALL.items() if re.search(rf"\b{word}\b", text, re.IGNORECASE)}
    problems = [
        f"number {n} not in the cited abstract"
        for n in dict.fromkeys(_NUMBER.findall(claim))
        if _number(n) not in numbers
    ]
    have = name_key(text)
    for word in dict.fromkeys(re.findall(r"\w+(?:[-.]\w+)*", claim)):
        key = name_key(word)
        if looks_like_name(word) and key not in GENERIC and key not in have and key.rstrip("s") not in have:
            problems.append(f"name {word} not in the cited abstract")
    return problems


def _number(text: str) -> str:
    """One spelling: 1,000 is 1000 and 23.0 is 23."""
    plain = re.sub(r",(?=\d{3}\b)", "", text)
    return re.sub(r"\.0+$", "", plain)
