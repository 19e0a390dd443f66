"""Questions the records answer, not the abstracts: who wrote a paper, when and where it appeared, what an author has here."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.adapters.keyword import STOP_WORDS
from app.chat.budget import number
from app.core.domain import Citation, Claim, Paper, Plan, RankedPaper
from app.core.filter_words import in_words
from app.core.filters import EVERY_PAPER, Filters
from app.core.ports import KeywordIndex, PaperStore

_WHO = re.compile(
    r"\bwho (?:wrote|authored|published|made|created|developed|proposed|introduced|(?:is|are|was|were) (?:the )?(?:first |last |lead )?authors?)\b|"
    r"\b(?:the )?authors? of\b|\b(?:written|authored) by (?:whom|who)\b|^\W*(?:and )?(?:the |its |their )?authors?\b|\b's authors?\b",
    re.IGNORECASE,
)
_WHEN = re.compile(
    r"\bwhen (?:was|were|did)\b.*\b(?:publish|appear|releas|writ|come out|came out|submitted|posted)|\b(?:what|which) year\b|"
    r"\b(?:publication|submission) (?:date|year)\b|\bhow (?:old|recent) is\b",
    re.IGNORECASE,
)
_WHERE = re.compile(
    r"\bwhere (?:was|were|did)\b.*\b(?:publish|appear)|\b(?:what|which) (?:venue|conference|journal)\b|\bvenue of\b",
    re.IGNORECASE,
)
# Words such a question may hold beside the paper's name; any other word asks for something else too.
_OF_RECORDS = re.compile(
    r"^(?:who|whom|when|where|which|what|year|date|venue|conference|journal|author\w*|first|last|lead|wrote|written|writ\w*|publi\w+|"
    r"appear\w*|releas\w+|submi\w+|post\w*|come|came|made|creat\w+|develop\w*|propos\w+|introduc\w+|old|recent|article|work|system|"
    r"method|model|dataset|benchmark|book|survey|review|tell|know|please|and|name|names|list)$"
)
_BY_AUTHOR = re.compile(
    r"\b(?:papers?|works?|articles?|publications?|abstracts?|anything|something)\b.{0,40}?\b(?:by|written by|from|of)\s+"
    r"(?P<name>(?:[A-Z][\w.'’-]*\s+){0,3}[A-Z][\w'’-]+)\W*$|\bwhat (?:has|have|did)\s+(?P<other>(?:[A-Z][\w.'’-]*\s+){0,3}[A-Z][\w'’-]+)"
    r"\s+(?:written|write|published|publish)\b"
)


_BY_YEAR = re.compile(
    r"\b(?:papers?|works?|articles?|abstracts?)\b(?: (?:are|were|is|published|written|dated|you have|here))*\s+"
    r"(?P<how>from|in|of|since|after|before|until|up to)\s+(?:the year\s+)?(?P<year>(?:19|20)\d\d)\W*$",
    re.IGNORECASE,
)
_NEWEST = re.compile(
    r"\b(?P<how>newest|latest|most recent|oldest|earliest)\s+(?:papers?|works?|articles?)\b.{0,30}$", re.IGNORECASE
)
MOST_DATED = 10
MOST_LISTED = 30


def answer(
    plan: Plan,
    store: PaperStore,
    keyword: KeywordIndex,
    markers: Mapping[int, str],
    filters: Filters = EVERY_PAPER,
) -> dict[str, Any] | None:
    """The text, evidence, citations and claims (parts of an `Answer`) for a question on authors, dates and venues,
    which no abstract holds and every record does; None if the question is about anything else."""
    asked = asked_facts(plan.query, plan.labels)
    found = None if plan.named else listed(plan.query, store, keyword, filters)
    if found:
        lead, papers = found
        sentences = [entry(paper) for paper in papers]
    elif asked and plan.named and plan.kind == "lookup" and not plan.missing:
        papers = list(store.get(plan.named).values())
        sentences = [told(asked, paper) for paper in papers]
        lead = "From the records of the library:"
    else:
        return None
    evidence = tuple(number([RankedPaper(paper, f"{paper.id}#0", 1.0) for paper in papers], markers))
    rows = list(zip(sentences, evidence, strict=True))
    return {
        "text": f"{lead}\n\n" + "\n".join(f"- {words} [{item.marker}]" for words, item in rows),
        "evidence": evidence,
        "citations": tuple(Citation(item.marker, item.paper.ref) for item in evidence),
        "claims": tuple(Claim(words, (item.marker,), "supported") for words, item in rows),
    }


@dataclass(frozen=True, slots=True)
class Asked:
    """Which facts of a record a question wants."""

    authors: bool
    year: bool
    venue: bool

    def __bool__(self) -> bool:
        return self.authors or self.year or self.venue


def asked_facts(question: str, labels: Sequence[str] = ()) -> Asked:
    """What of a paper's record the question asks for; nothing if it also asks for what only the abstract can say.
    `labels` are what it calls the papers."""
    asked = Asked(bool(_WHO.search(question)), bool(_WHEN.search(question)), bool(_WHERE.search(question)))
    for label in labels:
        question = question.replace(label, " ")
    words = re.findall(r"[^\W\d_]{2,}", question.lower())
    beyond = [word for word in words if word not in STOP_WORDS and not _OF_RECORDS.match(word)]
    explains = re.search(r"\b(?:why|how)\b(?! (?:old|recent)\b)", question, re.IGNORECASE)
    return Asked(False, False, False) if beyond or explains else asked


def told(asked: Asked, paper: Paper) -> str:
    """The asked facts of a paper in a sentence; what its record does not have is said to be missing."""
    parts: list[str] = []
    unknown: list[str] = []

    def tell(value: str, before: str, otherwise: str) -> None:
        parts.extend([f"{before} {value}"] if value else [])
        unknown.extend([] if value else [otherwise])

    if asked.authors:
        tell(_and(paper.authors), "is by", "its authors")
    if asked.year:
        tell(paper.published or str(paper.year or ""), "is from", "its date")
    if asked.venue:
        tell(paper.venue or "", "appeared at", "where it appeared")
    said = f"“{paper.title}” {' and '.join(parts)}" if parts else ""
    lacking = f"the record does not say {' or '.join(unknown)}" if unknown else ""
    if said and lacking:
        return f"{said}; {lacking}."
    return f"{said}." if said else f"Of “{paper.title}” {lacking}."


def _and(names: Sequence[str]) -> str:
    return "".join(names) if len(names) < 2 else f"{', '.join(names[:-1])} and {names[-1]}"


def listed(
    question: str, store: PaperStore, keyword: KeywordIndex, filters: Filters = EVERY_PAPER
) -> tuple[str, list[Paper]] | None:
    """A lead and the papers for "papers by Jun Wang", "papers from 2024" or "the newest papers"; None where the
    question asks for something else, or the library has no such paper that fits."""
    author = author_asked(question)
    if author:
        found = papers_of(author, store.get(keyword.by_author(author.split()[-1], None)))
        found = [paper for paper in found if filters.fits(paper)]
        lead = f"{_count(found)} by {author} in this library"
    else:
        wanted = dated(question, lambda: (paper for paper in store.papers() if filters.fits(paper)))
        if wanted is None:
            return None
        lead, found = wanted
    if not found:
        return None
    more = f", {MOST_LISTED} of them shown" if len(found) > MOST_LISTED else ""
    within = f" {in_words(filters)}" if filters else ""
    return f"{lead}{within}{more}:", found[:MOST_LISTED]


def _count(papers: Sequence[Paper]) -> str:
    return f"{len(papers)} paper{'s' if len(papers) != 1 else ''}"


def entry(paper: Paper) -> str:
    """A paper as a line of a list."""
    who = paper.authors[0] + (" et al." if len(paper.authors) > 1 else "") if paper.authors else ""
    about = ", ".join(part for part in (who, str(paper.year or "")) if part)
    return f"“{paper.title}”" + (f" ({about})" if about else "")


def author_asked(question: str) -> str | None:
    """The name in "papers by Jun Wang", or None."""
    match = _BY_AUTHOR.search(question.rstrip(" ?.!"))
    return (match["name"] or match["other"]) if match else None


def papers_of(author: str, candidates: Mapping[str, Paper]) -> list[Paper]:
    """Of `candidates`, those with an author of that name, newest first. "J. Wang" and "Wang" fit "Jun Wang"; "Jun Wang" does not fit "Jing Wang"."""
    wanted = [part.rstrip(".").casefold() for part in author.split()]

    def fits(name: str) -> bool:
        has = [part.rstrip(".").casefold() for part in re.split(r"[\s,]+", name) if part]
        return all(any(part == w or (1 in (len(part), len(w)) and part[0] == w[0]) for part in has) for w in wanted)

    mine = [paper for paper in candidates.values() if any(fits(name) for name in paper.authors)]
    return sorted(mine, key=lambda paper: (-(paper.year or 0), paper.title))


def dated(question: str, papers: Callable[[], Iterable[Paper]]) -> tuple[str, list[Paper]] | None:
    """A lead and the papers a question like "papers from 2024" or "the newest papers" asks for, or None if
    it asks for something else. `papers` gives the whole library and is only called if needed."""
    by_year, newest = _BY_YEAR.search(question), _NEWEST.search(question)
    if by_year:
        how, year = by_year["how"].lower(), int(by_year["year"])
        low = {"since": year, "after": year + 1}.get(how, 0)
        high = {"before": year - 1, "until": year, "up to": year}.get(how, 9999)
        if how in {"from", "in", "of"}:
            low = high = year
        found = [p for p in papers() if p.year and low <= p.year <= high]
        return f"{_count(found)} {how} {year} in this library", sorted(found, key=_date, reverse=True)
    if newest:
        first = newest["how"].lower() not in {"oldest", "earliest"}
        found = sorted((p for p in papers() if p.year), key=_date, reverse=first)[:MOST_DATED]
        return f"The {newest['how'].lower()} papers in this library", found
    return None


def _date(paper: Paper) -> tuple[str, str]:
    return paper.published or str(paper.year), paper.title
