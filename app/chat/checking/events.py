"""A look through the library as events: how far it is, and in the end the answer."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import replace

from app.chat.checking.answer import Looked
from app.chat.run import Run, count_papers
from app.core.domain import Plan
from app.core.events import Checking, Event, EvidenceReady, TextDelta


def looked_through(run: Run, plan: Plan, looking: Generator[Checking | Looked, None, None]) -> Iterator[Event]:
    """Tell what `check_library` gives; ending this early ends the look."""
    with closing(looking):
        for item in looking:
            if isinstance(item, Checking):
                yield item
            else:
                yield from _answered(run, plan, item)


def _answered(run: Run, plan: Plan, looked: Looked) -> Iterator[Event]:
    checked = looked.checked
    title = f"Checked {checked.checked} of {count_papers(checked.papers)}"
    yield run.step("check", title, by=checked.by, candidates=checked.candidates)
    yield EvidenceReady(looked.evidence, plan)
    opening = f"{' '.join(plan.notes)}\n\n" if plan.notes else ""
    skip = len(opening)
    claims = (replace(c, start=c.start + skip, end=c.end + skip) if c.end else c for c in looked.claims)
    yield TextDelta(opening + looked.text)
    yield run.ready(
        plan,
        looked.status,
        opening + looked.text,
        reason=looked.reason,
        evidence=looked.evidence,
        citations=looked.citations,
        claims=tuple(claims),
        checked=checked,
    )
