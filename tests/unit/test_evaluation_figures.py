"""The figures are those worked out by hand, the intervals those of the textbook, and every way to search is asked."""

from __future__ import annotations

import math
import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from app.core.domain import Hit, Paper, RankedPaper
from app.core.errors import EmbedderAwayError, MissingPackageError
from app.evaluation.collection import JudgedQuery
from app.evaluation.figures import Row, fused_minus_single, rows_of
from app.evaluation.rankings import Rankings, ask_all

pytest.importorskip("ir_measures")


def figures(*asked: tuple[Sequence[str], Mapping[str, int]]) -> Row:
    """The figures of these (found, gains)."""
    queries = [JudgedQuery(f"q{n}", "text", gains) for n, (_, gains) in enumerate(asked)]
    (row,) = rows_of([Rankings("row", tuple(tuple(found) for found, _ in asked), (0.001,) * len(asked))], queries)
    return row


def means(row: Row) -> list[float]:
    return [mean.value for mean in row.means.values()]


def test_graded_gains_by_hand() -> None:
    """Gain 1 found first and gain 2 third, another relevant paper not at all: 2 of 2 + 1/log2(3) + 1/2; a paper that
    the corpus lacks keeps its place in what could be gained."""
    row = figures((["b", "x", "a"], {"a": 2, "b": 1, "gone": 1}))
    assert list(row.means) == ["nDCG@10", "recall@10", "recall@100", "MRR@10"]
    assert means(row) == pytest.approx([2 / (2 + 1 / math.log2(3) + 0.5), 2 / 3, 2 / 3, 1.0])


def test_where_lists_are_cut() -> None:
    """The tenth counts for all, the eleventh for recall@100 alone, the hundred and first for nothing."""
    others = [f"x{n}" for n in range(200)]
    tenth = figures(([*others[:9], "a", *others[9:]], {"a": 1}))
    assert means(tenth) == pytest.approx([1 / math.log2(11), 1, 1, 1 / 10])
    assert means(figures(([*others[:10], "a"], {"a": 1}))) == pytest.approx([0, 0, 1, 0])
    assert means(figures(([*others[:99], "a"], {"a": 1}))) == pytest.approx([0, 0, 1, 0])
    assert means(figures(([*others[:100], "a"], {"a": 1}))) == pytest.approx([0, 0, 0, 0])


def test_more_relevant_papers_than_places() -> None:
    """Ten of twenty relevant papers found first is a whole nDCG@10 and half a recall."""
    ids = [f"p{n}" for n in range(20)]
    assert means(figures((ids[:10], dict.fromkeys(ids, 1)))) == pytest.approx([1, 0.5, 0.5, 1])


def test_nothing_found() -> None:
    """A query for which nothing is found counts as 0 and stays in the mean."""
    assert means(figures((["a"], {"a": 1}), ([], {"a": 1}))) == pytest.approx([0.5] * 4)


@pytest.mark.parametrize("ids", [["b", "a"], ["a", "b"], ["10", "9"], ["a b", "a\0c"], ["鳶", "\n"]])
def test_order_is_what_counts(ids: list[str]) -> None:
    """Whatever the ids are, the first is the first: trec_eval itself would sort equal scores by id."""
    assert means(figures((ids, {ids[1]: 1})))[3] == pytest.approx(0.5)


def test_intervals() -> None:
    """Half of 400 queries answered: 0.5 give or take 1.96 standard errors; all alike: no doubt; one alone: unknown."""
    row = figures(*[(["a"], {"a" if n % 2 else "b": 1}) for n in range(400)])
    mean = row.means["MRR@10"]
    assert mean.value == 0.5
    assert (mean.low, mean.high) == pytest.approx((0.5 - 0.049, 0.5 + 0.049), abs=0.004)
    sure = figures(*[(["a"], {"a": 1})] * 3).means["MRR@10"]
    assert (sure.low, sure.value, sure.high) == (1, 1, 1)
    alone = figures((["a"], {"a": 1})).means["MRR@10"]
    assert (alone.low, alone.high) == (None, None)


def test_intervals_are_the_same_again() -> None:
    """The same rankings give the same intervals, also beside other rows."""
    queries = [JudgedQuery(str(n), "t", {"a": 1}) for n in range(30)]
    ranked = Rankings("one", tuple(("a",) if n % 3 else ("b", "a") for n in range(30)), (0.1,) * 30)
    (alone,) = rows_of([ranked], queries)
    assert rows_of([ranked, Rankings("two", ((),) * 30, (0.1,) * 30)], queries)[0].means == alone.means


def test_the_difference_is_paired() -> None:
    """Query by query, against the single one of the better nDCG@10: worth 1/2 and 2/3 in turn for MRR, and for recall
    exactly nothing, though recall itself differs from query to query."""
    queries = [JudgedQuery(str(n), "t", {"a": 1} if n % 4 else {"a": 1, "gone": 1}) for n in range(20)]
    dense = tuple((*("x", "y")[: n % 2 + 1], "a") for n in range(20))
    fused, seconds = (("a",),) * 20, (0.1,) * 20
    rankings = {"dense": dense, "keyword": ((),) * 20, "fused": fused, "search": fused}
    rows = rows_of([Rankings(name, found, seconds) for name, found in rankings.items()], queries)
    difference = fused_minus_single(rows)
    assert difference is not None and difference.single == "dense"
    mean = difference.means["MRR@10"]
    assert mean.value == pytest.approx((1 / 2 + 2 / 3) / 2)
    assert mean.low is not None and mean.high is not None and 1 / 2 < mean.low < mean.value < mean.high < 2 / 3
    recall = difference.means["recall@10"]
    assert (recall.low, recall.value, recall.high) == (0, 0, 0)
    assert fused_minus_single(rows[2:]) is None


