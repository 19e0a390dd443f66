"""Does a question that points at something, where there is nothing, say enough by itself to look for anything?"""

from __future__ import annotations

import re
from collections.abc import Callable

from app.adapters.keyword import STOP_WORDS
from app.chat.checking.turned import turned
from app.chat.condense.pointing import (
    DEFINITE,
    FILLERS,
    LISTS,
    OF_LIBRARY,
    PLURAL,
    SINGULAR,
    WHICH_AUTHOR,
    asks_of_any,
    content_words,
)
from app.chat.condense.wording import is_property
from app.chat.resolve import Named

# "Which data sets are there?" asks the whole library.
_OF_MANY = re.compile(
    r"^\W*(?:which|what|list|show|name|find|are there|how many)\s+(?:\w+\s+){0,2}?(?!(?:is|was|does|has|its|this|works|performs)\b)\w+s\b(?!.*\bthe\b)",
    re.IGNORECASE,
)
_COUNT_ALONE = re.compile(r"^\W*(?:and\s+)?how\s+many\s+\w+\W*$", re.IGNORECASE)
_FEW = 4
_POLITE = frozenset(
    "could would can please pls plz kindly you me us tell give show hi hello hey thanks quick quickly just".split()
)
_PAPERS = re.compile(r"\b(?:papers|works|studies|articles|abstracts)\b", re.IGNORECASE)
_TELLS = re.compile(
    r"\b(?:an?|the|that|one|some) (?:[\w-]+ ){0,2}?(?:papers?|stud(?:y|ies)|works?|articles?|one|methods?|models?|data ?sets?|benchmarks?|systems?|surveys?|project)\s+(?:where|that|which|whose|in which|on|about|with|for|using)\b",
    re.IGNORECASE,
)
_WHO = re.compile(r"^\W*who\b", re.IGNORECASE)
_WHICH_LAST = re.compile(r"[.,;:–—-]\s+(?:which|where|who)(?: ones?| papers)?\W*$", re.IGNORECASE)
# "What do these papers say about tumours?" is asked of all of them.
_THESE_PAPERS = re.compile(r"\b(?:these|those|all|the) (?:papers|works|studies|articles|abstracts)\b.*\b(?:about|on|of|for|regarding)\s+(?!(?:it|this|that|them|their|its)\b)\w", re.IGNORECASE)  # fmt: skip
# "What did the authors find about tumours?" is asked of whoever may have: words that nobody uses make it a no.
_OF_AUTHORS = re.compile(r"\b(?:the|these|those) (?:authors|researchers|people|writers)\b.*\b(?:about|on|of|for|with|from|against|in)\s+(?!(?:it|this|that|them|their|its|the paper)\b)\w", re.IGNORECASE)  # fmt: skip
_ITS_OWN = re.compile(r"\b(?:the|these|those|all) (?:two|three|four|five|six|seven|eight|[2-8]) (?:[\w-]+ )?(?:data ?sets|benchmarks|models|corpora|domains|languages|tasks|lms|llms|baselines|metrics)\b", re.IGNORECASE)  # fmt: skip
# What people say of any paper, and to whom they talk: it tells none from another.
_SAYS_LITTLE = frozenset(
    """difference differences similarity similarities common well good bad work works working do does did used use uses using need needs
    perform performs different put online share provide give make offer start starts begin begins build builds come comes from base
    based explain explained idea numbers number accurate effective efficient robust reliable quick long new mean main say says help
    hi hello hey please thanks thank could would should may might must shall will let lets me us you u we our your my someone anyone
    sum up short shorter brief briefly sentence sentences word words bullet bullets line lines paragraph plain simple simply terms
    one two three first second third part parts step stage side half top bottom left right walk through understand see know
    wonder wondering curious sure really actually basically again quickly maybe perhaps kindly help got getting get
    happen happens happened happening beat beats win wins lose loses fail fails failed break breaks matter matters hold holds stand
    better faster slower cheaper bigger smaller higher lower real realistic practice practical useful usable worth trust
    believe true right wrong correct valid sound hard easy difficult complicated complex clever strong weak important interesting
    surprising big small high low fast slow cheap expensive old recent latest current
    people person reader readers reviewer reviewers boss colleague supervisor student students team lab group company
    trick intuition motivation hypothesis assumption assumptions claim claims argument evidence reason reasons cause causes
    algorithm procedure pipeline component components module modules design choice choices piece pieces
    improvement inference percentage percent rate ratio amount degree extent much many times
    try tried run runs ran reproduce reproduced repeat download install apply applied implement implemented
    measured measure compare compares versus against other others rest everything anything something nothing
    pls plz tldr tl dr gist link suggest suggests future admit admits admitted mention mentions mentioned confirm confirmed kindly
    experimental journal conference appear appeared appears somewhere anywhere differ differs differnt diffrent previous prior earlier
    yet already still out now today tomorrow yesterday week morning noon evening minute minutes soon
    present presenting presentation slides talk reading review reviewing reviewed forwarded sent read basic question sorry quick trying
    showing shown show shows meant means basically literally honestly strong weak evidence solid convincing
    add added adding upload uploaded uploading drop dropped paste pasted put remember remembered remind forget forgot forgotten lost confused
    wanted want wants think thinking thought guess suppose supposed deadline meeting class homework assignment supervisor professor
    prof advisor intro chart charts page pages pdf slide slides deck poster tab file nutshell layman laymans kid kids child grandma
    eli5 bit lot bunch couple whole actual real honest honestly serious seriously love like hate care bother handle fancy cool neat
    weird strange odd novel breakthrough hype hyped buzz big deal impressed impressive convinced skeptical sceptical doubt fishy
    thesis chapter related background context keep going continue next finally start end middle last later before after
    core essence crux heart proposed presented suggested introduced described
    conclude concludes concluded concluding
    call called title name names exact exactly roughly approximately around about
    don doesn didn isn aren wasn won wouldn couldn can t s re ve ll d m
    free freely charge
    stuff thing things case cases kind type sort way ways point points question questions answer answers""".split()
)


