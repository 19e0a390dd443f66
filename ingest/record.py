"""The border where a source's raw record becomes a `Paper`: cleaned, identified, or refused with a reason."""

from __future__ import annotations

import re
from collections.abc import Sequence

from app.core.domain import Paper
from ingest.identify import arxiv_id, arxiv_year, clean_doi, stable_id
from ingest.normalize import clean_text

_YEAR = re.compile(r"\b(1[89]\d\d|20\d\d)\b")


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
) -> Paper:
    """A paper from raw fields. Raises RecordError if title or abstract are missing or hold no words."""
    title, abstract = clean_text(title or ""), clean_text(abstract or "")
    if not re.search(r"[^\W_]", title):
        raise RecordError("it has no title")
    if not re.search(r"[^\W_]", abstract):
        raise RecordError("it has no abstract")
    arxiv = arxiv_id(identifier, url, doi)
    clean = clean_doi(doi) or clean_doi(identifier) or clean_doi(url)
    if clean and clean.startswith("10.48550/arxiv."):
        clean = None
    link = url.strip() if url and re.match(r"https?://", url.strip()) else None
    if not link:
        link = f"https://arxiv.org/abs/{arxiv}" if arxiv else f"https://doi.org/{clean}" if clean else None
    return Paper(
        id=stable_id(title, arxiv, clean),
        title=title,
        abstract=abstract,
        authors=tuple(a for a in (clean_text(name) for name in authors) if a),
        year=year or _year_in(published) or (arxiv_year(arxiv) if arxiv else None),
        url=link,
        doi=clean,
        categories=tuple(dict.fromkeys(c for c in (clean_text(c) for c in categories) if c)),
        venue=clean_text(venue or "") or None,
        published=published,
        source=source,
    )


def _year_in(text: str | None) -> int | None:
    match = _YEAR.search(text or "")
    return int(match.group(1)) if match else None
