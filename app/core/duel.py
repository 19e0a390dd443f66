"""Records of a duel: several models write from the same frozen evidence, and what each wrote is measured.

None always means that there was nothing to measure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from app.core.domain import Answer, Evidence


@dataclass(frozen=True, slots=True)
class Score:
    """What one model wrote to one question, measured.

    `text` is what it wrote itself, known markers in one spelling; `answer` is that, checked. It was given the first
    `papers` of the evidence. Of the markers it wrote, `known` mean one of them and `invented` none. `cited` papers are
    in its order. Claims are `supported`, `partly` or `unsupported` by the abstracts they cite, or `unsourced`: without a
    marker and borne out by no abstract. `refused`: it says that the abstracts do not say; `should_refuse` where the
    question tells whether that is right. `first_s` is until the first word of the answer, after any thinking;
    `counted` says that the server counted the tokens, else we did."""

    question: str
    model: str
    text: str = ""
    answer: Answer | None = None
    error: str = ""
    hint: str = ""
    papers: int = 0
    known: int = 0
    invented: int = 0
    cited: tuple[str, ...] = ()
    precision: float | None = None
    recall: float | None = None
    facts: float | None = None
    supported: int = 0
    partly: int = 0
    unsupported: int = 0
    unsourced: int = 0
    refused: bool = False
    should_refuse: bool | None = None
    first_s: float | None = None
    seconds: float | None = None
    tokens: int | None = None
    counted: bool = False
    tokens_per_s: float | None = None

    @property
    def claims(self) -> int:
        return self.supported + self.partly + self.unsupported + self.unsourced

    @property
    def valid(self) -> float | None:
        """The share of its markers that mean a paper of the evidence."""
        written = self.known + self.invented
        return self.known / written if written else None

    @property
    def unborne(self) -> float | None:
        """The share of its claims that no abstract bears out."""
        return (self.unsupported + self.unsourced) / self.claims if self.claims else None

    @property
    def decided(self) -> float | None:
        """1 where it answered what has an answer or refused what has none, else 0."""
        if self.should_refuse is None or self.error:
            return None
        return float(self.refused == self.should_refuse)


@dataclass(frozen=True, slots=True)
class Measure:
    """One thing that is compared. `of` gives it for a score; two values closer than `within` (a share of the larger) are
    a tie. `pooled` gives part and whole, where a share is of all there is and not a mean over questions."""

    name: str
    words: str
    of: Callable[[Score], float | None]
    higher: bool = True
    share: bool = True
    within: float = 0.0
    pooled: Callable[[Score], tuple[int, int]] | None = None


MEASURES: tuple[Measure, ...] = (
    Measure("citation_precision", "citation precision", lambda s: s.precision),
    Measure("citation_recall", "citation recall", lambda s: s.recall),
    Measure("facts_found", "facts found", lambda s: s.facts),
    Measure("markers_valid", "markers valid", lambda s: s.valid, pooled=lambda s: (s.known, s.known + s.invented)),
    Measure(
        "unsupported_claims",
        "unsupported claims",
        lambda s: s.unborne,
        higher=False,
        pooled=lambda s: (s.unsupported + s.unsourced, s.claims),
    ),
    Measure("decided_rightly", "answered or refused rightly", lambda s: s.decided),
    Measure("first_word_s", "seconds to first word", lambda s: s.first_s, higher=False, share=False, within=0.1),
    Measure("tokens_per_s", "tokens a second", lambda s: s.tokens_per_s, share=False, within=0.1),
)


@dataclass(frozen=True, slots=True)
class DuelQuestion:
    """A question that the models were asked, with the evidence that all of them got."""

    id: str
    type: str
    text: str
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A question that no model was asked, and why."""

    id: str
    text: str
    why: str


@dataclass(frozen=True, slots=True)
class Total:
    """What a model's scores come to. `values` are by the names of MEASURES, `counted` of how many questions each is."""

    model: str
    asked: int
    failed: int
    refused: int
    values: Mapping[str, float | None]
    counted: Mapping[str, int]
    supported: int = 0
    partly: int = 0
    unsupported: int = 0
    unsourced: int = 0
    tokens: int = 0


@dataclass(frozen=True, slots=True)
class Pair:
    """Two models on one measure, question by question: `one` was better `wins` times. `p` is of the exact two-sided sign
    test, None where too few questions differ for any outcome to be below 0.05."""

    measure: str
    one: str
    other: str
    wins: int
    ties: int
    losses: int
    p: float | None


@dataclass(frozen=True, slots=True)
class Duel:
    """A whole duel. `notes` are sentences on how far its figures reach."""

    models: tuple[str, ...]
    questions: tuple[DuelQuestion, ...]
    left_out: tuple[LeftOut, ...]
    scores: tuple[Score, ...]
    totals: tuple[Total, ...]
    pairs: tuple[Pair, ...]
    notes: tuple[str, ...] = ()
    source: str = ""
    interrupted: bool = False

    def score(self, question: str, model: str) -> Score | None:
        return next((s for s in self.scores if (s.question, s.model) == (question, model)), None)


@dataclass(frozen=True, slots=True)
class Freezing:
    """Evidence has been looked up for `done` of `total` questions."""

    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Begun:
    """The evidence is frozen: what is going to be asked, and what is not."""

    questions: tuple[DuelQuestion, ...]
    left_out: tuple[LeftOut, ...]


@dataclass(frozen=True, slots=True)
class Writing:
    """The next piece of what a model writes to a question."""

    question: str
    model: str
    text: str


@dataclass(frozen=True, slots=True)
class Scored:
    """A model has answered a question: `done` of `total` answers are there."""

    score: Score
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class DuelReady:
    """The last event of a duel."""

    duel: Duel


DuelEvent = Freezing | Begun | Writing | Scored | DuelReady


@dataclass(frozen=True, slots=True)
class Standing:
    """A model on the scoreboard of a library, over all duels that are kept of it. `claims` is of how many claims
    `values["unsupported_claims"]` is a share."""

    model: str
    runs: int
    questions: int
    failed: int
    refused: int
    claims: int
    values: Mapping[str, float | None] = field(default_factory=dict)
    last: str = ""


def names(models: Sequence[str]) -> str:
    """ "A, B and C"."""
    return " and ".join(filter(None, [", ".join(models[:-1]), *models[-1:]]))
