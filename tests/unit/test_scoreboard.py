"""The scoreboard: rows kept in a bounded file, put together by model."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from app.adapters.scoreboard_file import ScoreboardFile
from app.core.duel import Duel, Score
from app.core.errors import LibraryError
from app.evaluation.duel.scoreboard import rows_of, standings
from app.evaluation.duel.totals import totals_of


def duel(*scores: Score) -> Duel:
    models = tuple(dict.fromkeys(score.model for score in scores))
    return Duel(models, (), (), scores, totals_of(models, scores), ())


def test_runs_are_put_together_by_weight() -> None:
    """A share of ten claims counts ten times one of a single claim; means weigh by questions."""
    one = duel(Score("q1", "a", supported=9, unsupported=1, facts=1.0), Score("q2", "a", facts=1.0))
    two = duel(Score("q1", "a", unsupported=1, facts=0.0, refused=True))
    (found,) = standings([*rows_of(one, "2026-01-01T00:00:00Z"), *rows_of(two, "2026-01-02T00:00:00Z")])
    assert (found.runs, found.questions, found.refused, found.claims) == (2, 3, 1, 11)
    assert found.values["unsupported_claims"] == pytest.approx(2 / 11)
    assert found.values["facts_found"] == pytest.approx(2 / 3)
    assert found.last == "2026-01-02T00:00:00Z"


def test_a_model_that_never_answered_is_not_on_it() -> None:
    """Its server was away, which is no standing."""
    assert rows_of(duel(Score("q1", "a", error="away"))) == []


def test_only_the_newest_rows_stay(tmp_path: Path) -> None:
    """The file is bounded and its owner's own."""
    board = ScoreboardFile(tmp_path / "new" / "scoreboard.jsonl", most=3)
    assert board.rows() == []
    for number in range(5):
        board.add([{"model": "a", "n": number}])
    assert [row["n"] for row in board.rows()] == [2, 3, 4]
    assert board.path.stat().st_mode & 0o077 == 0


def test_damaged_lines_are_passed_over(tmp_path: Path) -> None:
    """What cannot be read costs its own row alone, and rows of other shapes cost nothing."""
    board = ScoreboardFile(tmp_path / "scoreboard.jsonl")
    board.path.write_bytes(
        b'{"model": "a", "questions": 2}\n{"mod\n\xff\xfe\n[1]\n{"model": 3}\n{"model": "a", "values": [], "questions": "x"}\n'
    )
    (found,) = standings(board.rows())
    assert (found.model, found.runs, found.questions) == ("a", 2, 2)


def test_rows_added_at_once_are_all_there(tmp_path: Path) -> None:
    """Two comparisons that end together lose nothing to each other."""
    path = tmp_path / "scoreboard.jsonl"
    threads = [threading.Thread(target=ScoreboardFile(path).add, args=([{"n": n}],)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(row["n"] for row in ScoreboardFile(path).rows()) == list(range(8))


def test_a_folder_that_is_none_is_said(tmp_path: Path) -> None:
    """What cannot be written is an error in words."""
    (tmp_path / "file").write_text("")
    with pytest.raises(LibraryError, match="scoreboard"):
        ScoreboardFile(tmp_path / "file" / "scoreboard.jsonl").add([{}])
