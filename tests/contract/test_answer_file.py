"""The file of kept answers: bounded, private, shared by processes, and never in anybody's way for long."""

from __future__ import annotations

import sqlite3
import stat
import sys
import threading
import time
from pathlib import Path

import pytest

from app.adapters.answer_file import AnswerFile
from app.core.errors import LibraryError
from app.core.kept import AnswerEntry, new_answer_id


def entry(number: int) -> AnswerEntry:
    return AnswerEntry(f"mx00000{number}-abcdef", f"2026-11-26T09:00:0{number}Z", f"Question {number}?", "answered")


@pytest.fixture
def log(tmp_path: Path) -> AnswerFile:
    return AnswerFile(tmp_path / "library" / "answers.sqlite")


def test_what_was_kept_comes_back(log: AnswerFile) -> None:
    """Records come back as they were, entries newest first, ids by how they begin."""
    for number in (1, 2):
        log.add(entry(number), {"text": f"Answer {number} ü 🙂 \ud800", "n": [1, None, 0.5]}, 10)
    assert log.newest(10) == [entry(2), entry(1)] and log.newest(1) == [entry(2)]
    assert log.record(entry(1).id) == {"text": "Answer 1 ü 🙂 \ud800", "n": [1, None, 0.5]}
    assert log.find("mx0") == [entry(1).id, entry(2).id] and log.find("mx000002") == [entry(2).id]
    assert log.find("%") == log.find("zz") == [] and log.record("mx0") is None


def test_looking_makes_no_file(log: AnswerFile) -> None:
    """Before the first answer there is nothing, and looking leaves it so."""
    assert (log.newest(3), log.find("mx"), log.record("mx"), log.clear()) == ([], [], None, 0)
    assert not log.path.exists()


def test_only_the_newest_stay(log: AnswerFile) -> None:
    """Beyond the bound the oldest go, also after the bound was made smaller."""
    for number in range(1, 6):
        log.add(entry(number), {}, 3)
    assert [kept.id for kept in log.newest(10)] == [entry(n).id for n in (5, 4, 3)]
    log.add(entry(6), {}, 1)
    assert log.newest(10) == [entry(6)]


def test_clearing_takes_the_words_out_of_the_file(log: AnswerFile) -> None:
    """What is forgotten is not in the file any more, in no form."""
    log.add(entry(1), {}, 10)
    assert log.clear() == 1 and log.newest(10) == []
    left = b"".join(file.read_bytes() for file in log.path.parent.iterdir())
    assert b"Question 1" not in left


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other modes")
def test_only_its_owner_may_read_it(log: AnswerFile) -> None:
    """Questions are private: neither the file nor what SQLite puts beside it is open to others."""
    log.add(entry(1), {}, 10)
    with sqlite3.connect(log.path) as held:
        held.execute("SELECT * FROM answers").fetchall()
        log.add(entry(2), {}, 10)
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in log.path.parent.iterdir()}
    held.close()
    assert len(modes) == 3 and set(modes.values()) == {0o600}, modes


def test_writers_do_not_lose_each_other(log: AnswerFile) -> None:
    """Several that write at once, into a file that none of them has seen, all get their answers kept."""
    ids = [new_answer_id() for _ in range(24)]

    def write(mine: list[str]) -> None:
        for each in mine:
            AnswerFile(log.path).add(AnswerEntry(each, "", "", ""), {"id": each}, 100)

    threads = [threading.Thread(target=write, args=(ids[part::4],)) for part in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {kept.id for kept in log.newest(100)} == set(ids)


def test_a_held_file_is_not_waited_for_long(log: AnswerFile) -> None:
    """While another holds the file for writing, an answer waits a second or two, and reading not at all."""
    log.add(entry(1), {}, 10)
    held = sqlite3.connect(log.path, isolation_level=None)
    held.execute("BEGIN IMMEDIATE")
    try:
        started = time.monotonic()
        assert log.newest(1) == [entry(1)]
        assert time.monotonic() - started < 0.9
        with pytest.raises(LibraryError, match="locked"):
            log.add(entry(2), {}, 10)
        assert time.monotonic() - started < 5
    finally:
        held.close()
    log.add(entry(2), {}, 10)


@pytest.mark.parametrize("damage", ["folder", "garbage", "later", "record"])
def test_a_file_that_cannot_be_used_is_said(log: AnswerFile, damage: str) -> None:
    """A folder in its place, bytes that are no database, a later version, a broken record: our error, naming the file."""
    log.path.parent.mkdir()
    if damage == "folder":
        log.path.mkdir()
    elif damage == "garbage":
        log.path.write_bytes(b"no database " * 400)
    else:
        log.add(entry(1), {"a": 1}, 10)
        db = sqlite3.connect(log.path)
        db.execute("PRAGMA user_version = 99" if damage == "later" else "UPDATE answers SET record = x'0011'")
        db.commit()
        db.close()
    with pytest.raises(LibraryError) as said:
        log.record(entry(1).id) if damage == "record" else log.add(entry(2), {}, 10)
    assert str(log.path) in str(said.value) and said.value.hint


def test_ids_sort_by_time_and_cannot_be_guessed() -> None:
    """Letters, digits and one hyphen; later ones sort behind; two of one moment differ."""
    times = [1_700_000_000.0, 1_700_000_000.002, 1_764_000_000.0, 2_500_000_000.0]
    ids = [new_answer_id(now) for now in times]
    assert ids == sorted(ids)
    assert all(set(each) <= set("0123456789abcdefghijklmnopqrstuvwxyz-") and len(each) == 15 for each in ids)
    assert len({new_answer_id(5.0) for _ in range(200)}) == 200
