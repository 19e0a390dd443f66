"""Pinning papers and leaving them out: the toggles on the evidence cards, and a chip for each such paper."""

from __future__ import annotations

from typing import Any

import gradio as gr

from app.ui.button_row import ButtonRow, clicked
from app.ui.conversation import Conversation
from app.ui.notices import Updates, status_html
from app.ui.pins import asked_for, chip_words, toggled_words
from app.ui.running import Run

PINS_SHOWN = 12
# Cards are redrawn again and again, their panel is not: so it listens for them. What it tells is not trusted: a "click"
# is for this part, a "select" for `card_acts_part`.
CARD_CLICKS = """
element.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("button[data-act]") : null;
  if (!button) return;
  const { act, marker, other } = button.dataset;
  if (act === "pin" || act === "exclude") trigger("click", { act, marker: Number(marker) });
  else trigger("select", other ? { act, marker: Number(marker), other: Number(other) } : { act, marker: Number(marker) });
});
"""


class PinsPart:
    """The chips, and what happens at a click on one of them or on a card. Holds no state of a session."""

    def __init__(self) -> None:
        self.row = ButtonRow("ap-pin", PINS_SHOWN)

    def draw(self) -> None:
        """Call inside a Blocks context."""
        self.row.draw()

    @property
    def outputs(self) -> list[Any]:
        return self.row.outputs

    def offering(self, now: Conversation) -> Updates:
        """The chips; away while a question is being answered, with the papers that were so when it was asked."""
        return self.row.offering(chip_words(now.pins, now.evidence) if now.draft is None else [])

    def wire(self, conversation: gr.State, run: gr.State, evidence: gr.HTML, status: gr.HTML, **quiet: Any) -> Any:
        """Connect the components; gives the event after which pins may be others."""

        def toggled(event: gr.EventData, now: Conversation, running: Run | None) -> Updates:
            name, place = clicked(event)
            if name == self.row.name:
                paper = now.pins.papers[place] if place < len(now.pins.papers) else None
                wanted = (now.pins.state_of(paper), paper) if paper else None
            else:
                wanted = asked_for(event._data, now.evidence)
            if now.draft or (running and not running.over) or wanted is None:
                return {status: gr.skip()}
            after = now.pinning(*wanted)
            return {
                conversation: after,
                evidence: after.panel(),
                status: status_html(toggled_words(after.pins, wanted[1], now.evidence)),
                **self.offering(after),
            }

        return gr.on(
            [evidence.click, *(button.click for button in self.row.buttons)],
            toggled,
            inputs=[conversation, run],
            outputs=[conversation, evidence, status, *self.outputs],
            trigger_mode="multiple",  # one paper after the other, however fast
            **quiet,
        )
