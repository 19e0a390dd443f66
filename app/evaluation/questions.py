"""A file of questions with what a good answer to each has: JSON lines, one question each.

    {"id": "q1", "type": "compare", "question": "...", "must_cite": ["2101.00001"], "facts": [["24.7"]]}

Of a conversation ("turns" in place of "question") the last turn is judged; the others are asked for their history.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.core.errors import InputError
from app.evaluation.lines import bad_line, read_records

CLARIFY, AGGREGATE = "clarify", "aggregate"
# The types we use, in the order in which they are shown. Any other is as good.
TYPES = ("lookup_named", "lookup_paraphrased", "compare", AGGREGATE, "not_in_library", "not_in_abstract", "follow_up", CLARIFY)  # fmt: skip

_FIELDS = ("id", "type", "question", "turns", "must_cite", "may_cite", "facts", "abstain", "choices", "to_complete")
_NEEDED = '"id", "type" and "question" (or "turns"), and with what a good answer has: "must_cite", "may_cite", "facts", "abstain"'
_HINT = f"Each line is one JSON object with {_NEEDED}."
# So alike are two names if one is the other mistyped: "must_cites", "fact".
_ALIKE = 0.8
_SHOWN = 80


@dataclass(frozen=True, slots=True)
class JudgedQuestion:
    """A question and what a good answer has. Each of `facts` is told in any one of its wordings. `must_cite`, `may_cite`
    and `choices`, the papers that an unclear question may mean, are ids of papers. `to_complete` says what a person has
    still to add before an answer can be judged."""

    id: str
    type: str
    turns: tuple[str, ...]
    must_cite: tuple[str, ...] = ()
    may_cite: tuple[str, ...] = ()
    facts: tuple[tuple[str, ...], ...] = ()
    abstain: bool = False
    choices: tuple[str, ...] = ()
    to_complete: str = ""

    @property
    def unclear(self) -> bool:
        """Whether the right answer is a question back."""
        return self.type == CLARIFY

    @property
    def answerable(self) -> bool:
        """Whether the library has an answer."""
        return not self.abstain and not self.unclear


def read_questions(path: Path) -> tuple[JudgedQuestion, ...]:
    """The questions of a file, packed or not. Raises InputError, which names line and field."""
    found: dict[str, JudgedQuestion] = {}
    for number, row in read_records(path, _NEEDED):
        question = _Line(path, number, row).question()
        if question.id in found:
            raise bad_line(
                path, number, f'its "id" is "{question.id}", as on a line before', "Give each question its own id."
            )
        found[question.id] = question
    if not found:
        raise InputError(f'"{path}" holds no questions.', _HINT)
    return tuple(found.values())


@dataclass(frozen=True, slots=True)
class _Line:
    path: Path
    number: int
    row: Mapping[str, Any]

    def question(self) -> JudgedQuestion:
        self._check_names()
        return JudgedQuestion(
            id=self._text("id"),
            type=self._text("type"),
            turns=self._turns(),
            must_cite=self._ids("must_cite"),
            may_cite=self._ids("may_cite"),
            facts=self._facts(),
            abstain=self._abstain(),
            choices=self._ids("choices"),
            to_complete=self._text("to_complete") if self.row.get("to_complete") else "",
        )

    def _bad(self, field: str, why: str, hint: str = _HINT) -> InputError:
        return bad_line(self.path, self.number, f'its "{field}" {why}', hint)

    def _check_names(self) -> None:
        """A name that is nearly one of ours would be passed over, and the figures be wrong."""
        for name in self.row:
            if name not in _FIELDS and (meant := difflib.get_close_matches(name, _FIELDS, 1, _ALIKE)):
                raise self._bad(
                    name, f'is no field: "{meant[0]}" may be meant', f'Call it "{meant[0]}", or leave it out.'
                )

    def _text(self, field: str) -> str:
        value = self.row.get(field)
        if not isinstance(value, str) or not value.strip():
            raise self._bad(field, _is("no text", field in self.row, value))
        return value.strip()

    def _turns(self) -> tuple[str, ...]:
        field = "turns" if "turns" in self.row else "question"
        if "turns" in self.row and "question" in self.row:
            raise self._bad("turns", 'stands beside a "question"', 'Give "question" or "turns", not both.')
        value = self.row.get(field)
        asked = value if field == "turns" else [value]
        if not isinstance(asked, list) or not asked or not all(isinstance(t, str) and t.strip() for t in asked):
            raise self._bad(
                field, _is("no text" if field == "question" else "no list of texts", field in self.row, value)
            )
        return tuple(asked)

    def _ids(self, field: str) -> tuple[str, ...]:
        value = [] if self.row.get(field) is None else self.row[field]
        if not isinstance(value, list) or not all(isinstance(i, str) and i.strip() for i in value):
            raise self._bad(field, _is("no list of ids", True, value), 'Give a list of ids of papers: ["2101.00001"].')
        return tuple(dict.fromkeys(i.strip() for i in value))

    def _facts(self) -> tuple[tuple[str, ...], ...]:
        value = [] if self.row.get("facts") is None else self.row["facts"]
        facts = [[fact] if isinstance(fact, str) else fact for fact in value] if isinstance(value, list) else [None]
        hint = 'Give a list of facts, each a list of its wordings: [["24.7"], ["jazz", "jazzy"]].'
        for fact in facts:
            if not isinstance(fact, list) or not fact or not all(isinstance(wording, str) for wording in fact):
                raise self._bad("facts", _is("no list of lists of texts", True, value), hint)
            for wording in fact:
                if not any(c.isalnum() for c in wording):
                    raise self._bad("facts", f'holds "{wording}", which no answer could be searched for', hint)
        return tuple(tuple(fact) for fact in facts if fact)

    def _abstain(self) -> bool:
        value = self.row.get("abstain")
        if value is None:
            return False
        if not isinstance(value, bool):
            raise self._bad("abstain", _is("neither true nor false", True, value))
        return value


def _is(what: str, there: bool, value: object) -> str:
    return f'is {what}: "{str(value)[:_SHOWN]}"' if there else "is missing"
