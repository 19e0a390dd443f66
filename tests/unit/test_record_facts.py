"""Questions that a paper's record answers: its authors, its date, its venue."""

from __future__ import annotations

import pytest

from app.bootstrap import Service
from app.chat.record_facts import asked_facts, told
from app.core.domain import Paper
from tests.conversation import ask

MID = Paper("2", "Mid", "Text.", ("Wang, Jing",), 2021, venue="ACL 2021")
BARE = Paper("4", "Bare", "Text.")


@pytest.mark.parametrize(
    "question",
    ["Who wrote OVOR?", "who are the authors of ReprogBERT", "the authors?", "Who is the first author of X?"],
)
def test_asks_for_authors(question: str) -> None:
    """Questions for authors are recognised in the ways people ask them."""
    assert asked_facts(question, ("OVOR", "ReprogBERT", "X")).authors


@pytest.mark.parametrize(
    "question",
    [
        "Who introduced OVOR and how does it work?",
        "In which year range were the reviewed papers published, 244 of them?",
        "What does OVOR do?",
        "who benefits from AnyTaskTune?",
        "When is task hinting useful?",
        "where does RoHM fail?",
    ],
)
def test_asks_for_content(question: str) -> None:
    """Who, when and where also ask for what the abstract says."""
    assert not asked_facts(question, ("OVOR", "AnyTaskTune", "RoHM"))


def test_told_says_what_is_missing() -> None:
    """Known facts are told, unknown ones are said to be unknown."""
    asked = asked_facts("who wrote it and in which year, at what venue?")
    assert told(asked, MID) == "“Mid” is by Wang, Jing and is from 2021 and appeared at ACL 2021."
    assert told(asked, BARE).startswith("Of “Bare” the record does not say its authors")


def test_answered_without_a_model(starter: Service) -> None:
    """The chain answers from the record, cites the paper, and claims what the record says."""
    answer = ask(starter, "Who wrote OVOR?")
    assert "Wei-Cheng Huang, Chun-Fu Chen and Hsiang Hsu" in answer.text
    assert [c.paper.id for c in answer.citations] == ["2402.04129"]
    assert answer.status == "answered" and answer.claims[0].verdict == "supported"


def test_follow_up_for_authors(starter: Service) -> None:
    """ "who are the authors?" after a question on a paper means that paper's."""
    answer = ask(starter, "What is OVOR?", "who are the authors?")
    assert [c.paper.id for c in answer.citations] == ["2402.04129"]
    assert "Hsiang Hsu" in answer.text
