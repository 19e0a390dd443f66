"""Which papers does a question name, and which names does it use that the library does not hold?

Names come as systems ("OVOR's", "reprog bert"), titles, author and year ("Lee 2023"), arXiv ids and DOIs, or markers
of this conversation ("[2]"). A name that nobody in the library uses is reported: that is how a question about a
paper that is not there ends in an honest no.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from app.core.names import GENERIC, Mention, mentions
from app.core.ports import KeywordIndex, PaperStore

_ARXIV_ID = re.compile(r"(?<![\d.])(\d{4}\.\d{4,5})(?:v\d+)?(?![\d.]*\d)")
_DOI = re.compile(r"\b10\.\d{4,9}/[^\s\"<>?]+")
_MARKER = re.compile(r"\[(\d{1,3})\]")
_AUTHOR_YEAR = re.compile(
    r"\b([A-Z][\w'’-]+)(?:\s+(?:et\s+al\.?|and\s+[A-Z][\w'’-]+|&\s+[A-Z][\w'’-]+))?(?:['’]s)?,?\s+\(?((?:19|20)\d\d)\)?"
)
_JOINS = re.compile(r"\s+(?:and|or|vs\.?|versus|with|against|than|to|from)\s+")
# An unmarked word counts as a name when at least this share of the papers that use it introduce it as a name.
_NAME_SHARE = 0.25
# Of an abbreviation ("LDP") more, because other papers write it for other things.
_ABBREVIATION_SHARE = 0.5
_MOST_MEANINGS = 5
# A described side stands for a paper when this share of its words, weighted by rarity, is in the paper's title.
_TITLE_SHARE = 0.7
COMPARES = re.compile(
    r"\b(?:compar\w+|contrast\w*|differ\w*|versus|vs\.?|in common|similarit\w+|similar to|better than|worse than|as opposed to|"
    r"tell apart|trade-?offs? between)(?!\w)|\b(?:which|who|better|more|less|fewer|larger|smaller|faster)\b.*\bor\b",
    re.IGNORECASE,
)
_SIDES = re.compile(
    r"\s*(?:[,;:?]|\b(?:and|or|vs\.?|versus|compared (?:to|with)|than|from|with|against|between|compare|contrast|differ|in what)\b)\s*",
    re.IGNORECASE,
)
_COMPARING_STEMS = frozenset("compar differ contrast versus better wors more less similar common relat paper".split())

# How a side begins that is not yet what it is about.
_SIDE_LEAD = re.compile(
    r"^(?:\s*(?:how|does|do|did|is|are|was|were|the|a|an|papers?|work|about|of|what|which|difference|differences|between)\b)+\s*"
    r"(?:(?:on|about)\s+)?",
    re.IGNORECASE,
)
# A point to compare on, not a side: "on accuracy", "in terms of cost", "when data is scarce".
_POINT = re.compile(
    r"^\s*(?:on|in|for|at|by|regarding|when|if|while|under|across|per|both|each|it|they|them|terms)\b", re.IGNORECASE
)
_JOINED_BY = frozenset(
    {"and", "or", "vs", "vs.", "versus", "with", "from", "to", "against", "than", "compared to", "compared with"}
)

Span = tuple[int, int, tuple[str, ...]]
Missing = tuple[int, str, bool]


@dataclass(frozen=True, slots=True)
class Named:
    """What resolving gave: `papers` in the order of the question; `missing` names as the person wrote them;
    `certain`, those of them that can only be names; `spans` of the text that named something, as (start, end, ids)."""

    papers: tuple[str, ...]
    missing: tuple[str, ...]
    certain: tuple[str, ...]
    spans: tuple[Span, ...]


def resolve(text: str, keyword: KeywordIndex, store: PaperStore, markers: Mapping[int, str] | None = None) -> Named:
    """Resolve the names in `text`; `markers` maps this conversation's markers to paper ids."""
    spans: list[Span] = []
    missing: list[Missing] = []

    def free(start: int, end: int) -> bool:
        return all(end <= s or start >= e for s, e, _ in spans)

    for match in _MARKER.finditer(text):
        known = (markers or {}).get(int(match.group(1)))
        spans.append((match.start(), match.end(), (known,) if known else ()))
        if not known:
            missing.append((match.start(), match.group(), True))
    for pattern in (_DOI, _ARXIV_ID):
        for match in pattern.finditer(text):
            paper_id = match.group(1) if pattern is _ARXIV_ID else match.group().rstrip(".,;)").lower()
            if free(*match.span()):
                there = tuple(store.get([paper_id]))
                spans.append((*match.span(), there))
                if not there:
                    missing.append((match.start(), match.group(), True))
    for match in _AUTHOR_YEAR.finditer(text):
        surname, year = match.group(1), int(match.group(2))
        there = tuple(keyword.by_author(surname, year))
        if there and free(*match.span()):
            spans.append((*match.span(), there if len(there) <= _MOST_MEANINGS else ()))
        elif not there and free(*match.span()) and _is_surname(text, match):
            spans.append((*match.span(), ()))
            missing.append((match.start(), match.group().strip(), True))
    found = mentions(text)
    _resolve_mentions(found, keyword, spans, missing)
    comparing = COMPARES.search(text) is not None
    if comparing or not (any(ids for _, _, ids in spans) or any(sure for _, _, sure in missing)):
        _add_used_by_one_paper(found, keyword, spans, every_marked=comparing)
    if comparing:
        _add_described_sides(text, keyword, store, spans, missing)
    ordered = sorted(spans)
    papers = dict.fromkeys(paper for _, _, ids in ordered for paper in ids)
    certain = dict.fromkeys(name for _, name, sure in sorted(missing) if sure)
    return Named(
        tuple(papers),
        tuple(dict.fromkeys(name for _, name, _ in sorted(missing))),
        tuple(certain),
        tuple(ordered),
    )


