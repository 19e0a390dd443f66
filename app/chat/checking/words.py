"""The answer to a whole-library question in words: the count, how complete it is, and the papers with their quotes."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from app.chat.checking.parts import Property
from app.core.domain import Citation, Claim, Evidence, Quote, Verdict
from app.core.filter_words import in_words
from app.core.filters import Filters
from app.core.findings import LibraryCheck
from app.core.names import handle

MOST_LISTED = 30
MOST_UNCLEAR = MOST_NEAR = 8
_MARKER_LIKE = re.compile(r"[\[【](?!\s*0\s*[,;–-])(\s*\^?\d[\d,;\s–^and-]*(?:†[^】\n]*)?)[\]】]")


@dataclass(frozen=True, slots=True)
class Listed:
    """The text with what of it is a citation and a claim."""

    text: str
    citations: tuple[Citation, ...] = ()
    claims: tuple[Claim, ...] = ()


@dataclass
class _Writing:
    text: str
    citations: list[Citation] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)

    def row(self, item: Evidence, quotes: Sequence[Quote]) -> None:
        """A paper with the words it rests on."""
        said = " … ".join(f"“{_plain_quote(quote.text)}”" for quote in quotes)
        label = f"**{_plain(handle(item.paper.title, item.paper.abstract))}**"
        line = f"{label}: {said}" if said else label
        self.text += "\n- "
        start = len(self.text)
        self.text += f"{line} [{item.marker}]"
        self.citations.append(Citation(item.marker, item.paper.ref, tuple(quotes)))
        verdict: Verdict = "supported" if quotes else "unchecked"
        self.claims.append(Claim(line, (item.marker,), verdict, (), start, len(self.text)))


@dataclass(frozen=True, slots=True)
class Shown:
    """The papers that are listed, those of them (ids) that only come near, and the quotes of each by its id."""

    evidence: tuple[Evidence, ...]
    near: Collection[str]
    quotes: Mapping[str, Sequence[Quote]]


def found(
    asked: Property, check: LibraryCheck, filters: Filters, shown: Shown, unclear: Sequence[str], query: str
) -> Listed:
    """The answer where papers are what is asked for: these, then those that come near, and the labels of those that are
    `unclear`."""
    yes = sum(verdict.verdict == "yes" for verdict in check.verdicts)
    lead = f"{'Yes: ' if asked.yes_no else ''}{yes:,} of {_papers(check, filters)}{_checked(check)}:"
    writing = _Writing(f"{lead}\n")
    sure = [item for item in shown.evidence if item.paper.id not in shown.near]
    near = [item for item in shown.evidence if item.paper.id in shown.near]
    for item in sure:
        writing.row(item, shown.quotes[item.paper.id])
    if all(part.negated for part in asked.parts):
        writing.text += "\n\nNothing in these abstracts says so; the papers themselves may."
    if yes > len(sure):
        negated = all(part.negated for part in asked.parts)
        where = "they stand in the answer of `askpapers ask --json`" if negated else f"to see all: {_search(query)}"
        writing.text += f"\n\n{yes - len(sure):,} more are not listed here; {where}"
    if near:
        writing.text += "\n\nNear to it, though not in these words:\n"
        for item in near:
            writing.row(item, shown.quotes[item.paper.id])
    writing.text += _perhaps(unclear)
    return Listed(writing.text + _incomplete(check, query), tuple(writing.citations), tuple(writing.claims))


def nothing(
    check: LibraryCheck, filters: Filters, unclear: Sequence[str], nearest: Sequence[str], query: str, counts: bool
) -> str:
    """The honest no."""
    lead = f"None of {_papers(check, filters, 'the ')} says so{_checked(check)}."
    if counts:
        lead = f"0 of {_papers(check, filters)}{_checked(check)}: no abstract says so."
    near = ""
    if not unclear and nearest:
        near = " The nearest papers here are:\n\n" + "\n".join(f"- {_plain(title)}" for title in nearest)
    return lead + _perhaps(unclear) + near + _incomplete(check, query)


def close(
    asked: Property, check: LibraryCheck, filters: Filters, shown: Shown, unclear: Sequence[str], query: str
) -> Listed:
    """The answer where no abstract says it in so many words, but some are about it."""
    lead = (
        f"None of {_papers(check, filters, 'the ')} says so in these words{_checked(check)}. Nearest to it in meaning:"
    )
    writing = _Writing(f"{lead}\n")
    for item in shown.evidence:
        writing.row(item, shown.quotes[item.paper.id])
    return Listed(writing.text + _incomplete(check, query), tuple(writing.citations), tuple(writing.claims))


def _papers(check: LibraryCheck, filters: Filters, article: str = "") -> str:
    """ "47 papers", "the 12 papers from 2024", "these 3 papers"."""
    words = in_words(filters.without("ids"))
    these = "these " if filters.ids else article
    noun = "abstract" if article else "paper"
    return f"{these}{check.checked:,} {noun}{'' if check.checked == 1 else 's'}{f' {_plain(words)}' if words else ''}"


def _checked(check: LibraryCheck) -> str:
    how = "" if check.by == "rule" else f" by {_plain(check.by)}"
    return f" (checked {check.checked:,} of {check.papers:,}{how})"


def _incomplete(check: LibraryCheck, query: str) -> str:
    if check.checked >= check.papers:
        return ""
    why = "The check looks only at the papers that are most probably about it; others may be meant too."
    return f"\n\n{why} To see all that may be: {_search(query)}"


def _search(query: str) -> str:
    words = re.sub(r"[\"`$\\\[\]]", "", query)
    return f'`askpapers search "{words}" --all`'


def _perhaps(labels: Sequence[str]) -> str:
    if not labels:
        return ""
    shown = "; ".join(map(_plain, labels[:MOST_UNCLEAR]))
    more = f" and {len(labels) - MOST_UNCLEAR} more" if len(labels) > MOST_UNCLEAR else ""
    return f"\n\nMay also be meant, their abstracts leave it open: {shown}{more}."


def _plain_quote(text: str) -> str:
    # Square brackets would read as markers; an abstract that quotes a reference "[7]" is not citing our paper 7.
    return _MARKER_LIKE.sub(r"(\1)", text)


def _plain(text: str) -> str:
    return re.sub(r"[*_`\[\]<>]", "", " ".join(text.split()))
