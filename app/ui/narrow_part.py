"""Limiting the conversation to some papers: who starts it (other parts of the page), and the chip that ends it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gradio as gr

from app.ui.button_row import ButtonRow
from app.ui.narrowing import WHOLE, Narrowing, count_words
from app.ui.notices import Updates, status_html

# Run in the browser after a click elsewhere has limited the conversation: the person goes on by typing.
SHOW_CHAT = """() => {
  document.getElementById("ap-chat-tab-button")?.click();
  setTimeout(() => document.querySelector("#ap-question textarea")?.focus(), 50);
}"""


class NarrowPart:
    """The limit, a state of its own, since a running answer writes the conversation; and its chip."""

    def __init__(self) -> None:
        self.row = ButtonRow("ap-only", 1)

    def draw(self) -> None:
        """Call inside a Blocks context."""
        self.only = gr.State(WHOLE)
        self.row.draw()

    @property
    def outputs(self) -> list[Any]:
        return [self.only, *self.row.outputs]

    def offering(self, only: Narrowing) -> Updates:
        """The limit, with its chip if it is one."""
        return {self.only: only, **self.row.offering(only.chips)}

    def narrowed(self, papers: Sequence[str], words: str, box: gr.Textbox, status: gr.HTML, question: str) -> Updates:
        """The conversation limited to `papers`; `question`, if any, put into the box."""
        only = Narrowing.to(papers, words)
        said = f"The next questions are about {count_words(len(only.papers))} only." if only.papers else ""
        return {
            **self.offering(only),
            box: gr.Textbox(value=question) if question else gr.skip(),
            status: status_html(said),
        }

    def wire(self, status: gr.HTML, **quiet: Any) -> None:
        def widened() -> Updates:
            return {**self.offering(WHOLE), status: status_html("The next questions are about the whole library.")}

        self.row.buttons[0].click(widened, outputs=[*self.outputs, status], **quiet)
