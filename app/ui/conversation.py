"""One browser session's conversation: what was said, what it rests on, and what the page shows of it.

Frozen records, held in a `gr.State`: nothing here is shared between sessions. Compared by identity
(`eq=False`), because Gradio hashes states and a turn holds a dict.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Literal

from app.core.domain import Answer, Citation, Correction, Evidence, Plan, Question, Turn
from app.core.events import AnswerReady, Checking, Event, EvidenceReady, StepDone, TextDelta
from app.core.findings import Choice
from app.core.reading import Reading
from app.ui.pins import NONE, Act, Pins
from app.ui.render import answer_html, evidence_html, question_html, running_html, unfinished_html


@dataclass(frozen=True, eq=False)
class Draft:
    """A question that is being answered: everything its events have told so far. `unread` are the conditions that the
    person does not want read out of it, `correction` what of its plan is to be otherwise. `checking` is how far looking
    at papers one by one has come."""

    question: str
    unread: tuple[str, ...] = ()
    correction: Correction | None = None
    text: str = ""
    steps: tuple[StepDone, ...] = ()
    checking: Checking | None = None
    evidence: tuple[Evidence, ...] = ()
    plan: Plan | None = None
    answer: Answer | None = None

    def after(self, event: Event) -> Draft:
        """This draft with one more event taken in."""
        if isinstance(event, StepDone):
            return replace(self, steps=(*self.steps, event), checking=None)
        if isinstance(event, Checking):
            return replace(self, checking=event)
        if isinstance(event, EvidenceReady):
            # Text that stands there already is of a try before this one.
            return replace(self, evidence=event.evidence, plan=event.plan, checking=None, text="")
        if isinstance(event, TextDelta):
            return replace(self, text=self.text + event.text, checking=None)
        if isinstance(event, AnswerReady):
            return replace(self, answer=event.answer, evidence=event.answer.evidence)
        raise TypeError(f"unknown event {type(event).__name__}")

    @property
    def doing(self) -> str:
        """What is happening, in words."""
        if self.text:
            return "Writing the answer"
        if self.count:
            return f"Checking {self.count}"
        if self.evidence:
            return "Reading " + ("1 abstract" if len(self.evidence) == 1 else f"{len(self.evidence)} abstracts")
        return self.steps[-1].title if self.steps else "Looking through your library"

    @property
    def spoken(self) -> str:
        """As `doing`, for a line that is read out whenever it changes: so without the count that runs."""
        return f"Checking {self.checking.total:,} papers" if self.checking else self.doing

    @property
    def count(self) -> str:
        """How far looking at papers one by one has come, and what it found; nothing while that is not done."""
        now = self.checking
        return f"{now.done:,} of {now.total:,}, {now.yes:,} so far" if now else ""


@dataclass(frozen=True, eq=False)
class Conversation:
    """`messages` are (question, answer) as HTML; `evidence` maps every marker to its paper; `newest` are the markers
    whose papers the newest answer brought or cites. `asked` is the last question with its answer, `before` the
    conversation up to it, from where it can be asked in another way. `pins` are the papers to be in every answer or in
    none."""

    messages: tuple[tuple[str, str], ...] = ()
    turns: tuple[Turn, ...] = ()
    evidence: dict[int, Evidence] = field(default_factory=dict)
    citations: tuple[Citation, ...] = ()
    newest: frozenset[int] | None = None
    draft: Draft | None = None
    asked: Draft | None = None
    before: Conversation | None = None
    pins: Pins = NONE

    @property
    def newest_answer(self) -> Answer | None:
        """The answer to the last question; none while another is being answered."""
        return self.asked.answer if self.asked and self.draft is None else None

    @property
    def readings(self) -> tuple[Reading, ...]:
        """The filters read from the last question."""
        answer = self.newest_answer
        return tuple(reading for reading in answer.filters if reading.origin == "question") if answer else ()

    @property
    def choices(self) -> tuple[Choice, ...]:
        """What the last answer asks back with."""
        return self.newest_answer.choices if self.newest_answer else ()

    @property
    def answer(self) -> Answer | None:
        """The answer of the draft, once it is there."""
        return self.draft.answer if self.draft else None

    @property
    def spoken(self) -> str:
        """What is happening, in words for a line that is read out."""
        return self.draft.spoken if self.draft else ""

    @property
    def stopped(self) -> str:
        """What is said of an answer that the person stopped."""
        return f"Stopped at {self.draft.count}." if self.draft and self.draft.count else "Stopped."

    def asking(self, text: str) -> Conversation:
        return replace(self, draft=Draft(text))

    def asking_without(self, reading: Reading) -> Conversation:
        """Asking the last question again, in its own place, without this filter."""
        names = self.asked.unread if self.asked else ()
        return self._asking_again(unread=tuple(dict.fromkeys((*names, *reading.names))))

    def asking_corrected(self, correction: Correction) -> Conversation:
        """Asking the last question again, in its own place, with its plan put right."""
        return self._asking_again(correction=correction)

    def pinning(self, act: Act | Literal[""], paper: str) -> Conversation:
        """With a paper pinned or left out, or no longer so."""
        return replace(self, pins=self.pins.toggled(act, paper)) if act else self

    def _asking_again(self, **otherwise: Any) -> Conversation:
        if self.asked is None or self.before is None:
            return self
        asked = Draft(self.asked.question, self.asked.unread, self.asked.correction)
        return replace(self.before, draft=replace(asked, **otherwise), pins=self.pins)

    def question(self) -> Question:
        """The question of the draft with the conversation before it."""
        draft = self.draft or Draft("")
        return Question(
            draft.question,
            self.turns,
            unread=draft.unread,
            pinned=self.pins.pinned,
            excluded=self.pins.excluded,
            correction=draft.correction,
        )

    def after(self, event: Event) -> Conversation:
        return replace(self, draft=self.draft.after(event)) if self.draft else self

    def finished(self) -> Conversation:
        """With the draft's answer taken into the history."""
        draft, answer = self.draft, self.answer
        if draft is None or answer is None:
            return self
        evidence = self._with(draft.evidence)
        # A paper that only an earlier answer cites stands with the earlier ones, not before those this one rests on.
        only_before = {c.marker for c in self.citations} - {c.marker for c in answer.citations}
        return replace(
            self,
            messages=(
                *self.messages,
                (question_html(draft.question), answer_html(answer, evidence, draft.steps, draft.plan)),
            ),
            turns=(*self.turns, answer.as_turn()),
            evidence=evidence,
            citations=(*self.citations, *answer.citations),
            newest=frozenset(item.marker for item in draft.evidence) - only_before,
            draft=None,
            asked=draft,
            before=replace(self, draft=None, asked=None, before=None),
            pins=Pins(answer.pinned, answer.excluded),  # the answer may have been told in words, "drop [1]"
        )

    def ended_early(self, end: str) -> Conversation:
        """Without an answer; `end` (safe HTML) says why.

        Text that was already shown stays and counts as a turn: the markers in it must keep their papers.
        """
        draft = self.draft
        if draft is None:
            return self
        kept = (
            self
            if not draft.text
            else replace(
                self,
                turns=(*self.turns, _unfinished_turn(draft)),
                evidence=self._with(draft.evidence),
                newest=frozenset(item.marker for item in draft.evidence),
            )
        )
        shown = unfinished_html(draft.text, kept.evidence, end)
        return replace(
            kept, messages=(*self.messages, (question_html(draft.question), shown)), draft=None, asked=None, before=None
        )

    def chat(self) -> list[dict[str, Any]]:
        """The messages as the Chatbot wants them."""
        pairs = list(self.messages)
        if self.draft is not None:
            draft, markers = self.draft, self._with(self.draft.evidence)
            pairs.append((question_html(draft.question), running_html(draft.text, markers, draft.doing, draft.plan)))
        return [
            {"role": role, "content": html}
            for pair in pairs
            for role, html in zip(("user", "assistant"), pair, strict=True)
        ]

    def panel(self) -> str:
        """The evidence panel; papers can be pinned while no question is being answered."""
        if self.draft is not None and self.draft.evidence:
            shown, focus = self._with(self.draft.evidence), {item.marker for item in self.draft.evidence}
            return evidence_html(list(shown.values()), self.citations, focus, pending=True)
        pins = self.pins if self.draft is None else None
        return evidence_html(list(self.evidence.values()), self.citations, self.newest, pins=pins)

    def _with(self, more: tuple[Evidence, ...]) -> dict[int, Evidence]:
        """All evidence by marker, in the order of the markers."""
        every = {**self.evidence, **{item.marker: item for item in more}}
        return dict(sorted(every.items()))


def _unfinished_turn(draft: Draft) -> Turn:
    return Turn(
        question=draft.question,
        standalone=draft.question,
        text=draft.text,
        markers={item.marker: item.paper.id for item in draft.evidence},
    )
