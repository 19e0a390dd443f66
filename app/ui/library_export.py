"""Papers as a file to download: all, what the filters fit, or what is ticked; and papers that may be one, to settle."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import AsyncGenerator
from itertools import islice
from pathlib import Path
from typing import Any

import gradio as gr

from app.core.browsing import EXPORT_FORMATS, ExportFormat, Look, MaybeOne
from app.ui.library_html import progress_html
from app.ui.library_list import ListPart
from app.ui.library_look import Ticked, Told, count_of
from app.ui.library_rows import twins_html
from app.ui.library_scripts import ASK_FIRST, FETCH_FILE, TWIN_CLICKS
from app.ui.library_service import KeepsLibrary
from app.ui.library_ticks import Pending, TicksPart
from app.ui.notices import Updates, failure_html
from app.ui.stream import Stream, Tell

ALL, FITTING, TICKED = "All papers", "Those that fit", "Ticked ones"
_FILES = {"jsonl": "papers.jsonl", "bibtex": "papers.bib", "ris": "papers.ris", "csv": "papers.csv"}
_FORMATS = [("BibTeX", "bibtex"), ("RIS", "ris"), ("CSV", "csv"), ("JSON Lines", "jsonl")]
_EXPORTS_AT_ONCE, _LOOKS_AT_ONCE = 2, 1
_PAIRS_SHOWN = 50
_Step = tuple[int, "int | None", str]


class ExportPart:
    """The panel that makes a file. Holds no state of a session."""

    def __init__(self, keeps: KeepsLibrary, listed: ListPart) -> None:
        self._keeps, self._list = keeps, listed

    def draw(self) -> None:
        """Call inside a Blocks context."""
        with gr.Accordion("Export", open=False, elem_id="ap-lib-export"):
            self.which = gr.Radio([ALL, FITTING, TICKED], value=ALL, label="Which papers", elem_id="ap-export-which")
            self.format = gr.Radio(_FORMATS, value="bibtex", label="As", elem_id="ap-export-format")
            with gr.Row(elem_classes="ap-row"):
                self.go = gr.Button("Export", size="sm", min_width=0, elem_id="ap-export-go")
                self.file = gr.DownloadButton("Download", size="sm", min_width=0, visible=False, elem_id="ap-lib-file")
            self.told = gr.HTML(
                "", elem_id="ap-export-told", elem_classes="ap-reported", padding=False, js_on_load=None
            )

    def wire(self, **quiet: Any) -> None:
        listed = self._list
        self.go.click(
            self.exported,
            inputs=[self.which, self.format, listed.look, listed.ticked],
            outputs=[self.file, self.told],
            trigger_mode="once",
            concurrency_id="export",
            concurrency_limit=_EXPORTS_AT_ONCE,
            **quiet,
        ).success(fn=None, js=FETCH_FILE)

    async def exported(
        self, which: object, format_name: object, look: Look, ticked: Ticked
    ) -> AsyncGenerator[Updates, None]:
        """Write the file and hand it over; Gradio keeps its copy for a day, ours goes at once."""
        chosen: ExportFormat = next((each for each in EXPORT_FORMATS if each == format_name), "bibtex")
        if which == TICKED and not ticked.ids:
            yield {self.file: gr.DownloadButton(visible=False), self.told: "<p>Tick papers in the list first.</p>"}
            return
        folder = Path(tempfile.mkdtemp(prefix="askpapers-export-"))
        path = folder / _FILES[chosen]
        yield {self.file: gr.DownloadButton(visible=False), self.told: progress_html([path.name], 0, None, "Writing")}

        def work(tell: Tell[_Step | int]) -> None:
            ids = ticked.ids if which == TICKED else self._keeps.ids_that_fit(look) if which == FITTING else None

            def step(done: int, total: int | None, words: str) -> None:
                tell((done, total, words))

            tell(self._keeps.export(chosen, path, ids, step))

        try:
            async for batch in Stream(work).batches():
                last = batch[-1]
                if isinstance(last, int):
                    button = gr.DownloadButton(f"Download {path.name}", value=str(path), visible=True)
                    yield {self.file: button, self.told: f'<p role="status">{count_of(last)} in {path.name}.</p>'}
                else:
                    yield {self.told: progress_html([path.name], *last)}
        except Exception as error:
            yield {self.told: failure_html(error)}
        finally:
            shutil.rmtree(folder, ignore_errors=True)


class TwinsPart:
    """The panel with papers that may be one. Holds no state of a session but the pairs that are shown."""

    def __init__(self, keeps: KeepsLibrary, ticks: TicksPart) -> None:
        self._keeps, self._ticks = keeps, ticks

    def draw(self) -> None:
        """Call inside a Blocks context."""
        self.pairs: gr.State = gr.State(())
        with gr.Accordion("Papers that may be one", open=False, elem_id="ap-lib-twins"):
            self.look = gr.Button("Look for them", size="sm", min_width=0, elem_id="ap-twins-go")
            self.found = gr.HTML("", elem_id="ap-twins-found", padding=False, js_on_load=TWIN_CLICKS)

    def wire(self, **quiet: Any) -> None:
        self.look.click(
            self.looked,
            outputs=[self.pairs, self.found],
            trigger_mode="once",
            concurrency_id="twins",
            concurrency_limit=_LOOKS_AT_ONCE,
            **quiet,
        )
        self.found.click(self.chosen, inputs=[self.pairs], outputs=self._ticks.sure_outputs, **quiet).then(
            fn=None, js=ASK_FIRST
        )

    async def looked(self) -> AsyncGenerator[Updates, None]:
        """The first pairs there are; in a large library that takes a while."""
        yield {self.found: progress_html(["Papers that may be one"], 0, None, "Looking through the library")}

        def work(tell: Tell[list[MaybeOne]]) -> None:
            tell(list(islice(self._keeps.duplicates(), _PAIRS_SHOWN + 1)))

        try:
            async for batch in Stream(work).batches():
                pairs = batch[-1]
                shown = pairs[:_PAIRS_SHOWN]
                html = twins_html(shown, len(pairs) > len(shown), self._keeps.may_remove())
                yield {self.pairs: tuple((pair.one.id, pair.other.id) for pair in shown), self.found: html}
        except Exception as error:
            yield {self.found: failure_html(error)}

    def chosen(self, event: gr.EventData, pairs: tuple[tuple[str, str], ...]) -> Updates:
        """One of a pair is to be removed, or one paper to be made of both: that is asked first."""
        click = Told.of(event._data, ("merge", "remove-one", "remove-other"))
        if click is None or click.place >= len(pairs):
            return {self._ticks.said: gr.skip()}
        one, other = pairs[click.place]
        if click.act == "merge":
            return self._ticks.asked_first(Pending((one, other), merge=True))
        return self._ticks.asked_first(Pending((one if click.act == "remove-one" else other,)))
