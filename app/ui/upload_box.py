"""Reading papers into the library while a person watches: how far it is, and what became of every record."""

from __future__ import annotations

import threading
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import gradio as gr

from app.core.report import IngestReport
from app.ui.library_html import FORMATS, progress_html, report_html
from app.ui.notices import Updates, failure_html
from app.ui.service import ChatService, Progress
from app.ui.stream import Stream, Tell

# Uploads of several people are read at once: each stores a batch at a time, so none waits long for another.
UPLOADS_AT_ONCE = 4
_Step = tuple[int, "int | None", str]


class BeingRead:
    """How many files and queries are being read at this moment, whosever they are."""

    def __init__(self) -> None:
        self.now, self._counting = 0, threading.Lock()

    @contextmanager
    def counted(self) -> Iterator[None]:
        with self._counting:
            self.now += 1
        try:
            yield
        finally:
            with self._counting:
                self.now -= 1


class UploadBox:
    """A box for files, and the report of what was read. Holds no state of a session."""

    def __init__(self, service: ChatService, reading: BeingRead, name: str = "ap") -> None:
        self._service, self._reading, self._name = service, reading, name

    def draw(self) -> None:
        """Call inside a Blocks context."""
        self.file = gr.File(
            label="Files of papers (title and abstract)",
            show_label=False,
            type="filepath",
            file_count="multiple",
            height=112,
            elem_id=f"{self._name}-file",
            elem_classes="ap-drop",
        )
        self.report = gr.HTML(FORMATS, elem_id=f"{self._name}-report", elem_classes="ap-reported", js_on_load=None)

    def wire(self) -> Any:
        """Connect the box; gives the event after which the library may hold other papers."""
        quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        taken = self.file.upload(
            self.take,
            inputs=[self.file],
            outputs=[self.report, self.file],
            concurrency_id="ingest",
            concurrency_limit=UPLOADS_AT_ONCE,
            **quiet,
        )
        # Only when this event is over are further files taken.
        return taken.then(self.again, outputs=[self.file], **quiet)

    async def take(self, uploaded: Sequence[str] | None) -> AsyncGenerator[Updates, None]:
        """Read uploaded files into the library. Leaving the page does not stop it half-way."""
        paths = [Path(each) for each in uploaded or ()]
        if not paths:
            return
        names = [path.name for path in paths]
        # The box for files is away until these are read, so that none can be dropped twice or be forgotten there.
        yield {self.report: progress_html(names, 0, None, "Reading"), self.file: gr.File(value=None, visible=False)}

        def read(progress: Progress) -> IngestReport:
            try:
                return self._service.ingest_uploads(paths, progress)
            finally:
                for path in paths:
                    _forget(path)

        async for html in told(self.reading(read), names):
            yield {self.report: html}

    def again(self) -> Updates:
        """The box for files is back."""
        return {self.file: gr.File(visible=True)}

    def reading(self, read: Callable[[Progress], IngestReport]) -> Stream[_Step | IngestReport]:
        """The steps of `read` and its report, counted while it goes on."""

        def work(tell: Tell[_Step | IngestReport]) -> None:
            def step(done: int, total: int | None, words: str) -> None:
                tell((done, total, words))

            with self._reading.counted():
                report = read(step)
            tell(report)

        return Stream(work)


async def told(stream: Stream[_Step | IngestReport], names: Sequence[str]) -> AsyncGenerator[str, None]:
    """How far it is, again and again, and in the end the report or what went wrong, as HTML."""
    try:
        async for batch in stream.batches():
            last = batch[-1]
            yield report_html(names, last) if isinstance(last, IngestReport) else progress_html(names, *last)
    except Exception as error:
        yield failure_html(error)


def _forget(path: Path) -> None:
    """Our copy of the person's file has done its work, and so has the folder Gradio made for it."""
    with suppress(OSError):
        path.unlink()
        path.parent.rmdir()
