"""The head line (model, number of papers, how whole the dense index is) and adding papers from files."""

from __future__ import annotations

import threading
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import gradio as gr

from app.core.errors import AskPapersError
from app.core.models import ModelPick
from app.core.report import IngestReport
from app.ui.library_html import FORMATS, OPENING, head_html, progress_html, report_html
from app.ui.notices import Updates, failure_html
from app.ui.service import ChatService
from app.ui.stream import Stream, Tell

# While vectors are being made the page looks this often how far that is; it does not look at all once they are made.
LOOK_EVERY_S = 2.0
# Uploads of several people are read at once: each stores a batch at a time, so none waits long for another.
_UPLOADS_AT_ONCE = 4
_Step = tuple[int, "int | None", str]


class LibraryPart:
    """The head line and the "Add papers" panel. Holds no state of a session, only how many uploads are being read."""

    def __init__(self, service: ChatService) -> None:
        self._service = service
        self._reading, self._counting = 0, threading.Lock()

    def draw_head(self) -> None:
        """The line above everything."""
        self.head = gr.HTML(OPENING, elem_id="ap-head", js_on_load=None)
        self.watch = gr.Timer(LOOK_EVERY_S, active=False)

    def draw_upload(self) -> None:
        """The panel that takes files."""
        with gr.Accordion("Add papers", open=_count(self._service) == 0, elem_id="ap-add"):
            self.file = gr.File(
                label="Files of papers (title and abstract)",
                show_label=False,
                type="filepath",
                file_count="multiple",
                height=112,
                elem_id="ap-file",
            )
            self.report = gr.HTML(FORMATS, elem_id="ap-report", js_on_load=None)

    def wire(self, pick: gr.State) -> Any:
        """Connect the upload; gives the event after which the number of papers may be another. `pick` holds the model
        that the session chose."""
        taken = self.file.upload(
            self.take,
            inputs=[self.file],
            outputs=[self.report, self.file],
            show_progress="hidden",
            concurrency_id="ingest",
            concurrency_limit=_UPLOADS_AT_ONCE,
            api_visibility="private",
        )
        self.watch.tick(self.refreshed, **self.refreshing(pick))
        return taken.then(self.refreshed, **self.refreshing(pick))

    def refreshing(self, pick: gr.State) -> dict[str, Any]:
        """What an event needs to call `refreshed`."""
        outputs = [self.head, self.watch]
        return {"inputs": [pick], "outputs": outputs, "show_progress": "hidden", "api_visibility": "private"}

    def refreshed(self, pick: ModelPick | None = None) -> Updates:
        """The head line as of now; looked at again while papers wait for their vectors or files are being read, of which
        a page that was loaded anew knows nothing else."""
        reading = self._reading
        try:
            waiting = not self._service.dense_index().whole
        except AskPapersError:
            waiting = False
        return {
            self.head: head_html(self._service, reading, pick),
            self.watch: gr.Timer(active=waiting or bool(reading)),
        }

    async def take(self, uploaded: Sequence[str] | None) -> AsyncGenerator[Updates, None]:
        """Read uploaded files into the library. Leaving the page does not stop it half-way."""
        paths = [Path(each) for each in uploaded or ()]
        if not paths:
            return
        names = [path.name for path in paths]
        # The box for files is away until these are read, so that none can be dropped twice or be forgotten there.
        yield {self.report: progress_html(names, 0, None, "Reading"), self.file: gr.File(value=None, visible=False)}

        def work(tell: Tell[_Step | IngestReport]) -> None:
            def told(done: int, total: int | None, words: str) -> None:
                tell((done, total, words))

            try:
                with self._counted():
                    report = self._service.ingest_uploads(paths, told)
                tell(report)
            finally:
                for path in paths:
                    _forget(path)

        try:
            async for batch in Stream(work).batches():
                last = batch[-1]
                if isinstance(last, IngestReport):
                    yield {self.report: report_html(names, last)}
                else:
                    yield {self.report: progress_html(names, *last)}
        except Exception as error:
            yield {self.report: failure_html(error)}
        yield {self.file: gr.File(visible=True)}

    @contextmanager
    def _counted(self) -> Iterator[None]:
        with self._counting:
            self._reading += 1
        try:
            yield
        finally:
            with self._counting:
                self._reading -= 1


def _forget(path: Path) -> None:
    """Our copy of the person's file has done its work, and so has the folder Gradio made for it."""
    with suppress(OSError):
        path.unlink()
        path.parent.rmdir()


def _count(service: ChatService) -> int | None:
    """How many papers there are; None if the library cannot be opened (the head line says why)."""
    try:
        return service.paper_count()
    except AskPapersError:
        return None
