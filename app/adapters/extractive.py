"""The chat model that needs no model: it quotes the sentences that answer the question, and says that it quotes.

Which sentences answer best is told by `sentence_scores`, what cannot stand in them by `unsaid`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from pydantic import ConfigDict

from app.adapters.asked import ADDRESS, ASKS_CODE, HAS_CODE
from app.adapters.sentence_scores import Scored, besides_names, is_open, score_sentences
from app.adapters.sentences import own_sentences
from app.adapters.unsaid import could_answer, unsaid_property, unspoken
from app.core.domain import REQUEST_KEY, AnswerRequest
from app.core.names import handle, introduced_names, name_key
from app.core.prompting import CANNOT_ANSWER

QUOTES_FOR_NAMED = 3
QUOTES_A_SIDE = 2
QUOTES_IN_ALL = 5
# Below this share of the best sentence's score a sentence is not worth reading.
WORTH_QUOTING = 0.62
WORTH_LISTING = 0.70

LEAD = "Quoted from the abstracts, no chat model is writing:"

_MARKER_LIKE = re.compile(r"[\[【](?!\s*0\s*[,;–-])(\s*\^?\d[\d,;\s–^and-]*(?:†[^】\n]*)?)[\]】]")
# "How do they avoid wasting GPU time?" asks for no hardware.
_ASKS_A_WAY = re.compile(
    r"\bhow (?:do|does|did|can|could|to)\b|\bwhich (?:paper|work|study|one)\b|\bwho\b|\bwhy\b", re.IGNORECASE
)
_STATES_METHOD = re.compile(
    r"\b(?:we|this (?:paper|work|study))\b.{0,40}\b(?:propos|introduc|present|develop|show|describ)|\b(?:consists? of|is a|are a)\b",
    re.IGNORECASE,
)
_STATES_FINDING = re.compile(
    r"\b(?:outperform|achiev|improv|reach|raise|increas|reduc|show|find|result|better|faster|gain|state-of-the-art|sota|beat|exceed|"
    r"surpass|experiment|competitive|accura)\w*|\d\s*%",
    re.IGNORECASE,
)


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
        open_question = is_open(request, self.keyword)
        named = [s.sentence.text for s in scored if s.evidence.paper.id in request.plan.named]
        compares = request.plan.kind == "compare"
        unsaid = (
            not compares
            and named
            and not (
                could_answer(request.plan.query, named, self.embedder, _own_names(request)) and self._spoken_of(request)
            )
        )
        # One told by a description: what abstracts seldom give stands in none of the best two.
        unsaid = unsaid or (not compares and not named and _never_said(request))
        chosen = scored if compares else choose(request, scored, open_question)
        if unsaid or not chosen:
            yield CANNOT_ANSWER
            return
        yield f"{LEAD}\n"
        if request.plan.kind == "compare":
            yield from _side_by_side(request, scored, open_question)
        else:
            for item in chosen:
                yield f"\n- {_quote(item)}"

    def _spoken_of(self, request: AnswerRequest) -> bool:
        """Whether any of the named papers speaks of what is asked of them."""
        rest = besides_names(request)
        return not rest or any(
            not unspoken(
                rest,
                item.paper.title,
                [s.text for s in own_sentences(item.paper.abstract)],
                self.keyword,
                self.embedder,
            )
            for item in request.evidence
            if item.paper.id in request.plan.named
        )


def _never_said(request: AnswerRequest) -> bool:
    asks = request.plan.kind == "lookup" and not _ASKS_A_WAY.search(request.plan.query)
    best = request.evidence[:2] if asks else ()
    said = " ".join(sentence.text for item in best for sentence in own_sentences(item.paper.abstract))
    return bool(said) and unsaid_property(request.plan.query, said)


def _own_names(request: AnswerRequest) -> str:
    """The names by which the papers that are asked about go."""
    there = [item.paper for item in request.evidence if item.paper.id in request.plan.named]
    return " ".join(
        [*request.plan.labels, *(f"{handle(paper.title, paper.abstract)} {paper.title}" for paper in there)]
    )


def _quote(item: Scored) -> str:
    return quoted(item.sentence.text, item.evidence.marker)


def quoted(sentence: str, marker: int) -> str:
    """A sentence between quotation marks, with its paper's marker."""
    # Square brackets would read as markers; an abstract that quotes a reference "[7]" is not citing our paper 7.
    text = " ".join(_MARKER_LIKE.sub(r"(\1)", sentence).split())
    return f"“{text}” [{marker}]"


