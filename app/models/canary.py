"""Three questions with known answers from a person's own library: does a model put the right number behind a sentence?

Made by rule: a paper with a name of its own, its abstract among those of two others that do not speak of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from app.chat.budget import number
from app.chat.cite import CitationStream, statements
from app.core.domain import Evidence, Paper, Plan, RankedPaper
from app.core.names import handle, looks_like_name

QUESTIONS, OTHERS = 3, 2
_LOOKED_AT, _SHORTEST = 400, 200


@dataclass(frozen=True, slots=True)
class Canary:
    """A question, the evidence for it, and which of its markers is the right one."""

    plan: Plan
    evidence: tuple[Evidence, ...]
    right: int


def canaries(papers: Iterable[Paper]) -> list[Canary]:
    """Up to three, always the same of the same papers. Fewer where too few papers have a name or an abstract."""
    usable = [paper for paper in islice(papers, _LOOKED_AT) if len(paper.abstract) >= _SHORTEST and not paper.flags]
    usable.sort(key=lambda paper: hashlib.sha256(paper.id.encode()).hexdigest())
    found: list[Canary] = []
    for paper in usable:
        name = handle(paper.title, paper.abstract)
        if len(name.split()) > 2 or not any(map(looks_like_name, name.split())) or name not in paper.abstract:
            continue
        others = [each for each in usable if name.lower() not in f"{each.title} {each.abstract}".lower()]
        if len(others) < OTHERS:
            continue
        at = len(found)  # the right one stands first, second, third
        shown = others[at * OTHERS : (at + 1) * OTHERS] if len(others) >= (at + 1) * OTHERS else others[:OTHERS]
        order = [*shown[:at], paper, *shown[at:]]
        evidence = number([RankedPaper(each, "", 1.0) for each in order], {})
        found.append(Canary(Plan("lookup", f"What does {name} do?"), tuple(evidence), at + 1))
        if len(found) == QUESTIONS:
            break
    return found


def is_cited(reply: str, canary: Canary) -> bool:
    """Whether the reply's markers are all of the evidence, and most sentences that cite have the right one and not simply
    every one: a model that says [1] and [2] whatever it is asked has not read."""
    stream = CitationStream([item.marker for item in canary.evidence])
    stream.feed(reply)
    stream.finish()
    most = max(1, len(canary.evidence) - 1)
    citing = [each.markers for each in statements(stream.text) if each.markers]
    right = [markers for markers in citing if canary.right in markers and len(markers) <= most]
    return len(right) > len(citing) / 2 and not stream.unknown


def shortened(canary: Canary, evidence: Sequence[Evidence]) -> Canary:
    """The canary with this part of its evidence; the right paper stays."""
    right = [item for item in canary.evidence if item.marker == canary.right]
    kept = [item for item in evidence if item.marker != canary.right]
    return Canary(canary.plan, tuple(sorted([*right, *kept], key=lambda item: item.marker)), canary.right)
