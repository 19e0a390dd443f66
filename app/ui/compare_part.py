"""The tab that puts papers side by side: pick them and the points, or ask in words; the table follows each change."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import closing
from typing import Any

import gradio as gr

from app.chat.compare.side_by_side import FEWEST, MOST, MOST_POINTS
from app.core.domain import Answer, Question
from app.core.events import AnswerReady
from app.core.findings import Comparison
from app.ui.button_row import ButtonRow, clicked
from app.ui.chat_part import SHOW_CHAT, ChatPart
from app.ui.notices import Updates, failure_html, status_html
from app.ui.plan_part import points_of
from app.ui.render import plain_line
from app.ui.retries import QUOTES
from app.ui.service import ChatService, ComparesPapers
from app.ui.side_by_side import Picked, Side
from app.ui.table_html import comparison_html, downloads_html, references_html

_log = logging.getLogger(__name__)
FOUND_SHOWN = 6
_LONGEST_SEARCH = 300
_EMPTY = (
    '<div class="ap-empty"><p>Pick two papers or more. The table then says what each abstract states on every point, '
    "with the sentence it was read from, or that it does not state it.</p></div>"
)


class ComparePart:
    """The components of the tab and what happens when they are used. Holds no state of a session."""

    def __init__(self, service: ChatService, compares: ComparesPapers, chat: ChatPart) -> None:
        self._service, self._compares, self._chat = service, compares, chat
        self.found = ButtonRow("ap-side-found", FOUND_SHOWN, "Add:")
        self.sides = ButtonRow("ap-side", MOST, "Papers, click to take away:")
        self.points = ButtonRow("ap-point", MOST_POINTS, "Points, click to take away:")

    def draw(self) -> None:
        """Call inside a Blocks context."""
        # Two states: a search that is still on its way must not undo what was picked meanwhile.
        self.picked, self.offered = gr.State(Picked()), gr.State(())
        with gr.Row(elem_id="ap-compare-boxes"):
            self.search = gr.Textbox(
                label="Find a paper to compare",
                placeholder="Title, name, author, topic or id",
                max_lines=1,
                elem_id="ap-compare-search",
            )
            self.words = gr.Textbox(
                label="Or ask in words",
                placeholder="How do OVOR and MULTI-LANE differ on memory?",
                max_lines=3,
                elem_id="ap-compare-words",
            )
        self.found.draw()
        self.sides.draw()
        self.points.draw()
        with gr.Row(elem_id="ap-compare-foot"):
            self.point = gr.Textbox(
                label="Add a point (a column)",
                placeholder="cost, code, number of tasks",
                max_lines=1,
                elem_id="ap-compare-point",
            )
            self.discuss = gr.Button("Discuss in chat", visible=False, elem_id="ap-compare-discuss", scale=0)
        self.status = gr.HTML(status_html(""), elem_id="ap-compare-status", js_on_load=None)
        self.table = gr.HTML(_EMPTY, elem_id="ap-compare-table", js_on_load=None)

    @property
    def outputs(self) -> list[Any]:
        """What `compared` changes."""
        rows = (self.found, self.sides, self.points)
        buttons = [component for row in rows for component in row.outputs]
        return [
            self.picked,
            self.offered,
            self.search,
            self.words,
            self.point,
            *buttons,
            self.status,
            self.table,
            self.discuss,
        ]

    def wire(self) -> None:
        """Connect the components. All handlers are private."""
        quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        self.search.change(  # `input` tells of key presses only, not of what is pasted
            self.looked_for,
            inputs=[self.search, self.picked],
            outputs=[self.offered, *self.found.outputs, self.status],
            trigger_mode="always_last",
            **quiet,
        )
        buttons = [button for row in (self.found, self.sides, self.points) for button in row.buttons]
        gr.on(
            [self.search.submit, self.point.submit, *(button.click for button in buttons)],
            self.changed,
            inputs=[self.search, self.point, self.picked, self.offered],
            outputs=self.outputs,
            **quiet,
        )
        self.words.submit(self.asked, inputs=[self.words, self.picked], outputs=self.outputs, **quiet)
        self.discuss.click(self.discussed, inputs=[self.picked], outputs=self._chat.narrow_outputs, **quiet).then(
            fn=None, js=SHOW_CHAT
        )

    def looked_for(self, typed: str, picked: Picked) -> Updates:
        """Papers for what is typed in the search box so far."""
        try:
            sides = picked.others(self._found(typed))[:FOUND_SHOWN]
        except Exception as error:
            return {self.status: failure_html(error)}
        none = typed.strip() and not sides
        return {
            self.offered: sides,
            **self.found.offering([side.label for side in sides]),
            # A pick empties the search, which is a change of it too, and must not take away what was said of the pick.
            self.status: status_html("No other paper fits these words." if none else _words(picked)),
        }

    def _found(self, typed: str) -> list[Any]:
        words = " ".join(str(typed or "").split())[:_LONGEST_SEARCH]
        if not any(character.isalnum() for character in words):
            return []
        return [item.paper for item in self._compares.search(words, FOUND_SHOWN + MOST)]

    def changed(
        self, event: gr.EventData, typed: str, point: str, picked: Picked, offered: tuple[Side, ...]
    ) -> Updates:
        """A paper or point was added or taken away."""
        name, place = clicked(event)
        try:
            if name == self.found.name and place < len(offered):
                after = picked.with_side(offered[place])
            elif name == self.sides.name:
                after = picked.without_side(place)
            elif name == self.points.name:
                after = picked.without_point(place)
            elif getattr(event.target, "elem_id", "") == "ap-compare-point":
                after = picked.with_points(points_of(point))
            else:  # Enter in the search box takes the first that it finds
                first = picked.others(self._found(typed))[:1]
                after = picked.with_side(first[0]) if first else picked
            return self._compared(after, boxes=name not in (self.sides.name, self.points.name))
        except Exception as error:
            return {self.status: failure_html(error)}

    def compared(self, papers: Sequence[str]) -> Updates:
        """For other parts of the page: the tab with these papers (ids), on the points of every comparison."""
        try:
            table = self._compares.compare(papers)
        except Exception as error:
            return {self.status: failure_html(error), self.table: _EMPTY}
        return self._painted(Picked().as_compared(table), table)

    def asked(self, words: str, picked: Picked) -> Updates:
        """The table of a comparison asked for in words, whoever writes the answers: nobody writes here."""
        text = " ".join(str(words or "").split())
        try:
            if not text:
                return {self.status: status_html("")}
            if long := self._chat.limits.too_long(text):
                return {self.status: status_html(long, "is-alert")}
            answer = self._answer(text)
        except Exception as error:
            return {self.status: failure_html(error)}
        if answer.table is None or len(answer.table.rows) < FEWEST:
            said = plain_line(answer.text)[:_LONGEST_SEARCH] if answer.status != "answered" else ""
            hint = "This was not read as a comparison of papers: name them, or pick them on the left."
            return {self.status: status_html(said or hint, "is-alert")}
        if len(answer.table.rows) > MOST:
            return self._compared(picked.as_compared(answer.table), boxes=True)
        return self._painted(picked.as_compared(answer.table), answer.table)

    def _answer(self, text: str) -> Answer:
        with closing(self._service.ask(Question(text), QUOTES)) as events:  # type: ignore[type-var]
            for event in events:
                if isinstance(event, AnswerReady):
                    return event.answer
        raise RuntimeError("the service ended without AnswerReady")

    def _compared(self, picked: Picked, boxes: bool) -> Updates:
        table = self._compares.compare(picked.ids, picked.points) if picked.comparable else None
        return self._painted(picked, table, boxes)

    def _painted(self, picked: Picked, table: Comparison | None, boxes: bool = True) -> Updates:
        """The tab as it is now; with `boxes`, what was typed has done its work."""
        html = f"{comparison_html(table)}{references_html(table)}{downloads_html(table)}" if table else _EMPTY
        return {
            self.picked: picked,
            **(self._emptied() if boxes else {}),
            **self.sides.offering([f"{side.label} ×" for side in picked.sides]),
            **self.points.offering([f"{point} ×" for point in picked.points] if picked.sides else []),
            self.status: status_html(_words(picked)),
            self.table: f'<div class="ap-answer">{html}</div>' if table else html,
            self.discuss: gr.Button(visible=table is not None),
        }

    def _emptied(self) -> Updates:
        return {self.search: "", self.words: "", self.point: "", self.offered: (), **self.found.offering([])}

    def discussed(self, picked: Picked) -> Updates:
        """The same papers in the chat, with the comparison as the next question."""
        return self._chat.narrowed(picked.ids, f"{len(picked.ids)} compared papers", picked.asks)


def _words(picked: Picked) -> str:
    """What the status line says of what is picked."""
    if len(picked.sides) == 1:
        return "One paper is picked; pick another."
    return f"{len(picked.sides)} papers on {len(picked.points)} points." if picked.sides else ""


def add_compare_tab(service: ChatService, chat: ChatPart) -> ComparePart | None:
    """The tab, drawn and wired, if the service can compare. Call inside a Blocks context, beside the other tabs."""
    if not isinstance(service, ComparesPapers):
        return None
    part = ComparePart(service, service, chat)
    with gr.Tab("Compare", elem_id="ap-compare-tab", elem_classes="ap-tab", id="compare", render_children=True):
        part.draw()
    part.wire()
    return part


SHOW_COMPARE = """() => document.getElementById("ap-compare-tab-button")?.click()"""
