"""The people whose papers a question asks for: "by Raffel", "Raffel's papers", "what has Colin Raffel written?".

"By" stands before many things that nobody is called. A name is one where the library has such an author, or where it is
so written that it can only be a person's, so that "papers by Raffel" is not answered with papers of others.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from app.chat.library_view import LibraryView

PAPERS = r"papers?|articles?|works?|publications?|preprints?|abstracts?|manuscripts?|studies|research|anything|something|everything|stuff"
_WRITTEN = r"written|co-?written|authored|co-?authored|published|posted|submitted"
_MADE = rf"{_WRITTEN}|proposed|introduced|presented|developed|released|created|invented|designed|built"
_BY = re.compile(
    rf"\b(?:(?P<verb>{_MADE})\s+)?(?:only\s+)?by\s+(?:either\s+|both\s+|the\s+authors?\s+|authors?\s+)?", re.IGNORECASE
)
_WROTE = re.compile(
    r"\b(?:has|have|had|did|does|do)\s+(?=\S)(?P<names>.{2,80}?)\s+"
    r"(?:(?P<sure>(?:ever\s+|already\s+)?(?:co-?)?(?:written|authored|published|publish|write|author))|"
    r"(?:say|think|propose|report|argue|find|found|show|claim|conclude|proposed|reported|argued|shown))\b",
    re.IGNORECASE,
)
_OWN = re.compile(
    r"(?<=\w)(?P<own>['’]s|(?<=s)['’])\s+(?:(?:own|other|recent|latest|newest|first|early|earlier|published|previous|research)\s+){0,2}"
    rf"(?=(?:{PAPERS})\b)",
    re.IGNORECASE,
)
_OF = re.compile(rf"\b(?:{PAPERS})\s+(?P<of>of|from)\s+(?:authors?\s+)?", re.IGNORECASE)
_AUTHOR = re.compile(
    r"\b(?:with\s+|whose\s+|where\s+(?:the\s+)?|of\s+)?(?:the\s+)?(?:co-?)?authors?(?:\s+(?:is|are|was|were|named|called)\s+|\s*[:=]\s*|\s+)(?=[A-Z])"
)
_IS_AUTHOR = re.compile(
    r"\b(?:where|with|that|which)\s+(?P<names>[A-Z].{1,60}?)\s+(?:is|are|was|were|as)\s+(?:an?\s+|one\s+of\s+the\s+|the\s+)?(?:co-?)?authors?\b"
)
_WITH = re.compile(r"\b(?:co-?)?(?:authored|written)\s+with\s+", re.IGNORECASE)
_TOKEN = re.compile(r"[^\W\d_](?:[\w'’-]*\w)?\.?(?:-[^\W\d_]\.)?")
_JOIN = re.compile(r"\s*,?\s+(?P<or>or)\s+|\s*,?\s+(?:and|&)\s+|\s*,\s+", re.IGNORECASE)
_OTHERS = re.compile(
    r"['’]s\s+(?:group|lab|team)\b|,?\s+(?:et\s+al\b\.?|(?:and|&)\s+(?:(?:his|her|their)\s+)?(?:colleagues|others|co-?authors?|co-?workers|collaborators|team|group))",
    re.IGNORECASE,
)
_TITLES = re.compile(r"(?:prof(?:essor)?|dr|mr|mrs|ms)\b\.?\s+", re.IGNORECASE)
_PARTICLES = frozenset("de van von der den di da del della la le bin ibn al ten ter dos du".split())
_NOBODY = frozenset(
    """january february march april may june july august september october november december monday tuesday wednesday
    thursday friday saturday sunday i the a an this that these those it its my your our their default hand design chance year
    years date topic category categories author authors venue venues title name number means using them him her us me whom who
    what which papers relevance citations people anyone someone others many all any some each one two first last""".split()
)
# A capital in the middle, as family names have it.
_FAMILY_CAPITAL = re.compile(r"(?:Mc|Mac|De|Le|La|Van|Von|Di|Du|Da|Del|El|Al|O['’]|D['’]|Fitz)[A-Z][a-zà-ÿ]+")
_PASSIVE = re.compile(r"(?:ed|given|shown|driven|led|made|built|done|taken|found|known|used|run|won|held|taught|bound|caused|is|are|was|were|be|been|step|one|side|day|not|than)$", re.IGNORECASE)  # fmt: skip
_LONGEST = 5


@dataclass(frozen=True, slots=True)
class People:
    """A stretch of a question and the people it names: any of them, or all."""

    start: int
    end: int
    names: tuple[str, ...]
    every: bool


Free = Callable[[int, int], bool]


def people(text: str, library: LibraryView, free: Free) -> Iterator[People]:
    """The people whose papers the text asks for; `free` says whether a stretch names no paper."""
    for match in _BY.finditer(text):
        before = text[: match.start()].rstrip()
        asks = match["verb"] is not None and re.fullmatch(_WRITTEN, match["verb"], re.IGNORECASE) is not None
        asks = (
            asks
            or re.search(rf"\b(?:{PAPERS})(?:\s+(?:that|which)?\s*(?:are|were|is))?$", before, re.IGNORECASE)
            is not None
        )
        done_by = re.sub(r"\s+\w+ly$", "", before).rpartition(" ")[2]
        if not asks and not match["verb"] and _PASSIVE.search(done_by):
            continue
        start = match.start() if asks or not match["verb"] else match.end("verb") + 1
        yield from _named(text, start, match.end(), library, free, sure=asks)
    for match in _WITH.finditer(text):
        yield from _named(text, match.start(), match.end(), library, free, sure=True)
    for match in _OF.finditer(text):
        yield from _named(text, match.start("of"), match.end(), library, free, known=match["of"].lower() == "from")
    for match in _AUTHOR.finditer(text):
        if not re.search(r"\b(?:who|what|which)\s+(?:is|are|was|were)?\s*$", text[: match.start()], re.IGNORECASE):
            yield from _named(text, match.start(), match.end(), library, free, sure=True)
    for pattern in (_WROTE, _IS_AUTHOR):
        for match in pattern.finditer(text):
            sure = pattern is _IS_AUTHOR or match["sure"] is not None
            for found in _named(text, match.start(), match.start("names"), library, free, sure=sure, known=not sure):
                if found.end == match.end("names"):
                    yield People(found.start, match.end(), found.names, found.every)
    for match in _OWN.finditer(text):
        start = _begins(text, match.start())
        if start < match.start() and free(start, match.start()):
            name = text[start : match.start()]
            if library.has_family(name) or _only_a_person(name, library):
                yield People(start, match.start() + len(match["own"]), (name,), False)


def _begins(text: str, end: int) -> int:
    """Where the name that ends here begins: its capitalised words, without the first word of a question."""
    start = end
    for token in reversed(list(_TOKEN.finditer(text, 0, end))):
        between = text[token.end() : start]
        capital = _is_capital(token.group()) or token.group().lower() in _PARTICLES
        first = not text[: token.start()].strip() and start < end and not between.strip() and _opens(token.group())
        if (start < end and between != " ") or not capital or first or token.group().lower() in _NOBODY:
            break
        start = token.start()
    return start


def _opens(word: str) -> bool:
    """Whether a word at the beginning of a question is more likely that than a given name."""
    return word.lower() in {"show", "list", "find", "give", "which", "what", "are", "is", "do", "does", "all", "any", "in", "from", "count", "how", "did", "has", "summarize", "summarise", "and", "compare"}  # fmt: skip


def _named(
    text: str, start: int, at: int, library: LibraryView, free: Free, sure: bool = False, known: bool = False
) -> Iterator[People]:
    """The people named from `at` on. `sure`: only people can stand here; `known`: only who the library knows counts."""
    names: list[str] = []
    end, any_of = at, False
    while True:
        title = _TITLES.match(text, at)
        first, last = _name(
            text, title.end() if title else at, library, lower=sure and (not names or names[-1].islower())
        )
        name = text[first:last]
        if not name or not free(first, last) or not _is_one(name, library, sure and not names, known):
            break
        names.append(name)
        others = _OTHERS.match(text, last)
        end = others.end() if others else last
        join = _JOIN.match(text, end)
        if not join:
            break
        any_of = any_of or join["or"] is not None
        at = join.end()
    if names:
        yield People(start, end, tuple(names), len(names) > 1 and not any_of)


def _name(text: str, at: int, library: LibraryView, lower: bool) -> tuple[int, int]:
    """Where the name that begins here begins and ends; an empty stretch if none does. A name in small letters
    (`lower`) has to be one of the library's."""
    end, last_capital, count = at, at, 0
    while count < _LONGEST and (token := _TOKEN.match(text, end + 1 if count else at)):
        if count and text[end] != " ":
            break
        word = token.group()
        capital = _is_capital(word) and word.lower() not in _NOBODY
        if not capital and not (word.lower() in _PARTICLES and text[token.end() : token.end() + 2].strip()):
            break
        initial = len(word.strip(".")) == 1 or re.fullmatch(r"[^\W\d_]\.-[^\W\d_]\.", word)
        end = token.end() if initial or not word.endswith(".") else token.end() - 1
        count += 1
        if capital:
            last_capital = end
        if word.endswith(".") and not initial:
            break
    if last_capital > at or not lower:
        owned = re.search(r"['’]s?$", text[at:last_capital])
        return at, at + owned.start() if owned else last_capital
    for size in (2, 1):
        words = re.compile(rf"[^\W\d_][\w'’-]*(?: [^\W\d_][\w'’-]*){{{size - 1}}}(?!\w)").match(text, at)
        if words and not _NOBODY & set(words.group().lower().split()) and library.has_person(words.group()):
            return words.span()
    return at, at


