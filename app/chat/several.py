"""One name, several papers: said before the answer, or asked back where it cannot be answered for all of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from app.chat.budget import number
from app.chat.library_answers import entry
from app.chat.resolve import MOST_MEANINGS, Named, Reading
from app.core.domain import Citation, Evidence, Plan, RankedPaper, Turn
from app.core.filters import Filters
from app.core.findings import Choice
from app.core.names import handle, name_key
from app.core.ports import KeywordIndex, PaperStore

# So many are shown when the person is asked which one is meant.
MOST_ASKED = 8


def reading_notes(named: Named, store: PaperStore) -> tuple[str, ...]:
    """What a reader must know of how names were read: several fits, and typing errors that were put right."""
    notes = []
    for reading in named.several:
        fits = f"“{reading.text}” fits {len(reading.papers)} papers here"
        if len(reading.papers) > MOST_MEANINGS:
            notes.append(f"{fits}, too many to answer for each.")
        else:
            titles = (f"“{paper.title.rstrip('.')}”" for paper in store.get(reading.papers).values())
            notes.append(f"{fits}: {', '.join(titles)}.")
    for reading in named.readings:
        if reading.how == "fuzzy name" and len(reading.papers) == 1:
            paper = store.get(reading.papers)[reading.papers[0]]
            notes.append(f"“{reading.text}” is read as {handle(paper.title, paper.abstract)}.")
    return tuple(dict.fromkeys(notes))


def ask_back(
    plan: Plan, named: Named, store: PaperStore, keyword: KeywordIndex, markers: Mapping[int, str]
) -> dict[str, Any] | None:
    """The text, evidence and citations (parts of an `Answer`) that ask which paper is meant, where a name fits too many
    to answer for all and the question names nothing else; None where it can be answered. The candidates get markers to
    answer with."""
    if plan.named or named.missing or plan.kind not in {"lookup", "compare"}:
        return None
    unsure = next((reading for reading in named.several if len(reading.papers) > MOST_MEANINGS), None)
    if unsure is None:
        return None
    papers = store.get(_best_of(unsure, plan.query, keyword, MOST_ASKED)).values()
    evidence = tuple(number([RankedPaper(paper, f"{paper.id}#0", 1.0) for paper in papers], markers))
    return {
        "text": _which_one(unsure, evidence),
        "evidence": evidence,
        "citations": tuple(Citation(item.marker, item.paper.ref) for item in evidence),
        "choices": tuple(_choice(unsure, plan.query, item) for item in evidence),
    }


def _choice(unsure: Reading, query: str, item: Evidence) -> Choice:
    name = handle(item.paper.title, item.paper.abstract)
    if name_key(name) == name_key(unsure.text):  # which is what does not tell it from the others
        name = f"“{item.paper.title}”"
    own = "'s" if re.search(r"['’]s$", unsure.text) else ""
    asked = (
        f"{query[: unsure.start]}{name}{own}{query[unsure.end :]}"
        if query[unsure.start : unsure.end] == unsure.text
        else f"What is {name}?"
    )
    return Choice(entry(item.paper), asked, item.marker)


def asked_which(last: Turn, named: Named, resolve_text: Callable[[str], Named]) -> bool:
    """Whether the last answer asked which of many papers a name means, and this is one of them."""
    earlier = resolve_text(last.standalone or last.question)
    return not earlier.papers and any(named.papers[0] in reading.papers for reading in earlier.several)


def first_named(query: str, named: Named, keyword: KeywordIndex, k: int) -> list[str]:
    """The papers that come first in a search: those named, else the best k of a name that fits many."""
    if named.papers:
        return list(named.papers)
    return list(dict.fromkeys(paper for r in named.several for paper in _best_of(r, query, keyword, k)))


def _best_of(reading: Reading, query: str, keyword: KeywordIndex, k: int) -> list[str]:
    """Of the papers that fit, the k that have most to do with the rest of the question, best first."""
    rest = f"{query[: reading.start]} {query[reading.end :]}"
    hits = keyword.search(rest, k, Filters(ids=reading.papers)) if keyword.terms(rest) else []
    return list(dict.fromkeys([*(hit.paper_id for hit in hits), *reading.papers]))[:k]


def _which_one(reading: Reading, shown: Sequence[Evidence]) -> str:
    more = f", {len(shown)} of them shown" if len(shown) < len(reading.papers) else ""
    lines = "\n".join(f"- {entry(item.paper)} [{item.marker}]" for item in shown)
    return f"“{reading.text}” fits {len(reading.papers)} papers here{more}. Which one do you mean?\n\n{lines}"
