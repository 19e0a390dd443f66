"""Fusing several rankings into one: every paper once, in an order that depends on nothing but the lists."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.chat.rank import Fused, fuse, ranked_papers
from app.core.domain import Hit, Paper


def hits(*scored: tuple[str, float]) -> list[Hit]:
    return [Hit(paper, f"{paper}#{rank}", score, rank) for rank, (paper, score) in enumerate(scored, start=1)]


# Halves, so that scaling by a power of two and shifting are exact.
SCORED = st.lists(st.tuples(st.sampled_from("abcdefghij"), st.integers(-20, 20).map(lambda n: n / 2)), max_size=12)
LISTS = st.dictionaries(st.sampled_from(["dense", "keyword", "third"]), SCORED.map(lambda s: hits(*s)), max_size=3)


@settings(max_examples=150, deadline=None)
@given(LISTS)
def test_fusion_is_a_permutation_of_the_union(lists: dict[str, list[Hit]]) -> None:
    """Every paper of any list is there exactly once, best first, with a chunk of its own."""
    fused = fuse(lists)
    assert sorted(item.paper_id for item in fused) == sorted(
        {hit.paper_id for found in lists.values() for hit in found}
    )
    assert [item.score for item in fused] == sorted((item.score for item in fused), reverse=True)
    chunks = {(hit.paper_id, hit.chunk_id) for found in lists.values() for hit in found}
    assert all((item.paper_id, item.chunk_id) in chunks and 0 <= item.score <= 1 + 1e-9 for item in fused)


@settings(max_examples=100, deadline=None)
@given(LISTS, st.randoms(use_true_random=False))
def test_the_order_of_hits_of_equal_score_does_not_matter(lists: dict[str, list[Hit]], random: object) -> None:
    """The same hits in another order fuse to the same papers, scores and ranks."""
    shuffled = {name: list(found) for name, found in lists.items()}
    for found in shuffled.values():
        random.shuffle(found)  # type: ignore[attr-defined]
    told = [[(f.paper_id, f.score, f.found_by) for f in fuse(each)] for each in (lists, shuffled)]
    assert told[0] == told[1]


@settings(max_examples=100, deadline=None)
@given(LISTS, st.sampled_from([0.25, 2.0, 64.0]), st.sampled_from([-8.0, 0.0, 128.0]))
def test_the_scale_of_a_list_does_not_matter(lists: dict[str, list[Hit]], factor: float, shift: float) -> None:
    """A retriever that scores from 0 to 100 counts no more than one that scores from -1 to 1."""
    scaled = {
        name: [Hit(h.paper_id, h.chunk_id, h.score * factor + shift, h.rank) for h in found]
        if name == "dense"
        else found
        for name, found in lists.items()
    }
    assert fuse(scaled) == fuse(lists)


def test_found_by_both_beats_found_by_one() -> None:
    """A paper both retrievers like stands above each one's favourite; ranks are told per list."""
    fused = fuse({"dense": hits(("a", 0.9), ("b", 0.8), ("c", 0.1)), "keyword": hits(("d", 9), ("b", 8), ("c", 1))})
    assert [item.paper_id for item in fused] == ["b", "a", "d", "c"]
    assert fused[0].found_by == {"dense": 2, "keyword": 2}
    assert fused[1].found_by == {"dense": 1}


def test_a_paper_with_two_chunks_counts_once_by_its_best() -> None:
    """The second chunk of a paper adds nothing, and the dense list names the chunk that matched."""
    dense = [Hit("a", "a#3", 0.9, 1), Hit("a", "a#1", 0.8, 2), Hit("b", "b#0", 0.5, 3)]
    fused = fuse({"keyword": hits(("a", 2.0), ("b", 1.0)), "dense": dense})
    assert [(item.paper_id, item.chunk_id) for item in fused] == [("a", "a#3"), ("b", "b#0")]
    assert fused[1].found_by == {"keyword": 2, "dense": 2}


def test_weights_decide() -> None:
    """A list of weight 0 changes no score."""
    lists = {"dense": hits(("a", 1), ("b", 0)), "keyword": hits(("b", 1), ("a", 0))}
    assert [f.paper_id for f in fuse(lists, {"dense": 1.0, "keyword": 0.0})] == ["a", "b"]
    assert [f.paper_id for f in fuse(lists, {"dense": 0.0, "keyword": 1.0})] == ["b", "a"]


def paper(paper_id: str) -> Paper:
    return Paper(paper_id, f"Title {paper_id}", "An abstract.")


@pytest.mark.parametrize("named", [["c", "x"], ["x", "c"]])
def test_named_papers_come_first_as_named(named: list[str]) -> None:
    """Named papers lead in the question's order, found or not; the rest keeps the fused order; unknown ids go."""
    fused = [Fused("a", "a#1", 0.9), Fused("b", "b#0", 0.8), Fused("c", "c#2", 0.1), Fused("gone", "gone#0", 0.05)]
    papers = {name: paper(name) for name in "abcx"}
    dense = [Hit("a", "a#0", 0.3, 1), Hit("a", "a#1", 0.7, 2)]
    ranked = ranked_papers(fused, papers, named, dense)
    assert [item.paper.id for item in ranked] == [*named, "a", "b"]
    by_id = {item.paper.id: item for item in ranked}
    assert by_id["a"].cosine == 0.7
    assert by_id["b"].cosine is None
    assert (by_id["x"].chunk_id, by_id["x"].score) == ("x#0", 0.0)
    assert by_id["c"].chunk_id == "c#2"
