"""Files of judged questions: what they may hold, bad lines said with line and field, and which papers they mean."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from app.adapters.catalogue import SqliteCatalogue
from app.core.domain import Paper
from app.core.errors import InputError
from app.evaluation.paper_names import names_of, read_titles
from app.evaluation.questions import JudgedQuestion, read_questions
from tests.judged import lines, put

PLAIN = {"id": "q1", "type": "own", "question": "What is a kite?"}


def written(path: Path, text: str) -> Path:
    """A file of this text."""
    put(path, text)
    return path


def refused(path: Path) -> str:
    """The two lines a person gets."""
    with pytest.raises(InputError) as caught:
        read_questions(path)
    return f"{caught.value}\n{caught.value.hint}"


@pytest.mark.parametrize("name", ["questions.jsonl", "questions.jsonl.gz"])
def test_all_fields(tmp_path: Path, name: str) -> None:
    """Every field is read; a fact may be one wording or several; what is not ours is passed over."""
    row = {
        "id": "q1",
        "type": "follow_up",
        "turns": ["What is a kite?", "and its tail?"],
        "must_cite": ["p1", "p1"],
        "may_cite": ["p2"],
        "facts": [["24.7"], "jazz", ["big", "large"]],
        "abstain": False,
        "choices": ["p3"],
        "author": "me",
    }
    put(tmp_path / "questions.jsonl", lines([row, {**PLAIN, "id": "q2", "abstain": True}]), name.endswith("gz"))
    first, second = read_questions(tmp_path / name)
    assert first == JudgedQuestion(
        "q1",
        "follow_up",
        ("What is a kite?", "and its tail?"),
        ("p1",),
        ("p2",),
        (("24.7",), ("jazz",), ("big", "large")),
        False,
        ("p3",),
    )
    assert first.answerable and not second.answerable and second.abstain


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"id": None}, '"id" is no text'),
        ({"id": " "}, '"id" is no text'),
        ({"type": 5}, '"type" is no text: "5"'),
        ({"question": ""}, '"question" is no text'),
        ({"question": ["What?"]}, '"question" is no text'),
        ({"turns": ["What?"]}, '"turns" stands beside a "question"'),
        ({"must_cite": "p1"}, '"must_cite" is no list of ids: "p1"'),
        ({"must_cite": 0}, '"must_cite" is no list of ids: "0"'),
        ({"may_cite": [1]}, '"may_cite" is no list of ids'),
        ({"choices": [""]}, '"choices" is no list of ids'),
        ({"facts": "24"}, '"facts" is no list'),
        ({"facts": [[]]}, '"facts" is no list'),
        ({"facts": [24.7]}, '"facts" is no list'),
        ({"facts": [["24"], ["%"]]}, '"facts" holds "%"'),
        ({"abstain": "no"}, '"abstain" is neither true nor false: "no"'),
        ({"must_cites": ["p1"]}, '"must_cites" is no field: "must_cite" may be meant'),
    ],
)
def test_a_bad_field(tmp_path: Path, change: dict[str, Any], said: str) -> None:
    """The error names file, line and field, shows the value and says what to write."""
    path = written(tmp_path / "questions.jsonl", lines([PLAIN, {**PLAIN, "id": "q2", **change}]))
    told = refused(path)
    assert told.startswith(f'Line 2 of "{path}" cannot be used: its ') and said in told
    assert len(told.splitlines()) == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (lines([{"id": "q1", "type": "own"}]), 'Line 1 of "{path}" cannot be used: its "question" is missing'),
        (lines([{"id": "q1", "type": "own", "turns": []}]), '"turns" is no list of texts'),
        (lines([PLAIN, PLAIN]), 'Line 2 of "{path}" cannot be used: its "id" is "q1", as on a line before'),
        (lines([PLAIN]) + "{", 'Line 2 of "{path}" cannot be used: it is not JSON'),
        ("[]\n", 'Line 1 of "{path}" cannot be used: it is no JSON object'),
        ("\n", '"{path}" holds no questions'),
    ],
)
def test_a_bad_file(tmp_path: Path, text: str, said: str) -> None:
    """What is missing, doubled, no JSON or nothing at all is said too; so is a file that is not there."""
    path = written(tmp_path / "questions.jsonl", text)
    assert said.format(path=path) in refused(path)
    assert "cannot be read" in refused(tmp_path / "nowhere.jsonl")


# --- the papers they name -----------------------------------------------------------------------------------------


@pytest.fixture
def store(tmp_path: Path) -> SqliteCatalogue:
    """A library of two papers, one of which has no id of its own."""
    catalogue = SqliteCatalogue(tmp_path / "catalogue.sqlite")
    catalogue.write([Paper("p1", "On Kites", "Kites rise."), Paper("title:00", "Lanterns: A Survey", "They glow.")])
    return catalogue


def test_papers_of_another_id(store: SqliteCatalogue) -> None:
    """A paper is named by its id, by its title, or by the id another file gives to its title; what is none is told."""
    by_title = names_of(["p1", "lanterns -- a survey", "p9"], store, {})
    assert (by_title.called, by_title.absent) == ({"title:00": "lanterns -- a survey"}, ("p9",))
    by_id = names_of(
        ["p1", "2101.00001", "p9"], store, {"2101.00001": "Lanterns: A Survey", "p1": "Lanterns: A Survey"}
    )
    assert (by_id.called, by_id.absent) == ({"title:00": "2101.00001"}, ("p9",))


def test_a_file_of_titles(tmp_path: Path) -> None:
    """Ids and titles are read; a line without one of them is said."""
    path = written(tmp_path / "papers.jsonl", lines([{"id": "p1", "title": "On Kites", "year": 2020}]))
    assert read_titles(path) == {"p1": "On Kites"}
    put(path, json.dumps({"id": "p1"}))
    with pytest.raises(InputError, match='its "title" is no text'):
        read_titles(path)
