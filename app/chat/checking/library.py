"""Looking through the library for a question about all of it: which papers, a verdict on each, the answer.

`check_library` is a generator: it says how far it is after every few papers, and closing it stops at once. By rule no call
of a model is made, and 47 papers take a tenth of a second, so only a model's verdicts are kept.
"""

from __future__ import annotations

from collections.abc import Collection, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from app.adapters.sentences import own_sentences
from app.chat.candidates import candidates
from app.chat.checking import by_model, rule
from app.chat.checking.answer import About, Found, Looked, Scope, answered
from app.chat.checking.asked import property_of
from app.chat.checking.by_model import ModelCheck, Said
from app.chat.checking.parts import Property
from app.chat.checking.vectors import SENTENCES, SentenceVectors
from app.chat.retrieve import expanded
from app.chat.search import Search
from app.core.domain import Paper, Plan, Sentence
from app.core.errors import EmbedderAwayError
from app.core.events import Checking
from app.core.filters import EVERY_PAPER, Filters
from app.core.verdicts import KeptVerdict

# Of so many papers the sentences get vectors: those whose words leave it open, and the nearest as a whole.
_WITH_VECTORS, _NEAREST = 24, 12
_EVERY_FEW = 10


@dataclass(frozen=True, slots=True)
class Reach:
    """Up to `every` papers are all looked at; of more those `most` that are most probably about it."""

    every: int = 400
    most: int = 200


WHOLE = Reach()


def check_library(
    search: Search,
    plan: Plan,
    filters: Filters,
    markers: Mapping[int, str],
    model: ModelCheck | None = None,
    excluded: Collection[str] = (),
    vectors: SentenceVectors = SENTENCES,
    reach: Reach = WHOLE,
) -> Generator[Checking | Looked, None, None]:
    """Look at the papers one by one for what `plan.query` asks, and answer: Checking as it goes on, Looked last. With `model`
    the verdicts are that model's, else those of the rule. Papers `excluded` are not looked at."""
    asked = property_of(plan.query)
    scope = _scope(search, plan.query, filters, excluded, reach)
    verdicts: list[Found] = []
    looking = _by_rule(search, asked, scope.papers, vectors)
    if model:
        looking = _by_model(model, asked, plan.query, scope.papers, looking)
    for verdict in looking:
        verdicts.append(verdict)
        done = len(verdicts)
        if done % _EVERY_FEW == 0 or done == len(scope.papers):
            yield Checking(done, len(scope.papers), sum(v.stance == "yes" for v in verdicts))
    yield answered(About(search, asked, plan.query, filters, markers), scope, verdicts)


def _scope(search: Search, query: str, filters: Filters, excluded: Collection[str], reach: Reach) -> Scope:
    matching = search.keyword.fitting(filters)
    fitting = len(matching)
    if fitting <= reach.every:
        papers = [paper for i, paper in search.store.get(list(matching.ids())).items() if i not in excluded]
        return Scope(tuple(papers), len(papers), len(papers))
    found = [c.ranked.paper for c in candidates(search, expanded(query), filters).items]
    kept = [paper for paper in found if paper.id not in excluded]
    return Scope(tuple(kept[: reach.most]), len(kept), fitting)


# --- the rule -------------------------------------------------------------------------------------------------


def _by_rule(search: Search, asked: Property, papers: Sequence[Paper], vectors: SentenceVectors) -> Iterator[Found]:
    """The rule's verdict on each paper, in order."""
    tests = rule.tests_of(asked, search.keyword)
    cosines = _cosines(search, asked, tests, papers, vectors)
    for paper in papers:
        yield _ruled(search, asked, tests, paper, cosines.get(paper.id))


