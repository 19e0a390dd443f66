"""A digest as Markdown (command line, mail, download). Abstracts are untrusted: see `inert_markdown`."""

from __future__ import annotations

from app.core.shown import shown
from app.digest.records import Digest, DigestGroup, Entry
from app.ui.cards import author_line, safe_url
from app.ui.markup import inert_markdown
from app.ui.narrowing import count_words


def since_words(digest: Digest) -> str:
    """Since when, as a person says it."""
    return f"{digest.since:%Y-%m-%d %H:%M}"


def summary_words(digest: Digest) -> str:
    """One line: how much is new."""
    if not digest.added:
        return f"Nothing new since {since_words(digest)}."
    words = f"{count_words(digest.added)} added since {since_words(digest)}"
    if digest.empty:
        return f"{words}, none of them on {_listed(digest.topics)}."
    if digest.outside:
        verb = "is" if digest.outside == 1 else "are"
        return f"{words}; {digest.outside:,} of them {verb} on none of the topics asked for."
    return f"{words}."


def _listed(topics: tuple[str, ...]) -> str:
    return " or ".join(f"“{_plain(topic)}”" for topic in topics) or "any topic"


def more_words(group: DigestGroup) -> str:
    return f"and {count_words(group.more).replace(' paper', ' more paper')} on this"


def digest_markdown(digest: Digest) -> str:
    """The whole digest; the same one always gives the same text."""
    out = ["# New papers", summary_words(digest)]
    for group in digest.groups:
        out.append(f"## {_plain(group.title[:1].upper() + group.title[1:])}")
        if group.text:
            out.append(inert_markdown(shown(group.text)))
        else:
            out.append("\n".join(_entry(entry) for entry in group.entries))
        if group.more:
            out.append(f"… {more_words(group)}.")
    if digest.groups:
        out.append("## References")
        out.append("\n".join(_reference(entry) for entry in digest.entries))
    out += [f"*{_plain(note)}*" for note in digest.notes]
    return "\n\n".join(out) + "\n"


def _entry(entry: Entry) -> str:
    quotes = " ".join(f"“{_plain(quote.text)}”" for quote in entry.quotes)
    return f"- **{_plain(entry.paper.title)}** [{entry.marker}]{f': {quotes}' if quotes else ''}{_warned(entry)}"


def _warned(entry: Entry) -> str:
    return f" (⚠ this text {_plain('; '.join(entry.paper.flags))})" if entry.paper.flags else ""


def _reference(entry: Entry) -> str:
    paper = entry.paper
    who = _plain(author_line(paper.authors))
    year = f" ({paper.year})" if paper.year else ""
    link = f" {safe_url(paper.url)}" if safe_url(paper.url) else ""
    return f"[{entry.marker}] {f'{who}{year}. ' if who else ''}{_plain(paper.title)}.{link}\n"


def _plain(text: str) -> str:
    """One line that no Markdown program takes for more than text."""
    return inert_markdown(shown(" ".join(text.split())))
