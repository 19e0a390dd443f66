"""Abstracts that say opposite things of the same, and those that only seem to."""

from __future__ import annotations

import pytest

from app.adapters.sentences import sentences
from app.chat.claims.disagree import Disagreement, disagreement
from app.core.domain import Evidence, Paper, Sentence
from app.core.ports import Embedder

QUESTION = "Does chain-of-thought prompting help small language models?"


def _find(embedder: Embedder, question: str, *abstracts: str) -> Disagreement | None:
    scored: list[tuple[Evidence, Sentence]] = []
    for marker, abstract in enumerate(abstracts, start=1):
        paper = Paper(f"p{marker}", f"A Study of Prompting {marker}", abstract)
        scored += [(Evidence(marker, paper, f"p{marker}#0", 1.0), s) for s in sentences(abstract)]
    return disagreement(question, scored, embedder)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            "Chain-of-thought prompting improves the reasoning accuracy of small language models.",
            "Chain-of-thought prompting does not improve the reasoning accuracy of small language models.",
        ),
        (
            "We find that chain-of-thought prompting increases accuracy for small language models.",
            "Our experiments show that chain-of-thought prompting decreases the accuracy of small language models.",
        ),
        (
            "For small language models direct prompting outperforms chain-of-thought prompting.",
            "For small language models chain-of-thought prompting outperforms direct prompting.",
        ),
    ],
)
def test_opposite_findings_are_found_with_exact_quotes(embedder: Embedder, one: str, other: str) -> None:
    """Negation, direction and sides; both sentences are quoted with their markers."""
    first, second = f"Prompting matters. {one}", f"We look at models again. {other} Code is online [3]."
    found = _find(embedder, QUESTION, first, second)
    assert found and (found.one.quote.text, found.other.quote.text) == (one, other)
    assert first[found.one.quote.start : found.one.quote.end] == one
    assert f"- “{one}” [1]\n- “{other}” [2]" in found.text


@pytest.mark.parametrize(
    ("question", "one", "other"),
    [
        (
            QUESTION,
            "Chain-of-thought prompting improves the accuracy of small language models.",
            "Chain-of-thought prompting raises the accuracy of small language models on arithmetic.",
        ),
        (
            QUESTION,
            "Chain-of-thought prompting improves the accuracy of large language models.",
            "Retrieval does not improve the factuality of small language models.",
        ),
        (
            "Which method is best on ImageNet?",
            "HeronNet outperforms StorkNet on ImageNet.",
            "StorkNet-2 outperforms HeronNet on ImageNet.",
        ),
        (
            "How tall are cathedrals?",
            "Chain-of-thought prompting improves the accuracy of small language models.",
            "Chain-of-thought prompting does not improve the accuracy of small language models.",
        ),
    ],
)
def test_other_pairs_are_left_alone(embedder: Embedder, question: str, one: str, other: str) -> None:
    """The same finding, different subjects, each paper's own system, a question about something else."""
    papers = []
    for marker, (title, text) in enumerate(((f"HeronNet: {one[:8]}", one), (f"StorkNet-2: {other[:8]}", other)), 1):
        paper = Paper(f"p{marker}", title, text)
        papers += [(Evidence(marker, paper, f"p{marker}#0", 1.0), s) for s in sentences(text)]
    assert disagreement(question, papers, embedder) is None


def test_one_paper_does_not_disagree_with_itself(embedder: Embedder) -> None:
    """A paper may name an earlier finding and its opposite."""
    text = (
        "It is said that chain-of-thought prompting improves small language models. "
        "We find that chain-of-thought prompting does not improve small language models."
    )
    assert _find(embedder, QUESTION, text) is None
