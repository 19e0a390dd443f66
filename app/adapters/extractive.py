"""The chat model that needs no model: it quotes the sentences that answer the question, and says that it quotes.

A sentence's score is SIMILARITY * cosine(question, title + sentence) + (1 - SIMILARITY) * coverage, coverage being the
share of the question's words (names of papers aside, weighted by rarity) that stand in the sentence, plus a bonus
where the question asks for a figure or for code and the sentence has one. Chosen among the variants measured by
`tests/bench/extractive.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from pydantic import ConfigDict

from app.adapters.sentences import sentences
from app.core.domain import REQUEST_KEY, AnswerRequest, Evidence, Sentence
from app.core.errors import EmbedderAwayError
from app.core.names import handle, introduced_names, name_key
from app.core.ports import KeywordIndex, MakesVectors, Vectors
from app.core.prompting import CANNOT_ANSWER

SIMILARITY = 0.6
ASKED_KIND_BONUS = 0.2
QUESTION_PENALTY = 0.1
ADDRESS_PENALTY = 0.15

QUOTES_FOR_NAMED = 2
QUOTES_IN_ALL = 4
# Below this share of the best sentence's score a sentence is not worth reading.
WORTH_QUOTING = 0.62
WORTH_LISTING = 0.70

LEAD = "Quoted from the abstracts, no chat model is writing:"

_ASKS_FIGURE = re.compile(
    r"\bhow (?:many|much|large|big|long|often|fast|far|deep)\b|per ?cent|%|\bnumbers? of|\bcounts?\b|\bsizes?\b|\bfigures?\b|"
    r"\bwhat (?:share|fraction|rate|accuracy|score|improvement|gain|speed-?up)",
    re.IGNORECASE,
)
ASKS_CODE = re.compile(
    r"\bcode\b|github|\brepo(?:sitory)?\b|open.?sourc|\breleas|\bavailable\b|\burl\b|\bimplementation\b|\bdownload",
    re.IGNORECASE,
)
_HAS_FIGURE = re.compile(
    r"\d|\b(?:two|three|four|five|six|seven|eight|nine|ten|twenty|thirty|fifty|hundred|thousand|million|billion)\b"
)
_HAS_CODE = re.compile(
    r"https?://|github|publicly|\b(?:code|data ?sets?|models?|framework|implementation|scales)\b.{0,60}\b(?:available|hosted|online|released?|public|"
    r"open.?sourced?|free)\b|\b(?:release|open-source)s?\b.{0,40}\b(?:code|data ?sets?|models?|framework|implementation|scales)\b",
    re.IGNORECASE,
)
_ASKS_FOR_CODE = re.compile(r"\b(?:source )?code\b|github|\brepo(?:sitory)?\b", re.IGNORECASE)
_SPEAKS_OF_CODE = re.compile(r"\bcod(?:e|ebase|ing)\b|github|https?://|open.?sourc|\brepositor", re.IGNORECASE)
_ASKS_NUMBER = re.compile(r"\bhow (?:many|much)\b|\bwhat percentage\b|\bpercent of\b", re.IGNORECASE)
_ADDRESS = re.compile(r"https?://\S+")
_MARKER_LIKE = re.compile(r"[\[【](?!\s*0\s*[,;–-])(\s*\^?\d[\d,;\s–^and-]*(?:†[^】\n]*)?)[\]】]")
_STATES_METHOD = re.compile(
    r"\b(?:we|this (?:paper|work|study))\b.{0,40}\b(?:propos|introduc|present|develop|show|describ)|\b(?:consists? of|is a|are a)\b",
    re.IGNORECASE,
)
_STATES_FINDING = re.compile(
    r"\b(?:outperform|achiev|improv|reach|raise|increas|reduc|show|find|result|better|faster|gain|state-of-the-art|sota|beat|exceed|"
    r"surpass|experiment|competitive|accura)\w*|\d\s*%",
    re.IGNORECASE,
)
# Stems of words that ask for a paper, or to compare papers, without saying on what point.
_ASKS_ANYTHING = frozenset(
    "compar differ contrast versus vs better wors similar same relat main approach method work idea summar summari "
    "overview explain describ".split()
)


@dataclass(frozen=True, slots=True)
class Scored:
    """A sentence of one paper with how well it answers."""

    evidence: Evidence
    sentence: Sentence
    score: float


class ExtractiveChatModel(BaseChatModel):
    """A LangChain chat model that answers an `AnswerRequest` (see `domain.REQUEST_KEY`) with quotes. Deterministic."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    embedder: Any  # app.core.ports.MakesVectors; pydantic cannot check a Protocol
    keyword: Any  # app.core.ports.KeywordIndex

    @property
    def _llm_type(self) -> str:
        return "extractive"

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        text = "".join(self._pieces(messages))
        return ChatResult(generations=[ChatGeneration(message=AIMessage(content=text))])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        for piece in self._pieces(messages):
            yield ChatGenerationChunk(message=AIMessageChunk(content=piece))

    def _pieces(self, messages: Sequence[BaseMessage]) -> Iterator[str]:
        request = messages[-1].additional_kwargs.get(REQUEST_KEY) if messages else None
        if not isinstance(request, AnswerRequest):
            raise TypeError(f"the extractive model needs an AnswerRequest under {REQUEST_KEY!r}")
        if request.draft:
            yield from request.draft.splitlines(keepends=True)
            return
        scored = score_sentences(request, self.embedder, self.keyword)
        is_open = _is_open(request, self.keyword)
        chosen = scored if request.plan.kind == "compare" else choose(request, scored, is_open)
        if not chosen:
            yield CANNOT_ANSWER
            return
        yield f"{LEAD}\n"
        if request.plan.kind == "compare":
            yield from _side_by_side(request, scored, is_open)
        else:
            for item in chosen:
                yield f"\n- {_quote(item)}"


