"""The evidence panel: one card a paper, with the sentences of its abstract that the answer cites marked.

All of a paper is untrusted text: every field goes through `html.escape`, and a link leaves the page only if
it is http(s).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from html import escape
from urllib.parse import urlsplit

from app.core.domain import Answer, Citation, Evidence, Paper, Plan
from app.core.shown import shown
from app.ui.card_acts import card_acts_html, why_html
from app.ui.markup import line_html
from app.ui.pins import NONE, Pins

_AUTHORS_SHOWN = 4


def author_line(authors: Sequence[str], separator: str = ", ") -> str:
    """At most four names, then "et al."."""
    shown = separator.join(authors[:_AUTHORS_SHOWN])
    return f"{shown} et al." if len(authors) > _AUTHORS_SHOWN else shown


def safe_url(url: str | None) -> str | None:
    """The url if a browser may open it from our page, else None."""
    if url is None or any(character.isspace() or not character.isprintable() for character in url):
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme.lower() in ("http", "https") and parts.hostname else None


def merged_spans(spans: Iterable[tuple[int, int]], length: int) -> list[tuple[int, int]]:
    """The spans clipped to the text, in order, with overlapping and touching ones made one."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted((max(0, start), min(length, end)) for start, end in spans):
        if start >= end:
            continue
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _text(text: str) -> str:
    """As HTML on one line, with a mark for each character that would be obeyed or turn the direction of the text."""
    return escape(shown(text)).replace("\n", "&#10;")


def marked_abstract(abstract: str, spans: Iterable[tuple[int, int]], earlier: Iterable[tuple[int, int]] = ()) -> str:
    """The whole abstract, escaped, with the spans in `<mark>`; what of `earlier` lies beside them is marked as cited before."""
    out: list[str] = []
    at = 0
    now = merged_spans(spans, len(abstract))
    before = [each for each in merged_spans(earlier, len(abstract)) if not any(_meet(each, one) for one in now)]
    for start, end in sorted([*now, *before]):
        tag = (
            '<mark class="is-earlier" title="Cited earlier in this conversation">'
            if (start, end) in before
            else "<mark>"
        )
        out += [_text(abstract[at:start]), tag, _text(abstract[start:end]), "</mark>"]
        at = end
    out.append(_text(abstract[at:]))
    return "".join(out)


