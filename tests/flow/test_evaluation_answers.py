"""`askpapers eval answers` over the starter library: every figure is the one worked out by hand."""

from __future__ import annotations

import json
import signal
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.commands import Askpapers, Done
from tests.judged import lines, put

OVOR, MULTI_LANE, IMPROVNET, BOX = "2402.04129", "2405.15633", "2502.04522", "2204.07600"
SABHARWAL = "2305.14596"
SOURDOUGH = "How long does sourdough bread have to rise?"

# Which papers the answers to these cite has to be beyond doubt, so that the figures test the counting and not the
# chain.
QUESTIONS: tuple[dict[str, Any], ...] = (
    {"id": "n1", "type": "lookup_named", "question": "What is OVOR?", "must_cite": [OVOR], "facts": [["OVOR"], ["xyzzy"]]},
    {"id": "n2", "type": "lookup_named", "question": "What is ImprovNet?", "must_cite": [IMPROVNET, "none"],
     "facts": ["ImprovNet"]},
    {"id": "n3", "type": "lookup_named", "question": SOURDOUGH, "must_cite": [BOX], "facts": [["2204"]]},
    {"id": "c1", "type": "compare", "question": "How does OVOR differ from MULTI-LANE?", "must_cite": [OVOR, MULTI_LANE],
     "facts": [["MULTI-LANE", "MULTILANE"]]},
    {"id": "a1", "type": "aggregate", "question": "papers by Ashish Sabharwal", "must_cite": [SABHARWAL, OVOR]},
    {"id": "a2", "type": "aggregate", "question": "papers by Keshav Bhandari", "must_cite": [IMPROVNET, OVOR, BOX]},
    {"id": "l1", "type": "not_in_library", "question": SOURDOUGH, "abstain": True},
    {"id": "l2", "type": "not_in_library", "question": "What is OVOR?", "abstain": True, "may_cite": [OVOR]},
    {"id": "f1", "type": "follow_up", "turns": ["What is OVOR?", "and its code?"], "must_cite": [OVOR]},
    {"id": "u1", "type": "clarify", "question": "and the second one?", "choices": []},
    {"id": "u2", "type": "clarify", "question": "What is OVOR?", "choices": [OVOR, BOX]},
    {"id": "o1", "type": "my own", "question": "how many papers are there?"},
)  # fmt: skip


@pytest.fixture(scope="module")
def askpapers(starter_folder: Path, model_cache: Path) -> Askpapers:
    return Askpapers(starter_folder, model_cache)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("answers")


@pytest.fixture(scope="module")
def run(askpapers: Askpapers, folder: Path) -> Done:
    """All questions asked once, with every answer kept."""
    put(folder / "questions.jsonl", lines(QUESTIONS))
    keep = folder / "kept.jsonl"
    return askpapers("eval", "answers", folder / "questions.jsonl", "--keep", keep, "--json", "--failures")


# (part, whole) of each share over all questions, by hand, in the order of the questions above.
BY_HAND = {
    "citation_recall": (1 + 1 / 2 + 0 + 1 + 1 / 2 + 1 / 3 + 1, 7),
    "all_cited": (1 + 0 + 0 + 1 + 0 + 0 + 1, 7),
    "first_right": (1 + 1 + 0 + 1 + 1 + 1 + 1, 7),
    "citation_precision": (1 + 1 + 1 + 1 / 2 + 1 + 1 + 1, 7),  # n3 cites nothing, l2 may
    "facts": (1 / 2 + 1 + 0 + 1, 4),
    "facts_in_text": (1 / 2 + 1 + 0 + 1, 4),
    "list_precision": (1 / 2 + 1, 2),
    "list_recall": (1 / 2 + 1 / 3, 2),
    "list_f1": (1 / 2 + 1 / 2, 2),
    "abstain_precision": (1, 2),  # l1 is rightly refused, n3 wrongly
    "abstain_recall": (1, 2),  # l1, not l2
    "wrongly_refused": (1, 8),
    "wrongly_asked_back": (0, 8),
    "asked_or_listed": (1, 2),
    "choices_offered": (1 / 2, 1),
}
COMPARED = ("citation_recall", "facts", "abstain_recall")
BY_TYPE = {
    "lookup_named": (1 / 2, 1 / 2, None),
    "compare": (1, 1, None),
    "aggregate": (5 / 12, None, None),
    "not_in_library": (None, None, 1 / 2),
    "follow_up": (1, None, None),
    "clarify": (None, None, None),
    "my own": (None, None, None),
}


def mean(group: dict[str, Any], measure: str) -> float | None:
    found = group["measures"][measure]
    return None if found is None else found["mean"]


def test_every_share_by_hand(run: Done) -> None:
    """Over all questions each share is the one that adding up by hand gives, of as many questions."""
    every = run.json["all"]
    for name, (part, whole) in BY_HAND.items():
        found = every["measures"][name]
        assert (found["mean"], found["n"]) == (pytest.approx(part / whole, abs=1e-6), whole), name
    assert every["questions"] == 12 and every["failed"] == 0 and run.json["failed"] == []


def test_shares_of_each_type(run: Done) -> None:
    """Each type has its own, in the order in which we name the types, and none where there is nothing to measure."""
    types = run.json["types"]
    assert list(types) == list(BY_TYPE)
    for name, by_hand in BY_TYPE.items():
        expected = tuple(None if value is None else pytest.approx(value, abs=1e-6) for value in by_hand)
        assert tuple(mean(types[name], measure) for measure in COMPARED) == expected, name


