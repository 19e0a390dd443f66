"""Where the sides of a comparison stand in its question."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.chat.compare.group import several_of_one
from app.chat.compare.split import MOST_SIDES, listed, split


def sides(question: str, *names: str) -> list[str]:
    stretches = [(question.index(name), question.index(name) + len(name)) for name in names]
    found = split(question, stretches)
    assert all(side.query in question or side.described or question[side.start : side.end] for side in found)
    return [side.query for side in found]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Compare replay, regularization and prompts on accuracy", ["replay", "regularization", "prompts"]),
        ("What are the differences between A1, B2, C3 and D4?", ["A1", "B2", "C3", "D4"]),
        ("dense retrieval vs. keyword search vs. reranking", ["dense retrieval", "keyword search", "reranking"]),
        ("How do long prompts differ from short ones, in terms of cost?", ["long prompts", "short ones"]),
        (
            "How does the one that adds fake gulls differ from the paper about harbour walls?",
            ["adds fake gulls", "harbour walls"],
        ),
        ("Compare the antibody paper and the music paper on data and results", ["antibody", "music"]),
        ("Which is faster, the one with gzip or the bin-packing method?", ["with gzip", "bin-packing method"]),
        ("Is the gzip method faster than the bin-packing one?", ["gzip method", "bin-packing"]),
        (
            "what sets the paper that infers tasks apart from the one with knowledge bases?",
            ["infers tasks", "with knowledge bases"],
        ),
        (
            "Contrast the learner that switches between experts with the one that keeps a hull",
            ["learner that switches between experts", "keeps a hull"],
        ),
        ("Which of the two retrievers learns, the generative one or the dense one?", ["generative retrievers", "dense retrievers"]),
    ],
)  # fmt: skip
def test_sides_are_parted(question: str, expected: list[str]) -> None:
    """Lists, "versus", "or" and "than" part sides; what is asked of them, and words for a paper, belong to none."""
    assert sides(question) == expected


@pytest.mark.parametrize(
    "question",
    [
        "please compare",
        "Does adding tasks and data help?",
        "Which papers are about prompts and code?",
        "What is OVOR?",
        "",
    ],
)
def test_no_comparison_has_no_sides(question: str) -> None:
    """An "and" alone compares nothing."""
    assert split(question) == ()


def test_a_known_name_is_not_taken_apart() -> None:
    """ "Less is more, and more" is one side, whatever commas it has."""
    question = "Compare Less is more, and more with the paper on gulls and terns"
    assert sides(question, "Less is more, and more") == ["Less is more, and more", "gulls and terns"]


def test_a_name_and_a_description_are_two_sides() -> None:
    """One side may be named and the other described."""
    question = "How does OVOR differ from the one that summarizes tokens and drops pools, in cost?"
    found = split(question, [(9, 13)])
    assert [(side.named, side.described) for side in found] == [(True, False), (False, True)]


@pytest.mark.parametrize(
    ("question", "what", "many"),
    [
        ("Compare the two papers about clarification questions. Which is older?", "clarification questions", 2),
        ("how do these three methods for merging models differ", "merging models differ", 3),
    ],
)
def test_two_papers_of_one_subject(question: str, what: str, many: int) -> None:
    """A number of papers on one subject is that many sides."""
    found = several_of_one(question) or several_of_one(f"differences: {question}")
    assert found is not None and (found.side.query, found.many) == (what, many)
    assert several_of_one("Compare papers about clarification questions") is None


def test_names_in_a_list() -> None:
    """Names with nothing but joining words between them are listed."""
    text = "model sizes: Gull / Tern or Skua"
    assert listed(text, [(13, 17), (20, 24)])
    assert not listed("Gull has wings and Tern", [(0, 4), (19, 23)])


@given(st.text(max_size=200), st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), max_size=3))
def test_any_words_can_be_asked(text: str, names: list[tuple[int, int]]) -> None:
    """Whatever is typed, the sides are stretches of it, and at most eight."""
    found = split(f"compare {text}", [(min(pair), max(pair)) for pair in names if max(pair) < len(text)])
    assert len(found) <= MOST_SIDES
    assert all(0 <= side.start <= side.end <= len(text) + 8 for side in found)


@pytest.mark.parametrize(
    "question",
    [
        "How does OVOR differ from TAME on data and results?",
        "How does OVOR differ from TAME in how prompts are kept and used?",
        "OVOR compared with TAME by memory and training time",
    ],
)
def test_what_is_asked_behind_the_last_name_is_no_side(question: str) -> None:
    """Points joined by "and" stay points, however the question begins."""
    names = [(question.index(name), question.index(name) + 4) for name in ("OVOR", "TAME")]
    assert [side.query for side in split(question, names)] == ["OVOR", "TAME"]


@pytest.mark.parametrize(
    ("question", "sides"),
    [
        ("differences btw OVOR and TAME", ["OVOR", "TAME"]),
        ("In what respects do OVOR and TAME differ?", ["OVOR", "TAME"]),
        ("how does skill localization stack up against OVOR", ["skill localization", "OVOR"]),
        ("Is logits fusion cheaper than OVOR?", ["logits fusion", "OVOR"]),
    ],
)
def test_more_ways_to_compare(question: str, sides: list[str]) -> None:
    """Short forms, and a "than" beside a name."""
    names = [(question.index(name), question.index(name) + len(name)) for name in ("OVOR", "TAME") if name in question]
    assert [side.query for side in split(question, names)] == sides


def test_a_side_ends_before_what_it_does() -> None:
    """ "Does the one retriever or the other retriever use ...?" has two sides."""
    found = split("Does the demonstration retriever or the generative retriever use list-wise ranking?")
    assert [side.query for side in found] == ["demonstration retriever", "generative retriever"]


def test_two_papers_of_the_kind_that_words_before_them_tell() -> None:
    """ "The two forgetting papers"; what is told by the conversation is no kind."""
    found = several_of_one("What do the two forgetting papers say about each other?")
    assert found is not None and (found.side.query, found.many) == ("forgetting", 2)
    assert several_of_one("What do the two other papers say?") is None


@pytest.mark.parametrize(
    ("question", "sides"),
    [
        ("What does the antibody paper do that OVOR does not?", ["antibody", "OVOR"]),
        ("What problem does the one with virtual outliers solve, and what does the paper on frogs do?", ["with virtual outliers", "frogs"]),
        ("Tell me whether the music paper and OVOR share any idea", ["music", "OVOR"]),
        ("What advantages has task hinting over OVOR?", ["task hinting", "OVOR"]),
        ("When should I use the paper on frogs rather than OVOR?", ["frogs", "OVOR"]),
        ("In what way is the frog retriever unlike OVOR?", ["frog retriever", "OVOR"]),
        ("pros and cons: OVOR, task hinting", ["OVOR", "task hinting"]),
    ],
)  # fmt: skip
def test_papers_told_by_a_description_anywhere(question: str, sides: list[str]) -> None:
    """However the words between them compare, and whichever end of the question they stand at."""
    names = [(question.index("OVOR"), question.index("OVOR") + 4)] if "OVOR" in question else []
    assert [side.query for side in split(question, names)] == sides


def test_one_description_is_no_comparison() -> None:
    """Nor is one that has the name in it."""
    assert not split("What does the paper on frogs say?")
    assert not split("What does the paper that brings OVOR say?", [(28, 32)])
