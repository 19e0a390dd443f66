"""The head line (model, number of papers) and adding papers from a file."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import suppress
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from app.core.domain import BadRecord
from app.core.errors import AskPapersError
from app.core.report import IngestReport
from app.ui.notices import Updates, failure_html
from app.ui.service import ChatService
from app.ui.stream import Stream, Tell

_BAD_SHOWN = 50
# While vectors are being made the head line says how far that is; looked at this often.
_LOOK_EVERY_S = 3.0
_WHAT_FILE = (
    "<p>A listing page pasted into a text file, BibTeX, RIS, PubMed (MEDLINE or XML), arXiv Atom, JSON, JSONL, CSV; also "
    "packed as .gz or .zip. Papers you already have are not doubled.</p>"
)
_Step = tuple[int, "int | None", str]


class LibraryPart:
    """The head line and the "Add papers" panel. Holds no state of a session."""

    def __init__(self, service: ChatService) -> None:
        self._service = service

    def draw_head(self) -> None:
        """The line above everything."""
        self.head = gr.HTML(head_html(self._service), elem_id="ap-head", js_on_load=None)
        self.watch = gr.Timer(_LOOK_EVERY_S, active=False)

    def draw_upload(self) -> None:
        """The panel that takes a file."""
        with gr.Accordion("Add papers", open=_count(self._service) == 0, elem_id="ap-add"):
            self.file = gr.File(
                label="A file of papers (title and abstract)",
                show_label=False,
                type="filepath",
                file_count="single",
                height=112,
                elem_id="ap-file",
            )
            self.report = gr.HTML(_WHAT_FILE, elem_id="ap-report", js_on_load=None)

    def wire(self) -> Any:
        """Connect the upload; gives the event after which the number of papers may be another."""
        taken = self.file.upload(
            self.take,
            inputs=[self.file],
            outputs=[self.report, self.file],
            show_progress="hidden",
            concurrency_id="ingest",
            concurrency_limit=1,  # the library has one writer; a second upload waits for the first
            api_visibility="private",
        )
        self.watch.tick(self.refreshed, **self.refreshing())
        return taken.then(self.refreshed, **self.refreshing())

    def refreshing(self) -> dict[str, Any]:
        """What an event needs to call `refreshed`."""
        return {"outputs": [self.head, self.watch], "show_progress": "hidden", "api_visibility": "private"}

    def refreshed(self) -> Updates:
        """The head line as of now; looked at again while papers wait for their vectors."""
        try:
            waiting = not self._service.dense_index().whole
        except AskPapersError:
            waiting = False
        return {self.head: head_html(self._service), self.watch: gr.Timer(active=waiting)}

    async def take(self, uploaded: str) -> AsyncGenerator[Updates, None]:
        """Read an uploaded file into the library. Leaving the page does not stop it half-way."""
        path = Path(uploaded)
        yield {self.report: progress_html(path.name, 0, None, "Reading the file")}

        def work(tell: Tell[_Step | IngestReport]) -> None:
            try:
                tell(self._service.ingest(path, lambda done, total, words: _told(tell, (done, total, words))))
            finally:
                with suppress(OSError):
                    path.unlink()  # our copy of the person's file has done its work

        try:
            async for batch in Stream(work).batches():
                last = batch[-1]
                if isinstance(last, IngestReport):
                    yield {self.report: report_html(path, last)}
                else:
                    yield {self.report: progress_html(path.name, *last)}
            yield {self.file: None}
        except Exception as error:
            yield {self.report: failure_html(error), self.file: None}


def _told(tell: Tell[_Step | IngestReport], step: _Step) -> None:
    tell(step)


def _count(service: ChatService) -> int | None:
    """How many papers there are; None if the library cannot be opened (the head line says why)."""
    try:
        return service.paper_count()
    except AskPapersError:
        return None


def head_html(service: ChatService) -> str:
    """Name, number of papers and model, or what is wrong with them."""
    try:
        model, note, count = service.model(), service.model_note(), service.paper_count()
        dense = service.dense_index()
    except Exception as error:
        return f'<header class="ap-head"><h1>askpapers</h1></header>{failure_html(error)}'
    papers = "1 paper" if count == 1 else f"{count:,} papers"
    found = ""
    if not dense.whole:
        why = escape(dense.trouble or "Papers not in it yet are found by their words; the rest is being made.")
        found = f'<span class="ap-dense" role="status" title="{why}">{escape(dense.words)}</span>'
        found += f'<span class="ap-trouble">{why}</span>' if dense.trouble else ""
    if model.provider == "extractive":
        name = "quotes, no model"
    else:
        name = escape(f"{model.provider}:{model.name}" if model.name else model.provider)
    return (
        '<header class="ap-head"><h1>askpapers</h1>'
        f'<p class="ap-facts"><span class="ap-papers">{papers}</span>{found}'
        f'<span class="ap-model" title="{escape(note)}">{name}</span></p>'
        f'<p class="ap-note">{escape(note)}</p></header>'
    )


def progress_html(name: str, done: int, total: int | None, words: str) -> str:
    """How far reading a file has come."""
    bar = f'<progress max="{total}" value="{min(done, total)}"></progress>' if total else "<progress></progress>"
    count = f"{done:,} of {total:,}" if total else f"{done:,}" if done else ""
    return (
        f'<div class="ap-progress" role="status"><p class="ap-file-name">{escape(name)}</p>{bar}'
        f"<p>{escape(words)} <span>{count}</span></p></div>"
    )


def report_html(path: Path, report: IngestReport) -> str:
    """What became of the records of a file."""
    counts = [
        ("new", report.new),
        ("changed", report.changed),
        ("unchanged", report.unchanged),
        ("repeated", report.repeated),
        ("set aside", len(report.bad)),
        ("flagged", report.flagged),
    ]
    shown = "".join(f"<li><strong>{count:,}</strong> {name}</li>" for name, count in counts if count)
    return (
        f'<div class="ap-report" role="status"><p class="ap-file-name">{escape(path.name)}</p>'
        f'<ul class="ap-counts">{shown or "<li>No records in this file</li>"}</ul>'
        f"<p>{report.total_in_library:,} papers in the library.</p>{_near_html(report)}"
        f"{_bad_html(path, report.bad)}{_kept_html(report)}</div>"
    )


def _near_html(report: IngestReport) -> str:
    if not report.near_duplicates:
        return ""
    lines = "".join(
        f"<li>{escape(pair.paper_id)} and {escape(pair.other_id)}: {escape(pair.why)}</li>"
        for pair in report.near_duplicates[:_BAD_SHOWN]
    )
    return f'<details class="ap-bad"><summary>Perhaps the same paper</summary><ul>{lines}</ul></details>'


def _kept_html(report: IngestReport) -> str:
    """The names alone: whoever sees the page need not know the folders of the server."""
    names = ", ".join(escape(Path(path).name) for path in report.set_aside)
    return f"<p>Kept for repair in the library's set-aside folder: {names}</p>" if names else ""


def _bad_html(path: Path, bad: tuple[BadRecord, ...]) -> str:
    if not bad:
        return ""
    lines = "".join(
        f"<li><span>{f'Line {record.line}' if record.line else 'File'}</span> {escape(record.reason.replace(str(path), path.name))}</li>"
        for record in bad[:_BAD_SHOWN]
    )
    more = f"<p>… and {len(bad) - _BAD_SHOWN:,} more.</p>" if len(bad) > _BAD_SHOWN else ""
    return f'<details class="ap-bad" open><summary>Set aside</summary><ul>{lines}</ul>{more}</details>'
