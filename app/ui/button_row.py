"""A row of buttons whose words change: Gradio draws components once, so there is a fixed number of them, and as many
are shown as there is something to offer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gradio as gr

from app.ui.notices import Updates
from app.ui.render import plain_line


class ButtonRow:
    """At most `size` buttons, named `<name>-0` and so on, in a row named `<name>s`; `title` (our words) stands first."""

    def __init__(self, name: str, size: int, title: str = "") -> None:
        self.name, self.size, self._title = name, size, title

    def draw(self) -> None:
        """Call inside a Blocks context."""
        with gr.Row(elem_id=f"{self.name}s", elem_classes="ap-row", visible=False) as self.row:
            if self._title:
                words = f'<p class="ap-row-title">{self._title}</p>'
                gr.HTML(words, elem_id=f"{self.name}s-title", padding=False, js_on_load=None)
            self.buttons = [
                gr.Button("", size="sm", visible=False, elem_id=f"{self.name}-{place}", min_width=0)
                for place in range(self.size)
            ]

    @property
    def outputs(self) -> list[Any]:
        return [self.row, *self.buttons]

    def offering(self, words: Sequence[str]) -> Updates:
        """The row with these words on its buttons, as text; away if there are none. More than there is room for are not
        shown."""
        shown = [plain_line(each) for each in words[: self.size]]
        if not any(shown):
            return {self.row: gr.update(visible=False)}
        # Plain updates: making a component of each to say the same takes a millisecond, and rows are many.
        buttons = {
            button: gr.update(value=each, visible=bool(each))
            for button, each in zip(self.buttons, [*shown, *[""] * (self.size - len(shown))], strict=True)
        }
        return {self.row: gr.update(visible=True), **buttons}


def clicked(event: gr.EventData) -> tuple[str, int]:
    """The name of the row and the place of the button that an event is from; ("", 0) for other components."""
    name, _, place = str(getattr(event.target, "elem_id", "") or "").rpartition("-")
    return (name, int(place)) if name and place.isdecimal() else ("", 0)
