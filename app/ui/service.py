"""What the page needs from the rest of askpapers; `app.bootstrap` hands over something of this shape."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

from app.core.domain import ModelInfo, Paper, Question
from app.core.events import Event
from app.core.report import DenseIndex, IngestReport

Progress = Callable[[int, "int | None", str], None]
"""Called with how many records are done, how many there are (None: not known yet), and words for people."""


class ChatService(Protocol):
    """A library and a chat model behind one door. Used from several threads, one at a time per question."""

    def model(self) -> ModelInfo:
        """Which model answers."""

    def model_note(self) -> str:
        """One sentence: why this model."""

    def paper_count(self) -> int:
        """How many papers the library holds now."""

    def dense_index(self) -> DenseIndex:
        """How many of them can be found by meaning already."""

    def ask(self, question: Question) -> Iterator[Event]:
        """StepDone*, EvidenceReady, TextDelta*, AnswerReady. Closing the iterator stops the model."""

    def ingest_uploads(self, paths: Sequence[Path], progress: Progress) -> IngestReport:
        """Read uploaded files of papers into the library; report and errors call them by their own names."""

    def example_questions(self) -> list[str]:
        """Questions this library can answer, one of them a comparison."""

    def papers(self) -> Iterator[Paper]:
        """Every paper of the library."""