def choose(request: AnswerRequest, scored: Sequence[Scored], open_question: bool = False) -> list[Scored]:
    """The quotes to show, best first. Named papers speak first, two sentences each, to an open question what they
    propose and what they found; a question about a subject gets the best sentence of each of the best papers, a list
    question one of every paper."""
    named = [s for s in scored if s.evidence.paper.id in request.plan.named]
    if request.plan.named and not named:  # nothing of them can be quoted, and others are not what was asked about
        return []
    if open_question and named:
        papers = [[s for s in named if s.evidence.paper.id == paper] for paper in request.plan.named]
        return [s for own in papers for s in sorted(_proposal_and_finding(own), key=lambda s: s.sentence.start)]
    pool, each = (named, QUOTES_FOR_NAMED) if named else (scored, 1)
    best_paper = request.evidence[0].paper.id if request.evidence and request.plan.kind == "lookup" else ""
    if request.plan.kind == "aggregate" and ASKS_CODE.search(request.plan.query):
        pool = [s for s in pool if HAS_CODE.search(s.sentence.text)]
    most = (
        len(request.evidence)
        if request.plan.kind == "aggregate"
        else max(QUOTES_IN_ALL, each * len(request.plan.named))
    )
    worth = WORTH_LISTING if request.plan.kind == "aggregate" else WORTH_QUOTING
    floor = worth * (pool[0].score if pool else 0.0)
    chosen: list[Scored] = []
    taken: dict[str, int] = {}
    for item in pool:
        paper_id = item.evidence.paper.id
        allowed = max(each, QUOTES_FOR_NAMED * (paper_id == best_paper))
        worthy = item.score >= floor or (bool(named) and taken.get(paper_id, 0) < QUOTES_A_SIDE)
        if len(chosen) < most and taken.get(paper_id, 0) < allowed and worthy:
            chosen.append(item)
            taken[paper_id] = taken.get(paper_id, 0) + 1
    if named:
        # Sentences of one paper in the order in which it says them, papers in the order they were named.
        order = {paper: i for i, paper in enumerate(request.plan.named)}
        return sorted(chosen, key=lambda s: (order[s.evidence.paper.id], s.sentence.start))
    # In the order of the evidence, so that markers count upwards and "the second one" is the second one shown.
    shown = {item.marker: i for i, item in enumerate(request.evidence)}
    return sorted(chosen, key=lambda s: (shown[s.evidence.marker], s.sentence.start))


def _side_by_side(request: AnswerRequest, scored: Sequence[Scored], open_question: bool) -> Iterator[str]:
    """Every paper of the comparison with its own quotes, an equal share each. A question that names no point to
    compare on gets what each paper proposes and what it found."""
    labels = dict(zip(request.plan.named, request.plan.labels, strict=True))
    for item in request.evidence:
        own = [s for s in scored if s.evidence.marker == item.marker]
        quotes = _proposal_and_finding(own) if open_question else own[:QUOTES_A_SIDE]
        yield f"\n\n**{_plain(labels.get(item.paper.id) or handle(item.paper.title, item.paper.abstract))}**\n"
        for quote in sorted(quotes, key=lambda s: s.sentence.start):
            yield f"\n- {_quote(quote)}"


def _proposal_and_finding(own: Sequence[Scored]) -> list[Scored]:
    """The best sentence that says what the paper proposes and the best that says what came out; the best others
    where there is none."""
    names = introduced_names(own[0].evidence.paper.title, own[0].evidence.paper.abstract) if own else frozenset()
    plain = [s for s in own if not ADDRESS.search(s.sentence.text)] or list(own)

    def proposes(item: Scored) -> float:
        opening = [name_key(word) for word in item.sentence.text.split()[:8]]
        named = any(name in "".join(opening) for name in names)
        text = item.sentence.text
        says = 0.3 * bool(_STATES_METHOD.search(text)) + 0.3 * named - 0.25 * bool(_STATES_FINDING.search(text))
        return item.score / 2 + says - 0.1 * item.sentence.start / (len(item.evidence.paper.abstract) or 1)

    chosen = [max(plain, key=proposes)] if plain else []
    rest = [s for s in plain if s not in chosen]
    findings = [s for s in rest if _STATES_FINDING.search(s.sentence.text)] or rest
    return chosen + findings[: QUOTES_A_SIDE - 1]


def _plain(text: str) -> str:
    return re.sub(r"[*_`\[\]<>]", "", text)
