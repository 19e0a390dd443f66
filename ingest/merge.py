"""Two records of one paper as one. The rule, field by field:

- title and abstract come from the newer record: the higher arXiv version, else the later day of change; where the
  records do not say, from the one read later, or within one run from the one read first;
- but a text that is only the cut beginning of the other one ("We study newts and ...") never counts as the newer;
- authors: the longer list; categories: all of either; flags: those of the text that was taken;
- year, venue, link, DOI and date come from the record whose text was taken, and from the other where it has none;
- the id is the arXiv id if either has one, else the DOI, else the title hash.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from app.core.domain import Paper, abstract_key, title_key
from app.core.names import family_name, name_key
from app.core.title_signs import signed_key
from ingest.identify import arxiv_id, is_title_hash

# Many papers have these titles: without author or year they say nothing.
_COMMON = frozenset(
    title_key(title)
    for title in """introduction preface foreword editorial commentary conclusion conclusions discussion summary abstract
    erratum errata corrigendum correction reply response comment obituary appendix acknowledgments acknowledgements
    letter-to-the-editor book-review in-memoriam table-of-contents front-matter guest-editorial authors-reply
    introduction-to-the-special-issue overview review news""".split()
)

_CUT = re.compile(
    r"(?:…|\.\s?\.\s?\.)\s?[\[(]?(?:(?:read |show |see )?more|truncated|continued)?[\])}\"'”’>]{0,3}\s*$", re.IGNORECASE
)
_LONGEST_CUT = 40

# Where more papers than this share a title, not each is asked about.
_MANY = 50


def merged(old: Paper, new: Paper, *, new_wins: bool = True) -> Paper:
    """`old` (as the library has it) and `new` (as just read) as one paper. `new_wins` decides where neither record
    says which is newer."""
    newer = _newer(old, new)
    newest, older = (new, old) if newer or (newer is None and new_wins) else (old, new)
    taken, other = (older, newest) if is_cut(newest.abstract, older.abstract) else (newest, older)
    longest = max((taken.authors, other.authors), key=len)
    return replace(
        taken,
        id=best_id(old.id, new.id),
        authors=longest,
        categories=tuple(dict.fromkeys((*old.categories, *new.categories))),
        year=taken.year or other.year,
        venue=taken.venue or other.venue,
        url=taken.url or other.url,
        doi=taken.doi or other.doi,
        published=taken.published or other.published,
        # Those of the newer record, also where its text was cut: what it was cut from is no older.
        version=newest.version or older.version,
        updated=newest.updated or older.updated,
    )


def _newer(old: Paper, new: Paper) -> bool | None:
    """Whether `new` has the newer text; None if the records do not say."""
    if old.version and new.version and old.version != new.version:
        return new.version > old.version
    if old.updated and new.updated and old.updated != new.updated:
        return new.updated > old.updated
    return None


def is_cut(text: str, whole: str) -> bool:
    """Whether `text` ends in dots and all before them begins `whole`, spaces, punctuation and capitals aside."""
    if not (end := _cut_off(text)):
        return False
    too = _cut_off(whole)
    beginning, more = title_key(text.removesuffix(end)), title_key(whole.removesuffix(too))
    return more.startswith(beginning) and (len(more) > len(beginning) or not too)


def _cut_off(text: str) -> str:
    """The dots that a cut text ends in, with what else says so."""
    end = _CUT.search(text[-_LONGEST_CUT:])
    return end.group() if end else ""


def best_id(one: str, other: str) -> str:
    """The id that says most: an arXiv id before a DOI before a title hash; `one` of two of a kind."""
    return min((one, other), key=_kind)


def _kind(paper_id: str) -> int:
    return 2 if is_title_hash(paper_id) else 0 if arxiv_id(paper_id) else 1


def best_first(papers: Sequence[Paper]) -> list[Paper]:
    """The papers in the order of what their ids say."""
    return sorted(papers, key=lambda paper: (_kind(paper.id), paper.id))


def as_known(record: Paper, same: Sequence[Paper]) -> Paper:
    """The record with what is known of the papers that it is of, as far as identity goes."""
    known = replace(record)
    for paper in same:
        known = replace(
            known,
            id=best_id(known.id, paper.id),
            doi=known.doi or paper.doi,
            authors=known.authors or paper.authors,
            year=known.year or paper.year,
        )
    return known


def likeliest(record: Paper, titled: Sequence[Paper]) -> list[Paper]:
    """Of the papers that have the record's title those worth asking about: where there are very many ("Editorial"),
    those by its first author, those without any, and a few others."""
    if len(titled) <= _MANY or not record.authors:
        return list(titled)
    family = _name(record.authors[0])[1]
    near = [paper for paper in titled if not paper.authors or _name(paper.authors[0])[1] == family]
    return near + [paper for paper in titled[:_MANY] if paper not in near]


def same_paper(one: Paper, other: Paper) -> bool | None:
    """Whether two papers with the same title are one; None if nobody can tell.

    Two arXiv ids or two DOIs make two papers, which may still be a preprint and its printed form. Otherwise the first
    author decides, or where a record has none, the year; a record that has neither is taken for the same paper, unless
    the title is one that many papers have ("Editorial"). Titles that differ in a sign ("C++", "C#") are those of one paper
    only if the abstracts are the same.
    """
    verdict = _by_author_or_year(one, other)
    return None if verdict and differ_in_sign(one, other) else verdict


def differ_in_sign(one: Paper, other: Paper) -> bool:
    """Whether the titles differ in a sign that matters, and the abstracts do not say that it was only lost."""
    if title_key(one.title) != title_key(other.title) or signed_key(one.title) == signed_key(other.title):
        return False
    return abstract_key(one.abstract) != abstract_key(other.abstract)


def _by_author_or_year(one: Paper, other: Paper) -> bool | None:
    if _kind(one.id) == _kind(other.id) == 0 and one.id != other.id:
        return None
    if one.doi and other.doi and one.doi != other.doi:
        return None
    same_year = one.year == other.year if one.year and other.year else None
    common = title_key(one.title) in _COMMON
    if one.authors and other.authors:
        if _same_person(one.authors[0], other.authors[0]):
            return not (common and same_year is False)
        # Other order of authors, other spelling? Of another year it is another paper with a common title.
        return False if same_year is False else None
    if common and one.abstract != other.abstract:
        return None
    return None if same_year is False else True


def _same_person(one: str, other: str) -> bool:
    """Whether two spellings ("Ada Newt", "Newt, A.", "Newt A") share a word that is no initial, the family name of
    either among them."""
    (words, family), (others, other_family) = _name(one), _name(other)
    return any(key in words and key in others for key in (family, other_family))


# One title may be that of thousands of papers, and each is asked about each.
@lru_cache(maxsize=20_000)
def _name(author: str) -> tuple[frozenset[str], str]:
    """The words of a name as they are compared, and its family name."""
    words = (title_key(name_key(word)) for word in author.replace(",", " ").replace(".", " ").split())
    return frozenset(word for word in words if word), family_name(author)
