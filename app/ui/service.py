"""What the page needs from the rest of askpapers; `app.bootstrap` hands over something of this shape."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol, runtime_checkable

from app.core.conversations import ConversationStore
from app.core.domain import ModelInfo, Paper, Question, RankedPaper
from app.core.events import Event
from app.core.filters import EVERY_PAPER, Filters
from app.core.findings import Comparison
from app.core.models import FoundServer, ModelPick, Profile
from app.core.report import DenseIndex, Finding, IngestReport
from app.digest.records import Digest
from app.topics.records import Topics

Progress = Callable[[int, "int | None", str], None]
"""Called with how many records are done, how many there are (None: not known yet), and words for people."""


class ChatService(Protocol):
    """A library and chat models behind one door. Used from several threads, one at a time per question.

    A `pick` is what one browser session chose; None is what the settings say. A pick that cannot be used raises
    SettingsError, and one that a page open to others may not use does so too."""

    def model(self, pick: ModelPick | None = None) -> ModelInfo:
        """Which model answers."""

    def model_note(self, pick: ModelPick | None = None) -> str:
        """One sentence: why this model."""

    def servers(self) -> list[FoundServer]:
        """The model servers found on this machine now, with their models; takes about a second at most."""

    def test_model(self, pick: ModelPick | None = None) -> Iterator[Finding | Profile]:
        """Try the model: a finding a part as soon as it is known, its profile last (or as what a generator returns).
        Closing the iterator stops it."""

    def paper_count(self) -> int:
        """How many papers the library holds now."""

    def dense_index(self) -> DenseIndex:
        """How many of them can be found by meaning already."""

    def ask(self, question: Question, pick: ModelPick | None = None) -> Iterator[Event]:
        """StepDone*, EvidenceReady, Thinking*, TextDelta*, AnswerReady. Closing the iterator stops the model."""

    def ingest_uploads(self, paths: Sequence[Path], progress: Progress) -> IngestReport:
        """Read uploaded files of papers into the library; report and errors call them by their own names."""

    def example_questions(self) -> list[str]:
        """Questions this library can answer, one of them a comparison."""

    def papers(self) -> Iterator[Paper]:
        """Every paper of the library."""


@runtime_checkable
class ChangesEmbedder(Protocol):
    """A service whose embedder can be changed from the page."""

    def embedder_name(self) -> str:
        """Which embedder made the vectors in use."""

    def embedders(self) -> list[str]:
        """Those that can be had here."""

    def change_embedder(self, spec: str, progress: Progress, pause: Callable[[], bool]) -> bool:
        """Make all vectors anew; whether that came to its end (it was not paused)."""

    def embedder_before(self) -> str:
        """Go back to the vectors before; their embedder."""


@runtime_checkable
class ComparesPapers(Protocol):
    """A service that puts papers side by side without a chat model."""

    def search(self, query: str, k: int) -> list[RankedPaper]:
        """The k best papers for words, a title, a name or an id."""

    def compare(self, papers: Sequence[str], aspects: Sequence[str] = ()) -> Comparison:
        """What two to eight papers (ids) say on these points. Raises InputError."""


@runtime_checkable
class KeepsConversations(Protocol):
    """A service that keeps what is asked on its page."""

    @property
    def conversations(self) -> ConversationStore | None:
        """Where they are kept; None if nothing is to be kept."""


@runtime_checkable
class EditsProfiles(Protocol):
    """A service whose profiles of models a person may put right."""

    def edit_profile(self, profile: Profile, changes: Mapping[str, str]) -> Profile:
        """Set `papers`, `steps` or `prompt` by hand; the profile as it is kept now."""


@runtime_checkable
class FindsPapers(Protocol):
    """A service whose papers can be looked up."""

    def search(self, query: str, k: int, filters: Filters = EVERY_PAPER) -> list[RankedPaper]:
        """The papers that fit best, best first; the newest that fit the filters for an empty query."""

    def probabilities(self, query: str, found: Sequence[RankedPaper]) -> list[float]:
        """How probable it is of each of these papers that it is about `query`."""

    def outside(self, query: str, filters: Filters) -> str:
        """One sentence on the papers that a query names though they do not fit, or nothing."""

    def words_only(self, found: Sequence[RankedPaper]) -> str:
        """Why a search found these by words only, and what to do; nothing if it did not."""


@runtime_checkable
class MapsPapers(Protocol):
    """A service that knows which papers lie together."""

    def topics(self, progress: Progress) -> Topics:
        """The papers in groups, with their places on a plane; may take a while where the library has changed."""

    def papers_of(self, ids: Sequence[str]) -> list[Paper]:
        """The papers of these ids, in their order, without those that the library does not hold."""


@runtime_checkable
class TellsNews(Protocol):
    """A service that tells what is new in its library."""

    def digest(self, since: str, topics: Sequence[str] = (), pick: ModelPick | None = None) -> Digest:
        """What came since ("24h", "7d", "2w" or a day), on these topics or on those that are found. Raises InputError."""
