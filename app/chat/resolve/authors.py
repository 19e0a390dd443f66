"""Papers named by who wrote them and when: "Lee 2023", "Lee and Kim (2023)", "the 2023 paper by Lee", "Raffel's paper"."""

from __future__ import annotations

import re
from dataclasses import dataclass

from app.adapters.keyword import STOP_WORDS
from app.chat.resolve.readings import MOST_MEANINGS, Ledger
from app.core.keys import family_name
from app.core.names import looks_like_name
from app.core.people import same_person
from app.core.ports import KeywordIndex, PaperStore

_PARTICLE = r"(?:(?:van|von|de|der|den|la|le|di|da|dos|del|el|al|bin|ten|ter)\s+){0,3}"
_NAME = rf"(?:{_PARTICLE}[^\W\d_a-zß-ÿ][^\W\d_]*(?:['’-][^\W\d_]{{2,}})*)"
_GIVEN = r"(?:[^\W\d_a-zß-ÿ][\w.’-]*\s+){0,2}"
_YEAR = r"(?:(?:19|20)\d\d)"
_WORK = r"(?:paper|work|article|study|preprint|publication)"
# "Wang's work" may be all that Wang has written, which is a filter rather than one paper's name.
_ONE_WORK = r"(?:paper|article|study|preprint|publication)"
_WITH = rf"(?:(?:,\s*{_NAME})*,?\s+(?:and|&)\s+{_NAME}|\s+(?:and\s+(?:colleagues|others)|et\.?\s+al\.?))"
# Each gives the family names in "who", what stands before the first of them in "given".
_WAYS = (
    # Lee 2023, Lee et al. (2023), Lee and Kim, 2023, Lee et al.'s 2023 paper
    re.compile(
        rf"(?P<given>{_GIVEN})(?<![\w-])(?P<who>{_NAME}{_WITH}?)(?:['’]s?)?,?\s+\(?(?P<year>{_YEAR})[a-d]?(?:\)|(?!\w))(?:\s+{_WORK}\b(?!s))?"
    ),
    # the 2023 paper by Lee
    re.compile(
        rf"\b(?:the\s+)?(?P<year>{_YEAR})\s+{_WORK}\s+(?:written\s+)?(?:by|of|from)\s+(?P<given>{_GIVEN})(?<![\w-])(?P<who>{_NAME}{_WITH}?)"
    ),
    # the paper by Lee from 2023
    re.compile(
        rf"\b(?:the|this|that)\s+{_WORK}\s+(?:written\s+)?(?:by|of|from)\s+(?P<given>{_GIVEN})(?<![\w-])(?P<who>{_NAME}{_WITH}?)"
        rf"(?:\s+(?:from|in|of|published in)\s+(?P<year>{_YEAR}))?"
    ),
    # Raffel's paper, the Raffel et al. paper, Raffel et al.
    re.compile(rf"(?P<given>{_GIVEN})(?<![\w-])(?P<who>{_NAME}{_WITH}?)(?:['’]s?)\s+{_ONE_WORK}\b(?!s)(?P<year>(?!))?"),
    re.compile(
        rf"(?P<given>{_GIVEN})(?<![\w-])(?P<who>{_NAME}\s+et\.?\s+al\b\.?)(?P<year>(?!))?(?:['’]s)?(?:\s+{_WORK}\b(?!s))?"
    ),
)
# As a person types in a hurry; only somebody who has written a paper here counts.
_LOWER = re.compile(
    rf"(?<![\w-])(?P<given>)(?P<who>[a-zß-ÿ][\w’-]+(?:\s+and\s+[a-zß-ÿ][\w’-]+|\s+et\.?\s+al\.?)?),?\s+\(?(?P<year>{_YEAR})[a-d]?(?:\)|(?!\w))"
    rf"|(?<![\w-])(?P<whose>[a-zß-ÿ][\w-]+)['’]s\s+(?:(?P<its>{_YEAR})\s+)?{_WORK}\b(?!s)"
)
MONTHS = frozenset(
    "january february march april may june july august september october november december spring summer autumn fall winter".split()
)
# "At Interspeech 2023", "since Monday 2024": a time or a meeting.
_AT = re.compile(r"\b(?:at|since|until|till|before|after|during|around|from|on|for)\s+(?:the\s+)?$", re.IGNORECASE)
# "papers by Lee 2023" asks for all of them, which is a filter.
_ALL_BY = re.compile(
    r"\b(?:papers|works|articles|publications|abstracts|studies|anything)\b[^,;?]{0,30}\b(?:by|from|of)\s+$", re.I
)
# So many candidates are looked at for who comes first and for given names.
_MOST_READ = 300


