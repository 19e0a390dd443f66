"""Sides of a comparison that no name gives: a name only one paper uses, a paper told by the words of its title."""

from __future__ import annotations

import re
from collections.abc import Sequence

from app.chat.resolve.readings import Ledger
from app.chat.resolve.systems import bare
from app.core.names import Mention
from app.core.ports import KeywordIndex, PaperStore

# A described side stands for a paper when this share of its words, weighted by rarity, is in the paper's title.
_TITLE_SHARE = 0.7
COMPARES = re.compile(
    r"\b(?:compar\w+|contrast\w*|differ\w*|versus|vs\.?|in common|similarit\w+|similar to|better than|worse than|as opposed to|"
    r"tell apart|trade-?offs? between)(?!\w)|\b(?:which|who|better|more|less|fewer|larger|smaller|faster)\b.*\bor\b",
    re.IGNORECASE,
)
_SIDES = re.compile(
    r"\s*(?:[,;:?]|\b(?:and|or|vs\.?|versus|compared (?:to|with)|than|from|with|against|between|compare|contrast|differ|in what)\b)\s*",
    re.IGNORECASE,
)
_COMPARING_STEMS = frozenset("compar differ contrast versus better wors more less similar common relat paper".split())
# Sides that are nobody's name: "compare OVOR with a baseline", "with other methods".
_ANY_STEMS = _COMPARING_STEMS | frozenset(
    "baselin standard previous prior earlier exist convent tradit method model approach work system altern competitor rest art state".split()
)

# How a side begins that is not yet what it is about.
_SIDE_LEAD = re.compile(
    r"^(?:\s*(?:how|does|do|did|is|are|was|were|the|a|an|papers?|work|about|of|what|which|difference|differences|between)\b)+\s*"
    r"(?:(?:on|about)\s+)?",
    re.IGNORECASE,
)
# A point to compare on, not a side: "on accuracy", "in terms of cost", "when data is scarce".
_POINT = re.compile(
    r"^\s*(?:on|in|for|at|by|regarding|when|if|while|under|across|per|both|each|it|they|them|terms)\b", re.IGNORECASE
)
_JOINED_BY = frozenset(
    {"and", "or", "vs", "vs.", "versus", "with", "from", "to", "against", "than", "compared to", "compared with"}
)


def read_used_by_one(found: Sequence[Mention], ledger: Ledger, keyword: KeywordIndex, every_marked: bool) -> None:
    """Names that no paper introduces as its own but exactly one paper uses ("xP3") stand for that paper. In a
    comparison any word written as a name may ("BLOOMZ"); else only what can be nothing but a name."""
    for mention in found:
        if mention.certain or (every_marked and mention.marked):
            if any(mention.start < end and mention.end > start for start, end, _ in ledger.found):
                continue
            ids = keyword.papers_with_phrase(bare(mention.text))
            if len(ids) == 1:
                ledger.read(mention.start, mention.end, ids, 0.7, "name")


def read_described_sides(ledger: Ledger, keyword: KeywordIndex, store: PaperStore) -> None:
    """Sides of a comparison given by words of a title ("the pretraining task diversity paper"): a stretch between
    "and", "or", "versus" and the like stands for the paper whose title has its rarest words.

    Once two sides are known, only stretches after the first are sides; what stands before is the question itself. A
    stretch joined to the only known side that no title fits is a side the library does not hold."""
    text = ledger.text
    joints = list(_SIDES.finditer(text))
    edges = [0, *(edge for match in joints for edge in match.span()), len(text)]
    joined_by = ["", *(match.group().strip().lower() for match in joints)]
    taken = [(start, end) for start, end, _ in ledger.found]
    taken += [(start, start + len(name)) for start, name, _ in ledger.missing]
    for start, end, joint in zip(edges[::2], edges[1::2], joined_by, strict=True):
        lead = _SIDE_LEAD.match(text[start:end])
        start += lead.end() if lead else 0
        is_point = _POINT.match(text[start:end]) is not None
        known_before = any(e <= start for _, e in taken)
        if (
            any(start < e and end > s for s, e in taken)
            or is_point
            or (len(ledger.found) + len(ledger.missing) > 1 and not known_before)
        ):
            continue
        paper = _described(text[start:end], keyword, store)
        if paper:
            ledger.read(start, end, (paper,), _TITLE_SHARE, "description")
        elif (
            len(ledger.found) == 1
            and not ledger.missing
            and joint in _JOINED_BY
            and set(keyword.terms(text[start:end])) - _ANY_STEMS
        ):
            ledger.missing.append((start, text[start:end].strip(), False))


def _described(side: str, keyword: KeywordIndex, store: PaperStore) -> str | None:
    terms = [term for term in dict.fromkeys(keyword.terms(side)) if term not in _COMPARING_STEMS]
    total = sum(keyword.idf(term) for term in terms)
    hits = keyword.search(side, 3) if len(terms) >= 2 else []
    papers = store.get([hit.paper_id for hit in hits])
    for paper in papers.values():
        have = set(keyword.terms(paper.title))
        if sum(keyword.idf(term) for term in terms if term in have) >= _TITLE_SHARE * total:
            return paper.id
    return None
