"""Reading in a process of its own gives what reading here gives, and ends with whoever takes it."""

from __future__ import annotations

import json
import os
import resource
import signal
import tempfile
import threading
import time
import traceback
from pathlib import Path

import pytest

from app.core.domain import BadRecord, Paper
from app.core.errors import AskPapersError, InputError, LibraryError
from ingest.ahead import WORTH_BYTES, ReadingFault, is_worth_it, read_ahead
from ingest.reading import read_files
from ingest.sources import table as table_source


def write_records(path: Path, count: int) -> Path:
    """Records of which every third has no abstract, and the first a half of a surrogate pair."""
    with path.open("w", encoding="utf-8") as stream:
        for n in range(count):
            record = {
                "title": f"Newt {n}",
                "abstract": "" if n % 3 == 2 else f"It swims {n} rounds.",
                "year": 2000 + n % 9,
            }
            if n == 0:
                record["authors"] = ["Ada \ud800Newt", "Bo Olm"]  # type: ignore[assignment]
            stream.write(json.dumps(record) + "\n")
    return path


def readers() -> int:
    """How many threads of a reader run in this process."""
    return sum(thread.name == "reading" for thread in threading.enumerate())


def test_the_same_papers_and_bad_records(tmp_path: Path) -> None:
    """Every paper and bad record, in order, with every field, whatever the number."""
    for count in (1, 5, 700):
        files = [str(write_records(tmp_path / f"{count}.jsonl", count)), str(write_records(tmp_path / "more.jsonl", 4))]
        here = list(read_files(files, None, None, {}))
        assert list(read_ahead(files, None, None, {})) == here
        assert sum(isinstance(record, BadRecord) for record in here) == count // 3 + 1


def test_options_are_passed_on(tmp_path: Path) -> None:
    """Source, encoding and columns reach the process that reads."""
    table = tmp_path / "tafel.csv"
    table.write_bytes("Titel;Text\nMolche;Sie schwimmen für immer.\n".encode("latin-1"))
    options = (table_source.name, "latin-1", {"title": "Titel", "abstract": "Text"})
    (paper,) = read_ahead([str(table)], *options)
    assert paper == next(iter(read_files([str(table)], *options)))
    assert "für" in paper.abstract  # type: ignore[union-attr]


def test_an_error_is_raised_here(tmp_path: Path) -> None:
    """A lone file in no known format is the same error as without a process of its own."""
    (tmp_path / "noise.bin").write_bytes(bytes(range(256)) * 40)
    with pytest.raises(InputError) as here:
        list(read_files([str(tmp_path / "noise.bin")], None, None, {}))
    with pytest.raises(InputError) as there:
        list(read_ahead([str(tmp_path / "noise.bin")], None, None, {}))
    assert (str(there.value), there.value.hint) == (str(here.value), here.value.hint)


def test_every_error_is_raised_here_as_what_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Any error for the person comes with its class and what to do, after the records before it; it names the folder
    that the person knows."""
    file = tmp_path / "long.jsonl"
    file.write_text('{"title": "Newt", "abstract": "It swims."}\n' + "a" * 5_000_000 + "\n", encoding="utf-8")
    _temporary_in(tmp_path, monkeypatch)
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, limit[1]))
    try:
        records = read_ahead([str(file)], None, None, {})
        assert isinstance(next(records), Paper)
        with pytest.raises(LibraryError, match="too long for memory") as raised:
            next(records)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    assert f'"{tmp_path / "temporary"}"' in str(raised.value) and "TMPDIR" in raised.value.hint
    assert not list((tmp_path / "temporary").iterdir())
    assert capfd.readouterr().err == ""


def test_a_fault_is_no_error_of_the_person(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """What is wrong in our own code is raised as such: nothing on stderr, and the traceback is there for --debug."""
    files = [str(write_records(tmp_path / "few.jsonl", 2)), 7]  # no name at all
    records = read_ahead(files, None, None, {})  # type: ignore[arg-type]
    assert len([next(records), next(records)]) == 2
    with pytest.raises(ReadingFault, match="TypeError") as raised:
        next(records)
    assert not isinstance(raised.value, AskPapersError)
    assert "read_files" in "".join(traceback.format_exception(raised.value))
    assert capfd.readouterr().err == ""


def test_a_reader_that_is_killed(tmp_path: Path) -> None:
    """It is said with what to do."""
    records = read_ahead([str(write_records(tmp_path / "many.jsonl", 60_000))], None, None, {})
    next(records)
    (child,) = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()[-1:]
    os.kill(int(child), signal.SIGKILL)
    with pytest.raises(LibraryError, match="ended in the middle"):
        list(records)


def test_texts_too_long_for_memory_outlive_the_reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Their files are there for whoever took the records, and gone with those that nobody took."""
    with (tmp_path / "long.jsonl").open("w", encoding="utf-8") as stream:
        stream.write('{"title": "Newt"}\n')
        for _ in range(6):
            stream.write("a" * 5_000_000 + "\n")
    _temporary_in(tmp_path, monkeypatch)
    taken = list(read_ahead([str(tmp_path / "long.jsonl")], None, None, {}))
    files = [record.raw for record in taken[1:] if isinstance(record, BadRecord)]
    assert len(files) == 6
    for file in files:
        assert isinstance(file, Path) and file.stat().st_size == 5_000_001
        file.unlink()
    assert not list((tmp_path / "temporary").iterdir())
    records = read_ahead([str(tmp_path / "long.jsonl")], None, None, {})
    next(records)
    first = next(records)
    time.sleep(0.5)  # the others are read meanwhile
    records.close()  # type: ignore[attr-defined]
    assert isinstance(first, BadRecord) and list((tmp_path / "temporary").iterdir()) == [first.raw]


def _temporary_in(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder / "temporary"))


def test_it_stops_when_nobody_reads_on(tmp_path: Path) -> None:
    """A run that ends early (Ctrl-C, a full disk) leaves neither thread nor process behind."""
    records = read_ahead([str(write_records(tmp_path / "many.jsonl", 60_000))], None, None, {})
    next(records)
    assert readers() == 1
    started = time.monotonic()
    records.close()  # type: ignore[attr-defined]
    assert readers() == 0
    assert time.monotonic() - started < 5


def test_only_large_files_are_worth_it(tmp_path: Path) -> None:
    """Small files, standard input and files that are not there are read in place."""
    (tmp_path / "small").write_text("x", encoding="utf-8")
    with (tmp_path / "large").open("wb") as stream:
        stream.truncate(WORTH_BYTES)
    assert not is_worth_it([str(tmp_path / "small")])
    assert not is_worth_it(["-"])
    assert not is_worth_it([str(tmp_path / "large"), str(tmp_path / "gone")])
    assert is_worth_it([str(tmp_path / "small"), str(tmp_path / "large")])
