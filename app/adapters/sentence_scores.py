"""How well the sentences of the evidence answer a question.

A sentence's score is SIMILARITY * cosine + (1 - SIMILARITY) * coverage + a bonus. The cosine is between the question and
the sentence, once behind the paper's title (weight TITLED) and once behind the sentence before it; coverage is the share
of the question's words (names of papers aside, weighted by rarity) that stand in it; the bonus is for having the kind of
thing that is asked for (see `asked`). Chosen among the variants measured by `tests/bench/extractive.py`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from app.adapters.asked import ADDRESS, ASKS_CODE, kind_bonus
from app.adapters.sentences import own_sentences, quotable
from app.adapters.unsaid import ASKS_FIGURE
from app.core.domain import AnswerRequest, Evidence, Sentence
from app.core.errors import EmbedderAwayError
from app.core.names import introduced_names, name_key
from app.core.ports import KeywordIndex, MakesVectors, Vectors

SIMILARITY = 0.6
TITLED = 2 / 3
_LOOKED_AT_TWICE = 16
# Stems of words that ask for a paper, or to compare papers, without saying on what point.
ASKS_ANYTHING = frozenset(
    "compar differ contrast versus vs better wors similar same relat main approach method work idea summar summari "
    "overview explain describ".split()
)


@dataclass(frozen=True, slots=True)
class Scored:
    """A sentence of one paper with how well it answers."""

    evidence: Evidence
    sentence: Sentence
    score: float


def score_sentences(
    request: AnswerRequest, embedder: MakesVectors, keyword: KeywordIndex, vectors: Vectors | None = None
) -> list[Scored]:
    """Every sentence of the papers that answer with its score, best first; equal scores in reading order. `vectors`, if somebody
    has them already, are those of the question and of every own sentence behind its paper's title; else lists are taken whole
    (see `quotable`)."""
    question = request.plan.query
    rows = [
        (item, sentence)
        for item in _asked_of(request)
        for sentence in (quotable if vectors is None else own_sentences)(item.paper.abstract)
    ]
    if not rows:
        return []
    try:
        cosines, similarity = _cosines(question, rows, embedder, vectors), SIMILARITY
    except EmbedderAwayError:  # words alone choose
        cosines, similarity = [0.0] * len(rows), 0.0
    weights = {item.marker: _weights(request, item, keyword) for item in request.evidence}
    scored = []
    for (item, sentence), cosine in zip(rows, cosines, strict=True):
        have = set(keyword.terms(ADDRESS.sub(" ", sentence.text)))
        asked = weights[item.marker]
        covered = sum(w for term, w in asked.items() if term in have) / sum(asked.values()) if asked else 0.0
        score = similarity * cosine + (1 - similarity) * covered
        scored.append(Scored(item, sentence, score + kind_bonus(question, item.paper.title, sentence.text)))
    return sorted(scored, key=lambda s: -s.score)


def _asked_of(request: AnswerRequest) -> list[Evidence]:
    """The papers that answer: a question on named papers is answered from them alone."""
    named = [item for item in request.evidence if item.paper.id in request.plan.named]
    return named if named and request.plan.kind == "lookup" else list(request.evidence)


def _cosines(
    question: str, rows: Sequence[tuple[Evidence, Sentence]], embedder: MakesVectors, vectors: Vectors | None
) -> list[float]:
    if vectors is not None:
        return [float(cosine) for cosine in vectors[1:] @ vectors[0]]
    titled = [f"{item.paper.title}. {sentence.text}" for item, sentence in rows]
    vectors = embedder.embed([question, *titled])
    cosines = [float(cosine) for cosine in vectors[1:] @ vectors[0]]
    # Only the nearest are worth a second look.
    nearest = sorted(range(len(rows)), key=lambda at: -cosines[at])[:_LOOKED_AT_TWICE]
    before = _with_the_one_before(rows)
    together = embedder.embed([before[at] for at in nearest]) @ vectors[0]
    for at, cosine in zip(nearest, together, strict=True):
        cosines[at] = TITLED * cosines[at] + (1 - TITLED) * float(cosine)
    return cosines


def _with_the_one_before(rows: Sequence[tuple[Evidence, Sentence]]) -> list[str]:
    """Each sentence behind the one before it in its abstract, which often says what "it" and "this" are."""
    texts: list[str] = []
    for at, (item, sentence) in enumerate(rows):
        follows = at > 0 and rows[at - 1][0] is item
        texts.append(f"{rows[at - 1][1].text} {sentence.text}" if follows else sentence.text)
    return texts


def _weights(request: AnswerRequest, item: Evidence, keyword: KeywordIndex) -> dict[str, float]:
    """The question's terms with their rarity. Words of the paper's own title found the paper; they do not tell which
    of its sentences answers, so they are left out while there are others."""
    terms = asked_terms(request, keyword)
    if request.plan.kind == "aggregate":  # there the subject itself is what a quote has to show
        return {term: keyword.idf(term) for term in terms}
    beyond_title = terms - set(keyword.terms(item.paper.title))
    return {term: keyword.idf(term) for term in beyond_title or terms}


def asked_terms(request: AnswerRequest, keyword: KeywordIndex) -> set[str]:
    """The question's terms without the names of the papers it is about: every sentence may carry those."""
    names = _own_names(request)
    words = [word for word in re.findall(r"[\w+.-]*\w", request.plan.query) if name_key(word) not in names]
    terms = set(keyword.terms(" ".join(words)))
    # "How does X differ from Y" does not ask for sentences with the word "different".
    return terms - ASKS_ANYTHING if request.plan.kind == "compare" else terms


def _own_names(request: AnswerRequest) -> set[str]:
    named = [item.paper for item in request.evidence if item.paper.id in request.plan.named]
    return {key for paper in named for key in introduced_names(paper.title, paper.abstract)}


def besides_names(request: AnswerRequest) -> str:
    """The question without what it calls its papers: "by how much is faster?"."""
    rest, names = request.plan.query, _own_names(request)
    for label in request.plan.labels:
        rest = re.sub(rf"(?<!\w){re.escape(label)}(?!\w)", " ", rest, flags=re.IGNORECASE)
    words = [word for word in rest.split() if name_key(re.sub(r"['’]s\W*$", "", word)) not in names]
    return " ".join(word for word in words if re.search(r"\w{2}", word))


def is_open(request: AnswerRequest, keyword: KeywordIndex) -> bool:
    """Whether the question names papers and nothing it wants to know of them: "What is X?", "Compare X and Y"."""
    question = request.plan.query
    asks_kind = ASKS_FIGURE.search(question) or ASKS_CODE.search(question)
    return not asks_kind and not asked_terms(request, keyword) - ASKS_ANYTHING
