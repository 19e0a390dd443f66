"""A disk that is full: files may not grow beyond a limit while a real ingest process runs."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from app.library import Library
from app.upkeep import verify
from tests.conftest import ROOT, settings_for

# The child ignores the signal of the limit, so that writing fails as it does on a full disk: with an error.
LIMITED = (
    "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); size = int(sys.argv.pop(1));"
    "resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)); from app.cli import main; main()"
)


def run(folder: Path, model_cache: Path, limit: int, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {
        "ASKPAPERS_DATA_DIR": str(folder),
        "ASKPAPERS_MODEL_CACHE": str(model_cache),
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-c", LIMITED, str(limit), *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """1,200 papers and one broken record."""
    path = tmp_path_factory.mktemp("papers") / "papers.jsonl"
    lines = [
        json.dumps(
            {"id": f"2101.{n:05}", "title": f"Newt {n} of the pond", "abstract": f"Newt {n} swims {n % 7} rounds."}
        )
        for n in range(1200)
    ]
    path.write_text("\n".join([*lines, '{"title": "broken']) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("limit", [1_000, 60_000, 200_000, 500_000, 900_000])
def test_a_full_disk_while_reading(tmp_path: Path, model_cache: Path, file: Path, limit: int) -> None:
    """It is said in two lines with what to do, wherever it strikes; with space again the next run goes on, and the
    library is whole."""
    failed = run(tmp_path / "library", model_cache, limit, "ingest", str(file), "--no-embed")
    if failed.returncode:
        assert failed.returncode == 2, failed.stderr
        assert "Traceback" not in failed.stderr
        assert len(failed.stderr.strip().splitlines()) <= 3, failed.stderr
    done = run(tmp_path / "library", model_cache, resource.RLIM_INFINITY, "ingest", str(file), "--no-embed")
    assert done.returncode == 0, done.stderr
    library = Library(settings_for(tmp_path / "library", model_cache))
    assert library.store.count() == 1200
    assert verify(library).agree


def test_some_limits_are_reached(tmp_path: Path, model_cache: Path, file: Path) -> None:
    """The smallest limit does stop a run, so that the test above tests something."""
    assert run(tmp_path / "library", model_cache, 1_000, "ingest", str(file), "--no-embed").returncode == 2


@pytest.mark.parametrize("megabytes", [6, 20])
def test_a_full_disk_under_a_line_without_end(
    tmp_path: Path, model_cache: Path, monkeypatch: pytest.MonkeyPatch, megabytes: int
) -> None:
    """A line too long for memory goes to the folder for temporary files; if that is full, it is named, whichever process
    reads, and nothing is left in it."""
    (tmp_path / "temporary").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    file = tmp_path / "long.jsonl"
    file.write_text('{"title": "On Newts", "abstract": "Newts swim."}\n{"title": "' + "a" * (megabytes << 20) + '"}\n')
    failed = run(tmp_path / "library", model_cache, 3_000_000, "ingest", str(file), "--no-embed")
    assert failed.returncode == 2, failed.stderr
    what, hint = failed.stderr.strip().splitlines()
    assert f'"{tmp_path / "temporary"}"' in what and "File too large" in what
    assert "TMPDIR" in hint
    assert not list((tmp_path / "temporary").iterdir())


@pytest.mark.parametrize(("limit", "ends"), [(200_000, {2}), (700_000, {0, 2})])
def test_a_full_disk_while_embedding(tmp_path: Path, model_cache: Path, file: Path, limit: int, ends: set[int]) -> None:
    """Vectors that cannot be stored are said so; the papers stay, and what was embedded is not lost."""
    few = tmp_path / "few.jsonl"
    few.write_text("\n".join(file.read_text(encoding="utf-8").splitlines()[:150]) + "\n", encoding="utf-8")
    free = resource.RLIM_INFINITY
    assert run(tmp_path / "library", model_cache, free, "ingest", str(few), "--no-embed").returncode == 0
    failed = run(tmp_path / "library", model_cache, limit, "library", "embed")
    assert failed.returncode in ends, failed.stderr
    assert "Traceback" not in failed.stderr
    assert Library(settings_for(tmp_path / "library", model_cache)).store.count() == 150
    done = run(tmp_path / "library", model_cache, free, "library", "embed")
    assert done.returncode == 0, done.stderr
    verdict = verify(Library(settings_for(tmp_path / "library", model_cache)))
    assert verdict.agree and not verdict.waiting
