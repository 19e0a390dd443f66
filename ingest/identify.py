"""Stable ids: the arXiv id without version, else the DOI, else a hash of the normalised title."""

from __future__ import annotations

import hashlib
import re
from urllib.parse import unquote

from app.core.domain import Paper, title_key
from app.core.title_signs import signed_key

# New style since April 2007 (YYMM.NNNN, five digits since 2015), old style archive/YYMMNNN before. The old archives
# are a closed list; without it "pmid/9912345" would be one.
_ARCHIVES = (
    "acc-phys|adap-org|alg-geom|ao-sci|astro-ph|atom-ph|bayes-an|chao-dyn|chem-ph|cmp-lg|comp-gas|cond-mat|cs|dg-ga|funct-an|"
    "gr-qc|hep-(?:ex|lat|ph|th)|math-ph|math|mtrl-th|nlin|nucl-(?:ex|th)|patt-sol|physics|plasm-ph|q-alg|q-bio|quant-ph|"
    "solv-int|supr-con"
)
_ARXIV = rf"(?:[0-9]{{4}}\.[0-9]{{4,5}}|(?:{_ARCHIVES})(?:\.[a-z]{{2}})?/[0-9]{{7}})(?![0-9])"
_ARXIV_BARE = re.compile(
    rf"^(?:oai:arxiv\.org:|arxiv:\s*)?({_ARXIV})(?:v[0-9]+)?(?:\.pdf|\s*\[[\w.-]+\])?$", re.IGNORECASE
)
_ARXIV_URL = re.compile(
    rf"(?:arxiv\.org/(?:abs|pdf|html|list)|huggingface\.co/papers)/({_ARXIV})(?:v[0-9]+)?", re.IGNORECASE
)
_VERSION = re.compile(r"[0-9]v([1-9][0-9]{0,2})(?![0-9])", re.IGNORECASE)
_ARXIV_DOI = re.compile(rf"10\.48550/arxiv\.({_ARXIV})(?:v[0-9]+)?", re.IGNORECASE)
# Old DOIs of Wiley hold < and >.
_DOI = re.compile(r"(?<![\d.])10\.\d{4,9}/[^\s\"]+", re.IGNORECASE)


def arxiv_id(*texts: str | None) -> str | None:
    """The first arXiv id, in arXiv's own spelling without version, that one of the texts is or links to."""
    for text in texts:
        value = (text or "").strip()
        match = _ARXIV_BARE.match(value) or _ARXIV_URL.search(value) or _ARXIV_DOI.search(value)
        if match and _was_given(found := match.group(1)):
            return re.sub(r"\.[a-z]{2}(?=/)", "", found.lower())
    return None


def arxiv_version(*texts: str | None) -> int | None:
    """The version that the first of the texts with an arXiv id names; None if it names none."""
    for text in texts:
        if arxiv_id(text):
            match = _VERSION.search(text or "")
            return int(match.group(1)) if match else None
    return None


def _was_given(identifier: str) -> bool:
    """Whether arXiv gave ids like this in the month that it names."""
    number = identifier.rsplit("/", 1)[-1]
    year, month = int(number[:2]), int(number[2:4])
    if not 1 <= month <= 12:
        return False
    if "/" in identifier:
        return year >= 91 or (year, month) <= (7, 3)
    return (year, month) >= (7, 4) and year < 91 and len(number) == (9 if (year, month) < (15, 1) else 10)


def clean_doi(text: str | None) -> str | None:
    """The DOI in `text`, lower-cased (DOIs ignore case), without resolver address or closing punctuation."""
    text = text or ""
    if "://" in text:
        text = unquote(re.split(r"[?#]", text)[0])
    match = _DOI.search(text)
    return match.group().rstrip(".,;)>").lower() if match else None


def doi_in_link(url: str | None) -> str | None:
    """The DOI of a link to the DOI resolver. What publishers write around a DOI in their addresses is not told apart."""
    return clean_doi(url) if re.match(r"https?://(?:dx\.|www\.)?doi\.org/", url or "", re.IGNORECASE) else None


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
    return f"title:{hashlib.sha256(signed_key(title).encode()).hexdigest()[:16]}"


def distinct_id(paper: Paper) -> str:
    """The id of a paper without arXiv id and DOI whose title another paper has as well: its first author and year
    are hashed with the title."""
    text = f"{signed_key(paper.title)}|{title_key((paper.authors or ('',))[0])}|{paper.year or ''}"
    return f"title:{hashlib.sha256(text.encode()).hexdigest()[:20]}"


def is_distinct_id(paper_id: str) -> bool:
    """Whether it is an id that only `distinct_id` gives, so that a record with it comes from our own export."""
    return re.fullmatch(r"title:[0-9a-f]{20}", paper_id) is not None


def is_title_hash(paper_id: str) -> bool:
    """Whether the id says only the title is known, so that a record with a real id may be the same paper."""
    return paper_id.startswith("title:")
