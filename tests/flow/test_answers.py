"""How good answers are without any chat model, over the questions of tests/data, with the real embedder.

Each test prints what it measured; the thresholds stand a few questions below that.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.bootstrap import Service
from app.core.domain import Answer, title_key
from tests.conftest import service_in
from tests.conversation import ask, cases


def measured(
    name: str, asked: list[dict[str, Any]], good: Callable[[dict[str, Any]], bool], capsys: pytest.CaptureFixture[str]
) -> int:
    """How many of the cases are good, printed with the ids of the others."""
    failed = [case["id"] for case in asked if not good(case)]
    with capsys.disabled():
        print(
            f"\n{name}: {len(asked) - len(failed)}/{len(asked)}{'  not: ' + ' '.join(failed) if failed else ''}",
            end=" ",
        )
    return len(asked) - len(failed)


def cited(answer: Answer) -> list[str]:
    return [citation.paper.id for citation in answer.citations]


def has_fact(answer: Answer, case: dict[str, Any]) -> bool:
    """Whether a fact of the case stands in the answer as a whole token: "24" is neither 24.7 nor 124."""
    return any(re.search(rf"(?<![0-9A-Za-z.]){re.escape(fact)}(?![0-9])", answer.text) for fact in case["answer_has"])


def is_sound(answer: Answer) -> bool:
    """What holds for every answer: citations are of the evidence, quotes are exact, no claim is contradicted."""
    papers = {item.marker: item.paper for item in answer.evidence}
    return all(
        papers[c.marker].ref == c.paper and all(papers[c.marker].abstract[q.start : q.end] == q.text for q in c.quotes)
        for c in answer.citations
    ) and all(claim.verdict != "unsupported" for claim in answer.claims)


@pytest.fixture(scope="module")
def named_answers(starter: Service) -> dict[str, Answer]:
    return {case["id"]: ask(starter, case["question"]) for case in cases("named")}


def test_a_named_paper_is_cited_first(named_answers: dict[str, Answer], capsys: pytest.CaptureFixture[str]) -> None:
    """A question that names a paper by system, title or subject is answered from that paper."""
    good = measured(
        "named, cited first", cases("named"), lambda c: cited(named_answers[c["id"]])[:1] == [c["paper"]], capsys
    )
    assert good >= 44


def test_the_fact_asked_for_is_quoted(named_answers: dict[str, Answer], capsys: pytest.CaptureFixture[str]) -> None:
    """The quoted sentences hold the figure or the word that was asked for."""
    assert measured("named, fact quoted", cases("named"), lambda c: has_fact(named_answers[c["id"]], c), capsys) >= 34


def test_every_named_answer_is_sound(named_answers: dict[str, Answer]) -> None:
    """Quotes of quotes: every claim of an extractive answer is supported by its own abstract."""
    assert [name for name, answer in named_answers.items() if not is_sound(answer)] == []


def test_a_subject_finds_its_papers(starter: Service, capsys: pytest.CaptureFixture[str]) -> None:
    """A question in other words than the abstract's cites a paper on it."""

    def good(case: dict[str, Any]) -> bool:
        return bool(set(cited(ask(starter, case["question"]))) & set(case["papers"]))

    assert measured("topical", cases("topical"), good, capsys) >= 24


def test_a_comparison_cites_every_side(starter: Service, capsys: pytest.CaptureFixture[str]) -> None:
    """Each paper a comparison names has its say."""

    def good(case: dict[str, Any]) -> bool:
        answer = ask(starter, case["question"])
        return set(case["papers"]) <= set(cited(answer)) and is_sound(answer)

    assert measured("compare", cases("compare"), good, capsys) >= 14


def test_what_is_not_there_is_not_answered(starter: Service, capsys: pytest.CaptureFixture[str]) -> None:
    """No answer is made up for a stranger; of a comparison with one, the stranger is said missing and only the paper
    that is there is cited."""

    def good(case: dict[str, Any]) -> bool:
        answer = ask(starter, case["question"])
        if case["why"] == "missing side":
            return set(cited(answer)) <= set(case["papers"]) and answer.text.startswith(
                "This library holds no paper on"
            )
        return answer.status in {"abstained", "clarify"} or answer.kind == "chat"

    assert measured("absent", cases("absent"), good, capsys) >= 37


def test_a_follow_up_stays_with_its_paper(starter: Service, capsys: pytest.CaptureFixture[str]) -> None:
    """Pronouns and positions lead to the paper they mean."""

    def good(case: dict[str, Any]) -> bool:
        return cited(ask(starter, *case["turns"]))[:1] == case["papers"][:1]

    assert measured("follow-up", cases("followup"), good, capsys) >= 10


def test_markers_stay_with_their_papers_through_a_conversation(starter: Service) -> None:
    """A paper cited in two answers has one marker in both."""
    first = ask(starter, "compare TAME and IBCL")
    second = ask(starter, "compare TAME and IBCL", "does the second one need task ids?")
    markers = {e.paper.id: e.marker for e in first.evidence}
    assert second.citations[0].marker == markers["2310.02995"] == 2
    assert "[2]" in second.text and "[1]" not in second.text


def test_asked_twice_answered_alike(starter: Service) -> None:
    """The same question gives the same words and citations."""
    one, two = ask(starter, "speeding up prompt processing"), ask(starter, "speeding up prompt processing")
    assert (one.text, one.citations, one.claims) == (two.text, two.citations, two.claims)


@pytest.mark.parametrize(
    ("question", "kind", "said"),
    [
        ("how many papers are in the library?", "meta", "The library holds 47 papers."),
        ("hi", "chat", "from their abstracts"),
        ("why?", "clarify", "Which paper do you mean?"),
    ],
)
def test_questions_that_need_no_paper(starter: Service, question: str, kind: str, said: str) -> None:
    """About the library, small talk, and what cannot be understood: each gets its own kind of reply, uncited."""
    answer = ask(starter, question)
    assert (answer.kind, answer.citations) == (kind, ())
    assert said in answer.text


def test_an_empty_library_says_what_to_do(tmp_path: Path, model_cache: Path) -> None:
    """Before anything was added, every question is told how to add papers."""
    answer = ask(service_in(tmp_path / "empty", model_cache), "What is OVOR?")
    assert (answer.status, answer.reason) == ("abstained", "empty_library")
    assert "askpapers ingest" in answer.text


@pytest.mark.slow  # minutes; run with: pytest -s -m slow tests/flow/test_answers.py
def test_named_papers_of_the_real_page(
    listing_page: Path, model_cache: Path, tmp_path: Path, starter: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    """The page our first user pasted, with the abstracts as their authors wrote them, answers as well."""
    service = service_in(tmp_path / "page", model_cache)
    service.ingest_files([listing_page])
    titles = {paper.id: title_key(paper.title) for paper in starter.papers()}
    answers = {case["id"]: ask(service, case["question"]) for case in cases("named")}

    def first(case: dict[str, Any]) -> bool:
        citations = answers[case["id"]].citations
        return bool(citations) and title_key(citations[0].paper.title) == titles[case["paper"]]

    assert measured("real page, cited first", cases("named"), first, capsys) >= 44
    assert measured("real page, fact quoted", cases("named"), lambda c: has_fact(answers[c["id"]], c), capsys) >= 34