def _meet(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def evidence_html(
    evidence: Sequence[Evidence],
    citations: Sequence[Citation] = (),
    focus: Collection[int] | None = None,
    *,
    pending: bool = False,
    title: str = "Reading",
    pins: Pins | None = None,
    before: Sequence[Citation] = (),
) -> str:
    """The evidence of a conversation as cards, in groups.

    `citations` are the newest answer's, `before` those of the answers before it: what only they cite is marked so.
    `focus` are the markers the newest answer was given (None: all of them). They come first; the others follow as "Earlier in this conversation", so that every marker on the page keeps its card. With `pending`
    the newest answer is not there (yet): in its cards, below our `title`, nothing is marked and none is "not cited". With
    `pins` every card has the buttons for what can be done with its paper.
    """
    quotes, quoted_before = _cited_spans(evidence, citations), _cited_spans(evidence, before)
    newest = [item for item in evidence if focus is None or item.marker in focus]
    earlier = [item for item in evidence if focus is not None and item.marker not in focus]
    if pending:
        groups = [_group(title, newest, {}, pins, pending=True)]
    else:
        cited = [item for item in newest if item.marker in quotes]
        unused = [item for item in newest if item.marker not in quotes]
        groups = [_group("Cited", cited, quotes, pins, quoted_before), _group("Read, not cited", unused, {}, pins)]
    return "".join([*groups, _group("Earlier in this conversation", earlier, {**quoted_before, **quotes}, pins)])


def _cited_spans(evidence: Sequence[Evidence], citations: Sequence[Citation]) -> dict[int, list[tuple[int, int]]]:
    """For each cited marker the spans of its quotes.

    A citation counts only for its own paper, and a quote only if the abstract still holds its words at its
    place: a paper may have been changed by an ingest since an earlier answer cited it.
    """
    papers = {item.marker: item.paper for item in evidence}
    spans: dict[int, list[tuple[int, int]]] = {}
    for citation in citations:
        paper = papers.get(citation.marker)
        if paper is None or paper.id != citation.paper.id:
            continue
        found = spans.setdefault(citation.marker, [])
        found += [(q.start, q.end) for q in citation.quotes if paper.abstract[q.start : q.end] == q.text]
    return spans


def _group(
    title: str,
    items: Sequence[Evidence],
    quotes: Mapping[int, list[tuple[int, int]]],
    pins: Pins | None,
    before: Mapping[int, list[tuple[int, int]]] | None = None,
    *,
    pending: bool = False,
) -> str:
    if not items:
        return ""
    before = before or {}
    cards = "".join(_card(item, quotes.get(item.marker), pending, pins, before.get(item.marker, ())) for item in items)
    count = f'<span class="ap-count">{len(items)}</span>'
    return f'<section class="ap-group"><h2>{title} {count}</h2>{cards}</section>'


def _card(
    item: Evidence,
    spans: list[tuple[int, int]] | None,
    pending: bool,
    pins: Pins | None,
    before: Sequence[tuple[int, int]],
) -> str:
    """One paper. `spans` None: not cited (or not known yet, if `pending`); `before` were cited by earlier answers."""
    paper, marker = item.paper, item.marker
    state = "is-pending" if pending else "is-cited" if spans is not None else "is-unused"
    kept = (pins or NONE).state_of(paper.id)
    tags = ["Not cited"] if state == "is-unused" else []
    tags += [{"pin": "Pinned", "exclude": "Left out"}[kept]] if kept else []
    tag = "".join(f'<span class="ap-tag">{words}</span>' for words in tags)
    abstract = f'<p class="ap-abstract" dir="auto">{marked_abstract(paper.abstract, spans or (), before)}</p>'
    if state == "is-unused":
        abstract = f"<details><summary>Abstract</summary>{abstract}</details>"
    return (
        f'<article class="ap-card {state}{f" is-{kept}" if kept else ""}" id="evidence-{marker}" tabindex="-1" '
        f'aria-labelledby="evidence-{marker}-title"><div class="ap-card-head">'
        f'<span class="ap-badge" aria-hidden="true">{marker}</span><div class="ap-card-name">'
        f'<h3 id="evidence-{marker}-title" dir="auto"><span class="ap-sr">Paper {marker}: </span>'
        f"{_text(paper.title)}</h3>{_about(paper)}{flags_html(paper.flags)}</div>{tag}</div>{abstract}"
        f"{why_html(item, kept)}"
        f"{_foot(item, spans, pins)}</article>"
    )


def _about(paper: Paper) -> str:
    facts = [author_line(paper.authors), str(paper.year) if paper.year else "", paper.venue or ""]
    line = " · ".join(_text(fact) for fact in facts if fact)
    return f'<p class="ap-about" dir="auto">{line}</p>' if line else ""


def flags_html(flags: Sequence[str]) -> str:
    """The warnings about a paper's text, above it and never folded away with it."""
    if not flags:
        return ""
    return f'<p class="ap-flags"><span aria-hidden="true">⚠ </span>This text {_text("; ".join(flags))}</p>'


def _foot(item: Evidence, spans: list[tuple[int, int]] | None, pins: Pins | None) -> str:
    """The way out to the paper, what can be done with it, and the way back to the answer (shown by the page when a marker
    led here)."""
    paper = item.paper
    url = safe_url(paper.url)
    out = ['<div class="ap-card-foot">']
    if url:
        out.append(_way_out(url, f"Open on {_host(url)}"))
    if spans is not None:
        count = len(merged_spans(spans, len(paper.abstract)))
        words = {0: "Cited", 1: "1 passage cited"}.get(count, f"{count} passages cited")
        out.append(f"<span>{words}</span>")
    if pins is not None:
        out.append(card_acts_html(item, pins.state_of(paper.id)))
    out.append('<button type="button" class="ap-back">Back to the answer</button></div>')
    return "".join(out)


def _way_out(url: str, words: str) -> str:
    """A link to another site; `url` and `words` as `safe_url` and `escape` gave them."""
    return (
        f'<a class="ap-out" href="{escape(url)}" target="_blank" rel="noopener noreferrer">{words}'
        '<span aria-hidden="true"> ↗</span><span class="ap-sr"> (new tab)</span></a>'
    )


def _host(url: str) -> str:
    return escape((urlsplit(url).hostname or "").removeprefix("www."))


def full_texts_html(answer: Answer, plan: Plan | None) -> str:
    """Where the full texts are of the papers that an answer is on: those the question names, else those it cites."""
    named = set(plan.named if plan else ()) or {citation.paper.id for citation in answer.citations}
    links = [
        f"<li>{_way_out(url, line_html(item.paper.title))} <span>({_host(url)})</span></li>"
        for item in answer.evidence
        if item.paper.id in named and (url := safe_url(item.paper.url))
    ]
    if not links:
        return ""
    one = "The full text may say it:" if len(links) == 1 else "The full texts may say it:"
    return f'<p class="ap-full">{one}</p><ul class="ap-full">{"".join(links)}</ul>'
