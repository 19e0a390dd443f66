"""A kept conversation as a file: Markdown, JSON, BibTeX of the papers it cites, and a page to share."""

from __future__ import annotations

import io
import json
import re
from datetime import datetime, timezone

from app.core.conversations import KeptChat
from app.core.domain import Paper
from app.core.shown import shown
from app.export import write_papers
from app.ui.answer_json import answer_to_json
from app.ui.markup import inert_markdown
from app.ui.render import answer_markdown, plain_line
from app.ui.said import Said, said_of
from app.ui.share_html import shared_html

FILES = {"md": "Markdown", "json": "JSON", "bib": "BibTeX", "html": "Page to share"}
_TYPES = {"md": "text/markdown", "json": "application/json", "bib": "text/x-bibtex", "html": "text/html"}


def file_of(chat: KeptChat, kind: str) -> dict[str, str] | None:
    """The name, type and text of the file of this kind; None if there would be nothing in it. The page saves it."""
    said = [said_of(turn) for turn in chat.turns]
    text = {"md": _markdown, "json": _json, "bib": _bibtex, "html": _html}[kind](chat, said)
    return {"name": f"{_name(chat)}.{kind}", "type": _TYPES[kind], "text": text} if text else None


def cited(said: list[Said]) -> list[Paper]:
    """The papers that the answers cite, each once, in the order of their markers."""
    papers: dict[int, Paper] = {}
    for each in said:
        answer = each.draft.answer
        markers = {citation.marker for citation in answer.citations} if answer else set()
        papers |= {item.marker: item.paper for item in each.draft.evidence if item.marker in markers}
    return list({paper.id: paper for _, paper in sorted(papers.items())}.values())


def _name(chat: KeptChat) -> str:
    """A name for a file on any system, of letters and digits alone."""
    words = re.findall(r"[A-Za-z0-9]+", chat.entry.title)
    return "-".join(words).lower()[:60].strip("-") or "chat"


def _markdown(chat: KeptChat, said: list[Said]) -> str:
    parts = [f"# {inert_markdown(plain_line(chat.entry.title))}"]
    for each in said:
        parts.append(f"## {inert_markdown(plain_line(each.draft.question))}")
        if each.draft.answer:
            parts.append(answer_markdown(each.draft.answer))
        else:
            words = inert_markdown(shown(each.text)).strip()
            end = " ".join(filter(None, [each.end.words, each.end.hint])) if each.end else ""
            parts += [*([words] if words else []), f"*{inert_markdown(plain_line(end))}*"]
    return "\n\n".join(parts) + "\n"


def _json(chat: KeptChat, said: list[Said]) -> str:
    turns = [
        {
            "question": turn.question,
            "at": _time(turn.at),
            "ended": each.end.kind if each.end else "answered",
            "text": each.text,
            "answer": answer_to_json(each.draft.answer) if each.draft.answer else None,
        }
        for turn, each in zip(chat.turns, said, strict=True)
    ]
    record = {"schema": 1, "title": chat.entry.title, "changed": _time(chat.entry.at), "turns": turns}
    return json.dumps(record, ensure_ascii=False, indent=2) + "\n"


def _bibtex(chat: KeptChat, said: list[Said]) -> str:
    out = io.StringIO()
    write_papers("bibtex", cited(said), out)
    return out.getvalue()


def _html(chat: KeptChat, said: list[Said]) -> str:
    return shared_html(chat.entry.title, _time(chat.entry.at), said)


def _time(at: float) -> str:
    return datetime.fromtimestamp(at, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
