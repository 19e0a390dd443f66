"""`askpapers ingest` from arXiv and the hub, as a person runs it: twice, dry, over a dead address, and killed in the middle."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from app.bootstrap import Service
from app.cli import cli
from app.core.errors import InputError
from tests.conftest import ROOT, service_in
from tests.live_server import LiveServer, entries, item, silent, status

QUERY = ("arxiv", "cat:cs.CL AND abs:retrieval")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, model_cache: Path) -> Iterator[LiveServer]:
    """A server with 250 papers, to which the settings point."""
    with LiveServer(entries(250), {"2026-11-20": [item(number) for number in range(1, 31)]}) as started:
        monkeypatch.setenv("ASKPAPERS_ARXIV_URL", started.arxiv_url)
        monkeypatch.setenv("HF_ENDPOINT", f"{started.url}/")
        monkeypatch.setenv("ASKPAPERS_LIVE_PAUSE_S", "0")
        monkeypatch.setenv("ASKPAPERS_MODEL_CACHE", str(model_cache))
        yield started


@pytest.fixture
def run(server: LiveServer) -> Callable[..., Result]:
    """The command, without vectors."""

    def ingest(*words: str) -> Result:
        return CliRunner().invoke(cli, ["ingest", *words, "--no-embed"], catch_exceptions=False)

    return ingest


@pytest.fixture
def library(tmp_path: Path, model_cache: Path) -> Callable[[], Service]:
    """Opens the library that the command writes to."""
    return lambda: service_in(tmp_path / "library", model_cache)


def report(done: Result) -> dict[str, Any]:
    assert done.exit_code == 0, done.output
    return dict(json.loads(done.stdout))


def test_twice_and_from_both(server: LiveServer, run: Callable[..., Result]) -> None:
    """A query, its second run, papers by id and the hub's day are the same papers, each stored once."""
    first = report(run(*QUERY, "--max", "250", "--json"))
    assert (first["new"], first["bad"], first["total_in_library"]) == (250, [], 250)
    assert server.pages == [0, 100, 200]
    again = report(run(*QUERY, "--max", "250", "--json"))
    assert (again["new"], again["changed"], again["unchanged"]) == (0, 0, 250)
    one = report(run("arxiv:2401.00007", "arxiv:2401.09999", "--json"))
    assert (one["unchanged"], len(one["bad"])) == (1, 1)
    day = report(run("hf-daily", "--date", "2026-11-20", "--json"))
    assert (day["read"], day["new"], day["total_in_library"]) == (30, 0, 250)


def test_what_is_said(server: LiveServer, run: Callable[..., Result]) -> None:
    """How many there are, every wait, and the report, in words; what is not papers goes to stderr."""
    server.enqueue(status(503))
    done = run(*QUERY)
    assert "arXiv: it asks for patience (HTTP 503); trying again in 0 s (2 of 5)" in done.stderr
    assert "arXiv has 250 papers for this; the newest 100 are fetched" in done.stderr
    assert done.stdout.startswith("Stored 100 new, 0 changed; 0 unchanged.")


def test_a_day_without_papers(run: Callable[..., Result]) -> None:
    """It is said, and the command has done its work."""
    done = run("hf-daily", "--date", "2026-11-22")
    assert done.exit_code == 0 and "the hub has no papers for 2026-11-22" in done.stderr
    assert done.stdout.startswith("Stored 0 new")


def test_dry(server: LiveServer, run: Callable[..., Result], library: Callable[[], Service]) -> None:
    """A dry run stores nothing and notes nothing."""
    done = report(run(*QUERY, "--max", "150", "--dry-run", "--json"))
    assert done["new"] == 150
    assert not (library().library.folder / "live").exists() and library().paper_count() == 0


def test_max_is_not_for_files(run: Callable[..., Result], tmp_path: Path) -> None:
    """Options of live sources are refused with files."""
    (tmp_path / "page.txt").write_text("On Newts\n\nNewts swim in ponds at night.\n", "utf-8")
    with pytest.raises(InputError, match="--max"):
        run("page.txt", "--max", "3")


@pytest.mark.parametrize("option", [("--source", "jsonl"), ("--encoding", "latin-1"), ("--column", "title=Titel")])
def test_options_of_files_are_not_for_live_sources(
    server: LiveServer, run: Callable[..., Result], option: tuple[str, str]
) -> None:
    """What would be ignored is refused, before anything is asked."""
    with pytest.raises(InputError, match=option[0]):
        run(*QUERY, *option)
    assert not server.asked


def test_nobody_there(server: LiveServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit code 2, what happened and what to do in two lines after the tries, no traceback."""
    monkeypatch.setenv("ASKPAPERS_ARXIV_URL", "http://127.0.0.1:9/api/query")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    done = subprocess.run(
        [sys.executable, "-m", "app", "ingest", "arxiv:2401.00001"], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 2 and done.stdout == ""
    *_, what, hint = done.stderr.strip().splitlines()
    assert "http://127.0.0.1:9/api/query" in what and "connection refused" in what and "again" in hint
    assert "Traceback" not in done.stderr


def test_killed_in_the_middle(
    server: LiveServer, run: Callable[..., Result], library: Callable[[], Service], monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a kill the same command ends with every paper once, and does not fetch again what the library holds whole."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    server.spoil(200, silent(60))
    words = ["ingest", *QUERY, "--max", "250", "--no-embed"]
    killed = subprocess.Popen([sys.executable, "-m", "app", *words], stderr=subprocess.DEVNULL)
    until = time.monotonic() + 60
    while 200 not in server.pages and killed.poll() is None and time.monotonic() < until:
        time.sleep(0.05)
    killed.kill()
    killed.wait()
    assert server.pages == [0, 100, 200]
    stored = library().paper_count()
    assert 100 <= stored < 250, "it was killed in the middle"
    server.forget()
    done = report(run(*QUERY, "--max", "250", "--json"))
    assert server.pages == list(range(stored // 100 * 100, 250, 100))
    assert done["new"] == 250 - stored and done["total_in_library"] == 250 and not done["bad"]
    assert len({paper.id for paper in library().papers()}) == 250
