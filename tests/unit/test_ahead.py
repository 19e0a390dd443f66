"""Reading in a process of its own gives what reading here gives, and ends with whoever takes it."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path

import pytest

from app.core.domain import BadRecord
from app.core.errors import InputError
from ingest.ahead import WORTH_BYTES, is_worth_it, read_ahead
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
