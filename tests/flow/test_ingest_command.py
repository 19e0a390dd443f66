"""`askpapers ingest` as a person meets it: rehearsed, stopped, with one JSON object, with and without vectors."""

from __future__ import annotations

import hashlib
import json
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.commands import Askpapers
from tests.embedding_server import EmbeddingServer, Reply

REFUSED = Reply(400, {"error": {"message": "the pond is frozen"}})


@pytest.fixture
def server() -> Iterator[EmbeddingServer]:
    """A server with an embedding model, which takes milliseconds where the real one takes seconds."""
    with EmbeddingServer() as opened:
        yield opened


@pytest.fixture
def askpapers(server: EmbeddingServer, tmp_path: Path, model_cache: Path) -> Askpapers:
    """The command over a library that is not there yet."""
    settings = {"EMBEDDER": "compatible:newt-embed", "EMBEDDER_BASE_URL": server.openai_url}
    return Askpapers(tmp_path / "data" / "library", model_cache, settings)


def papers(folder: Path, *numbers: int, name: str = "papers.jsonl", bad: bool = False) -> Path:
    """A file of papers, with a line that is none if `bad`."""
    lines = [json.dumps({"title": f"On newt {n}", "abstract": f"We count newt {n} of the pond."}) for n in numbers]
    path = folder / name
    path.write_text("\n".join(lines + ["broken"] * bad) + "\n", encoding="utf-8")
    return path


def tree(folder: Path) -> dict[str, str]:
    """Every file and folder below, with what the files hold."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "folder"
        for path in folder.rglob("*")
    }


def test_a_rehearsal_before_there_is_a_library(askpapers: Askpapers, tmp_path: Path) -> None:
    """It counts papers, bad records, tokens and time, and leaves no file and no folder."""
    path = papers(tmp_path, 1, 2, 3, bad=True)
    before = tree(tmp_path)
    done = askpapers("ingest", path, "--dry-run")
    assert tree(tmp_path) == before
    first, second, third = done.out.splitlines()
    assert first == "Would store 3 new, 0 changed; 0 unchanged; 1 set aside. The library holds 0 papers."
    assert second.endswith("on this computer.") and "tokens to embed, about " in second
    assert f"{path}, line 4: it is not valid JSON" in third
    report = askpapers("ingest", path, "--dry-run", "--json").json
    assert (report["new"], report["total_in_library"], len(report["bad"])) == (3, 0, 1)
    assert report["tokens"] > 30 and report["embed_seconds"] >= 0 and report["set_aside"] == []
    assert tree(tmp_path) == before


def test_more_bad_records_than_are_listed(
    askpapers: Askpapers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All are counted; a file names all with line and reason, and the report says where it is. A rehearsal has none."""
    monkeypatch.setattr("ingest.bad_list.MOST_LISTED", 8)
    monkeypatch.setattr("app.cli.ingest._SHOWN", 2)
    path = tmp_path / "papers.jsonl"
    path.write_text('{"title": "Newts"}\n' * 20, encoding="utf-8")
    assert "... and 18 more; --json lists the first 8" in askpapers("ingest", path, "--dry-run").out
    report = askpapers("ingest", path, "--no-embed", "--json").json
    assert (report["read"], len(report["bad"]), report["bad_more"]) == (20, 8, 12)
    listed = Path(report["bad_list"]).read_text(encoding="utf-8").splitlines()
    assert [line.split("\t")[:2] for line in listed] == [[str(path), str(n)] for n in range(1, 21)]
    assert all("abstract" in line.split("\t")[2] for line in listed)
    said = askpapers("ingest", path, "--no-embed").out
    assert "20 set aside" in said and f"... and 18 more, see {report['bad_list']}\n" in said


def test_a_rehearsal_beside_a_library(askpapers: Askpapers, tmp_path: Path) -> None:
    """It tells new, changed, unchanged and repeated as the run itself then does, and changes no byte of the library."""
    askpapers("ingest", papers(tmp_path, 1, 2, 3))
    (tmp_path / "more.jsonl").write_text(
        '{"title": "On newt 1", "abstract": "Other words."}\n{"title": "On newt 2", "abstract": "We count newt 2 of the '
        'pond."}\n{"title": "On olms", "abstract": "We count olms."}\n{"title": "On olms", "abstract": "We count olms."}\n'
    )
    before = tree(tmp_path)
    rehearsed = askpapers("ingest", tmp_path / "more.jsonl", "--dry-run", "--json").json
    assert tree(tmp_path) == before
    assert rehearsed["total_in_library"] == 3 and rehearsed["dense_index"] == {"embedded": 3, "papers": 3}
    done = askpapers("ingest", tmp_path / "more.jsonl", "--json").json
    for count in ("new", "changed", "unchanged", "repeated"):
        assert rehearsed[count] == done[count] == 1
    assert done["dense_index"] == {"embedded": 4, "papers": 4} and done["tokens"] is None


def test_a_rehearsal_without_an_embedder(askpapers: Askpapers, server: EmbeddingServer, tmp_path: Path) -> None:
    """When the embedder cannot be asked, the counts are there all the same, and why there is no time."""
    server.enqueue(*[REFUSED] * 20)
    done = askpapers("ingest", papers(tmp_path, 1, 2), "--dry-run", "--json")
    assert done.json["new"] == 2 and done.json["tokens"] is None and done.json["embed_seconds"] is None
    assert "How long embedding takes cannot be told" in done.err and "the pond is frozen" in done.err


