"""Which papers the sides of a comparison are, where no name says it: "the one that adds fake outliers", "the antibody
paper", "prompt pools".

Each side is searched for alone. Clearly the best paper, the side is that paper; several that fit about equally well, it
is a subject, with a share of the papers; none near enough, it is missing.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from app.adapters.sentences import own_sentences
from app.chat.compare.aspects import aspects_of
from app.chat.compare.group import Group, several_of_one, told_one_by_one
from app.chat.compare.split import MOST_SIDES, Side, Stretch, is_described, listed, split
from app.chat.compare.wording import SETS_BESIDE
from app.chat.kinds import KINDS, papers_of_kind
from app.chat.rank import unique
from app.chat.relevance import ANSWERED, LOWEST_COSINE, coverage, probability, rarity, score_of
from app.chat.resolve import Named
from app.chat.resolve.sides import ANY_STEMS
from app.chat.search import Search
from app.chat.subject import papers_on
from app.core.domain import Paper, Plan, RankedPaper
from app.core.errors import EmbedderAwayError
from app.core.filters import EVERY_PAPER, Filters
from app.core.names import handle
from app.core.ports import KeywordIndex

# So many of the best are looked at; so many of them sentence by sentence, unless the first is so far ahead.
_LOOK_AT, _READ, _SURELY_AHEAD = 5, 4, 0.15
_LOOK_AT_FOR_SEVERAL = 20
# The best paper is the one meant if it is so much better than the next: less where the words tell of one paper.
_CLEARLY, _CLEARLY_SUBJECT = 0.03, 0.12
_TITLE_WEIGHT = 0.15
# A paper that fits this much worse than the best does not fit as well.
_ABOUT_EQUAL = 0.12
_OF_ONE_SIDE = 2

# "The survey versus the book".
_KIND = re.compile(rf"^(?:(?:the|that|an?)\s+)?(?P<kind>{'|'.join(KINDS)})(?:\s+paper)?$", re.IGNORECASE)

Told = Literal["name", "description", "subject", "missing"]


@dataclass(frozen=True, slots=True)
class Resolved:
    """A side and what it is: the papers that fit, best first, how it was told, and how much better the first fits than
    the next."""

    text: str
    query: str
    papers: tuple[str, ...]
    told: Told
    ahead: float = 0.0


def compare_sides(text: str, plan: Plan, named: Named, search: Search, filters: Filters = EVERY_PAPER) -> Plan:
    """The plan with the sides of its comparison resolved, and with what they are compared on; a look-up that turns out
    to compare papers told by descriptions becomes a comparison. `text` is the question that `named` was read from."""
    if plan.kind not in {"compare", "lookup", "aggregate"}:
        return plan
    spans = [(start, end) for start, end, _ in named.spans]
    closed = [(start, end) for start, end, papers in named.spans if not papers]
    sides = [side for side in split(text, _spans_of(named)) if side.named or not _is_nobody(side.query, search)]
    # A name that is not there is said missing already, unless it is a word of a longer description.
    unknown = [s for s in sides if not s.named and (s.described or not _overlaps(s, closed))]
    listed_sides = told_one_by_one(text, bool(plan.named)) if SETS_BESIDE.search(text) else []
    if listed_sides and not any(_overlaps(side, _spans_of(named)) for side in listed_sides):
        sides = unknown = listed_sides
        plan = replace(plan, kind="compare", named=(), labels=())
    group = several_of_one(text) if not (plan.named or named.missing or sides is listed_sides) else None
    if group and (several := _several(group, search, filters)):
        found = [(group.side, several)]
    elif not _compares(text, plan, sides, spans):
        return plan
    else:
        certain = [(s, e) for s, e in closed if text[s:e] in named.certain]
        found = [
            (side, Resolved(text[side.start : side.end], side.query, (), "missing"))
            if _overlaps(side, certain)
            else (side, _resolved(side, text, search, filters, plan.named))
            for side in unknown
        ]
        if plan.kind != "compare" and any(resolved.told == "missing" for _, resolved in found):
            return plan
        told = plan.named or any(side.described and resolved.papers for side, resolved in found)
        missing = certain or plan.missing or any(resolved.told == "missing" for _, resolved in found)
        if missing and not told:  # "how does RetNet compare to transformers?": none of what it asks for is here
            return replace(plan, kind="lookup", sides=())
    stretches = [*spans, *((side.start, side.end) for side, _ in found)]
    return replace(_joined(plan, named, found, search), aspects=aspects_of(text, stretches))


def _spans_of(named: Named) -> list[Stretch]:
    """The stretches that name papers of the library."""
    return [(start, end) for start, end, papers in named.spans if papers]


def _overlaps(side: Side, stretches: Sequence[Stretch]) -> bool:
    return any(side.start < end and side.end > start for start, end in stretches)


def _compares(text: str, plan: Plan, sides: Sequence[Side], spans: Sequence[Stretch]) -> bool:
    """Whether it is a comparison: the plan says so, or two papers are named, or names stand in a list (one of which the
    library may not hold), or the sides are told by descriptions."""
    if plan.kind == "compare":
        return True
    if plan.kind == "lookup" and plan.named and (listed(text, spans) or len(plan.named) > 1 < len(spans)):
        return len(plan.named) + len(plan.missing) > 1
    told = [side for side in sides if side.described or side.named]
    return len(told) > 1 and any(side.described for side in sides)


def _is_nobody(query: str, search: Search) -> bool:
    """ "Each other", "a baseline", "other methods": a side that is no paper."""
    return set(search.keyword.terms(query)) <= ANY_STEMS


def compare_papers(
    plan: Plan, search: Search, filters: Filters = EVERY_PAPER, most: int = MOST_SIDES
) -> list[RankedPaper]:
    """The papers of a comparison, in the order of its sides: those it names or describes, and an equal share for each
    subject; turn about, so that a cut takes from every subject alike."""
    named = search.search(plan.query, 0, plan.named[:most], filters) if plan.named else []
    if not plan.sides:
        return named
    share = max(1, (most - len(named)) // len(plan.sides))
    share = min(share, max(_OF_ONE_SIDE, most // (len(plan.sides) + len(named))))
    each = [search.search(side, share, (), filters) for side in plan.sides]
    return unique([*named, *(side[i] for i in range(share) for side in each if i < len(side))])[:most]


def _joined(plan: Plan, named: Named, found: Sequence[tuple[Side, Resolved]], search: Search) -> Plan:
    """The plan with these sides put between those that were named, in the order of the question."""
    at = {paper: start for start, _, papers in reversed(named.spans) for paper in papers}
    labels = _labels(plan, named, search)
    papers = [(at.get(paper, -1), paper) for paper in plan.named]
    for side, resolved in found:
        for paper in search.store.get(resolved.papers if resolved.told == "description" else ()).values():
            if paper.id not in labels:
                labels[paper.id] = handle(paper.title, paper.abstract)
                papers.append((side.start, paper.id))
    order = [paper for _, paper in sorted(papers, key=lambda pair: pair[0])]
    texts = [resolved.text for _, resolved in found]
    missing = [name for name in plan.missing if not any(name in text or text in name for text in texts)]
    missing += [
        r.text for _, r in found if r.told == "missing" and not any(r.text in m or m in r.text for m in missing)
    ]
    return replace(
        plan,
        kind="compare",
        named=tuple(order),
        labels=tuple(labels[paper] for paper in order),
        missing=tuple(missing),
        sides=tuple(r.query for _, r in found if r.told == "subject"),
        notes=(*plan.notes, *(note for side, r in found if (note := _note(side, r, labels)))),
    )


def _labels(plan: Plan, named: Named, search: Search) -> dict[str, str]:
    """What the question calls each paper; one that it describes goes by its handle."""
    labels = dict(zip(plan.named, plan.labels, strict=True))
    described = [
        r.papers[0] for r in named.readings if r.how == "description" and r.papers[0] in labels and is_described(r.text)
    ]
    return labels | {paper.id: handle(paper.title, paper.abstract) for paper in search.store.get(described).values()}


def _note(side: Side, resolved: Resolved, labels: dict[str, str]) -> str:
    if resolved.told != "description" or not side.described:
        return ""
    return f"“{resolved.text}” is read as {labels[resolved.papers[0]]}."


def _several(group: Group, search: Search, filters: Filters) -> Resolved | None:
    """So many papers of one subject, if there are as many that fit."""
    query, many = group.side.query, group.many
    if query.lower() in KINDS:
        fits = papers_of_kind(query.lower(), search, filters)
    elif group.titled:
        fits = list(search.keyword.titles_with_phrase(query))
    else:
        there = [item.paper for item in search.search(query, _LOOK_AT_FOR_SEVERAL, (), filters)]
        fits = papers_on(query, there, search)
    if many and len(fits) < many and not group.titled and query.lower() not in KINDS:
        count = search.keyword.count()
        fits = [paper.id for paper, score in _fits(query, search, filters) if probability(score, count) >= ANSWERED]
    least, most = (many, many) if many else (2, MOST_SIDES)
    return Resolved(query, query, tuple(fits[:most]), "description") if len(fits) >= least else None


def _resolved(side: Side, text: str, search: Search, filters: Filters, taken: Collection[str]) -> Resolved:
    said = text[side.start : side.end]
    if (kind := _KIND.match(said)) and (of_kind := papers_of_kind(kind["kind"].lower(), search, filters, titled=True)):
        told: Told = "description" if len(of_kind) == 1 else "subject"
        return Resolved(said, side.query, tuple(of_kind), told, 1.0)
    fits = _fits(side.query, search, filters)
    weights = rarity(search.keyword.terms(side.query), search.keyword)
    if not fits or not weights:
        return Resolved(said, side.query, (), "missing")
    if side.described and (own := [pair for pair in fits if _alone_has(pair[0], side.query, search.keyword)]):
        fits = [*own[:1], *(pair for pair in fits if pair[0].id != own[0][0].id)] if len(own) == 1 else fits
    best, score = fits[0]
    near = probability(score, search.keyword.count()) >= ANSWERED
    if not near and not (side.described and _alone_has(best, side.query, search.keyword)):
        return Resolved(said, side.query, (), "missing")
    if side.described and best.id in taken and len(fits) > 1:
        # Another side is this paper already; who compares two papers means two.
        fits = [pair for pair in fits if pair[0].id not in taken] or fits
        best, score = fits[0]
        if probability(score, search.keyword.count()) < ANSWERED:
            return Resolved(said, side.query, (), "missing")
    ahead = score - fits[1][1] if len(fits) > 1 else 1.0
    if ahead >= (_CLEARLY if side.described else _CLEARLY_SUBJECT):
        return Resolved(said, side.query, (best.id,), "description", ahead)
    equal = tuple(paper.id for paper, own in fits if own >= score - _ABOUT_EQUAL)
    return Resolved(said, side.query, equal, "subject", ahead)


def _alone_has(paper: Paper, query: str, keyword: KeywordIndex) -> bool:
    """Whether this paper alone in the library has a word of the description: "the one that uses gzip"."""
    words = re.findall(r"\w{4,}", query)
    return any(keyword.papers_with_phrase(word) == [paper.id] for word in words)


def _fits(query: str, search: Search, filters: Filters) -> list[tuple[Paper, float]]:
    """The papers nearest to a side, each with how well it fits: its cosine or that of its nearest sentence, and the share
    of the side's words that it has, those of its title once more."""
    ranked = search.search(query, _LOOK_AT, (), filters)
    fits = _scored(query, ranked, {}, search)
    unsure = [paper for paper, own in fits if own >= fits[0][1] - _SURELY_AHEAD][:_READ]
    if len(unsure) > 1:
        fits = _scored(query, ranked, _nearest_sentences(query, unsure, search), search)
    return fits


