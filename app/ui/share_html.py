"""A conversation as one HTML file to hand on: no script, nothing loaded from anywhere, all of it escaped, and a policy of its
own that lets a browser do no more than that. Markers lead to the papers below, with the cited sentences marked.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Collection, Sequence
from html import escape

from app.core.domain import Answer, Citation, Evidence
from app.ui.cards import author_line, flags_html, marked_abstract, safe_url
from app.ui.checked_html import checked_html
from app.ui.markup import chat_html, line_html
from app.ui.render import claim_notes, question_html
from app.ui.said import Said
from app.ui.table_html import comparison_html, holds_table
from app.ui.theme import SHARE_CSS_FILE


def shared_html(title: str, at: str, said: Sequence[Said]) -> str:
    """The whole file; `at` is when the conversation was last changed."""
    css = SHARE_CSS_FILE.read_text(encoding="utf-8")
    style = base64.b64encode(hashlib.sha256(css.encode("utf-8")).digest()).decode("ascii")
    policy = f"default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; form-action 'none'"
    papers = _papers(said)
    citations = [c for each in said if each.draft.answer for c in each.draft.answer.citations]
    turns = "".join(_turn(each, papers) for each in said)
    name = line_html(title)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="referrer" content="no-referrer"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{name}</title><style>{css}</style></head><body><header><h1>{name}</h1>"
        f'<p>A chat with the abstracts of research papers, made with askpapers. Last changed <time datetime="{escape(at)}">'
        f"{escape(at[:10])}</time>.</p></header><main>{turns}</main>{_cards(papers, citations)}</body></html>\n"
    )


def _papers(said: Sequence[Said]) -> dict[int, Evidence]:
    """What stands behind every marker."""
    every = {item.marker: item for each in said for item in each.draft.evidence}
    return dict(sorted(every.items()))


def _turn(said: Said, known: Collection[int]) -> str:
    answer = said.draft.answer
    body = _answer(answer, known) if answer else _unfinished(said, known)
    return (
        f'<section class="turn"><h2>{question_html(said.draft.question)}</h2><div class="answer">{body}</div></section>'
    )


def _answer(answer: Answer, known: Collection[int]) -> str:
    text = chat_html(answer.text, known)
    if answer.table and not holds_table(text):
        text += comparison_html(answer.table, known)
    if answer.checked:
        text += checked_html(answer.checked, known, ())
    notes = "".join(f"<li>{line_html(note)}</li>" for note in (*claim_notes(answer), *answer.notices))
    model = answer.model.name or answer.model.provider
    by = "quotes from the abstracts" if answer.model.provider == "extractive" else model
    return f'{text}{f"<ul class=notes>{notes}</ul>" if notes else ""}<p class="by">Answered by {line_html(by)}</p>'


def _unfinished(said: Said, known: Collection[int]) -> str:
    words = line_html(" ".join(filter(None, [said.end.words, said.end.hint]))) if said.end else ""
    text = f"<p><strong>Unfinished, not checked against the abstracts</strong></p>{chat_html(said.text, known)}"
    return f'{text if said.text.strip() else ""}<p class="by">{words}</p>'


def _cards(papers: dict[int, Evidence], citations: Sequence[Citation]) -> str:
    if not papers:
        return ""
    cards = "".join(_card(item, citations) for item in papers.values())
    return f'<section class="papers"><h2>Papers</h2>{cards}</section>'


def _card(item: Evidence, citations: Sequence[Citation]) -> str:
    paper = item.paper
    mine = [c for c in citations if c.marker == item.marker and c.paper.id == paper.id]
    spans = [(q.start, q.end) for c in mine for q in c.quotes if paper.abstract[q.start : q.end] == q.text]
    facts = [author_line(paper.authors), str(paper.year or ""), paper.venue or ""]
    about = " · ".join(line_html(fact) for fact in facts if fact)
    url = safe_url(paper.url)
    link = f'<p><a href="{escape(url)}" rel="noopener noreferrer">{escape(url)}</a></p>' if url else ""
    abstract = f'<p dir="auto">{marked_abstract(paper.abstract, spans)}</p>'
    if not mine:
        abstract = f"<details><summary>Abstract (read, not cited)</summary>{abstract}</details>"
    return (
        f'<article id="evidence-{item.marker}"><h3 dir="auto">[{item.marker}] {line_html(paper.title)}</h3>'
        f'<p class="about">{about}</p>{flags_html(paper.flags)}{abstract}{link}</article>'
    )
