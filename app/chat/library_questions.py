"""Questions that the list of papers answers by itself: how many, of which years, by whom most, the newest, all of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from app.chat.read_people import PAPERS
from app.core.ports import Facet

_FACETS: dict[str, Facet] = {
    **dict.fromkeys(("year", "years"), "year"),
    **dict.fromkeys(("author", "authors", "researcher", "researchers", "people"), "author"),
    **dict.fromkeys(("category", "categories"), "category"),
    **dict.fromkeys(("venue", "venues", "conference", "conferences", "journal", "journals"), "venue"),
}
_NUMBERS = {w: n for n, w in enumerate("one two three four five six seven eight nine ten".split(), start=1)}
_PAPER = frozenset(
    "paper papers article articles work works publication publications preprint preprints abstract abstracts study studies "
    "research anything everything something entries records".split()
)
_FILLER = frozenset(
    """the a an of in this that these those my your our library collection corpus database dataset here there is are was were
    be been do does did you we i it they have has had hold holds contain contains cover covers covered include includes
    loaded stored know known any all every please can could would tell give show list name get me us which what whats who
    how many number count counts total overall altogether and or exist exists available for from to on by at about with
    published publish written wrote write authored appeared appear came out just only so now then per each grouped broken
    down over across along according sorted ordered span range spread both between""".split()
)
_RANKING = frozenset("top most best biggest largest main leading prolific frequent frequently common popular productive active often highest".split())  # fmt: skip
_SHAPES = frozenset("breakdown distribution histogram table statistics stats overview chart ranking".split())
_NEWEST = frozenset("newest latest recent youngest last".split())
_OLDEST = frozenset("oldest earliest first".split())
_HOW_MANY = re.compile(
    r"\bhow many\b|\b(?:the )?(?:total )?number of\b|\bcount (?:of |the |all )?|\btotal\b", re.IGNORECASE
)
_BY = re.compile(
    r"\b(?:per|by|for each|in each|of each|from each|each|over|across|between|every)\s+(?:the\s+|publication\s+)?$",
    re.IGNORECASE,
)
_MOST_AUTHORS = re.compile(
    r"\bwho\b.*\b(?:most)\b|\bwho\b.*\b(?:wrote|written|published|authored|has|have)\b.*\bmost\b|\bmost\b.*\bby whom\b",
    re.IGNORECASE,
)
_DEFAULT_TOP = 10


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of the list: the number of papers, their number by year or another facet (the `most` frequent), how
    many different authors or the like there are, the newest or the oldest, or the papers themselves."""

    what: Literal["count", "tally", "distinct", "newest", "oldest", "list"]
    by: Facet | None = None
    most: int = _DEFAULT_TOP


def asked_of_library(text: str, filtered: bool) -> Asked | None:
    """What a question without the words of its filters asks of the list of papers; None if it asks for more than that
    can tell. `filtered`: there were such words, so that "papers" alone asks for those that fit."""
    words = re.findall(r"[^\W_]+", re.sub(r"['’]s\b", "", text.lower()))
    facets = [word for word in words if word in _FACETS]
    by: Facet | None = _FACETS[facets[0]] if facets else None
    numbers = [
        int(w) if w.isdigit() else _NUMBERS[w] for w in words if w in _NUMBERS or (w.isdigit() and 0 < int(w) <= 1000)
    ]
    papers = [word for word in words if word in _PAPER]
    special = [
        w
        for w in words
        if w in _RANKING or w in _SHAPES or w in _NEWEST or w in _OLDEST or w == "different" or w == "distinct"
    ]
    known = _FILLER | _PAPER | _FACETS.keys() | _NUMBERS.keys() | set(special)
    if any(word not in known and not word.isdigit() for word in words) or len(numbers) > 1:
        return None
    most = numbers[0] if numbers else 0
    order = next((w for w in special if w in _NEWEST or w in _OLDEST), "")
    if order and papers and not facets and not _HOW_MANY.search(text):
        single = all(
            word in {"paper", "article", "work", "publication", "preprint", "abstract", "study"} for word in papers
        )
        rest = [w for w in special if w != order and w != "most"]
        return (
            None
            if rest
            else Asked("newest" if order in _NEWEST else "oldest", None, most or (1 if single else _DEFAULT_TOP))
        )
    if order:
        return None
    if _MOST_AUTHORS.search(text) and (papers or not facets):
        return Asked("tally", "author", most or _DEFAULT_TOP)
    if by:
        return _of_facet(text, by, facets[0], special, papers, most)
    if special or numbers:
        return None
    if _HOW_MANY.search(text):
        return Asked("count") if papers or filtered else None
    return Asked("list") if _lists(text, filtered) else None


def _of_facet(text: str, by: Facet, word: str, special: list[str], papers: list[str], most: int) -> Asked | None:
    before = text[: re.search(rf"\b{word}\b", text, re.IGNORECASE).start()]  # type: ignore[union-attr]
    grouped = _BY.search(before) is not None
    if _HOW_MANY.search(before) and not grouped and not papers:
        return Asked("distinct", by, most or _DEFAULT_TOP)
    plural = word.endswith("s") or word == "people"
    if grouped and (papers or special or _HOW_MANY.search(text)):
        return Asked("tally", by, most or 0)
    if any(w in _RANKING for w in special):
        return Asked("tally", by, most or (_DEFAULT_TOP if plural else 1))
    asks = re.match(
        r"^\W*(?:which|what|list|show|give|name|tell|all|the|are|is|do|does|can|please)\b", text, re.IGNORECASE
    )
    # "what year?" and "the authors?" ask for those of a paper spoken of before.
    if special or (
        asks
        and plural
        and re.search(
            r"\b(?:there|library|collection|corpus|cover\w*|all|have|has|list|show|include\w*|contain\w*|papers?)\b",
            text,
            re.IGNORECASE,
        )
    ):
        return Asked("tally", by, most or 0)
    return None


_LIST = re.compile(
    r"^\W*(?:(?:please|can|could|would|you|i|want|need|to|see|list|show|give|find|name|tell|get|me|us|and|all|of|the|any|every|which|what|are|is|there|do|we|have|only|just|those|these)\b\s*)*"
    rf"(?:\b(?:{PAPERS}|ones)\b)?(?:\s*\b(?:are|is|there|do|does|you|we|i|have|has|here|in|this|the|my|your|our|library|collection|exist|were|was|been|that|which|published|written|appeared|all|from|by)\b)*\W*$",
    re.IGNORECASE,
)


def _lists(text: str, filtered: bool) -> bool:
    """Whether nothing but papers is asked for; without a filter it must be all of them."""
    if not _LIST.match(text):
        return False
    if filtered:
        return True
    return (
        re.search(
            r"\b(?:list|show|give|all|which|what|every)\b.*\b(?:papers|articles|works|publications|abstracts)\b",
            text,
            re.IGNORECASE,
        )
        is not None
    )
