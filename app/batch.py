"""Answering a file of questions: models loaded once, one bad line never ends the run, resumable, in input order."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Protocol

from app.core.domain import Answer, AnswerReady, Event, Question, Turn
from app.core.errors import AskPapersError, InputError
from app.ui.answer_json import answer_to_json


class Asker(Protocol):
    """What a batch asks."""

    def ask(self, question: Question) -> Iterator[Event]:
        """The chain's events for a question."""


@dataclass(frozen=True, slots=True)
class BatchReport:
    """How many lines were answered, failed (with their error in the output) or were answered by an earlier run."""

    answered: int
    failed: int
    skipped: int


def run_batch(asker: Asker, questions: Path, out: Path, say: Callable[[str], None]) -> BatchReport:
    """Answer each line of `questions` into `out`, one JSON object a line: the answer with the line's "id", or
    {"id", "line", "error": {"what", "hint"}}. What `out` already holds an answer for is skipped; since lines are
    answered in order and added at the end, the output stays in input order.

    Raises InputError when a file cannot be read or written, or `out` holds answers to other questions.
    """
    try:
        lines = [line for line in questions.read_text(encoding="utf-8-sig").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f'"{questions}" cannot be read: {error}.', "Give a UTF-8 file with one JSON object a line."
        ) from error
    done = _complete_lines(out)
    _check_same_questions(lines, done, out)
    answered = failed = 0
    try:
        with out.open("a", encoding="utf-8") as stream:
            for number, line in enumerate(lines[len(done) :], start=len(done) + 1):
                result = _answer_line(asker, line, number)
                failed += "error" in result
                answered += "error" not in result
                _write(stream, result)
                say(f"{number}/{len(lines)} {result.get('status') or result['error']['what']}")
    except OSError as error:
        raise InputError(f'"{out}" cannot be written: {error}.', "Choose another file with --out.") from error
    return BatchReport(answered, failed, len(done))


def _write(stream: IO[str], result: dict[str, Any]) -> None:
    stream.write(json.dumps(result, ensure_ascii=False) + "\n")
    stream.flush()


def _complete_lines(out: Path) -> list[dict[str, Any]]:
    """The results an earlier run left. A last line cut off in the middle is removed from the file."""
    if not out.exists():
        return []
    results: list[dict[str, Any]] = []
    keep = 0
    with out.open("rb") as stream:
        for raw in stream:
            try:
                value = json.loads(raw) if raw.endswith(b"\n") else None
            except ValueError:
                value = None
            if not isinstance(value, dict):
                break
            results.append(value)
            keep += len(raw)
        cut = bool(stream.read(1)) or out.stat().st_size > keep
    if cut:
        with out.open("r+b") as stream:
            stream.truncate(keep)
    return results


def _check_same_questions(lines: list[str], done: list[dict[str, Any]], out: Path) -> None:
    for number, (line, result) in enumerate(zip(lines, done, strict=False), start=1):
        if result.get("id") != _id_of(line, number):
            raise InputError(
                f'Line {number} of "{out}" answers "{result.get("id")}", but the question there is "{_id_of(line, number)}".',
                "The file belongs to other questions: choose another with --out, or delete it.",
            )
    if len(done) > len(lines):
        raise InputError(f'"{out}" has more answers than there are questions.', "Choose another file with --out.")


def _id_of(line: str, number: int) -> Any:
    try:
        value = json.loads(line)
    except ValueError:
        return f"line {number}"
    found = value.get("id") if isinstance(value, dict) else None
    return f"line {number}" if found is None else found


def _answer_line(asker: Asker, line: str, number: int) -> dict[str, Any]:
    identifier = _id_of(line, number)
    try:
        answer = _converse(asker, _turns(line, number))
        return {"id": identifier, **answer_to_json(answer)}
    except AskPapersError as error:
        return {"id": identifier, "line": number, "error": {"what": str(error), "hint": error.hint}}


def _turns(line: str, number: int) -> list[str]:
    hint = 'Each line is {"id": "...", "question": "..."} or {"id": "...", "turns": ["...", "..."]}.'
    try:
        value = json.loads(line)
    except ValueError as error:
        raise InputError(f"Line {number} is not JSON: {error}.", hint) from error
    turns = value.get("turns", [value.get("question")]) if isinstance(value, dict) else None
    if isinstance(turns, list):
        asked = [turn.get("question") if isinstance(turn, dict) else turn for turn in turns]
        texts = [text for text in asked if isinstance(text, str) and text.strip()]
        if texts and len(texts) == len(asked):
            return texts
    raise InputError(f"Line {number} holds no question.", hint)


def _converse(asker: Asker, texts: list[str]) -> Answer:
    """Ask the turns in order as one conversation; the last answer."""
    history: tuple[Turn, ...] = ()
    answer: Answer | None = None
    for text in texts:
        for event in asker.ask(Question(text, history)):
            if isinstance(event, AnswerReady):
                answer = event.answer
        assert answer is not None, "the chain ends with an answer"
        history = (*history, answer.as_turn())
    assert answer is not None
    return answer
