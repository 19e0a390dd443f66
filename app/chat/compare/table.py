"""The table of a comparison and what is said before it: by rule, from the abstracts alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from app.adapters.extractive import LEAD, quoted
from app.adapters.sentence_scores import Scored, score_sentences
from app.chat.compare.aspects import STANDARD
from app.chat.compare.cells import Read, column, read
from app.chat.compare.labels import labels_of, plain
from app.chat.compare.markdown import table_markdown
from app.chat.compare.says import OTHERS, OWN, RULES
from app.core.domain import AnswerRequest, Citation, Evidence, Plan, Quote
from app.core.errors import EmbedderAwayError
from app.core.findings import NOT_STATED, Comparison, Row
from app.core.ports import KeywordIndex, MakesVectors
from app.core.prompting import CANNOT_ANSWER

# Most sentences of a paper in the text, by how many papers are compared, and of many; the first says what it proposes.
_MOST, _MOST_OF_MANY = {1: 4, 2: 4, 3: 3, 4: 3}, 2
_ASKED = 3


@dataclass(frozen=True, slots=True)
class Compared:
    """A comparison by rule: the text that quotes, the table, the same as Markdown, and every paper's citation with the
    sentences of both."""

    text: str
    table: Comparison
    markdown: str
    citations: tuple[Citation, ...]


def compared(
    question: str, plan: Plan, evidence: Sequence[Evidence], embedder: MakesVectors, keyword: KeywordIndex
) -> Compared:
    """What the abstracts of `evidence` say on the points of the plan (the five of every comparison if it has none)."""
    labels = labels_of(plan, evidence)
    papers = read(evidence, labels, embedder, keyword)
    table = _table(plan.aspects or STANDARD, labels, papers, embedder, keyword)
    rows, aspects = table.rows, table.aspects
    scored = _scored(question, plan, papers, embedder, keyword) if _asks(plan) else []
    shown = {
        item.evidence.marker: _shown(item, row, scored, plan, len(papers))
        for item, row in zip(papers, rows, strict=True)
    }
    citations = tuple(_citation(item, row, shown[item.marker]) for item, row in zip(evidence, rows, strict=True))
    return Compared(_text(rows, shown, aspects), table, table_markdown(table), citations)


def table_of(plan: Plan, evidence: Sequence[Evidence], embedder: MakesVectors, keyword: KeywordIndex) -> Comparison:
    """The table alone."""
    labels = labels_of(plan, evidence)
    return _table(plan.aspects or STANDARD, labels, read(evidence, labels, embedder, keyword), embedder, keyword)


def _table(
    aspects: Sequence[str],
    labels: Mapping[str, str],
    papers: Sequence[Read],
    embedder: MakesVectors,
    keyword: KeywordIndex,
) -> Comparison:
    columns = [column(aspect, papers, embedder, keyword) for aspect in aspects]
    evidence = [item.evidence for item in papers]
    rows = tuple(
        Row(item.marker, item.paper.ref, labels[item.paper.id], tuple(cells[place] for cells in columns))
        for place, item in enumerate(evidence)
    )
    return Comparison(tuple(aspects), rows)


def _asks(plan: Plan) -> bool:
    """Whether the comparison is on points of its own."""
    return bool(plan.aspects) and plan.aspects != STANDARD


def _scored(
    question: str, plan: Plan, papers: Sequence[Read], embedder: MakesVectors, keyword: KeywordIndex
) -> list[Scored]:
    """The sentences by how near they come to the whole question; their vectors are there already."""
    request = AnswerRequest(question, plan, tuple(item.evidence for item in papers))
    own = [item.vectors for item in papers if item.vectors is not None and len(item.vectors)]
    try:
        vectors = np.vstack([embedder.embed([plan.query]), *own]) if own else None
    except EmbedderAwayError:
        vectors = None
    return score_sentences(request, embedder, keyword, vectors)


def _shown(item: Read, row: Row, scored: Sequence[Scored], plan: Plan, papers: int) -> list[Quote]:
    """The sentences of a paper that stand in the text, in its order: what it proposes, what it says on the points asked
    for, and what comes nearest to the question; to a question that asks for none, what it found."""
    most = _MOST.get(papers, _MOST_OF_MANY)
    quotes: list[Quote] = []
    if item.sentences:
        first = item.sentences[item.proposal]
        quotes.append(Quote(first.text, first.start, first.end))
    if _asks(plan):
        own = [s.sentence for s in scored if s.evidence.marker == row.marker and not _of_others(s.sentence.text)]
        cells = [quote for cell in row.cells for quote in cell.quotes]
        wanted = [*cells, *(Quote(s.text, s.start, s.end) for s in own[:_ASKED])]
    else:
        said = dict(zip(STANDARD, row.cells, strict=True))
        wanted = [*said["results"].quotes, *said["method"].quotes, *said["data"].quotes]
    for quote in wanted:
        if quote not in quotes and len(quotes) < most:
            quotes.append(quote)
    return sorted(quotes, key=lambda quote: quote.start)


def _of_others(sentence: str) -> bool:
    return OTHERS.search(sentence) is not None and OWN.search(sentence) is None


def _citation(item: Evidence, row: Row, shown: Sequence[Quote]) -> Citation:
    quotes = dict.fromkeys([*shown, *(quote for cell in row.cells for quote in cell.quotes)])
    return Citation(item.marker, item.paper.ref, tuple(quotes))


def _text(rows: Sequence[Row], shown: dict[int, list[Quote]], aspects: Sequence[str]) -> str:
    if not any(shown.values()):
        return CANNOT_ANSWER
    parts = [LEAD]
    # Of a point in the person's own words nobody can be so sure.
    known = [(at, name) for at, name in enumerate(aspects) if name in RULES or name.startswith("number of ")]
    unsaid = [name for at, name in known if all(row.cells[at].text == NOT_STATED for row in rows)]
    if unsaid and tuple(aspects) != STANDARD:
        parts.append(f"Not stated in these abstracts: {', '.join(map(plain, unsaid))}.")
    for row in rows:
        parts.append(f"**{row.label}** [{row.marker}]")
        parts.append("\n".join(f"- {quoted(quote.text, row.marker)}" for quote in shown[row.marker]))
    return "\n\n".join(parts)
