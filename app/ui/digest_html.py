"""A digest as HTML, for the page, a file or a mail. Every character of a paper or a model is escaped; the only links are
those of the references, and only to http(s)."""

from __future__ import annotations

import re
from html import escape

from app.digest.records import Digest, DigestGroup, Entry
from app.ui.cards import author_line, safe_url
from app.ui.digest_text import more_words, summary_words
from app.ui.markup import line_html

_MARKER = re.compile(r"\[(\d{1,4})\]")
# Mail programs know no style sheets of ours, so a file and a mail bring these few rules along.
_STYLE = (
    "body{font:16px/1.55 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem;color:#1d2129;background:#fff}"
    "h1{font-size:1.4rem}h2{font-size:1.1rem;margin:1.6rem 0 .5rem}li{margin:.5rem 0}a{color:#3548b8}"
    ".ap-digest-summary,.ap-digest-more,.ap-digest-note{color:#5c6471}"
)


def digest_html(digest: Digest) -> str:
    """The digest as a part of a page."""
    known = {entry.marker for entry in digest.entries}
    out = [f'<p class="ap-digest-summary">{line_html(summary_words(digest))}</p>']
    out += [_group(group, known) for group in digest.groups]
    if digest.groups:
        references = "".join(_reference(entry) for entry in digest.entries)
        out.append(f'<h2>References</h2><ul class="ap-digest-references">{references}</ul>')
    out += [f'<p class="ap-digest-note">{line_html(note)}</p>' for note in digest.notes]
    return f'<article class="ap-digest">{"".join(out)}</article>'


def digest_page(digest: Digest) -> str:
    """The digest as a page of its own, which asks for nothing from outside."""
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>New papers</title><style>{_STYLE}</style></head><body><h1>New papers</h1>{digest_html(digest)}</body></html>\n"
    )


def _group(group: DigestGroup, known: set[int]) -> str:
    if group.text:
        body = f'<p dir="auto">{_marked(group.text, known)}</p>'
    else:
        body = f"<ul>{''.join(_entry(entry) for entry in group.entries)}</ul>"
    more = f'<p class="ap-digest-more">… {more_words(group)}.</p>' if group.more else ""
    title = line_html(group.title[:1].upper() + group.title[1:])
    return f'<section><h2 dir="auto">{title}</h2>{body}{more}</section>'


def _marked(text: str, known: set[int]) -> str:
    """The text escaped, with its known markers as links to the references."""
    return _MARKER.sub(lambda m: _link(int(m[1])) if int(m[1]) in known else m[0], line_html(text))


def _link(marker: int) -> str:
    return f'<a href="#digest-{marker}">[{marker}]</a>'


def _entry(entry: Entry) -> str:
    quotes = " ".join(f"“{line_html(quote.text)}”" for quote in entry.quotes)
    flags = (
        f' <span class="ap-flags">⚠ This text {line_html("; ".join(entry.paper.flags))}</span>'
        if entry.paper.flags
        else ""
    )
    title = f"<strong>{line_html(entry.paper.title)}</strong> {_link(entry.marker)}"
    return f'<li dir="auto">{title}{f"<br>{quotes}" if quotes else ""}{flags}</li>'


def _reference(entry: Entry) -> str:
    paper, url = entry.paper, safe_url(entry.paper.url)
    who = line_html(author_line(paper.authors))
    year = f" ({paper.year})" if paper.year else ""
    link = f' <a href="{escape(url)}" target="_blank" rel="noopener noreferrer">{line_html(url)}</a>' if url else ""
    words = f"{who}{year}. " if who else ""
    return f'<li id="digest-{entry.marker}" dir="auto">[{entry.marker}] {words}{line_html(paper.title)}.{link}</li>'
