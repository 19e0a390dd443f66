"""The conversation: question box, streamed answers, Stop, New chat, examples and the evidence beside them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import gradio as gr

from app.core.domain import Answer, TextDelta
from app.ui.conversation import Conversation
from app.ui.notices import Updates, failure_html, status_html
from app.ui.service import ChatService
from app.ui.stream import drained

_log = logging.getLogger(__name__)

QUESTION_LIMIT = 4000
EXAMPLES_SHOWN = 4
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


class ChatPart:
    """The components of the conversation and what happens when they are used. Holds no state of a session."""

    def __init__(self, service: ChatService) -> None:
        self._service = service

    def draw_chat(self) -> None:
        """The column with the conversation. Call inside a Blocks context."""
        self.conversation = gr.State(Conversation())
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
        self.status = gr.HTML(status_html(""), elem_id="ap-status")
        with gr.Row(elem_id="ap-ask-row", equal_height=True):
            self.box = gr.Textbox(
                label="Your question",
                show_label=False,
                container=False,
                placeholder="Ask about your papers",
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
        self.evidence = gr.HTML(panel_html(Conversation()), elem_id="ap-evidence", js_on_load=None)

    def wire(self) -> None:
        """Connect the components; all handlers are private to the page."""
        outputs = [
            self.conversation,
            self.chatbot,
            self.evidence,
            self.status,
            self.box,
            self.send,
            self.stop,
        ]
        outputs += self.examples
        asking = gr.on(
            [self.box.submit, self.send.click, *(example.click for example in self.examples)],
            self.ask,
            inputs=[self.box, self.conversation, *self.examples],
            outputs=outputs,
            show_progress="hidden",
            trigger_mode="once",  # Enter while an answer runs keeps the next question in the box
            concurrency_id="ask",
            concurrency_limit=ANSWERS_AT_ONCE,
            api_visibility="private",
        )
        self.stop.click(
            self.stopped,
            inputs=[self.conversation],
            outputs=outputs,
            cancels=[asking],
            show_progress="hidden",
            api_visibility="private",
        )
        self.new.click(
            self.cleared,
            outputs=outputs,
            cancels=[asking],
            show_progress="hidden",
            api_visibility="private",
        ).then(self.offer_examples, **self.offering())

    async def ask(
        self, event: gr.EventData, typed: str, before: Conversation, *examples: str
    ) -> AsyncGenerator[Updates, None]:
        """Answer a question: the typed one, or the example that was clicked."""
        name = str(getattr(event.target, "elem_id", ""))
        from_box = not name.startswith("ap-example-")
        text = (typed if from_box else examples[int(name.rpartition("-")[2])] or "").strip()
        if not text:
            return
        if len(text) > QUESTION_LIMIT:
            words = f"Your question has {len(text):,} characters; the limit is {QUESTION_LIMIT:,}."
            yield {self.status: status_html(f"{words} Please shorten it.", "is-alert")}
            return
        now = before.asking(text)
        yield {
            **self._painted(now, "Looking through your library"),
            **({self.box: ""} if from_box else {}),
            self.send: gr.Button(visible=False),
            self.stop: gr.Button(visible=True),
            **{example: gr.Button(visible=False) for example in self.examples},
        }
        try:
            async with aclosing(drained(lambda: self._service.ask(now.question()))) as batches:
                async for batch in batches:
                    for each in batch:
                        now = now.after(each)
                        if not isinstance(each, TextDelta) and (
                            now.draft is None or now.draft.answer is None
                        ):
                            yield self._painted(now, now.draft.doing if now.draft else "")
                    if isinstance(batch[-1], TextDelta):
                        yield self._painted(now, now.draft.doing if now.draft else "")
                        await asyncio.sleep(_PAINT_EVERY)
            answer = now.draft.answer if now.draft else None
            if answer is None:
                raise RuntimeError("the service ended without AnswerReady")
            yield {**self._painted(now.finished(), spoken(answer)), **self._idle()}
        except Exception as error:
            yield {
                **self._painted(now.ended_early(failure_html(error)), "No answer: an error"),
                **self._idle(),
            }

    def stopped(self, now: Conversation) -> Updates:
        """After Stop: what is there stays."""
        return {**self._painted(now.ended_early(_STOPPED), "Stopped."), **self._idle()}

    def cleared(self) -> Updates:
        """A new, empty conversation."""
        return {**self._painted(Conversation(), ""), **self._idle(), self.box: ""}

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

    def _painted(self, now: Conversation, status: str) -> Updates:
        """The parts of the page that follow the conversation."""
        return {
            self.conversation: now,
            self.chatbot: now.chat(),
            self.evidence: panel_html(now),
            self.status: status_html(status),
        }

    def _idle(self) -> Updates:
        return {self.send: gr.Button(visible=True), self.stop: gr.Button(visible=False)}


def panel_html(now: Conversation) -> str:
    return now.panel() or _NO_EVIDENCE


def spoken(answer: Answer) -> str:
    """What the status line says about a finished answer."""
    if answer.status == "abstained":
        return "No answer from your library."
    if answer.status == "clarify":
        return "One question back."
    count = len({citation.marker for citation in answer.citations})
    return f"Answer ready, {count} {'paper' if count == 1 else 'papers'} cited."
