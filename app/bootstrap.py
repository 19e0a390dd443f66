"""The composition root: Settings in, wired parts out. Nothing else builds adapters.

Heavy parts are imported and opened here and only when needed, so that `--help` and `ask` start fast.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from app.core.domain import (
    BadRecord,
    Event,
    IngestReport,
    ModelInfo,
    Paper,
    Question,
    RankedPaper,
)
from app.core.errors import LibraryBusyError
from app.core.names import handle
from app.core.ports import Embedder, KeywordIndex, PaperStore
from app.core.prompting import PROMPTS, load_prompt
from app.core.settings import Settings
from app.core.tokens import token_counter

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from app.adapters.chat_models import ModelChoice
    from app.chat.chain import Chain

Report = Callable[[str], None]
Progress = Callable[[int, "int | None", str], None]

STARTER = "starter/papers.jsonl"


def switch_telemetry_off() -> None:
    """Before any vendor is imported. Nothing a person asks or stores is reported to anyone."""
    for name, value in {
        "ANONYMIZED_TELEMETRY": "False",
        "CHROMA_TELEMETRY_IMPL": "None",
        "GRADIO_ANALYTICS_ENABLED": "False",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "DO_NOT_TRACK": "1",
        "LANGCHAIN_TRACING_V2": "false",
        "LANGSMITH_TRACING": "false",
    }.items():
        os.environ[name] = value


@dataclass
class Library:
    """Store, keyword index and embedder of one data folder. Parts open on first use."""

    settings: Settings
    report: Report = lambda line: None
    _lock: threading.RLock = field(default_factory=threading.RLock, repr=False)
    _seen: int | None = None

    @cached_property
    def embedder(self) -> Embedder:
        from app.adapters.embeddings import MiniLMEmbedder

        folder = self.settings.model_cache / "all-MiniLM-L6-v2"
        return MiniLMEmbedder.open(folder, source_folder=self.settings.embedder_dir, report=self.report)

    @cached_property
    def store(self) -> PaperStore:
        from app.adapters.chroma import ChromaPaperStore

        return ChromaPaperStore(self.settings.data_dir / "chroma", self.embedder)

    @cached_property
    def keyword(self) -> KeywordIndex:
        from app.adapters.keyword import TantivyKeywordIndex

        folder = self.settings.data_dir / "keyword"
        lock = self._writing_lock()
        try:
            with lock.acquire(timeout=0):
                index = TantivyKeywordIndex(folder)
                if index.stale:
                    index.rebuild(self.store.papers())
                return index
        except Timeout:
            # Somebody is writing right now, so an index in the middle of a change is no damage: read it as it is.
            return TantivyKeywordIndex(folder)

    def _writing_lock(self) -> FileLock:
        self.settings.data_dir.mkdir(parents=True, exist_ok=True)
        return FileLock(self.settings.data_dir / "writing.lock")

    def refresh(self) -> None:
        """Take in what another process (`askpapers ingest` beside `serve`) has stored since the last look. While this
        process itself ingests there is nothing to take in, and no question waits for it."""
        if not self._lock.acquire(blocking=False):
            return
        try:
            stamp = self.keyword.stamp()
            if self._seen not in (None, stamp):
                self.store.reopen()
                self.keyword.reopen()
            self._seen = stamp
        finally:
            self._lock.release()

    def ingest(
        self,
        records: Iterable[Paper | BadRecord],
        progress: Progress = lambda done, total, words: None,
        dry_run: bool = False,
    ) -> IngestReport:
        """Take records in, one writer at a time. Raises LibraryBusyError when another process is writing."""
        from ingest.pipeline import Ingest

        keyword = self.keyword  # opened before the lock is ours, for opening looks whether somebody else has it
        try:
            with self._lock, self._writing_lock().acquire(timeout=5):
                self.refresh()
                report = Ingest(self.store, keyword, self.embedder, progress).run(records, dry_run)
                self._seen = keyword.stamp()
                return report
        except Timeout as error:
            raise LibraryBusyError(
                f'Another askpapers is writing to "{self.settings.data_dir}".',
                "Wait until it has finished, then run this again: what is already stored is skipped.",
            ) from error

    def load_starter(self) -> IngestReport:
        """The 47 digests that ship with askpapers, for a person who has no papers at hand yet."""
        from ingest.sources import jsonl

        text = resources.files("ingest").joinpath(STARTER).read_text(encoding="utf-8")
        return self.ingest(jsonl.papers(text.splitlines(), "starter library"))


def choose_model(settings: Settings) -> ModelChoice:
    """Which chat model the settings mean."""
    from app.adapters.base_url import is_official, normalise
    from app.adapters.chat_models import choose

    # A key for OpenAI must not travel to whatever server a base URL names.
    for_openai = not settings.llm_base_url or is_official(normalise(settings.llm_base_url))
    secret = settings.llm_api_key or (settings.openai_api_key if for_openai else None)
    key = secret.get_secret_value() if secret else None
    return choose(settings.llm, base_url=settings.llm_base_url, api_key=key)


def _build_model(settings: Settings, library: Library, choice: ModelChoice) -> tuple[BaseChatModel, ModelInfo]:
    if choice.provider == "extractive":
        from app.adapters.extractive import ExtractiveChatModel

        return (
            ExtractiveChatModel(embedder=library.embedder, keyword=library.keyword),
            ModelInfo("extractive", "quotes"),
        )
    from app.adapters.chat_models import build

    temperature = None if choice.provider == "openai" else 0.0
    model = build(
        choice,
        timeout_s=settings.llm_timeout_s,
        temperature=temperature,
        max_output_tokens=settings.llm_answer_tokens,
    )
    return model, ModelInfo(choice.provider, choice.name or str(getattr(model, "model_name", "")))


def build_chain(settings: Settings, library: Library) -> Chain:
    """The chain for these settings. Raises what opening the library or reaching the model raises."""
    from app.chat.chain import Chain, Limits
    from app.chat.retrieve import DenseRetriever

    for name in PROMPTS:
        load_prompt(name, settings.prompts_dir)  # a broken prompt is said now, not at the first question
    model, info = _build_model(settings, library, choose_model(settings))
    return Chain(
        store=library.store,
        keyword=library.keyword,
        embedder=library.embedder,
        retrievers=(DenseRetriever(library.store, library.embedder), library.keyword),
        model=model,
        model_info=info,
        tokens=token_counter(library.embedder.count_tokens),
        limits=Limits(settings.papers_per_answer, settings.llm_context_tokens, settings.llm_answer_tokens),
        prompts_dir=settings.prompts_dir,
    )


@dataclass
class Service:
    """One open library and one chat model behind one door: what the page and the commands talk to."""

    settings: Settings
    library: Library

    @cached_property
    def chain(self) -> Chain:
        return build_chain(self.settings, self.library)

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
        return self.library.keyword.count()

    def ask(self, question: Question) -> Iterator[Event]:
        self.library.refresh()
        return self.chain.ask(question)

    def search(self, query: str, k: int) -> list[RankedPaper]:
        self.library.refresh()
        return self.chain.find(query, k)

    def ingest(self, path: Path, progress: Progress) -> IngestReport:
        return self.ingest_files([path], None, progress)

    def ingest_files(
        self, paths: Sequence[Path], source: str | None, progress: Progress, dry_run: bool = False
    ) -> IngestReport:
        from ingest.pipeline import read_files

        return self.library.ingest(read_files(paths, source), progress, dry_run)

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
    """The service for these settings; parts open when first used."""
    switch_telemetry_off()
    return Service(settings, Library(settings, report))
