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
from app.chat.checking.closer_look import closer_look
from app.chat.checking.look import Look, look
from app.chat.checking.parts import Property
from app.chat.checking.vectors import SENTENCES, SentenceVectors
from app.chat.checking.weighed import OF_BEST, OPEN, SURE, YES, weights
from app.chat.retrieve import expanded
from app.chat.search import Search
from app.core.domain import Paper, Plan, Sentence
from app.core.errors import EmbedderAwayError
from app.core.events import Checking
from app.core.filters import Filters
from app.core.findings import Stance
from app.core.ports import Vectors
from app.core.verdicts import KeptVerdict

# Of so few papers, which a conversation is about, the nearest may be meant even if it is not very near.
_FEW = 8
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
    """A verdict on each paper, in order, without a chat model: the rule's, and what is weighed where the question is on a
    topic."""
    looked = look(search, asked, papers, vectors)
    parted = asked.apart and any(test.sign is None for test in looked.question.tests)
    chances = _weighed(looked) if (looked.weighable or parted) and looked.near else None
    for paper in papers:
        shown = rule.sentences_of(asked, looked.seen[paper.id])
        yield _found(paper, looked.whole[paper.id], shown, looked.near.get(paper.id), chances)


@dataclass(frozen=True, slots=True)
class _Chances:
    """The probability of each paper, by its id, to be what is asked for; `there`: any of them is."""

    of: Mapping[str, float]
    there: bool

    def stance(self, paper: str) -> Stance:
        chance, best = self.of[paper], max(self.of.values())
        if self.there and chance >= min(YES, OF_BEST * best):
            return "yes"
        return "unclear" if chance >= (OPEN if self.there else YES) else "no"


def _weighed(looked: Look) -> _Chances | None:
    """How probable each of the papers that may be meant is; None while the embedder is away, when the rule decides alone."""
    if looked.question.asked.apart:
        return _together(looked)
    try:
        papers, table = looked.table()
        closer = closer_look(looked)
    except EmbedderAwayError:
        return None
    found = weights().probabilities(table)
    there = weights().there(table, found, closer) or (len(looked.papers) <= _FEW and float(found.max()) >= OPEN)
    return _Chances({paper.id: float(chance) for paper, chance in zip(papers, found, strict=True)}, there)


def _together(looked: Look) -> _Chances | None:
    """Of a question that asks several things the least probable; by the rule where a part is of a plain kind."""
    chances: dict[str, float] = dict.fromkeys(looked.near, 1.0)
    there = True
    for part in looked.parts():
        own = _weighed(part) if part.weighable else None
        if part.weighable and own is None:
            return None
        there = there and (own is None or own.there)
        for paper in chances:
            chance = own.of[paper] if own else float(part.whole[paper].stance == "yes")
            chances[paper] = min(chances[paper], chance)
    return _Chances(chances, there and max(chances.values(), default=0.0) >= OPEN)


def _found(
    paper: Paper, by_rule: rule.Seen, shown: tuple[Sentence, ...], cosines: Vectors | None, chances: _Chances | None
) -> Found:
    if chances is None or paper.id not in chances.of:
        stance = by_rule.stance if chances is None or chances.there else "no"
        return Found(paper, stance, shown if stance != "no" else (), by_rule.strength)
    chance, stance = chances.of[paper.id], chances.stance(paper.id)
    if not shown and cosines is not None:
        nearest = _nearest(paper, cosines[-1])
        shown = (nearest,) if nearest else ()
    near_only = stance == "yes" and chance < SURE
    return Found(paper, stance, shown if stance != "no" else (), chance, near_only)


def _nearest(paper: Paper, cosines: Vectors) -> Sentence | None:
    """The sentence that is nearest to the question."""
    return own_sentences(paper.abstract)[int(cosines.argmax())] if len(cosines) else None


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
