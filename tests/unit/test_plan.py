"""What kind of question it is, by rule."""

from __future__ import annotations

import pytest

from app.chat.plan import is_small_talk, kind_of, make_plan, subject_of
from app.chat.resolve import Named
from app.core.domain import Kind, Plan


@pytest.mark.parametrize(
    ("kind", "question", "papers", "things"),
    [
        ("chat", "hello there!", 0, 0),
        ("chat", "thanks a lot", 0, 0),
        ("chat", "What can you do?", 0, 0),
        ("meta", "how many papers are in the library?", 0, 0),
        ("meta", "what is in this collection", 0, 0),
        ("compare", "OVOR or MULTI-LANE, which is better?", 2, 2),
        ("compare", "What do OVOR and MULTI-LANE keep?", 2, 2),
        ("compare", "ReprogBERT vs ESM-2", 1, 2),
        ("compare", "difference between prompt pools and single prompts", 0, 0),
        ("aggregate", "which papers release their code?", 0, 0),
        ("aggregate", "list all methods that use replay", 0, 0),
        ("aggregate", "How many papers are about prompts and code?", 0, 0),
        ("aggregate", "How many papers ended up in the systematic literature review on text generation?", 0, 0),
        ("lookup", "which models did OVOR beat?", 1, 1),
        ("lookup", "What is OVOR?", 1, 1),
        ("lookup", "hi, what is OVOR?", 1, 1),
        ("lookup", "does adding tasks help?", 0, 0),
    ],
)
def test_kinds(kind: Kind, question: str, papers: int, things: int) -> None:
    """The words of a question and the names in it decide which of the pipelines answers."""
    assert kind_of(question, papers, things) == kind


def plan(query: str, named: Named | None = None, pointed_at: tuple[str, ...] = ()) -> Plan:
    return make_plan(query, named or Named((), (), (), ()), pointed_at, lambda paper: f"handle of {paper}")


@pytest.mark.parametrize(
    ("query", "sides"),
    [
        ("compare prompt pools and a single prompt", ("prompt pools", "a single prompt")),
        ("What is the difference between replay and regularization for forgetting?", ("replay", "regularization")),
        ("dense retrieval versus BM25", ("dense retrieval", "BM25")),
        ("How do long prompts differ from short ones in terms of cost?", ("long prompts", "short ones")),
    ],
)
def test_a_comparison_of_subjects_has_two_sides(query: str, sides: tuple[str, str]) -> None:
    """Without named papers each side of the comparison is a search of its own."""
    found = plan(query)
    assert (found.kind, found.sides) == ("compare", sides)


def test_a_comparison_without_sides_is_a_lookup() -> None:
    """ "Compare" alone names nothing to put side by side."""
    assert plan("please compare").kind == "lookup"


def test_labels_are_the_persons_own_words() -> None:
    """A paper is called what the question calls it, without a possessive; one it only points at by its handle."""
    query = "How does ovor's loss differ from [2] and MULTI LANE?"
    spans = ((9, 15, ("p1",)), (33, 36, ("p2",)), (41, 51, ("p3",)))
    found = plan(query, Named(("p1", "p2", "p3"), (), (), spans))
    assert found.named == ("p1", "p2", "p3")
    assert found.labels == ("ovor", "handle of p2", "MULTI LANE")
    assert (found.kind, found.sides) == ("compare", ())


def test_what_a_pronoun_means_comes_first() -> None:
    """A paper pointed at stands before those named, and once only."""
    found = plan("How does A differ from B?", Named(("b", "a"), (), (), ()), ("a",))
    assert found.named == ("a", "b")


def test_a_missing_side_is_kept() -> None:
    """One paper and one name that is not there are still a comparison, and the name is told."""
    found = plan("ReprogBERT vs ESM-2", Named(("p",), ("ESM-2",), ("ESM-2",), ((0, 10, ("p",)), (14, 19, ()))))
    assert (found.kind, found.named, found.missing, found.sides) == ("compare", ("p",), ("ESM-2",), ())


@pytest.mark.parametrize(
    ("text", "small"),
    [("hi", True), ("Thank you!", True), ("help", True), ("hi-res images", False), ("ok but why?", False)],
)
def test_small_talk(text: str, small: bool) -> None:
    """A greeting asks nothing of the papers; a question that begins like one does."""
    assert is_small_talk(text) is small


@pytest.mark.parametrize(
    ("query", "subject"),
    [
        ("Which papers are about prompts?", "prompts"),
        ("which works on continual learning are there?", "continual learning"),
        ("What papers do you have on newts?", "newts"),
        ("Are there any papers on birds in my library?", "birds"),
        ("List all papers that use rewards", "that use rewards"),
        ("Which papers are there?", "Which papers are there?"),
        ("What does OVOR do?", "What does OVOR do?"),
        ("prompts", "prompts"),
    ],
)
def test_what_a_list_question_asks_after(query: str, subject: str) -> None:
    """The words for a list are left out of what is searched for; other questions stay as they are."""
    assert subject_of(query) == subject
