"""The scripts of `fake_service` for what an answer holds beside its text: plan, table, verdicts, choices, doubts."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from app.core.domain import Answer, Citation, Claim, Correction, Evidence, Kind, ModelInfo, Paper, Plan, Question, Quote
from app.core.events import AnswerReady, Checking, Event, EvidenceReady, TextDelta
from app.core.findings import Cell, Choice, Comparison, LibraryCheck, PaperVerdict, Row, Stance

MODEL = ModelInfo("openai", "gpt-test")
CHECKS = 412
Script = Callable[[Question, tuple[Evidence, ...], float], Iterator[Event]]


def quote_of(paper: Paper, words: str) -> Quote:
    """These words of the abstract, with their place."""
    start = paper.abstract.index(words)
    return Quote(words, start, start + len(words))


def plan_of(question: Question, evidence: tuple[Evidence, ...], kind: Kind = "compare") -> Plan:
    """A plan that names the first two papers, put right as the question wants it."""
    right = question.correction or Correction()
    named = dict(zip((item.paper.id for item in evidence[:2]), ("Sparrow", "Finch"), strict=False))
    papers = tuple(named) if right.papers is None else right.papers
    aspects = ("accuracy", "cost", "training data") if right.aspects is None else right.aspects
    return Plan(
        right.kind or kind, question.text, papers, tuple(named.get(each, each) for each in papers), aspects=aspects
    )


def table_of(evidence: tuple[Evidence, ...]) -> Comparison:
    """Two papers on three points, one of which an abstract does not state."""
    first, second = (item.paper for item in evidence[:2])
    return Comparison(
        ("accuracy", "cost", "training data"),
        (
            Row(
                evidence[0].marker,
                first.ref,
                "Sparrow",
                (
                    Cell("71.3 %", (quote_of(first, "On the LongRead benchmark Sparrow reaches 71.3 % accuracy"),)),
                    Cell("38 % of the memory of dense attention", (quote_of(first, "38 % of the memory of dense attention"),)),
                    Cell(),
                ),
            ),
            Row(
                evidence[1].marker,
                second.ref,
                "Finch",
                (
                    Cell("73.0 %", (quote_of(second, "On LongRead it reaches 73.0 % accuracy"),)),
                    Cell("a ninth of the compute", (quote_of(second, "a ninth of the compute"),)),
                    Cell(),
                ),
            ),
        ),
    )  # fmt: skip


def _answer(question: Question, text: str, evidence: tuple[Evidence, ...], **parts: object) -> Answer:
    cited = tuple(Citation(item.marker, item.paper.ref) for item in evidence if f"[{item.marker}]" in text)
    base = {"kind": "lookup", "status": "answered", "citations": cited, "evidence": evidence, "id": "a1b2c3d4"}
    return Answer(question.text, question.text, text=text, model=MODEL, **{**base, **parts})  # type: ignore[arg-type]


def _told(plan: Plan, answer: Answer) -> Iterator[Event]:
    yield EvidenceReady(answer.evidence, plan)
    yield TextDelta(answer.text)
    yield AnswerReady(replace(answer, kind=plan.kind))


def _table(question: Question, evidence: tuple[Evidence, ...], pace: float) -> Iterator[Event]:
    """A comparison whose text has no table of its own."""
    text = "Finch is ahead on LongRead [2], and Sparrow is the dearer of the two [1]."
    yield from _told(plan_of(question, evidence), _answer(question, text, evidence[:2], table=table_of(evidence)))


def _check(question: Question, evidence: tuple[Evidence, ...], pace: float) -> Iterator[Event]:
    """A look through the library; "check forever" never comes to an end of it."""
    forever = "forever" in question.text
    for done in range(1, CHECKS + 1):
        yield Checking(done, CHECKS, done // 3)
        time.sleep(0.05 if forever and done >= 128 else pace / 20)
        while forever and done == 140:
            time.sleep(0.05)
            yield Checking(done, CHECKS, done // 3)
    stances: tuple[Stance, ...] = ("yes", "yes", "unclear", "no")
    verdicts = tuple(
        PaperVerdict(item.paper.ref, stance, (Quote(item.paper.abstract[:40], 0, 40),) if stance != "no" else (), item.marker)
        for item, stance in zip(evidence, stances, strict=True)
    )  # fmt: skip
    text = "Two papers of your library report results on LongRead [1][2]."
    checked = LibraryCheck(verdicts, 4, 4, 4)
    yield from _told(plan_of(question, evidence, "aggregate"), _answer(question, text, evidence, checked=checked))


def _clarify(question: Question, evidence: tuple[Evidence, ...], pace: float) -> Iterator[Event]:
    text = "Two papers fit that. Which one do you mean?"
    choices = (
        Choice("Sparrow, the paper of 2021", "compare Sparrow with itself", 1),
        Choice("Finch, the paper of 2022", "compare Finch with itself", 2),
    )
    answer = _answer(question, text, evidence[:2], status="clarify", reason="unclear_question", choices=choices)
    yield from _told(Plan("clarify", question.text), answer)


def _claims(question: Question, evidence: tuple[Evidence, ...], pace: float) -> Iterator[Event]:
    """Sentences of every verdict, each at its place in the text."""
    said = (
        ("Sparrow needs 38 % of the memory [1].", "supported", ()),
        ("It was trained on **42** books [1].", "unsupported", ("number 42 not in the cited abstract",)),
        ("Finch reads *whole books* in a short window [2].", "partly", ()),
        ("Both are free software.", "unsupported", ("uncited",)),
    )
    text = "\n".join(f"- {words}" for words, _, _ in said)
    claims = []
    for words, verdict, problems in said:
        start = text.index(words)
        markers = tuple(int(each) for each in "12" if f"[{each}]" in words)
        claims.append(Claim(words, markers, verdict, problems, start, start + len(words)))  # type: ignore[arg-type]
    yield from _told(plan_of(question, evidence, "lookup"), _answer(question, text, evidence[:2], claims=tuple(claims)))


def _unsaid(question: Question, evidence: tuple[Evidence, ...], pace: float) -> Iterator[Event]:
    text = "The abstract of Sparrow does not say which licence it has."
    answer = _answer(question, text, evidence[:1], status="abstained", reason="abstract_does_not_say")
    yield from _told(Plan("lookup", question.text, (evidence[0].paper.id,), ("Sparrow",)), answer)


def _disagree(question: Question, evidence: tuple[Evidence, ...], pace: float) -> Iterator[Event]:
    text = "One abstract says that the whole text is needed [1], another that it is not [2]."
    yield from _told(plan_of(question, evidence, "lookup"), _answer(question, text, evidence[:2], reason="abstracts_disagree"))  # fmt: skip


def hostile_parts(evil: Paper, words: str) -> dict[str, object]:
    """Everything an answer can hold beside its text, made of hostile words."""
    cell = Cell(words, (Quote(evil.abstract[:30], 0, 30),))
    return {
        "table": Comparison((words, "cost"), (Row(1, evil.ref, words, (cell, Cell())), Row(2, evil.ref, words, (cell, cell)))),
        "checked": LibraryCheck((PaperVerdict(evil.ref, "yes", cell.quotes, 1), PaperVerdict(evil.ref, "no")), 2, 2, 2, words),
        "choices": (Choice(words, "compare Sparrow and Finch", 1),),
        "id": f"x; {words}",
    }  # fmt: skip


SCRIPTS: dict[str, Script] = {
    "table": _table,
    "check": _check,
    "clarify": _clarify,
    "claims": _claims,
    "unsaid": _unsaid,
    "disagree": _disagree,
}
