"""Changing the embedder from the page: the vectors in use answer until the new ones are whole, and there is a way back."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator
from typing import Any

import gradio as gr

from app.ui.library_html import progress_html
from app.ui.markup import line_html
from app.ui.notices import Updates, failure_html
from app.ui.service import ChangesEmbedder, ChatService
from app.ui.stream import Stream, Tell

_Step = tuple[int, "int | None", str]
_LONGEST = 200


class EmbedderPart:
    """The panel, for a service whose embedder can be changed. Holds no state of a session; one change runs at a time."""

    def __init__(self, service: ChatService) -> None:
        self._service = service if isinstance(service, ChangesEmbedder) else None
        self._pause = threading.Event()

    def draw(self) -> None:
        """Call inside a Blocks context."""
        with gr.Accordion(
            "Embedder (finds papers by meaning)", open=False, visible=self._service is not None, elem_id="ap-embedder"
        ) as self.fold:
            self.now = gr.HTML("", elem_id="ap-embedder-now", padding=False, js_on_load=None)
            self.choice = gr.Dropdown(
                ["default"],
                value=None,
                label="Embedder",
                info="One on this machine, or typed: ollama:MODEL, tei:MODEL, openai:MODEL ...",
                allow_custom_value=True,
                elem_id="ap-embedder-choice",
            )
            with gr.Row(elem_classes="ap-row"):
                self.use = gr.Button("Make vectors with it", size="sm", min_width=0, elem_id="ap-embedder-use")
                self.stop = gr.Button("Pause", size="sm", min_width=0, visible=False, elem_id="ap-embedder-stop")
                self.back = gr.Button("Back to the one before", size="sm", min_width=0, elem_id="ap-embedder-back")
            self.told = gr.HTML("", elem_id="ap-embedder-told", padding=False, js_on_load=None)

    def wire(self, **quiet: Any) -> list[Any]:
        """Connect it; gives the events after which how much can be found by meaning may be another."""
        one: dict[str, Any] = {"concurrency_id": "embedder", "concurrency_limit": 1, "trigger_mode": "once", **quiet}
        self.fold.expand(self.looked, outputs=[self.now, self.choice], **quiet)
        changing = self.use.click(
            self.changed, inputs=[self.choice], outputs=[self.now, self.told, self.use, self.stop, self.back], **one
        )
        self.stop.click(self.paused, **quiet)
        going = self.back.click(self.gone_back, outputs=[self.now, self.told], **one)
        return [changing, going]

    async def looked(self) -> Updates:
        """What is in use, and what can be had."""
        service = self._service
        if service is None:
            return {}
        try:
            found = await asyncio.to_thread(service.embedders)
            return {self.now: await self._in_use(), self.choice: gr.Dropdown(choices=found)}
        except Exception as error:
            return {self.now: failure_html(error)}

    async def changed(self, spec: object) -> AsyncGenerator[Updates, None]:
        """All vectors made anew, with how far that is."""
        service, wanted = self._service, str(spec or "").strip()[:_LONGEST]
        if service is None or not wanted:
            yield {self.told: "<p>Choose an embedder first.</p>"}
            return
        self._pause.clear()
        during = {
            self.use: gr.Button(visible=False),
            self.back: gr.Button(visible=False),
            self.stop: gr.Button(visible=True),
        }
        after: Updates = {
            self.use: gr.Button(visible=True),
            self.back: gr.Button(visible=True),
            self.stop: gr.Button(visible=False),
        }
        yield {**during, self.told: progress_html([wanted], 0, None, "Asking it for its first vector")}

        def work(tell: Tell[_Step | bool]) -> None:
            def told(done: int, total: int | None, words: str) -> None:
                if not tell((done, total, words)):
                    self._pause.set()  # whoever started it has left the page; the next one goes on

            tell(service.change_embedder(wanted, told, self._pause.is_set))

        try:
            async for batch in Stream(work).batches():
                last = batch[-1]
                if isinstance(last, bool):
                    words = "Done." if last else "Paused. What is made is kept: press again to go on."
                    yield {**after, self.now: await self._in_use(), self.told: f"<p>{words}</p>"}
                else:
                    yield {self.told: progress_html([wanted], *last)}
        except Exception as error:
            yield {**after, self.told: failure_html(error)}

    def paused(self) -> None:
        """Stop after the papers that are being embedded now."""
        self._pause.set()

    async def gone_back(self) -> Updates:
        """The vectors before are in use again."""
        if self._service is None:
            return {}
        try:
            await asyncio.to_thread(self._service.embedder_before)
            return {self.now: await self._in_use(), self.told: "<p>Done.</p>"}
        except Exception as error:
            return {self.told: failure_html(error)}

    async def _in_use(self) -> str:
        assert self._service is not None
        name = await asyncio.to_thread(self._service.embedder_name)
        return f"<p>Vectors by <strong>{line_html(name)}</strong>.</p>"
