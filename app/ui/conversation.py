"""One browser session's conversation: what was said, what it rests on, and what the page shows of it.

Frozen records, held in a `gr.State`: nothing here is shared between sessions. Compared by identity
(`eq=False`), because Gradio hashes states and a turn holds a dict.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from app.chat.follow_ups import follow_ups
from app.core.domain import Answer, Citation, Correction, Evidence, Plan, Question, Turn, Usage
from app.core.events import AnswerReady, Checking, Event, EvidenceReady, StepDone, TextDelta, Thinking
from app.core.findings import Choice
from app.core.reading import Reading
from app.ui.kept import NOT_KEPT, Kept
from app.ui.narrowing import WHOLE, Narrowing
from app.ui.pins import NONE, Act, Pins
from app.ui.render import answer_html, evidence_html, question_html, running_html, unfinished_html
from app.ui.retries import QUOTES_INSTEAD, Retry
from app.ui.thinking import NO_THOUGHTS, Thoughts


@dataclass(frozen=True, eq=False)
class Draft:
    """A question that is being answered: everything its events have told so far. `unread` are the conditions that the
    person does not want read out of it, `correction` what of its plan is to be otherwise, `quotes` says that quotes shall
    answer it because the model failed. `checking` is how far looking at papers one by one has come, `thoughts` what the
    model thinks aloud."""

    question: str
    unread: tuple[str, ...] = ()
    correction: Correction | None = None
    quotes: bool = False
    text: str = ""
    steps: tuple[StepDone, ...] = ()
    checking: Checking | None = None
    evidence: tuple[Evidence, ...] = ()
    plan: Plan | None = None
    answer: Answer | None = None
    thoughts: Thoughts = NO_THOUGHTS

    def after(self, event: Event) -> Draft:
        """This draft with one more event taken in."""
        if isinstance(event, Thinking):
            return replace(self, thoughts=self.thoughts.more(event.text, time.monotonic()), checking=None)
        if isinstance(event, (TextDelta, AnswerReady)) and self.thoughts.going_on:
            return replace(self, thoughts=self.thoughts.over(time.monotonic())).after(event)
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
        if self.thoughts.going_on:
            return "The model is thinking"
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
    whose papers the newest answer brought or cites. `asked` is the last question with its answer, if it got one, `before` the
    conversation up to it, from where it can be asked in another way; so every question so far can be. `retries` are the ways to ask it again where it
    failed. `pins` are the papers to be in every answer or in none, `only` those that every question is limited to, `used`
    is what the answers so far took, `kept` where it is kept."""

    messages: tuple[tuple[str, str], ...] = ()
    turns: tuple[Turn, ...] = ()
    evidence: dict[int, Evidence] = field(default_factory=dict)
    citations: tuple[Citation, ...] = ()
    newest: frozenset[int] | None = None
    draft: Draft | None = None
    asked: Draft | None = None
    before: Conversation | None = None
    retries: tuple[Retry, ...] = ()
    pins: Pins = NONE
    only: Narrowing = WHOLE
    used: tuple[Usage, ...] = ()
    kept: Kept = NOT_KEPT

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
    def follow_ups(self) -> tuple[str, ...]:
        """Questions to go on with; none where the answer asks one back itself, or offers others: there is room for one row."""
        answer = self.newest_answer
        if answer is None or answer.choices:
            return ()
        plan = self.asked.plan if self.asked else None
        called = dict(zip(plan.named, plan.labels, strict=False)) if plan else {}
        return tuple(follow_ups(answer, [turn.question for turn in self.turns], called))

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
        return replace(self, draft=Draft(text), retries=())

    def asking_without(self, reading: Reading) -> Conversation:
        """Asking the last question again, in its own place, without this filter."""
        names = self.asked.unread if self.asked else ()
        return self._asking_again(unread=tuple(dict.fromkeys((*names, *reading.names))))

    def asking_corrected(self, correction: Correction) -> Conversation:
        """Asking the last question again, in its own place, with its plan put right."""
        return self._asking_again(correction=correction)

    def asking_once_more(self, how: Retry) -> Conversation:
        """Asking the question that failed again, in its own place."""
        return self._asking_again(quotes=how == "quotes")

    def place_of(self, question: int) -> Conversation | None:
        """The conversation just after this question (0 is the first one); None where nothing is known of it."""
        at: Conversation | None = self
        while at is not None and len(at.messages) > question + 1:
            at = at.before
        return at if at and at.asked and at.before and len(at.messages) == question + 1 else None

    def asking_instead(self, question: int, text: str) -> Conversation | None:
        """Asking `text` in place of an earlier question: what was said from it on is dropped, what was before it stays."""
        there = self.place_of(question)
        if there is None or there.before is None:
            return None
        return replace(there.before.asking(text), pins=self.pins, only=self.only, used=self.used, kept=self.kept)

    def pinning(self, act: Act | Literal[""], paper: str) -> Conversation:
        """With a paper pinned or left out, or no longer so."""
        return replace(self, pins=self.pins.toggled(act, paper)) if act else self

    def narrowed(self, only: Narrowing) -> Conversation:
        """With every next question about these papers alone."""
        return replace(self, only=only)

    def _asking_again(self, **otherwise: Any) -> Conversation:
        if self.asked is None or self.before is None:
            return self
        asked = Draft(self.asked.question, self.asked.unread, self.asked.correction)
        carried: dict[str, Any] = {"pins": self.pins, "only": self.only, "used": self.used, "kept": self.kept}
        return replace(self.before, draft=replace(asked, **otherwise), **carried)

    def fresh(self) -> Conversation:
        """A new one, of the same owner."""
        return Conversation(kept=self.kept.fresh())

    def question(self) -> Question:
        """The question of the draft with the conversation before it."""
        draft = self.draft or Draft("")
        return Question(
            draft.question,
            self.turns,
            self.only.filters,
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
        if draft.quotes:
            answer = replace(answer, notices=(*answer.notices, QUOTES_INSTEAD))
        evidence = self._with(draft.evidence)
        # A paper that only an earlier answer cites stands with the earlier ones, not before those this one rests on.
        only_before = {c.marker for c in self.citations} - {c.marker for c in answer.citations}
        return replace(
            self,
            messages=(
                *self.messages,
                (
                    question_html(draft.question, len(self.messages)),
                    answer_html(answer, evidence, draft.steps, draft.plan, draft.thoughts),
                ),
            ),
            turns=(*self.turns, answer.as_turn()),
            evidence=evidence,
            citations=(*self.citations, *answer.citations),
            newest=frozenset(item.marker for item in draft.evidence) - only_before,
            draft=None,
            asked=draft,
            before=self._bare(),
            pins=Pins(answer.pinned, answer.excluded),  # the answer may have been told in words, "drop [1]"
            used=(*self.used, *filter(None, [answer.usage])),
        )

    def ended_early(self, end: str, retries: tuple[Retry, ...] = ()) -> Conversation:
        """Without an answer; `end` (safe HTML) says why, `retries` how the question may be asked again.

        Text that was already shown stays and counts as a turn: the markers in it must keep their papers.
        """
        draft = self.draft
        if draft is None:
            return self
        draft = replace(draft, thoughts=draft.thoughts.over(time.monotonic()))
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
        shown = unfinished_html(draft.text, kept.evidence, end, draft.thoughts)
        return replace(
            kept,
            messages=(*self.messages, (question_html(draft.question, len(self.messages)), shown)),
            draft=None,
            asked=draft,
            before=self._bare(),
            retries=retries,
        )

    def _bare(self) -> Conversation:
        """As it was before its last question was asked."""
        return replace(self, draft=None, retries=())

    def chat(self) -> list[dict[str, Any]]:
        """The messages as the Chatbot wants them."""
        pairs = list(self.messages)
        if self.draft is not None:
            draft, markers = self.draft, self._with(self.draft.evidence)
            running = running_html(draft.text, markers, draft.doing, draft.plan, draft.thoughts)
            pairs.append((question_html(draft.question), running))
        return [
            {"role": role, "content": html}
            for pair in pairs
            for role, html in zip(("user", "assistant"), pair, strict=True)
        ]

    def panel(self) -> str:
        """The evidence panel; papers can be pinned while no question is being answered. The evidence of an answer that
        failed stays."""
        unanswered = self.draft or (self.asked if self.retries else None)
        if unanswered is not None and unanswered.evidence:
            shown, focus = self._with(unanswered.evidence), {item.marker for item in unanswered.evidence}
            title = "Reading" if self.draft else "Found for this question"
            return evidence_html(list(shown.values()), (), focus, pending=True, title=title, before=self.citations)
        pins = self.pins if self.draft is None else None
        newest = self.asked.answer.citations if self.asked and self.asked.answer else self.citations
        before = self.citations[: len(self.citations) - len(newest)]
        return evidence_html(list(self.evidence.values()), newest, self.newest, pins=pins, before=before)

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
