"""A real ingest process killed (SIGKILL) at 36 random moments: nothing reported as stored is lost, nothing is stored
twice, and the library ends up as if nothing had happened. ASKPAPERS_KILL_SEED chooses other moments."""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import re
import shutil
import sys
import time
from collections.abc import Sequence
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, NamedTuple, TextIO

import numpy as np
import pytest

from app.export import write_papers
from app.library import Library
from app.upkeep import verify
from ingest.ahead import WORTH_BYTES, is_worth_it
from tests.conftest import settings_for

SEED = int(os.environ.get("ASKPAPERS_KILL_SEED", "20261124"))
WORDS_ROUNDS, VECTORS_ROUNDS, AHEAD_ROUNDS, KILLS_A_ROUND = 2, 1, 1, 4
# More with: pytest -m "slow or not slow" tests/flow/test_kill.py
MORE = [pytest.param(turn, marks=pytest.mark.slow) for turn in range(10, 14)]
MANY, FEW, LARGE = 4000, 500, 2500
BAD_EVERY = 97

# Processes are forked from one that has imported everything, so that a kill hits work and not imports.
_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload(
    [
        "app.cli",
        "app.library",
        "app.adapters.chroma",
        "app.adapters.keyword",
        "app.adapters.embeddings",
        "ingest.reading",
    ]
)


# How far each kill let its process come, from 0 to 1.
REACHED: list[float] = []


