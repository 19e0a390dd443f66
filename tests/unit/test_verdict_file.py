"""The file that keeps verdicts: it may forget, and never fails."""

from __future__ import annotations

from pathlib import Path

from app.adapters.verdict_file import VerdictFile
from app.core.verdicts import KeptVerdict

YES, NO = KeptVerdict("yes", ((3, 9),)), KeptVerdict("no")


def test_kept_for_the_same_question_and_text(tmp_path: Path) -> None:
    """Another question, another engine or a changed abstract is a miss; another process finds what was kept."""
    cache = VerdictFile(tmp_path / "verdicts.sqlite")
    cache.put("code, tiny", {"k1": YES, "k2": NO})
    assert cache.get("code, tiny", ["k2", "k1", "k3"]) == {"k1": YES, "k2": NO}
    assert cache.get("code, large", ["k1"]) == {}
    cache.close()
    other = VerdictFile(tmp_path / "verdicts.sqlite")
    assert other.get("code, tiny", ["k1"]) == {"k1": YES}
    other.close()


def test_nothing_is_written_before_something_is_kept(tmp_path: Path) -> None:
    """Looking something up makes no file."""
    cache = VerdictFile(tmp_path / "verdicts.sqlite")
    assert cache.get("code", ["k"]) == {} and not list(tmp_path.iterdir())


def test_the_oldest_go(tmp_path: Path) -> None:
    """It never grows beyond its bound, and keeps the newest."""
    cache = VerdictFile(tmp_path / "verdicts.sqlite", most=10)
    for number in range(40):
        cache.put("code", {f"k{number}": NO})
    kept = cache.get("code", [f"k{number}" for number in range(40)])
    assert 0 < len(kept) <= 10 and "k39" in kept and "k0" not in kept
    cache.close()


def test_a_damaged_file_keeps_nothing(tmp_path: Path) -> None:
    """Neither a damaged file nor a folder in its place nor nonsense in it is an error."""
    (tmp_path / "bad.sqlite").write_bytes(b"this is no database" * 100)
    (tmp_path / "folder.sqlite").mkdir()
    for name in ("bad.sqlite", "folder.sqlite"):
        cache = VerdictFile(tmp_path / name)
        cache.put("code", {"k": YES})
        assert cache.get("code", ["k"]) == {}
        cache.close()


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    """Where nothing can be written, nothing is kept."""
    (tmp_path / "file").write_text("x")
    cache = VerdictFile(tmp_path / "file" / "verdicts.sqlite")
    cache.put("code", {"k": YES})
    assert cache.get("code", ["k"]) == {}
    cache.close()


def test_spans_that_are_no_spans(tmp_path: Path) -> None:
    """What another program wrote into it is not believed."""
    import sqlite3

    cache = VerdictFile(tmp_path / "verdicts.sqlite")
    cache.put("code", {"k": YES})
    cache.close()
    db = sqlite3.connect(tmp_path / "verdicts.sqlite")
    with db:
        db.execute("UPDATE verdicts SET spans = '[1, \"x\"]'")
    db.close()
    again = VerdictFile(tmp_path / "verdicts.sqlite")
    assert again.get("code", ["k"]) == {}
    again.close()
