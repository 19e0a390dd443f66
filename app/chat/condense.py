"""Making a follow-up stand alone: "and its code?" after a question on OVOR becomes a question on OVOR's code.

By rule first, and the rule alone decides which papers "it" and "the second one" are: the answer's own order is
known exactly, a model would guess. With a chat model configured the wording is the model's, if it is usable.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.adapters.keyword import STOP_WORDS
from app.chat.resolve import Named
from app.chat.several import asked_which
from app.core.domain import Turn
from app.core.names import name_key
from app.core.planted import is_planted

_ORDINALS = {
    "first": 0,
    "second": 1,
    "third": 2,
    "fourth": 3,
    "fifth": 4,
    "last": -1,
    "former": 0,
    "latter": 1,
}
_THING = r"(?:paper|method|model|system|approach|work|dataset|benchmark)"
_NUMERAL = r"first|second|third|fourth|fifth|last|1st|2nd|3rd|4th|5th"
_ALONE = r"(?=\s*(?:[?.,;!]|$)|['’]s)"
# "the second one", "the latter", "the first?", but not "the first stage", "the first paper on pruning".
_ORDINAL = re.compile(
    rf"\b(?:(?:the\s+)?(?P<latter>former|latter)(?:\s+(?:one|{_THING})\b|\b(?!\s+(?:half|part|stage|phase|years?)\b))"
    rf"|(?:the\s+)?(?P<one>{_NUMERAL})\s+one\b(?!\s+to\b)"
    rf"|the\s+(?P<thing>{_NUMERAL})\s+{_THING}\b(?!\s+(?:to|that|which|who|on|for|of|in|about|with|from|ever)\b)"
    rf"|the\s+(?P<bare>{_NUMERAL}){_ALONE})(?P<possessive>['’]s)?",
    re.IGNORECASE,
)
# Not "on the other hand", "the other methods".
_OTHER = re.compile(rf"\bthe other(?:\s+(?:one|{_THING})\b|{_ALONE})(?P<possessive>['’]s)?", re.IGNORECASE)
# "is it possible to ...", "does it make sense to ...": such an "it" stands for nothing.
_EMPTY_IT = (
    r"(?!\s+(?:possible|impossible|true|safe|okay|ok|easy|hard|difficult|necessary|worth|better|best|good|bad|common|known|"
    r"useful|helpful|important|enough|make sense)\s+(?:to|that|if|when|for)\b)(?!\s+takes?\s+to\b)"
)
_SINGULAR = re.compile(
    rf"\b(?P<word>its|it{_EMPTY_IT}|that one|this one|(?:that|this|the same)\s+(?:{_THING}|study))\b(?P<possessive>['’]s)?",
    re.IGNORECASE,
)
_PLURAL = re.compile(
    r"\b(?P<word>their|they|them|both(?: of them)?|these|those|the two)\b(?P<possessive>['’]s)?",
    re.IGNORECASE,
)
# "which one gives guarantees?", "which of the two": one of the papers spoken of last.
_WHICH = re.compile(r"\bwhich(?P<word> one| of (?:them|these|those|the two|both))\b(?P<possessive>)", re.IGNORECASE)
_ALL_OF_THEM = re.compile(
    r"\b(?:compar\w*|contrast|differ\w*|between|both|the two|in common|which one|which of)\b", re.IGNORECASE
)
# A question made of these alone asks for a property that every paper has, so it is about the paper spoken of last.
_ASKS = re.compile(
    r"^(?:what|which|who|whom|whose|when|where|why|how|is|are|was|were|do|does|did|can|could|has|have|compare|list|show|"
    r"tell|name|give|explain|describe|summari[sz]e|find)\b.*[^.]$",
    re.IGNORECASE,
)
_PROPERTIES = frozenset(
    """code dataset datasets data result results number numbers figures author authors wrote written published year date venue
    limitation limitations metric metrics benchmark benchmarks baseline baselines method methods approach accuracy available
    released public main key finding findings contribution contributions evaluated evaluation evaluate trained train training
    got reported report experiments experiment conclusion conclusions summary summarize github repo open source size sizes
    parameters score scores performance improvement gains gain link url doi abstract title model models work works
    problem solve solves addressed compared weaknesses strengths advantages novelty novel idea""".split()
)
_HOW_MANY_THERE = re.compile(
    r"^\W*(?:and )?how many (?:\w+ )?(?P<thing>\w+) (?:are|were) (?:there|used|included)\W*$", re.IGNORECASE
)
_ELLIPSIS = re.compile(r"^\W*(?:and|but|so|also|what about|how about|what of|same for|or)\b[\s,]*", re.IGNORECASE)
_EMPTY_WORDS = frozenset(
    "and what about how the one a an of for is are there does do same question please also then or but so in that it "
    "why who when where which more else details yes no".split()
)
# So many words before a pronoun, in one clause, and what it stands for is most likely among them.
_LONG_CLAUSE = 8


@dataclass(frozen=True, slots=True)
class Condensed:
    """The stand-alone question; `papers` are ids it points at by pronoun or position, in order. `unclear` says it
    points at something ("the second one") that the conversation does not have."""

    text: str
    papers: tuple[str, ...] = ()
    unclear: bool = False
    changed: bool = False


def condense_by_rule(
    text: str,
    history: Sequence[Turn],
    named: Named,
    handle_of: Callable[[str], str],
    resolve_text: Callable[[str], Named],
) -> Condensed:
    """Put names in place of words that point back. `named` is what `text` names itself; `handle_of` gives what
    people call a paper; `resolve_text` finds the names in an earlier question, which "what about X?" takes over."""
    if (
        len(named.papers) == 1
        and history
        and not _content(text, named)
        and asked_which(history[-1], named, resolve_text)
    ):
        return Condensed(_asked_of(text.strip(" ?.!"), history[-1], resolve_text), named.papers, changed=True)
    pointing = _points_back(text, named)
    if not pointing:
        return Condensed(text)
    focus = _focus(history, resolve_text)
    if pointing == "plural" and len(focus) < 2 and _ALL_OF_THEM.search(text):
        focus = _last_two(history, resolve_text) or focus
    if not history or (not focus and not named.papers):
        return Condensed(text, unclear=pointing == "position" or not history and not _words(text))
    if pointing == "position":
        return _by_position(text, history, focus, handle_of, resolve_text)
    if pointing == "ellipsis" and (
        named.papers or named.missing
    ):  # "what about MULTI-LANE?": the last question, asked of another paper
        rest = _content(text, named)
        if rest:
            return Condensed(text)
        subject = text[named.spans[0][0] : named.spans[-1][1]]
        return Condensed(_asked_of(subject, history[-1], resolve_text), named.papers, changed=True)
    if _WHICH.search(text) and len(focus) > 1:
        names = " and ".join(handle_of(paper) for paper in focus)
        return Condensed(_WHICH.sub(f"which of {names}", text, count=1), tuple(focus), changed=True)
    if pointing == "plural" and len(focus) > 1 and not _means_authors(text, history, resolve_text):
        return _substituted(text, _PLURAL, focus, handle_of)
    if pointing in {"singular", "plural"}:
        return _substituted(text, _SINGULAR if pointing == "singular" else _PLURAL, focus[:1], handle_of)
    content = _ELLIPSIS.sub("", text).strip(" ?")
    return Condensed(f"{content} — {handle_of(focus[0])}?", tuple(focus[:1]), changed=True)


def _focus(history: Sequence[Turn], resolve_text: Callable[[str], Named]) -> list[str]:
    """The papers the conversation is about: those the last question that had any named, then those its answer cited."""
    for turn in reversed(history):
        if papers := dict.fromkeys([*resolve_text(turn.standalone or turn.question).papers, *turn.papers]):
            return list(papers)
    return []


def _last_two(history: Sequence[Turn], resolve_text: Callable[[str], Named]) -> list[str]:
    """The two papers asked about last, one after the other, in the order they came up."""
    about: list[str] = []
    for turn in reversed(history):
        papers = resolve_text(turn.standalone or turn.question).papers or turn.papers[:1]
        about += [paper for paper in reversed(papers) if paper not in about]
        if len(about) >= 2:
            return about[:2][::-1]
    return []


def _means_authors(text: str, history: Sequence[Turn], resolve_text: Callable[[str], Named]) -> bool:
    """Unless the last question named several papers, "they" and "their" are authors, not every paper it cited."""
    match = _PLURAL.search(text)
    about = resolve_text(history[-1].standalone or history[-1].question).papers
    return match is not None and match["word"].lower() in {"they", "their"} and len(about) <= 1


def _points_back(text: str, named: Named) -> str:
    """How the question needs the conversation: "position", "singular", "plural", "ellipsis", or "" if it does not."""
    if (_ORDINAL.search(text) or _OTHER.search(text)) and len(named.papers) < 2:
        return "position"
    if _ELLIPSIS.match(text) and (named.spans or len(text.split()) <= 7):
        return _pronoun(text, named) or "ellipsis"
    if _WHICH.search(text) and not named.papers:
        return "plural"
    pointing = _pronoun(text, named, inside=_stands_inside)
    if pointing or named.papers:
        return pointing
    if not named.missing and _asks_property(text):
        return "ellipsis"
    return "ellipsis" if len(text.split()) <= 3 and not named.spans else ""


def _asks_property(text: str) -> bool:
    """Whether the question asks for nothing but a property of some paper: "is the code available?"."""
    words = [word for word in _words(text) if word in _PROPERTIES or word not in STOP_WORDS]
    counted = _HOW_MANY_THERE.search(text)
    if counted:
        return counted["thing"].lower() not in {
            "paper",
            "papers",
            "abstract",
            "abstracts",
            "articles",
            "works",
            "studies",
        }
    return bool(words) and all(word in _PROPERTIES for word in words)


def _pronoun(
    text: str, named: Named, inside: Callable[[str, re.Match[str]], bool] = lambda text, pronoun: False
) -> str:
    """ "singular" or "plural" if a pronoun points back. One after a name stands for that name ("OVOR and its code"),
    one before it does not ("how does it differ from OVOR?")."""
    first = min((start for start, _, ids in named.spans if ids), default=len(text))
    for pattern, pointing in ((_SINGULAR, "singular"), (_PLURAL, "plural")):
        match = pattern.search(text, 0, first)
        if match and not inside(text, match):
            return pointing
    return ""


def _stands_inside(text: str, pronoun: re.Match[str]) -> bool:
    """Whether a pronoun most likely stands for something in its own sentence: "sequences longer than those they
    trained on". At the end of a question ("... was used to evaluate it?") it points back."""
    clause = text[: pronoun.start()].rpartition(",")[2]
    return len(clause.split()) >= _LONG_CLAUSE and bool(re.search(r"\w", text[pronoun.end() :]))