@dataclass(frozen=True, slots=True)
class Cited:
    """A citation in words. `marked`: written so that it can be nothing else ("et al.", a year in brackets, two
    names)."""

    start: int
    end: int
    text: str
    given: str
    given_start: int
    names: tuple[str, ...]
    year: int | None
    marked: bool
    first: bool


def read_authors(ledger: Ledger, keyword: KeywordIndex, store: PaperStore) -> list[Cited]:
    """Read citations in words; what is left are those whose people or year the library does not have."""
    unknown: list[Cited] = []
    for cited in _citations(ledger.text):
        if not ledger.free(cited.start, cited.end) or _ALL_BY.search(ledger.text[: cited.start]):
            continue
        papers, start = _papers(cited, keyword, store)
        if papers:
            sure = 0.95 if cited.marked else 0.9
            ledger.read(start, cited.end, papers, sure if len(papers) == 1 else sure / len(papers), "author and year")
        elif cited.names[0][:1].isupper():
            unknown.append(cited)
    return unknown


def miss_authors(ledger: Ledger, unknown: list[Cited], keyword: KeywordIndex) -> None:
    """Citations of people or years that are not here; after names were read, as "Painter's paper" is no person's."""
    for cited in unknown:
        if not ledger.free(cited.start, cited.end):
            continue
        name = cited.names[0]
        is_author = bool(keyword.by_author(name, None))
        word = name.casefold()
        if not (cited.marked or is_author) and (
            looks_like_name(name) or word in STOP_WORDS or word in MONTHS or keyword.papers_with_phrase(name)
        ):
            continue
        if cited.year is None and not cited.marked and not is_author:
            continue  # "the Transformer's paper": said missing by its name, if it is
        if not cited.first and (
            word in MONTHS | STOP_WORDS or (not cited.marked and _AT.search(ledger.text[: cited.start]))
        ):
            continue
        ledger.miss(cited.start, cited.end, True, cited.text)


def _citations(text: str) -> list[Cited]:
    found: list[Cited] = []
    for way, pattern in enumerate((*_WAYS, _LOWER)):
        for match in pattern.finditer(text):
            who = match["who"] if way < len(_WAYS) else match["who"] or match["whose"]
            year = match["year"] or (match["its"] if way == len(_WAYS) else None)
            names = [re.sub(r"['’]s?$", "", name) for name in _people(who)]
            if not names or (way == len(_WAYS) and (names[0] in STOP_WORDS | MONTHS) and "et al" not in who):
                continue
            start = match.start("who") if way in {0, 3, 4} else match.start()
            marked = len(names) > 1 or bool(re.search(r"\bet\.?\s+al\b|\bcolleagues\b", who)) or "(" in match.group()
            given = (match["given"] or "").strip()
            said = text[start : match.end()].strip().rstrip(",")
            said = said.rstrip(")") if "(" not in said else said
            first = bool(re.search(r"\bet\.?\s+al\b|\bcolleagues\b", who)) or len(names) > 1
            at = match.start("given") if way in {0, 3, 4} else start
            found.append(
                Cited(start, match.end(), said, given, at, tuple(names), int(year) if year else None, marked, first)
            )
    return found


def _people(who: str) -> list[str]:
    who = re.sub(r"\s+(?:and\s+(?:colleagues|others)|et\.?\s+al\b\.?)", "", who)
    return [name.strip() for name in re.split(r",|\s+and\s+|&", who) if name.strip()]


def _papers(cited: Cited, keyword: KeywordIndex, store: PaperStore) -> tuple[list[str], int]:
    """The papers that fit, and where the citation begins if a given name before it fits too."""
    ids = keyword.by_author(cited.names[0], cited.year)
    for name in cited.names[1:]:
        others = set(keyword.by_author(name, cited.year))
        ids = [paper for paper in ids if paper in others]
    if not ids or len(ids) > _MOST_READ:
        return ids, cited.start
    start = cited.start
    if cited.given:
        papers = store.get(ids)
        person = f"{cited.given} {cited.names[0]}"
        fitting = [paper.id for paper in papers.values() if any(same_person(person, a) for a in paper.authors)]
        if fitting:
            ids, start = fitting, cited.given_start
    if len(ids) > 1 and (cited.first or len(ids) > MOST_MEANINGS):
        # "Lee et al." is named after its first author, as a list too long to be meant most likely is.
        papers = store.get(ids)
        leads = [
            p.id for p in papers.values() if p.authors and family_name(p.authors[0]) == family_name(cited.names[0])
        ]
        ids = leads or ids
    return ids, start