def test_without_vectors_and_then_with(askpapers: Askpapers, server: EmbeddingServer, tmp_path: Path) -> None:
    """`--no-embed` asks no embedder; the papers are found by words and it is said so; `library embed` makes the rest."""
    done = askpapers("ingest", papers(tmp_path, 1, 2), "--no-embed")
    assert done.out.splitlines()[-1] == "dense index 0 %."
    assert server.asked == []
    found = askpapers("search", "newt 2")
    assert "1. On newt 2" in found.out
    assert "dense index 0 %: papers not in it yet are found by their words only." in found.err
    assert "dense index 0 %" in askpapers("ask", "What do we count of newt 2?").err
    assert "dense index 0 %" in askpapers("library", "stats").out
    assert askpapers("library", "embed").out == "dense index 100 %.\n"
    assert askpapers("search", "newt 2").err == ""


def test_vectors_that_fail(askpapers: Askpapers, server: EmbeddingServer, tmp_path: Path) -> None:
    """The report is printed, as text or as one JSON object, before the embedder's error; the papers are stored."""
    server.enqueue(*[REFUSED] * 9)
    done = askpapers("ingest", papers(tmp_path, 1, 2), "--json")
    assert done.code == 2 and json.loads(done.out)["new"] == 2
    assert "the pond is frozen" in done.err
    server._queue.clear()
    server.enqueue(*[REFUSED] * 9)
    done = askpapers("ingest", papers(tmp_path, 3, name="c.jsonl"))
    assert done.code == 2 and "Stored 1 new" in done.out
    assert "the pond is frozen" in done.err and "askpapers library embed" in done.err
    server._queue.clear()
    assert askpapers("library", "embed").out == "dense index 100 %.\n"
    assert askpapers("library", "stats", "--json").json["papers"] == 3


def test_stopped_while_reading(askpapers: Askpapers, tmp_path: Path) -> None:
    """Ctrl-C keeps what was reported and says how to go on; the same command then stores the rest, each paper once."""
    total = 6_000
    path = papers(tmp_path, *range(total))
    process = askpapers.start("ingest", "-", "--no-embed", stdin=subprocess.PIPE)
    assert process.stdin
    # The input stays open, so that however fast the machine is the command is still reading when it is stopped.
    process.stdin.write(path.read_text(encoding="utf-8"))
    process.stdin.flush()
    catalogue = askpapers.folder / "catalogue.sqlite"
    waited = time.monotonic() + 60
    # The file itself grows only now and then, what is to go into it at once.
    while (
        sum(f.stat().st_size for f in catalogue.parent.glob("catalogue.sqlite*")) < 500_000
        and time.monotonic() < waited
    ):
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130 and out == ""
    assert "Stopped. The library holds" in err and "Run the same command again" in err
    assert "Traceback" not in err
    stored = askpapers("library", "stats", "--json").json["papers"]
    assert 0 < stored <= total
    assert f"holds {stored} papers" in err
    assert askpapers("library", "verify").code == 0
    again = askpapers("ingest", path, "--no-embed", "--json").json
    assert again["new"] == total - stored and again["unchanged"] == stored


@pytest.mark.slow
def test_stopped_while_embedding(askpapers: Askpapers, server: EmbeddingServer, tmp_path: Path) -> None:
    """Ctrl-C keeps the vectors made so far, says how whole the index is and how to go on."""
    server.enqueue(*[lambda rows: time.sleep(0.2) or rows] * 60)  # type: ignore[func-returns-value]
    process = askpapers.start("ingest", papers(tmp_path, *range(1000)))
    waited = time.monotonic() + 60
    while len(server.asked) < 8 and time.monotonic() < waited:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Stored 1000 new" in out
    assert "go on with: askpapers library embed" in err and "Traceback" not in err
    server._queue.clear()
    asked = sum(server.sizes)
    dense = askpapers("library", "stats", "--json").json["dense_index"]
    assert 0 < dense["embedded"] < dense["papers"] == 1000
    assert askpapers("library", "embed").out == "dense index 100 %.\n"
    assert sum(server.sizes) - asked <= 1000 - dense["embedded"] + 1


def test_progress_on_a_terminal(
    askpapers: Askpapers, server: EmbeddingServer, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """The progress says how far it is and how long it will take, on stderr."""
    from app.cli.progress import ProgressLine, duration

    line = ProgressLine()
    line._terminal = True
    line.read(1200, None, "papers read")
    line.embedded(620, 1000, 75.0)
    line.embedded(640, 1000, None)
    line.end()
    out, err = capfd.readouterr()
    assert out == ""
    parts = [part.strip() for part in err.split("\r")]
    assert parts == [
        "",
        "1,200 papers read",
        "dense index 62 % (620 of 1,000 papers), about 75 seconds left",
        "dense index 64 % (640 of 1,000 papers), made by another askpapers",
    ]
    assert [duration(s) for s in (0.4, 89, 600, 9000)] == ["0 seconds", "89 seconds", "10 minutes", "2.5 hours"]