def _is_surname(text: str, match: re.Match[str]) -> bool:
    """ "Vaswani et al. 2017" and "Vaswani (2017)" name a paper; "In 2017" and "CIFAR 2017" may not."""
    written_so = "et al" in match.group() or "(" in match.group() or " and " in match.group() or "&" in match.group()
    return written_so and match.group(1).lower() not in {
        "in",
        "since",
        "before",
        "after",
        "from",
        "until",
        "during",
    }


def _resolve_mentions(
    found: list[Mention],
    keyword: KeywordIndex,
    spans: list[Span],
    missing: list[Missing],
) -> None:
    """Longest mention first, so that "Model Breadcrumbs" is not read as "Model". Known names first of all, so that
    a run of capitals around a known name is never called missing."""
    names = keyword.by_name(list(dict.fromkeys(key for m in found for key in (m.key, m.key.rstrip("s")))))

    def free(mention: Mention) -> bool:
        return all(mention.end <= s or mention.start >= e for s, e, _ in spans)

    for mention in found:
        # A whole title, before words of it can be taken for names of their own.
        if mention.certain and free(mention) and len(mention.text.split()) >= 4:
            titled = keyword.titles_with_phrase(mention.text)
            if titled and len(titled) <= _MOST_MEANINGS:
                spans.append((mention.start, mention.end, tuple(titled)))
    for mention in found:
        ids = names.get(mention.key) or names.get(mention.key.rstrip("s"), [])
        in_title = any(m.marked and m.start <= mention.start and m.end >= mention.end and m != mention for m in found)
        if ids and free(mention) and _is_meant(mention, len(ids), keyword, in_title):
            spans.append((mention.start, mention.end, tuple(ids)))
    for mention in found:
        if mention.marked and free(mention) and " " in mention.text.strip():
            titled = keyword.titles_with_phrase(mention.text)
            if titled and len(titled) <= _MOST_MEANINGS and len(mention.text.split()) >= 3:
                spans.append((mention.start, mention.end, tuple(titled)))
            elif not keyword.papers_with_phrase(mention.text) and not _JOINS.search(mention.text):
                if not _has_author(mention.text, keyword):
                    missing.append((mention.start, mention.text, mention.certain))
                spans.append((mention.start, mention.end, ()))
    for mention in found:
        if mention.marked and free(mention) and " " not in mention.text.strip():
            bare = re.sub(r"['’]s?$", "", mention.text)
            if _is_unknown_word(bare, keyword):
                missing.append((mention.start, bare, mention.certain))
            spans.append((mention.start, mention.end, ()))


