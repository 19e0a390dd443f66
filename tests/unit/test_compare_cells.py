"""What is kept of a long sentence, of an abstract in a small window, and of a table in an answer."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.adapters.sentences import sentences
from app.chat.compare.clauses import LONGEST, clause
from app.chat.compare.labels import labels_of
from app.chat.compare.markdown import table_markdown
from app.chat.compare.share import equal_shares
from app.core.domain import Citation, Evidence, Paper, Plan
from app.core.findings import NOT_STATED, Cell, Comparison, Row
from app.core.papers import PaperRef, Quote


@given(st.text(st.characters(categories=("L", "N", "P", "Zs")), max_size=600), st.integers(0, 590))
def test_a_clause_is_a_piece_of_its_sentence(sentence: str, at: int) -> None:
    """Whatever is cut, what stays stands so in the sentence, is short, and shows that it was cut."""
    matters = [(at, min(at + 3, len(sentence)))] if at < len(sentence) else []
    text = clause(sentence, matters)
    piece = text[1:-1].removeprefix("… ").removesuffix(" …")
    assert piece in sentence and len(text) <= LONGEST + 20
    assert len(sentence) <= LONGEST or "…" in text


def test_the_clause_with_the_figure_is_kept() -> None:
    """A long sentence is cut around what was asked for."""
    sentence = f"{'We go a long way round the harbour and back, ' * 6}and reach 71.3 % accuracy on boats, {'which is nice, ' * 9}truly."
    at = sentence.index("71.3")
    assert "71.3 % accuracy on boats" in clause(sentence, [(at, at + 6)])


def abstract(count: int) -> str:
    return " ".join(f"Sentence number {n} speaks of boats and tides in harbours." for n in range(1, count + 1))


def evidence(*counts: int) -> list[Evidence]:
    return [Evidence(n, Paper(f"p{n}", f"Paper {n}", abstract(c)), f"p{n}#0", 1.0) for n, c in enumerate(counts, 1)]


def words(text: str) -> int:
    return len(text.split())


def test_a_window_that_is_large_enough_cuts_nothing() -> None:
    """Whole abstracts, if they fit."""
    papers = evidence(8, 3)
    assert equal_shares(papers, 0, words, 10_000, 0) == papers


def test_a_small_window_drops_sentences_and_no_paper() -> None:
    """Every paper keeps as many sentences at most, in their order, the quoted ones first, and is marked as an excerpt."""
    papers = evidence(8, 8, 2)
    last = sentences(papers[0].paper.abstract)[-1]
    best = [Citation(1, papers[0].paper.ref, (Quote(last.text, last.start, last.end),))]
    shown = equal_shares(papers, 0, words, 200, 0, best)
    assert [item.marker for item in shown] == [1, 2, 3]
    assert shown[2] == papers[2]
    first, second = (item.paper.abstract for item in shown[:2])
    assert first.startswith("(Excerpt) Sentence number 1 ") and " … " in first and "number 8" in first
    assert second.startswith("(Excerpt) Sentence number 1 ") and "number 8" not in second
    assert len(re.findall("Sentence", first)) == len(re.findall("Sentence", second)) < 8


def test_a_window_too_small_for_anything_keeps_a_sentence_each() -> None:
    """The model's own error says then that it was too much."""
    assert all("number 1 " in item.paper.abstract for item in equal_shares(evidence(4, 4), 0, words, 10, 0))


def test_a_table_in_an_answer_keeps_its_columns() -> None:
    """A pipe ends no cell, brackets of an abstract are no marker, a line break is a space."""
    cell = Cell("“a | b [7]\nc”", (Quote("a | b [7]\nc", 0, 11),))
    table = Comparison(("data", "li|mits"), (Row(2, PaperRef("p", "T"), "x]y", (cell, Cell())),))
    assert table_markdown(table).split("\n") == [
        "| | data | li mits |",
        "|---|---|---|",
        f"| x y [2] | “a \\| b (7) c” [2] | {NOT_STATED} |",
    ]


@pytest.mark.parametrize(("label", "shown"), [("OVOR", "OVOR"), ("", "“" + "Word " * 11 + "…”")])
def test_a_title_is_cut_for_a_label(label: str, shown: str) -> None:
    """A paper goes by what the question calls it, else by its name or the first words of its title."""
    paper = Paper("p", "Word " * 30, "We sail. We sail on.")
    plan = Plan("compare", "q", ("p",), (label,))
    assert labels_of(plan, [Evidence(1, paper, "p#0", 1.0)])["p"] == shown
