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
    claims: int
    unchecked: int


def judge(question: JudgedQuestion, answer: Answer | AskPapersError, seconds: float) -> Judged:
    """What an answer, or the error in its place, is worth."""
    given = answer if isinstance(answer, Answer) else None
    error = answer if isinstance(answer, AskPapersError) else None
    claims = [claim.verdict for claim in given.claims] if given else []
    return Judged(
        question=question,
        answer=given,
        error=error,
        seconds=seconds,
        parts={name: part for name, *part in _parts(question, given)},  # type: ignore[misc]
        missed=tuple(_missed(question, given)) if given else (f"failed: {error}",),
        claims=len(claims),
        unchecked=claims.count("unchecked"),
    )


def cited_papers(answer: Answer | None) -> tuple[str, ...]:
    """The ids of the papers an answer cites, in its order, each once."""
    return tuple(dict.fromkeys(citation.paper.id for citation in answer.citations)) if answer else ()


def offered_papers(answer: Answer | None) -> set[str]:
    """The papers that an answer lists: cited ones and those it asks back with."""
    if answer is None:
        return set()
    markers = {item.marker: item.paper.id for item in answer.evidence}
    return {*cited_papers(answer), *(markers[c.marker] for c in answer.choices if c.marker in markers)}


def _asked_back(answer: Answer | None) -> bool:
    return answer is not None and answer.status == "clarify"


def _abstained(answer: Answer | None) -> bool:
    return answer is not None and answer.status == "abstained"


def _lists_candidates(question: JudgedQuestion, answer: Answer | None) -> bool:
    """A person has something to choose from: at least two of those that may be meant."""
    return len(offered_papers(answer) & set(question.choices)) >= 2


def _shown_beside(answer: Answer) -> Iterator[str]:
    """What stands beside the text: the cells of its table and the quotes of both."""
    for row in answer.table.rows if answer.table else ():
        for cell in row.cells:
            yield cell.text
            yield from (quote.text for quote in cell.quotes)
    for citation in answer.citations:
        yield from (quote.text for quote in citation.quotes)


# --- for the figures --------------------------------------------------------------------------------------------


def _parts(question: JudgedQuestion, answer: Answer | None) -> Iterator[tuple[str, float, float]]:
    """(name, part, whole) of every share that the question has to do with."""
    yield from _of_papers(question, cited_papers(answer))
    if question.facts:
        text = [answer.text] if answer else []
        beside = list(_shown_beside(answer)) if answer else []
        number = len(question.facts)
        yield "facts", 1 - len(missing_facts(question.facts, [*text, *beside])) / number, 1
        yield "facts_in_text", 1 - len(missing_facts(question.facts, text)) / number, 1
    if _abstained(answer):
        yield "abstain_precision", question.abstain, 1
    if question.abstain:
        yield "abstain_recall", _abstained(answer), 1
    if question.answerable:
        yield "wrongly_refused", _abstained(answer), 1
        yield "wrongly_asked_back", _asked_back(answer), 1
    if question.unclear:
        yield "asked_or_listed", _asked_back(answer) or _lists_candidates(question, answer), 1
    if question.choices:
        yield "choices_offered", len(offered_papers(answer) & set(question.choices)) / len(question.choices), 1
    verdicts = [claim.verdict for claim in answer.claims if claim.verdict != "unchecked"] if answer else []
    if verdicts:
        yield "supported", verdicts.count("supported"), len(verdicts)


def _of_papers(question: JudgedQuestion, cited: tuple[str, ...]) -> Iterator[tuple[str, float, float]]:
    must, right = set(question.must_cite), {*question.must_cite, *question.may_cite}
    precision = len(right.intersection(cited)) / len(cited) if cited else 0.0
    if right and cited:
        yield "citation_precision", precision, 1
    if not must:
        return
    recall = len(must.intersection(cited)) / len(must)
    yield "citation_recall", recall, 1
    yield "all_cited", must <= set(cited), 1
    yield "first_right", cited[:1] != () and cited[0] in must, 1
    if question.type == AGGREGATE:
        # A list that is empty lists nothing right.
        yield "list_precision", precision, 1
        yield "list_recall", recall, 1
        yield "list_f1", 2 * precision * recall / (precision + recall) if precision + recall else 0.0, 1


# --- for people -------------------------------------------------------------------------------------------------


def _missed(question: JudgedQuestion, answer: Answer) -> Iterator[str]:
    """What the answer lacks or has too much, in words, the worst first."""
    if question.abstain and not _abstained(answer):
        yield f"{'asked back' if _asked_back(answer) else 'answered'}, though the library does not say"
    if question.answerable and answer.status != "answered":
        yield f"{'asked back' if _asked_back(answer) else 'refused'} ({answer.reason}), though there is an answer"
    if question.unclear and not (_asked_back(answer) or _lists_candidates(question, answer)):
        seen = len(offered_papers(answer) & set(question.choices))
        yield f"not asked back: {answer.status}, listing {seen} of {len(question.choices)} candidates"
    cited = cited_papers(answer)
    if absent := [paper for paper in question.must_cite if paper not in cited]:
        yield f"not cited: {', '.join(absent)}"
    elif question.must_cite and cited[0] not in question.must_cite:
        yield f"cited first: {cited[0]}"
    for fact in missing_facts(question.facts, [answer.text, *_shown_beside(answer)]):
        yield f"fact not found: {' / '.join(fact)}"
    right = {*question.must_cite, *question.may_cite}
    if right and (beside := [paper for paper in cited if paper not in right]):
        yield f"cited beside: {', '.join(beside)}"
    for claim in answer.claims:
        if claim.verdict in ("unsupported", "partly"):
            yield f"claim {claim.verdict}: {claim.text[:_SHOWN_CLAIM]}"
