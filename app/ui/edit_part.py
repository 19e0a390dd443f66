"""Changing an earlier question: its text goes into the question box, and asking drops what followed it. And the clicks in
the conversation that lead there, or answer the last question once more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from app.ui.button_row import ButtonRow
from app.ui.conversation import Conversation
from app.ui.notices import Updates, status_html
from app.ui.running import Run

# Answers are drawn again and again, so this listens from the document for their buttons. Every question has one, so its
# place among them is the question's. What it tells is not trusted.
_CHAT_CLICKS = """
document.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("#ap-chat :is(.ap-edit, .ap-again)") : null;
  if (!button || !element.isConnected) return;
  if (button.matches(".ap-again")) trigger("click");
  else trigger("select", { turn: [...document.querySelectorAll("#ap-chat .ap-edit")].indexOf(button) });
});
"""
# Whoever types already keeps the caret and what is selected: this comes a moment after the text.
_SHOW_BOX = """() => {
  const box = document.querySelector("#ap-question textarea");
  setTimeout(() => {
    if (!box || document.activeElement?.matches("input, textarea")) return;
    box.focus();
    box.setSelectionRange(box.value.length, box.value.length);
  }, 50);
}"""


@dataclass(frozen=True, slots=True)
class Editing:
    """The place of the question that is being changed (0 is the first), None if none is, and what it was: by this it is
    known again, should another conversation have taken this one's place."""

    question: int | None = None
    text: str = ""

    def asked(self, talk: Conversation, text: str) -> Conversation | None:
        """The conversation with `text` asked in place of the question; None where nothing is being changed."""
        there = talk.place_of(self.question) if self.question is not None else None
        known = there is not None and there.asked is not None and there.asked.question == self.text
        return talk.asking_instead(self.question, text) if known and self.question is not None else None

    @property
    def chips(self) -> list[str]:
        """What a chip says that ends the change."""
        return [] if self.question is None else [f"Changing question {self.question + 1}, what follows it is dropped ×"]


NOTHING = Editing()


def editing_of(told: object, talk: Conversation) -> Editing:
    """What a click in the conversation asks to change, as the browser tells it ({"turn": 2}); nothing for anything that
    is no question of this conversation."""
    turn = told.get("turn") if isinstance(told, dict) else None
    if not isinstance(turn, int) or isinstance(turn, bool) or turn < 0:
        return NOTHING
    there = talk.place_of(turn)
    return Editing(turn, there.asked.question) if there and there.asked else NOTHING


class EditPart:
    """What is being changed, a state of its own, since a running answer writes the conversation; its chip; and the clicks.
    Holds no state of a session."""

    def __init__(self) -> None:
        self.row = ButtonRow("ap-editing", 1)

    def draw(self) -> None:
        """Call inside a Blocks context."""
        self.editing = gr.State(NOTHING)
        self.row.draw()
        self.clicks = gr.HTML("", elem_id="ap-clicks-0", padding=False, js_on_load=_CHAT_CLICKS)

    @property
    def outputs(self) -> list[Any]:
        return [self.editing, *self.row.outputs]

    def offering(self, editing: Editing) -> Updates:
        """What is being changed, with its chip if something is."""
        return {self.editing: editing, **self.row.offering(editing.chips)}

    def wire(self, conversation: gr.State, run: gr.State, box: gr.Textbox, status: gr.HTML, **quiet: Any) -> None:
        def begun(event: gr.EventData, now: Conversation, running: Run | None) -> Updates:
            editing = editing_of(event._data, now)
            if now.draft or (running and not running.over) or editing.question is None:
                return {status: gr.skip()}
            said = f"Change question {editing.question + 1} and ask it again."
            return {**self.offering(editing), box: gr.Textbox(value=editing.text), status: status_html(said)}

        def given_up() -> Updates:
            return {
                **self.offering(NOTHING),
                box: gr.Textbox(value=""),
                status: status_html("The question stays as it was."),
            }

        outputs = [*self.outputs, box, status]
        clicked = self.clicks.select(begun, inputs=[conversation, run], outputs=outputs, **quiet)
        clicked.then(fn=None, js=_SHOW_BOX, **quiet)
        self.row.buttons[0].click(given_up, outputs=outputs, **quiet).then(fn=None, js=_SHOW_BOX, **quiet)
