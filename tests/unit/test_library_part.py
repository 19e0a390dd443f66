"""The page's head line and uploads: what a person reads, whatever their files are called and hold."""

from __future__ import annotations

import asyncio
import gzip
import json
import logging
import re
import threading
import time
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.bootstrap import Service
from app.core.domain import BadRecord, ModelInfo
from app.core.errors import AskPapersError, EmbedderError, InputError, LibraryError
from app.core.models import ModelPick
from app.core.report import DenseIndex, IngestReport, NearDuplicate
from app.ui.library_html import OPENING, head_html, progress_html, report_html
from app.ui.library_part import LibraryPart
from app.ui.local_server import inside_a_loop
from app.ui.notices import failure_html
from app.ui.service import Progress
from app.ui.upload_box import UploadBox
from tests.conftest import service_in
from tests.fake_service import HOSTILE_HTML, FakeService
from tests.unit.test_render import Page

TAGS = {
    *("header", "h1", "p", "span", "strong", "div", "progress", "ul", "li", "details", "summary", "button"),
}
BIB = """@article{one,
  title = {Heron: Waiting for the Right Passage},
  author = {Lind, Ada},
  year = {2021},
  abstract = {Heron waits until a passage scores above 0.8. It is an invention of this test.},
}

@article{two,
  title = {A Paper Without Its Text},
  year = {2023},
}
"""


def shown(html: str) -> Page:
    """The HTML as a browser reads it; nothing in it but our own tags, well nested."""
    page = Page(html)
    assert set(page.tags) <= TAGS, set(page.tags) - TAGS
    assert not page.open
    assert {name for name, _ in page.attributes} <= {
        *("class", "title", "role", "max", "value", "open", "type", "aria-description"),
    }
    return page


class Scripted(FakeService):
    """The fake service with another outcome of an upload."""

    def __init__(self, outcome: IngestReport | Exception) -> None:
        super().__init__(pace=0)
        self.outcome = outcome
        self.given: list[Path] = []

    def ingest_uploads(self, paths: Sequence[Path], progress: Progress) -> IngestReport:
        self.given = list(paths)
        assert all(path.exists() for path in paths)
        progress(64, None, "papers read")
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


def part_of(service: FakeService) -> LibraryPart:
    def drawn() -> LibraryPart:
        part = LibraryPart(service)
        with gr.Blocks(analytics_enabled=False):
            part.draw_head()
            part.draw_begin()
        return part

    return inside_a_loop(drawn)


def taken(part: UploadBox, uploaded: Sequence[str] | None) -> list[dict[Any, Any]]:
    """All updates of the page while an upload is read."""

    async def all_of() -> list[dict[Any, Any]]:
        return [update async for update in part.take(uploaded)]

    return asyncio.run(all_of())


