"""What kind of question is it, and which papers and sides does it name? By rule, so that any model gets it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from app.chat.compare.split import split
from app.chat.compare.wording import asks_one_of_two
from app.chat.resolve import COMPARES, Named
from app.chat.small_talk import is_small_talk as is_small_talk
from app.core.domain import Correction, Kind, Plan

_SURELY_COMPARE = re.compile(
    r"\bunlike\b|\bdistinguish\w*\b.{1,120}\bfrom\b|\badvantages?\b.{1,120}\bover\b|\b(?:use|choose|prefer|pick)\b.{1,120}\b(?:rather than|instead of)\b|"
    r"\bcompar(?:e|ed|ing|ison)\b|\bside by side\b|\brelative to\b|\bdiffer(?:s|ence|ences|ent)? (?:between|btw\b|b/w|from)(?!\w)|\b(?:versus|vs\.?)(?=\W)|"
    r"\b(?:how|where|in (?:what|which) (?:respects?|ways?|regards?|points?|sense)) (?:do|does|are|is) .{2,200} differ",
    re.IGNORECASE,
)
_AGGREGATE = re.compile(
    r"\b(?:which|what|list|show|name|find) (?:me )?(?:all |of |the |these |those |other )*(?:papers?|works?|methods?|models?|abstracts?|studies|articles)\b|"
    r"\bhow many (?:of (?:the|these) )?(?:papers?|works?|abstracts?|studies|articles)\b|\ball (?:the )?papers\b",
    re.IGNORECASE,
)
_META = re.compile(
    r"\bhow (?:many|big|large)\b.{0,40}\b(?:papers?|abstracts?|articles|library|collection|corpus)\b(?: (?:are|do|is|have))?"
    r"(?: (?:there|you|we|i|in|here|have|hold|know|loaded|stored|the|this|my|your|library|collection|corpus|database|index))*\s*\??$|"
    r"\bwhat(?:'s| is) in (?:the|this|my|your) (?:library|collection)\b(?! (?:on|about|for|that|which|with)\b)|\bwhich years\b.{0,30}\b(?:library|papers|cover)",
    re.IGNORECASE,
)


_PAPERS = r"(?:papers?|works?|abstracts?|studies|articles)"
_LIST_LEAD = re.compile(
    rf"^\W*(?:(?:please|can you|could you)\s+)?(?:(?:which|what|list|show|name|find|give)(?:\s+me)?(?:\s+(?:all|of|the|these|those|other))*"
    rf"|how many(?:\s+of\s+(?:the|these))?|are there(?:\s+any)?|is there(?:\s+any)?)\s+{_PAPERS}\b(?:\s+(?:(?:that|which)\s+)?(?:are|is|were))?(?:\s+(?:there|here))?"
    r"(?:\s+do\s+(?:you|we|i)\s+(?:have|hold|know))?(?:\s+(?:on|about|of|around|(?:dealing|concerned)\s+with|related\s+to))?\s*",
    re.IGNORECASE,
)
_LIST_TAIL = re.compile(
    r"\s*(?:\b(?:are there|is there|there|do (?:you|we|i) have|(?:here )?(?:in|of) (?:the|this|my|your|our) (?:library|collection))\b)?\W*$",
    re.IGNORECASE,
)


def subject_of(query: str) -> str:
    """What a list question asks after: "prompts" of "Which papers are about prompts?", which lies nearer to papers on
    prompts than the whole question does. The query itself where it is no such question, or nothing else is in it."""
    lead = _LIST_LEAD.match(query)
    if not lead:
        return query
    subject = _LIST_TAIL.sub("", query[lead.end() :])
    return subject if any(character.isalnum() for character in subject) else query


def kind_of(text: str, named_papers: int, named_things: int) -> Kind:
    """The kind of a stand-alone question. `named_things` counts names found or missing, `named_papers` those found."""
    if is_small_talk(text):
        return "chat"
    if _META.search(text) and not named_things:
        return "meta"
    if named_things >= 2 and (COMPARES.search(text) or re.search(r"\b(?:and|or|both)\b", text) and named_papers >= 2):
        return "compare"
    if _SURELY_COMPARE.search(text) or asks_one_of_two(text):
        return "compare"
    if _AGGREGATE.search(text) and not named_papers:
        return "aggregate"
    return "lookup"


def make_plan(query: str, named: Named, pointed_at: Sequence[str], handle_of: Callable[[str], str]) -> Plan:
    """The plan for a stand-alone question whose names are resolved; `pointed_at` are papers it means by pronoun or
    position.

    A comparison has one side a named paper. Without two named papers the sides are the phrases around "and",
    "versus" and the like ("prompt pools versus a single prompt"), so that each gets its own retrieval."""
    # A pronoun's paper comes first: its title, now part of the question, may hold words that are names elsewhere.
    papers = tuple(dict.fromkeys([*pointed_at, *named.papers]))
    labels = tuple(_label(paper, query, named) or handle_of(paper) for paper in papers)
    kind = kind_of(query, len(papers), len(papers) + len(named.missing))
    sides: tuple[str, ...] = ()
    if kind == "compare" and len(papers) + len(named.missing) < 2:
        sides = tuple(side.query for side in split(query))
        if len(sides) < 2:
            kind = "lookup"
    return Plan(kind, _put_right(query, named, handle_of), papers, labels, named.missing, sides)


def _put_right(query: str, named: Named, handle_of: Callable[[str], str]) -> str:
    """The question with mistyped names and titles as their papers write them, for everybody who looks for its words."""
    for reading in reversed(named.readings):
        if reading.how in {"fuzzy name", "fuzzy title"} and len(reading.papers) == 1:
            own = "'s" if re.search(r"['’]s$", reading.text) else ""
            query = f"{query[: reading.start]}{handle_of(reading.papers[0])}{own}{query[reading.end :]}"
    return query


def _label(paper: str, query: str, named: Named) -> str:
    """What the question calls the paper, where it calls only this one so, by a name and without an error."""
    unfit = {(r.start, r.end) for r in named.readings if r.how in {"marker", "id", "fuzzy name", "fuzzy title"}}
    for start, end, ids in named.spans:
        if ids == (paper,) and (start, end) not in unfit and not query[start:end].startswith("["):
            return re.sub(r"['’]s?$", "", query[start:end])
    return ""


def corrected(plan: Plan, correction: Correction | None, handle_of: Callable[[str], str]) -> Plan:
    """The plan as the person wants it."""
    if correction is None:
        return plan
    papers = plan.named if correction.papers is None else correction.papers
    labels = dict(zip(plan.named, plan.labels, strict=True))
    return replace(
        plan,
        kind=correction.kind or plan.kind,
        named=papers,
        labels=tuple(labels.get(paper) or handle_of(paper) for paper in papers),
        aspects=plan.aspects if correction.aspects is None else correction.aspects,
        sides=plan.sides if correction.papers is None else (),
    )
