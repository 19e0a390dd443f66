"""What the page and the commands talk to: one open library and its chain (wired by `app.wire`) behind one door.

Heavy parts are imported and opened only when needed, so that `--help` and `ask` start fast.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.adapters import offline
from app.core.domain import ModelInfo, Paper, Question, RankedPaper
from app.core.errors import AskPapersError
from app.core.events import Event
from app.core.filters import EVERY_PAPER, Filters
from app.core.names import handle
from app.core.report import DenseIndex, IngestReport
from app.core.settings import Settings
from app.library import Library
from app.receipts import Receipts, asked, question_of
from app.wire import build_chain, choose_model, switch_telemetry_off

if TYPE_CHECKING:
    from app.background import BackgroundEmbedding
    from app.chat.candidates import Candidates, Why
    from app.chat.chain import Chain
    from app.chat.read_filters import Read

Report = Callable[[str], None]
Progress = Callable[[int, "int | None", str], None]

STARTER = "starter/papers.jsonl"


@dataclass
class Service:
    """One open library and one chat model behind one door: what the page and the commands talk to."""

    settings: Settings
    library: Library
    background: BackgroundEmbedding | None = None
    _chain: tuple[int, Chain] | None = None

    @property
    def chain(self) -> Chain:
        """Built at first use, and anew when another collection, so another embedder, is in use."""
        generation = self.library.generation
        if self._chain is None or self._chain[0] != generation:
            self._chain = generation, build_chain(self.settings, self.library)
        return self._chain[1]

    def model(self) -> ModelInfo:
        return self.chain.model_info

    def model_note(self) -> str:
        """One sentence for people: what writes the answers, and why."""
        why = choose_model(self.settings).why
        if self.model().provider == "extractive":
            return f"Answers are quotes from the abstracts: {why}"
        return f"Chosen because {why}"

    def paper_count(self) -> int:
        self.library.refresh()
        return self.library.store.count()

    def dense_index(self) -> DenseIndex:
        """How much of the library can be found by meaning; all of it can be found by its words."""
        trouble = self.background.trouble if self.background else ""
        return DenseIndex(self.library.embedded_count(), self.library.store.count(), trouble)

    def ask(self, question: Question) -> Iterator[Event]:
        """The chain's events; the answer is kept, with its receipt, and has the id it is kept under."""
        self.library.refresh()
        with self.library.in_use(), closing(asked(self.chain, self.library, question, self.receipts)) as events:
            for event, _ in events:
                yield event

    @property
    def receipts(self) -> Receipts:
        """The answers of this library that are kept."""
        return Receipts(self.settings)

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

    def ingest(self, path: Path, progress: Progress) -> IngestReport:
        return self.ingest_files([path], None, progress)

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

    def ingest_uploads(self, paths: Sequence[Path], progress: Progress) -> IngestReport:
        """Take in files a person has uploaded; report and errors call them by their own names."""
        from ingest.uploads import Uploads

        uploads = Uploads(paths)
        try:
            return uploads.report(self.library.ingest(uploads.records(), progress))
        except AskPapersError as error:
            raise uploads.error(error) from error

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

    def load_starter(self) -> IngestReport:
        """The 47 digests that ship with askpapers, for a person who has no papers at hand yet."""
        from ingest.sources import jsonl

        text = resources.files("ingest").joinpath(STARTER).read_text(encoding="utf-8")
        report = self.library.ingest(jsonl.papers(text.splitlines(keepends=True), "starter library"))
        self.library.embed()
        return report

    def papers(self) -> Iterator[Paper]:
        return self.library.store.papers()

    def example_questions(self) -> list[str]:
        """Up to four questions about papers of this library that have a name to ask by; the second is a comparison."""
        from app.core.names import looks_like_name

        named: list[str] = []
        for paper in self.papers():
            name = handle(paper.title, paper.abstract)
            if not name.startswith("“") and any(looks_like_name(word) for word in name.split()):
                named.append(name)
            if len(named) == 200:
                break
        named.sort()
        if len(named) < 2:
            return [f"What is {name}?" for name in named] + ["How many papers are in the library?"]
        step = max(1, len(named) // 4)
        one, two, three = named[0], named[min(step, len(named) - 1)], named[-1]
        return [
            f"What problem does {one} address?",
            f"How does {two} differ from {three}?",
            "Which papers release their code?",
            "How many papers are in the library?",
        ]


def open_service(settings: Settings, report: Report = lambda line: None) -> Service:
    """The service for these settings; parts open when first used. Raises InputError if the embedder is named wrongly,
    before anything is read or stored."""
    if settings.embedder:
        from app.adapters.choose_embedder import check_embedder

        check_embedder(settings.embedder)
    switch_telemetry_off()
    if settings.offline:
        offline.switch_on()
    return Service(settings, Library(settings, report))
