"""From the verdicts on papers to the answer: what is listed, what is left open, and which of the noes it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from app.adapters.extractive import choose
from app.adapters.sentence_scores import score_sentences
from app.chat import closer, relevance
from app.chat.budget import number
from app.chat.checking import words
from app.chat.checking.parts import Property
from app.chat.resolve import Named
from app.chat.search import Search
from app.core.domain import (
    AnswerRequest,
    Citation,
    Claim,
    Evidence,
    Kind,
    Paper,
    Plan,
    Quote,
    RankedPaper,
    Reason,
    Sentence,
    Status,
)
from app.core.filters import Filters
from app.core.findings import LibraryCheck, PaperVerdict, Stance
from app.core.names import handle

_NEAREST, _NEAREST_NAMED, _MOST_CLOSE = 12, 3, 5
# A sentence of this cosine to the question is worth showing where no sentence says it in so many words.
_CLOSE = 0.45
# A paper of a list need not say every word of what is asked (see `closer`), but nearly so.
_LESS_SAID = 0.14
# Of so few papers, which a conversation is about, the nearest may be shown even if it is not very near.
_FEW = 8
_NOBODY = Named((), (), (), ())


@dataclass(frozen=True, slots=True)
class Looked:
    """The answer to a whole-library question: parts of an `Answer`."""

    text: str
    checked: LibraryCheck
    evidence: tuple[Evidence, ...] = ()
    citations: tuple[Citation, ...] = ()
    claims: tuple[Claim, ...] = ()
    status: Status = "answered"
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class About:
    """What is asked, of which papers, in which conversation; and how papers are found."""

    search: Search
    asked: Property
    query: str
    filters: Filters
    markers: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Scope:
    """The papers to look at, the best first where not all are; and how many may be meant, of how many that fit."""

    papers: tuple[Paper, ...]
    candidates: int
    fitting: int


@dataclass(frozen=True, slots=True)
class Found:
    """The verdict on a paper and the sentences that show it. `strength` puts the surest first; `near` is the cosine of its
    sentence that is nearest to the question, `nearest` that sentence."""

    paper: Paper
    stance: Stance
    shown: tuple[Sentence, ...] = ()
    strength: float = 0.0
    near: float = 0.0
    nearest: Sentence | None = None
    by: str = "rule"

    def record(self) -> PaperVerdict:
        """The verdict as the answer keeps it."""
        return PaperVerdict(self.paper.ref, self.stance, tuple(Quote(s.text, s.start, s.end) for s in self.shown))


def answered(about: About, scope: Scope, found: Sequence[Found]) -> Looked:
    """The answer that these verdicts give."""
    surest = sorted(found, key=lambda item: (-round(item.strength, 1), item.paper.id))
    yes = [item for item in surest if item.stance == "yes"]
    if yes:
        shown = _numbered(about, yes[: words.MOST_LISTED])
        check = _check(scope, found, shown)
        unclear = _labels(surest)
        listed = words.found(about.asked, check, about.filters, shown, unclear, about.query)
        return Looked(listed.text, check, shown, listed.citations, listed.claims)
    return _none(about, scope, found, _labels(surest))


def _labels(found: Sequence[Found]) -> list[str]:
    return [handle(item.paper.title, item.paper.abstract) for item in found if item.stance == "unclear"]


def _none(about: About, scope: Scope, found: Sequence[Found], unclear: Sequence[str]) -> Looked:
    """The answer where no paper is what is asked for. A model that was asked has the last word; the rule only reads, so
    where the library is about it the nearest sentences are shown."""
    ranked = about.search.search(about.asked.text, _NEAREST, filters=about.filters) if found else []
    if near := _close(about, ranked, found):
        shown = _numbered(about, near)
        nearest = {item.paper.id: item for item in near}
        check = _check(scope, [nearest.get(item.paper.id, item) for item in found], shown)
        listed = words.close(check, about.filters, shown, about.query)
        return Looked(listed.text, check, shown, listed.citations, listed.claims)
    there = {item.paper.id for item in found}
    evidence = tuple(number([r for r in ranked if r.paper.id in there][:_NEAREST_NAMED], about.markers))
    check = _check(scope, found, ())
    titles = [item.paper.title for item in evidence]
    text = words.nothing(check, about.filters, unclear, titles, about.query, about.asked.counts)
    if unclear and about.asked.counts:
        return Looked(text, check, evidence)
    reason: Reason = "abstract_does_not_say" if unclear else "not_in_library"
    return Looked(text, check, evidence, status="abstained", reason=reason)


def _close(about: About, ranked: Sequence[RankedPaper], found: Sequence[Found]) -> list[Found]:
    """The papers that come nearest, with the sentences that do, if the library holds something on the question: what is
    quoted where one paper is looked for by such words."""
    asked, search = about.asked, about.search
    if not any(part.kind == "topic" and not part.negated for part in asked.parts):
        return []
    # Where no sentence is close, as much is asked of the papers as for any other question.
    kind: Kind = "aggregate" if any(item.near >= _CLOSE for item in found) else "lookup"
    judged = relevance.judge(
        asked.text,
        ranked,
        kind,
        _NOBODY,
        search.keyword,
        by_words=bool(search.words_only(ranked)),
        nearest_sentence=lambda: closer.nearest_sentence(asked.text, ranked, search.embedder),
        less_said=_LESS_SAID,
    )
    of_these = len(found) <= _FEW and any(item.stance == "unclear" or item.near >= _CLOSE for item in found)
    if not judged.relevant and not of_these:
        return []
    by_rule = {item.paper.id: item for item in found if item.by == "rule"}
    there = [item for item in ranked if item.paper.id in by_rule][:_MOST_CLOSE]
    request = AnswerRequest(about.query, Plan("lookup", asked.text), tuple(number(there, about.markers)))
    quotes: dict[str, list[Sentence]] = {}
    for item in choose(request, score_sentences(request, search.embedder, search.keyword)):
        quotes.setdefault(item.evidence.paper.id, []).append(item.sentence)
    return [replace(by_rule[i], stance="unclear", shown=tuple(shown)) for i, shown in quotes.items()]


def _numbered(about: About, found: Sequence[Found]) -> tuple[Evidence, ...]:
    ranked = [RankedPaper(item.paper, f"{item.paper.id}#0", item.strength) for item in found]
    return tuple(number(ranked, about.markers))


def _check(scope: Scope, found: Sequence[Found], shown: Sequence[Evidence]) -> LibraryCheck:
    marked = {item.paper.id: item.marker for item in shown}
    verdicts = tuple(replace(item.record(), marker=marked.get(item.paper.id)) for item in found)
    by = next((item.by for item in found if item.by != "rule"), "rule")
    return LibraryCheck(verdicts, len(found), scope.candidates, scope.fitting, by)
