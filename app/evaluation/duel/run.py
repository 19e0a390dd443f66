"""A duel: freeze the evidence of every question, have each model write from it, measure what it wrote.

One model answers all questions before the next begins: a computer that has room for one model would else load one for
every answer, and the seconds would be those of loading.
"""

from __future__ import annotations

import logging
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace

from app.bootstrap import Service
from app.chat.clocked import ClockedChatModel
from app.chat.frozen import Frozen, freeze
from app.core.domain import Answer
from app.core.duel import (
    Begun,
    Duel,
    DuelEvent,
    DuelQuestion,
    DuelReady,
    Freezing,
    LeftOut,
    Score,
    Scored,
    Writing,
    names,
)
from app.core.errors import AskPapersError, InputError
from app.core.events import AnswerReady, Event, TextDelta
from app.core.models import ModelPick
from app.evaluation.duel.contestants import ChainOf, Contestant, chain_of, contestant
from app.evaluation.duel.remembering import RememberingEmbedder
from app.evaluation.duel.scoring import failed, scored
from app.evaluation.duel.totals import pairs_of, totals_of
from app.evaluation.paper_names import names_of
from app.evaluation.questions import JudgedQuestion

_log = logging.getLogger(__name__)

# A model that has failed so often in a row is asked no more.
PATIENCE = 3


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with its frozen evidence."""

    judged: JudgedQuestion
    frozen: Frozen

    @property
    def shown(self) -> DuelQuestion:
        judged = self.judged
        return DuelQuestion(judged.id, judged.type, " → ".join(judged.turns), self.frozen.evidence)


@dataclass
class Duelling:
    """A duel that is being fought. `scores` are there as they come, so that an interrupt keeps what there is."""

    service: Service
    models: tuple[str, ...]
    questions: Sequence[JudgedQuestion]
    source: str = ""
    opened: ChainOf = chain_of
    asked: list[Asked] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    scores: list[Score] = field(default_factory=list)
    _embedder: RememberingEmbedder | None = None

    def events(self) -> Iterator[DuelEvent]:
        """Freezing, Begun, then Writing and Scored for each answer, DuelReady last. Raises InputError and SettingsError
        before anything is asked; a model that fails costs no other its answers."""
        self.service.library.refresh()
        contestants = [contestant(self.service, name, self.opened) for name in self.models]
        yield from self._frozen(contestants)
        if not self.asked:
            raise InputError(
                f"None of the {len(self.questions)} questions is one that a model would answer: {self.left_out[0].why}.",
                "Ask about what papers of your library say.",
            )
        yield Begun(tuple(asked.shown for asked in self.asked), tuple(self.left_out))
        used = [paper for asked in self.asked for paper in (*asked.judged.must_cite, *asked.judged.may_cite)]
        called = names_of(used, self.service.library.store, {}).called
        for each in contestants:
            yield from self._answers(each, called)
        yield DuelReady(self.result())

    def result(self, interrupted: bool = False) -> Duel:
        """What has come of it so far."""
        scores = tuple(self.scores)
        return Duel(
            models=self.models,
            questions=tuple(asked.shown for asked in self.asked),
            left_out=tuple(self.left_out),
            scores=scores,
            totals=totals_of(self.models, scores),
            pairs=pairs_of(self.models, scores),
            notes=tuple(self._notes()),
            source=self.source,
            interrupted=interrupted,
        )

    def _frozen(self, contestants: Sequence[Contestant]) -> Iterator[DuelEvent]:
        quoting = self.opened(self.service, ModelPick("extractive"))
        writers = [each.writer for each in contestants if each.writer]
        for done, question in enumerate(self.questions):
            yield Freezing(done, len(self.questions))
            with self.service.library.in_use():
                try:
                    found = freeze(quoting, question.turns)
                except AskPapersError as error:
                    self.left_out.append(LeftOut(question.id, question.turns[-1], str(error).rstrip(".")))
                    continue
            if isinstance(found, Answer):
                self.left_out.append(LeftOut(question.id, question.turns[-1], _why(found)))
                continue
            # The same for all: what the smallest window has room for.
            room = min((writer.room_for(found.plan, found.evidence) for writer in writers), default=1)
            self.asked.append(Asked(question, replace(found, evidence=found.evidence[:room])))

    def _answers(self, each: Contestant, called: Mapping[str, str]) -> Iterator[DuelEvent]:
        failures: list[Score] = []
        for asked in self.asked:
            if each.error:
                score = failed(asked.judged, each.name, each.error)
            elif len(failures) >= PATIENCE:
                last = failures[-1]
                words = f"Not asked any more: it failed {PATIENCE} times in a row. {last.error}"
                score = failed(asked.judged, each.name, AskPapersError(words, last.hint))
            else:
                score = yield from self._answer(each, asked, called)
                failures = [*failures, score] if score.error else []
            self.scores.append(score)
            yield Scored(score, len(self.scores), len(self.asked) * len(self.models))

    def _answer(self, each: Contestant, asked: Asked, called: Mapping[str, str]) -> Generator[DuelEvent, None, Score]:
        assert each.writer and each.info
        model = ClockedChatModel(model=each.writer.model)
        answer: Answer | None = None
        try:
            with self.service.library.in_use(), closing(self._writing(each, asked, model)) as events:
                for event in events:
                    if isinstance(event, TextDelta):
                        yield Writing(asked.judged.id, each.name, event.text)
                    if isinstance(event, AnswerReady):
                        answer = event.answer
            if answer is None:
                raise RuntimeError("the writer ended without an answer")
        except Exception as error:  # whatever it is, the other answers and models are still to be had
            if not isinstance(error, AskPapersError):
                _log.exception("a model failed")
            return failed(asked.judged, each.name, error, len(asked.frozen.evidence))
        reply = model.calls[-1].reply if model.calls else ""
        counted = each.writer.tokens.count(reply)
        return scored(asked.judged, each.name, answer, reply, model.clock, counted, called)

    def _writing(self, each: Contestant, asked: Asked, model: ClockedChatModel) -> Generator[Event, None, None]:
        assert each.writer and each.info
        self._embedder = self._embedder or RememberingEmbedder(each.writer.embedder)
        yield from asked.frozen.answered(replace(each.writer, model=model, embedder=self._embedder), each.info)

    def _notes(self) -> Iterator[str]:
        """How far the figures reach."""
        fewer = [s for s in self.scores if s.answer and s.papers < self._papers(s.question)]
        if fewer:
            models = names(list(dict.fromkeys(s.model for s in fewer)))
            yield f"{models} refused the whole evidence of {len(fewer)} answers as too long, and wrote from fewer papers."
        if any(s.error for s in self.scores):
            yield "An answer that failed counts as one that cites nothing and tells no fact; its other figures are left out."
        if any(not s.counted and s.tokens for s in self.scores):
            yield "Where a server does not count tokens, we counted them, which may be off by a few per cent."

    def _papers(self, question: str) -> int:
        return next(len(asked.frozen.evidence) for asked in self.asked if asked.judged.id == question)


def _why(answer: Answer) -> str:
    """Why no model would be asked, in words."""
    if answer.status == "clarify":
        return "it is asked back, as it is not clear"
    if answer.status == "abstained":
        return "nothing in the library answers it"
    if answer.checked:
        return "it is answered by looking at each paper"
    return "it is answered from the records"