def test_what_was_kept(run: Done, folder: Path) -> None:
    """Every answer stands there whole; claims and seconds are those of the answers."""
    kept = [json.loads(line) for line in (folder / "kept.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [row["id"] for row in kept] == [question["id"] for question in QUESTIONS]
    assert kept[3]["answer"]["schema"] == 1 and {OVOR, MULTI_LANE} <= {
        citation["paper"]["id"] for citation in kept[3]["answer"]["citations"]
    }
    verdicts = [claim["verdict"] for row in kept for claim in row["answer"]["claims"]]
    checked = [verdict for verdict in verdicts if verdict != "unchecked"]
    every = run.json["all"]
    assert every["claims"] == {"checked": len(checked), "unchecked": len(verdicts) - len(checked)} and len(checked) > 8
    assert mean(every, "supported") == pytest.approx(checked.count("supported") / len(checked), abs=1e-6)
    seconds = [row["seconds"] for row in kept]
    assert every["seconds"]["p50"] == pytest.approx(statistics.median(seconds), abs=1e-3)
    assert every["seconds"]["p50"] <= every["seconds"]["p95"] <= max(seconds) + 1e-3


def test_what_was_missed(run: Done) -> None:
    """The list names the questions that lack something, and what; a paper that the library lacks is said on stderr."""
    missed = {row["id"]: row["missed"] for row in run.json["failures"]}
    assert {name: missed.pop(name)[0] for name in ("n1", "n2", "a1", "a2", "l2", "u2")} == {
        "n1": "fact not found: xyzzy",
        "n2": "not cited: none",
        "a1": f"not cited: {OVOR}",
        "a2": f"not cited: {OVOR}, {BOX}",
        "l2": "answered, though the library does not say",
        "u2": "answered, listing 1 of 2 papers that may be meant",
    }
    assert missed.pop("n3")[0] == "refused (not_in_library), though the library has an answer"
    assert not missed
    assert "1 of the papers that the questions name are not in the library, and so not found: none" in run.err


def test_tables_for_people(askpapers: Askpapers, tmp_path: Path) -> None:
    """Markdown with the failures below where they are wanted; papers by the ids of another copy of the library; an
    answer that fails is named and the rest goes on."""
    titles = [{"id": "mine", "title": "OVOR: OnePrompt with Virtual Outlier Regularization for Rehearsal-Free "
               "Class-Incremental Learning"}]  # fmt: skip
    asked = [{**QUESTIONS[0], "id": "n9", "facts": []}, {**QUESTIONS[4], "must_cite": [SABHARWAL, "mine"]}]
    put(tmp_path / "questions.jsonl", lines(asked))
    put(tmp_path / "papers.jsonl", lines(titles))
    away = Askpapers(askpapers.folder, askpapers.model_cache, {"LLM_BASE_URL": "http://127.0.0.1:9/v1"})
    options = ("--papers", tmp_path / "papers.jsonl", "--failures", "--llm", "compatible:tiny")
    done = away("eval", "answers", tmp_path / "questions.jsonl", *options)
    assert done.code == 0, done.err
    assert done.out.startswith("**questions.jsonl**: 2 questions, 47 papers, answered by compatible:tiny, embedder ")
    assert "| aggregate | 1 | 50 % | 0 % | 100 % | 50 % |" in done.out
    assert "| lookup_named | 1 | 1 |" in done.out
    assert "- n9 (lookup_named): What is OVOR?\n  - failed: " in done.out
    assert "  - not cited: mine\n  - cited beside: 2210.02406\n" in done.out
    assert "n9 failed: " in done.err and "127.0.0.1:9" in done.err and "are not in the library" not in done.err


def test_the_command_refuses(askpapers: Askpapers, tmp_path: Path) -> None:
    """A bad line is said with its field, and a file that is not ours is not written over, before anything is asked."""
    put(tmp_path / "questions.jsonl", lines([QUESTIONS[0], {**QUESTIONS[0], "id": "n2", "facts": [24.7]}]))
    told = askpapers("eval", "answers", tmp_path / "questions.jsonl").refused()
    assert told.startswith('Line 2 of "') and 'its "facts"' in told
    assert '"nowhere"' in askpapers("eval", "answers", "nowhere").refused()
    put(tmp_path / "questions.jsonl", lines(QUESTIONS[:1]))
    told = askpapers("eval", "answers", tmp_path / "questions.jsonl", "--keep", tmp_path / "questions.jsonl").refused()
    assert "something other" in told


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="no such signal")
def test_an_interrupt_shows_what_there_is(askpapers: Askpapers, tmp_path: Path) -> None:
    """Ctrl-C ends the run with the figures of what was asked until then, of how many, and with its exit code."""
    put(tmp_path / "questions.jsonl", lines([{**QUESTIONS[0], "id": f"q{n}"} for n in range(500)]))
    keep = tmp_path / "kept.jsonl"
    process = askpapers.start("eval", "answers", tmp_path / "questions.jsonl", "--keep", keep, "--json")
    try:
        until = time.monotonic() + 60
        while not (keep.exists() and keep.stat().st_size):
            assert process.poll() is None and time.monotonic() < until
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    except (AssertionError, subprocess.TimeoutExpired):
        process.kill()
        process.communicate()
        raise
    told = json.loads(out)
    assert process.returncode == 130 and "Stopped." in err
    assert told["interrupted"] and told["questions"] == 500 and 1 <= told["asked"] < 500
    assert told["all"]["measures"]["facts"]["mean"] == 0.5
