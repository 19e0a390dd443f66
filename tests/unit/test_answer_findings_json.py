"""Tables, verdicts and choices of an answer as JSON, and what a history brings back of them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from app.core.domain import Answer, ModelInfo
from app.core.errors import InputError
from app.core.findings import NOT_STATED, Cell, Choice, Comparison, LibraryCheck, PaperVerdict, Row
from app.core.papers import PaperRef, Quote
from app.ui.answer_json import answer_to_json, turns_from_json

REF = PaperRef("p1", "A title")
QUOTE = Quote("It is good.", 5, 16)


def answer(**more: Any) -> Answer:
    return Answer("Q", "Q", "compare", "answered", "A", ModelInfo("extractive", "quotes"), **more)


def test_a_table_has_its_cells_and_their_quotes() -> None:
    """A cell without quotes says that nothing is stated."""
    row = Row(1, REF, "T", (Cell("“It is good.”", (QUOTE,)), Cell()))
    table = answer_to_json(answer(table=Comparison(("results", "data"), (row,))))["table"]
    assert json.loads(json.dumps(table)) == table
    assert table["aspects"] == ["results", "data"]
    assert (table["rows"][0]["marker"], table["rows"][0]["label"], table["rows"][0]["paper"]["id"]) == (1, "T", "p1")
    assert table["rows"][0]["cells"] == [
        {"text": "“It is good.”", "quotes": [{"text": "It is good.", "start": 5, "end": 16}]},
        {"text": NOT_STATED, "quotes": []},
    ]


def test_a_look_through_the_library_has_its_verdicts() -> None:
    """How far it went, and each paper's verdict with its quotes."""
    check = LibraryCheck((PaperVerdict(REF, "yes", (QUOTE,), 1), PaperVerdict(REF, "no")), 2, 3, 47)
    value = answer_to_json(answer(checked=check))["checked"]
    assert {key: value[key] for key in ("checked", "candidates", "papers", "by")} == {
        "checked": 2,
        "candidates": 3,
        "papers": 47,
        "by": "rule",
    }
    assert [(v["verdict"], v["marker"], len(v["quotes"])) for v in value["verdicts"]] == [
        ("yes", 1, 1),
        ("no", None, 0),
    ]


def test_a_history_brings_choices_and_pins_back() -> None:
    """What was asked back, pinned and excluded is known to the next question."""
    choices = (Choice("One", "What is one?", 1), Choice("Two", "Two?"))
    done = replace(answer(id="a1", choices=choices, pinned=("p1",), excluded=("p2",)), status="clarify")
    value = json.loads(json.dumps(answer_to_json(done)))
    assert value["id"] == "a1"
    assert turns_from_json(value) == (done.as_turn(),) and done.as_turn().choices == choices


def test_what_an_answer_offers_beside_it_is_no_question_back() -> None:
    """ "The second one" after it is not the second of these."""
    done = replace(answer(choices=(Choice("One", "What is one?", 1),)), status="answered")
    assert turns_from_json(json.loads(json.dumps(answer_to_json(done)))) == (done.as_turn(),)
    assert done.as_turn().choices == ()


@pytest.mark.parametrize("bad", [{"pinned": "p1"}, {"excluded": [1]}, {"choices": [{"text": "T"}]}, {"choices": ["T"]}])
def test_a_broken_history_is_refused(bad: dict[str, Any]) -> None:
    """The entry that cannot be used is named."""
    with pytest.raises(InputError, match="entry 0|Entry 0"):
        turns_from_json({"question": "Q", "text": "A", **bad})
