"""What is different between the receipts of one question, asked then and asked again now."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is different, in lines for people. `of_answer`: it is of the answer or of how it came about, not
    of what was around it (library, model, prompts), which may change without changing an answer."""

    part: str
    lines: tuple[str, ...]
    of_answer: bool = True


@dataclass(frozen=True, slots=True)
class Difference:
    """All changes between two receipts, what is around the answer first."""

    changes: tuple[Change, ...]

    @property
    def same(self) -> bool:
        """Whether the answer is the same, and came about in the same way."""
        return not any(change.of_answer for change in self.changes)


def differences(then: Record, now: Record) -> Difference:
    """What changed from one receipt to a later one of the same question."""
    found = (
        Change("library", tuple(_library(_part(then, "library"), _part(now, "library"))), False),
        Change("model", tuple(_model(then, now)), False),
        Change("prompts", tuple(_prompts(then, now)), False),
        Change("askpapers", tuple(_changed("version", then.get("version"), now.get("version"))), False),
        Change("plan", tuple(_plan(then, now))),
        Change("evidence", tuple(_evidence(_listed(then, "evidence"), _listed(now, "evidence")))),
        Change("status", tuple(_changed("status", _status(then), _status(now)))),
        Change("citations", tuple(_citations(then, now))),
        Change("verdicts", tuple(_verdicts(_listed(then, "claims"), _listed(now, "claims")))),
        Change("text", tuple(_text(str(then.get("text") or ""), str(now.get("text") or "")))),
    )
    return Difference(tuple(change for change in found if change.lines))


def _part(record: Record, name: str) -> Record:
    value = record.get(name)
    return value if isinstance(value, Mapping) else {}


def _listed(record: Record, name: str) -> list[Record]:
    value = record.get(name)
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, Sequence) else []


def _changed(name: str, then: object, now: object) -> Iterator[str]:
    if then != now:
        yield f"{name}: {_said(then)} → {_said(now)}"


def _said(value: object) -> str:
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value)) or "none"
    return "none" if value in (None, "", {}) else str(value)


def _library(then: Record, now: Record) -> Iterator[str]:
    if then.get("store") != now.get("store"):
        yield "another library"
    yield from _changed("papers", then.get("papers"), now.get("papers"))
    if then.get("store") == now.get("store"):
        yield from _changed("last change", then.get("position"), now.get("position"))
    yield from _changed("papers that fit the filters", then.get("fitting"), now.get("fitting"))
    yield from _changed("embedder", then.get("embedder"), now.get("embedder"))
    yield from _changed("collection", then.get("collection"), now.get("collection"))


def _model(then: Record, now: Record) -> Iterator[str]:
    def name(record: Record) -> str:
        model = _part(record, "model")
        return f"{model.get('provider', '')} {model.get('name', '')}".strip()

    yield from _changed("model", name(then), name(now))


def _prompts(then: Record, now: Record) -> Iterator[str]:
    """Of the prompts that both used, those whose text is another now; and those that only one of them used."""

    def used(record: Record) -> dict[str, str]:
        return {
            str(p.get("name") or "unnamed"): str(p.get("prompt_version", ""))[:12] for p in _listed(record, "prompts")
        }

    before, after = used(then), used(now)
    for name in dict.fromkeys((*before, *after)):
        yield from _changed(name, before.get(name, "not used"), after.get(name, "not used"))


def _plan(then: Record, now: Record) -> Iterator[str]:
    yield from _changed("understood as", then.get("rewritten"), now.get("rewritten"))
    before, after = _part(then, "plan"), _part(now, "plan")
    for name in dict.fromkeys((*before, *after)):
        yield from _changed(name, before.get(name), after.get(name))
    filters = [[str(f.get("words", "")) for f in _listed(record, "filters")] for record in (then, now)]
    yield from _changed("filters", *filters)


def _evidence(then: Sequence[Record], now: Sequence[Record]) -> Iterator[str]:
    before, after = ({str(item.get("id")): item for item in items} for items in (then, now))
    for paper, item in before.items():
        if paper not in after:
            yield f"out: [{item.get('marker')}] {item.get('title')} ({paper})"
    for paper, item in after.items():
        if paper not in before:
            yield f"in: [{item.get('marker')}] {item.get('title')} ({paper})"
        elif before[paper].get("text_key") != item.get("text_key"):
            yield f"changed: the text of [{item.get('marker')}] {item.get('title')} ({paper})"


def _status(record: Record) -> str:
    reason = record.get("reason")
    return f"{record.get('status')} ({str(reason).replace('_', ' ')})" if reason else str(record.get("status"))


def _citations(then: Record, now: Record) -> Iterator[str]:
    before, after = ([str(paper) for paper in record.get("cited") or ()] for record in (then, now))
    titles = {str(e.get("id")): str(e.get("title")) for record in (then, now) for e in _listed(record, "evidence")}
    yield from (f"no longer cited: {titles.get(paper, paper)}" for paper in before if paper not in after)
    yield from (f"cited now: {titles.get(paper, paper)}" for paper in after if paper not in before)


def _verdicts(then: Sequence[Record], now: Sequence[Record]) -> Iterator[str]:
    counts = [verdict_counts(claims) for claims in (then, now)]
    yield from _changed("claims", *counts)
    before = {claim.get("text"): claim for claim in then}
    for claim in now:
        known = before.get(claim.get("text"))
        if known and known.get("verdict") != claim.get("verdict"):
            yield f"“{claim.get('text')}”: {known.get('verdict')} → {claim.get('verdict')}"


def verdict_counts(claims: Sequence[Record]) -> str:
    """ "2 supported, 1 unsupported"."""
    return ", ".join(f"{n} {verdict}" for verdict, n in Counter(str(c.get("verdict")) for c in claims).most_common())


def _text(then: str, now: str) -> Iterator[str]:
    yield from difflib.unified_diff(then.splitlines(), now.splitlines(), "then", "now", lineterm="")