def _by_position(
    text: str,
    history: Sequence[Turn],
    focus: list[str],
    handle_of: Callable[[str], str],
    resolve_text: Callable[[str], Named],
) -> Condensed:
    match = _ORDINAL.search(text) or _OTHER.search(text)
    if match is None:
        return Condensed(text)
    last, order = history[-1], _order(history, focus, resolve_text)
    words = [word for name in ("latter", "one", "thing", "bare") if (word := match.groupdict().get(name))]
    if words:
        word = words[0].lower()
        position = int(word[0]) - 1 if word[0].isdigit() else _ORDINALS[word]
    else:  # "the other one": the one of two that was not the subject last
        about = resolve_text(last.standalone or last.question).papers
        if len(about) == 1 and len(order) == 2:
            order = [paper for paper in order if paper != about[0]]
            position = 0
        else:
            position = 1
    try:
        paper = order[position]
    except IndexError:
        return Condensed(text, unclear=True)
    name = handle_of(paper)
    rest = (text[: match.start()] + text[match.end() :]).strip()
    if not _words(rest):
        return Condensed(_asked_of(name, last, resolve_text), (paper,), changed=True)
    swapped = text[: match.start()] + name + (match["possessive"] or "") + text[match.end() :]
    return Condensed(_ELLIPSIS.sub("", swapped), (paper,), changed=True)


