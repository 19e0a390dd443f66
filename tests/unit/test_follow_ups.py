"""Questions to go on with: only what the abstracts behind an answer state beyond it."""

from __future__ import annotations

from dataclasses import replace

from app.chat.follow_ups import follow_ups
from app.core.domain import Answer, Citation, Evidence, ModelInfo, Paper, Quote

SPARROW = Paper(
    "p1",
    "SparrowNet: Sparse Attention for Long Documents",
    "We propose SparrowNet, a block-sparse model. SparrowNet reaches 71.3 % accuracy on LongRead. "
    "Our code is at https://example.org/sparrow.",
)
FINCH = Paper(
    "p2",
    "FinchNet: Retrieval Instead of Length",
    "We propose FinchNet, which retrieves eight passages. FinchNet achieves 73.0 % accuracy on LongRead.",
)
BARE = Paper("p3", "Reeds", "Reeds bend.")
MODEL = ModelInfo("extractive", "extractive")


def answered(question: str, *papers: Paper, quoted: str = "", **parts: object) -> Answer:
    evidence = tuple(Evidence(marker, paper, f"{paper.id}#0", 1.0) for marker, paper in enumerate(papers, start=1))
    cited = papers[0]
    at = cited.abstract.find(quoted) if quoted else 0
    quotes = (Quote(quoted, at, at + len(quoted)),) if quoted else ()
    citations = (Citation(1, cited.ref, quotes),)
    given = {"reason": None, "status": "answered", "kind": "lookup", **parts}
    return Answer(question, question, text="x", model=MODEL, citations=citations, evidence=evidence, **given)  # type: ignore[arg-type]


def test_what_an_abstract_states_is_offered() -> None:
    offered = follow_ups(answered("How does SparrowNet work?", SPARROW, FINCH))
    assert "What results does SparrowNet report?" in offered
    assert "How does SparrowNet differ from FinchNet?" in offered
    assert 2 <= len(offered) <= 4 and len(set(offered)) == len(offered)


def test_what_it_does_not_state_was_asked_or_is_quoted_is_not() -> None:
    offered = follow_ups(answered("What is SparrowNet?", SPARROW, FINCH))
    assert not any("FinchNet" in each and "code" in each for each in offered), "its abstract names none"
    sentence = "SparrowNet reaches 71.3 % accuracy on LongRead."
    offered = follow_ups(answered("What is SparrowNet?", SPARROW, quoted=sentence))
    assert "What results does SparrowNet report?" not in offered
    asked = "How does SparrowNet differ from FinchNet?"
    assert asked not in follow_ups(answered("What is SparrowNet?", SPARROW, FINCH), [asked.upper()])


def test_nothing_to_go_on_with() -> None:
    abstained = answered("x?", SPARROW, status="abstained", reason="not_in_library")
    assert follow_ups(abstained) == []
    assert follow_ups(answered("What do reeds do?", BARE)) == []
    assert follow_ups(replace(answered("x?", SPARROW), evidence=(), citations=())) == []
    silent = answered("What is its licence?", SPARROW, status="abstained", reason="abstract_does_not_say")
    assert follow_ups(silent)


def test_a_paper_with_a_warning_is_not_gone_on_with() -> None:
    flagged = replace(SPARROW, flags=("speaks to a model",))
    assert follow_ups(answered("What is SparrowNet?", flagged)) == []


def test_a_comparison_goes_on_with_a_point_of_both() -> None:
    offered = follow_ups(answered("How does SparrowNet differ from FinchNet?", SPARROW, FINCH, kind="compare"))
    assert "How does SparrowNet differ from FinchNet?" not in offered
    assert any(each.startswith("Compare SparrowNet and FinchNet on ") for each in offered)
