"""Saying no honestly: what the library does not hold is said in words, with what comes nearest."""

from __future__ import annotations

from collections.abc import Sequence

from app.chat.cite import statements
from app.core.domain import Evidence, Paper, Plan
from app.core.filters import Filters
from app.core.prompting import CANNOT_ANSWER

EMPTY_LIBRARY = "The library is empty. Add papers first: upload a file, or run: askpapers ingest FILE"
UNCLEAR = "I cannot tell which paper you mean. Please name the paper or the system."


def not_in_library(missing: Sequence[str], nearest: Sequence[Paper], within: str = "") -> str:
    """An abstention's text: what was not found, and the nearest papers by title. `within` are the words of the filters
    that were applied (see `app.core.filter_words`)."""
    first = missing_note(missing) or f"Nothing in this library {f'{within} ' if within else ''}answers that."
    if not nearest:
        return f"This library holds no paper {within}." if within and not missing else first
    titles = "\n".join(f"- {paper.title}" for paper in nearest)
    return f"{first} The nearest papers {within or 'here'} are:\n\n{titles}"


def declines(text: str) -> bool:
    """Whether an answer says that the abstracts do not hold it, and states nothing beside that. A part of an answer
    with that sentence at its end is still an answer."""
    said = statements(text)
    rest = [s for s in said if not _says_no(s.text)]
    return len(rest) < len(said) and not any(s.markers for s in rest)


def _says_no(sentence: str) -> bool:
    """Whether a sentence is the one for "the abstracts do not say"; one that quotes it from an abstract is not."""
    before, found, _ = sentence.casefold().partition(CANNOT_ANSWER.rstrip(".").casefold())
    return bool(found) and not before.rstrip().endswith(("“", '"', "”", "«", "‘", "„"))


def more_candidates(candidates: int, looked_at: int) -> list[str]:
    """One sentence on the papers that may also answer a list question but are not looked at, or none."""
    if candidates <= looked_at:
        return []
    return [
        f"{candidates} papers may be about this; these are from the {looked_at} best (all: askpapers search --all)."
    ]


def missing_note(missing: Sequence[str]) -> str:
    """One sentence naming what the library does not hold, or nothing."""
    if not missing:
        return ""
    return f"This library holds no paper on {_listed(missing, 'or')}."


def left_out_note(labels: Sequence[str]) -> str:
    """One sentence naming the papers a question names that the model is not shown, or nothing."""
    if not labels:
        return ""
    return f"There was no room for {_listed(labels, 'and')}: ask about fewer papers at once."


def outside_note(labels: Sequence[str]) -> str:
    """One sentence naming the papers a question names that do not fit its filters, or nothing."""
    if not labels:
        return ""
    return f"{_listed(labels, 'and')} {'is' if len(labels) == 1 else 'are'} outside the filter."


def notes(plan: Plan, evidence: Sequence[Evidence], filters: Filters) -> str:
    """What the reader must know before the answer: names the library does not hold, papers that had no room, and
    papers that are shown because they were named though they do not fit the filters."""
    filters = filters.without("not_ids")  # what is left out is said by whoever left it out (see `scope`)
    there = {item.paper.id: filters.fits(item.paper) for item in evidence}
    called = list(zip(plan.named, plan.labels, strict=True))
    left_out = [label for paper, label in called if paper not in there]
    outside = [label for paper, label in called if not there.get(paper, True)]
    said = *plan.notes, missing_note(plan.missing), left_out_note(left_out), outside_note(outside)
    return " ".join(filter(None, said))


def _listed(names: Sequence[str], joined_by: str) -> str:
    quoted = [f"“{name.strip('“”')}”" for name in names]
    return quoted[0] if len(quoted) == 1 else ", ".join(quoted[:-1]) + f" {joined_by} " + quoted[-1]
