"""The commands as a script meets them: what stands on stdout, which exit code, what is said when it goes wrong."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.scripted_server import Reply, ScriptedServer

Run = subprocess.CompletedProcess[str]


class Command:
    """Runs `askpapers` as a process of its own."""

    def __init__(self, folder: Path, model_cache: Path) -> None:
        self.folder = folder
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("ASKPAPERS_", "OPENAI_"))}
        self.environment = kept | {
            "ASKPAPERS_DATA_DIR": str(folder / "library"),
            "ASKPAPERS_MODEL_CACHE": str(model_cache),
            "PYTHONPATH": str(ROOT),
        }

    def __call__(self, *arguments: str | Path, **environment: str) -> Run:
        return subprocess.run(
            [sys.executable, "-m", "app", *map(str, arguments)],
            cwd=self.folder,
            env=self.environment | environment,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=120,
        )


@pytest.fixture
def run(tmp_path: Path, starter_folder: Path, model_cache: Path) -> Command:
    """The command over a starter library of its own."""
    shutil.copytree(starter_folder, tmp_path / "library")
    return Command(tmp_path, model_cache)


def the_json(done: Run) -> Any:
    """The one JSON value on stdout."""
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("\n") == 1, "one line, nothing else"
    return json.loads(done.stdout)


def assert_two_lines(done: Run) -> None:
    """Exit code 2, nothing on stdout, what happened and what to do on stderr."""
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.strip().splitlines()) == 2, done.stderr
    assert "Traceback" not in done.stderr


def test_ask_json_schema(run: Command) -> None:
    """`ask --json` prints exactly the published keys."""
    answer = the_json(run("ask", "What does ReprogBERT reprogram?", "--json"))
    assert list(answer) == [
        "schema", "id", "question", "standalone_question", "kind", "status", "reason", "text", "citations", "claims", "evidence",
        "filters", "table", "checked", "choices", "pinned", "excluded", "model", "usage", "reasoning", "notices", "trace",
    ]  # fmt: skip
    assert answer["schema"] == 1 and answer["status"] == "answered" and answer["reason"] is None
    first = answer["citations"][0]
    assert list(first["paper"]) == ["id", "title", "authors", "year", "url", "flags"]
    assert first["paper"]["id"] == "2210.07144"
    (evidence,) = [e for e in answer["evidence"] if e["marker"] == first["marker"]]
    assert list(evidence) == ["marker", "paper_id", "chunk_id", "score", "text", "flags"]
    for quote in first["quotes"]:
        assert evidence["text"][quote["start"] : quote["end"]] == quote["text"]
    assert {c["verdict"] for c in answer["claims"]} == {"supported"}
    assert answer["model"]["provider"] == "extractive"


def test_a_conversation_over_files(run: Command) -> None:
    """An answer printed with --json is history for the next question; markers keep their papers."""
    first = the_json(run("ask", "How does OVOR differ from MULTI-LANE?", "--json"))
    (run.folder / "turns.json").write_text(json.dumps([first]), encoding="utf-8")
    second = the_json(run("ask", "and the code of the second one?", "--history", "turns.json", "--json"))
    assert second["citations"][0]["paper"]["id"] == "2405.15633"
    assert second["citations"][0]["marker"] == first["citations"][1]["marker"]
    assert "MULTI-LANE" in second["standalone_question"]


def test_search_json(run: Command) -> None:
    """`search --json` gives rank, score, paper and which retriever found it where, best first."""
    found = the_json(run("search", "sparse attention for long prompts", "-k", "5", "--json"))
    assert [hit["rank"] for hit in found] == [1, 2, 3, 4, 5]
    assert found[0]["paper"]["id"] == "2502.20766"
    assert set(found[0]["found_by"]) <= {"dense", "keyword"} and found[0]["found_by"]
    scores = [hit["score"] for hit in found]
    assert scores == sorted(scores, reverse=True)


def test_ingest_json_and_library(run: Command) -> None:
    """A file with one good and one bad line: the report counts both, the library shows the good one."""
    good = {
        "id": "2501.00001",
        "title": "Kites over Data",
        "abstract": "We fly kites over data and count them.",
        "year": 2025,
    }
    (run.folder / "two.jsonl").write_text(json.dumps(good) + '\n{"title": "no abstract"}\n', encoding="utf-8")
    report = the_json(run("ingest", "two.jsonl", "--json"))
    assert (report["new"], report["total_in_library"]) == (1, 48)
    assert [(bad["line"], bad["reason"]) for bad in report["bad"]] == [(2, "it has no abstract")]
    assert the_json(run("library", "show", "2501.00001", "--json"))["title"] == "Kites over Data"
    assert the_json(run("library", "stats", "--json"))["papers"] == 48
    assert len(run("library", "list", "--json").stdout.splitlines()) == 48


def test_doctor(run: Command) -> None:
    """`doctor` says ok for every part of a healthy library."""
    done = run("doctor")
    assert done.returncode == 0, done.stdout
    assert [line.split(":")[0] for line in done.stdout.splitlines()] == [
        "ok   embedder", "ok   library", "ok   tokens", "ok   chat model",
    ]  # fmt: skip


def test_doctor_names_a_dead_server(run: Command) -> None:
    """A model server that is not there is a FAIL with its address and a hint, and exit code 2."""
    done = run("doctor", ASKPAPERS_LLM_BASE_URL="http://127.0.0.1:9/v1", ASKPAPERS_LLM="compatible:tiny")
    assert done.returncode == 2
    assert "FAIL chat model" in done.stdout and "127.0.0.1:9" in done.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ["ask", "   "],
        ["ask", "what?", "--history", "nowhere.json"],
        ["ask", "what?", "--llm", "nobody:knows"],
        ["ingest", "nowhere.jsonl"],
        ["library", "show", "0000.00000"],
        ["batch", "nowhere.jsonl", "--out", "out.jsonl"],
    ],
    ids=" ".join,
)
def test_what_a_person_can_fix(run: Command, arguments: list[str]) -> None:
    """Each says in two lines what is wrong and what to do, with exit code 2."""
    assert_two_lines(run(*arguments))


def test_a_bad_setting_is_named(run: Command) -> None:
    """The variable and its value stand in the message."""
    done = run("ask", "what is OVOR?", ASKPAPERS_PORT="many")
    assert_two_lines(done)
    assert "ASKPAPERS_PORT" in done.stderr and '"many"' in done.stderr


def test_ask_with_a_model(run: Command) -> None:
    """With a server configured the answer is the model's, cited and checked."""
    with ScriptedServer() as server:
        server.enqueue(
            Reply(text="OVOR uses virtual outliers to tighten decision boundaries [1]. It won 12 prizes [1].")
        )
        done = run(
            "ask", "What does OVOR use?", "--json", ASKPAPERS_LLM="compatible:tiny", ASKPAPERS_LLM_BASE_URL=server.url
        )
    answer = the_json(done)
    assert answer["model"] == {"provider": "compatible", "name": "tiny"}
    assert [claim["verdict"] for claim in answer["claims"]] == ["supported", "unsupported"]
    assert any("12" in problem for problem in answer["claims"][1]["problems"])


