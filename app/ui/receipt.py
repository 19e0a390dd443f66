"""The receipt of an answer in words: for the terminal, and as HTML for the page. Pure functions, no gradio.

A receipt quotes papers and models, so all of it is untrusted: every line is escaped as a whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

from app.core.domain import Answer, Usage
from app.core.plain import plain, rebuilt
from app.core.shown import shown
from app.replay import Difference, verdict_counts
from app.ui.usage import usage_words

Section = tuple[str, list[str]]


def receipt_of(what: Answer | Mapping[str, Any]) -> Mapping[str, Any]:
    """The receipt in an answer's trace, with what the answer itself knows; a kept record is one already."""
    if not isinstance(what, Answer):
        return what
    claims = [{"text": c.text, "verdict": c.verdict, "problems": list(c.problems)} for c in what.claims]
    receipt = what.trace.get("receipt")
    known = receipt if isinstance(receipt, Mapping) else {}
    taken = {"usage": plain(what.usage)} if what.usage else {}
    return {**known, **taken, "id": what.id, "question": what.question, "text": what.text, "claims": claims}


def receipt_markdown(what: Answer | Mapping[str, Any]) -> str:
    """A receipt as plain lines: each part of it with what belongs to it indented below."""
    lines = []
    for title, items in _sections(receipt_of(what)):
        if len(items) == 1:
            lines.append(f"{title}: {items[0]}")
        else:
            lines += [f"{title}:", *(f"  {item}" for item in items)]
    return "\n".join(map(_line, lines))


def receipt_html(what: Answer | Mapping[str, Any]) -> str:
    """A receipt folded up, to be opened by a click; one line of HTML without anything active in it."""
    rows = []
    for title, items in _sections(receipt_of(what)):
        each = "".join(f"<li>{escape(_line(item))}</li>" for item in items)
        rows.append(f"<dt>{escape(title)}</dt><dd><ul>{each}</ul></dd>")
    if not rows:
        return ""
    prompts = "".join(_prompt_html(each) for each in _records(receipt_of(what), "prompts") if each.get("user"))
    return f'<details class="ap-receipt"><summary>Receipt</summary><dl>{"".join(rows)}</dl>{prompts}</details>'


def _prompt_html(call: Mapping[str, Any]) -> str:
    text = f"{call.get('system', '')}\n\n{call.get('user', '')}"
    body = "&#10;".join(escape(_line(line)) for line in text.split("\n"))
    return f"<details><summary>Prompt {escape(_line(str(call.get('name') or '')))}</summary><pre>{body}</pre></details>"


def difference_markdown(difference: Difference) -> str:
    """What changed, part by part; says so where nothing did."""
    around = [change for change in difference.changes if not change.of_answer]
    lines = []
    if difference.same:
        lines.append(f"The same answer{', though what is around it changed' if around else ''}.")
    for change in difference.changes:
        lines += [f"{change.part}:", *(f"  {line}" for line in change.lines)]
    return "\n".join(map(_line, lines))


def _line(text: str) -> str:
    return shown(" ".join(text.split("\n")).replace("\t", " "))


def _records(record: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    value = record.get(name)
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, Sequence) else []


def _sections(record: Mapping[str, Any]) -> Iterator[Section]:
    """The parts of a receipt that hold something, in order."""
    for title, items in (
        ("Receipt", [f"{record.get('id') or 'not kept'} {record.get('at', '')}".strip()] if record.get("at") else []),
        ("Note", [str(record["note"])] if record.get("note") else []),
        ("Question", [str(record.get("question") or "")]),
        ("Understood as", [str(record["rewritten"])] if record.get("rewritten") else []),
        ("Plan", list(_plan(record))),
        ("Filters", [_filter(each) for each in _records(record, "filters")]),
        ("Library", list(_library(record))),
        ("Model", [" ".join(str(value) for value in (record.get("model") or {}).values() if value)]),
        ("Abstracts that went in", [_went_in(record, each) for each in _records(record, "evidence")]),
        ("Papers left out", [_left_out(each) for each in _records(record, "cut")]),
        ("Prompts", list(_prompts(record))),
        ("Usage", [_usage(record)]),
        ("Verdicts", list(_verdicts(_records(record, "claims")))),
        ("Seconds", list(_seconds(_records(record, "seconds")))),
    ):
        if any(items):
            yield title, [item for item in items if item]


def _plan(record: Mapping[str, Any]) -> Iterator[str]:
    for name, value in (record.get("plan") or {}).items():
        yield f"{name}: {', '.join(map(str, value)) if isinstance(value, (list, tuple)) else value}"


def _filter(reading: Mapping[str, Any]) -> str:
    read = f" (read from “{reading['read_from']}”)" if reading.get("read_from") else ""
    return f"{reading.get('words', '')}{read}"


def _library(record: Mapping[str, Any]) -> Iterator[str]:
    library = record.get("library") or {}
    if library:
        fitting = f", {library['fitting']} of them fit the filters" if "fitting" in library else ""
        yield f"{library.get('papers')} papers{fitting}, change {library.get('position')} of {str(library.get('store'))[:8]}"
        yield f"embedder: {library.get('embedder') or 'none yet'}"
    if record.get("version"):
        yield f"askpapers {record['version']}"


def _went_in(record: Mapping[str, Any], item: Mapping[str, Any]) -> str:
    took = [
        a.get("tokens")
        for p in _records(record, "prompts")
        for a in _records(p, "abstracts")
        if a.get("id") == item.get("id")
    ]
    tokens = f", {took[-1]} tokens" if took else ""
    cited = "" if item.get("cited") else ", not cited"
    return f"[{item.get('marker')}] {item.get('title')} ({item.get('id')}, text {str(item.get('text_key'))[:8]}{tokens}{cited})"


def _left_out(item: Mapping[str, Any]) -> str:
    return f"{item.get('title') or item.get('id')}: {item.get('why')}"


def _prompts(record: Mapping[str, Any]) -> Iterator[str]:
    about = "tokens" if record.get("tokens_exact") else "tokens (estimated)"
    for call in _records(record, "prompts"):
        tokens = call.get("tokens") or {}
        parts = ", ".join(f"{part} {n}" for part, n in tokens.items() if part not in {"total", "reply"} and n)
        name = f"{call.get('name') or 'another'} {str(call.get('prompt_version') or '')[:12]}".strip()
        sent = "" if call.get("sent") else ", not sent: quotes need no model"
        failed = ", failed" if call.get("failed") else ""
        yield (
            f"{name}: {tokens.get('total')} {about}: {parts}; reply {tokens.get('reply')}; {call.get('seconds')} s{sent}{failed}"
        )


def _usage(record: Mapping[str, Any]) -> str:
    """What the model took; nothing where that was not kept, or not by this version."""
    try:
        return usage_words(rebuilt(Usage, record["usage"])) if record.get("usage") else ""
    except ValueError:
        return ""


def _verdicts(claims: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    if claims:
        yield verdict_counts(claims)
    for claim in claims:
        if claim.get("verdict") != "supported" or claim.get("problems"):
            why = f": {'; '.join(map(str, claim['problems']))}" if claim.get("problems") else ""
            yield f"{claim.get('verdict')} “{claim.get('text')}”{why}"


def _seconds(steps: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for step in steps:
        title = f"  {step['title']}" if step.get("title") else ""
        yield f"{step.get('s', 0):.3f}  {step.get('step')}{title}"
