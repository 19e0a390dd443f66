"""The notebook of one question: what each step gave, as data for the trace and in words for people."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from app.chat.condense import Condensed
from app.chat.resolve import Named
from app.core.domain import Answer, ModelInfo, Plan, Question, RankedPaper, Reason, Status, Turn
from app.core.events import AnswerReady, StepDone
from app.core.findings import Choice
from app.core.reading import records
from app.core.report import DenseIndex

# So many characters of what a model thought aloud are kept with its answer, the last ones.
MOST_THOUGHT = 20_000


@dataclass
class Run:
    """One question on its way through the chain; `tokens_exact` says that tokens are counted as the model does, `others` are
    papers that it may be on as well, with the question that says so; `points`: it points at what was never said; `told` is the question where
    it tells its paper by a description."""

    question: Question
    standalone: str
    model: ModelInfo
    tokens_exact: bool
    started: float = field(default_factory=time.perf_counter)
    steps: list[dict[str, Any]] = field(default_factory=list)
    thought: str = ""
    others: Sequence[tuple[str, Choice]] = ()
    points: bool = False
    told: str = ""
    notices: list[str] = field(default_factory=list)

    @property
    def elapsed_ms(self) -> float:
        return round((time.perf_counter() - self.started) * 1000, 1)

    def step(self, name: str, title: str, **data: Any) -> StepDone:
        """Write a finished step down; the event that tells of it."""
        self.steps.append({"name": name, "title": title, "at_ms": self.elapsed_ms, **data})
        return StepDone(name, title, data)

    def ready(self, plan: Plan, status: Status, text: str, reason: Reason | None = None, **parts: Any) -> AnswerReady:
        """The event that ends the question: its answer, with all that is known of how it came about."""
        if (status == "answered" or reason == "abstract_does_not_say") and self.others:
            markers = {item.paper.id: item.marker for item in parts.get("evidence", ())}
            there = [replace(choice, marker=markers[i]) for i, choice in self.others if i in markers]
            parts.setdefault("choices", tuple(there))
        trace = {"steps": self.steps, "total_ms": self.elapsed_ms, "tokens_exact": self.tokens_exact}
        answer = Answer(
            question=self.question.text,
            standalone_question=self.standalone,
            kind=plan.kind,
            status=status,
            reason=reason,
            text=text,
            model=self.model,
            filters=plan.filters,
            trace=trace,
            pinned=self.question.pinned,
            excluded=self.question.excluded,
            reasoning=self.thought[-MOST_THOUGHT:].strip(),
            notices=tuple(self.notices),
            **parts,
        )
        return AnswerReady(answer)

    def planned(self, plan: Plan, named: Named) -> StepDone:
        """The step that made this plan; with the readings of the names in the question."""
        readings: list[dict[str, Any]] = [
            {"text": r.text, "papers": list(r.papers), "confidence": r.confidence, "how": r.how} for r in named.readings
        ]
        return self.step(
            "plan",
            plan_title(plan),
            kind=plan.kind,
            named=list(plan.named),
            missing=list(plan.missing),
            **({"parts": [part.query for part in plan.parts]} if plan.parts else {}),
            filters=self.question.filters.record(),
            filters_read=records(plan.filters),
            readings=readings,
            several=[reading for reading in readings if len(reading["papers"]) > 1],
        )

    def found(
        self,
        ranked: Sequence[RankedPaper],
        relevance: float,
        dense: DenseIndex | None,
        words_only: str,
        not_reranked: str = "",
    ) -> StepDone:
        """The step that found these papers; it says so if not all of the library could be found by meaning, with
        `words_only` why none could, and with `not_reranked` why the reranker did not put them in order."""
        title = f"Found {count_papers(len(ranked))}"
        if words_only:
            title += " by words only"
        elif dense and not dense.whole:
            title += f", {dense.words}"
        if not_reranked:
            title += ", not reranked"
        elif any(item.reranked is not None for item in ranked):
            title += ", reranked"
        return self.step(
            "retrieve",
            title,
            hits=list(map(_hit, ranked)),
            relevance=round(relevance, 4),
            dense_index={"embedded": dense.embedded, "papers": dense.papers} if dense else None,
            **({"words_only": words_only} if words_only else {}),
            **({"not_reranked": not_reranked} if not_reranked else {}),
        )


def _hit(item: RankedPaper) -> dict[str, Any]:
    hit = {"paper_id": item.paper.id, "score": round(item.score, 4), "found_by": dict(item.found_by)}
    return hit if item.reranked is None else {**hit, "reranked": round(item.reranked, 4)}


def condense_title(condensed: Condensed) -> str:
    """What condensing did, in words."""
    return f"Understood as: {condensed.text}" if condensed.changed else "The question stands alone"


def plan_title(plan: Plan) -> str:
    """What the plan is, in words."""
    within = f", papers {' '.join(reading.words for reading in plan.filters)}" if plan.filters else ""
    if plan.parts:
        return f"Answering in {len(plan.parts)} parts: {' '.join(part.query for part in plan.parts)}{within}"
    if plan.kind == "compare":
        return "Comparing " + " and ".join([*plan.labels, *plan.missing] or plan.sides) + within
    doing = {"aggregate": "Looking through the library", "lookup": "Looking up"}.get(plan.kind, "Answering directly")
    return (f"{doing}: {', '.join(plan.labels)}" if plan.labels else doing) + within


def count_papers(number: int) -> str:
    """ "1 paper", "6 papers"."""
    return f"{number} paper{'' if number == 1 else 's'}"


def markers_of(history: Sequence[Turn]) -> Mapping[int, str]:
    """Every marker given so far in the conversation; the first meaning of a marker is its meaning."""
    known: dict[int, str] = {}
    for turn in history:
        for marker, paper_id in turn.markers.items():
            known.setdefault(marker, paper_id)
    return known