def test_a_failing_model_is_said(run: Command) -> None:
    """A server that refuses is an error in words, not an empty answer."""
    with ScriptedServer() as server:
        server.enqueue(Reply(status=401, body={"error": {"message": "Invalid API Key", "code": 401}}))
        done = run("ask", "What is OVOR?", ASKPAPERS_LLM="compatible:tiny", ASKPAPERS_LLM_BASE_URL=server.url)
    assert_two_lines(done)


def test_batch(run: Command) -> None:
    """`batch` writes one answer a line in input order, bad lines included, and skips what is there on a second run."""
    lines = [
        '{"id": "a", "question": "What is OVOR?"}',
        "not json",
        '{"id": "c", "turns": ["What is TAME?", "and its code?"]}',
    ]
    (run.folder / "in.jsonl").write_text("\n".join(lines), encoding="utf-8")
    assert run("batch", "in.jsonl", "--out", "out.jsonl").returncode == 0
    text = (run.folder / "out.jsonl").read_text(encoding="utf-8")
    answers = [json.loads(line) for line in text.splitlines()]
    assert [a["id"] for a in answers] == ["a", "line 2", "c"]
    assert "error" in answers[1] and answers[2]["question"] == "and its code?"
    again = run("batch", "in.jsonl", "--out", "out.jsonl")
    assert "3 were there already" in again.stderr
    assert (run.folder / "out.jsonl").read_text(encoding="utf-8") == text


def test_help_needs_no_library(run: Command) -> None:
    """--version and --help work without opening anything."""
    assert run("--version").stdout.startswith("askpapers, version ")
    assert "Usage: " in run("ask", "--help").stdout


def test_ask_refuses_a_table_it_cannot_write(run: Command, tmp_path: Path) -> None:
    """A file of another kind is refused before anything is asked; an answer that compares nothing writes none."""
    refused = run("ask", "What is OVOR?", "--table", str(tmp_path / "t.xlsx"))
    assert_two_lines(refused)
    assert ".csv, .md or .tex" in refused.stderr
    done = run("ask", "What is OVOR?", "--table", str(tmp_path / "t.csv"))
    assert done.returncode == 0 and "No table was written" in done.stderr and not (tmp_path / "t.csv").exists()
