"""The tab that compares models: two of them, one question or generated ones, side by side over the same papers."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import gradio as gr

from app.core.duel import DuelEvent, Standing, Writing
from app.core.errors import AskPapersError
from app.ui.door.caller import caller_of
from app.ui.door.limits import Limits
from app.ui.duel_view import DuelView, board_html
from app.ui.notices import Updates, failure_html, status_html
from app.ui.stream import Stream, drained

GENERATED = 10
TYPED_KIND, GENERATED_KIND = "My question", f"{GENERATED} generated questions"
_LONGEST_NAME = 200
_DUELS_AT_ONCE = 2  # each keeps two models at work
_PAINT_EVERY = 0.1


class Duels(Protocol):
    """What the tab needs; `app.evaluation.duel.duels.Duels` is one."""

    def offered(self) -> list[str]:
        """Names of models, as ASKPAPERS_LLM takes them, the usual one first."""

    def fight(self, models: Sequence[str], typed: str, generated: int = 0, seed: int = 0) -> Iterator[DuelEvent]:
        """The events of a duel over the question typed, or over so many generated ones. Closing it ends the duel."""

    def scoreboard(self) -> list[Standing]:
        """Every model that was compared over this library."""


@dataclass(eq=False)
class DuelRun:
    """A duel that is being fought, as its session knows it."""

    stream: Stream[DuelEvent]


class DuelPart:
    """The components of the tab and what happens when they are used. Holds no state of a session."""

    def __init__(self, duels: Duels, limits: Limits | None = None) -> None:
        self._duels, self._limits = duels, limits or Limits()

    def draw(self) -> None:
        """Call inside a Blocks context."""
        offered = self._offered()
        self.run: gr.State = gr.State(None)
        with gr.Row(elem_id="ap-duel-models"):
            self.one = self._picker("One model", offered[0], "ap-duel-one", offered)
            self.other = self._picker(
                "Another model", offered[-1] if len(offered) > 1 else "", "ap-duel-other", offered
            )
        self.kind = gr.Radio([TYPED_KIND, GENERATED_KIND], value=TYPED_KIND, show_label=False, elem_id="ap-duel-kind")
        self.box = gr.Textbox(
            label="Question for both",
            show_label=False,
            placeholder="Ask your papers",
            max_lines=4,
            elem_id="ap-duel-box",
        )
        with gr.Row():
            self.go = gr.Button("Compare", variant="primary", elem_id="ap-duel-go", scale=0)
            self.cancel = gr.Button("Cancel", visible=False, elem_id="ap-duel-cancel", scale=0)
        self.status = gr.HTML(status_html(""), elem_id="ap-duel-status", js_on_load=None)
        self.result = gr.HTML("", elem_id="ap-duel-result", js_on_load=None)
        with gr.Accordion("Scoreboard of this library", open=False, elem_id="ap-duel-board"):
            self.board = gr.HTML(self._board(), elem_id="ap-duel-table", js_on_load=None)

    def _picker(self, label: str, value: str, name: str, offered: Sequence[str]) -> gr.Dropdown:
        return gr.Dropdown(
            list(offered),
            value=value,
            label=label,
            info="As in ASKPAPERS_LLM; another may be typed.",
            allow_custom_value=True,
            elem_id=name,
        )

    def wire(self) -> Any:
        """Connect the components; gives the event after which a duel is over. All handlers are private."""
        quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        self.kind.change(_box_for, inputs=[self.kind], outputs=[self.box], **quiet)
        fought = gr.on(
            [self.go.click, self.box.submit],
            self.compare,
            inputs=[self.one, self.other, self.kind, self.box],
            outputs=[self.run, self.status, self.result, self.board, self.go, self.cancel],
            trigger_mode="once",
            concurrency_id="duel",
            concurrency_limit=_DUELS_AT_ONCE,
            **quiet,
        )
        self.cancel.click(self.cancelled, inputs=[self.run], **quiet)
        return fought

    async def compare(
        self, one: object, other: object, kind: object, typed: object, request: gr.Request | None = None
    ) -> AsyncGenerator[Updates, None]:
        """Fight a duel and show it as it goes. What comes from a browser is checked: any text may."""
        models = tuple(str(each or "").strip() for each in (one, other))
        text = str(typed or "").strip()
        generated = GENERATED if kind == GENERATED_KIND else 0
        refusal = _refusal(models, text, generated) or ("" if generated else self._limits.too_long(text))
        if not refusal and (refused := self._limits.refusal(caller_of(request))):
            refusal = refused.words
        if refusal:
            yield {self.status: status_html(refusal, "is-alert")}
            return
        seed = random.randrange(1 << 16) if generated else 0
        run = DuelRun(drained(lambda: self._duels.fight(models, text, generated, seed)))
        view = DuelView(models)
        yield {
            **self._painted(view),
            self.run: run,
            self.go: gr.Button(visible=False),
            self.cancel: gr.Button(visible=True),
        }
        try:
            async for batch in run.stream.batches():
                for event in batch:
                    view = view.after(event)
                yield self._painted(view)
                if isinstance(batch[-1], Writing):
                    await asyncio.sleep(_PAINT_EVERY)
            words = "Cancelled. The scoreboard has only whole comparisons." if run.stream.left else "Compared."
            yield {**self._painted(view), self.status: status_html(words)}
        except Exception as error:
            yield {self.status: status_html("No comparison, because of an error."), self.result: failure_html(error)}
        finally:
            run.stream.leave()
        board = await asyncio.to_thread(self._board)
        yield {
            self.run: None,
            self.board: board,
            self.go: gr.Button(visible=True),
            self.cancel: gr.Button(visible=False),
        }

    async def cancelled(self, run: DuelRun | None) -> None:
        """Cancel: the run itself writes what remains."""
        if run is not None:
            run.stream.leave()

    def _painted(self, view: DuelView) -> Updates:
        return {self.status: status_html(view.doing), self.result: view.html()}

    def _offered(self) -> list[str]:
        try:
            return self._duels.offered() or ["extractive"]
        except AskPapersError:  # the page's head line says what is wrong
            return ["extractive"]

    def _board(self) -> str:
        try:
            return board_html(self._duels.scoreboard())
        except AskPapersError as error:
            return failure_html(error)


def add_duel_tab(duels: Duels, limits: Limits | None = None) -> DuelPart:
    """The tab, drawn and wired. Call inside a Blocks context, beside the other tabs."""
    part = DuelPart(duels, limits)
    with gr.Tab("Compare models", elem_id="ap-duel"):
        part.draw()
    part.wire()
    return part


def _box_for(kind: str | None) -> Any:
    return gr.Textbox(visible=kind != GENERATED_KIND)


def _refusal(models: tuple[str, ...], text: str, generated: int) -> str:
    """Why this cannot be begun, in words; nothing if it can."""
    if not all(models):
        return "Pick two models."
    if models[0] == models[1]:
        return "Pick two different models."
    if any(len(model) > _LONGEST_NAME for model in models):
        return f"The name of a model has room for {_LONGEST_NAME} characters."
    if generated:
        return ""
    return "" if text else "Type a question, or choose the generated ones."
