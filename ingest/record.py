"""The border where a source's raw record becomes a `Paper`: cleaned, identified, or refused with a reason."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import quote

from app.core.domain import Paper
from ingest.flags import ACTIVE_HTML, INSTRUCTIONS, INVISIBLE_CHARACTERS, text_flags
from ingest.identify import (
    arxiv_id,
    arxiv_version,
    arxiv_year,
    clean_doi,
    doi_in_link,
    is_distinct_id,
    is_title_hash,
    stable_id,
)
from ingest.normalize import clean_abstract, clean_address, clean_text
from ingest.placeholders import is_placeholder

_YEAR = re.compile(r"(?<!\d)(1[89]\d\d|20\d\d)(?!\d)")
_WORD = re.compile(r"[^\W_]")
_DAY = re.compile(r"(?<!\d)[12]\d\d\d-[01]\d-[0-3]\d(?!\d)")
# How Python reads a byte that is not of the encoding ("surrogateescape"), and writes it back as it was.
_UNDECODED = re.compile("[\udc80-\udcff]")
_FLAGS = (INSTRUCTIONS, INVISIBLE_CHARACTERS, ACTIVE_HTML)
_LINK = re.compile(r"https?://[^\s\"<>]+", re.IGNORECASE)


class RecordError(ValueError):
    """Why a record cannot become a paper, in words for the person who repairs it."""


def make_paper(
    *,
    source: str,
    title: str | None,
    abstract: str | None,
    identifier: str | None = None,
    authors: Sequence[str] = (),
    year: int | None = None,
    published: str | None = None,
    url: str | None = None,
    doi: str | None = None,
    categories: Sequence[str] = (),
    venue: str | None = None,
    version: int | None = None,
    updated: str | None = None,
    flags: Sequence[str] = (),
) -> Paper:
    """A paper from raw fields. Raises RecordError if title or abstract are missing, hold no words or bytes that are
    not of the file's encoding, or if the abstract only says that there is none. `updated` is a date as the source writes it; its day is kept. `flags` are those that an
    export kept, of what cleaning has taken from the text since."""
    raw = f"{title or ''}\n{abstract or ''}"
    if not raw.isascii() and (undecoded := _UNDECODED.search(raw)):
        raise RecordError(
            f"its text holds a byte ({ord(undecoded.group()) - 0xDC00:#04x}) that is not of the file's encoding"
        )
    title, abstract = clean_text(title or ""), clean_abstract(abstract or "")
    found = {*text_flags(raw, f"{title}\n{abstract}"), *flags}
    if not _WORD.search(title):
        raise RecordError("it has no title")
    if is_placeholder(abstract):
        raise RecordError("it has no abstract")
    if year and not 1000 <= year <= 2999:
        raise RecordError(f'its year "{str(year)[:20]}" is no year')
    identifier, url, doi = (clean_address(text or "") for text in (identifier, url, doi))
    published = clean_text(published or "") or None
    arxiv = arxiv_id(identifier, url, doi)
    known_doi = _published_doi(clean_doi(doi), clean_doi(identifier), doi_in_link(url))
    own_id = stable_id(title, arxiv, known_doi)
    return Paper(
        id=identifier if is_distinct_id(identifier) and is_title_hash(own_id) else own_id,
        title=title,
        abstract=abstract,
        authors=_cleaned(authors),
        year=year or _year_in(published) or (arxiv_year(arxiv) if arxiv else None),
        url=url if _LINK.fullmatch(url) else _link_to(arxiv, known_doi),
        doi=known_doi,
        categories=tuple(dict.fromkeys(_cleaned(categories))),
        venue=clean_text(venue or "") or None,
        published=published,
        source=source,
        version=version or arxiv_version(identifier, url, doi),
        updated=_day_in(updated),
        flags=tuple(flag for flag in _FLAGS if flag in found),
    )


def _published_doi(*dois: str | None) -> str | None:
    """The first DOI that is not just another spelling of an arXiv id."""
    return next((doi for doi in dois if doi and not doi.startswith("10.48550/arxiv.")), None)


def _link_to(arxiv: str | None, doi: str | None) -> str | None:
    if arxiv:
        return f"https://arxiv.org/abs/{arxiv}"
    return f"https://doi.org/{quote(doi, safe='/:;()')}" if doi else None


def _cleaned(texts: Sequence[str]) -> tuple[str, ...]:
    return tuple(text for text in map(clean_text, texts) if text)


def _day_in(text: str | None) -> str | None:
    match = _DAY.search(text or "")
    return match.group() if match else None


def _year_in(text: str | None) -> int | None:
    match = _YEAR.search(text or "")
    return int(match.group(1)) if match else None
