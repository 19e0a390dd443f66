"""The conversation: question box, streamed answers, Stop, New chat, examples and the evidence beside them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from typing import Any

import gradio as gr

from app.core.events import Checking, EvidenceReady, TextDelta, Thinking
from app.core.models import ModelPick
from app.ui.asking import asked_by
from app.ui.button_row import ButtonRow, clicked
from app.ui.card_acts_part import CardActsPart
from app.ui.chatbot import chatbot
from app.ui.conversation import Conversation
from app.ui.door.caller import caller_of
from app.ui.door.limits import Limits
from app.ui.edit_part import NOTHING, Editing, EditPart
from app.ui.empty_html import NO_EVIDENCE
from app.ui.ends import failed, stopped
from app.ui.keeping import Keeping
from app.ui.kept import here_html
from app.ui.narrow_part import SHOW_CHAT as SHOW_CHAT
from app.ui.narrow_part import NarrowPart
from app.ui.narrowing import Narrowing
from app.ui.notices import Updates, status_html
from app.ui.pins_part import CARD_CLICKS, PinsPart
from app.ui.plan_part import PlanPart
from app.ui.retries import QUOTES, RETRIES_SHOWN, RETRY_WORDS
from app.ui.running import Run
from app.ui.service import ChatService
from app.ui.spoken import spoken
from app.ui.stream import drained
from app.ui.usage import total_html

_log = logging.getLogger(__name__)

EXAMPLES_SHOWN = 4
CHIPS_SHOWN = 6
CHOICES_SHOWN = 8
FOLLOW_UPS_SHOWN = 4
ANSWERS_AT_ONCE = 32  # an answer being streamed is one waiting thread; the chat model is the narrow place
_PAINT_EVERY = 0.04  # seconds: a fast model sends more pieces a second than an eye can read
_THOUGHTS_EVERY = 0.2  # and nobody reads its thoughts word by word
_ONE_PAINT_S = 0.15
_WORDS = (TextDelta, Thinking, Checking)  # events that come by the hundred


class ChatPart:
    """The components of the conversation and what happens when they are used. Holds no state of a session."""

    def __init__(self, service: ChatService, limits: Limits | None = None, keeping: Keeping | None = None) -> None:
        self._service, self.limits = service, limits or Limits()
        self._keeping = keeping or Keeping(None)
        self.examples = ButtonRow("ap-example", EXAMPLES_SHOWN)
        self.choices = ButtonRow("ap-choice", CHOICES_SHOWN, "Did you mean:")
        self.follow_ups = ButtonRow("ap-next", FOLLOW_UPS_SHOWN, "Ask next:")
        self.chips = ButtonRow("ap-chip", CHIPS_SHOWN, "Read from your question, click to leave out:")
        self.retries = ButtonRow("ap-way", RETRIES_SHOWN)
        self.plan, self.pins, self.narrow = PlanPart(), PinsPart(), NarrowPart()
        self.edit, self.acts = EditPart(), CardActsPart(self.narrow)
        below = (self.examples, self.choices, self.retries, self.follow_ups, self.plan, self.chips)
        self._rows = (*below, self.pins, self.narrow, self.edit)

    def draw_chat(self, *below: Callable[[], None]) -> None:
        """The column with the conversation; `below` draw what stands right below it. Call inside a Blocks context."""
        self.conversation = gr.State(Conversation())
        self.run: gr.State = gr.State(None)
        self.chatbot = chatbot()
        for draw in (*below, *(part.draw for part in self._rows)):
            draw()
        with gr.Row(elem_id="ap-lines"):
            self.status = gr.HTML(status_html(""), elem_id="ap-status")
            self.total = gr.HTML("", elem_id="ap-total", padding=False, js_on_load=None)
        self.here = gr.HTML("", elem_id="ap-here", padding=False, js_on_load=None)
        with gr.Row(elem_id="ap-ask-row", equal_height=True):
            self.box = gr.Textbox(
                label="Your question",
                show_label=False,
                container=False,
                placeholder="Ask your papers",
                lines=1,
                max_lines=8,
                elem_id="ap-question",
                autofocus=True,
                scale=1,
            )
            self.send = gr.Button("Ask", variant="primary", elem_id="ap-send", scale=0, min_width=84)
            self.stop = gr.Button("Stop", visible=False, elem_id="ap-stop", scale=0, min_width=84)
            self.new = gr.Button("New chat", elem_id="ap-new", scale=0, min_width=96)

    def draw_evidence(self) -> None:
        """The evidence panel. Call inside a Blocks context."""
        self.evidence = gr.HTML(NO_EVIDENCE, elem_id="ap-evidence", js_on_load=CARD_CLICKS)

    def wire(self, pick: gr.State) -> Any:
        """Connect the components; gives the event after which an answer is there. All handlers are private. `pick` holds
        the model that the session chose."""
        quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        outputs = self.outputs
        rows = (self.examples, self.choices, self.retries, self.follow_ups, self.chips)
        buttons = [*(button for row in rows for button in row.buttons), self.plan.apply]
        steering = [self.narrow.only, self.edit.editing, *self.plan.inputs]
        asking = gr.on(
            [self.box.submit, self.send.click, self.edit.clicks.click, *(button.click for button in buttons)],
            self.ask,
            inputs=[self.box, self.conversation, pick, *steering, *self.examples.buttons],
            outputs=outputs,
            trigger_mode="once",  # Enter while an answer runs leaves the next question in the box
            concurrency_id="ask",
            concurrency_limit=ANSWERS_AT_ONCE,
            **quiet,
        )
        # Only when the answer's event is over can the next question be taken, so only then is "Ask" back.
        answered = asking.then(_ask_not_stop, inputs=[self.run], outputs=[self.send, self.stop], **quiet)
        self.stop.click(self.stopped, inputs=[self.run], **quiet)
        self.begun = self.new.click(self.started_over, inputs=[self.run, self.conversation], outputs=outputs, **quiet)
        self.plan.wire(**quiet)
        self.pinned = self.pins.wire(self.conversation, self.run, self.evidence, self.status, **quiet)
        self.narrow.wire(self.status, **quiet)
        self.edit.wire(self.conversation, self.run, self.box, self.status, **quiet)
        self.acts.wire(self.conversation, self.evidence, self.box, self.status, **quiet)
        return answered

    @property
    def outputs(self) -> list[Any]:
        """What `ask` and `go_to` change."""
        outputs = [self.conversation, self.run, self.chatbot, self.evidence, self.status, self.box]
        outputs += [self.send, self.stop, self.total, self.here]
        for part in self._rows:
            outputs += part.outputs
        return outputs

    @property
    def narrow_outputs(self) -> list[Any]:
        """What `narrowed` changes."""
        return [*self.narrow.outputs, self.box, self.status]

    def narrowed(self, papers: Sequence[str], words: str, question: str = "") -> Updates:
        """For other parts of the page: every next question is about these papers (ids) alone, called `words` on the chip
        that takes this back; `question` is put into the box. Follow it by `SHOW_CHAT` in the browser."""
        return self.narrow.narrowed(papers, words, self.box, self.status, question)

    def offering(self) -> dict[str, Any]:
        """How to connect `offer_examples` to an event."""
        return {
            "inputs": [self.conversation],
            "outputs": self.examples.outputs,
            "show_progress": "hidden",
            "api_visibility": "private",
        }

    def offer_examples(self, now: Conversation) -> Updates:
        """The example buttons with questions this library can answer; none once a conversation has begun."""
        try:
            begun = now.messages or now.draft
            questions = [] if begun else self._service.example_questions()
        except Exception:
            _log.exception("no example questions")
            questions = []
        return self.examples.offering(questions)

    async def ask(
        self,
        event: gr.EventData,
        request: gr.Request,
        typed: str,
        before: Conversation,
        pick: ModelPick | None,
        only: Narrowing,
        editing: Editing,
        kind: str | None,
        papers: list[str],
        aspects: str,
        *examples: str,
    ) -> AsyncGenerator[Updates, None]:
        """Answer a question: the typed one (perhaps in place of an earlier one), the example, choice or follow-up that was
        clicked, or the last one without a filter's chip, with its plan put right or once more."""
        name, place = clicked(event)
        typed = examples[place] if name == "ap-example" else typed
        now = asked_by(name, place, typed, before.narrowed(only), editing, (kind, papers, aspects))
        if not isinstance(now, str):
            now = self._refusal(now.question().text, request) or now
        if isinstance(now, str):
            yield {self.status: status_html(now, "is-alert" if now else "")}
            return
        if now.draft and now.draft.quotes:
            pick = QUOTES
        async with aclosing(self._asked(now, pick, {} if name else {self.box: ""})) as updates:
            async for update in updates:
                yield update

    def _refusal(self, text: str, request: gr.Request) -> str:
        """What the status line says to a question that is not answered now; nothing if it is."""
        if words := self.limits.too_long(text):
            return words
        refused = self.limits.refusal(caller_of(request))
        return refused.words if refused else ""

    async def _asked(self, now: Conversation, pick: ModelPick | None, more: Updates) -> AsyncGenerator[Updates, None]:
        """The page while the question of a conversation is answered; `more` are changes to make at its beginning."""
        question = now.question()
        run = Run(drained(lambda: self._service.ask(question, pick)), now)
        try:
            run.now = now = await self._keeping.begun(now)
            # Each painting costs the browser a tenth of a second: where evidence is there as soon, one is enough.
            for each in await run.stream.soon(_ONE_PAINT_S, lambda event: isinstance(event, EvidenceReady)):
                run.now = now = now.after(each)
            yield {
                **self._painted(now, now.spoken),
                **more,
                **self.examples.offering([]),
                **self.edit.offering(NOTHING),
                self.run: run,
                self.send: gr.update(visible=False),
                self.stop: gr.update(visible=True),
            }
            async with aclosing(self._answered(run, now)) as updates:
                async for update in updates:
                    yield update
            if run.there is not None:
                yield await self._gone_to(run.there)
        finally:
            run.over = True
            run.stream.leave()
            self._keeping.left(run.now)

    async def _answered(self, run: Run, now: Conversation) -> AsyncGenerator[Updates, None]:
        """The page from the first event of an answer to its end, whichever end that is."""
        try:
            async for batch in run.stream.batches():
                for each in batch:
                    run.now = now = now.after(each)
                if now.answer is None:
                    # Painting takes longer than most steps: once for all that came meanwhile, and only what they change.
                    found = any(isinstance(each, EvidenceReady) for each in batch)
                    yield {
                        **self._words_painted(now, now.spoken),
                        **({self.evidence: now.panel() or NO_EVIDENCE} if found else {}),
                    }
                if isinstance(batch[-1], _WORDS):
                    await asyncio.sleep(_THOUGHTS_EVERY if isinstance(batch[-1], Thinking) else _PAINT_EVERY)
            if run.stream.left:
                end = stopped(now.stopped)
                run.now = await self._keeping.ended(now, now.ended_early(end.html()), end)
                yield self._painted(run.now, end.words)
            elif now.answer is None:
                raise RuntimeError("the service ended without AnswerReady")
            else:
                words = spoken(now.answer)
                run.now = await self._keeping.ended(now, now.finished())
                yield self._painted(run.now, words)
        except Exception as error:
            begun = now.draft and now.draft.text
            words = "The answer broke off, because of an error." if begun else "No answer, because of an error."
            end = failed(error)
            run.now = await self._keeping.ended(now, now.ended_early(end.html(), end.retries), end)
            yield self._painted(run.now, words)

    async def stopped(self, run: Run | None) -> None:
        """Stop: the run itself writes what remains."""
        if run is not None:
            run.stream.leave()

    async def started_over(self, run: Run | None, now: Conversation) -> Updates:
        """New chat: an empty conversation."""
        return await self.go_to(run, now.fresh())

    async def go_to(self, run: Run | None, there: Conversation) -> Updates:
        """Show this conversation in place of the one that is there, which ends its run if there is one."""
        if run is None or run.over:
            return await self._gone_to(there)
        run.there = there
        run.stream.leave()
        return {self.status: status_html("")}

    async def _gone_to(self, there: Conversation) -> Updates:
        examples = await asyncio.to_thread(self.offer_examples, there)
        # The box keeps what is typed: it may already be the next question.
        begun = {**self.narrow.offering(there.only), **self.edit.offering(NOTHING)}
        return {**self._painted(there, ""), **begun, **examples}

    def _painted(self, now: Conversation, status: str) -> Updates:
        """All parts of the page that follow the conversation."""
        return {
            **self._words_painted(now, status),
            self.evidence: now.panel() or NO_EVIDENCE,
            self.total: total_html(now.used),
            self.here: here_html(now.kept),
            **self.retries.offering([RETRY_WORDS[each] for each in now.retries if now.draft is None]),
            **self.follow_ups.offering(now.follow_ups),
            **self.choices.offering([choice.text for choice in now.choices]),
            **self.plan.offering(now),
            **self.chips.offering([f"{reading.words} ×" for reading in now.readings]),
            **self.pins.offering(now),
        }

    def _words_painted(self, now: Conversation, status: str) -> Updates:
        """The parts that change with every few words of an answer."""
        return {self.conversation: now, self.chatbot: now.chat(), self.status: status_html(status)}


def _ask_not_stop(run: Run | None) -> tuple[Any, Any]:
    if run is not None and not run.over:  # what is over was a question that was refused, and another was asked since
        return gr.skip(), gr.skip()
    return gr.Button(visible=True), gr.Button(visible=False)
