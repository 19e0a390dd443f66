"""What weighs papers in whole-library questions: the numbers, the models over them, the words that mean the same."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import replace
from importlib import resources
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.bootstrap import Service
from app.chat.answerable import LIST_NAMES, MORE_NAMES, MOST_PAPERS, answerable, holds
from app.chat.checking.asked import property_of
from app.chat.checking.look import Look, look
from app.chat.checking.signals import NAMES
from app.chat.checking.thesaurus import subjects
from app.chat.checking.vectors import SentenceVectors
from app.chat.checking.weighed import Forest, Odds, Tree, Weights, log_odds, weights
from app.chat.relevance import Relevance
from app.chat.subject import papers_on
from app.core.domain import Paper
from app.core.errors import EmbedderAwayError
from app.core.filters import EVERY_PAPER
from app.core.ports import Vectors

STEP = Tree(
    asks=np.array([0, -1, 1, -1, -1]),
    up_to=np.array([0.5, 0, 2.0, 0, 0], np.float32),
    left=np.array([1, 0, 3, 0, 0]),
    right=np.array([2, 0, 4, 0, 0]),
    adds=np.array([0.0, -1.0, 0.0, 1.0, 3.0]),
)
ANY = Odds(np.zeros(1), np.ones(1), np.zeros(1), 0.0, 0.5)


class Away:
    """An embedder whose server does not answer."""

    def embed(self, texts: Sequence[str]) -> Vectors:
        raise EmbedderAwayError("it is away", "start it")


def looked(service: Service, question: str, papers: Sequence[Paper] | None = None) -> Look:
    return look(service.chain.searching, property_of(question), papers or list(service.papers()), SentenceVectors())


# --- the models -----------------------------------------------------------------------------------------------


def test_a_tree_goes_left_up_to_its_value() -> None:
    """Each row takes its own way to a leaf."""
    rows = np.array([[0.5, 9.0], [0.6, 2.0], [0.6, 2.1]], np.float32)
    assert STEP.of(rows).tolist() == [-1.0, 1.0, 3.0]
    assert STEP.of(rows[:0]).shape == (0,)


def test_a_probability_is_the_logistic_of_the_sum() -> None:
    """Trees add up to log-odds."""
    forest = Forest(0.5, (STEP, STEP), 0.9)
    found = forest.probabilities(np.array([[0.0, 0.0], [1.0, 3.0]], np.float32))
    assert found == pytest.approx([1 / (1 + np.exp(1.5)), 1 / (1 + np.exp(-6.5))])
    assert not forest.yes(np.array([0.0, 0.0])) and forest.yes(np.array([1.0, 3.0]))
    assert not forest.yes(np.array([1.0, 3.0]), 0.999)
    assert Weights(forest, ANY, forest).probabilities(np.array([[1.0, 3.0]], np.float32)) == pytest.approx(found[1:])


@given(st.floats(0, 1))
def test_log_odds_are_finite(probability: float) -> None:
    """Even of what is sure."""
    assert np.isfinite(log_odds(probability)) and log_odds(probability) == pytest.approx(-log_odds(1 - probability))


@given(st.floats(-5, 5), st.floats(0.01, 0.99))
def test_odds_say_yes_from_a_bound_on(value: float, least: float) -> None:
    """What they say is a comparison of the logistic with the bound."""
    odds = Odds(np.array([1.0]), np.array([2.0]), np.array([3.0]), 0.25, least)
    assert odds.yes(np.array([value])) == (1 / (1 + np.exp(-((value - 1) / 2 * 3 + 0.25))) >= least)


def test_the_file_fits_the_numbers() -> None:
    """As many slopes as numbers, trees that end, and names that `signals` and `answerable` give."""
    kept = json.loads(resources.files("app.chat.checking").joinpath("weights.json").read_text(encoding="utf-8"))
    assert tuple(kept["names"]) == NAMES + MORE_NAMES + LIST_NAMES
    held = weights()
    assert len(held.listed.slopes) == 1 + len(NAMES) + len(MORE_NAMES)
    for forest, most in ((held.papers, len(NAMES)), (held.asked, len(kept["names"]))):
        for tree in forest.trees:
            inner = np.flatnonzero(tree.asks >= 0)
            assert (tree.asks < most).all()
            assert (tree.left[inner] > inner).all() and (tree.right[inner] > inner).all()


def test_weights_of_other_numbers_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that was fitted before `signals` changed is no file of these numbers."""
    monkeypatch.setattr("app.chat.checking.weighed.NAMES", ("another", *NAMES[1:]))
    with pytest.raises(ValueError, match=r"tests/bench/weigh\.py"):
        weights.__wrapped__()


# --- the numbers ----------------------------------------------------------------------------------------------


def test_numbers_have_their_columns(starter: Service) -> None:
    """One row a paper; shares and likenesses from 0 to 1, what lies behind the best never above it."""
    found = looked(starter, "Which papers are about continual learning?")
    papers, table = found.table()
    assert table.shape == (47, len(NAMES)) and [paper.id for paper in papers] == [p.id for p in found.papers]
    column = dict(zip(NAMES, table.T, strict=True))
    assert set(column["rule"].tolist()) <= {0.0, 0.5, 1.0} and column["rule"].max() == 1
    for name in NAMES:
        if "like words" in name and not name.endswith(("behind the best", "cosine of a sentence")):
            assert (column[name] >= 0).all() and (column[name] <= 1 + 1e-5).all(), name
        if name.endswith("behind the best"):
            assert column[name].max() == pytest.approx(0, abs=1e-6), name
    assert (column["like words of title and sentence"] >= column["like words of a sentence"] - 1e-6).all()
    assert (column["parts"] == 1).all()