def uploaded(folder: Path, name: str, content: str | bytes, place: str = "abc123") -> Path:
    """A file where Gradio puts it: alone in a folder of its own."""
    path = folder / place / name
    path.parent.mkdir(parents=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


# --- the head line ---------------------------------------------------------------------------------------------


def test_a_whole_library_says_nothing_of_vectors() -> None:
    """Papers and model, and no word about an index that has everything."""
    page = shown(head_html(FakeService()))
    assert "4 papers" in page.text
    assert "dense index" not in page.text


def test_the_head_says_how_whole_the_dense_index_is() -> None:
    """Rounded down: 999 of 1,000 papers are 99 %, never 100."""
    service = FakeService()
    for embedded, papers, words in ((622, 1000, "62 %"), (0, 3, "0 %"), (999_999, 1_000_000, "99 %"), (2, 3, "66 %")):
        service.dense = DenseIndex(embedded, papers)
        page = shown(head_html(service))
        assert f"dense index {words}" in page.text
        assert ("title", "Papers not in it yet are found by their words only.") in page.attributes
        assert "ap-trouble" not in head_html(service)


def test_the_head_says_why_no_vectors_are_made() -> None:
    """The embedder's trouble stands there in its own words, as text; once the index is whole it is gone."""
    service = FakeService()
    service.dense = DenseIndex(1, 4, f'The server at "{HOSTILE_HTML}" is away. Start it.')
    page = shown(head_html(service))
    assert f'The server at "{HOSTILE_HTML}" is away. Start it.' in page.text
    assert "No vectors are being made (dense index 25 %)." in page.text
    service.dense = DenseIndex(4, 4, "old trouble")
    assert "old trouble" not in head_html(service)


def test_a_library_that_cannot_be_opened_is_said_in_words(caplog: pytest.LogCaptureFixture) -> None:
    """Our errors with their hint; an unknown one as an id, with nothing of its text."""

    class Closed(FakeService):
        error: Exception = LibraryError("The library is locked.", "Close the other one.")

        def model(self, pick: ModelPick | None = None) -> ModelInfo:
            raise self.error

    service = Closed()
    assert "The library is locked." in shown(head_html(service)).text
    service.error = RuntimeError("secret path /home/ada")
    with caplog.at_level(logging.CRITICAL):
        html = head_html(service)
    assert "secret" not in html
    assert re.search(r"error id [0-9a-f]{8}", html)


def test_the_page_looks_again_only_while_vectors_are_missing() -> None:
    """The timer runs as long as papers wait, and not a moment longer; a library that cannot be asked stops it too."""
    service = FakeService()
    part = part_of(service)
    assert part.watch.active is False
    service.dense = DenseIndex(1, 4)
    assert part.refreshed()[part.watch].active is True
    service.dense = DenseIndex(4, 4)
    assert part.refreshed()[part.watch].active is False

    class Broken(FakeService):
        def dense_index(self) -> DenseIndex:
            raise LibraryError("The list of papers cannot be used.", "Check the disk.")

    part = part_of(Broken())
    update = part.refreshed()
    assert update[part.watch].active is False
    assert "The list of papers cannot be used." in update[part.head]


def test_a_page_loaded_while_a_file_is_read_says_so(tmp_path: Path) -> None:
    """That one is read, not whose or which, and the page looks again until it is; then nothing is said."""
    service = FakeService(pace=0)
    service.hold.clear()
    part = part_of(service)
    assert part.head.value == OPENING, "numbers from when the server was started"
    path = uploaded(tmp_path, "ada's secret.bib", BIB)
    reader = threading.Thread(target=taken, args=(part.begin, [str(path)]))
    reader.start()
    while not part.reading.now:
        time.sleep(0.01)
    update = part.refreshed()
    assert "A file is being read" in shown(update[part.head]).text and "secret" not in update[part.head]
    assert update[part.watch].active is True
    service.hold.set()
    reader.join(10)
    update = part.refreshed()
    assert "being read" not in update[part.head] and update[part.watch].active is False
    with pytest.raises(RuntimeError), part.reading.counted():
        raise RuntimeError
    assert part.reading.now == 0
    assert "2 uploads are being read" in head_html(service, 2)


# --- progress and report ---------------------------------------------------------------------------------------


def test_progress_counts_what_is_read() -> None:
    """A bar without an end while nobody knows the number of records, one with an end when it is known."""
    page = shown(progress_html(["a.bib"], 1234, None, "papers read"))
    assert "1,234 papers read" in page.text
    assert not any(name == "max" for name, _ in page.attributes)
    page = shown(progress_html(["a.bib"], 12, 10, "papers read"))
    assert ("value", "10") in page.attributes
    assert shown(progress_html(["a"], 0, None, "Reading")).text == "aReading"


@pytest.mark.parametrize(
    ("names", "called"),
    [
        (["a.bib"], "a.bib"),
        (["a.bib", "b.ris"], "a.bib, b.ris"),
        ([f"{n}.csv" for n in range(9)], "0.csv, 1.csv, 2.csv and 6 more"),
    ],
)
def test_several_files_are_named_in_one_line(names: list[str], called: str) -> None:
    """Up to three by name, the rest as a number."""
    assert shown(report_html(names, IngestReport())).text.startswith(called)


def test_the_report_has_everything() -> None:
    """Each count that is not zero, the bad records with place and reason, the file they are kept in, near duplicates."""
    report = IngestReport(
        new=1200,
        changed=2,
        unchanged=3,
        repeated=4,
        bad=(BadRecord("refs.zip/a.bib", 7, "it has no abstract"), BadRecord("b.gz", 0, "it breaks off")),
        total_in_library=4711,
        flagged=1,
        near_duplicates=(NearDuplicate("2101.1", "title:x", "the same title in another year"),),
        set_aside=("/srv/library/set-aside/a-1f.bib",),
    )
    text = shown(report_html(["refs.zip", "b.gz"], report)).text
    for words in (
        *(
            "1,200 new",
            "2 changed",
            "3 unchanged",
            "4 repeated",
            "2 set aside",
            "1 flagged",
            "4,711 papers in the library",
        ),
        *(
            "You can ask about the new ones now.",
            "One paper's text holds something odd",
            "refs.zip/a.bib, line 7: it has no",
        ),
        *("b.gz: it breaks off", "a-1f.bib", "2101.1 and title:x: the same title in another year"),
    ):
        assert words in text, words
    assert "/srv" not in text


def test_a_report_says_no_more_than_there_is() -> None:
    """A second upload of the same file: nothing new to ask about, nothing set aside, no warning."""
    text = shown(report_html(["a.bib"], IngestReport(unchanged=1, total_in_library=1))).text
    assert text == "a.bib1 unchanged1 paper in the library."
    assert "No records" in report_html(["a.bib"], IngestReport())


def test_a_long_report_is_cut_and_says_so() -> None:
    """Fifty lines on bad records are shown, the rest counted; the same for near duplicates."""
    bad = tuple(BadRecord("a.bib", line, f"no title in {line}") for line in range(1, 1053))
    near = tuple(NearDuplicate(str(n), "x", "why") for n in range(51))
    page = shown(report_html(["a.bib"], IngestReport(bad=bad, near_duplicates=near)))
    assert page.tags.count("li") == 50 + 50 + 1
    assert "… and 1,002 more." in page.text
    assert "… and 1 more." in page.text
    page = shown(report_html(["a.bib"], IngestReport(bad=bad, bad_more=5000)))
    assert "6,052 set aside" in page.text and "… and 6,002 more." in page.text


def test_bad_records_stand_together_and_fold_away() -> None:
    """One line for each file and reason, with the first lines of the file; from six on they are folded away."""
    bad = [BadRecord("refs.bib", line, "it has no abstract") for line in range(1, 131)]
    bad += [
        BadRecord("b.gz", 0, "it breaks off"),
        BadRecord("b.gz", 0, "it breaks off"),
        BadRecord("c.ris", 7, "no title"),
    ]
    html = report_html(["refs.bib"], IngestReport(bad=tuple(bad)))
    text = shown(html).text
    assert "Set aside (133)" in text
    assert "refs.bib: 130 × it has no abstract (lines 1, 2, 3, 4, 5 …)" in text
    assert "b.gz: 2 × it breaks off" in text and "off (" not in text
    assert "c.ris, line 7: no title" in text
    assert '<details class="ap-bad" open>' in html and "more." not in text
    bad += [BadRecord(f"{n}.ris", 1, "no title") for n in range(3)]
    html = report_html(["refs.bib"], IngestReport(bad=tuple(bad), bad_more=40))
    assert '<details class="ap-bad"><summary>Set aside (176)' in html and "… and 40 more." in html


def test_a_name_shows_what_it_is() -> None:
    """A character that turns a name round, or that nobody sees, is a mark; joiners, accents and other scripts stay."""
    report = IngestReport(bad=(BadRecord("n\u202efdp.bib", 1, "no title"),), set_aside=("/a/n\u202efdp.bib",))
    for html in (
        report_html(["n\u202efdp.bib"], report),
        progress_html(["n\u202efdp.bib", "a\u200b\u2028\ufeff.bib"], 1, None, "read"),
        failure_html(InputError('"n\u202efdp.bib" is empty.', "Name another than n\u2067x.")),
    ):
        assert "n\ufffdfdp.bib" in html
        assert not re.search("[\u200b\u2028\u202e\u2067\ufeff]", html)
    name = "Jos\u00e9 \u0645\u06cc\u200c\u0631\u0648\u0645 \u8ad6\u6587.bib"
    assert name in progress_html([name], 1, None, "read")


@given(st.text(max_size=40), st.text(max_size=40))
def test_nothing_of_a_file_becomes_markup(name: str, words: str) -> None:
    """Whatever a file is called and whatever stands in it, it is shown as text."""
    report = IngestReport(
        bad=(BadRecord(name, 1, words),), near_duplicates=(NearDuplicate(name, words, words),), set_aside=(name,)
    )
    for hostile in (name, f"{name}{HOSTILE_HTML}{words}"):
        shown(report_html([hostile], report))
        shown(progress_html([hostile], 1, None, words))


# --- taking an upload ------------------------------------------------------------------------------------------


def test_an_upload_from_start_to_end(tmp_path: Path) -> None:
    """The box for files goes away, progress, the report, the box is back and empty, and our copies are gone."""
    service = Scripted(IngestReport(new=1, total_in_library=5))
    part = part_of(service).begin
    paths = [uploaded(tmp_path, "a.bib", BIB, "1"), uploaded(tmp_path, "b.ris", "TY  - JOUR", "2")]
    updates = taken(part, [str(path) for path in paths])
    assert service.given == paths
    assert updates[0][part.file].visible is False
    assert updates[0][part.file].value is None
    reports = [update[part.report] for update in updates if part.report in update]
    assert "a.bib, b.ris" in reports[0]
    assert "1</strong> new" in reports[-1]
    assert not any(part.file in update for update in updates[1:]), "files dropped before the event is over are lost"
    assert part.again()[part.file].visible is True
    assert not any(path.exists() or path.parent.exists() for path in paths)
    assert taken(part, None) == taken(part, []) == []


@pytest.mark.parametrize(
    "error",
    [
        InputError('"a.bib" is empty.', "Name a file with papers in it."),
        LibraryError("The disk is full.", "Make room."),
        EmbedderError("The model is away.", "Fetch it."),
        RuntimeError("secret path /home/ada/key.txt"),
    ],
)
def test_an_upload_that_fails(tmp_path: Path, error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    """The error in words, an unknown one as an id; the next upload is possible and our copy is gone."""
    part = part_of(Scripted(error)).begin
    path = uploaded(tmp_path, "a.bib", BIB)
    with caplog.at_level(logging.CRITICAL):
        updates = taken(part, [str(path)])
    said = updates[-1][part.report]
    if isinstance(error, AskPapersError):
        text = Page(said).text
        assert str(error) in text
        assert error.hint in text
    else:
        assert "secret" not in said
        assert re.search(r"error id [0-9a-f]{8}", said)
    assert not any(part.file in update for update in updates[1:]), "files dropped before the event is over are lost"
    assert part.again()[part.file].visible is True
    assert not path.exists()


# --- uploads into a real library: they go by their own names ----------------------------------------------------


@pytest.fixture
def service(tmp_path: Path, model_cache: Path) -> Service:
    """An empty library."""
    return service_in(tmp_path / "library", model_cache)


def ingest(service: Service, *paths: Path) -> IngestReport:
    return service.ingest_uploads(paths, lambda done, total, words: None)


def zipped(path: Path, **members: str) -> bytes:
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in members.items():
            archive.writestr(name.replace("__", "/").replace("_", "."), text)
    return path.read_bytes()


def test_reports_and_papers_know_only_the_files_name(service: Service, tmp_path: Path) -> None:
    """Bad records stand under the file's name, also in an archive; no paper remembers a temporary folder."""
    archive = zipped(tmp_path / "made.zip", inner__papers_jsonl='{"title": "X"}\n{broken\n', refs_bib=BIB)
    report = ingest(service, uploaded(tmp_path, "my refs.bib", BIB, "1"), uploaded(tmp_path, "all.zip", archive, "2"))
    assert (report.new, report.repeated, report.flagged) == (1, 1, 0)
    assert {(bad.where, bad.line) for bad in report.bad} == {
        ("my refs.bib", 8),
        ("all.zip/refs.bib", 8),
        ("all.zip/inner/papers.jsonl", 1),
        ("all.zip/inner/papers.jsonl", 2),
    }
    assert str(tmp_path / "1") not in json.dumps([bad.reason for bad in report.bad])
    (paper,) = service.papers()
    assert paper.source in {"bibtex my refs.bib", "bibtex all.zip/refs.bib"}


def test_the_same_file_again_is_unchanged_and_a_mended_one_changed(service: Service, tmp_path: Path) -> None:
    """Wherever an upload happens to lie, a file of the same name is the same source."""
    assert ingest(service, uploaded(tmp_path, "refs.bib", BIB, "1")).new == 1
    again = ingest(service, uploaded(tmp_path, "refs.bib", BIB, "2"))
    assert (again.new, again.changed, again.unchanged) == (0, 0, 1)
    mended = ingest(service, uploaded(tmp_path, "refs.bib", BIB.replace("above 0.8", "above 0.9"), "3"))
    assert (mended.new, mended.changed) == (0, 1)
    assert "0.9" in next(service.papers()).abstract


def test_two_files_of_one_name_keep_both_their_bad_records(service: Service, tmp_path: Path) -> None:
    """Other people's refs.bib must not overwrite what was set aside of mine."""
    first = ingest(service, uploaded(tmp_path, "refs.bib", BIB, "1"))
    second = ingest(service, uploaded(tmp_path, "refs.bib", BIB.replace("Without Its", "Without Any"), "2"))
    (one,), (two,) = first.set_aside, second.set_aside
    assert "Without Its" in Path(one).read_text(encoding="utf-8")
    assert "Without Any" in Path(two).read_text(encoding="utf-8")


BROKEN: dict[str, bytes] = {
    "empty.csv": b"",
    "poem.txt": b"roses are red",
    "cut.bib.gz": gzip.compress(BIB.encode())[:60],
    "wrong.gz": b"\x1f\x8b\x08\x00nothing of the kind",
    "wrong.zip": b"PK\x03\x04 and no more",
    "noise.bin": bytes(range(256)) * 20,
    "zeros.json": b"\0" * 3000,
    "half.json": b'[{"title": "A", "abstr',
    "bomb.xml": b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><x>&b;</x>',
    "cut.zip": b"",  # made below: a real archive without its end
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_upload_says_what_the_command_says(
    name: str, service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same words, by the file's own name, and never those of a library we use."""
    content = BROKEN[name] or zipped(tmp_path / "whole.zip", refs_bib=BIB)[:-40]
    here = uploaded(tmp_path, name, content, "here")
    monkeypatch.chdir(here.parent)

    def outcome(run: Any) -> tuple[str, ...]:
        try:
            report = run()
        except AskPapersError as error:
            return str(error), error.hint
        return tuple(f"{bad.where} {bad.line} {bad.reason}" for bad in report.bad)

    by_command = outcome(lambda: service.ingest_files([name]))
    by_page = outcome(lambda: ingest(service, uploaded(tmp_path, name, content, "there")))
    assert by_page == by_command
    assert by_page, "something is wrong with the file, and nothing was said"
    assert str(tmp_path) not in "".join(by_page)
    assert not re.search(r"Traceback|Error\(|Exception", "".join(by_page))


def test_a_broken_file_does_not_hold_up_the_others(service: Service, tmp_path: Path) -> None:
    """Of several files the good ones are read, and the bad one is named."""
    paths = [uploaded(tmp_path, name, content, name) for name, content in BROKEN.items() if name != "cut.zip"]
    report = ingest(service, *paths, uploaded(tmp_path, "good.bib", BIB, "good"))
    assert report.new >= 1
    assert {"empty.csv", "poem.txt", "wrong.zip"} <= {bad.where for bad in report.bad}


def test_the_page_asks_for_nothing_the_real_service_lacks() -> None:
    """Every method of the page's port is there in the fake and in the real one."""
    for name in (
        "model",
        "model_note",
        "paper_count",
        "dense_index",
        "ask",
        "ingest_uploads",
        "example_questions",
        "papers",
    ):
        assert callable(getattr(FakeService, name))
        assert callable(getattr(Service, name))
