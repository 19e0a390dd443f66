"""A file of made questions, as `askpapers eval answers` and `compare-models --questions` read it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from app.core.errors import InputError
from app.evaluation.questions import JudgedQuestion


def record_of(question: JudgedQuestion) -> dict[str, Any]:
    """The question as one line of the file; what it has not is left out."""
    turns = question.turns
    record: dict[str, Any] = {"id": question.id, "type": question.type}
    record |= {"question": turns[0]} if len(turns) == 1 else {"turns": list(turns)}
    rest = {
        "must_cite": list(question.must_cite),
        "may_cite": list(question.may_cite),
        "facts": [list(fact) for fact in question.facts],
        "abstain": question.abstain,
        "choices": list(question.choices),
    }
    return record | {name: value for name, value in rest.items() if value}


def save_questions(questions: Sequence[JudgedQuestion], path: Path) -> None:
    """Write the file. Raises InputError where it is there already, or cannot be written."""
    lines = "".join(json.dumps(record_of(question), ensure_ascii=False) + "\n" for question in questions)
    try:
        with path.open("x", encoding="utf-8", errors="replace", newline="\n") as stream:
            stream.write(lines)
    except FileExistsError as error:
        raise InputError(
            f'"{path}" is there already.', "Choose another file with --save, or remove that one first."
        ) from error
    except OSError as error:
        raise InputError(
            f'"{path}" cannot be written: {error.strerror or error}.', "Choose another file with --save."
        ) from error
