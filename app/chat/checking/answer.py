"""From the verdicts on papers to the answer: what is listed, what is left open, and which of the noes it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from app.adapters.extractive import choose
from app.adapters.sentence_scores import score_sentences
from app.chat.answerable import improbable
from app.chat.budget import number
from app.chat.checking import words
from app.chat.checking.parts import Property
from app.chat.search import Search
from app.core.domain import (
    AnswerRequest,
    Citation,
    Claim,
    Evidence,
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

_NEAREST, _NEAREST_NAMED = 12, 3
# Of so few papers that are listed more than the sentence that shows it is quoted, up to so many.
_FEW, _MOST_QUOTES = 3, 3


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
    """The verdict on a paper and the sentences that show it. `strength` puts the surest first; `near_only`: they come near to
    what is asked rather than say it."""

    paper: Paper
    stance: Stance
    shown: tuple[Sentence, ...] = ()
    strength: float = 0.0
    near_only: bool = False
    by: str = "rule"

    def record(self) -> PaperVerdict:
        """The verdict as the answer keeps it."""
        return PaperVerdict(self.paper.ref, self.stance, tuple(Quote(s.text, s.start, s.end) for s in self.shown))


def answered(about: About, scope: Scope, found: Sequence[Found]) -> Looked:
    """The answer that these verdicts give."""
    surest = sorted(found, key=lambda item: (-round(item.strength, 1), item.paper.id))
    yes = _quoted(about, [item for item in surest if item.stance == "yes"])
    surest = [*yes, *(item for item in surest if item.stance != "yes")]
    near = [item for item in yes if item.near_only]
    sure = [item for item in yes if not item.near_only]
    if yes and (sure or not improbable(about.query, about.search, about.filters)):
        shown = _numbered(about, [*sure[: words.MOST_LISTED], *near[: words.MOST_NEAR if sure else words.MOST_LISTED]])
        close = {item.paper.id for item in near}
        check = _check(scope, [replace(i, stance="unclear") if i.paper.id in close else i for i in found], shown)
        quoted = {item.paper.id: item.record().quotes for item in yes}
        writing = words.found if sure else words.close
        unclear = _labels([item for item in surest if item.stance == "unclear"]) if sure else []
        listed = writing(about.asked, check, about.filters, words.Shown(shown, close, quoted), unclear, about.query)
        return Looked(listed.text, check, shown, listed.citations, listed.claims)
    return _none(about, scope, found, _labels(surest))


def _quoted(about: About, yes: Sequence[Found]) -> list[Found]:
    """With more of what they say where few are listed, as for one paper that is looked for."""
    if not 0 < len(yes) <= _FEW or any(part.negated for part in about.asked.parts) or yes[0].by != "rule":
        return list(yes)
    ranked = [RankedPaper(item.paper, f"{item.paper.id}#0", item.strength) for item in yes]
    request = AnswerRequest(about.query, Plan("lookup", about.asked.text), tuple(number(ranked, about.markers)))
    quotes: dict[str, list[Sentence]] = {}
    for item in choose(request, score_sentences(request, about.search.embedder, about.search.keyword)):
        quotes.setdefault(item.evidence.paper.id, []).append(item.sentence)
    return [replace(i, shown=_both(i.shown, quotes.get(i.paper.id, ()))) for i in yes]


def _both(shown: Sequence[Sentence], more: Sequence[Sentence]) -> tuple[Sentence, ...]:
    kept = dict.fromkeys([*shown, *more])
    return tuple(sorted(list(kept)[:_MOST_QUOTES], key=lambda sentence: sentence.start))


def _labels(found: Sequence[Found]) -> list[str]:
    return [handle(item.paper.title, item.paper.abstract) for item in found if item.stance == "unclear"]


def _none(about: About, scope: Scope, found: Sequence[Found], unclear: Sequence[str]) -> Looked:
    """The answer where no paper is what is asked for. A model that was asked has the last word; the rule only reads, so
    where the library is about it the nearest sentences are shown."""
    ranked = about.search.search(about.asked.text, _NEAREST, filters=about.filters) if found else []
    there = {item.paper.id for item in found}
    evidence = tuple(number([r for r in ranked if r.paper.id in there][:_NEAREST_NAMED], about.markers))
    check = _check(scope, found, ())
    titles = [item.paper.title for item in evidence]
    text = words.nothing(check, about.filters, unclear, titles, about.query, about.asked.counts)
    if unclear and about.asked.counts:
        return Looked(text, check, evidence)
    reason: Reason = "abstract_does_not_say" if unclear else "not_in_library"
    return Looked(text, check, evidence, status="abstained", reason=reason)


def _numbered(about: About, found: Sequence[Found]) -> tuple[Evidence, ...]:
    ranked = [RankedPaper(item.paper, f"{item.paper.id}#0", item.strength) for item in found]
    return tuple(number(ranked, about.markers))


def _check(scope: Scope, found: Sequence[Found], shown: Sequence[Evidence]) -> LibraryCheck:
    marked = {item.paper.id: item.marker for item in shown}
    verdicts = tuple(replace(item.record(), marker=marked.get(item.paper.id)) for item in found)
    by = next((item.by for item in found if item.by != "rule"), "rule")
    return LibraryCheck(verdicts, len(found), scope.candidates, scope.fitting, by)
