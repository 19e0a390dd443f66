"""Why each paper is among the evidence, for people: which retriever found it, how far up, and by which words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from app.core.domain import Evidence, Found, Paper, Plan, RankedPaper
from app.core.ports import KeywordIndex

_STRIPPED = " \t\"'“”‘’?!.,;:()[]"
MOST_WORDS = 8


def with_why(
    evidence: Sequence[Evidence], ranked: Sequence[RankedPaper], plan: Plan, keyword: KeywordIndex
) -> list[Evidence]:
    """The evidence, each paper with why it is there; `ranked` are the papers as they were found."""
    by_id = {item.paper.id: item for item in ranked}
    asked = words_of(plan.query, keyword)
    return [
        replace(
            item,
            found=Found(
                tuple(by_id[item.paper.id].found_by.items()) if item.paper.id in by_id else (),
                shared_words(asked, item.paper, keyword),
                item.paper.id in plan.named,
            ),
        )
        for item in evidence
    ]


def words_of(query: str, keyword: KeywordIndex) -> dict[str, str]:
    """The words of a query as the keyword index knows them, each with how it was written first."""
    words: dict[str, str] = {}
    for word in query.split():
        for term in keyword.terms(word):
            words.setdefault(term, word.strip(_STRIPPED))
    return words


def shared_words(asked: Mapping[str, str], paper: Paper, keyword: KeywordIndex) -> tuple[str, ...]:
    """Those of the words that stand in title or abstract, in the order of the query; at most `MOST_WORDS`."""
    have = set(keyword.terms(f"{paper.title} {paper.abstract}"))
    return tuple(dict.fromkeys(word for term, word in asked.items() if term in have and word))[:MOST_WORDS]
