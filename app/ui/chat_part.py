"""The conversation: question box, streamed answers, Stop, New chat, examples and the evidence beside them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

import gradio as gr

from app.core.domain import Answer
from app.core.events import Event, TextDelta
from app.core.reading import Reading
from app.ui.conversation import Conversation
from app.ui.notices import Updates, failure_html, status_html
from app.ui.render import plain_line
from app.ui.service import ChatService
from app.ui.stream import Stream, drained

_log = logging.getLogger(__name__)

QUESTION_LIMIT = 4000
EXAMPLES_SHOWN = 4
CHIPS_SHOWN = 6
ANSWERS_AT_ONCE = 32  # an answer being streamed is one waiting thread; the chat model is the narrow place
_PAINT_EVERY = 0.04  # seconds: a fast model sends more pieces a second than an eye can read
_STOPPED = '<p class="ap-ended">Stopped.</p>'
_NO_EVIDENCE = (
    '<div class="ap-empty"><p>The papers behind each answer appear here, with the cited sentences '
    "highlighted.</p></div>"
)
_WELCOME = (
    '<div class="ap-welcome"><p class="ap-welcome-title">What do you want to know from your papers?</p>'
    "<p>Answers come from the abstracts in your library, and every statement names its paper.</p></div>"
)


@dataclass(eq=False)
class Run:
    """An answer that is being written.

    Only the run writes the conversation until it is over: Stop and New chat leave their wish here instead of
    writing beside it. Used in the event loop only, so nothing can fall in between two of its steps.
    """

    stream: Stream[Event]
    start_over: bool = False
    over: bool = False


class ChatPart:
    """The components of the conversation and what happens when they are used. Holds no state of a session."""

    def __init__(self, service: ChatService) -> None:
        self._service = service

    def draw_chat(self) -> None:
        """The column with the conversation. Call inside a Blocks context."""
        self.conversation = gr.State(Conversation())
        self.run: gr.State = gr.State(None)
        self.chatbot = gr.Chatbot(
            label="Conversation",
            show_label=False,
            elem_id="ap-chat",
            layout="bubble",
            height=None,
            placeholder=_WELCOME,
            render_markdown=False,  # we hand over finished, escaped HTML; sanitize_html stays on behind it
            sanitize_html=True,
            allow_tags=False,
            latex_delimiters=[],
            buttons=[],
            feedback_options=None,
            group_consecutive_messages=False,
            scale=1,
        )
        with gr.Row(elem_id="ap-examples"):
            self.examples = [
                gr.Button("", size="sm", visible=False, elem_id=f"ap-example-{place}", min_width=0)
                for place in range(EXAMPLES_SHOWN)
            ]
        with gr.Row(elem_id="ap-chips", visible=False) as self.chip_row:
            gr.HTML(
                '<p class="ap-chips-title">Read from your question, click to leave out:</p>',
                elem_id="ap-chips-title",
                padding=False,
            )
            self.chips = [
                gr.Button("", size="sm", visible=False, elem_id=f"ap-chip-{place}", min_width=0)
                for place in range(CHIPS_SHOWN)
            ]
        self.status = gr.HTML(status_html(""), elem_id="ap-status")
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
        self.evidence = gr.HTML(_NO_EVIDENCE, elem_id="ap-evidence", js_on_load=None)

    def wire(self) -> Any:
        """Connect the components; gives the event after which an answer is there. All handlers are private."""
        quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        outputs = [self.conversation, self.run, self.chatbot, self.evidence, self.status, self.box]
        outputs += [self.send, self.stop, *self.examples, self.chip_row, *self.chips]
        asking = gr.on(
            [self.box.submit, self.send.click, *(button.click for button in (*self.examples, *self.chips))],
            self.ask,
            inputs=[self.box, self.conversation, *self.examples],
            outputs=outputs,
            trigger_mode="once",  # Enter while an answer runs leaves the next question in the box
            concurrency_id="ask",
            concurrency_limit=ANSWERS_AT_ONCE,
            **quiet,
        )
        # Only when the answer's event is over can the next question be taken, so only then is "Ask" back.
        answered = asking.then(_ask_not_stop, outputs=[self.send, self.stop], **quiet)
        self.stop.click(self.stopped, inputs=[self.run], **quiet)
        self.new.click(self.started_over, inputs=[self.run], outputs=outputs, **quiet)
        return answered

    def offering(self) -> dict[str, Any]:
        """How to connect `offer_examples` to an event."""
        return {
            "inputs": [self.conversation],
            "outputs": self.examples,
            "show_progress": "hidden",
            "api_visibility": "private",
        }

    def offer_examples(self, now: Conversation) -> list[Any]:
        """The example buttons with questions this library can answer; none once a conversation has begun."""
        try:
            begun = now.messages or now.draft
            questions = [] if begun else self._service.example_questions()[:EXAMPLES_SHOWN]
        except Exception:
            _log.exception("no example questions")
            questions = []
        questions += [""] * (EXAMPLES_SHOWN - len(questions))
        return [gr.Button(question, visible=bool(question)) for question in questions]

    async def ask(
        self, event: gr.EventData, typed: str, before: Conversation, *examples: str
    ) -> AsyncGenerator[Updates, None]:
        """Answer a question: the typed one, the example that was clicked, or the last one without a filter's chip."""
        name, _, place = str(getattr(event.target, "elem_id", "")).rpartition("-")
        cleared: Updates = {}
        if name == "ap-chip":
            if int(place) >= len(before.readings):
                return
            now = before.asking_without(before.readings[int(place)])
        else:
            text = (examples[int(place)] if name == "ap-example" else typed or "").strip()
            if not text or len(text) > QUESTION_LIMIT:
                yield {self.status: status_html(*_refusal(text))}
                return
            now = before.asking(text)
            cleared = {} if name == "ap-example" else {self.box: ""}
        async with aclosing(self._asked(now, cleared)) as updates:
            async for update in updates:
                yield update

    async def _asked(self, now: Conversation, more: Updates) -> AsyncGenerator[Updates, None]:
        """The page while the question of a conversation is answered; `more` are changes to make at its beginning."""
        question = now.question()
        run = Run(drained(lambda: self._service.ask(question)))
        try:
            yield {
                **self._painted(now, "Looking through your library"),
                **more,
                **{example: gr.Button(visible=False) for example in self.examples},
                self.run: run,
                self.send: gr.Button(visible=False),
                self.stop: gr.Button(visible=True),
            }
            async with aclosing(self._answered(run, now)) as updates:
                async for update in updates:
                    yield update
            if run.start_over:
                yield await self._fresh()
        finally:
            run.over = True
            run.stream.leave()

    async def _answered(self, run: Run, now: Conversation) -> AsyncGenerator[Updates, None]:
        """The page from the first event of an answer to its end, whichever end that is."""
        try:
            async for batch in run.stream.batches():
                for each in batch:
                    now = now.after(each)
                    if not isinstance(each, TextDelta) and now.answer is None:
                        yield self._painted(now, now.doing)
                if isinstance(batch[-1], TextDelta):
                    yield self._words_painted(now, now.doing)
                    await asyncio.sleep(_PAINT_EVERY)
            if run.stream.left:
                yield self._painted(now.ended_early(_STOPPED), "Stopped.")
            elif now.answer is None:
                raise RuntimeError("the service ended without AnswerReady")
            else:
                yield self._painted(now.finished(), spoken(now.answer))
        except Exception as error:
            yield self._painted(now.ended_early(failure_html(error)), "No answer, because of an error.")

    async def stopped(self, run: Run | None) -> None:
        """Stop: the run itself writes what remains."""
        if run is not None:
            run.stream.leave()

    async def started_over(self, run: Run | None) -> Updates:
        """New chat: an empty conversation, written by the run if there is one."""
        if run is None or run.over:
            return await self._fresh()
        run.start_over = True
        run.stream.leave()
        return {self.status: status_html("")}

    async def _fresh(self) -> Updates:
        empty = Conversation()
        buttons = await asyncio.to_thread(self.offer_examples, empty)
        # The box keeps what is typed: it may already be the first question of the new chat.
        return {**self._painted(empty, ""), **dict(zip(self.examples, buttons, strict=True))}

    def _painted(self, now: Conversation, status: str) -> Updates:
        """All parts of the page that follow the conversation."""
        return {
            **self._words_painted(now, status),
            self.evidence: now.panel() or _NO_EVIDENCE,
            self.chip_row: gr.Row(visible=bool(now.readings)),
            **dict(zip(self.chips, _chips(now.readings), strict=True)),
        }

    def _words_painted(self, now: Conversation, status: str) -> Updates:
        """The parts that change with every few words of an answer."""
        return {self.conversation: now, self.chatbot: now.chat(), self.status: status_html(status)}


def _ask_not_stop() -> tuple[Any, Any]:
    return gr.Button(visible=True), gr.Button(visible=False)


def _chips(readings: Sequence[Reading]) -> list[Any]:
    """The chips for these filters; more than there is room for cannot be told from one question."""
    words = [plain_line(reading.words) for reading in readings[:CHIPS_SHOWN]]
    words += [""] * (CHIPS_SHOWN - len(words))
    return [gr.Button(f"{each} ×" if each else "", visible=bool(each)) for each in words]


def _refusal(text: str) -> tuple[str, str]:
    """The status line for a question that cannot be asked, and its kind; an empty one is just ignored."""
    if not text:
        return "", ""
    words = f"Your question has {len(text):,} characters; the limit is {QUESTION_LIMIT:,}. Please shorten it."
    return words, "is-alert"


def spoken(answer: Answer) -> str:
    """What the status line says about a finished answer."""
    if answer.status == "abstained":
        return "No answer from your library."
    if answer.status == "clarify":
        return "One question back."
    count = len({citation.marker for citation in answer.citations})
    return f"Answer ready, {count} {'paper' if count == 1 else 'papers'} cited."
