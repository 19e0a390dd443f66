"""Sides of a comparison that no name gives: a name only one paper uses, a paper told by the words of its title."""

from __future__ import annotations

import re
from collections.abc import Sequence

from app.chat.compare.split import Side, split
from app.chat.resolve.readings import Ledger
from app.chat.resolve.systems import bare
from app.core.names import Mention
from app.core.ports import KeywordIndex, PaperStore

# A described side stands for a paper when this share of its words, weighted by rarity, is in the paper's title.
_TITLE_SHARE = 0.7
COMPARES = re.compile(
    r"\b(?:compar\w+|contrast\w*|differ\w*|versus|vs\.?|in common|similarit\w+|similar to|better than|worse than|as opposed to|(?!(?:other|rather|larger|more|less|fewer|longer|greater|higher|lower|smaller) than)[a-z]{3,}er than|stacks? up (?:against|to|with)|measures? up (?:against|to|with)|fares? against|unlike|rather than|instead of|pros and cons|"
    r"distinguish\w*|advantages?(?= .{1,120}\bover\b)|"
    r"tell apart|side by side|relative to|trade-?offs? between|next to (?:each other|one another))(?!\w)|\bhow (?:do|does|are|is) .{2,120}\brelated?\b|\b(?:which|who|better|more|less|fewer|larger|smaller|faster)\b.*\bor\b",
    re.IGNORECASE,
)
_COMPARING_STEMS = frozenset("compar differ contrast versus better wors more less similar common relat paper".split())
# Sides that are nobody's name: "compare OVOR with a baseline", "with other methods".
ANY_STEMS = _COMPARING_STEMS | frozenset(
    "each on anoth plain simpl naiv usual ordinari random strong baselin standard previous prior earlier exist convent tradit method model approach work system altern competitor rest art state".split()
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
    """Sides of a comparison given by words of a title ("the pretraining task diversity paper"): such a side stands for
    the paper whose title has its rarest words. A side beside the only known one that no title fits may be one that the
    library does not hold; whether it is, `app.chat.compare` finds out by searching for it."""
    taken = [(start, end) for start, end, _ in ledger.taken]
    taken += [(start, start + len(name)) for start, name, _ in ledger.missing]
    sides = split(ledger.text, taken)
    known = [side for side in sides if side.named]
    for side in sides:
        if side.named:
            continue
        paper = _described(side, keyword, store)
        if paper:
            ledger.read(side.start, side.end, (paper,), _TITLE_SHARE, "description")
        elif len(known) == 1 == len(sides) - 1 and not ledger.missing:
            text = ledger.text[side.start : side.end].strip()
            if set(keyword.terms(text)) - ANY_STEMS:
                ledger.missing.append((side.start, text, False))


def _described(side: Side, keyword: KeywordIndex, store: PaperStore) -> str | None:
    terms = [term for term in dict.fromkeys(keyword.terms(side.query)) if term not in _COMPARING_STEMS]
    total = sum(keyword.idf(term) for term in terms)
    hits = keyword.search(side.query, 3) if len(terms) >= 2 else []
    fits = []
    for paper in store.get([hit.paper_id for hit in hits]).values():
        have = set(keyword.terms(paper.title))
        if sum(keyword.idf(term) for term in terms if term in have) >= _TITLE_SHARE * total:
            fits.append(paper.id)
    # Words that several titles have are a subject, unless they are told as those of one paper.
    if fits:
        return fits[0] if len(fits) == 1 or side.described else None
    said = keyword.papers_with_phrase(side.query) if len(terms) >= 2 and not side.described else []
    return said[0] if len(said) == 1 else None
