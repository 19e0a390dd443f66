"""A JSON document with papers in it: an array, or the answer of a service with an array or objects inside (Semantic
Scholar's "data", OpenAlex's "results", Crossref's "message", PubMed's "result"), or a single paper."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from app.core.domain import BadRecord, Paper
from ingest.sources.json_cutter import LONGEST_RECORD, Cut, JsonCutter, parts, shape
from ingest.sources.json_record import paper_of, reason

name = "json"
extension = ".json"

_LOOK_AT = 20
_OPENING, _CLOSING = "[\n", "null]\n"


def recognise(head: str) -> float:
    """Sure of an array of objects, of objects in an object, and of an object over several lines."""
    text = head.lstrip()
    if not text.startswith(("[", "{")):
        return 0.0
    lines = [line.strip() for line in text.split("\n", _LOOK_AT)[:_LOOK_AT]]
    if text.startswith("{") and any(map(_is_record, lines)):
        return 0.0  # one object a line
    found = shape(text)
    if found == "{":
        return 0.9 if "\n" in text.strip() else 0.0
    return 0.96 if found else 0.0


def _is_record(line: str) -> bool:
    """Whether a line is a record on its own."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return False
    return isinstance(value, dict) and ("title" in value or "paper" in value)


def papers(pieces: Iterable[str], where: str) -> Iterator[Paper | BadRecord]:
    cutter = JsonCutter(pieces)
    read = bad = 0
    for cut in cutter.cuts():
        for record in _records(cut, where):
            read, bad = read + 1, bad + isinstance(record, BadRecord)
            yield record
    if cutter.unclosed and not bad:
        yield BadRecord(where, cutter.line, "the document breaks off here: its brackets are not closed")
    elif not read and not cutter.empty:
        yield BadRecord(where, 0, "no object with a title was found in it")


def _records(cut: Cut, where: str) -> Iterator[Paper | BadRecord]:
    if cut.too_long:
        yield BadRecord(where, cut.line, f"the record is longer than {LONGEST_RECORD:,} characters", cut.text[:200])
        return
    try:
        yield paper_of(json.loads(cut.text), name)
    except json.JSONDecodeError as error:
        yield from _run_together(cut, where, error)
    except (ValueError, RecursionError) as error:
        yield _bad(where, cut.line, error, cut.text)


def _run_together(cut: Cut, where: str, error: Exception) -> Iterator[Paper | BadRecord]:
    """What can be saved of a text that is no JSON: records after a broken one without line breaks between them."""
    for start, text, value in parts(cut.text):
        line = cut.line + cut.text.count("\n", 0, start)
        if value is None:
            yield _bad(where, line, error, text)
            continue
        try:
            yield paper_of(value, name)
        except (ValueError, RecursionError) as other:
            yield _bad(where, line, other, text)


def _bad(where: str, line: int, error: Exception, text: str) -> BadRecord:
    return BadRecord(where, line, reason(error), text[:200], f"{text},\n", _OPENING, _CLOSING)
