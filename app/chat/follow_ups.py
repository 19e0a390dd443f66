"""Questions to go on with after an answer: what the abstracts it rests on state beyond it. By rule; no model is asked.

A question is offered only if a sentence of the abstract (its own, not one planted for a machine) speaks of the point by
the words that a comparison goes by too (see `says`), and the answer does not quote that sentence already.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import zip_longest

from app.adapters.sentences import own_sentences
from app.chat.compare.aspects import known
from app.chat.compare.says import OTHERS, RULES
from app.core.domain import Answer, Paper
from app.core.names import handle

MOST, FEWEST = 4, 2
_PAPERS_READ = 4
_LONGEST_NAME, _LONGEST_QUESTION = 100, 76
_ASKED = {
    "results": "What results does {} report?",
    "data": "What data does {} use?",
    "limits": "What are the limits of {}?",
    "code": "Is the code of {} available?",
    "method": "How does {} work?",
}
_CODE = re.compile(r"\bcode\b|\bgithub\b|https?://", re.IGNORECASE)  # "we release a dataset" is no word on code


class _Named:
    """A paper with what to call it: as the question does, else by its own name."""

    def __init__(self, paper: Paper, called: str) -> None:
        self.id, self.abstract = paper.id, paper.abstract
        self.name = " ".join((called or handle(paper.title, paper.abstract)).split())


def follow_ups(answer: Answer, asked: Iterable[str] = (), called: Mapping[str, str] | None = None) -> list[str]:
    """Two to four questions that the library can answer, best first (fewer where the abstracts say no more); none of
    `asked`, the questions so far. Nothing after an answer that rests on no paper. `called` is what the question calls its
    papers, by id; long questions, for papers without a name, are only there if there are no others."""
    if answer.status != "answered" and answer.reason != "abstract_does_not_say":
        return []
    papers = _papers(answer, called or {})
    quoted = {(c.paper.id, quote.text) for c in answer.citations for quote in c.quotes}
    cited = {citation.paper.id for citation in answer.citations}
    each = [_turned(_of_paper(paper, quoted, answer.question), place) for place, paper in enumerate(papers)]
    first = [own for paper, own in zip(papers, each, strict=True) if paper.id in cited] or each[:1]
    offered = [*first[0][:2], *_comparison(answer, papers), *_in_turn([first[0][2:], *first[1:]])] if first else []
    if len(offered) < FEWEST:
        offered += _in_turn(each)
    said = {" ".join(text.casefold().split()) for text in (answer.question, *asked)}
    fresh = [text for text in dict.fromkeys(offered) if text.casefold() not in said]
    short = [text for text in fresh if len(text) <= _LONGEST_QUESTION]
    return short[:MOST] if len(short) >= FEWEST else fresh[:FEWEST]


def _papers(answer: Answer, called: Mapping[str, str]) -> list[_Named]:
    """The papers to go on with: cited ones first, none with a warning or a name too long to say."""
    there = {item.paper.id: item.paper for item in answer.evidence}
    order = dict.fromkeys([*(citation.paper.id for citation in answer.citations), *there])
    found = [_Named(there[each], called.get(each, "")) for each in order if each in there and not there[each].flags]
    return [paper for paper in found if len(paper.name) <= _LONGEST_NAME][:_PAPERS_READ]


def _of_paper(paper: _Named, quoted: set[tuple[str, str]], question: str) -> Iterator[str]:
    """What to ask about one paper: the points that its abstract states and the question is not on."""
    asked = known(question)
    for aspect, words in _ASKED.items():
        if aspect != asked and any((paper.id, text) not in quoted for text in stated(aspect, paper.abstract)):
            yield words.format(paper.name)


def _turned(questions: Iterable[str], by: int) -> list[str]:
    """Begun at another place for each paper, so that not all of them are asked the same."""
    each = list(questions)
    at = by % len(each) if each else 0
    return each[at:] + each[:at]


def stated(aspect: str, abstract: str) -> list[str]:
    """The sentences of an abstract that surely speak of the point."""
    rule = RULES[aspect]
    sure = _CODE if aspect == "code" else rule.surely or rule.pattern
    return [s.text for s in own_sentences(abstract) if sure.search(s.text) and not OTHERS.search(s.text)]


def _comparison(answer: Answer, papers: Sequence[_Named]) -> list[str]:
    """The first two papers beside each other; on a point of their own where the answer compares them already."""
    if len(papers) < 2:
        return []
    one, two = papers[:2]
    if answer.kind != "compare":
        return [f"How does {one.name} differ from {two.name}?"]
    told = {*(answer.table.aspects if answer.table else ()), known(answer.question)}
    points = [each for each in _ASKED if each not in told and stated(each, one.abstract) and stated(each, two.abstract)]
    return [f"Compare {one.name} and {two.name} on {points[0]}"] if points else []


def _in_turn(lists: Sequence[Sequence[str]]) -> list[str]:
    """The first of each, then the second of each, and so on."""
    return [each for row in zip_longest(*lists) for each in row if each]
