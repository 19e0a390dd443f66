"""Verdicts by rule, one kind of property at a time, on invented abstracts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.chat.checking import rule
from app.chat.checking.asked import property_of
from app.chat.library_view import LibraryView
from app.core.domain import Paper
from tests.invented_library import view_of

PAPERS = {
    "code": "We teach newts to hop. Our code is available at https://github.com/pond/newts.",
    "used": "We build on a publicly available model of others. Newts swim well.",
    "soon": "Frogs are hard to count. The implementation will be released soon.",
    "data": "We introduce PondBench, a benchmark of 300 puddles. Toads fail on it.",
    "survey": "This survey reviews ninety works on toads. Open questions are named.",
    "percent": "ToadNet hops 12.5% farther than before. It sleeps less.",
    "best": "ToadNet sets a new state of the art in hopping. It is small.",
    "near": "Our results are comparable to the state of the art. We reach them slowly.",
    "free": "Our counter of frogs works without any additional training. It is quick.",
    "lifelong": "We study lifelong learning in caves. Salamanders forget nothing.",
    "aside": "Recently, lifelong learning has been popular. Newts are not concerned by it.",
    "cifar": "We test on CIFAR100 and on photographs of ponds.",
    "cifar10": "We test on CIFAR-10 only.",
    "plain": "Salamanders sleep in caves all day.",
}


@pytest.fixture
def view(tmp_path: Path) -> Iterator[LibraryView]:
    view = view_of(tmp_path, [Paper(key, f"On {key} things", text) for key, text in PAPERS.items()])
    yield view
    view.store.close()  # type: ignore[attr-defined]


def verdicts(view: LibraryView, question: str) -> dict[str, rule.Seen]:
    asked = property_of(question)
    tests = rule.tests_of(asked, view.keyword)
    return {
        paper.id: rule.together(asked, [rule.look(test, paper, view.keyword) for test in tests])
        for paper in view.store.papers()
    }


def yes(view: LibraryView, question: str) -> set[str]:
    return {paper for paper, seen in verdicts(view, question).items() if seen.stance == "yes"}


@pytest.mark.parametrize(
    ("question", "papers"),
    [
        ("Which papers release code?", {"code", "soon"}),
        ("Which papers link to a GitHub repository?", {"code"}),
        ("Which papers introduce a benchmark?", {"data"}),
        ("Which papers are surveys?", {"survey"}),
        ("Which papers give a percentage?", {"percent"}),
        ("Which papers claim a state of the art?", {"best"}),
        ("Which papers work without training?", {"free"}),
        ("Which papers are about continual learning?", {"lifelong"}),
        ("Which papers evaluate on CIFAR-100?", {"cifar"}),
        ("Which papers deal with newts?", {"code", "used", "aside"}),
        ("Which papers treat toads or frogs?", {"data", "survey", "soon", "free"}),
        ("Which papers deal with newts and release code?", {"code"}),
        ("Which papers are about quantum computing?", set()),
    ],
)
def test_each_kind(view: LibraryView, question: str, papers: set[str]) -> None:
    """Exactly the papers that say so."""
    assert yes(view, question) == papers


def test_every_yes_has_its_sentence(view: LibraryView) -> None:
    """The sentence is the abstract's own, letter by letter."""
    for paper, seen in verdicts(view, "Which papers deal with newts?").items():
        if seen.stance == "yes":
            assert seen.sentence is not None
            assert PAPERS[paper][seen.sentence.start : seen.sentence.end] == seen.sentence.text


def test_the_turned_question_gives_the_others(view: LibraryView) -> None:
    """A paper either says it or does not; what it does not say has no sentence."""
    says, silent = yes(view, "Which papers release code?"), verdicts(view, "Which papers do not release code?")
    assert {paper for paper, seen in silent.items() if seen.stance == "yes"} == PAPERS.keys() - says
    assert all(seen.sentence is None for seen in silent.values() if seen.stance == "yes")


def test_a_remark_on_the_field_leaves_it_open(view: LibraryView) -> None:
    """What only the background mentions, once, is unclear, and so is what only comes near a claim."""
    assert verdicts(view, "Which papers are about continual learning?")["aside"].stance == "unclear"
    assert verdicts(view, "Which papers claim a state of the art?")["near"].stance == "unclear"


def test_meaning_helps_where_words_say_half(view: LibraryView) -> None:
    """Half of the words make a yes only with a near sentence; nearness without any word never does."""
    (test,) = rule.tests_of(property_of("Which papers count amphibians with frogs?"), view.keyword)
    papers = {paper.id: paper for paper in view.store.papers()}
    assert rule.look(test, papers["soon"], view.keyword).stance != "yes"
    assert rule.look(test, papers["soon"], view.keyword, [0.7, 0.0]).stance == "yes"
    assert rule.look(test, papers["plain"], view.keyword, [0.9]).stance == "no"
