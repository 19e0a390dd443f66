"""Putting right how a question was read: its kind, the papers it names, the points of a comparison."""

from __future__ import annotations

from typing import Any

import gradio as gr

from app.core.domain import Correction, Kind, Plan
from app.ui.conversation import Conversation, Draft
from app.ui.notices import Updates
from app.ui.render import plain_line

KINDS: tuple[tuple[str, Kind], ...] = (
    ("A question about one thing", "lookup"),
    ("A comparison", "compare"),
    ("Look through the whole library", "aggregate"),
)
MOST_ASPECTS = 8
LONGEST_ASPECT = 80


class PlanPart:
    """The disclosure below the newest answer. Holds no state of a session."""

    def draw(self) -> None:
        """Call inside a Blocks context."""
        with gr.Accordion("Not what you meant?", open=False, visible=False, elem_id="ap-replan") as self.fold:
            self.kind = gr.Radio(list(KINDS), label="What you asked for", elem_id="ap-replan-kind")
            self.papers = gr.CheckboxGroup(
                [], label="Papers named in your question: take away what was read wrongly", elem_id="ap-replan-papers"
            )
            self.aspects = gr.Textbox(
                label="Compare them on, with commas between",
                placeholder="method, data, results",
                max_lines=2,
                elem_id="ap-replan-aspects",
            )
            self.apply = gr.Button("Ask again like this", size="sm", elem_id="ap-again-0")

    def wire(self, **quiet: Any) -> None:
        """Points are asked for only where a comparison is wanted."""
        self.kind.input(_aspects_asked, inputs=[self.kind], outputs=[self.aspects], **quiet)

    @property
    def inputs(self) -> list[Any]:
        return [self.kind, self.papers, self.aspects]

    @property
    def outputs(self) -> list[Any]:
        return [self.fold, *self.inputs]

    def offering(self, now: Conversation) -> Updates:
        """The disclosure for the newest answer, folded; away where nothing was looked for or something is being."""
        plan = now.asked.plan if now.asked and now.newest_answer else None
        if plan is None or plan.kind == "chat":
            return {self.fold: gr.update(visible=False)}
        named = [(plain_line(label), paper) for label, paper in zip(plan.labels, plan.named, strict=False)]
        kind = plan.kind if plan.kind in dict(KINDS).values() else None
        return {
            self.fold: gr.Accordion(visible=True, open=False),
            self.kind: gr.Radio(value=kind),
            self.papers: gr.CheckboxGroup(named, value=[paper for _, paper in named], visible=bool(named)),
            self.aspects: gr.Textbox(", ".join(map(plain_line, _aspects(now.asked))), visible=kind == "compare"),
        }


def _aspects_asked(kind: str | None) -> Any:
    return gr.Textbox(visible=kind == "compare")


def _aspects(asked: Draft | None) -> tuple[str, ...]:
    """The points of the comparison: asked for, or those of its table."""
    if asked is None or asked.plan is None:
        return ()
    table = asked.answer.table if asked.answer else None
    return asked.plan.aspects or (table.aspects if table else ())


def corrected(asked: Draft, kind: object, papers: object, aspects: object) -> Correction | str:
    """What is to be otherwise than in the plan of `asked`, together with what already was; or why that cannot be. The
    three values come from a browser: only known kinds and papers that the question names are taken."""
    plan = asked.plan or Plan("lookup", asked.question)
    before = asked.correction or Correction()
    wanted: Kind | None = next((each for _, each in KINDS if each == kind and each != plan.kind), None)
    kept = tuple(paper for paper in plan.named if isinstance(papers, list) and paper in papers)
    points = points_of(aspects) if (wanted or plan.kind) == "compare" else list(_aspects(asked))
    if len(points) > MOST_ASPECTS:
        return f"You named {len(points)} points; a comparison has room for {MOST_ASPECTS}. Please take some away."
    if long := next((point for point in points if len(point) > LONGEST_ASPECT), ""):
        return f'"{long[:30]}…" has {len(long)} characters; a point has room for {LONGEST_ASPECT}. A few words do.'
    now = Correction(
        wanted or before.kind,
        kept if kept != plan.named else before.papers,
        tuple(points) if tuple(points) != _aspects(asked) else before.aspects,
    )
    return now if now != before else "Nothing is otherwise yet: choose another kind, other papers or other points."


def points_of(typed: object) -> list[str]:
    """The points in a text with commas between them, each once."""
    words = (" ".join(part.split()) for part in str(typed or "").replace("\n", ",").replace(";", ",").split(","))
    first: dict[str, str] = {}
    for word in filter(None, words):
        first.setdefault(word.casefold(), word)
    return list(first.values())