class _Terminal:
    """A file that says it is a terminal, so that every step of the progress is written to it."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def isatty(self) -> bool:
        return True


def run_command(arguments: Sequence[str], environment: dict[str, str], said: Path) -> None:
    """In a process of its own: the askpapers command, with what it says in a file."""
    from app.cli import cli

    os.environ.update(environment)
    with said.open("w", encoding="utf-8", buffering=1) as stream:
        sys.stderr = _Terminal(stream)  # type: ignore[assignment]
        sys.stdout = stream
        cli.main(list(arguments), standalone_mode=False)
        stream.flush()


class Times(NamedTuple):
    """Seconds until the first report, and until the end."""

    first: float
    last: float

    def after(self, share: float, moment: float) -> float:
        """A moment (0 to 1) of what is left when a share of the work is done."""
        return self.first * 0.7 + moment * (self.last - self.first * 0.7) * (1 - share)


class Runner:
    """Runs the command on a library and reads what it said."""

    def __init__(self, folder: Path, model_cache: Path) -> None:
        self.folder, self.model_cache = folder, model_cache
        self.said = folder.parent / f"{folder.name}.said"

    def start(self, *arguments: str) -> BaseProcess:
        environment = {"ASKPAPERS_DATA_DIR": str(self.folder), "ASKPAPERS_MODEL_CACHE": str(self.model_cache)}
        process = _PROCESSES.Process(target=run_command, args=(arguments, environment, self.said))
        process.start()
        return process

    def finish(self, *arguments: str) -> Times:
        """Run to the end; how long that took."""
        started = time.monotonic()
        self.said.unlink(missing_ok=True)
        process = self.start(*arguments)
        first = 0.0
        while process.is_alive():
            process.join(0.01)
            if not first and self.said.exists() and "\r" in self.said.read_text(encoding="utf-8", errors="replace"):
                first = time.monotonic() - started
        assert process.exitcode == 0, self.said.read_text(encoding="utf-8")
        return Times(first, time.monotonic() - started)

    def told(self) -> int:
        """What the run has reported so far, in papers."""
        text = self.said.read_text(encoding="utf-8") if self.said.exists() else ""
        told = re.findall(r"([\d,]+) papers read", text) or re.findall(r"\(([\d,]+) of", text)
        return int(told[-1].replace(",", "")) if told else 0

    def kill(self, seconds: float, *arguments: str, told: int = 0) -> int:
        """Kill it so many seconds after it has reported `told` papers; what it had reported by then."""
        process = self.start(*arguments)
        while self.told() < told and process.is_alive():
            process.join(0.005)
        process.join(seconds)
        process.kill()
        process.join(30)
        reported = self.told()
        self.said.unlink(missing_ok=True)
        return reported

    def report(self) -> dict[str, Any]:
        """What the last run with --json reported of the records and of the library, however much was there before."""
        said = json.loads(self.said.read_text(encoding="utf-8").splitlines()[-1])
        stored = said["new"] + said["changed"] + said["unchanged"]
        of_records = {key: said[key] for key in ("read", "repeated", "flagged", "bad", "bad_more", "near_duplicates")}
        files = [Path(name).name for name in said["set_aside"]]
        return {"stored": stored, **of_records, "files": files, "total": said["total_in_library"]}

    def library(self) -> Library:
        return Library(settings_for(self.folder, self.model_cache))


def records(count: int, more: int = 0) -> list[str]:
    """`count` records of which every 97th is broken and every 50th comes twice, with so many characters more in a field
    that is not read."""
    lines = []
    for n in range(count):
        record = {
            **({"body": "x" * more} if more else {}),
            "id": f"21{n % 12 + 1:02}.{n:05}",
            "title": f"Newt {n} of the pond",
            "abstract": f"Newt {n} swims {n % 7} rounds.",
        }
        line = json.dumps(record)
        lines.append(line[:-9] if n % BAD_EVERY == 5 else line)
        if n % 50 == 7:
            lines.append(line)
    return lines


def good(lines: Sequence[str], read: int) -> int:
    """How many papers the first `read` records are."""
    return len({line for line in lines[:read] if line.endswith("}")})


def contents(library: Library, folder: Path) -> tuple[str, dict[str, bytes]]:
    """Every paper with every field, and every set-aside file."""
    path = folder.parent / f"{folder.name}.export"
    with path.open("w", encoding="utf-8", newline="") as stream:
        write_papers("jsonl", library.store.papers(), stream)
    kept = {file.name: file.read_bytes() for file in sorted((folder / "set-aside").glob("*")) if file.is_file()}
    return path.read_text(encoding="utf-8"), kept


INGEST = ("--no-embed", "--json")


def undisturbed_run(folder: Path, model_cache: Path, lines: Sequence[str]) -> tuple[Runner, Path, Times]:
    """An uninterrupted run, its file, and its seconds."""
    file = folder / "papers.jsonl"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    runner = Runner(folder / "library", model_cache)
    return runner, file, runner.finish("ingest", str(file), *INGEST)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, model_cache: Path) -> tuple[Runner, Path, Times]:
    undisturbed_run(tmp_path_factory.mktemp("first"), model_cache, records(MANY))  # what is slow once only
    return undisturbed_run(tmp_path_factory.mktemp("whole"), model_cache, records(MANY))


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory, model_cache: Path) -> tuple[Runner, Path, Times]:
    """Of a file that a second process reads ahead, where there is a second core."""
    lines = records(LARGE, more=WORTH_BYTES // LARGE)
    return undisturbed_run(tmp_path_factory.mktemp("large"), model_cache, lines)


def kill_while_reading(
    undisturbed: tuple[Runner, Path, Times], folder: Path, model_cache: Path, seed: int, begun: bool = False
) -> None:
    """Kill it several times, then let it end; compare after each kill and at the end."""
    whole, file, times = undisturbed
    lines = file.read_text(encoding="utf-8").splitlines()
    moments = random.Random(seed)
    runner = Runner(folder, model_cache)
    for moment in sorted(moments.random() for _ in range(KILLS_A_ROUND)):
        when = (moment / 20, int(0.8 * moment * len(lines))) if begun else (times.after(0, moment), 0)
        reported = runner.kill(when[0], "ingest", str(file), *INGEST, told=when[1])
        REACHED.append(reported / len(lines))
        library = runner.library()
        assert library.store.count() >= good(lines, reported)
        assert sorted(library.keyword.ids()) == sorted(paper.id for paper in library.store.papers())
    runner.finish("ingest", str(file), *INGEST)
    library = runner.library()
    assert contents(library, runner.folder) == contents(whole.library(), whole.folder)
    assert runner.report() == whole.report()
    assert verify(library).agree
    assert [path.name for path in (runner.folder / "set-aside" / ".unfinished").iterdir()] == ["lock"]


def test_what_an_undisturbed_run_reports(whole: tuple[Runner, Path, Times]) -> None:
    """What the others are compared with: each record of the file in one count."""
    report, lines = whole[0].report(), whole[1].read_text(encoding="utf-8").splitlines()
    broken = [number for number, line in enumerate(lines, start=1) if not line.endswith("}")]
    assert report["stored"] == report["total"] == good(lines, len(lines))
    assert [bad["line"] for bad in report["bad"]] == broken and len(report["files"]) == 1
    assert report["read"] == len(lines) == report["stored"] + report["repeated"] + len(broken)


@pytest.mark.parametrize("turn", [*range(WORDS_ROUNDS), *MORE])
def test_killed_while_reading(whole: tuple[Runner, Path, Times], tmp_path: Path, model_cache: Path, turn: int) -> None:
    """What was reported as stored is stored, once, after each kill; the last run goes on and ends like an undisturbed
    one, with the same set-aside file and the same report."""
    kill_while_reading(whole, tmp_path / "killed", model_cache, SEED + turn)


@pytest.mark.parametrize("turn", range(AHEAD_ROUNDS))
def test_killed_while_another_process_reads(
    large: tuple[Runner, Path, Times], tmp_path: Path, model_cache: Path, turn: int
) -> None:
    """The same where a second process reads ahead of the one that is killed, once that has begun to store."""
    assert is_worth_it([str(large[1])]) == ((os.cpu_count() or 1) > 1)
    kill_while_reading(large, tmp_path / "killed", model_cache, SEED + 200 + turn, begun=True)


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory, model_cache: Path) -> tuple[Runner, Path, Times]:
    """A library found by words only (its folder), the same with vectors, and how long these took."""
    folder = tmp_path_factory.mktemp("embedded")
    file = folder / "papers.jsonl"
    file.write_text("\n".join(records(FEW)) + "\n", encoding="utf-8")
    Runner(folder / "words", model_cache).finish("ingest", str(file), "--no-embed")
    shutil.copytree(folder / "words", folder / "library")
    runner = Runner(folder / "library", model_cache)
    return runner, folder / "words", runner.finish("library", "embed")


@pytest.mark.parametrize("turn", [*range(VECTORS_ROUNDS), *MORE])
def test_killed_while_embedding(
    embedded: tuple[Runner, Path, Times], tmp_path: Path, model_cache: Path, turn: int
) -> None:
    """No vector reported as made is lost or made twice, and in the end they are those of an undisturbed run."""
    undisturbed, words, times = embedded
    moments = random.Random(SEED + 100 + turn)
    shutil.copytree(words, tmp_path / "killed")
    runner = Runner(tmp_path / "killed", model_cache)
    before = 0
    for _ in range(KILLS_A_ROUND):
        reported = runner.kill(times.after(before / FEW, 0.8 * moments.random()), "library", "embed")
        REACHED.append(reported / FEW)
        now = runner.library().embedded_count()
        assert now >= max(reported, before)
        before = now
    runner.finish("library", "embed")
    library = runner.library()
    verdict = verify(library)
    assert verdict.agree and not verdict.waiting
    assert vectors_of(library).keys() == vectors_of(undisturbed.library()).keys()
    ours, theirs = vectors_of(library), vectors_of(undisturbed.library())
    assert min(float(ours[key] @ theirs[key]) for key in ours) > 0.98


def test_the_kills_hit_work() -> None:
    """Of the kills, many hit a process that had reported something and not all."""
    if len(REACHED) < (WORDS_ROUNDS + VECTORS_ROUNDS + AHEAD_ROUNDS) * KILLS_A_ROUND:
        pytest.skip("counted only where all the others of this file are run")
    assert len(REACHED) >= 16
    assert sum(0 < share < 0.97 for share in REACHED) >= 5, REACHED


def vectors_of(library: Library) -> dict[str, Any]:
    """Every stored vector by the id of its chunk, read from Chroma itself."""
    import chromadb

    client = chromadb.PersistentClient(str(library.folder / "chroma"))
    stored = client.get_collection(library.vectors.collection).get(include=["embeddings"])
    assert len(set(stored["ids"])) == len(stored["ids"])
    return dict(zip(stored["ids"], np.asarray(stored["embeddings"]), strict=True))
