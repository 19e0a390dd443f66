"""Answering a file of questions: models loaded once, one bad line never ends the run, resumable, in input order."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Protocol

from app.core.domain import Answer, Question, Turn
from app.core.errors import AskPapersError, ChatModelError, InputError
from app.core.events import AnswerReady, Event
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
    {"id", "line", "error": {"what", "hint"}}, with "again": true where the chat model failed. What `out` already holds an answer for is skipped; since lines are
    answered in order and added at the end, the output stays in input order.

    Raises InputError when a file cannot be read or written, or `out` holds answers to other questions.
    """
    try:
        # Not splitlines(): it also cuts at characters that JSON strings may hold, such as U+2028.
        lines = [line for line in questions.read_text(encoding="utf-8-sig").split("\n") if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f'"{questions}" cannot be read: {error}.', "Give a UTF-8 file with one JSON object a line."
        ) from error
    done = _complete_lines(out)
    _check_same_questions(lines, done, out)
    answered = failed = 0
    try:
        with out.open("a", encoding="utf-8", errors="replace") as stream:
            for number, line in enumerate(lines[len(done) :], start=len(done) + 1):
                result = _answer_line(asker, line, number)
                failed += "error" in result
                answered += "error" not in result
                _write(stream, result)
                say(f"{number}/{len(lines)} {result.get('status') or result['error']['what']}{_lacking(result)}")
    except OSError as error:
        raise InputError(f'"{out}" cannot be written: {error}.', "Choose another file with --out.") from error
    return BatchReport(answered, failed, len(done))


def _lacking(result: dict[str, Any]) -> str:
    steps = result.get("trace", {}).get("steps", ())
    away = [step["words_only"] for step in steps if step.get("words_only")]
    unordered = [step["not_reranked"] for step in steps if step.get("not_reranked")]
    by_words = f", found by words only: {away[-1]}" if away else ""
    return by_words + (f", not reranked: {unordered[-1]}" if unordered else "")


def _write(stream: IO[str], result: dict[str, Any]) -> None:
    stream.write(json.dumps(result, ensure_ascii=False) + "\n")
    stream.flush()


def _complete_lines(out: Path) -> list[dict[str, Any]]:
    """The results an earlier run left, up to the first that only failed because of the chat model: from there it is
    asked again. A last line cut off in the middle is removed. A file of anything else is refused, not touched."""
    if not out.exists():
        return []
    results: list[dict[str, Any]] = []
    keep = 0
    *lines, rest = out.read_bytes().split(b"\n")
    for raw in lines:
        try:
            value = json.loads(raw)
        except ValueError:
            value = None
        if not isinstance(value, dict) or "id" not in value:
            raise InputError(
                f'"{out}" exists and holds something other than answers (line {len(results) + 1}).',
                "Choose another file with --out.",
            )
        if value.get("error", {}).get("again"):
            break
        results.append(value)
        keep += len(raw) + 1
    if not lines and rest and not rest.startswith(b'{"id"'):
        raise InputError(f'"{out}" exists and holds something other than answers.', "Choose another file with --out.")
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
        # "id" is the line's; what the answer is kept under goes by another name here.
        written = answer_to_json(answer)
        return {"id": identifier, **{k: v for k, v in written.items() if k != "id"}, "answer_id": answer.id}
    except AskPapersError as error:
        told: dict[str, Any] = {"what": str(error), "hint": error.hint}
        if isinstance(error, ChatModelError):
            told["again"] = True
        return {"id": identifier, "line": number, "error": told}


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