def _ruled(
    search: Search,
    asked: Property,
    tests: Sequence[rule.Test],
    paper: Paper,
    cosines: Sequence[Sequence[float]] | None,
) -> Found:
    seen = [
        rule.look(test, paper, search.keyword, cosines[at] if cosines and not test.sign else None)
        for at, test in enumerate(tests)
    ]
    whole = rule.together(asked, seen)
    shown = rule.sentences_of(asked, seen) if whole.stance != "no" else ()
    near, nearest = _nearest(paper, cosines) if cosines else (0.0, None)
    return Found(paper, whole.stance, shown, whole.strength, near, nearest)


def _nearest(paper: Paper, cosines: Sequence[Sequence[float]]) -> tuple[float, Sentence | None]:
    """The sentence that is nearest to any part of the question, and its cosine."""
    best = [max(column) for column in zip(*cosines, strict=True)]
    at = max(range(len(best)), key=best.__getitem__, default=None)
    return (best[at], own_sentences(paper.abstract)[at]) if at is not None else (0.0, None)


def _cosines(
    search: Search, asked: Property, tests: Sequence[rule.Test], papers: Sequence[Paper], vectors: SentenceVectors
) -> dict[str, list[list[float]]]:
    """For the papers whose words leave it open, the cosines of their sentences to each part of the question; nothing for
    questions of a plain kind, or while the embedder is away."""
    if not any(not test.sign for test in tests):
        return {}
    open_ones = {p.id: max(rule.undecided(t, p, search.keyword) for t in tests) for p in papers}
    chosen = sorted((p for p in papers if open_ones[p.id] > 0), key=lambda p: -open_ones[p.id])[:_WITH_VECTORS]
    there = {paper.id: paper for paper in papers}
    query = " ".join(part.text for part in asked.parts)
    nearest = [item.paper.id for item in search.search(query, _NEAREST, filters=_among(there))]
    chosen += [there[i] for i in nearest if i in there and there[i] not in chosen]
    if not chosen:
        return {}
    try:
        found = vectors.cosines([part.text for part in asked.parts], chosen, search.embedder)
    except EmbedderAwayError:
        return {}
    return {paper.id: [[float(c) for c in row] for row in array] for paper, array in zip(chosen, found, strict=True)}


def _among(papers: Mapping[str, Paper]) -> Filters:
    return Filters(ids=tuple(papers)) if papers else EVERY_PAPER


# --- the model ------------------------------------------------------------------------------------------------


def _by_model(
    model: ModelCheck, asked: Property, question: str, papers: Sequence[Paper], ruled: Iterator[Found]
) -> Iterator[Found]:
    """The model's verdict on each paper, those that are kept from before first; the rule's where the model gave none."""
    by_rule = {verdict.paper.id: verdict for verdict in ruled}
    key = f"{asked.key}\n{model.name}\n{by_model.VERSION}"
    kept = model.cache.get(key, [paper.text_key for paper in papers]) if model.cache else {}
    new = []
    for paper in papers:
        if found := kept.get(paper.text_key):
            shown = tuple(Sentence(paper.abstract[start:end], start, end) for start, end in found.spans)
            yield _said(model, paper, Said(found.stance, shown), by_rule[paper.id])
        else:
            new.append(paper)
    given = iter(new)
    for said in by_model.asked_of_model(new, question, model):
        if model.cache and said.answers:
            text_keys = {paper.id: paper.text_key for paper in said.papers}
            model.cache.put(key, {text_keys[i]: _kept(what) for i, what in said.answers.items()})
        for _ in said.papers:
            paper = next(given)
            what = said.answers.get(paper.id)
            yield _said(model, paper, what, by_rule[paper.id]) if what else by_rule[paper.id]


def _said(model: ModelCheck, paper: Paper, what: Said, by_rule: Found) -> Found:
    # A rule that says the same is one more reason to be shown early.
    strength = 0.5 + 0.5 * by_rule.strength if by_rule.stance == what.stance else 0.5
    return replace(by_rule, stance=what.stance, shown=what.shown, strength=strength, by=model.name)


def _kept(what: Said) -> KeptVerdict:
    return KeptVerdict(what.stance, tuple((s.start, s.end) for s in what.shown))
