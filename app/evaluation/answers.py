"""Measuring answers: ask every question of the library in use -> judge each answer -> shares by type and over all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from app.bootstrap import Service
from app.evaluation.asking import Asked, Keep, Progress, ask_questions
from app.evaluation.figures import Mean
from app.evaluation.judging import MEASURES, Judged
from app.evaluation.paper_names import names_of
from app.evaluation.questions import TYPES, JudgedQuestion
from app.evaluation.shares import share_of

ALL = "all"
_NAMED = 5


@dataclass(frozen=True, slots=True)
class Group:
    """The figures of the questions of one type, or of all. `seconds` are those of answers, not of failures."""

    name: str
    questions: int
    failed: int
    shares: dict[str, Mean | None]
    counted: dict[str, int]
    claims: int
    unchecked: int
    p50_s: float | None
    p95_s: float | None


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured: a group for each type, then one for all questions."""

    name: str
    model: str
    embedder: str
    papers: int
    asked: Asked
    groups: tuple[Group, ...]
    not_there: tuple[str, ...] = ()


def measure(
    service: Service,
    questions: Sequence[JudgedQuestion],
    name: str,
    titles: Mapping[str, str] | None = None,
    progress: Progress = lambda done, total: None,
    keep: Keep = lambda judged: None,
) -> Measured:
    """The figures of a service's answers to the questions of the file `name`. `titles` tell of papers which they are,
    where the library has other ids (see `app.evaluation.paper_names`). Raises AskPapersError if the library cannot be
    opened."""
    used = [paper for q in questions for paper in (*q.must_cite, *q.may_cite, *q.choices)]
    names = names_of(used, service.library.store, titles or {})
    service.search(questions[0].turns[-1], 1)  # opens what is opened at first use, which is no cost of a question
    asked = ask_questions(service, questions, names.called, progress, keep)
    model = service.model()
    return Measured(
        name=name,
        model=model.provider if model.provider == model.name else f"{model.provider}:{model.name}",
        embedder=service.library.embedder.name,
        papers=service.paper_count(),
        asked=asked,
        groups=groups_of(asked.judged),
        not_there=names.absent,
    )


def notes(measured: Measured) -> Iterator[str]:
    """What there is to know about the figures."""
    if absent := measured.not_there:
        named = ", ".join(absent[:_NAMED]) + (", ..." if len(absent) > _NAMED else "")
        yield f"{len(absent)} of the papers that the questions name are not in the library, and so not found: {named}"
    for each in measured.asked.judged:
        if each.error:
            yield f"{each.question.id} failed: {str(each.error).rstrip('.')}. {each.error.hint}"


def groups_of(judged: Sequence[Judged]) -> tuple[Group, ...]:
    """The types in the order in which we name them, others after them as they come, and all together."""
    there = dict.fromkeys(each.question.type for each in judged)
    types = [*(name for name in TYPES if name in there), *(name for name in there if name not in TYPES)]
    return (*(_group(t, [each for each in judged if each.question.type == t]) for t in types), _group(ALL, judged))


def _group(name: str, judged: Sequence[Judged]) -> Group:
    parts = {measure: [each.parts[measure] for each in judged if measure in each.parts] for measure in MEASURES}
    seconds = [each.seconds for each in judged if each.answer]
    return Group(
        name=name,
        questions=len(judged),
        failed=sum(each.answer is None for each in judged),
        shares={measure: share_of(those) for measure, those in parts.items()},
        counted={measure: len(those) for measure, those in parts.items()},
        claims=sum(each.claims for each in judged),
        unchecked=sum(each.unchecked for each in judged),
        p50_s=float(np.percentile(seconds, 50)) if seconds else None,
        p95_s=float(np.percentile(seconds, 95)) if seconds else None,
    )
