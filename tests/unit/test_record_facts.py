"""Questions that records answer: authors, dates, venues, an author's papers, papers of a year."""

from __future__ import annotations

import pytest

from app.bootstrap import Service
from app.chat.record_facts import asked_facts, author_asked, dated, papers_of, told
from app.core.domain import Paper
from tests.conversation import ask

OLD = Paper("1", "Old", "Text.", ("Jun Wang", "Ada Lind"), 2019, published="2019-05-01")
MID = Paper("2", "Mid", "Text.", ("Wang, Jing",), 2021, venue="ACL 2021")
NEW = Paper("3", "New", "Text.", ("J. Wang",), 2023, published="2023-01-02")
BARE = Paper("4", "Bare", "Text.")
ALL = {paper.id: paper for paper in (OLD, MID, NEW, BARE)}


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


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("papers by Jun Wang", "Jun Wang"),
        ("Which papers are written by Pin-Yu Chen?", "Pin-Yu Chen"),
        ("what has Colin Raffel published", "Colin Raffel"),
        ("papers by Raffel on transfer learning", None),
        ("papers from the medical field", None),
    ],
)
def test_author_asked(question: str, name: str | None) -> None:
    """The author is read from the question only if it asks for nothing else."""
    assert author_asked(question) == name


def test_given_names_count() -> None:
    """Jun Wang is also J. Wang, but neither Jing nor Junjie Wang; a bare surname is everybody's."""
    assert [p.id for p in papers_of("Jun Wang", ALL)] == ["3", "1"]
    assert [p.id for p in papers_of("Wang", ALL)] == ["3", "2", "1"]


def test_dated() -> None:
    """Years are met as the preposition says; other questions are left alone."""

    def ids(question: str) -> list[str] | None:
        found = dated(question, ALL.values)
        return None if found is None else [paper.id for paper in found[1]]

    assert ids("show me all papers from 2021") == ["2"]
    assert ids("papers since 2021?") == ["3", "2"]
    assert ids("papers before 2021") == ["1"]
    assert ids("what are the newest papers here?") == ["3", "2", "1"]
    assert ids("papers from 2021 on pruning") is None


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