def _scored(
    query: str, ranked: Sequence[RankedPaper], nearest: Mapping[str, float], search: Search
) -> list[tuple[Paper, float]]:
    keyword = search.keyword
    weights = rarity(keyword.terms(query), keyword)
    fits = []
    for item in ranked:
        paper = item.paper
        covered = coverage(weights, keyword.terms(f"{paper.title} {paper.abstract}"))
        titled = coverage(weights, keyword.terms(paper.title))
        cosine = None if item.cosine is None else max(item.cosine, nearest.get(paper.id, -1.0))
        if cosine is None or cosine >= LOWEST_COSINE:
            fits.append((paper, score_of(cosine, covered) + _TITLE_WEIGHT * titled))
    return sorted(fits, key=lambda pair: -pair[1])


def _nearest_sentences(query: str, papers: Sequence[Paper], search: Search) -> dict[str, float]:
    rows = [(paper.id, sentence.text) for paper in papers for sentence in own_sentences(paper.abstract)]
    if not rows:
        return {}
    try:
        vectors = search.embedder.embed([query, *(text for _, text in rows)])
    except EmbedderAwayError:
        return {}
    nearest: dict[str, float] = {}
    for (paper, _), cosine in zip(rows, vectors[1:] @ vectors[0], strict=True):
        nearest[paper] = max(nearest.get(paper, -1.0), float(cosine))
    return nearest
