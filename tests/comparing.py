"""Comparing papers as the chain does without a model, so that a test sees the plan and the table too."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from app.bootstrap import Service
from app.chat import abstain, budget, several
from app.chat.compare.sides import compare_papers, compare_sides
from app.chat.compare.table import Compared, compared
from app.chat.plan import make_plan
from app.chat.reader import FilterReader
from app.core.domain import Evidence, Plan
from app.core.names import handle


@dataclass(frozen=True)
class Compare:
    """A comparison with the plan and the evidence it was made from; `text` is what a person reads."""

    plan: Plan
    evidence: tuple[Evidence, ...]
    compared: Compared | None
    text: str


def compare(service: Service, question: str) -> Compare:
    """What the question compares; without a table where it is no comparison."""
    chain = service.chain
    read = FilterReader(chain.store, chain.keyword, date(2026, 11, 26)).read(question)

    def handle_of(paper_id: str) -> str:
        paper = chain.store.get([paper_id])[paper_id]
        return handle(paper.title, paper.abstract)

    plan = make_plan(read.query, read.named, (), handle_of)
    plan = replace(plan, notes=several.reading_notes(read.named, chain.store))
    plan = compare_sides(read.query, plan, read.named, chain.searching, read.filters)
    if plan.kind != "compare":
        return Compare(plan, (), None, "")
    evidence = tuple(budget.number(compare_papers(plan, chain.searching, read.filters), {}))
    found = compared(read.query, plan, evidence, chain.embedder, chain.keyword)
    notes = abstain.notes(plan, evidence, read.filters)
    return Compare(plan, evidence, found, "\n\n".join(filter(None, [notes, found.text, found.markdown])))
