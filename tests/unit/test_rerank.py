"""The step that puts the best papers in the reranker's order: what it keeps, and what it does without its reranker."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.chat.rerank import DEPTH, RestingReranker
from app.core.domain import Paper, RankedPaper
from app.core.errors import AskPapersError, RerankerError, SettingsError

QUERY = "grey herons"


class Scripted:
    """The port, scoring texts by the number after their last space."""

    name: str = "scripted"

    def __init__(self) -> None:
        self.asked: list[list[str]] = []
        self.error: Exception | None = None
        self.spoil = lambda scores: scores

    def score(self, query: str, texts: Sequence[str]) -> list[float]:
        self.asked.append(list(texts))
        if self.error:
            raise self.error
        return list(self.spoil([float(text.rsplit(" ", 1)[1]) for text in texts]))


def papers(*scores: float) -> list[RankedPaper]:
    """Papers p0, p1, ... in fused order, which the reranker will score so."""
    return [
        RankedPaper(Paper(f"p{i}", "Herons", f"Of herons {score}"), f"p{i}#0", 1 - i / 1000)
        for i, score in enumerate(scores)
    ]


def ids(ranked: Sequence[RankedPaper]) -> list[str]:
    return [item.paper.id for item in ranked]


def test_the_best_come_first() -> None:
    """Higher is better, equal scores keep their order, each paper has its score and keeps the rest of its record."""
    scripted = Scripted()
    found = papers(1, 3, -2, 3, 7)
    done = RestingReranker(lambda: scripted).reranked(QUERY, found)
    assert ids(done) == ["p4", "p1", "p3", "p0", "p2"]
    assert [item.reranked for item in done] == [7, 3, 3, 1, -2]
    assert [item.score for item in done] == [found[int(i[1:])].score for i in ids(done)]
    assert scripted.asked == [[f"Herons. Of herons {score}" for score in (1, 3, -2, 3, 7)]], "title and abstract"


def test_named_papers_stay_first_and_the_rest_below() -> None:
    """Named papers keep their order and are not scored; of the others the best `depth` are, and the rest stay as they are."""
    scripted = Scripted()
    done = RestingReranker(lambda: scripted, depth=3).reranked(QUERY, papers(1, 2, 3, 4, 5, 9, 8), ["p0", "p1"])
    assert ids(done) == ["p0", "p1", "p4", "p3", "p2", "p5", "p6"]
    assert [item.reranked is None for item in done] == [True, True, False, False, False, True, True]
    assert len(scripted.asked[0]) == 3


@given(
    scores=st.lists(st.floats(-1e6, 1e6), max_size=50),
    named=st.sets(st.integers(0, 49), max_size=5),
    depth=st.integers(0, 40),
)
def test_nothing_is_lost(scores: list[float], named: set[int], depth: int) -> None:
    """The result is a rearrangement: every paper once, the named ones first, scored ones falling."""
    found = papers(*scores)
    marked = [f"p{i}" for i in sorted(named)]
    found.sort(key=lambda item: item.paper.id not in marked)
    done = RestingReranker(Scripted, depth=depth).reranked(QUERY, found, marked)
    assert sorted(ids(done)) == sorted(ids(found))
    first = [i for i in ids(found) if i in marked]
    assert ids(done)[: len(first)] == first
    given_scores = [item.reranked for item in done if item.reranked is not None]
    assert given_scores == sorted(given_scores, reverse=True)


def test_nothing_to_order_asks_nothing() -> None:
    """No paper, one paper, named ones only or a blank query: nobody is asked, nor even opened."""

    def never() -> Scripted:
        raise AssertionError("opened")

    resting = RestingReranker(never)
    for found, named, query in (([], (), QUERY), (papers(1), (), QUERY), (papers(1, 2), ("p0", "p1"), QUERY)):
        assert resting.reranked(query, found, named) == found
        assert resting.why_not(found, named) == ""
    assert resting.reranked(" ", papers(1, 2)) == papers(1, 2)


@pytest.mark.parametrize(
    "error",
    [RerankerError("It sleeps", "Wake it"), SettingsError("No address", "Set it"), AskPapersError("Odd.", "Look.")],
)
def test_one_that_fails(error: AskPapersError) -> None:
    """The order stands and that is said; it rests as long as its failure took at least; then it is asked again."""
    now, scripted = [100.0], Scripted()
    resting = RestingReranker(lambda: scripted, DEPTH, 30.0, lambda: now[0])
    found = papers(1, 2)
    assert resting.why_not(resting.reranked(QUERY, found)) == ""
    scripted.error = error
    for seconds, asked in ((0.0, 2), (29.0, 2), (2.0, 3), (29.0, 3)):
        now[0] += seconds
        assert resting.reranked(QUERY, found) == found
        assert len(scripted.asked) == asked
        assert resting.why_not(found) == f"{str(error).rstrip('.')}. {error.hint.rstrip('.')}."
        assert resting.why_not(found, ["p0", "p1"]) == "", "named papers alone have no order to change"
    scripted.error = None
    now[0] += 2.0
    done = resting.reranked(QUERY, found)
    assert ids(done) == ["p1", "p0"] and resting.why_not(done) == ""


def test_a_slow_failure_rests_longer() -> None:
    """A server that hangs for two minutes is left alone for two minutes."""
    now, asked = [0.0], []

    class Slow(Scripted):
        def score(self, query: str, texts: Sequence[str]) -> list[float]:
            asked.append(now[0])
            now[0] += 120.0
            raise RerankerError("It hung", "Restart it")

    resting = RestingReranker(Slow, DEPTH, 30.0, lambda: now[0])
    for seconds in (0.0, 119.0, 2.0):
        now[0] += seconds
        resting.reranked(QUERY, papers(1, 2))
    assert asked == [0.0, 241.0]


@pytest.mark.parametrize(
    "spoil", [lambda s: s[:-1], lambda s: [*s, 1.0], lambda s: [math.nan, *s[1:]], lambda s: [math.inf, *s[1:]]]
)
def test_scores_in_doubt_change_nothing(spoil: object) -> None:
    """An implementation that gives too few or too many scores, or none at all for a text, leaves the order alone."""
    scripted = Scripted()
    scripted.spoil = spoil  # type: ignore[assignment]
    resting = RestingReranker(lambda: scripted)
    assert resting.reranked(QUERY, papers(1, 2, 3)) == papers(1, 2, 3)
    assert '"scripted"' in resting.why_not(papers(1, 2, 3))


def test_half_of_the_papers_in_order_is_said() -> None:
    """Where one search of two went without the reranker, the result is not called reranked."""
    scripted = Scripted()
    resting = RestingReranker(lambda: scripted)
    done = resting.reranked(QUERY, papers(1, 2))
    scripted.error = RerankerError("It sleeps", "Wake it")
    rest = resting.reranked(QUERY, papers(3, 4))
    assert resting.why_not(done) == "" and "sleeps" in resting.why_not([*done, *rest])
