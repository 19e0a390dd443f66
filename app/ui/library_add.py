"""Adding papers in the Library tab: files, pasted records or ids, a query to arXiv that can be stopped, the examples."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from typing import Any

import gradio as gr

from app.core.report import IngestReport
from app.ui.library_html import REPORTED, progress_html
from app.ui.library_service import KeepsLibrary
from app.ui.notices import Updates
from app.ui.service import ChatService, Progress
from app.ui.stream import Stream
from app.ui.upload_box import BeingRead, UploadBox, told

_LONGEST_TEXT, _LONGEST_QUERY = 2_000_000, 1000
_FEWEST, _USUAL, _MOST = 1, 100, 2000
_QUERIES_AT_ONCE = 2
_STOPPED = (
    '<div class="ap-report" role="status"><p>Stopped. What was read until then is in the library; the same query goes on '
    "behind it.</p></div>"
)


@dataclass(eq=False)
class Fetching:
    """What is being read, as its session knows it: the pasted `text` if it is one, and whether it is over and all went
    `well`."""

    stream: Stream[Any]
    text: str = ""
    over: bool = False
    well: bool = False


class AddPart:
    """The panel. Holds no state of a session."""

    def __init__(self, service: ChatService, keeps: KeepsLibrary, reading: BeingRead) -> None:
        self._keeps = keeps
        self.box = UploadBox(service, reading)

    def draw(self) -> None:
        """Call inside a Blocks context."""
        self.run: gr.State = gr.State(None)
        with gr.Accordion("Add papers", open=False, elem_id="ap-add") as self.fold:
            self.box.draw()
            self.text = gr.Textbox(
                label="Or paste text or ids",
                info="A listing page, BibTeX, RIS, CSV ..., or nothing but arXiv ids.",
                placeholder="2401.08570, 2402.04129",
                lines=3,
                max_lines=10,
                elem_id="ap-paste",
            )
            self.paste = gr.Button("Add this text", size="sm", min_width=0, elem_id="ap-paste-go")
            with gr.Row(elem_id="ap-fetch-row"):
                self.query = gr.Textbox(
                    label="Or ask arXiv",
                    info="Newest papers first. It is asked slowly, as it wants to be.",
                    placeholder="cat:cs.CL AND abs:retrieval",
                    max_lines=1,
                    scale=3,
                    elem_id="ap-fetch-query",
                )
                self.most = gr.Number(
                    label="At most",
                    info="papers",
                    value=_USUAL,
                    minimum=_FEWEST,
                    maximum=_MOST,
                    precision=0,
                    scale=1,
                    min_width=90,
                    elem_id="ap-fetch-most",
                )
            with gr.Row(elem_classes="ap-row"):
                self.fetch = gr.Button("Fetch papers", size="sm", min_width=0, elem_id="ap-fetch")
                self.stop = gr.Button("Stop", size="sm", min_width=0, visible=False, elem_id="ap-fetch-stop")

    def wire(self, starter: gr.Button, **quiet: Any) -> list[Any]:
        """Connect the panel, and the button for the example papers; gives the events after which the library may hold other papers."""
        slow = {"trigger_mode": "once", "concurrency_id": "fetch", "concurrency_limit": _QUERIES_AT_ONCE, **quiet}
        live = [self.run, self.box.report, self.paste, self.fetch, self.stop]
        pasted = self.paste.click(self.pasted, inputs=[self.text], outputs=live, **slow)
        fetched = gr.on(
            [self.fetch.click, self.query.submit],
            self.fetched,
            inputs=[self.query, self.most],
            outputs=live,
            **slow,
        )
        started = starter.click(self.started, outputs=[self.fold, *live], **slow)
        self.stop.click(self.stopped, inputs=[self.run], **quiet)
        # Only when an event is over can it be begun again, so only then are its buttons back.
        ending = {"inputs": [self.run, self.text], "outputs": [*live[2:], self.text], **quiet}
        over = [each.then(self.over, **ending) for each in (pasted, fetched, started)]
        return [self.box.wire(), *over]

    async def pasted(self, typed: object) -> AsyncGenerator[Updates, None]:
        """Take in the text of the box, which is emptied when that is done."""
        text = str(typed or "")
        if not text.strip():
            yield self._said("Paste something first.")
        elif len(text) > _LONGEST_TEXT:
            yield self._said(f"This has {len(text):,} characters; the limit is {_LONGEST_TEXT:,}. Add it as a file.")
        else:
            async for update in self._read(lambda step: self._keeps.ingest_text(text, step), "pasted text", text):
                yield update

    async def fetched(self, typed: object, most: object) -> AsyncGenerator[Updates, None]:
        """Fetch what a query finds."""
        query = " ".join(str(typed or "").split())
        if not query:
            yield self._said("Write a query first, for example: cat:cs.CL AND abs:retrieval")
        elif len(query) > _LONGEST_QUERY:
            yield self._said(f"A query has room for {_LONGEST_QUERY:,} characters.")
        else:
            many = int(most) if isinstance(most, (int, float)) and _FEWEST <= most <= _MOST else _USUAL
            async for update in self._read(lambda step: self._keeps.ingest_query(query, many, step), f"arXiv: {query}"):
                yield update

    async def started(self) -> AsyncGenerator[Updates, None]:
        """The papers that ship with askpapers."""

        def load(step: Progress) -> IngestReport:
            step(0, None, "Reading")
            return self._keeps.load_starter()

        yield {self.fold: gr.Accordion(open=True)}
        async for update in self._read(load, "example papers"):
            yield update

    async def _read(
        self, read: Callable[[Progress], IngestReport], name: str, text: str = ""
    ) -> AsyncGenerator[Updates, None]:
        """The panel while something is read: it can be stopped, and nothing else is begun meanwhile."""
        run = Fetching(self.box.reading(read), text)
        html = progress_html([name], 0, None, "Asking" if name.startswith("arXiv") else "Reading")
        yield {self.run: run, self.box.report: html, **self._buttons(running=True)}
        try:
            async for html in told(run.stream, [name]):
                yield {self.box.report: html}
        finally:
            stopped = run.stream.left
            run.stream.leave()
            run.over = True
        run.well = html.startswith(REPORTED)
        yield {self.box.report: _STOPPED if stopped else html}

    def over(self, run: Fetching | None, typed: object) -> Updates:
        """Everything can be begun again; text that was taken in is taken out of its box, what was typed since is not."""
        if run is not None and not run.over:  # begun with Enter since: its own end does this
            return {self.text: gr.skip()}
        taken = run is not None and run.well and run.text == typed
        return {**self._buttons(running=False), self.text: "" if taken else gr.skip()}

    def _buttons(self, running: bool) -> Updates:
        idle = gr.Button(visible=not running)
        return {self.paste: idle, self.fetch: gr.Button(visible=not running), self.stop: gr.Button(visible=running)}

    def _said(self, words: str) -> Updates:
        return {self.box.report: f'<p role="status">{words}</p>'}

    async def stopped(self, run: Fetching | None) -> None:
        """Stop: the run itself writes what remains."""
        if run is not None:
            run.stream.leave()