def _quote(item: Scored) -> str:
    return quoted(item.sentence.text, item.evidence.marker)


def quoted(sentence: str, marker: int) -> str:
    """A sentence between quotation marks, with its paper's marker."""
    # Square brackets would read as markers; an abstract that quotes a reference "[7]" is not citing our paper 7.
    text = _MARKER_LIKE.sub(r"(\1)", sentence)
    return f"“{text}” [{marker}]"


def score_sentences(
    request: AnswerRequest, embedder: MakesVectors, keyword: KeywordIndex, vectors: Vectors | None = None
) -> list[Scored]:
    """Every sentence of the evidence with its score, best first; equal scores in reading order. `vectors`, if somebody
    has them already, are those of the question and of every sentence."""
    question = request.plan.query
    rows = [(item, sentence) for item in request.evidence for sentence in sentences(item.paper.abstract)]
    if not rows:
        return []
    try:
        if vectors is None:
            vectors = embedder.embed([question, *(f"{item.paper.title}. {sentence.text}" for item, sentence in rows)])
        cosines, similarity = [float(cosine) for cosine in vectors[1:] @ vectors[0]], SIMILARITY
    except EmbedderAwayError:  # words alone choose
        cosines, similarity = [0.0] * len(rows), 0.0
    weights = {item.marker: _weights(request, item, keyword) for item in request.evidence}
    wants_figure, wants_code = bool(_ASKS_FIGURE.search(question)), bool(ASKS_CODE.search(question))
    scored = []
    for (item, sentence), cosine in zip(rows, cosines, strict=True):
        text = _ADDRESS.sub(" ", sentence.text)
        have = set(keyword.terms(text))
        asked = weights[item.marker]
        covered = sum(w for term, w in asked.items() if term in have) / sum(asked.values()) if asked else 0.0
        score = similarity * cosine + (1 - similarity) * covered
        if (wants_figure and _HAS_FIGURE.search(text)) or (wants_code and _HAS_CODE.search(sentence.text)):
            score += ASKED_KIND_BONUS
        if sentence.text.endswith("?"):
            score -= QUESTION_PENALTY
        if _ADDRESS.search(sentence.text) and not wants_code:
            score -= ADDRESS_PENALTY
        scored.append(Scored(item, sentence, score))
    return sorted(scored, key=lambda s: -s.score)


def _weights(request: AnswerRequest, item: Evidence, keyword: KeywordIndex) -> dict[str, float]:
    """The question's terms with their rarity. Words of the paper's own title found the paper; they do not tell which
    of its sentences answers, so they are left out while there are others."""
    terms = _asked_terms(request, keyword)
    if request.plan.kind == "aggregate":  # there the subject itself is what a quote has to show
        return {term: keyword.idf(term) for term in terms}
    beyond_title = terms - set(keyword.terms(item.paper.title))
    return {term: keyword.idf(term) for term in beyond_title or terms}


def _asked_terms(request: AnswerRequest, keyword: KeywordIndex) -> set[str]:
    """The question's terms without the names of the papers it is about: every sentence may carry those."""
    names = {
        key
        for item in request.evidence
        if item.paper.id in request.plan.named
        for key in introduced_names(item.paper.title, item.paper.abstract)
    }
    words = [word for word in re.findall(r"[\w+.-]*\w", request.plan.query) if name_key(word) not in names]
    terms = set(keyword.terms(" ".join(words)))
    # "How does X differ from Y" does not ask for sentences with the word "different".
    return terms - _ASKS_ANYTHING if request.plan.kind == "compare" else terms


def _is_open(request: AnswerRequest, keyword: KeywordIndex) -> bool:
    """Whether the question names papers and nothing it wants to know of them: "What is X?", "Compare X and Y"."""
    question = request.plan.query
    asks_kind = _ASKS_FIGURE.search(question) or ASKS_CODE.search(question)
    return not asks_kind and not _asked_terms(request, keyword) - _ASKS_ANYTHING