def test_numbers_do_not_hang_on_the_order_of_papers(starter: Service) -> None:
    """The same papers the other way round have the same rows."""
    question = "Which papers are about music?"
    one, table = looked(starter, question).table()
    other, turned = looked(starter, question, list(reversed(list(starter.papers())))).table()
    rows = {paper.id: row for paper, row in zip(other, turned, strict=True)}
    for paper, row in zip(one, table, strict=True):
        assert rows[paper.id] == pytest.approx(row, abs=1e-5)


@pytest.mark.parametrize(
    ("question", "weighable"),
    [
        ("Which papers are about music?", True),
        ("Which papers release code?", False),
        ("Which papers are not about music?", False),
        ("Which papers are about music and release code?", True),
    ],
)
def test_what_is_weighed(starter: Service, question: str, weighable: bool) -> None:
    """Topics; of plain kinds of property and of what is not said the rule decides."""
    assert looked(starter, question).weighable is weighable


def test_parts_are_looked_at_by_themselves(starter: Service) -> None:
    """Each has its own words, its own verdicts and its own rows."""
    first, second = looked(starter, "Which papers are about both music and prompts?").parts()
    assert [len(each.question.tests) for each in (first, second)] == [1, 1]
    assert first.question.words != second.question.words
    assert first.table()[1].shape == second.table()[1].shape == (47, len(NAMES))


# --- what comes of it -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "title"),
    [("music", "music"), ("job ads", "job"), ("antibodies", "antibody"), ("filling gaps in code", "code")],
)
def test_the_paper_on_a_subject_comes_first(starter: Service, words: str, title: str) -> None:
    """Whatever form its words have."""
    found = papers_on(words, list(starter.papers()), starter.chain.searching)
    papers = {paper.id: paper for paper in starter.papers()}
    assert found and title in papers[found[0]].title.lower() + papers[found[0]].abstract.lower()


def test_papers_on_a_subject_by_words_alone(starter: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the embedder is away, and in a large library, the rule says which; none of none."""
    searching, papers = starter.chain.searching, list(starter.papers())
    assert papers_on("music", [], searching) == []
    everything = papers_on("continual learning", papers, searching)
    away = papers_on("continual learning", papers, replace(searching, embedder=Away(), retrievers=()))  # type: ignore[arg-type]
    monkeypatch.setattr("app.chat.subject.MOST_PAPERS", 10)
    by_rule = papers_on("continual learning", papers, searching)
    assert set(away) & set(everything) and set(by_rule) <= set(everything)
    assert len(by_rule) > 3


@pytest.mark.parametrize(
    ("question", "there"),
    [
        ("How can a language model be taught to write music?", True),
        ("How can a model fill in the middle of a piece of code?", True),
        ("How do glaciers respond to warming oceans?", False),
        ("What limits the range of electric buses in winter?", False),
    ],
)
def test_whether_a_library_holds_what_is_asked(starter: Service, question: str, there: bool) -> None:
    """Of the library's own field, and of another."""
    assert holds(question, starter.chain.searching, EVERY_PAPER) is there


@pytest.mark.parametrize("relevant", [True, False])
def test_where_it_cannot_be_weighed_the_search_decides(
    starter: Service, monkeypatch: pytest.MonkeyPatch, relevant: bool
) -> None:
    """No papers, no vectors, an embedder that is away, a library of more papers than the model was made for."""
    searching = starter.chain.searching
    judged = Relevance(relevant, 0.5, 0.4, 0.5, 0.5)
    ranked = searching.search("music", 5)
    without = [replace(item, cosine=None) for item in ranked]
    away: Any = replace(searching, embedder=Away(), retrievers=())
    assert answerable("music", [], judged, searching) is relevant
    assert answerable("music", without, judged, searching) is relevant
    assert answerable("music", ranked, judged, away) is relevant
    monkeypatch.setattr("app.chat.answerable.MOST_PAPERS", 10)
    assert answerable("music", ranked, judged, searching) is relevant
    assert MOST_PAPERS > 47


# --- words that mean the same ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("people judge the results", "A human evaluation shows it."),
        ("break a problem into smaller ones", "We decompose the task into sub-tasks."),
        ("cost of reading the prompt", "It speeds up the prefill stage."),
        ("ask the user back", "It generates clarification questions."),
        ("non-English users", "We study 12 languages."),
    ],
)
def test_turns_of_phrase(asked: str, said: str) -> None:
    """What people call it, and what a paper says."""
    assert any(line.called.search(asked) and line.said.search(said) for line in subjects())


@pytest.mark.parametrize(
    "scrap", ["a ", "the ", "break and ", "less ", "no ", "tasks ", "new (", "models, ", "-", "with \n"]
)
def test_long_texts_are_read_quickly(scrap: str) -> None:
    """No line takes more than linear patience, whatever is repeated."""
    text = scrap * (6000 // len(scrap))
    lines = subjects()
    start = time.perf_counter()
    for line in lines:
        line.called.search(text)
        line.said.search(text)
    assert time.perf_counter() - start < 3
