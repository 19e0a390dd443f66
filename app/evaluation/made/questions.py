"""Questions with known answers, made by rule from the abstracts of a library. The same seed gives the same questions.

What an abstract says of itself is the only judge here, so the facts are its own words: a figure that stands alone in its
sentence, the noun phrase that says what its thing is. Papers whose text is flagged ask nothing.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from app.core.domain import Paper
from app.core.names import GENERIC, called_names, handle, name_key
from app.core.ports import KeywordIndex, PaperStore
from app.evaluation.made.figures import Told, told_figures
from app.evaluation.made.invented import invented_name
from app.evaluation.made.proposals import Proposal, proposal_of
from app.evaluation.questions import JudgedQuestion

NAMED, COMPARE, NOT_SAID, NOT_THERE = "lookup_named", "compare", "not_in_abstract", "not_in_library"
# Of 20 questions so many are of each kind, as long as there is something to ask.
_SHARES = {"figure": 7, "proposal": 4, COMPARE: 4, NOT_SAID: 3, NOT_THERE: 2}
_LOOKED_AT = 20  # papers for each question wanted
_LEAST_LOOKED_AT = 100
_SHARED_TERMS = 2

_ACCURACY = Told("", "", "What accuracy does {} report?", "accuracy")

Holding = Callable[[str], Sequence[str]]
"""The ids of papers in which these words stand next to each other."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A paper that can be asked about: what a question calls it, and what it says that can be asked for."""

    paper: Paper
    called: str
    figures: tuple[Told, ...]
    proposal: Proposal | None
    terms: frozenset[str]


def made_by_rule(store: PaperStore, keyword: KeywordIndex, number: int, seed: int = 0) -> tuple[JudgedQuestion, ...]:
    """Up to `number` questions about papers of this library; fewer where its abstracts do not tell so much."""
    papers = sampled(store, number, seed)
    return questions_of(papers, number, seed, keyword.papers_with_phrase, keyword.terms)


def sampled(store: PaperStore, number: int, seed: int) -> list[Paper]:
    """The papers that questions are made of, in an order that the seed decides; none that is flagged."""
    ids = sorted(store.fitting())
    random.Random(seed).shuffle(ids)
    ids = ids[: max(_LEAST_LOOKED_AT, _LOOKED_AT * number)]
    return [paper for paper in store.get(ids).values() if not paper.flags and paper.abstract.strip()]


def questions_of(
    papers: Sequence[Paper], number: int, seed: int, holding: Holding, terms: Callable[[str], Sequence[str]]
) -> tuple[JudgedQuestion, ...]:
    """As `made_by_rule`, of these papers."""
    subjects = [subject for paper in papers if (subject := subject_of(paper, holding, terms))]
    dice = random.Random(seed)
    kinds = {
        "figure": [question for s in sorted(subjects, key=_tells_little) for question in _figures(s)],
        "proposal": [question for s in subjects for question in _proposals(s)],
        COMPARE: list(_comparisons(subjects)),
        NOT_SAID: list(_not_said(subjects, dice)),
        NOT_THERE: list(_not_there(subjects, holding, dice, number)),
    }
    return tuple(
        replace(question, id=f"made-{seed}-{place:03}") for place, question in enumerate(_mixed(kinds, number), start=1)
    )


def subject_of(
    paper: Paper, holding: Holding, terms: Callable[[str], Sequence[str]], silent: bool = False
) -> Subject | None:
    """None for a paper that no question can name, and for one that says nothing that can be asked for by rule, unless
    it may be `silent`."""
    name = handle(paper.title, paper.abstract)
    own = "" if name.startswith("“") else name
    goes_by = called_names(paper.title, paper.abstract)
    if own and (name_key(own) in GENERIC or name_key(own) not in goes_by or not set(holding(own)) <= {paper.id}):
        own = ""  # its subject's name, or one that others use, too: it would not tell which paper is meant
    called = own or f"the paper “{paper.title.strip(' .')}”"
    if not own and any(sign in paper.title for sign in "“”\n?"):
        return None
    figures, proposal = tuple(told_figures(paper)), proposal_of(paper, own)
    return (
        Subject(paper, called, figures, proposal, frozenset(terms(paper.title)))
        if figures or proposal or silent
        else None
    )


