"""Stable ids: the arXiv id without version, else the DOI, else a hash of the normalised title."""

from __future__ import annotations

import hashlib
import re

from app.core.domain import title_key

# New style since April 2007 (YYMM.NNNN, five digits since 2015), old style archive/YYMMNNN.
_ARXIV = r"(?:\d{4}\.\d{4,5}|[a-z][a-z-]+(?:\.[A-Za-z]{2})?/\d{7})"
_ARXIV_BARE = re.compile(rf"^(?:arxiv:\s*)?({_ARXIV})(?:v\d+)?$", re.IGNORECASE)
_ARXIV_URL = re.compile(rf"arxiv\.org/(?:abs|pdf|html|list)/({_ARXIV})(?:v\d+)?", re.IGNORECASE)
_ARXIV_DOI = re.compile(rf"10\.48550/arxiv\.({_ARXIV})(?:v\d+)?", re.IGNORECASE)
_DOI = re.compile(r"10\.\d{4,9}/[^\s\"<>]+", re.IGNORECASE)


def arxiv_id(*texts: str | None) -> str | None:
    """The first arXiv id, without version, that one of the texts is or links to."""
    for text in texts:
        value = (text or "").strip()
        match = _ARXIV_BARE.match(value) or _ARXIV_URL.search(value) or _ARXIV_DOI.search(value)
        if match:
            found = match.group(1)
            month = int(found[2:4]) if found[0].isdigit() else 1
            if 1 <= month <= 12:
                return found
    return None


def clean_doi(text: str | None) -> str | None:
    """The DOI in `text`, lower-cased (DOIs ignore case), without resolver address or closing punctuation."""
    match = _DOI.search(text or "")
    return match.group().rstrip(".,;)").lower() if match else None


def arxiv_year(identifier: str) -> int:
    """The year an arXiv id was given in: both styles carry YYMM; arXiv began in 1991."""
    two = int(identifier.rsplit("/", 1)[-1][:2])
    return 1900 + two if two >= 91 else 2000 + two


def stable_id(title: str, arxiv: str | None, doi: str | None) -> str:
    """The id of a paper; equal inputs give equal ids on every machine and in every run."""
    if arxiv:
        return arxiv
    if doi:
        return doi
    return f"title:{hashlib.sha256(title_key(title).encode()).hexdigest()[:16]}"


def is_title_hash(paper_id: str) -> bool:
    """Whether the id says only the title is known, so that a record with a real id may be the same paper."""
    return paper_id.startswith("title:")
