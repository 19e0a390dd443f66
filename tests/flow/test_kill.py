"""A real ingest process killed (SIGKILL) at 32 random moments: nothing reported as stored is lost, nothing is stored
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
from tests.conftest import settings_for

SEED = int(os.environ.get("ASKPAPERS_KILL_SEED", "20261124"))
WORDS_ROUNDS, VECTORS_ROUNDS, KILLS_A_ROUND = 5, 3, 4
MANY, FEW = 4000, 500
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

    def kill(self, seconds: float, *arguments: str) -> int:
        """Kill it after so many seconds; what it had reported by then, in papers."""
        process = self.start(*arguments)
        process.join(seconds)
        process.kill()
        process.join(30)
        text = self.said.read_text(encoding="utf-8") if self.said.exists() else ""
        self.said.unlink(missing_ok=True)
        told = re.findall(r"([\d,]+) papers read", text) or re.findall(r"\(([\d,]+) of", text)
        return int(told[-1].replace(",", "")) if told else 0

    def library(self) -> Library:
        return Library(settings_for(self.folder, self.model_cache))


def records(count: int) -> list[str]:
    """`count` records of which every 97th is broken and every 50th comes twice."""
    lines = []
    for n in range(count):
        record = {
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
    kept = {file.name: file.read_bytes() for file in sorted((folder / "set-aside").glob("*"))}
    return path.read_text(encoding="utf-8"), kept


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, model_cache: Path) -> tuple[Runner, Path, Times]:
    """An uninterrupted run, its file, and its seconds."""
    folder = tmp_path_factory.mktemp("whole")
    file = folder / "papers.jsonl"
    file.write_text("\n".join(records(MANY)) + "\n", encoding="utf-8")
    runner = Runner(folder / "library", model_cache)
    Runner(folder / "first", model_cache).finish("ingest", str(file), "--no-embed")  # what is slow once only
    return runner, file, runner.finish("ingest", str(file), "--no-embed")


@pytest.mark.parametrize("turn", range(WORDS_ROUNDS))
def test_killed_while_reading(whole: tuple[Runner, Path, Times], tmp_path: Path, model_cache: Path, turn: int) -> None:
    """What was reported as stored is stored, once, after each kill; the last run goes on and ends like an undisturbed
    one, with the same set-aside file."""
    undisturbed, file, times = whole
    lines = file.read_text(encoding="utf-8").splitlines()
    moments = random.Random(SEED + turn)
    runner = Runner(tmp_path / "killed", model_cache)
    for moment in sorted(moments.random() for _ in range(KILLS_A_ROUND)):
        reported = runner.kill(times.after(0, moment), "ingest", str(file), "--no-embed")
        REACHED.append(reported / len(lines))
        library = runner.library()
        assert library.store.count() >= good(lines, reported)
        assert sorted(library.keyword.ids()) == sorted(paper.id for paper in library.store.papers())
    runner.finish("ingest", str(file), "--no-embed")
    library = runner.library()
    assert contents(library, runner.folder) == contents(undisturbed.library(), undisturbed.folder)
    assert verify(library).agree


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


@pytest.mark.parametrize("turn", range(VECTORS_ROUNDS))
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
    """Of the 32 kills, many hit a process that had reported something and not all."""
    assert len(REACHED) == (WORDS_ROUNDS + VECTORS_ROUNDS) * KILLS_A_ROUND >= 32
    assert sum(0 < share < 0.97 for share in REACHED) >= 8, REACHED


def vectors_of(library: Library) -> dict[str, Any]:
    """Every stored vector by the id of its chunk, read from Chroma itself."""
    import chromadb

    client = chromadb.PersistentClient(str(library.folder / "chroma"))
    stored = client.get_collection(library.vectors.collection).get(include=["embeddings"])
    assert len(set(stored["ids"])) == len(stored["ids"])
    return dict(zip(stored["ids"], np.asarray(stored["embeddings"]), strict=True))
