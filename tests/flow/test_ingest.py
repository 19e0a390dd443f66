"""Ingesting from files into a library on disk: what is stored, what a second run does, what goes wrong in words."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from app.bootstrap import Service
from app.core.domain import BadRecord, Paper
from app.core.errors import InputError, LibraryBusyError, LibraryError
from app.core.report import IngestReport
from ingest.pipeline import FIRST_BATCH as BATCH
from ingest.pipeline import Ingest
from ingest.record import make_paper
from tests.conftest import service_in

HEADER = "new\n\nGet trending papers in your email inbox!\n\nSubscribe\n\nJun 18\n\n"


@pytest.fixture
def open_library(tmp_path: Path, model_cache: Path) -> Callable[[], Service]:
    """Opens the same, at first empty, library as a new process would."""
    return lambda: service_in(tmp_path / "library", model_cache)


@pytest.fixture
def service(open_library: Callable[[], Service]) -> Service:
    """An empty library."""
    return open_library()


@pytest.fixture
def starter_copy(starter_folder: Path, tmp_path: Path, model_cache: Path) -> Service:
    """A copy of the starter library that a test may write to."""
    shutil.copytree(starter_folder, tmp_path / "copy")
    return service_in(tmp_path / "copy", model_cache)


def ingest(service: Service, *paths: Path, **more: Any) -> IngestReport:
    return service.ingest_files(paths, more.pop("source", None), lambda done, total, words: None, **more)


def counts(report: IngestReport) -> tuple[int, int, int, int, int]:
    """new, changed, unchanged, repeated, bad; together they are what was read."""
    numbers = (report.new, report.changed, report.unchanged, report.repeated, len(report.bad))
    assert sum(numbers) == report.read
    return numbers


def everything(service: Service) -> dict[str, Paper]:
    return {paper.id: paper for paper in service.papers()}


def write(path: Path, *records: object) -> Path:
    path.write_text("".join((r if isinstance(r, str) else json.dumps(r)) + "\n" for r in records), encoding="utf-8")
    return path


def record(number: int, **more: Any) -> dict[str, Any]:
    return {"title": f"Paper {number} on newts", "abstract": f"We follow newt number {number}. It swims.", **more}


def page_of(papers: dict[str, Paper], reworded: str = "") -> str:
    return HEADER + "\n\n".join(f"{p.title}\n\n{p.abstract}{reworded}" for p in papers.values()) + "\n"


def test_starter_library(starter: Service) -> None:
    """The starter library holds 47 papers with authors, year and link, in the store and in the keyword index."""
    papers = everything(starter)
    assert len(papers) == starter.paper_count() == starter.library.store.count() == 47
    assert all(p.authors and p.year and p.url and p.abstract for p in papers.values())
    assert starter.search("musical improvisation", 3)[0].paper.title.startswith("ImprovNet")


def test_starter_library_twice(starter_copy: Service) -> None:
    """Loading it again finds all papers unchanged, and every field of every paper is what it was."""
    before = everything(starter_copy)
    assert counts(starter_copy.load_starter()) == (0, 0, 47, 0, 0)
    assert everything(starter_copy) == before


def test_real_page(service: Service, open_library: Callable[[], Service], listing_page: Path) -> None:
    """The page our first user pasted holds exactly 47 papers, none of them out of its header, and twice the same."""
    assert counts(ingest(service, listing_page)) == (47, 0, 0, 0, 0)
    papers = everything(service)
    lines = listing_page.read_text(encoding="utf-8").splitlines()
    assert [lines.index(p.title) for p in sorted(papers.values(), key=lambda p: lines.index(p.title))] == list(
        range(10, 196, 4)
    )
    assert min(len(p.abstract) for p in papers.values()) > 1000
    again = open_library()
    assert counts(ingest(again, listing_page)) == (0, 0, 47, 0, 0)
    assert everything(again) == papers
    assert again.paper_count() == 47


def test_real_page_after_the_starter_library(starter_copy: Service, listing_page: Path) -> None:
    """The page adds its text to the 47 papers that are there and takes nothing from them."""
    before = everything(starter_copy)
    assert counts(ingest(starter_copy, listing_page)) == (0, 47, 0, 0, 0)
    after = everything(starter_copy)
    assert after.keys() == before.keys()
    assert all(
        after[i].authors == p.authors and after[i].url == p.url and after[i].year == p.year for i, p in before.items()
    )
    assert all(after[i].abstract != p.abstract for i, p in before.items())
    assert counts(ingest(starter_copy, listing_page)) == (0, 0, 47, 0, 0)


def test_a_page_after_the_starter_library(starter_copy: Service, tmp_path: Path) -> None:
    """A page with other words for known papers changes their text, keeps their authors, and adds none."""
    before = everything(starter_copy)
    (tmp_path / "page.txt").write_text(page_of(before, " A sentence of the page."), encoding="utf-8")
    assert counts(ingest(starter_copy, tmp_path / "page.txt")) == (0, 47, 0, 0, 0)
    after = everything(starter_copy)
    assert {i: (p.authors, p.url, p.year, p.doi, p.abstract) for i, p in after.items()} == {
        i: (p.authors, p.url, p.year, p.doi, p.abstract + " A sentence of the page.") for i, p in before.items()
    }
    assert len(starter_copy.library.keyword.papers_with_phrase("sentence of the page")) == 47
    assert counts(ingest(starter_copy, tmp_path / "page.txt")) == (0, 0, 47, 0, 0)


def test_the_starter_library_after_a_page(service: Service, starter: Service, tmp_path: Path) -> None:
    """In the other order too there are 47 papers in the end: those known by title get their real ids."""
    (tmp_path / "page.txt").write_text(page_of(everything(starter)), encoding="utf-8")
    assert counts(ingest(service, tmp_path / "page.txt")) == (47, 0, 0, 0, 0)
    assert all(i.startswith("title:") for i in everything(service))
    assert counts(service.load_starter()) == (0, 47, 0, 0, 0)
    assert everything(service) == everything(starter)
    assert service.paper_count() == 47


def test_a_paper_under_two_ids_in_one_run(service: Service, tmp_path: Path) -> None:
    """A page and its records in one run become one paper each: the text read first, the id and fields of both."""
    papers = [record(n, id=f"2101.{n:05}", authors=["Ada Newt"]) for n in range(BATCH + 6)]
    text = "\n\n".join(f"{p['title']}\n\nThe page says more of it. {p['abstract']}" for p in papers)
    (tmp_path / "page.txt").write_text(text, encoding="utf-8")
    paths = [tmp_path / "page.txt", write(tmp_path / "papers.jsonl", *papers)]
    size = len(papers)
    assert counts(ingest(service, *paths)) == (size, 0, 0, size, 0)
    stored = everything(service)
    assert sorted(stored) == [p["id"] for p in papers]
    assert all(p.authors == ("Ada Newt",) and p.abstract.startswith("The page") for p in stored.values())
    assert service.paper_count() == size
    assert counts(ingest(service, *paths)) == (0, 0, size, size, 0)
    assert everything(service) == stored


def test_same_title_other_author(service: Service, tmp_path: Path) -> None:
    """Two papers of one title by different people stay two; one of them told by title and author finds its own."""
    one, two = record(1, id="2101.00001", authors=["Ada Newt"]), record(1, id="2101.00002", authors=["Olm, Bo"])
    ingest(service, write(tmp_path / "two.jsonl", one, two))
    told = record(1, authors=["B. Olm"], abstract="A new text.")
    assert counts(ingest(service, write(tmp_path / "told.jsonl", told))) == (0, 1, 0, 0, 0)
    assert {i: p.abstract for i, p in everything(service).items()} == {
        "2101.00001": one["abstract"],
        "2101.00002": "A new text.",
    }
    stranger = record(1, authors=["Cy Eft"])
    assert counts(ingest(service, write(tmp_path / "eft.jsonl", stranger))) == (1, 0, 0, 0, 0)


def test_a_changed_record(service: Service, tmp_path: Path) -> None:
    """One record of three changed: one paper is changed, found by its new words and not by its old ones."""
    ingest(service, write(tmp_path / "a.jsonl", *(record(n, authors=["Ada Newt"]) for n in range(3))))
    changed = {"title": "Paper 1 on newts", "abstract": "Frogs jump instead."}
    assert counts(ingest(service, write(tmp_path / "b.jsonl", record(0, authors=["Ada Newt"]), changed))) == (
        0,
        1,
        1,
        0,
        0,
    )
    [paper] = [p for p in service.papers() if p.title == "Paper 1 on newts"]
    assert (paper.abstract, paper.authors) == ("Frogs jump instead.", ("Ada Newt",))
    assert service.library.keyword.papers_with_phrase("frogs jump") == [paper.id]
    assert service.search("jumping frogs", 1)[0].paper == paper
    assert len(everything(service)) == 3


def test_a_repeated_record_counts_once(service: Service, tmp_path: Path) -> None:
    """A paper that comes again in one run, near or far, is a repeat and not stored again; a second run is unchanged."""
    many = [record(n) for n in range(BATCH + 10)]
    path = write(tmp_path / "a.jsonl", *many, record(0, abstract="Other words."), record(BATCH + 9))
    assert counts(ingest(service, path)) == (BATCH + 10, 0, 0, 2, 0)
    before = everything(service)
    assert counts(ingest(service, path)) == (0, 0, BATCH + 10, 2, 0)
    assert everything(service) == before


def test_bad_records_are_named_and_the_rest_stored(service: Service, tmp_path: Path) -> None:
    """Bad lines are reported with file, line and reason; every other paper is in the library."""
    path = write(tmp_path / "some.jsonl", record(1), "not json", record(2), {"title": "No abstract"}, "[]", record(3))
    report = ingest(service, path)
    assert counts(report) == (3, 0, 0, 0, 3)
    assert [(b.where, b.line) for b in report.bad] == [(str(path), 2), (str(path), 4), (str(path), 5)]
    assert all(b.reason for b in report.bad)
    assert report.total_in_library == len(everything(service)) == 3


def test_lines_count_with_windows_line_ends_and_a_mark(service: Service, tmp_path: Path) -> None:
    """A byte order mark and Windows line ends change neither papers nor line numbers."""
    text = "\ufeff" + "\r\n".join([json.dumps(record(1)), "", "broken", json.dumps(record(2))])
    (tmp_path / "w.jsonl").write_bytes(text.encode())
    report = ingest(service, tmp_path / "w.jsonl")
    assert counts(report) == (2, 0, 0, 0, 1)
    assert report.bad[0].line == 3


def test_dry_run_writes_nothing(starter_copy: Service, tmp_path: Path) -> None:
    """A dry run reports what would happen, and nothing does."""
    known = next(iter(everything(starter_copy).values()))
    changed = {"id": known.id, "title": known.title, "abstract": "New words."}
    path = write(tmp_path / "a.jsonl", record(1), changed, "broken", record(1))
    before = everything(starter_copy)
    report = ingest(starter_copy, path, dry_run=True)
    assert counts(report) == (1, 1, 0, 1, 1)
    assert report.total_in_library == 47
    assert everything(starter_copy) == before
    assert starter_copy.library.keyword.papers_with_phrase("We follow newt") == []
    assert counts(ingest(starter_copy, path)) == counts(report)


def test_a_second_writer_is_told_to_wait(service: Service, tmp_path: Path) -> None:
    """While another process holds the lock, writing fails in our words and reading goes on; then it works."""
    path = write(tmp_path / "a.jsonl", record(1))
    ingest(service, path)
    service.library.locks.writing_wait_s = 0.5
    with FileLock(tmp_path / "library" / "writing.lock"):
        with pytest.raises(LibraryBusyError) as busy:
            ingest(service, write(tmp_path / "b.jsonl", record(2)))
        assert str(tmp_path / "library") in str(busy.value)
        assert "Wait" in busy.value.hint
        assert len(everything(service)) == 1
    assert counts(ingest(service, tmp_path / "b.jsonl")) == (1, 0, 0, 0, 0)


def test_a_deleted_keyword_index_comes_back(starter_copy: Service, tmp_path: Path, model_cache: Path) -> None:
    """Without its keyword folder the library finds by words all the same after the next opening."""
    shutil.rmtree(tmp_path / "copy" / "keyword")
    again = service_in(tmp_path / "copy", model_cache)
    assert again.paper_count() == 47
    assert again.library.keyword.by_name(["improvnet"])
    assert again.library.keyword.search("musical improvisation", 3)


def test_a_failure_between_store_and_keyword_index(service: Service, open_library: Callable[[], Service]) -> None:
    """When the keyword index fails after the store took a batch, the next opening finds the batch by words."""
    keyword = service.library.keyword

    class FullDisk:
        """The real index but for one method."""

        def __getattr__(self, name: str) -> Any:
            return getattr(keyword, name)

        def apply(self, changes: object, identity: str) -> None:
            raise LibraryError("no space left", "free some")

    with pytest.raises(LibraryError):
        Ingest(service.library.store, FullDisk()).run([make_paper(source="t", **record(1))])
    again = open_library()
    assert len(again.library.keyword.papers_with_phrase("follow newt")) == again.paper_count() == 1


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("latin.txt", "Über Molche in Teichen\n".encode("latin-1"), "no format we know"),
        ("strange.csv", b"pond,depth\nNorth,2020\n", "no format we know"),
        ("cut.jsonl.gz", b"\x1f\x8b\x08\x00", "cannot be read"),
        ("empty.jsonl", b"", "is empty"),
    ],
)
def test_files_that_cannot_be_read(service: Service, tmp_path: Path, name: str, content: bytes, words: str) -> None:
    """A lone file that is damaged, of no known format or without content is refused by name with a hint."""
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError) as refused:
        ingest(service, tmp_path / name)
    assert words in str(refused.value)
    assert f'"{tmp_path / name}"' in str(refused.value)
    assert refused.value.hint


def test_paths_that_cannot_be_read(service: Service, tmp_path: Path) -> None:
    """A missing file, an empty folder, a file below a file and an endless name are refused by name with a hint."""
    file = write(tmp_path / "a.jsonl", record(1))
    (tmp_path / "empty").mkdir()
    for path in (tmp_path / "missing.jsonl", tmp_path / "empty", file / "below.jsonl", tmp_path / ("x" * 300)):
        with pytest.raises(InputError) as refused:
            ingest(service, path)
        assert f'"{path}"' in str(refused.value)
        assert refused.value.hint


def test_an_unknown_source(service: Service, tmp_path: Path) -> None:
    """A source that does not exist is refused with those that do."""
    with pytest.raises(InputError) as refused:
        ingest(service, write(tmp_path / "a.jsonl", record(1)), source="pdf")
    assert '"pdf"' in str(refused.value)
    assert "jsonl" in refused.value.hint


def test_progress_and_memory(service: Service) -> None:
    """Records are taken batch by batch, each twice the one before: progress is told after each, and what was read by
    then is stored and found by its words."""
    told: list[int] = []
    found_at: list[int] = []

    def records() -> Any:
        for number in range(3 * BATCH + 3):
            if number in (0, BATCH, 3 * BATCH):
                found_at.append(service.library.keyword.count())
            yield BadRecord("f", number, "odd") if number == 5 else make_paper(source="t", **record(number))

    report = service.library.ingest(records(), lambda done, total, words: told.append(done))
    assert told == [BATCH, 3 * BATCH, 3 * BATCH + 3]
    assert found_at == [0, BATCH - 1, 3 * BATCH - 1]
    assert counts(report) == (3 * BATCH + 2, 0, 0, 0, 1)
