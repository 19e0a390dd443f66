"""The records that travel between the steps. Frozen: a step makes a new record, none changes another's.

Offsets (`start`, `end`) are Python string indices into the paper's stored abstract, so
`paper.abstract[start:end]` is always exactly the quoted text. Higher score is better, always.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from app.core.filters import EVERY_PAPER, Filters
from app.core.findings import Choice, Comparison, LibraryCheck
from app.core.keys import title_key as title_key
from app.core.models import Usage as Usage
from app.core.papers import BadRecord as BadRecord
from app.core.papers import Chunk as Chunk
from app.core.papers import Paper as Paper
from app.core.papers import PaperRef as PaperRef
from app.core.papers import Quote as Quote
from app.core.papers import Sentence as Sentence
from app.core.papers import abstract_key as abstract_key
from app.core.papers import record_of as record_of
from app.core.reading import Reading

Kind = Literal["lookup", "compare", "aggregate", "meta", "clarify", "chat"]
Status = Literal["answered", "abstained", "clarify"]
Reason = Literal["not_in_library", "abstract_does_not_say", "abstracts_disagree", "empty_library", "unclear_question"]
Verdict = Literal["supported", "partly", "unsupported", "unchecked"]


@dataclass(frozen=True, slots=True)
class Hit:
    """A paper found by one retriever; `rank` counts from 1."""

    paper_id: str
    chunk_id: str
    score: float
    rank: int


@dataclass(frozen=True, slots=True)
class RankedPaper:
    """A paper after fusion. `found_by` gives its rank in each retriever that found it; `cosine` is the
    dense similarity to the query in [-1, 1] if the dense retriever saw it, `reranked` the reranker's score if one was
    asked about it."""

    paper: Paper
    chunk_id: str
    score: float
    found_by: Mapping[str, int] = field(default_factory=dict)
    cosine: float | None = None
    reranked: float | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """Why a paper is among the evidence: its rank in each retriever that found it, which of the query's words stand in
    it, and whether the question names it."""

    by: tuple[tuple[str, int], ...] = ()
    words: tuple[str, ...] = ()
    named: bool = False


@dataclass(frozen=True, slots=True)
class Evidence:
    """A paper as shown to the model and beside the answer. A marker means one paper all conversation long. `found` is
    for people: it tells no two evidences apart."""

    marker: int
    paper: Paper
    chunk_id: str
    score: float
    found: Found = field(default=Found(), compare=False)


@dataclass(frozen=True, slots=True)
class Citation:
    """A marker of the answer tied to its paper and to the sentences that support it."""

    marker: int
    paper: PaperRef
    quotes: tuple[Quote, ...] = ()


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence of the answer with its markers and what checking it against the cited abstracts gave. It stands in
    the answer's text at `start` to `end`, markers included; both are 0 for a claim that is not of the text. Its markers
    are `attributed` if the answer had none there and checking found the papers that bear it out."""

    text: str
    markers: tuple[int, ...]
    verdict: Verdict = "unchecked"
    problems: tuple[str, ...] = ()
    start: int = 0
    end: int = 0
    attributed: bool = False


@dataclass(frozen=True, slots=True)
class Turn:
    """One earlier question of the conversation. `markers` maps marker to paper id, `papers` are the ids
    the answer cited, in the order the person read them. `pinned` and `excluded` are the papers that were so after it,
    `choices` what it asked back with."""

    question: str
    standalone: str
    text: str
    markers: Mapping[int, str] = field(default_factory=dict)
    papers: tuple[str, ...] = ()
    pinned: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class Correction:
    """What a person wants to be otherwise in the plan of a question; None leaves that as it was read."""

    kind: Kind | None = None
    papers: tuple[str, ...] | None = None
    aspects: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """What a person typed, with the conversation before it (oldest turn first), about the papers that fit `filters`.

    `unread` are names of conditions (see `Filters`) that are not to be read out of the text. `pinned` papers belong to
    the evidence of every answer, `excluded` ones to that of none; both are ids."""

    text: str
    history: tuple[Turn, ...] = ()
    filters: Filters = EVERY_PAPER
    unread: tuple[str, ...] = ()
    pinned: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    correction: Correction | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """One of the things that a question asks, as a question of its own; `named`, `labels` and `missing` as in `Plan`.
    `papers` are those it is answered from."""

    query: str
    named: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    papers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """What kind of question it is and which papers it names.

    `named` are the papers the question names, in its order, `labels` what it calls each of them. `missing` are
    names it uses that the library does not hold. `sides` are the queries of a comparison by topic, one a side. `notes`
    are sentences on how its names were read, for the reader. `filters` are the conditions on papers, given or read from
    the question; `query` is without their words. `aspects` are the points that a comparison is on ("data", "results"). `parts` are
    the things it asks, where they are looked for one by one."""

    kind: Kind
    query: str
    named: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    sides: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    filters: tuple[Reading, ...] = ()
    aspects: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()


# Under this key of a message's additional_kwargs an AnswerRequest rides along with the written prompt. Servers never
# see it; a chat model that quotes instead of writing (`app.adapters.extractive`) reads it rather than the prose.
REQUEST_KEY = "askpapers"
# Under these keys of a chunk's additional_kwargs the adapters tell of a reply what is not its text: see `reply_stream`.
REASONING, RESTARTS, LOOPS = "reasoning_content", "askpapers_restarts", "askpapers_loops"


@dataclass(frozen=True, slots=True)
class AnswerRequest:
    """What a prompt asks for, as data. `draft` is the text that who only quotes shall say, where it is made already."""

    question: str
    plan: Plan
    evidence: tuple[Evidence, ...]
    draft: str = ""


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """Which model answers. `provider` is `extractive` or one of `app.adapters.chat_models.PROVIDERS`."""

    provider: str
    name: str
    address: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """Everything there is to know about one answer; `render.answer_json` gives its public shape.

    `id` is what `askpapers replay` calls it. `table` is what a comparison is read from, `checked` what looking through
    the library gave, `choices` what a question back offers. `pinned` and `excluded` are the papers that are so now.
    `usage` is what the model took, `reasoning` what it thought aloud (shown folded, never read for citations), `notices`
    are sentences for the person on how the answer came about ("The server cut the prompt ...")."""

    question: str
    standalone_question: str
    kind: Kind
    status: Status
    text: str
    model: ModelInfo
    reason: Reason | None = None
    citations: tuple[Citation, ...] = ()
    claims: tuple[Claim, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    filters: tuple[Reading, ...] = ()
    trace: Mapping[str, Any] = field(default_factory=dict)
    id: str = ""
    table: Comparison | None = None
    checked: LibraryCheck | None = None
    choices: tuple[Choice, ...] = ()
    pinned: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    usage: Usage | None = None
    reasoning: str = ""
    notices: tuple[str, ...] = ()

    def as_turn(self) -> Turn:
        """This answer as history of the next question."""
        return Turn(
            question=self.question,
            standalone=self.standalone_question,
            text=self.text,
            markers={e.marker: e.paper.id for e in self.evidence},
            papers=tuple(c.paper.id for c in self.citations),
            pinned=self.pinned,
            excluded=self.excluded,
            choices=self.choices if self.status == "clarify" else (),
        )
