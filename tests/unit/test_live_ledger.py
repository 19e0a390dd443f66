"""What is noted of a query's pages, and when it counts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from app.core.domain import Paper
from ingest.live.ledger import Ledger

QUERY = ("https://arxiv.example/api", "cat:cs.CL", 100, 10)


class Shelf:
    """A library that has taken in some records."""

    def __init__(self) -> None:
        self.held: dict[str, dict[str, str]] = {}

    def take(self, *papers: Paper, origin: str = "arxiv") -> None:
        for paper in papers:
            self.held.setdefault(paper.id, {})[origin] = paper.fingerprint

    def told(self, ids: Sequence[str]) -> Mapping[str, Mapping[str, str]]:
        return {name: self.held[name] for name in ids if name in self.held}


def page(*numbers: int, version: int = 1) -> list[Paper]:
    return [Paper(f"2401.{n:05}", f"Pond {n}", "Newts swim.", source="arxiv", version=version) for n in numbers]


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


def opened(folder: Path | None, shelf: Shelf, now: float = 1000.0, query: Sequence[object] = QUERY) -> Ledger:
    return Ledger(folder, query, lambda: now, shelf.told)


def noted(folder: Path, shelf: Shelf, now: float = 1000.0) -> None:
    """Two pages of two papers are noted; nothing is stored."""
    ledger = opened(folder, shelf, now)
    ledger.begin(4)
    ledger.note(0, page(1, 2))
    ledger.note(2, page(3, 4))


def test_only_what_the_library_has_counts(tmp_path: Path, shelf: Shelf) -> None:
    """A page is done when the library has every record of it, and not because it was fetched."""
    noted(tmp_path, shelf)
    assert opened(tmp_path, shelf).done == frozenset()
    shelf.take(*page(1, 2, 3))
    assert opened(tmp_path, shelf).done == {0} and opened(tmp_path, shelf).total == 4
    shelf.take(*page(4))
    assert opened(tmp_path, shelf).done == {0, 2}


def test_an_older_record_does_not_count(tmp_path: Path, shelf: Shelf) -> None:
    """The library has the papers of the page, but not as the page has them."""
    ledger = opened(tmp_path, shelf)
    ledger.begin(2)
    ledger.note(0, page(1, 2, version=2))
    shelf.take(*page(1, 2, version=1))
    assert not opened(tmp_path, shelf).done


def test_another_query_has_its_own(tmp_path: Path, shelf: Shelf) -> None:
    """Query, address, --max and the size of pages all tell ledgers apart."""
    noted(tmp_path, shelf)
    shelf.take(*page(1, 2, 3, 4))
    for at, other in enumerate(("https://mirror.example", "cat:cs.IR", 50, 20)):
        query = [other if place == at else word for place, word in enumerate(QUERY)]
        assert opened(tmp_path, shelf, query=query).total is None


def test_the_query_is_not_written_down(tmp_path: Path, shelf: Shelf) -> None:
    """What somebody looks for stands in no file of the ledger."""
    noted(tmp_path, shelf)
    assert not any("cs.CL" in f"{path.name}{path.read_text('utf-8')}" for path in tmp_path.iterdir())


def test_another_total_begins_anew(tmp_path: Path, shelf: Shelf) -> None:
    """Where there are other results than before the pages have moved, in memory and in the file."""
    noted(tmp_path, shelf)
    shelf.take(*page(1, 2, 3, 4))
    ledger = opened(tmp_path, shelf)
    ledger.begin(5)
    assert not ledger.done and not opened(tmp_path, shelf).done and opened(tmp_path, shelf).total == 5


def test_the_same_total_goes_on(tmp_path: Path, shelf: Shelf) -> None:
    """What was noted stays, and more is added."""
    noted(tmp_path, shelf)
    shelf.take(*page(1, 2, 3, 4, 5))
    ledger = opened(tmp_path, shelf)
    ledger.begin(4)
    ledger.note(4, page(5))
    assert opened(tmp_path, shelf).done == {0, 2, 4}


@pytest.mark.parametrize(("later", "counts"), [(0, True), (86_000, True), (87_000, False), (-60, False)])
def test_a_day_is_the_limit(tmp_path: Path, shelf: Shelf, later: int, counts: bool) -> None:
    """What is older than a day, or from the future, counts as nothing."""
    noted(tmp_path, shelf, now=100_000.0)
    shelf.take(*page(1, 2, 3, 4))
    assert bool(opened(tmp_path, shelf, now=100_000.0 + later).done) is counts


@pytest.mark.parametrize("cut", range(1, 200, 7))
def test_a_file_that_a_kill_cut_short(tmp_path: Path, shelf: Shelf, cut: int) -> None:
    """Whatever is left of it is read, never more than was there, and noting goes on."""
    noted(tmp_path, shelf)
    shelf.take(*page(1, 2, 3, 4, 5))
    [path] = tmp_path.iterdir()
    path.write_bytes(path.read_bytes()[:-cut])
    ledger = opened(tmp_path, shelf)
    assert ledger.done <= {0} or cut == 1
    ledger.begin(4)
    ledger.note(4, page(5))
    assert opened(tmp_path, shelf).done >= ledger.done


@pytest.mark.parametrize(
    "text",
    ["", "\n", "x", "[]", "null\n", '{"begun": "x", "total": 4}\n', '{"begun": 1000, "total": null}\n', "\x00\x00"],
)
def test_a_file_that_is_none(tmp_path: Path, shelf: Shelf, text: str) -> None:
    """A damaged file counts as nothing and is replaced."""
    noted(tmp_path, shelf)
    [path] = tmp_path.iterdir()
    path.write_text(text, "utf-8")
    assert opened(tmp_path, shelf).total is None
    opened(tmp_path, shelf).begin(4)
    assert opened(tmp_path, shelf).total == 4


@pytest.mark.parametrize(
    "line",
    [
        "null",
        "7",
        '{"page": 0}',
        '{"page": 0, "papers": 7}',
        '{"page": 0, "papers": {}}',
        '{"page": "x", "papers": {"a": "b"}}',
    ],
)
def test_a_line_that_is_none(tmp_path: Path, shelf: Shelf, line: str) -> None:
    """A line that says nothing marks no page as done."""
    head = json.dumps({"begun": 1000.0, "total": 4})
    noted(tmp_path, shelf)
    [path] = tmp_path.iterdir()
    path.write_text(f"{head}\n{line}\n", "utf-8")
    assert not opened(tmp_path, shelf).done and opened(tmp_path, shelf).total == 4


def test_finished_is_forgotten(tmp_path: Path, shelf: Shelf) -> None:
    """After the end nothing is kept."""
    noted(tmp_path, shelf)
    opened(tmp_path, shelf).finish()
    assert not list(tmp_path.iterdir())


def test_without_a_folder(shelf: Shelf) -> None:
    """Nothing is kept and nothing fails."""
    ledger = opened(None, shelf)
    ledger.begin(4)
    ledger.note(0, page(1))
    ledger.finish()
    assert ledger.total == 4 and not ledger.done


def test_where_nothing_can_be_written(tmp_path: Path, shelf: Shelf) -> None:
    """A folder that cannot be made costs the ledger, not the run."""
    (tmp_path / "file").write_text("", "utf-8")
    shelf.take(*page(1))
    ledger = opened(tmp_path / "file" / "live", shelf)
    ledger.begin(4)
    ledger.note(0, page(1))
    assert ledger.total == 4 and not ledger.done
    again = opened(tmp_path / "file" / "live", shelf)
    assert again.total is None and not again.done
    ledger.finish()
    assert [path.name for path in tmp_path.iterdir()] == ["file"] and not (tmp_path / "file").read_bytes()
