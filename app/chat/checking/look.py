"""All that is known of papers and a whole-library question before a verdict: what the rule says of each, and the numbers that
are weighed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from app.chat.checking import rule
from app.chat.checking.parts import Property
from app.chat.checking.signals import Asked, signals
from app.chat.checking.vectors import SentenceVectors
from app.chat.search import Search
from app.core.domain import Paper, RankedPaper
from app.core.errors import EmbedderAwayError
from app.core.filters import Filters
from app.core.ports import Vectors

# So many papers at most are weighed: those whose words leave it open, and the nearest as a whole.
_WEIGHED = 80


@dataclass(frozen=True, slots=True)
class Look:
    """`seen` has the rule's verdicts on each part of the question by paper id, `whole` those on all of it; `near` the cosines
    of the sentences to `question.statements`, of those papers that may be meant."""

    search: Search
    question: Asked
    papers: tuple[Paper, ...]
    ranked: tuple[RankedPaper, ...]
    near: Mapping[str, Vectors]
    seen: Mapping[str, Sequence[rule.Seen]]
    whole: Mapping[str, rule.Seen]

    @property
    def weighable(self) -> bool:
        """Whether the question is on a topic: of plain kinds of property, and of what is not said, the rule alone decides."""
        parts = self.question.asked.parts
        return not any(part.negated for part in parts) and any(not test.sign for test in self.question.tests)

    def parts(self) -> list[Look]:
        """The looks at each part of the question by itself."""
        asked, tests, count = self.question.asked, self.question.tests, len(self.question.tests)
        looks = []
        for at, (part, test) in enumerate(zip(asked.parts, tests, strict=True)):
            alone = Property(part.text, (part,))
            question = Asked.of(alone, (test,), self.search.keyword)
            among = Filters(ids=tuple(paper.id for paper in self.papers))
            ranked = replace(self.search, reranker=None).search(part.text, _WEIGHED, filters=among)
            near = {paper: rows[[at, count + at, at]] for paper, rows in self.near.items()}
            seen = {paper: [rows[at]] for paper, rows in self.seen.items()}
            whole = {paper: rule.together(alone, rows) for paper, rows in seen.items()}
            looks.append(Look(self.search, question, self.papers, tuple(ranked), near, seen, whole))
        return looks

    def table(self) -> tuple[list[Paper], Vectors]:
        """The papers that may be meant, and their `signals`. Raises EmbedderAwayError."""
        papers = [paper for paper in self.papers if paper.id in self.near]
        seen, cosines = [self.whole[paper.id] for paper in papers], [self.near[paper.id] for paper in papers]
        return papers, signals(
            self.question, papers, seen, cosines, self.ranked, self.search.keyword, self.search.embedder
        )


def look(search: Search, asked: Property, papers: Sequence[Paper], vectors: SentenceVectors) -> Look:
    """Look at these papers; by words alone while the embedder is away."""
    tests = rule.tests_of(asked, search.keyword)
    question = Asked.of(asked, tests, search.keyword)
    among = Filters(ids=tuple(paper.id for paper in papers))
    ranked = replace(search, reranker=None).search(asked.text, _WEIGHED, filters=among) if papers else []
    near = _cosines(search, question, papers, ranked, vectors) if any(not test.sign for test in tests) else {}
    seen = {paper.id: _seen(search, tests, paper, near.get(paper.id)) for paper in papers}
    whole = {paper.id: rule.together(asked, seen[paper.id]) for paper in papers}
    return Look(search, question, tuple(papers), tuple(ranked), near, seen, whole)


def _seen(search: Search, tests: Sequence[rule.Test], paper: Paper, cosines: Vectors | None) -> list[rule.Seen]:
    return [
        rule.look(test, paper, search.keyword, cosines[at].tolist() if cosines is not None and not test.sign else None)
        for at, test in enumerate(tests)
    ]


def _cosines(
    search: Search, question: Asked, papers: Sequence[Paper], ranked: Sequence[RankedPaper], vectors: SentenceVectors
) -> dict[str, Vectors]:
    """For the papers that may be meant, the cosines of their sentences to each statement of the question: all of a small
    library, else those whose words say most and those that a search finds. Nothing while the embedder is away."""
    chosen = list(papers)
    if len(papers) > _WEIGHED:
        open_ones = {p.id: max(rule.undecided(t, p, search.keyword) for t in question.tests) for p in papers}
        first = sorted((p for p in papers if open_ones[p.id] > 0), key=lambda p: -open_ones[p.id])[: _WEIGHED // 2]
        there = {paper.id: paper for paper in papers}
        chosen = list(dict.fromkeys([*first, *(there[r.paper.id] for r in ranked if r.paper.id in there)]))[:_WEIGHED]
    try:
        found = vectors.cosines(question.statements, chosen, search.embedder)
    except EmbedderAwayError:
        return {}
    return {paper.id: array for paper, array in zip(chosen, found, strict=True)}
