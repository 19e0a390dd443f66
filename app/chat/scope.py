"""Which papers a conversation leaves out or always takes in: "drop [1]", "pin [2]", "add it back", "only the first two".

What is typed changes what the answers after it rest on, never the library. A paper that is left out and then named is
still answered from: whoever names a paper means it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from app.chat.condense.places import places
from app.chat.condense.pointing import LISTS, PLURAL, SINGULAR
from app.chat.condense.talk import Talk
from app.chat.condense.wording import asked_of, without_names
from app.core.domain import Question, RankedPaper, Turn
from app.core.filters import Filters
from app.core.ports import PaperStore

_PLEASE = r"^\W*(?:(?:please|ok(?:ay)?|now|then|and|so|but|can\s+you|could\s+you|would\s+you|let['’]?s|i\s+want\s+(?:you\s+)?to|actually|no|yes|just)[\s,]+)*"
_VERBS: tuple[tuple[str, str], ...] = (
    (
        "clear",
        r"(?:start\s+over|reset|clear|clear\s+(?:all|everything|the\s+(?:scope|exclusions|pins))|(?:include|use|add|bring\s+back|search|show)\s+(?:everything|all(?:\s+(?:the\s+)?papers)?|them\s+all)(?:\s+(?:again|back))?|forget\s+all\s+(?:that|exclusions))",
    ),
    (
        "back",
        r"(?:add|bring|put|take|get|include|use|restore|re-?add|re-?include|un-?exclude|un-?drop|undrop|unignore|allow)\s+(?P<objects>.+?)\s+(?:back(?:\s+(?:in|again))?|again|in\s+again)|(?:restore|re-?add|re-?include|un-?exclude|un-?drop|un-?ignore|bring\s+back|add\s+back|put\s+back|take\s+back)\s+(?P<objects2>.+?)",
    ),
    ("back", r"(?P<it>undo(?:\s+(?:that|it))?|put\s+back|add\s+back|bring\s+back)"),
    ("unpin", r"(?:unpin|un-pin|no\s+longer\s+pin|release\s+the\s+pin\s+(?:on|of))\s+(?P<objects>.+?)"),
    (
        "only",
        r"(?:(?:keep|use|show|take|consider|answer\s+(?:for|from))\s+(?:me\s+)?only|only(?:\s+(?:keep|use|show|consider|for|with|from))?|just(?:\s+(?:keep|use|for|with|show(?:\s+me)?))?|limit\s+(?:it|this|that|yourself)?\s*to|restrict\s+(?:it|this|that|yourself)?\s*to|focus\s+(?:only\s+)?on|narrow\s+(?:it|this|that)?\s*(?:down\s+)?to|nothing\s+but)\s+(?P<objects>.+?)",
    ),
    (
        "drop",
        r"(?:drop|exclude|ignore|remove|skip|leave\s+out|leave|forget(?:\s+about)?|discard|hide|omit|without|except(?:\s+for)?|excluding|ignoring|take\s+out|get\s+rid\s+of|minus|delete|not\s+counting|no\s+more|disregard|cut)\s+(?P<objects>.+?)(?:\s+(?:out|away|aside))?",
    ),
    (
        "pin",
        r"(?:pin|keep|always\s+(?:use|include|keep|consider)|make\s+sure\s+to\s+(?:use|include))\s+(?P<objects>.+?)",
    ),
    ("join", r"(?:include|add)\s+(?P<objects>.+?)"),
)
_TAIL = r"(?:\s*(?:[,]?\s*(?:please|for\s+now|from\s+now\s+on|too|as\s+well|instead|(?:from|of|in|to|into)\s+(?:the\s+|this\s+|that\s+|your\s+|all\s+)?(?:list|comparison|answers?|results?|conversation|table|context|evidence|discussion|scope))))*"
_ASKS = r"(?:compare|contrast|which|what|how|who|when|where|why|is|are|do|does|did|can|tell|show|answer|ask|list|summari[sz]e|give|explain|and\s+(?:compare|tell|answer|ask|what|how|which))"
_COMMANDS = tuple(
    (
        what,
        re.compile(
            rf"{_PLEASE}{pattern}{_TAIL}\s*(?:[.!?]*\s*$|[.;!?:]+\s+(?P<rest>.+)|,?\s+(?:and\s+then|then|and)\s+(?={_ASKS}\b)(?P<next>.+)|,\s*(?={_ASKS}\b)(?P<after>.+))",
            re.IGNORECASE,
        ),
    )
    for what, pattern in _VERBS
)
# After a list: the same without those that are known.
_OTHERS = re.compile(
    r"^\W*(?:(?:and|ok(?:ay)?|but|are\s+there|is\s+there|do\s+you\s+have|show\s+me|give\s+me|find|list)[\s,]+)*(?:(?:any|some|the|what|which)\s+)?(?:others?(?:\s+(?:papers|ones|works))?|more\s+(?:papers|of\s+(?:them|these|those)|results|ones)|"
    r"what\s+else(?:\s+is\s+there)?|else|(?:papers\s+)?besides\s+(?:these|those|them))(?:\s+(?:are\s+there|papers|too|please|is\s+there|do\s+you\s+have))*\W*$",
    re.IGNORECASE,
)
_BUT = re.compile(
    r"[\s,(]*\b(?:except(?:\s+for)?|besides|other\s+than|apart\s+from|excluding|not\s+counting|ignoring|leaving\s+out|but\s+not|without|not)\s+(?P<objects>[^?.!;]{1,80}?)\)?\s*(?P<end>[?.!]*)\s*$",
    re.IGNORECASE,
)
_EMPTY = frozenset(
    "the a an and or one ones paper papers also both method methods of number numbers this that these those as well about from by in result results".split()
)
_LONGEST = 400


@dataclass(frozen=True, slots=True)
class Scope:
    """Which papers are pinned and left out after a turn, and what is left of it to ask: `text`, "" if that is nothing.
    `only` are the papers to ask it of, if not all; `without`, those left out this once. `said` tells what was changed,
    `changed` whether anything was read, `asked_again` that `text` is the last question once more."""

    text: str
    pinned: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    said: str = ""
    changed: bool = False
    asked_again: bool = False

    def filters(self, given: Filters) -> Filters:
        """The filters with what is left out, and what alone is asked of."""
        gone = tuple(dict.fromkeys((*given.not_ids, *self.excluded, *self.without)))
        return replace(given, not_ids=gone, ids=self.only or given.ids)


Told = Callable[[str, Sequence[str], bool], Sequence[str]]


def _nobody(words: str, among: Sequence[str], one: bool) -> Sequence[str]:
    return ()


def read_scope(question: Question, talk: Talk, told: Told = _nobody) -> Scope:
    """What the question changes of the scope, and what it asks besides. Where it asks nothing besides, the last question
    is asked again in the new scope, if it has an answer in it. `told` tells papers of a list by words (see `Teller`)."""
    last = talk.turns[-1] if talk.turns else None
    excluded = tuple(dict.fromkeys((*(last.excluded if last else ()), *question.excluded)))
    pinned = tuple(dict.fromkeys((*(last.pinned if last else ()), *question.pinned)))
    now = Scope(question.text, tuple(p for p in pinned if p not in excluded), excluded)
    if len(question.text) > _LONGEST:
        return now
    if talk.last and talk.last.papers and not talk.typed(talk.last) and _OTHERS.match(question.text):
        again = talk.last.standalone or talk.last.question
        return replace(now, text=again, without=talk.last.papers, changed=True, asked_again=True)
    for what, pattern in _COMMANDS:
        match = pattern.match(question.text)
        if match is None:
            continue
        typed = next(
            (match.groupdict()[name] for name in ("objects", "objects2", "it") if match.groupdict().get(name)), ""
        )
        meant = _meant(typed, what, now, talk, told)
        if meant is None and (number := re.fullmatch(r"\[\d{1,3}\]", typed.strip())):
            return replace(now, text="", said=f"This conversation has no paper {number.group()}.", changed=True)
        if meant is None or (what == "only" and talk.last is None):
            continue
        rest = next((match.groupdict()[name] for name in ("rest", "next", "after") if match.groupdict().get(name)), "")
        return _changed(now, what, meant, rest, talk)
    return _but(now, talk, told)


def _meant(typed: str, what: str, now: Scope, talk: Talk, told: Told) -> tuple[str, ...] | None:
    """The papers that the object of a command means; None if it means anything else."""
    if what == "clear":
        return ()
    if what == "back":
        return _back(typed, now, talk)
    named = talk.resolve_text(typed)
    found = [(start, end, ids) for start, end, ids in named.spans if ids]
    found += [(place.start, place.end, place.papers) for place in places(typed, talk) if place.papers]
    if not found:
        found = _by_pronoun(typed, what, talk)
    left = typed
    for start, end, _ in sorted(found, reverse=True):
        left = f"{left[:start]} {left[end:]}"
    asked = set(re.findall(r"[\w-]+", left.lower())) - _EMPTY
    if found and not asked:
        return tuple(dict.fromkeys(paper for _, _, ids in sorted(found) for paper in ids))
    last = talk.last
    if found or last is None or not re.match(r"(?:the|those|these|that|all)\b", typed, re.IGNORECASE):
        return None
    if what == "only" and not talk.typed(last):
        return None  # the whole library is asked again (see `narrow`)
    by_words = told(typed, talk.order(), re.search(r"\bone\b|\bpaper\b", typed) is not None)
    return tuple(by_words) or None


def _by_pronoun(typed: str, what: str, talk: Talk) -> list[tuple[int, int, tuple[str, ...]]]:
    if one := SINGULAR.search(typed) or re.match(r"(?:this|that)$", typed, re.IGNORECASE):
        return [(*one.span(), talk.subject())] if len(talk.subject()) == 1 else []
    several = PLURAL.search(typed)
    if several is None or not talk.subject():
        return []
    return [(*several.span(), talk.subject())]


def _back(typed: str, now: Scope, talk: Talk) -> tuple[str, ...] | None:
    """Those of the papers left out that are meant; by "it" the last of them."""
    if not now.excluded:
        return None
    named = talk.resolve_text(typed).papers
    if named:
        return tuple(paper for paper in named if paper in now.excluded) or None
    if re.fullmatch(
        r"(?:them|those|these|all|both|all\s+of\s+them|everything|the\s+papers|them\s+all)", typed, re.IGNORECASE
    ):
        return now.excluded
    return now.excluded[-1:] if re.match(r"(?:it|that|this|undo|put|add|bring|the\b)", typed, re.IGNORECASE) else None


def _changed(now: Scope, what: str, meant: tuple[str, ...], rest: str, talk: Talk) -> Scope:
    names, last = talk.names(meant) if meant else "", talk.last
    several = len(meant) > 1
    pinned, excluded, only = now.pinned, now.excluded, now.only
    if what == "join":  # "add [4]" to a comparison, or to what every answer looks at
        joined = _with_names(last, talk, meant) if last and not rest else ""
        if last and joined and joined != (last.standalone or last.question):
            gone = tuple(paper for paper in excluded if paper not in meant)
            return Scope(joined, pinned, gone, said=f"With {names}.", changed=True, asked_again=True)
        what = "pin"
    again = (last.standalone or last.question) if last else ""
    if what == "drop":
        excluded = tuple(dict.fromkeys((*excluded, *meant)))
        said = f"{names} {'are' if several else 'is'} left out from here on; “add {'them' if several else 'it'} back” undoes that."
        again = (without_names(last, talk, meant) or "") if last else ""
        if last and talk.typed(last) and not set(talk.typed(last)) & set(meant):
            again = ""  # it had no part in the last answer
    elif what == "back":
        excluded = tuple(paper for paper in excluded if paper not in meant)
        said = f"{names} {'are' if several else 'is'} back."
        again = _with_names(last, talk, meant) if last else ""
    elif what == "pin":
        pinned = tuple(dict.fromkeys((*pinned, *meant)))
        excluded = tuple(paper for paper in excluded if paper not in meant)
        said = f"{names} {'are' if several else 'is'} looked at for every answer from here on."
        again = again if last and not talk.typed(last) else ""
    elif what == "unpin":
        pinned = tuple(paper for paper in pinned if paper not in meant)
        said, again = f"{names} {'are' if several else 'is'} no longer looked at for every answer.", ""
    elif what == "only":
        said = f"Of {names} only."
        again, only = _only(last, talk, meant) if last else ("", ())
    else:
        pinned, excluded, said = (), (), "All papers of the library are looked at again."
        again = again if now.excluded else ""
    pinned = tuple(paper for paper in pinned if paper not in excluded)
    if rest and what == "only":
        only = meant
    return Scope(rest or again, pinned, excluded, only, (), said, True, asked_again=not rest and bool(again))


def _only(last: Turn, talk: Talk, meant: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """The last question of these papers alone, and which it is asked of if it does not name them."""
    if not talk.typed(last):
        return last.standalone or last.question, meant
    return asked_of(talk.names(meant), last, talk, meant), ()


def _with_names(last: Turn, talk: Talk, meant: tuple[str, ...]) -> str:
    """The last question; of several papers, of these too."""
    typed = talk.typed(last)
    if len(typed) < 2 or set(meant) <= set(typed):
        return last.standalone or last.question
    return asked_of(talk.names(meant), last, talk, meant, joins=True)


def _but(now: Scope, talk: Talk, told: Told) -> Scope:
    """ "Which papers use prompts, except OVOR?" leaves it out this once."""
    match = _BUT.search(now.text)
    rest = f"{now.text[: match.start()]}{match['end']}" if match else ""
    if match is None or not LISTS.search(rest):
        return now
    meant = _meant(match["objects"], "drop", now, talk, told)
    return replace(now, text=rest, without=meant, changed=True) if meant else now


def named_note(named: Sequence[str], excluded: Sequence[str], names: Callable[[Sequence[str]], str]) -> str:
    """One sentence on the papers that a question names though they are left out, or nothing."""
    back = [paper for paper in named if paper in excluded]
    if not back:
        return ""
    return f"{names(back)} {'is' if len(back) == 1 else 'are'} left out of this conversation, but named here."


def with_pinned(
    ranked: Sequence[RankedPaper], pinned: Sequence[str], store: PaperStore, first: int = 1
) -> list[RankedPaper]:
    """The papers with those pinned among them, after the `first` ones, so that no budget cuts them before others."""
    there = {item.paper.id for item in ranked}
    more = store.get([paper for paper in pinned if paper not in there])
    added = [RankedPaper(paper, f"{paper.id}#0", 0.0) for paper in more.values()]
    held = [item for item in ranked[first:] if item.paper.id in pinned]
    rest = [item for item in ranked[first:] if item.paper.id not in pinned]
    return [*ranked[:first], *held, *added, *rest]
