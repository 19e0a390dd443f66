"""Questions a paper's record answers, not its abstract: who wrote it, when and where it appeared."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.adapters.keyword import STOP_WORDS
from app.chat.budget import number
from app.core.domain import Citation, Claim, Paper, Plan, RankedPaper
from app.core.ports import PaperStore

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


def answer(plan: Plan, store: PaperStore, markers: Mapping[int, str]) -> dict[str, Any] | None:
    """The text, evidence, citations and claims (parts of an `Answer`) for a question on authors, dates and venues,
    which no abstract holds and every record does; None if the question is about anything else."""
    asked = asked_facts(plan.query, plan.labels)
    if not asked or not plan.named or plan.kind != "lookup" or plan.missing:
        return None
    papers = list(store.get(plan.named).values())
    sentences = [told(asked, paper) for paper in papers]
    evidence = tuple(number([RankedPaper(paper, f"{paper.id}#0", 1.0) for paper in papers], markers))
    rows = list(zip(sentences, evidence, strict=True))
    return {
        "text": "From the records of the library:\n\n"
        + "\n".join(f"- {words} [{item.marker}]" for words, item in rows),
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
