"""Thumbs up and down on every answer, with a reason if the person likes to give one; kept with what it is about."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import gradio as gr

from app.core.conversations import ConversationStore, KeptChat, Rating
from app.core.errors import AskPapersError
from app.core.feedback import REASONS, WORDS_LIMIT, case_of
from app.ui.chat_part import ChatPart
from app.ui.conversation import Conversation
from app.ui.markup import line_html
from app.ui.notices import Updates, failure_words, status_html
from app.ui.said import said_of

THUMBS = ("Like", "Dislike")
_TITLES = {True: "What was good about the answer to", False: "What was wrong with the answer to"}
_SHOWN = 80
_FIND_PANEL = "() => window.askpapersShow('#ap-feedback')"


class FeedbackPart:
    """The panel for reasons, and what happens at a thumb. Holds no state of a session."""

    def __init__(self, store: ConversationStore, chat: ChatPart) -> None:
        self._store, self._chat = store, chat

    def draw(self) -> None:
        """The panel. Call inside a Blocks context."""
        self.about = gr.State(("", True))  # the turn, and whether its answer was good
        self.thumbs = gr.State(())  # those that the page shows, one an answer
        with gr.Column(visible=False, elem_id="ap-feedback") as self.panel:
            self.heading = gr.HTML("", padding=False, js_on_load=None)
            choices = [(words, name) for name, words in REASONS.items()]
            self.reasons = gr.CheckboxGroup(choices, label="Reasons", show_label=False, elem_id="ap-feedback-reasons")
            self.words = gr.Textbox(
                label="In your own words (optional)", max_length=WORDS_LIMIT, max_lines=4, elem_id="ap-feedback-words"
            )
            with gr.Row(elem_id="ap-feedback-row"):
                self.send = gr.Button("Keep this", size="sm", elem_id="ap-feedback-send", min_width=0)
                self.close = gr.Button("Close", size="sm", elem_id="ap-feedback-close", min_width=0)

    def wire(self, changed: Sequence[Any], **quiet: Any) -> None:
        """Connect the components; after the events `changed` other answers may be shown."""
        chat = self._chat
        showing: dict[str, Any] = {"inputs": [chat.conversation, self.thumbs], "outputs": [self.thumbs, chat.chatbot]}
        liking = chat.chatbot.like(
            self.liked,
            inputs=[chat.conversation],
            outputs=[*self.outputs, chat.status],
            trigger_mode="multiple",
            **quiet,
        )
        liking.then(self.shown, **showing, **quiet)
        liking.then(fn=None, js=_FIND_PANEL)
        gr.on(
            [self.send.click, self.words.submit],
            self.reasoned,
            inputs=[chat.conversation, self.about, self.reasons, self.words],
            outputs=[*self.outputs, chat.status],
            **quiet,
        )
        self.close.click(lambda: {self.panel: gr.Column(visible=False)}, outputs=[self.panel], **quiet)
        for event in changed:
            event.then(self.shown, **showing, **quiet)

    @property
    def outputs(self) -> list[Any]:
        """What `liked` and `reasoned` change."""
        return [self.about, self.panel, self.heading, self.reasons, self.words]

    def liked(self, event: gr.EventData, now: Conversation) -> Updates:
        """A thumb was pressed; pressed again, the rating is taken back."""
        told = event._data if isinstance(event._data, dict) else {}
        index, liked = told.get("index"), told.get("liked")
        closed: Updates = {self.panel: gr.Column(visible=False)}
        place = index // 2 if isinstance(index, int) and index >= 0 else -1
        turn = now.kept.turn(place) if place < len(now.messages) else ""
        if not turn:
            return {**closed, self._chat.status: status_html("This answer is not kept, so it cannot be rated.")}
        good = liked if isinstance(liked, bool) else None
        question, status = self._rated(now, turn, Rating(good) if good is not None else None)
        if status or good is None:
            return {**closed, self._chat.status: status_html(status or "Your rating is taken back.")}
        return {
            self.about: (turn, good),
            self.panel: gr.Column(visible=True),
            self.heading: _heading(good, question),
            self.reasons: gr.CheckboxGroup(value=[], visible=not good),
            self.words: "",
            self._chat.status: status_html("Your rating is kept. You can say why, below the chat."),
        }

    def reasoned(self, now: Conversation, about: tuple[str, bool], reasons: list[str], words: str) -> Updates:
        """Why, added to a rating."""
        turn, good = about
        chosen = tuple(name for name in REASONS if name in (reasons or ())) if not good else ()
        _, status = self._rated(now, turn, Rating(good, chosen, (words or "").strip()[:WORDS_LIMIT]))
        if status:
            return {self._chat.status: status_html(status, "is-alert")}
        thanks = "Thank you. What you said is kept with the answer."
        return {self.panel: gr.Column(visible=False), self._chat.status: status_html(thanks)}

    def shown(self, now: Conversation, thumbs: tuple[str | None, ...]) -> Updates:
        """The thumbs of the conversation that is open, where they are others than before."""
        rated: dict[str, bool] = {}
        with suppress(AskPapersError):  # who asks or rates is told
            rated = self._store.ratings(now.kept.owner, now.kept.chat) if now.kept.chat else {}
        told = tuple(_thumb(rated.get(now.kept.turn(place))) for place in range(len(now.messages)))
        told = told if any(told) else ()
        if told == thumbs:
            return {self.thumbs: gr.skip()}
        return {self.thumbs: told, self._chat.chatbot: gr.Chatbot(feedback_value=list(told))}

    def _rated(self, now: Conversation, turn: str, rating: Rating | None) -> tuple[str, str]:
        """Keep the rating; the question it is about, and why it could not be kept, if so."""
        try:
            chat = self._store.chat(now.kept.owner, now.kept.chat)
            case = _case(chat, turn) if chat else {}
            if case and self._store.rate(now.kept.owner, now.kept.chat, turn, rating, case):
                return case["turns"][-1], ""
        except AskPapersError as error:
            return "", " ".join(failure_words(error))
        return "", "This answer is not kept any more, so it cannot be rated."


def _heading(good: bool, question: str) -> str:
    line = " ".join(question.split())
    cut = line if len(line) <= _SHOWN else f"{line[:_SHOWN]}…"
    return f'<p class="ap-feedback-title">{_TITLES[good]} “{line_html(cut)}”?</p>'


def _thumb(good: bool | None) -> str | None:
    return None if good is None else THUMBS[0] if good else THUMBS[1]


def _case(chat: KeptChat, turn: str) -> dict[str, Any]:
    """What the rating of this turn is about."""
    place = next((place for place, each in enumerate(chat.turns) if each.id == turn), None)
    if place is None:
        return {}
    said = said_of(chat.turns[place])
    plan = said.draft.plan
    questions = [each.question for each in chat.turns[: place + 1]]
    return case_of(questions, said.draft.answer, said.text, bool(plan and plan.named))
