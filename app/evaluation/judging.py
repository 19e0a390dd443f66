"""One answer beside what a good one has: what it adds to each share (see `MEASURES`), and in words what it lacks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from app.core.domain import Answer
from app.core.errors import AskPapersError
from app.evaluation.facts import missing_facts
from app.evaluation.questions import AGGREGATE, JudgedQuestion
from app.evaluation.shares import Part

# Name for programs, name for people.
MEASURES = {
    "citation_recall": "citation recall",
    "all_cited": "all cited",
    "first_right": "first right",
    "citation_precision": "citation precision",
    "facts": "facts found",
    "facts_in_text": "facts in text",
    "list_precision": "list precision",
    "list_recall": "list recall",
    "list_f1": "list F1",
    "abstain_precision": "abstain precision",
    "abstain_recall": "abstain recall",
    "wrongly_refused": "wrongly refused",
    "wrongly_asked_back": "wrongly asked back",
    "asked_or_listed": "asked back or listed",
    "choices_offered": "choices offered",
    "supported": "supported claims",
}
# So many of the papers that may be meant leave a person something to choose from.
_TO_CHOOSE_FROM = 2
_SHOWN_CLAIM = 120


@dataclass(frozen=True, slots=True)
class Judged:
    """A question that was asked. Without an answer there is the error, and all that a good answer has is lacking."""

    question: JudgedQuestion
    answer: Answer | None
    error: AskPapersError | None
    seconds: float
    parts: Mapping[str, Part]
    missed: tuple[str, ...]
    claims: int = 0
    unchecked: int = 0


def judge(
    question: JudgedQuestion, answer: Answer | AskPapersError, seconds: float, called: Mapping[str, str] | None = None
) -> Judged:
    """What an answer, or the error in its place, is worth. `called` is what the question calls papers that have another
    id in the library."""
    if isinstance(answer, AskPapersError):
        nothing = _Given(question)
        return Judged(question, None, answer, seconds, dict(_parts(nothing)), (f"failed: {answer}",))
    given = _given(question, answer, called or {})
    verdicts = [claim.verdict for claim in answer.claims]
    parts, missed = dict(_parts(given)), tuple(_missed(given, answer))
    return Judged(question, answer, None, seconds, parts, missed, len(verdicts), verdicts.count("unchecked"))


@dataclass(frozen=True, slots=True)
class _Given:
    """What an answer gives a question: the papers it cites in its order, each once, and those it lists (cited, or to
    choose from where it asks back); its text, and what stands beside it: the cells of its table and the quotes of both."""

    question: JudgedQuestion
    status: str = "failed"
    cited: tuple[str, ...] = ()
    listed: frozenset[str] = frozenset()
    text: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    supported: int = 0
    checked: int = 0

    @property
    def asked_back(self) -> bool:
        return self.status == "clarify"

    @property
    def abstained(self) -> bool:
        return self.status == "abstained"

    @property
    def offered(self) -> int:
        """How many of the papers that may be meant it lists."""
        return len(self.listed & set(self.question.choices))

    @property
    def right(self) -> set[str]:
        return {*self.question.must_cite, *self.question.may_cite}


def _given(question: JudgedQuestion, answer: Answer, called: Mapping[str, str]) -> _Given:
    markers = {item.marker: item.paper.id for item in answer.evidence}
    cited = [citation.paper.id for citation in answer.citations]
    chosen = [choice.marker for choice in answer.choices] or (markers if answer.status == "clarify" else [])
    listed = [*cited, *(markers[marker] for marker in chosen if marker in markers)]
    verdicts = [claim.verdict for claim in answer.claims]
    return _Given(
        question=question,
        status=answer.status,
        cited=tuple(dict.fromkeys(called.get(paper, paper) for paper in cited)),
        listed=frozenset(called.get(paper, paper) for paper in listed),
        text=(answer.text,),
        beside=tuple(_shown_beside(answer)),
        supported=verdicts.count("supported"),
        checked=len(verdicts) - verdicts.count("unchecked"),
    )


def _shown_beside(answer: Answer) -> Iterator[str]:
    for row in answer.table.rows if answer.table else ():
        for cell in row.cells:
            yield cell.text
            yield from (quote.text for quote in cell.quotes)
    for citation in answer.citations:
        yield from (quote.text for quote in citation.quotes)


# --- for the figures --------------------------------------------------------------------------------------------


def _parts(given: _Given) -> Iterator[tuple[str, Part]]:
    """What the question adds to every share that it has to do with."""
    question = given.question
    yield from _of_papers(given)
    if number := len(question.facts):
        yield "facts", (1 - len(missing_facts(question.facts, (*given.text, *given.beside))) / number, 1)
        yield "facts_in_text", (1 - len(missing_facts(question.facts, given.text)) / number, 1)
    if given.abstained:
        yield "abstain_precision", (question.abstain, 1)
    if question.abstain:
        yield "abstain_recall", (given.abstained, 1)
    if question.answerable:
        yield "wrongly_refused", (given.abstained, 1)
        yield "wrongly_asked_back", (given.asked_back, 1)
    if question.unclear:
        yield "asked_or_listed", (given.asked_back or given.offered >= _TO_CHOOSE_FROM, 1)
    if question.choices:
        yield "choices_offered", (given.offered / len(question.choices), 1)
    if given.checked:
        yield "supported", (given.supported, given.checked)


def _of_papers(given: _Given) -> Iterator[tuple[str, Part]]:
    cited, must = given.cited, set(given.question.must_cite)
    precision = len(given.right.intersection(cited)) / len(cited) if cited else 0.0
    if given.right and cited:
        yield "citation_precision", (precision, 1)
    if not must:
        return
    recall = len(must.intersection(cited)) / len(must)
    yield "citation_recall", (recall, 1)
    yield "all_cited", (must <= set(cited), 1)
    yield "first_right", (bool(cited) and cited[0] in must, 1)
    if given.question.type == AGGREGATE:
        # A list that is empty lists nothing right.
        yield "list_precision", (precision, 1)
        yield "list_recall", (recall, 1)
        yield "list_f1", (2 * precision * recall / (precision + recall) if precision + recall else 0.0, 1)


# --- for people -------------------------------------------------------------------------------------------------


def _missed(given: _Given, answer: Answer) -> Iterator[str]:
    """What the answer lacks or has too much, in words, the worst first."""
    question, cited = given.question, given.cited
    did = {"clarify": "asked back", "abstained": "refused"}.get(given.status, "answered")
    if question.abstain and not given.abstained:
        yield f"{did}, though the library does not say"
    if question.answerable and did != "answered":
        yield f"{did} ({answer.reason}), though the library has an answer"
    if question.unclear and not (given.asked_back or given.offered >= _TO_CHOOSE_FROM):
        yield f"{did}, listing {given.offered} of {len(question.choices)} papers that may be meant"
    if absent := [paper for paper in question.must_cite if paper not in cited]:
        yield f"not cited: {', '.join(absent)}"
    elif question.must_cite and cited[0] not in question.must_cite:
        yield f"cited first: {cited[0]}"
    for fact in missing_facts(question.facts, (*given.text, *given.beside)):
        yield f"fact not found: {' / '.join(fact)}"
    if given.right and (others := [paper for paper in cited if paper not in given.right]):
        yield f"cited beside: {', '.join(others)}"
    for claim in answer.claims:
        if claim.verdict in ("unsupported", "partly"):
            yield f"claim {claim.verdict}: {claim.text[:_SHOWN_CLAIM]}"
