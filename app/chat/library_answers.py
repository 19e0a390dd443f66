"""Answers from the list of papers alone, without a model: exact counts, and the papers where they are few."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from app.chat import abstain, record_facts
from app.chat.budget import number
from app.chat.library_facts import about_library
from app.chat.library_questions import Asked, asked_of_library
from app.chat.read_filters import Read
from app.core.domain import Citation, Claim, Paper, Plan, RankedPaper
from app.core.filter_words import in_words
from app.core.filters import Filters
from app.core.ports import Facet, PaperStore
from app.core.reading import Reading, combined

MOST_LISTED = 30
_SHOWN_WITH_COUNT = 10
_ROWS = 20
_PLURAL: dict[Facet, str] = {"year": "years", "author": "authors", "category": "categories", "venue": "venues"}


def from_records(plan: Plan, read: Read, store: PaperStore, markers: Mapping[int, str]) -> dict[str, Any] | None:
    """Parts of an `Answer` to what the list of papers or the records of those named tell, with what the reader must know
    before it; None if the question asks for more."""
    found = known(plan, read, store, markers) or record_facts.answer(plan, store, markers)
    if found and plan.named and (notes := abstain.notes(plan, found.get("evidence", ()), read.filters)):
        found["text"] = f"{notes}\n\n{found['text']}"
    return found


def known(plan: Plan, read: Read, store: PaperStore, markers: Mapping[int, str]) -> dict[str, Any] | None:
    """Parts of an `Answer` to what the list of papers tells; None if the question asks for more."""
    asked = None if plan.named or plan.missing else asked_of_library(read.shell, bool(read.all or read.unread))
    # "How many papers are in the library?" asks what there is, more than for a number.
    if asked and (asked.what != "count" or read.readings):
        return {
            "kind": "aggregate" if asked.what == "list" else "meta",
            **answered(asked, plan.filters, store, markers),
        }
    if plan.kind == "meta" or asked:
        return {"kind": "meta", "text": about_library(store, read.filters)}
    if plan.filters and plan.kind != "chat" and not plan.named and not store.count_fitting(read.filters):
        return {"text": nothing_fits(plan.filters, store), "status": "abstained", "reason": "not_in_library"}
    return None


def answered(
    asked: Asked, conditions: Sequence[Reading], store: PaperStore, markers: Mapping[int, str]
) -> dict[str, Any]:
    """The text, evidence, citations and claims (parts of an `Answer`) of what is asked of the papers that fit."""
    filters = combined(conditions)
    total = store.count_fitting(filters)
    if not total:
        missing = {} if asked.what == "count" else {"status": "abstained", "reason": "not_in_library"}
        return {"text": nothing_fits(conditions, store), **missing}
    if asked.what in {"tally", "distinct"} and asked.by:
        return {"text": _tallied(asked, asked.by, filters, total, store)}
    if asked.what in {"newest", "oldest"}:
        return _newest(asked, filters, store, markers)
    shown = MOST_LISTED if asked.what == "list" else _SHOWN_WITH_COUNT
    lead = f"This library holds {count_papers(total)}{_that(filters)}"
    if asked.what == "count" and total > shown:
        return {"text": f"{lead}."}
    more = f", the newest {shown} of them shown" if total > shown else ""
    return listed(f"{lead}{more}:", store, store.fitting(filters, shown), markers)


def nothing_fits(conditions: Sequence[Reading], store: PaperStore) -> str:
    """In words, that no paper fits, and how many fit each condition if there are several."""
    if len(conditions) < 2:
        return f"This library holds no paper{_that(combined(conditions))}."
    alone = [(reading.words, store.count_fitting(reading.filters)) for reading in conditions]
    none = [words for words, papers in alone if not papers]
    if none:
        return f"This library holds no paper {' and none '.join(map(_plain, none))}."
    counts = ", ".join(f"{count_papers(papers)} {_plain(words)}" for words, papers in alone)
    return f"This library holds {counts}, but none that is all of this."


def listed(
    lead: str, store: PaperStore, ids: Sequence[str], markers: Mapping[int, str], dated: bool = False
) -> dict[str, Any]:
    """Papers as a list under a lead, each with its marker."""
    papers = list(store.get(ids).values())
    evidence = tuple(number([RankedPaper(paper, f"{paper.id}#0", 1.0) for paper in papers], markers))
    rows = [(entry(item.paper, dated), item) for item in evidence]
    return {
        "text": f"{lead}\n\n" + "\n".join(f"- {words} [{item.marker}]" for words, item in rows),
        "evidence": evidence,
        "citations": tuple(Citation(item.marker, item.paper.ref) for item in evidence),
        "claims": tuple(Claim(words, (item.marker,), "supported") for words, item in rows),
    }


def entry(paper: Paper, dated: bool = False) -> str:
    """A paper as a line of a list."""
    who = paper.authors[0] + (" et al." if len(paper.authors) > 1 else "") if paper.authors else ""
    when = paper.published if dated and paper.published else str(paper.year or "")
    about = ", ".join(part for part in (who, when) if part)
    return f"“{paper.title}”" + (f" ({about})" if about else "")


def _newest(asked: Asked, filters: Filters, store: PaperStore, markers: Mapping[int, str]) -> dict[str, Any]:
    ids = store.fitting(filters, asked.most, oldest=asked.what == "oldest")
    what = f"{asked.what} paper" if len(ids) == 1 else f"{len(ids)} {asked.what} papers"
    return listed(f"The {what}{_that(filters)} in this library:", store, ids, markers, dated=True)


def _tallied(asked: Asked, by: Facet, filters: Filters, total: int, store: PaperStore) -> str:
    counts = store.tally(by, filters)
    which = f" among its {count_papers(total)}{_that(filters)}" if filters else ""
    if not counts:
        return f"This library knows no {_PLURAL[by]}{which}."
    rows = sorted(counts.items(), key=lambda item: (-item[1], item[0])) if asked.most else list(counts.items())
    most = asked.most or (len(rows) if by == "year" else _ROWS)
    if asked.most == 1:
        best = [name for name, papers in rows if papers == rows[0][1]]
        names = " and ".join(map(_plain, best[:_ROWS]))
        return f"{names} with {count_papers(rows[0][1])}{f' {in_words(filters)}' if filters else ''}{' each' if len(best) > 1 else ''}."
    lead = f"Papers by {by}{which}:"
    if asked.what == "distinct" or len(rows) > most:
        lead = f"This library has {len(rows):,} {_PLURAL[by] if len(rows) != 1 else by}{which}"
        lead += f"; the {most} with most papers:" if len(rows) > most else ":"
    table = [f"| {by} | papers |", "|---|---|", *(f"| {_cell(name)} | {papers:,} |" for name, papers in rows[:most])]
    known = sum(counts.values()) if by == "year" else total
    unknown = f"\n\n{count_papers(total - known)} without a year." if total > known else ""
    return f"{lead}\n\n" + "\n".join(table) + unknown


def count_papers(papers: int) -> str:
    """ "1 paper", "1,200 papers"."""
    return f"{papers:,} paper{'' if papers == 1 else 's'}"


def _that(filters: Filters) -> str:
    return f" {_plain(in_words(filters))}" if filters else ""


def _plain(text: str) -> str:
    """Words of a record or a question, as text that has no Markdown and no marker in it."""
    line = re.sub(r"\[(\d+)\]", r"(\1)", " ".join(text.split()))
    return re.sub(r"([\\*_`|])", r"\\\1", line)


def _cell(text: str) -> str:
    return _plain(text) or "-"