def test_latency() -> None:
    """The median and the 95th percentile, in milliseconds."""
    queries = [JudgedQuery(str(n), "t", {"a": 1}) for n in range(101)]
    (row,) = rows_of([Rankings("r", ((),) * 101, tuple(n / 1000 for n in range(101)))], queries)
    assert (row.p50_ms, row.p95_ms) == pytest.approx((50, 95))


def test_the_package_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names the line that installs it."""
    monkeypatch.setitem(sys.modules, "ir_measures", None)
    with pytest.raises(MissingPackageError) as caught:
        figures((["a"], {"a": 1}))
    assert 'pip install "askpapers[eval]"' in caught.value.hint


# --- asking -----------------------------------------------------------------------------------------------------


@dataclass
class Scripted:
    """A retriever that has these hits, in chunks of papers."""

    name: str
    papers: Sequence[str]
    asked: list[tuple[str, int]] = field(default_factory=list)

    def search(self, text: str, k: int, among: Collection[str] | None = None) -> list[Hit]:
        self.asked.append((text, k))
        hits = [Hit(paper, f"{paper}#{n}", 1 / n, n) for n, paper in enumerate(self.papers, start=1)]
        return hits[:k]


@dataclass
class ScriptedChain:
    """A chain that finds these papers; `trouble` is what it says of its embedder."""

    retrievers: Sequence[Scripted]
    fused: Sequence[str] = ()
    named: Sequence[str] = ()
    trouble: str = ""

    def search(self, query: str, k: int) -> list[RankedPaper]:
        return [RankedPaper(Paper(i, i, ""), f"{i}#0", 1.0, {}, None) for i in self.fused][:k]

    def find(self, query: str, k: int) -> list[RankedPaper]:
        return [RankedPaper(Paper(i, i, ""), f"{i}#0", 1.0, {}, None) for i in self.named][:k]

    @property
    def searching(self) -> ScriptedChain:
        return self

    def words_only(self, ranked: Sequence[Any]) -> str:
        return self.trouble


def test_every_way_is_asked_every_query() -> None:
    """One ranking a retriever by its own name, then the chain's own fusion and search, in the order of the queries."""
    queries = [JudgedQuery(str(n), f"text {n}", {"a": 1}) for n in range(60)]
    dense, keyword = Scripted("dense", ["a", "b"]), Scripted("keyword", ["c"])
    told: list[tuple[int, int]] = []
    rankings = ask_all(
        ScriptedChain([dense, keyword], ["d", "e"], ["e", "d"]), queries, 100, lambda *at: told.append(at)
    )
    assert [(r.name, r.found[0], len(r.found), len(r.seconds)) for r in rankings] == [
        ("dense", ("a", "b"), 60, 60),
        ("keyword", ("c",), 60, 60),
        ("fused", ("d", "e"), 60, 60),
        ("search", ("e", "d"), 60, 60),
    ]
    assert [text for text, _ in dense.asked[1:]] == [query.text for query in queries]
    assert told == [(25, 60), (50, 60), (60, 60)]


def test_chunks_of_one_paper() -> None:
    """A paper counts once, where it stands first, and the list is asked for more until it is deep enough or at its
    end."""
    retriever = Scripted("dense", ["a", "a", "b", "a", "c", "b", "d"])
    (ranking, *_) = ask_all(ScriptedChain([retriever]), [JudgedQuery("q", "t", {"a": 1})], 3)
    assert ranking.found == (("a", "b", "c"),)
    (ranking, *_) = ask_all(ScriptedChain([retriever]), [JudgedQuery("q", "t", {"a": 1})], 50)
    assert ranking.found == (("a", "b", "c", "d"),)


def test_a_query_that_is_a_paper_does_not_find_itself() -> None:
    """It is left out of every list, and the list is as deep as the others'."""
    chain = ScriptedChain([Scripted("dense", ["q", "a", "b", "c"])], ["a", "q", "b"], ["q", "b", "a"])
    rankings = ask_all(chain, [JudgedQuery("q", "t", {"a": 1}, is_paper=True)], 2)
    assert [ranking.found[0] for ranking in rankings] == [("a", "b"), ("a", "b"), ("b", "a")]
    rankings = ask_all(chain, [JudgedQuery("q", "t", {"a": 1})], 2)
    assert rankings[0].found[0] == ("q", "a")


def test_words_alone_are_not_measured_as_both() -> None:
    """An embedder that fails on the way ends the run instead of lowering the figures."""
    chain = ScriptedChain([Scripted("keyword", ["a"])], ["a"], ["a"], trouble="The server is away.")
    with pytest.raises(EmbedderAwayError, match="The server is away"):
        ask_all(chain, [JudgedQuery("q", "t", {"a": 1})], 10)


def test_per_query_values_are_kept() -> None:
    """For whoever wants to see which queries fail."""
    row = figures((["a"], {"a": 1}), (["b"], {"a": 1}))
    assert np.array_equal(row.per_query["MRR@10"], [1, 0])
