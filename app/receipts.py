"""Receipts of answers: made while a question is answered, kept in the library's folder, found again by id.

Nothing here may cost an answer: what cannot be kept is said in the trace, and the answer is given.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, cast

from app import __version__
from app.adapters.answer_file import AnswerFile
from app.core.domain import Answer, Question
from app.core.errors import AskPapersError, InputError
from app.core.events import AnswerReady, Event, EvidenceReady
from app.core.kept import AnswerEntry, new_answer_id
from app.core.plain import rebuilt
from app.core.prompting import PROMPTS, load_prompt
from app.core.reading import combined
from app.core.settings import Settings
from app.library import Library

if TYPE_CHECKING:
    from app.chat.chain import Chain
    from app.chat.receipt import Run

FILE = "answers.sqlite"
_SHORTEST_START = 4
_NAMED = 5


class Receipts:
    """The kept answers of one library."""

    def __init__(self, settings: Settings) -> None:
        self._log = AnswerFile(settings.library_dir / FILE)
        self._most = settings.keep_answers

    def keep(self, record: Mapping[str, Any], answer: Answer) -> None:
        """Raises LibraryError if it cannot be kept."""
        if self._most:
            entry = AnswerEntry(record["id"], record["at"], answer.question, answer.status)
            self._log.add(entry, record, self._most)

    @property
    def keeps(self) -> bool:
        return self._most > 0

    def newest(self, most: int = 20) -> list[AnswerEntry]:
        """The newest answers, the newest first."""
        return self._log.newest(most)

    def find(self, answer_id: str) -> dict[str, Any]:
        """The record of the answer of this id, or of the only one whose id begins so. Raises InputError."""
        asked = answer_id.strip().lower()
        record = self._log.record(asked)
        if record is not None:
            return record
        found = self._log.find(asked) if len(asked) >= _SHORTEST_START else []
        if len(found) == 1 and (record := self._log.record(found[0])) is not None:
            return record
        if found:
            raise InputError(
                f'Several kept answers have an id that begins with "{answer_id}": {", ".join(found[-_NAMED:])}.',
                "Type more of the id.",
            )
        newest = ", ".join(entry.id for entry in self.newest(_NAMED))
        raise InputError(
            f'There is no kept answer "{answer_id}".',
            f"The newest are: {newest} (all: askpapers receipts)."
            if newest
            else "No answer is kept yet: ask a question first (askpapers ask).",
        )

    def clear(self) -> int:
        """Forget all kept answers; how many they were."""
        return self._log.clear()


def question_of(record: Mapping[str, Any]) -> Question:
    """The question of a kept answer, with its conversation and conditions. Raises InputError if it cannot be read."""
    try:
        return rebuilt(Question, record.get("asked"))
    except ValueError as error:
        raise InputError(
            f'The kept answer "{record.get("id", "")}" cannot be asked again: {error}.',
            "It was kept by another version of askpapers; ask the question anew.",
        ) from error


def asked(
    chain: Chain, library: Library, question: Question, receipts: Receipts | None
) -> Generator[tuple[Event, dict[str, Any]], None, None]:
    """The chain's events for a question, the answer with its id and with its receipt in the trace; beside the last one
    the whole record. Kept in `receipts`, if given."""
    from app.chat.calls import NotedChatModel, usage_of
    from app.chat.generate import messages, whole_text
    from app.chat.receipt import Run

    model = NotedChatModel(model=chain.model)
    run = Run(question, model.calls)
    checker = chain.checker and replace(
        chain.checker, ask=lambda system, user: whole_text(model, messages(system, user))
    )
    events = cast("Generator[Event, None, None]", replace(chain, model=model, checker=checker).ask(question))
    with closing(events):  # who closes us hangs up on the model at once
        for event in events:
            if isinstance(event, EvidenceReady):
                run.plan = event.plan
            if isinstance(event, AnswerReady):
                used = None if chain.writer.quotes else usage_of(model.calls, chain.tokens.count, chain.prices)
                answer, record = _kept(replace(event.answer, usage=used), run, chain, library, receipts)
                yield AnswerReady(answer), record
            else:
                yield event, {}


def _kept(
    answer: Answer, run: Run, chain: Chain, library: Library, receipts: Receipts | None
) -> tuple[Answer, dict[str, Any]]:
    """The answer with its receipt, and with the id it is kept under; and the record."""
    from app.chat.receipt import shown

    record: dict[str, Any] = {}
    note = ""
    try:
        record = _record(run, answer, chain, library)
        if receipts and receipts.keeps:
            receipts.keep(record, answer)
            answer = replace(answer, id=record["id"])
    except AskPapersError as error:
        note = f"This answer is not kept: {error}"
    except Exception as error:  # whatever it is, the person gets the answer that there is
        note = f"This answer is not kept: its receipt could not be made ({type(error).__name__})."
    receipt = {**(shown(record) if record else {}), "id": answer.id, **({"note": note} if note else {})}
    return replace(answer, trace={**answer.trace, "receipt": receipt}), record


def _record(run: Run, answer: Answer, chain: Chain, library: Library) -> dict[str, Any]:
    from app.chat.receipt import Around, record

    around = Around(
        library=_state(library, answer),
        version=__version__,
        prompts=[load_prompt(name, chain.prompts_dir) for name in PROMPTS],
        tokens=chain.tokens,
        papers=library.store.get,
    )
    at = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    return record(run, answer, around, new_answer_id(), at)


def _state(library: Library, answer: Answer) -> dict[str, Any]:
    """The library as it is: what tells whether it has changed since, and how many papers fit the answer's filters."""
    state: dict[str, Any] = {
        "papers": library.store.count(),
        "store": library.store.identity,
        "position": library.store.position(),
        "collection": library.collection() or "",
        "embedder": library.embedder_name() or "",
    }
    filters = combined(answer.filters)
    return {**state, "fitting": len(library.keyword.fitting(filters))} if filters else state
