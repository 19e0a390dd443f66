"""The records that travel between the steps. Frozen: a step makes a new record, none changes another's.

Offsets (`start`, `end`) are Python string indices into the paper's stored abstract, so
`paper.abstract[start:end]` is always exactly the quoted text. Higher score is better, always.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from app.core.filters import EVERY_PAPER, Filters
from app.core.keys import title_key as title_key
from app.core.reading import Reading

Kind = Literal["lookup", "compare", "aggregate", "meta", "clarify", "chat"]
Status = Literal["answered", "abstained", "clarify"]
Reason = Literal["not_in_library", "abstract_does_not_say", "empty_library", "unclear_question"]
Verdict = Literal["supported", "partly", "unsupported", "unchecked"]


# An ingest asks several times for the keys of the papers of one batch.
_KEPT = 8192


@lru_cache(_KEPT)
def abstract_key(abstract: str) -> str:
    """The abstract reduced as `title_key` does and hashed (16 hex digits), so that two spellings of one agree."""
    return hashlib.sha256(title_key(abstract).encode("utf-8", "replace")).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class PaperRef:
    """What a citation shows of a paper."""

    id: str
    title: str
    authors: tuple[str, ...] = ()
    year: int | None = None
    url: str | None = None
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper of the library. `id` is the arXiv id without version, else the DOI, else a title hash.

    `version` is arXiv's, `updated` the day (YYYY-MM-DD) its text was last changed, as far as the source says;
    `flags` are warnings about the text for whoever reads it, in words."""

    id: str
    title: str
    abstract: str
    authors: tuple[str, ...] = ()
    year: int | None = None
    url: str | None = None
    doi: str | None = None
    categories: tuple[str, ...] = ()
    venue: str | None = None
    published: str | None = None
    source: str = ""
    version: int | None = None
    updated: str | None = None
    flags: tuple[str, ...] = ()

    @property
    def ref(self) -> PaperRef:
        return PaperRef(self.id, self.title, self.authors, self.year, self.url, self.flags)

    @property
    def text_key(self) -> str:
        """Changes exactly when what is embedded of the paper changes: its title or its abstract."""
        text = f"{self.title}\n{self.abstract}"
        return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]

    @property
    def fingerprint(self) -> str:
        """Changes exactly when something a person could see of the paper changes (`source` is not that). Fields that
        papers did not always have count only where they hold something, so that older fingerprints stay true."""
        return _fingerprint(self)


_PAPER_FIELDS = tuple(item.name for item in fields(Paper))


@lru_cache(_KEPT)
def _fingerprint(paper: Paper) -> str:
    younger = ("version", "updated", "flags")
    seen = {n: v for n, v in record_of(paper).items() if n != "source" and (v or n not in younger)}
    return hashlib.sha256(json.dumps(seen, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:32]


def record_of(paper: Paper) -> dict[str, Any]:
    """The paper's fields by name, as they are. `dataclasses.asdict` gives the same, copied, in ten times the time."""
    return {name: getattr(paper, name) for name in _PAPER_FIELDS}


@dataclass(frozen=True, slots=True)
class BadRecord:
    """A record that could not become a paper: where it stands (`line` counts from 1; 0 means the whole file) and
    why, so that it can be repaired.

    `raw` is the record as it stands in the file, for the set-aside file; None if there is nothing to repair.
    `opening` and `closing` are what must stand once before and after such records to make a file of the same format
    (a CSV header, the root tags of XML). A record too large for memory lies in the file `raw` names instead."""

    where: str
    line: int
    reason: str
    excerpt: str = ""
    raw: str | Path | None = None
    opening: str = ""
    closing: str = ""
    extension: str = ""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of an abstract: `text == abstract[start:end]`."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Chunk:
    """The stored, embedded piece of one abstract: `text == abstract[start:end]`. The title is embedded with it."""

    id: str
    paper_id: str
    index: int
    text: str
    start: int
    end: int


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
class Evidence:
    """A paper as shown to the model and beside the answer. A marker means one paper all conversation long."""

    marker: int
    paper: Paper
    chunk_id: str
    score: float


@dataclass(frozen=True, slots=True)
class Quote:
    """The words of an abstract that a citation rests on: `text == abstract[start:end]`."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Citation:
    """A marker of the answer tied to its paper and to the sentences that support it."""

    marker: int
    paper: PaperRef
    quotes: tuple[Quote, ...] = ()


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence of the answer with its markers and what checking it against the cited abstracts gave."""

    text: str
    markers: tuple[int, ...]
    verdict: Verdict = "unchecked"
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Turn:
    """One earlier question of the conversation. `markers` maps marker to paper id, `papers` are the ids
    the answer cited, in the order the person read them."""

    question: str
    standalone: str
    text: str
    markers: Mapping[int, str] = field(default_factory=dict)
    papers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """What a person typed, with the conversation before it (oldest turn first), about the papers that fit `filters`.

    `unread` are names of conditions (see `Filters`) that are not to be read out of the text."""

    text: str
    history: tuple[Turn, ...] = ()
    filters: Filters = EVERY_PAPER
    unread: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """What kind of question it is and which papers it names.

    `named` are the papers the question names, in its order, `labels` what it calls each of them. `missing` are
    names it uses that the library does not hold. `sides` are the queries of a comparison by topic, one a side. `notes`
    are sentences on how its names were read, for the reader. `filters` are the conditions on papers, given or read from
    the question; `query` is without their words."""

    kind: Kind
    query: str
    named: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    sides: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    filters: tuple[Reading, ...] = ()


# Under this key of a message's additional_kwargs an AnswerRequest rides along with the written prompt. Servers never
# see it; a chat model that quotes instead of writing (`app.adapters.extractive`) reads it rather than the prose.
REQUEST_KEY = "askpapers"


@dataclass(frozen=True, slots=True)
class AnswerRequest:
    """What a prompt asks for, as data."""

    question: str
    plan: Plan
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """Which model answers. `provider` is `extractive`, `openai` or `compatible`."""

    provider: str
    name: str


@dataclass(frozen=True, slots=True)
class Answer:
    """Everything there is to know about one answer; `render.answer_json` gives its public shape."""

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

    def as_turn(self) -> Turn:
        """This answer as history of the next question."""
        return Turn(
            question=self.question,
            standalone=self.standalone_question,
            text=self.text,
            markers={e.marker: e.paper.id for e in self.evidence},
            papers=tuple(c.paper.id for c in self.citations),
        )