def _little(word: str) -> bool:
    return word in _SAYS_LITTLE or word.isdigit() or is_property([word])


def _asks_all(text: str) -> bool:
    """ "Who counts newts?", "newts. which"."""
    return bool(_WHO.match(text) or _WHICH_LAST.search(text)) and bool(turned(text))


def says_nothing(text: str, named: Named) -> bool:
    """Whether a first question that does not point at anything tells no paper from another: "github link pls", "tldr?"."""
    if _asks_all(text):
        return False
    if named.spans or named.missing or OF_LIBRARY.search(text) or LISTS.search(text) or asks_of_any(text):
        return False
    left = [word for word in content_words(text) if word not in STOP_WORDS and word not in FILLERS]
    sure = [word for word in left if _little(word)]
    few = len(set(left) - _POLITE) <= _FEW and _OF_MANY.match(text) is None
    return bool(sure) and len(sure) == len(left) and (few or DEFINITE.search(text) is not None)


def points_first(text: str) -> bool:
    """Whether a pronoun stands before all that says something, so that none of it can be what it stands for. Where a paper is
    told ("how do they test it in the paper that links issues?") it stands for that."""
    if _TELLS.search(text) or _OF_AUTHORS.search(text):
        return False
    first = min((match for pattern in (SINGULAR, PLURAL) if (match := pattern.search(text))), key=lambda m: m.start(), default=None)  # fmt: skip
    if first is not None and _PAPERS.search(first.group()):  # "what do these papers say about ...?"
        return False
    before = content_words(text[: first.start()]) if first else []
    return first is not None and all(word in STOP_WORDS or word in FILLERS or _little(word) for word in before)


def means_nothing(text: str, pointing: str, named: Named, known: Callable[[str], bool]) -> bool:
    """Whether the question says too little to look for anything. `pointing` is how it points (see `points_back`); a word
    that is not `known`, as no paper uses it, tells no paper from another either."""
    if _asks_all(text):
        return False
    bare = WHICH_AUTHOR.sub("", PLURAL.sub(" ", SINGULAR.sub(" ", text)))
    left = [word for word in content_words(bare) if word not in STOP_WORDS]
    if pointing == "position" and named.papers and _ITS_OWN.search(text):  # "RoHM: names of the three data sets"
        return False
    if pointing == "position":
        told = [word for word in left if not is_property([word])]
        return len(told) <= 3 or not any(not _little(word) and known(word) for word in told)
    left = [word for word in left if word not in content_words(" ".join(named.missing))]
    if OF_LIBRARY.search(text):
        return False
    if pointing == "ellipsis" and asks_of_any(text) and not _COUNT_ALONE.match(text):
        return False
    left = [word for word in left if word not in FILLERS]
    of_many = _OF_MANY.match(text) and not DEFINITE.search(text) and not (len(left) == 1 and is_property(left))
    if named.papers or (pointing == "ellipsis" and (of_many or LISTS.search(text) or named.missing)):
        return False
    points = pointing in {"singular", "plural"} and not (_OF_AUTHORS.search(text) or _THESE_PAPERS.search(text))
    return all(_little(word) or (points and not known(word)) for word in left)
