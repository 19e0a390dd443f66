"""Groups of papers: the laws of k-means, of the plane, of names, and of what lies inside a line."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.domain import Paper
from app.core.ports import Vectors
from app.topics.grouping import grouped
from app.topics.kept import KeptTopics
from app.topics.kmeans import assigned, best_of, fitted, group_choices, unit
from app.topics.plane import plane_of
from app.topics.records import Topics, inside_of
from app.topics.terms import counted, named, terms_of


def clouds(each: int, centres: int, dimension: int = 24, spread: float = 0.25) -> Vectors:
    """Unit vectors around so many directions, `each` in a row around one."""
    random = np.random.default_rng(5)
    middles = unit(random.standard_normal((centres, dimension)).astype(np.float32))
    noise = random.standard_normal((centres * each, dimension)) * spread / dimension**0.5
    return unit((np.repeat(middles, each, axis=0) + noise).astype(np.float32))


def test_the_same_vectors_give_the_same_groups() -> None:
    vectors = clouds(30, 5)
    one, other = fitted(vectors, 5), fitted(vectors, 5)
    assert np.array_equal(one.rows, other.rows) and one.separation == other.separation
    labels, _ = assigned(vectors, one.rows)
    # Each cloud is one group, and no two clouds are the same one.
    assert [len(set(labels[at : at + 30])) for at in range(0, 150, 30)] == [1] * 5
    assert len(set(labels.tolist())) == 5


def test_as_many_groups_as_there_are_clouds_part_best() -> None:
    assert len(best_of(clouds(40, 6), [3, 4, 6, 9, 12]).rows) == 6


@given(st.integers(1, 40), st.integers(1, 8), st.integers(2, 6))
@settings(max_examples=25, deadline=None)
def test_every_vector_has_the_nearest_centre(papers: int, groups: int, dimension: int) -> None:
    random = np.random.default_rng(papers * 100 + groups)
    vectors = unit(random.standard_normal((papers, dimension)).astype(np.float32))
    vectors[: papers // 3] = vectors[0]  # copies, too
    centres = fitted(vectors, groups).rows
    labels, cosines = assigned(vectors, centres)
    assert 1 <= len(centres) <= groups
    assert np.allclose(np.linalg.norm(centres, axis=1), 1, atol=1e-4)
    assert np.allclose(cosines, (vectors @ centres.T).max(axis=1), atol=1e-5)
    assert set(labels.tolist()) <= set(range(len(centres)))


@given(st.integers(2, 200_000))
def test_a_person_can_read_the_groups(papers: int) -> None:
    choices = group_choices(papers)
    assert choices and all(2 <= number <= 16 for number in choices) and choices == sorted(set(choices))


def test_the_plane_shows_the_two_directions_in_which_vectors_differ_most() -> None:
    random = np.random.default_rng(1)
    vectors = random.standard_normal((400, 12)).astype(np.float32) * 0.1
    vectors[:, 3] += random.standard_normal(400) * 5
    vectors[:, 7] += random.standard_normal(400) * 2
    plane = plane_of(vectors)
    assert np.allclose(np.abs(plane.axes[:, [3, 7]]), np.eye(2), atol=0.05)
    assert np.array_equal(plane.axes, plane_of(vectors).axes)
    assert np.allclose(plane.places(vectors).mean(axis=0), 0, atol=1e-3)
    # Copies of one paper, and a library of vectors of one number, have places too.
    assert np.isfinite(plane_of(np.ones((9, 1), np.float32)).places(np.ones((9, 1), np.float32))).all()


GROUPS = [
    [("Graph neural networks for molecules", "We propose graph neural networks. Results show gains on GNN tasks.")] * 3
    + [("Message passing on graphs", "A graph neural network passes messages. GNNs are fast.")],
    [("Speech recognition of dialects", "We propose a model of speech recognition. Results are good.")] * 2
    + [("Acoustic models", "Speech recognition with acoustic models. We show results.")] * 2,
]


def test_names_are_what_sets_a_group_apart() -> None:
    graphs, speech = named([counted(papers) for papers in GROUPS])
    assert graphs[0] == "graph neural networks" and "GNN" in " ".join(graphs)
    assert speech[0] == "speech recognition"
    both = {*" ".join(graphs).lower().split(), *" ".join(speech).lower().split()}
    assert not both & {"propose", "we", "results", "show", "good"}
    assert not set(graphs) & set(speech)


def test_names_do_not_depend_on_the_order_of_papers() -> None:
    counts = [counted(papers) for papers in GROUPS]
    assert named(counts) == named([counted(reversed(papers)) for papers in GROUPS])


def test_terms_stand_in_the_text_and_do_not_cross_its_signs() -> None:
    terms = terms_of("Fine-tuning of LLMs. Prompt tuning (retrieval) helps the Model's users")
    assert terms["llm"] == "LLMs" and "prompt tuning" in terms and "fine-tuning" in terms
    assert "llm prompt" not in terms and "tuning retrieval" not in terms and "model" not in terms


@given(st.lists(st.tuples(st.text(max_size=60), st.text(max_size=200)), max_size=8))
@settings(max_examples=60, deadline=None)
def test_any_texts_can_be_named(papers: list[tuple[str, str]]) -> None:
    for terms in named([counted(papers), counted([])]):
        assert len(terms) <= 5 and len(set(terms)) == len(terms) and all(terms)


class Shelf:
    """Papers and their vectors; those whose id is in `without` have none."""

    def __init__(self, vectors: Vectors, without: frozenset[str] = frozenset()) -> None:
        words = ("graphs", "speech", "proteins", "galaxies")
        each = len(vectors) // len(words)
        self.rows = {f"p{at:03}": row for at, row in enumerate(vectors)}
        self.without = without
        self.papers = {
            paper_id: Paper(paper_id, f"On {words[at // each]}", f"All about {words[at // each]}.", year=2000 + at % 2)
            for at, paper_id in enumerate(self.rows)
        }

    def get(self, ids: list[str]) -> dict[str, Paper]:  # type: ignore[override]
        return {each: self.papers[each] for each in ids if each in self.papers}

    def rows_of(self, ids: list[str]) -> tuple[list[str], Vectors]:
        there = [each for each in ids if each in self.rows and each not in self.without]
        return there, np.stack([self.rows[each] for each in there]) if there else np.empty((0, 0), np.float32)


def test_a_library_in_groups(tmp_path: Path) -> None:
    shelf = Shelf(clouds(25, 4), frozenset({"p003", "p040"}))
    ids = list(shelf.papers)
    topics = grouped(ids, shelf, shelf, "key")
    assert sorted(group.name for group in topics.groups) == ["galaxies", "graphs", "proteins", "speech"]
    assert topics.waiting == 2 and len(topics.ids) == 98 == len(topics.places) == len(topics.labels)
    assert [group.size for group in topics.groups] == sorted((g.size for g in topics.groups), reverse=True)
    for number, group in enumerate(topics.groups):
        members = topics.members(number)
        assert len(members) == group.size == sum(group.years.values()) and set(group.central) <= set(members)
    assert not topics.members(4) and not topics.members(-1)

    kept = KeptTopics(tmp_path / "topics.npz")
    assert kept.load("key") is None
    kept.save(topics)
    again = kept.load("key")
    assert again and again.groups == topics.groups and again.ids == topics.ids and again.waiting == 2
    assert np.array_equal(again.places, topics.places) and np.array_equal(again.labels, topics.labels)
    assert kept.load("other") is None
    (tmp_path / "topics.npz").write_bytes(b"PK\x03\x04" + json.dumps("no").encode())
    assert kept.load("key") is None


def test_without_vectors_all_papers_wait() -> None:
    shelf = Shelf(clouds(2, 4))
    none = grouped(["x", "y"], shelf, shelf)
    assert none.waiting == 2 and not none.groups and not none.ids
    assert len(grouped(list(shelf.papers)[:3], shelf, shelf).groups) == 1


def test_what_lies_inside_a_line() -> None:
    places = np.asarray([(1, 1), (3, 1), (2, 2.5), (-1, 1), (2, 5)], np.float32)
    square = [(0.0, 0.0), (4.0, 0.0), (4.0, 3.0), (0.0, 3.0)]
    assert inside_of(places, square).tolist() == [True, True, True, False, False]
    notched = [(0.0, 0.0), (4.0, 0.0), (4.0, 3.0), (2.0, 2.0), (0.0, 3.0)]
    assert inside_of(places, notched).tolist() == [True, True, False, False, False]
    assert not inside_of(places, square[:2]).any()
    assert Topics("k", ids=tuple("abcde"), places=places).within(square) == ["a", "b", "c"]


@pytest.mark.parametrize("turned", [0, 1, 2, 3])
def test_a_line_is_the_same_wherever_it_begins_and_whichever_way_it_goes(turned: int) -> None:
    places = np.random.default_rng(2).uniform(-1, 2, (200, 2)).astype(np.float32)
    line = [(0.0, 0.0), (1.0, 0.2), (1.2, 1.0), (0.1, 0.9)]
    inside = inside_of(places, line)
    assert np.array_equal(inside, inside_of(places, line[turned:] + line[:turned]))
    assert np.array_equal(inside, inside_of(places, line[::-1]))
