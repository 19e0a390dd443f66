"""The categories and venues a question asks for, and whether it asks for papers with warnings: "in cs.CL", "published in
Nature", "EMNLP papers", "flagged papers".
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.chat.library_view import LibraryView
from app.chat.read_people import PAPERS, Free
from app.core.domain import title_key

_ARCHIVES = (
    "astro-ph|cond-mat|cs|econ|eess|gr-qc|hep-ex|hep-lat|hep-ph|hep-th|math|math-ph|nlin|nucl-ex|nucl-th|physics|q-bio|q-fin|"
    "quant-ph|stat"
)
_CODE = rf"(?<![\w.-])(?:(?:{_ARCHIVES})\.(?:[a-z]{{2}}|[a-z]{{3,8}}-[a-z]{{2,8}}))(?![\w-])"
_ARCHIVE = rf"(?<![\w.-])(?:{_ARCHIVES})(?![\w.-]*\w)"
_ANY_OF = r"(?:\s*,\s*(?:(?:and|or)\s+)?|\s+(?:and|or)\s+|\s*/\s*)"
_LEAD = r"(?:(?:in|from|of|on|under|within)\s+)?(?:the\s+)?(?:(?:arxiv\s+)?(?:sub)?categor(?:y|ies)\s*(?:of\s+|:\s*|is\s+)?)?"
_CODES = re.compile(rf"\b{_LEAD}(?P<all>{_CODE}(?:{_ANY_OF}{_CODE})*)(?:\s+categor(?:y|ies)\b)?", re.IGNORECASE)
_WHOLE = re.compile(
    rf"\b(?:(?:in|from|of|under|within)\s+)?(?:the\s+)?(?:category|archive)\s*:?\s*(?P<named>{_ARCHIVE})|"
    rf"\b(?:in|from|under|within)\s+(?P<bare>{_ARCHIVE})(?=\s*(?:$|[?.,;!]|\b(?:by|since|from|in|on|about|after|before|until|between|that|which|and|published)\b))",
    re.IGNORECASE,
)
_CALLED = re.compile(
    r"\b(?:(?:in|from|of|under|within)\s+)?(?:the\s+)?category\s*:?\s*(?:of\s+)?[\"“']?(?P<name>[\w&. -]{2,60})",
    re.IGNORECASE,
)

_NEXT_TO_PAPERS = re.compile(rf"\s+(?:[\w-]+\s+){{0,2}}?(?:{PAPERS}|authors?|venues?)\b", re.IGNORECASE)

_FLAGGED = (
    (False, r"\b(?:(?:that|which)\s+(?:are|were)\s+)?(?:without|with\s+no|that\s+have\s+no|free\s+of)\s+(?:any\s+|an?\s+)?(?:warnings?|flags?)\b"),
    (False, rf"\b(?:un-?flagged|not\s+flagged)(?=\s+(?:{PAPERS})\b)|\b(?:that|which)\s+(?:are|were)\s+(?:not\s+flagged|unflagged)\b"),
    (False, r"(?<=\bare\s)(?:not\s+flagged|unflagged)(?=\s*(?:$|[?.!]))"),
    (True, rf"\b(?:flagged)(?=\s+(?:{PAPERS})\b)|\b(?:that|which)\s+(?:are|were)\s+flagged\b"),
    (True, r"(?<=\bare\s)flagged(?=\s*(?:$|[?.!]))"),
    (True, r"(?<=\bpapers\s)(?:(?:that|which)\s+have\s+|with\s+|carrying\s+)(?:an?\s+|any\s+)?(?:warnings?|flags?)\b|\bhave\s+(?:an?\s+|any\s+)?(?:warnings?|flags?)(?=\s*(?:$|[?.!]))"),
)  # fmt: skip

# Venues by the names people give them, to tell one that the library does not have from any other word.
_KNOWN = frozenset(
    """aaai aacl aamas acl acmmm aistats amia bionlp bmvc chi chil cikm coling colm colt conll corl cvpr eacl ecai eccv ecir ecml
    emnlp facct hpca icassp iccv icdar icde icdm iclr icml icra ijcai ijcnn icse interspeech iros isca ismir iui jair jmlr
    kdd lrec lreccoling mlsys miccai mm naacl naturecommunications neurips nips osdi plosone pmlr pnas recsys rss sigcomm
    siggraph sigir sigmod sosp stoc tacl thewebconf tkde tmlr tois tpami uai usenix vldb wacv wmt wsdm www""".split()
)
_PROPER = r"[A-Z][\w&+'’-]*(?:\s+(?:of|on|for|in|and|the|&)(?=\s+(?:the\s+)?[A-Z]))?"
_VENUE = rf"(?P<venue>{_PROPER}(?:\s+(?:the\s+)?(?:{_PROPER})){{0,7}}?(?:[ -]?(?:['’]\d\d|(?:19|20)\d\d))?)"
_AFTER = r"(?=\s*(?:$|[?.,;:!)]|\b(?:and|or|on|about|that|which|with|since|from|in|by|before|after|until|between|for|using|who|are|is|was|were|do|does|did|have|has|use|uses|study|published|proceedings|conference|workshop|journal|papers?)\b))"
_AT = re.compile(
    rf"(?P<sure>\b(?:published|presented|appear(?:ed|ing|s)?|accepted|out)\s+(?:at|in|to|by)\s+|\b(?:{PAPERS})\s+(?:at|in|from|of|to)\s+)"
    rf"(?:the\s+|proceedings\s+of\s+(?:the\s+)?)*{_VENUE}{_AFTER}|"
    rf"\bat\s+(?:the\s+)?{_VENUE.replace('<venue>', '<weak>')}{_AFTER}"
)
_SMALL = re.compile(
    r"\b(?:published|presented|appear(?:ed|ing|s)?|accepted)\s+(?:at|in|to|by)\s+(?P<venue>[a-z]{2,20})\b"
)
_VENUE_PAPERS = re.compile(
    rf"(?P<venue>(?:(?<![\w-])[A-Z][\w&+-]*\s+){{1,4}}(?:['’]\d\d\s+|(?:19|20)\d\d\s+)?)(?=(?:{PAPERS})\b)"
)
_FROM = re.compile(
    r"(?:\b(?:published|presented|appear(?:ed|ing|s)?|accepted)\s+)?\b(?:at|in|from|of|to|by)\s+(?:the\s+|proceedings\s+of\s+)*$",
    re.IGNORECASE,
)
_LEADS = frozenset(
    "which what list show find give all any are is do does how many me count the in at from and of recent new".split()
)

Place = tuple[int, int, tuple[str, ...]]


def categories(text: str, library: LibraryView, free: Free) -> Iterator[Place]:
    """The categories: an arXiv category is one wherever it stands; any other word only where the library has it."""
    for match in _CODES.finditer(text):
        bare = match.start() == match.start("all")
        if (
            bare
            and not _NEXT_TO_PAPERS.match(text, match.end())
            and re.search(r"\w", text[: match.start()] + text[match.end() :])
        ):
            continue  # "what is cs.CL?"
        codes = [code.group() for code in re.finditer(_CODE, match["all"], re.IGNORECASE)]
        yield match.start(), match.end(), tuple(dict.fromkeys(_spelled(code, library) for code in codes))
    for match in _WHOLE.finditer(text):
        known = library.category(match["named"] or match["bare"])
        if match["named"] or known:
            yield match.start(), match.end(), (known or match["named"],)
    for match in _CALLED.finditer(text):
        words = match["name"]
        for size in range(min(6, len(words.split())), 0, -1):
            name = re.sub(rf"^((?:\S+\s+){{{size - 1}}}\S+).*$", r"\1", words).rstrip(".")
            known = library.category(name)
            if known and known.casefold() == name.casefold():
                end = match.start("name") + len(name)
                yield match.start(), end + (text[end : end + 1] in {'"', "”", "'"}), (known,)
                break


def _spelled(code: str, library: LibraryView) -> str:
    """The category as the library spells it, else as arXiv does."""
    known = library.category(code)
    if known and known.casefold() == code.casefold():
        return known
    archive, _, part = code.partition(".")
    return f"{archive.lower()}.{part.upper() if len(part) == 2 else part.lower()}"


def flagged(text: str) -> Iterator[tuple[int, int, bool]]:
    """Where it asks for papers with, or without, a warning."""
    for wanted, pattern in _FLAGGED:
        for match in re.finditer(pattern, text, re.IGNORECASE):
            yield match.start(), match.end(), wanted


def venues(text: str, library: LibraryView, free: Free) -> Iterator[Place]:
    """The venues: words that a venue of the library begins with, or that are known as one."""
    for match in _AT.finditer(text):
        group = "venue" if match["venue"] else "weak"
        words = re.sub(r"['’]s$", "", match[group])
        if free(match.start(group), match.end(group)) and _is_venue(words, library, sure=group == "venue"):
            lead = _FROM.search(text, 0, match.start(group))
            yield lead.start() if lead else match.start(group), match.start(group) + len(words), (words,)
    for match in _SMALL.finditer(text):
        key = match["venue"]
        if free(*match.span("venue")) and (key in _KNOWN or key in {title_key(venue) for venue in library.venues()}):
            yield match.start(), match.end(), (key.upper() if key in _KNOWN else key,)
    for match in _VENUE_PAPERS.finditer(text):
        parts = list(re.finditer(r"\S+", match["venue"]))
        for part in parts:
            start, end = match.start() + part.start(), match.start() + parts[-1].end()
            name = text[start:end]
            if part.group().lower() not in _LEADS and free(start, end) and _is_venue(name, library, False, whole=True):
                yield start, end, (name,)
                break


def _is_venue(words: str, library: LibraryView, sure: bool, whole: bool = False) -> bool:
    """Whether the words name a venue. `sure`: a venue is what can stand here, so any word of one will do; `whole`: only
    the beginning of one."""
    bare = re.sub(r"[ -]?(?:['’]\d\d|(?:19|20)\d\d)$", "", words)
    if title_key(bare) in _KNOWN:
        return True
    if re.search(r"\b(?:Proceedings|Journal|Transactions|Conference|Symposium|Workshop|Findings)\b", words) and sure:
        return True
    wanted = _words(bare)
    for venue in library.venues():
        has = _words(venue)
        starts = range(len(has)) if sure and len(wanted) > 1 or sure and wanted[0].isupper() else (0,)
        if any([w.casefold() for w in has[at : at + len(wanted)]] == [w.casefold() for w in wanted] for at in starts):
            rest = [word for word in has[len(wanted) :] if not word.isdigit()]
            if not whole or not rest or bare.isupper():
                return True
    return False


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text)
