"""One JSON object a line: see `json_record` for whose objects are known."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator

from app.core.domain import BadRecord, Paper
from ingest.sources.json_record import paper_of, reason
from ingest.sources.text_lines import whole_lines

name = "jsonl"
extension = ".jsonl"

_LOOK_AT = 20


def recognise(head: str) -> float:
    """Sure when one of the first lines is an object, so that one broken record does not hide the others."""
    first = [line.strip() for line in head.split("\n") if line.strip()][:_LOOK_AT]
    if not first or (first[0].startswith("[") and not _is_json(first[0], list)):
        return 0.0  # an array over many lines is not one object a line
    if any(_is_json(line, dict) for line in first):
        return 0.95
    # One line longer than the head: the shape still says JSON.
    return 0.7 if re.match(r'\{\s*"[^"]+"\s*:', first[0]) else 0.0


def _is_json(line: str, kind: type) -> bool:
    try:
        return line[0] in "{[" and isinstance(json.loads(line), kind)
    except (ValueError, RecursionError):
        return False


def papers(pieces: Iterable[str], where: str) -> Iterator[Paper | BadRecord]:
    for line in whole_lines(pieces, where):
        if isinstance(line, BadRecord):
            yield line
            continue
        number, text = line[0], line[1].strip()
        if not text:
            continue
        try:
            yield paper_of(json.loads(text), name)
        except (ValueError, RecursionError) as error:
            yield BadRecord(where, number, reason(error), text[:200], raw=text)