def _order(history: Sequence[Turn], focus: list[str], resolve_text: Callable[[str], Named]) -> list[str]:
    """The papers "first" and "second" count: in the order the person typed them ("OVOR or MULTI-LANE?"), else in the
    order the answer cited them. A question that itself pointed back ("and the second one?") leaves the order as it was."""
    for turn in reversed(history):
        typed = resolve_text(turn.standalone or turn.question).papers
        if len(typed) > 1:
            return list(typed)
        if turn.standalone == turn.question:
            return list(turn.papers) if len(turn.papers) > 1 else focus
    return focus


def _asked_of(subject: str, last: Turn, resolve_text: Callable[[str], Named]) -> str:
    """The last question's wording with `subject` in place of what it named."""
    wording = last.standalone or last.question
    named = resolve_text(wording)
    spans = [(start, end) for start, end, ids in named.spans if ids] or [(r.start, r.end) for r in named.several]
    if len(spans) == 1:
        start, end = spans[0]
        suffix = re.search(r"['’]s$", wording[start:end])
        bare = re.sub(r"['’]s$", "", subject)
        return wording[:start] + bare + (suffix.group() if suffix else "") + wording[end:]
    for start, end in reversed(spans):
        wording = wording[:start] + wording[end:]
    return f"{subject}: {' '.join(wording.split())}"


def _substituted(text: str, pattern: re.Pattern[str], papers: list[str], handle_of: Callable[[str], str]) -> Condensed:
    names = " and ".join(handle_of(paper) for paper in papers)

    def swap(match: re.Match[str]) -> str:
        own = match["word"].lower() in {"its", "their"} or match["possessive"]
        return f"{names}'s" if own else names

    changed = pattern.sub(swap, _ELLIPSIS.sub("", text), count=1)
    return Condensed(changed[:1].upper() + changed[1:], tuple(papers), changed=True)


def _words(text: str) -> list[str]:
    return [word for word in re.findall(r"\w+", text.lower()) if word not in _EMPTY_WORDS]


def _content(text: str, named: Named) -> list[str]:
    """The words that ask something beyond the names and the connecting phrase."""
    for start, end, _ in reversed(named.spans):
        text = text[:start] + text[end:]
    return _words(_ELLIPSIS.sub("", text))


def usable_rewrite(reply: str, names: Sequence[str]) -> str | None:
    """A model's rewritten question if it is one: a single line that asks, not an answer, with these names in it."""
    lines = [line.strip(" \"'“”") for line in reply.strip().splitlines() if line.strip()]
    if len(lines) != 1 or not 3 <= len(lines[0]) <= 400:
        return None
    question = re.sub(r"^(?:rewritten question|question)\s*:\s*", "", lines[0], flags=re.IGNORECASE)
    is_question = question.endswith("?") or _ASKS.match(question)
    answers = re.search(r"\[\d+\]", question)
    names_all = all(name_key(name) in name_key(question) for name in names)
    # No question leads to an address; what a model was told by an abstract may.
    if "://" in question or is_planted(question):
        return None
    return question if is_question and names_all and not answers else None
