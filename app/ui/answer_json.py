"""The public JSON shape of an answer (schema 1), and reading a conversation back from JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from app.core.domain import Answer, PaperRef, Quote, Turn
from app.core.errors import InputError
from app.core.findings import Choice, Comparison, LibraryCheck
from app.core.plain import plain as _plain
from app.core.reading import records

SCHEMA = 1
LONGEST_REASONING = 20_000
_HINT = (
    "Give a JSON list of earlier answers (as `askpapers ask --json` prints them; `question` and `text` are "
    'enough), or of messages like {"role": "user", "content": "..."}.'
)


def ref_to_json(ref: PaperRef) -> dict[str, Any]:
    """What a citation or a search result says of a paper."""
    return {
        "id": ref.id,
        "title": ref.title,
        "authors": list(ref.authors),
        "year": ref.year,
        "url": ref.url,
        "flags": list(ref.flags),
    }


def answer_to_json(answer: Answer) -> dict[str, Any]:
    """An answer as plain JSON values; `json.dumps` accepts the result as it is."""
    return {
        "schema": SCHEMA,
        "id": answer.id,
        "question": answer.question,
        "standalone_question": answer.standalone_question,
        "kind": answer.kind,
        "status": answer.status,
        "reason": answer.reason,
        "text": answer.text,
        "citations": [
            {
                "marker": citation.marker,
                "paper": ref_to_json(citation.paper),
                "quotes": _quotes(citation.quotes),
            }
            for citation in answer.citations
        ],
        "claims": [
            {
                "text": claim.text,
                "markers": list(claim.markers),
                "verdict": claim.verdict,
                "problems": list(claim.problems),
                "start": claim.start,
                "end": claim.end,
                "attributed": claim.attributed,
            }
            for claim in answer.claims
        ],
        "evidence": [
            {
                "marker": item.marker,
                "paper_id": item.paper.id,
                "chunk_id": item.chunk_id,
                "score": _plain(item.score),
                "text": item.paper.abstract,
                "flags": list(item.paper.flags),
            }
            for item in answer.evidence
        ],
        "filters": records(answer.filters),
        "table": table_to_json(answer.table) if answer.table else None,
        "checked": check_to_json(answer.checked) if answer.checked else None,
        "choices": [{"text": c.text, "question": c.question, "marker": c.marker} for c in answer.choices],
        "pinned": list(answer.pinned),
        "excluded": list(answer.excluded),
        "model": {"provider": answer.model.provider, "name": answer.model.name},
        "usage": _plain(answer.usage) if answer.usage else None,
        "reasoning": _bounded(answer.reasoning),
        "notices": list(answer.notices),
        "trace": _plain(answer.trace),
    }


def table_to_json(table: Comparison) -> dict[str, Any]:
    """A comparison: its points, and for each paper a cell for each of them; a cell without quotes says nothing."""
    return {
        "aspects": list(table.aspects),
        "rows": [
            {
                "marker": row.marker,
                "paper": ref_to_json(row.paper),
                "label": row.label,
                "cells": [{"text": cell.text, "quotes": _quotes(cell.quotes)} for cell in row.cells],
            }
            for row in table.rows
        ],
    }


def check_to_json(check: LibraryCheck) -> dict[str, Any]:
    """A look through the library: how far it went, and the verdict on each paper looked at."""
    return {
        "checked": check.checked,
        "candidates": check.candidates,
        "papers": check.papers,
        "by": check.by,
        "verdicts": [
            {
                "paper": ref_to_json(item.paper),
                "verdict": item.verdict,
                "quotes": _quotes(item.quotes),
                "marker": item.marker,
            }
            for item in check.verdicts
        ],
    }


def _bounded(reasoning: str) -> str:
    """What the model thought aloud; of pages of it the end, where it comes to its answer."""
    return reasoning if len(reasoning) <= LONGEST_REASONING else f"… {reasoning[-LONGEST_REASONING:]}"


def _quotes(quotes: Sequence[Quote]) -> list[dict[str, Any]]:
    return [{"text": quote.text, "start": quote.start, "end": quote.end} for quote in quotes]


def turns_from_json(value: Any) -> tuple[Turn, ...]:
    """The turns of a history, oldest first; InputError says which entry cannot be used and why."""
    entries = [value] if isinstance(value, dict) else value
    if not isinstance(entries, list):
        raise InputError(f"The history is {_kind(value)}, not a list of answers or messages.", _HINT)
    for place, entry in enumerate(entries):
        if not isinstance(entry, dict):
            raise InputError(f"Entry {place} of the history is {_kind(entry)}, not an object.", _HINT)
    messages = ["role" in entry for entry in entries]
    if all(messages):
        return tuple(_turns_of_messages(entries))
    if any(messages):
        raise InputError("The history mixes answers and messages.", _HINT)
    return tuple(_turn_of_answer(place, entry) for place, entry in enumerate(entries))


def _turn_of_answer(place: int, entry: dict[str, Any]) -> Turn:
    question = _text(entry, "question", place)
    standalone = entry.get("standalone_question")
    markers: dict[int, str] = {}
    for item in _objects(entry, "evidence", place):
        markers[_marker(item, place)] = _text(item, "paper_id", place)
    papers: list[str] = []
    for item in _objects(entry, "citations", place):
        paper = item.get("paper")
        if not isinstance(paper, dict):
            raise InputError(f"A citation in entry {place} of the history has no paper.", _HINT)
        papers.append(_text(paper, "id", place))
        markers.setdefault(_marker(item, place), papers[-1])
    choices = tuple(_choice(item, place) for item in _objects(entry, "choices", place))
    return Turn(
        question=question,
        standalone=standalone if isinstance(standalone, str) and standalone else question,
        text=_text(entry, "text", place),
        markers=markers,
        papers=tuple(papers),
        pinned=_ids(entry, "pinned", place),
        excluded=_ids(entry, "excluded", place),
        choices=choices if entry.get("status", "clarify") == "clarify" else (),
    )


def _ids(entry: dict[str, Any], key: str, place: int) -> tuple[str, ...]:
    found = entry.get(key)
    if found is None:
        return ()
    if not isinstance(found, list) or not all(isinstance(item, str) for item in found):
        raise InputError(f'"{key}" in entry {place} of the history is not a list of ids.', _HINT)
    return tuple(found)


def _choice(item: dict[str, Any], place: int) -> Choice:
    marker = _marker(item, place) if item.get("marker") is not None else None
    return Choice(_text(item, "text", place), _text(item, "question", place), marker)


def _turns_of_messages(entries: list[dict[str, Any]]) -> Iterator[Turn]:
    """A turn for every user message, with what the assistant said before the next one."""
    question: str | None = None
    replies: list[str] = []
    for place, entry in enumerate(entries):
        role, content = entry["role"], _text(entry, "content", place)
        if role not in ("user", "assistant", "system"):
            raise InputError(f"Entry {place} of the history has the role {role!r}.", _HINT)
        if role == "user":
            if question is not None:
                yield Turn(question, question, "\n\n".join(replies))
            question, replies = content, []
        elif role == "assistant":
            replies.append(content)
    if question is not None:
        yield Turn(question, question, "\n\n".join(replies))


def _text(entry: dict[str, Any], key: str, place: int) -> str:
    found = entry.get(key)
    if not isinstance(found, str):
        raise InputError(f'Entry {place} of the history has no text in "{key}".', _HINT)
    return found


def _objects(entry: dict[str, Any], key: str, place: int) -> list[dict[str, Any]]:
    found = entry.get(key)
    if found is None:
        return []
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise InputError(f'"{key}" in entry {place} of the history is not a list of objects.', _HINT)
    return found


def _marker(item: dict[str, Any], place: int) -> int:
    marker = item.get("marker")
    if not isinstance(marker, int) or isinstance(marker, bool):
        raise InputError(f"A marker in entry {place} of the history is not a whole number.", _HINT)
    return marker


def _kind(value: Any) -> str:
    """What a JSON value is, in the words of JSON."""
    names: list[tuple[type | tuple[type, ...], str]] = [
        (bool, "true or false"),
        ((int, float), "a number"),
        (str, "a text"),
        (list, "a list"),
        (dict, "an object"),
    ]
    return next((name for kind, name in names if isinstance(value, kind)), "null")
