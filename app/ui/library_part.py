"""The head line (model, number of papers, how whole the dense index is), and on the Chat tab how to begin with an empty
library."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any

import gradio as gr

from app.core.errors import AskPapersError
from app.core.models import ModelPick
from app.ui.library_html import OPENING, head_html, progress_html
from app.ui.library_service import KeepsLibrary
from app.ui.notices import Updates
from app.ui.service import ChatService
from app.ui.upload_box import BeingRead, UploadBox, told

# While vectors are being made the page looks this often how far that is; it does not look at all once they are made.
LOOK_EVERY_S = 2.0


class LibraryPart:
    """The head line, and a box for the first files. Holds no state of a session, only how many uploads are being read."""

    def __init__(self, service: ChatService) -> None:
        self._service = service
        self.reading = BeingRead()
        self.begin = UploadBox(service, self.reading, "ap-begin")

    def draw_head(self) -> None:
        """The line above everything."""
        self.head = gr.HTML(OPENING, elem_id="ap-head", js_on_load=None)
        self.watch = gr.Timer(LOOK_EVERY_S, active=False)

    def draw_begin(self) -> None:
        """For a library that is empty: the box for files beside the chat, too."""
        with gr.Column(visible=False, elem_id="ap-begin") as self.beginning:
            gr.HTML(
                "<h2>Add your first papers</h2><p>Drop a file here. The Library tab takes pasted text, ids and queries "
                "to arXiv too. To look around first, load the example papers.</p>",
                elem_id="ap-begin-words",
                padding=False,
                js_on_load=None,
            )
            self.begin.draw()
            can = isinstance(self._service, KeepsLibrary)
            self.starter = gr.Button("Load the example papers", size="sm", visible=can, elem_id="ap-begin-starter")

    def wire(self, pick: gr.State) -> list[Any]:
        """Connect the upload; gives the events after which the number of papers may be another. `pick` holds the model
        that the session chose."""
        quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        self.watch.tick(self.refreshed, **self.refreshing(pick))
        started = self.starter.click(
            self.started, outputs=[self.begin.report, self.starter], trigger_mode="once", **quiet
        )
        return [self.begin.wire(), started]

    async def started(self) -> AsyncGenerator[Updates, None]:
        """The papers that ship with askpapers."""
        keeps = self._service
        if not isinstance(keeps, KeepsLibrary):
            return
        name = "example papers"
        yield {self.begin.report: progress_html([name], 0, None, "Reading"), self.starter: gr.Button(visible=False)}
        async for html in told(self.begin.reading(lambda step: keeps.load_starter()), [name]):
            yield {self.begin.report: html}

    def refreshing(self, pick: gr.State) -> dict[str, Any]:
        """What an event needs to call `refreshed`."""
        outputs = [self.head, self.watch, self.beginning]
        return {"inputs": [pick], "outputs": outputs, "show_progress": "hidden", "api_visibility": "private"}

    def refreshed(self, pick: ModelPick | None = None) -> Updates:
        """The head line as of now; looked at again while papers wait for their vectors or files are being read, of which
        a page that was loaded anew knows nothing else. The box for first files comes with an empty library, and stays
        with its report until the page is loaded anew."""
        reading = self.reading.now
        try:
            index = self._service.dense_index()
            waiting, empty = not index.whole, not index.papers
        except AskPapersError:
            waiting = empty = False
        return {
            self.head: head_html(self._service, reading, pick),
            self.watch: gr.Timer(active=waiting or bool(reading)),
            self.beginning: gr.Column(visible=True) if empty else gr.skip(),
        }