def _is_capital(word: str) -> bool:
    """Whether a word may be part of a name: it begins with a capital, or its script has none."""
    return not word[0].islower()


def _is_one(name: str, library: LibraryView, sure: bool, known: bool) -> bool:
    if name.lower() in _NOBODY:
        return False
    if known:
        return library.has_person(name)
    if library.has_family(name):
        return True
    return sure or _only_a_person(name, library)


def _only_a_person(name: str, library: LibraryView) -> bool:
    """Whether words that no author of the library is called can yet be nothing but a person's name."""
    words = name.split()
    if any(re.search(r"\d", word) or not _may_name_a_person(word) for word in words):
        return False
    if any(re.fullmatch(r"[^\W\d_]\.?(?:-[^\W\d_]\.)?", word) for word in words[:-1]):
        return True  # an initial
    if any(part[:1].islower() for word in words if word.lower() not in _PARTICLES for part in word.split("-")):
        return False
    return not library.uses(name) and not all(library.uses(word) for word in words)


def _may_name_a_person(word: str) -> bool:
    """One capital, at the beginning, or an initial, or a capital within as family names have it."""
    bare = word.rstrip(".")
    if len(bare) == 1 or word.lower() in _PARTICLES or _FAMILY_CAPITAL.fullmatch(bare):
        return True
    return all(part[1:].islower() or not part[1:] or not part.isascii() for part in re.split(r"['’-]", bare) if part)
