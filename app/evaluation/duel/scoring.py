"""What one model wrote to one question, measured: against the evidence it had, and against what a good answer has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from app.chat.cite import CitationStream, statements
from app.chat.clocked import Clock
from app.core.domain import Answer, Claim, Evidence
from app.core.duel import Score
from app.core.errors import AskPapersError
from app.evaluation.facts import missing_facts
from app.evaluation.questions import JudgedQuestion

# A reply that came in less time was not written word by word.
_SHORTEST_S = 0.02


def failed(question: JudgedQuestion, model: str, error: Exception, papers: int = 0) -> Score:
    """The score of no answer: of what a good one has it has nothing."""
    known = isinstance(error, AskPapersError)
    what = str(error) if known else f"Something went wrong in askpapers itself ({type(error).__name__})."
    hint = error.hint if isinstance(error, AskPapersError) else "Run again with --debug and report it."
    return Score(
        question=question.id,
        model=model,
        error=what,
        hint=hint,
        papers=papers,
        recall=0.0 if question.must_cite else None,
        facts=0.0 if question.facts else None,
        should_refuse=_should_refuse(question),
    )


def scored(
    question: JudgedQuestion,
    model: str,
    answer: Answer,
    reply: str,
    clock: Clock,
    counted: int,
    called: Mapping[str, str],
) -> Score:
    """The score of an answer. `reply` is what the model wrote, of `counted` tokens by our own count; only that is
    measured: what we put around it (notes, the table of a comparison, markers of sentences without one) is not its
    work. `called` is what the question calls papers that have another id."""
    evidence = answer.evidence
    stream = CitationStream([item.marker for item in evidence])
    stream.feed(reply)
    stream.finish()
    own = stream.text
    markers = [marker for statement in statements(own) for marker in statement.markers]
    cited = _papers(markers, evidence, called)
    right, must = {*question.must_cite, *question.may_cite}, set(question.must_cite)
    facts = len(question.facts)
    verdicts = _verdicts(answer.claims)
    tokens = counted if clock.tokens is None else clock.tokens
    return Score(
        question=question.id,
        model=model,
        text=own.strip(),
        answer=answer,
        papers=len(evidence),
        known=len(markers),
        invented=len(stream.unknown),
        cited=cited,
        precision=len(right.intersection(cited)) / len(cited) if right and cited else None,
        recall=len(must.intersection(cited)) / len(must) if must else None,
        facts=1 - len(missing_facts(question.facts, [own])) / facts if facts else None,
        refused=answer.status == "abstained",
        should_refuse=_should_refuse(question),
        first_s=clock.first_s,
        seconds=clock.last_s,
        tokens=tokens,
        counted=clock.tokens is not None,
        tokens_per_s=_pace(clock, tokens),
        supported=verdicts["supported"],
        partly=verdicts["partly"],
        unsupported=verdicts["unsupported"],
        unsourced=verdicts["uncited"],
    )


def _papers(markers: Sequence[int], evidence: Sequence[Evidence], called: Mapping[str, str]) -> tuple[str, ...]:
    ids = {item.marker: item.paper.id for item in evidence}
    found = [ids[marker] for marker in markers if marker in ids]
    return tuple(dict.fromkeys(called.get(paper, paper) for paper in found))


def _should_refuse(question: JudgedQuestion) -> bool | None:
    """None for a question of which nothing is known but its words."""
    known = question.must_cite or question.facts or question.abstain
    return question.abstain if known else None


def _verdicts(claims: Sequence[Claim]) -> Counter[str]:
    """How many claims there are of each verdict; "uncited" are those without a marker that nothing bears out."""
    without = ["uncited" for claim in claims if claim.verdict == "unchecked" and "uncited" in claim.problems]
    return Counter([*(claim.verdict for claim in claims), *without])


def _pace(clock: Clock, tokens: int) -> float | None:
    """Tokens a second from the first word on; of one word, or of a reply that came at once, nobody can say."""
    if clock.first_s is None or tokens < 2 or clock.last_s - clock.first_s < _SHORTEST_S:
        return None
    return (tokens - 1) / (clock.last_s - clock.first_s)