def _add_used_by_one_paper(found: list[Mention], keyword: KeywordIndex, spans: list[Span], every_marked: bool) -> None:
    """Names that no paper introduces as its own but exactly one paper uses ("xP3") stand for that paper. In a
    comparison any word written as a name may ("BLOOMZ"); else only what can be nothing but a name."""
    taken = [(start, end) for start, end, ids in spans if ids]
    for mention in found:
        if mention.certain or (every_marked and mention.marked):
            if any(mention.start < end and mention.end > start for start, end in taken):
                continue
            ids = keyword.papers_with_phrase(re.sub(r"['’]s?$", "", mention.text))
            if len(ids) == 1:
                spans.append((mention.start, mention.end, tuple(ids)))
                taken.append((mention.start, mention.end))


def _add_described_sides(
    text: str, keyword: KeywordIndex, store: PaperStore, spans: list[Span], missing: list[Missing]
) -> None:
    """Sides of a comparison given by words of a title ("the pretraining task diversity paper"): a stretch between
    "and", "or", "versus" and the like stands for the paper whose title has its rarest words.

    Once two sides are known, only stretches after the first are sides; what stands before is the question itself. A
    stretch joined to the only known side that no title fits is a side the library does not hold."""
    joints = list(_SIDES.finditer(text))
    edges = [0, *(edge for match in joints for edge in match.span()), len(text)]
    joined_by = ["", *(match.group().strip().lower() for match in joints)]
    taken = [(start, end) for start, end, ids in spans if ids]
    taken += [(start, start + len(name)) for start, name, _ in missing]
    found = [span for span in spans if span[2]]
    for start, end, joint in zip(edges[::2], edges[1::2], joined_by, strict=True):
        lead = _SIDE_LEAD.match(text[start:end])
        start += lead.end() if lead else 0
        is_point = _POINT.match(text[start:end]) is not None
        known_before = any(e <= start for _, e in taken)
        if (
            any(start < e and end > s for s, e in taken)
            or is_point
            or (len(found) + len(missing) > 1 and not known_before)
        ):
            continue
        paper = _described(text[start:end], keyword, store)
        if paper:
            spans.append((start, end, (paper,)))
            found.append(spans[-1])
        elif len(found) == 1 and not missing and joint in _JOINED_BY and keyword.terms(text[start:end]):
            missing.append((start, text[start:end].strip(), False))


def _described(side: str, keyword: KeywordIndex, store: PaperStore) -> str | None:
    terms = [term for term in dict.fromkeys(keyword.terms(side)) if term not in _COMPARING_STEMS]
    total = sum(keyword.idf(term) for term in terms)
    hits = keyword.search(side, 3) if len(terms) >= 2 else []
    papers = store.get([hit.paper_id for hit in hits])
    for paper in papers.values():
        have = set(keyword.terms(paper.title))
        if sum(keyword.idf(term) for term in terms if term in have) >= _TITLE_SHARE * total:
            return paper.id
    return None


def _is_unknown_word(word: str, keyword: KeywordIndex) -> bool:
    """Whether nobody in the library uses the word or is called so; a plural counts as known by its singular, and
    two capitals ("UI", "MB") are an abbreviation rather than a name."""
    if len(word) < 3 or word.casefold() in GENERIC or word.rstrip("s").casefold() in GENERIC:
        return False
    spellings = {word, word.rstrip("s")}
    return not any(keyword.papers_with_phrase(spelling) or _has_author(spelling, keyword) for spelling in spellings)


def _has_author(text: str, keyword: KeywordIndex) -> bool:
    return bool(keyword.by_author(text.split()[-1], None))


def _is_meant(mention: Mention, meanings: int, keyword: KeywordIndex, in_title: bool) -> bool:
    """Whether a stretch that equals a known name is meant as one: so written that it can be nothing else, or a word
    (or words) that the library uses for little else. `in_title`: it stands in a longer run of capitals. "instructions" is not the data set Natural Instructions, "painter" is Painter."""
    if meanings > _MOST_MEANINGS or mention.key in GENERIC:
        return False
    is_abbreviation = mention.marked and mention.text.isupper()
    if mention.certain or (mention.marked and not is_abbreviation and not in_title):
        return True
    share = _ABBREVIATION_SHARE if is_abbreviation else _NAME_SHARE
    return meanings >= share * len(keyword.papers_with_phrase(mention.text))