def choose(request: AnswerRequest, scored: Sequence[Scored], is_open: bool = False) -> list[Scored]:
    """The quotes to show, best first. Named papers speak first, two sentences each, to an open question what they
    propose and what they found; a question about a subject gets the best sentence of each of the best papers, a list
    question one of every paper."""
    named = [s for s in scored if s.evidence.paper.id in request.plan.named]
    if named and not _could_answer(request.plan.query, [s.sentence.text for s in named]):
        return []
    if is_open and named:
        papers = [[s for s in named if s.evidence.paper.id == paper] for paper in request.plan.named]
        return [s for own in papers for s in sorted(_proposal_and_finding(own), key=lambda s: s.sentence.start)]
    pool, each = (named, QUOTES_FOR_NAMED) if named else (scored, 1)
    best_paper = request.evidence[0].paper.id if request.evidence and request.plan.kind == "lookup" else ""
    if request.plan.kind == "aggregate" and ASKS_CODE.search(request.plan.query):
        pool = [s for s in pool if _HAS_CODE.search(s.sentence.text)]
    most = (
        len(request.evidence)
        if request.plan.kind == "aggregate"
        else max(QUOTES_IN_ALL, each * len(request.plan.named))
    )
    worth = WORTH_LISTING if request.plan.kind == "aggregate" else WORTH_QUOTING
    floor = 0.0 if named else worth * (pool[0].score if pool else 0.0)
    chosen: list[Scored] = []
    taken: dict[str, int] = {}
    for item in pool:
        paper_id = item.evidence.paper.id
        allowed = max(each, QUOTES_FOR_NAMED * (paper_id == best_paper))
        if len(chosen) < most and taken.get(paper_id, 0) < allowed and item.score >= floor:
            chosen.append(item)
            taken[paper_id] = taken.get(paper_id, 0) + 1
    if named:
        # Sentences of one paper in the order in which it says them, papers in the order they were named.
        order = {paper: i for i, paper in enumerate(request.plan.named)}
        return sorted(chosen, key=lambda s: (order[s.evidence.paper.id], s.sentence.start))
    # In the order of the evidence, so that markers count upwards and "the second one" is the second one shown.
    shown = {item.marker: i for i, item in enumerate(request.evidence)}
    return sorted(chosen, key=lambda s: (shown[s.evidence.marker], s.sentence.start))


def _could_answer(question: str, said: Sequence[str]) -> bool:
    """False only where what is asked for cannot stand in these sentences: code of a paper that speaks of none, a
    number from a paper without any. Everything else is left to the reader of the quotes."""
    text = " ".join(said)
    if _ASKS_FOR_CODE.search(question) and not _SPEAKS_OF_CODE.search(text):
        return False
    return not (_ASKS_NUMBER.search(question) and not _HAS_FIGURE.search(_ADDRESS.sub(" ", text)))


def _side_by_side(request: AnswerRequest, scored: Sequence[Scored], is_open: bool) -> Iterator[str]:
    """Every paper of the comparison with its own quotes, an equal share each. A question that names no point to
    compare on gets what each paper proposes and what it found."""
    labels = dict(zip(request.plan.named, request.plan.labels, strict=True))
    for item in request.evidence:
        own = [s for s in scored if s.evidence.marker == item.marker]
        quotes = _proposal_and_finding(own) if is_open else own[:QUOTES_FOR_NAMED]
        yield f"\n\n**{_plain(labels.get(item.paper.id) or handle(item.paper.title, item.paper.abstract))}**\n"
        for quote in sorted(quotes, key=lambda s: s.sentence.start):
            yield f"\n- {_quote(quote)}"


def _proposal_and_finding(own: Sequence[Scored]) -> list[Scored]:
    """The best sentence that says what the paper proposes and the best that says what came out; the best others
    where there is none."""
    names = introduced_names(own[0].evidence.paper.title, own[0].evidence.paper.abstract) if own else frozenset()
    plain = [s for s in own if not _ADDRESS.search(s.sentence.text)] or list(own)

    def proposes(item: Scored) -> float:
        opening = [name_key(word) for word in item.sentence.text.split()[:8]]
        named = any(name in "".join(opening) for name in names)
        text = item.sentence.text
        says = 0.3 * bool(_STATES_METHOD.search(text)) + 0.3 * named - 0.25 * bool(_STATES_FINDING.search(text))
        return item.score / 2 + says - 0.1 * item.sentence.start / (len(item.evidence.paper.abstract) or 1)

    chosen = [max(plain, key=proposes)] if plain else []
    rest = [s for s in plain if s not in chosen]
    findings = [s for s in rest if _STATES_FINDING.search(s.sentence.text)] or rest
    return chosen + findings[: QUOTES_FOR_NAMED - 1]


def _plain(text: str) -> str:
    return re.sub(r"[*_`\[\]<>]", "", text)