def _question(kind: str, text: str, *papers: Paper, facts: Sequence[tuple[str, ...]] = ()) -> JudgedQuestion:
    return JudgedQuestion("", kind, (text,), tuple(paper.id for paper in papers), facts=tuple(facts))


def _tells_little(subject: Subject) -> bool:
    """Values of measures are asked for first: how many of something there are tells less."""
    return not any(told.measure for told in subject.figures)


def _figures(subject: Subject) -> Iterator[JudgedQuestion]:
    """The first of its figures alone, so that no paper fills the list."""
    for told in subject.figures[:1]:
        text = told.question.replace("{}", subject.called)
        yield _question(NAMED, text, subject.paper, facts=[told.wordings])


def _proposals(subject: Subject) -> Iterator[JudgedQuestion]:
    if proposal := subject.proposal:
        named = not subject.called.startswith("the paper ")
        text = f"What is {subject.called}?" if named else f"What does {subject.called} propose?"
        if proposal.named or not named:
            yield _question(NAMED, text, subject.paper, facts=[(proposal.what,)])


def _comparisons(subjects: Sequence[Subject]) -> Iterator[JudgedQuestion]:
    """Each two papers whose titles share most, every paper in one pair at most."""
    able = [s for s in subjects if s.proposal and s.proposal.named and not s.called.startswith("the paper ")]
    near = [
        (len(one.terms & other.terms), -place, -place - more, one, other)
        for place, one in enumerate(able)
        for more, other in enumerate(able[place + 1 :], start=1)
        if len(one.terms & other.terms) >= _SHARED_TERMS
    ]
    used: set[str] = set()
    for _, _, _, one, other in sorted(near, key=lambda each: each[:3], reverse=True):
        if not used & {one.paper.id, other.paper.id}:
            used |= {one.paper.id, other.paper.id}
            facts = [(s.proposal.what,) for s in (one, other) if s.proposal]
            text = f"How does {one.called} differ from {other.called}, and what is each of them?"
            yield _question(COMPARE, text, one.paper, other.paper, facts=facts)


def _not_said(subjects: Sequence[Subject], dice: random.Random) -> Iterator[JudgedQuestion]:
    """Another paper's measure on another paper's data: the abstract has neither."""
    asked = [told for s in subjects for told in s.figures if told.measure] or [_ACCURACY]
    for subject in subjects:
        text = f"{subject.paper.title} {subject.paper.abstract}".casefold()
        strange = [t for t in asked if _stem(t.measure) not in text and (not t.data or t.data.casefold() not in text)]
        if strange and not subject.called.startswith("the paper "):
            told = dice.choice(strange)
            question = _question(NOT_SAID, told.question.replace("{}", subject.called))
            yield replace(question, abstain=True, may_cite=(subject.paper.id,))


def _stem(measure: str) -> str:
    """What an abstract that gives this measure has of its name, "accurate" too."""
    return measure.casefold().split()[-1][:7]


def _not_there(
    subjects: Sequence[Subject], holding: Holding, dice: random.Random, number: int
) -> Iterator[JudgedQuestion]:
    """The same kinds of questions about names that nobody has given to anything."""
    measures = sorted({told.measure for s in subjects for told in s.figures if told.measure}) or [_ACCURACY.measure]
    for place in range(number):
        form = "What is {}?" if place % 2 else f"What {dice.choice(measures)} does {{}} report?"
        yield replace(_question(NOT_THERE, form.replace("{}", invented_name(dice, holding))), abstain=True)


def _mixed(kinds: dict[str, list[JudgedQuestion]], number: int) -> list[JudgedQuestion]:
    """So many of each kind as its share says; what one lacks the others give, those of no answer last."""
    whole = sum(_SHARES.values())
    wanted = {kind: round(number * share / whole) for kind, share in _SHARES.items()}
    taken = {kind: made[: wanted[kind]] for kind, made in kinds.items()}
    left = [made[len(taken[kind]) :] for kind, made in kinds.items() if kind != NOT_THERE]
    spare = [question for row in zip_longest(*left) for question in row if question]
    chosen = [question for made in taken.values() for question in made]
    order = list(dict.fromkeys(question.turns for question in [*chosen, *spare]))
    by_text = {question.turns: question for question in reversed([*chosen, *spare])}
    return [by_text[turns] for turns in order[:number]]
