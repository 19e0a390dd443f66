"""What the page and the commands talk to: one open library and its chain (wired by `app.wire`) behind one door.

Heavy parts are imported and opened only when needed, so that `--help` and `ask` start fast.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.adapters import offline
from app.adapters.address_rules import never_metadata
from app.core.domain import ModelInfo, Paper, Question, RankedPaper
from app.core.errors import AskPapersError, InputError
from app.core.events import Event
from app.core.filters import EVERY_PAPER, Filters
from app.core.findings import Comparison
from app.core.models import FoundServer, ModelPick, Profile
from app.core.report import DenseIndex, Finding, IngestReport
from app.core.settings import Settings
from app.kept import KeepsRecords
from app.librarian import Librarian
from app.library import Library
from app.receipts import asked, question_of
from app.wire import profiles, switch_telemetry_off
from app.wirings import Wired, Wirings, subject_of

if TYPE_CHECKING:
    from app.background import BackgroundEmbedding
    from app.chat.candidates import Candidates, Why
    from app.chat.chain import Chain
    from app.chat.read_filters import Read
    from app.digest.records import Digest
    from app.topics.of_library import LibraryTopics
    from app.topics.records import Topics

Report = Callable[[str], None]
Progress = Callable[[int, "int | None", str], None]


@dataclass
class Service(KeepsRecords, Librarian):
    """One open library and chat models behind one door: what the page and the commands talk to. Without a pick the model is
    that of the settings; a pick holds for the one call, and builds nothing anew but the chain."""

    settings: Settings
    library: Library
    background: BackgroundEmbedding | None = None
    open_to_others: bool = False
    _wirings: Wirings = field(default_factory=Wirings)
    _found: frozenset[str] = frozenset()
    _topics: LibraryTopics | None = None

    @property
    def chain(self) -> Chain:
        """Built at first use, and anew when another collection, so another embedder, is in use."""
        return self.chain_for(None)

    def chain_for(self, pick: ModelPick | None) -> Chain:
        """The chain whose model is the one picked; one whose server is away says so when it is asked. Raises SettingsError
        for a pick that cannot be."""
        return self._wired_for(pick).chain

    def _wired_for(self, pick: ModelPick | None) -> Wired:
        return self._wirings.of(pick, self.settings, self.library, self.open_to_others, self._found)

    def forget_chain(self, pick: ModelPick | None = None) -> None:
        """Build the chain of this model anew at the next question: something is known of the model that was not before."""
        self._wirings.forget(pick)

    def model(self, pick: ModelPick | None = None) -> ModelInfo:
        return self.chain_for(pick).model_info

    def model_note(self, pick: ModelPick | None = None) -> str:
        """One sentence for people: what writes the answers, and why."""
        wired = self._wired_for(pick)
        if trouble := wired.trouble:
            return f"{str(trouble).rstrip('.')}. {trouble.hint.rstrip('.')}"
        if wired.chain.model_info.provider == "extractive":
            return f"Answers are quotes from the abstracts: {wired.choice.why}"
        return f"Chosen because {wired.choice.why}"

    def servers(self) -> list[FoundServer]:
        """The model servers that answer on this machine, and the one at the address of the settings, with their models."""
        from app.adapters.model_servers import USUAL, find_servers

        own, secret = self.settings.llm_base_url, self.settings.llm_api_key
        places = [*([own] if own else []), *(place for place in USUAL.values() if place != own)]
        keys = {own: secret.get_secret_value()} if own and secret else {}
        found = find_servers(places, key_for=keys)
        # What is offered to a visitor may be picked.
        self._found = frozenset(server.address for server in found if server.models)
        return list({server.address.removesuffix("/v1"): server for server in reversed(found)}.values())[::-1]

    def test_model(self, pick: ModelPick | None = None) -> Generator[Finding, None, Profile | None]:
        """What is found of a chat model, a finding at a time, and its profile, which is kept and used from then on."""
        from app.models.measure import measure_model

        self.forget_chain(pick)  # whoever tests a model has perhaps just started it
        try:
            wired = self._wired_for(pick)
            if trouble := wired.trouble:
                raise trouble
            if wired.chain.model_info.provider == "extractive":
                yield Finding("chat model", True, f"none, answers are quotes ({self.model_note(pick)})")
                return None
            profile = yield from measure_model(subject_of(wired), self.papers, profiles(self.settings))
        except AskPapersError as error:
            yield Finding("chat model", False, str(error), error.hint)
            return None
        self.forget_chain(pick)
        return profile

    def profile(self, pick: ModelPick | None = None) -> Profile | None:
        """What was measured of a chat model; None if nothing was."""
        info = self.model(pick)
        return profiles(self.settings).get(info.name, info.address)

    def edit_profile(self, profile: Profile, changes: Mapping[str, str]) -> Profile:
        """Set fields of a profile by hand (see `ProfileFile.edit`), for the next question on. Raises InputError."""
        edited = profiles(self.settings).edit(profile.model, profile.address, dict(changes))
        self._wirings.clear()
        return edited

    def embedder_name(self) -> str:
        """Which embedder made the vectors in use, as a person types it."""
        from app.adapters.choose_embedder import spec_of

        return spec_of(self.library.embedder.name)

    def embedders(self) -> list[str]:
        """Embedders that can be had here, as a person types them: the default, and what servers on this machine list."""
        from app.adapters.choose_embedder import USUAL, WAYS

        found = [
            f"{server.provider}:{name.removesuffix(':latest')}"
            for server in self.servers()
            if server.provider in WAYS and server.address == USUAL.get(server.provider)
            for name in server.embedders
        ]
        return list(dict.fromkeys(["default", *found]))

    def change_embedder(self, spec: str, progress: Progress, pause: Callable[[], bool] = lambda: False) -> bool:
        """Make the vectors of every paper by another embedder; those in use answer until the new ones are whole. Paused, it
        gives False, and the next call goes on. Raises InputError, SettingsError, EmbedderError, LibraryError."""
        from app.reembed import reembed

        self._refuse_visitors()

        def told(done: int, total: int, seconds_left: float | None) -> None:
            left = f"about {seconds_left / 60:.0f} min left" if seconds_left and seconds_left > 90 else ""
            progress(done, total, f"papers have their new vectors{f', {left}' if left else ''}")

        return reembed(self.library, spec, told, pause) is not None

    def embedder_before(self) -> str:
        """Go back to the vectors that were in use before; their embedder. Raises InputError, LibraryError."""
        from app.adapters.choose_embedder import spec_of
        from app.reembed import rollback

        self._refuse_visitors()
        return spec_of(rollback(self.library).embedder)

    def _refuse_visitors(self) -> None:
        if self.open_to_others:
            raise InputError(
                "The embedder is that of everybody who uses this page, so it is not changed here.",
                "Whoever runs it types: askpapers library reembed --embedder NAME",
            )

    def paper_count(self) -> int:
        self.library.refresh()
        return self.library.store.count()

    def dense_index(self) -> DenseIndex:
        """How much of the library can be found by meaning; all of it can be found by its words."""
        trouble = self.background.trouble if self.background else ""
        return DenseIndex(self.library.embedded_count(), self.library.store.count(), trouble)

    def ask(self, question: Question, pick: ModelPick | None = None) -> Iterator[Event]:
        """The chain's events; the answer is kept, with its receipt, and has the id it is kept under."""
        self.library.refresh()
        with (
            self.library.in_use(),
            closing(asked(self.chain_for(pick), self.library, question, self.receipts)) as events,
        ):
            for event, _ in events:
                yield event

    def ask_again(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """The receipt of a kept answer's question, asked of the library and the model as they are now; it is not kept."""
        self.library.refresh()
        with self.library.in_use():
            *_, (_, again) = asked(self.chain, self.library, question_of(record), None)
        if not again:
            raise RuntimeError("no receipt could be made")
        return again

    def words_only(self, found: Sequence[RankedPaper]) -> str:
        """Why a search found these by words only, and what to do; nothing if it did not."""
        return self.chain.searching.words_only(found)

    def read(self, text: str, filters: Filters = EVERY_PAPER, unread: Sequence[str] = ()) -> Read:
        """The filters in a question or query, beside those given; none for names of conditions `unread`."""
        self.library.refresh()
        return self.chain.reader.read(text, given=filters, unread=unread)

    def not_reranked(self, found: Sequence[RankedPaper]) -> str:
        """Why the reranker did not put the papers of a search in order, and what to do; nothing if it did or is none."""
        return self.chain.searching.not_reranked(found)

    def search(self, query: str, k: int, filters: Filters = EVERY_PAPER) -> list[RankedPaper]:
        self.library.refresh()
        with self.library.in_use():
            return self.chain.find(query, k, filters)

    def compare(self, papers: Sequence[str], aspects: Sequence[str] = ()) -> Comparison:
        """The table of these papers (two to eight ids) on these points, by rule; no model is asked. Raises InputError."""
        from app.chat.compare.side_by_side import side_by_side

        self.library.refresh()
        with self.library.in_use():
            chain = self.chain
            return side_by_side(papers, aspects, chain.store, chain.embedder, chain.keyword)

    def candidates(self, query: str, filters: Filters = EVERY_PAPER, at_least: float | None = None) -> Candidates:
        """Every paper that may be about `query` (see `app.chat.candidates`)."""
        from app.chat.candidates import candidates
        from app.chat.relevance import LISTED

        self.library.refresh()
        with self.library.in_use():
            return candidates(self.chain.searching, query, filters, LISTED if at_least is None else at_least)

    def probabilities(self, query: str, found: Sequence[RankedPaper]) -> list[float]:
        """How probable it is of each of these papers that it is about `query`."""
        from app.chat.relevance import probabilities

        return probabilities(query, found, self.library.keyword)

    def why(self, query: str, paper: Paper) -> Why:
        """What of `query` stands in a paper."""
        from app.chat.candidates import why

        return why(query, paper, self.library.keyword)

    def outside(self, query: str, filters: Filters) -> str:
        """One sentence on the papers that a query names though they do not fit, or nothing."""
        return self.chain.searching.outside(query, filters)

    def ingest_files(
        self,
        paths: Sequence[Path | str],
        source: str | None = None,
        progress: Progress = lambda done, total, words: None,
        dry_run: bool = False,
        encoding: str | None = None,
        columns: Mapping[str, str] | None = None,
    ) -> IngestReport:
        """Take in the papers of these files; `embed` then makes their vectors."""
        from ingest.reading import read_inputs

        return self.library.ingest(read_inputs(paths, source, encoding, columns), progress, dry_run)

    @contextmanager
    def embedding_in_background(self) -> Iterator[None]:
        """Inside, vectors of papers that have none yet are made in the background."""
        from app.background import BackgroundEmbedding

        self.background = BackgroundEmbedding(self.library)
        self.background.start()
        try:
            yield
        finally:
            self.background.stop()

    def papers(self) -> Iterator[Paper]:
        return self.library.store.papers()

    def topics(self, progress: Progress = lambda done, total, words: None) -> Topics:
        """The papers that have vectors in groups, with their places on a plane; quick unless the library has changed."""
        from app.topics.of_library import LibraryTopics

        if self._topics is None:
            self._topics = LibraryTopics(self.library)
        return self._topics.topics(progress)

    def digest(self, since: str, topics: Sequence[str] = (), pick: ModelPick | None = None) -> Digest:
        """What came into the library since ("7d", "24h", "2w" or a day), on these topics or in the groups it makes; told by
        the chat model if there is one, else by key sentences. Raises InputError."""
        from app.digest.of_service import digest_by

        return digest_by(self.chain_for(pick), self.library, since, topics)

    def papers_of(self, ids: Sequence[str]) -> list[Paper]:
        """The papers of these ids, in their order, without those that the library does not hold."""
        return list(self.library.store.get(ids).values())

    def example_questions(self) -> list[str]:
        """Up to four questions about papers of this library that have a name to ask by; the second is a comparison."""
        from app.chat.examples import example_questions

        return example_questions(self.papers())


def open_service(settings: Settings, report: Report = lambda line: None) -> Service:
    """The service for these settings; parts open when first used. Raises InputError if the embedder is named wrongly,
    before anything is read or stored."""
    if settings.embedder:
        from app.adapters.choose_embedder import check_embedder

        check_embedder(settings.embedder)
    switch_telemetry_off()
    if settings.offline:
        offline.switch_on()
    never_metadata()
    return Service(settings, Library(settings, report))
