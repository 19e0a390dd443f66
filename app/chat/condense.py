"""Making a follow-up stand alone: "and its code?" after a question on OVOR becomes a question on OVOR's code.

By rule first, and the rule alone decides which papers "it" and "the second one" are: the answer's own order is
known exactly, a model would guess. With a chat model configured the wording is the model's, if it is usable.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.chat.resolve import Named
from app.core.domain import Turn

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
_ORDINAL = re.compile(
    r"\b(?:the\s+)?(?P<word>first|second|third|fourth|fifth|last|former|latter|1st|2nd|3rd|4th|5th)"
    r"(?:\s+(?:one|paper|method|model|system|approach|work|dataset|benchmark))?\b(?P<possessive>['’]s)?",
    re.IGNORECASE,
)
_OTHER = re.compile(
    r"\bthe other(?:\s+(?:one|paper|method|model|system|approach))?\b(?P<possessive>['’]s)?", re.IGNORECASE
)
_SINGULAR = re.compile(
    r"\b(?P<word>its|it|that one|this one|(?:that|this|the same)\s+(?:paper|method|model|system|approach|work|dataset|benchmark|study))\b"
    r"(?P<possessive>['’]s)?",
    re.IGNORECASE,
)
_PLURAL = re.compile(
    r"\b(?P<word>their|they|them|both(?: of them)?|these|those|the two)\b(?P<possessive>['’]s)?",
    re.IGNORECASE,
)
_ELLIPSIS = re.compile(r"^\W*(?:and|but|so|also|what about|how about|what of|same for|or)\b[\s,]*", re.IGNORECASE)
_EMPTY_WORDS = frozenset(
    "and what about how the one a an of for is are there does do same question please also then or but so in that it".split()
)


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
    focus = next((list(turn.papers) for turn in reversed(history) if turn.papers), [])
    pointing = _points_back(text, named)
    if not pointing:
        return Condensed(text)
    if not history or (not focus and not named.papers):
        return Condensed(text, unclear=pointing == "position" or not history and pointing == "ellipsis")
    if pointing == "position":
        return _by_position(text, history[-1], focus, handle_of, resolve_text)
    if named.papers or named.missing:  # "what about MULTI-LANE?": the last question, asked of another paper
        rest = _content(text, named)
        if rest:
            return Condensed(text)
        subject = text[named.spans[0][0] : named.spans[-1][1]]
        return Condensed(_asked_of(subject, history[-1], resolve_text), named.papers, changed=True)
    if pointing == "plural" and len(focus) > 1:
        return _substituted(text, _PLURAL, focus, handle_of)
    if pointing in {"singular", "plural"}:
        return _substituted(text, _SINGULAR if pointing == "singular" else _PLURAL, focus[:1], handle_of)
    content = _ELLIPSIS.sub("", text).strip(" ?")
    return Condensed(f"{content} — {handle_of(focus[0])}?", tuple(focus[:1]), changed=True)


def _points_back(text: str, named: Named) -> str:
    """How the question needs the conversation: "position", "singular", "plural", "ellipsis", or "" if it does not."""
    if _ORDINAL.search(text) and re.search(r"\b(?:one|paper|former|latter|method|system|model|work)\b", text, re.I):
        return "position"
    if _OTHER.search(text):
        return "position"
    if _ELLIPSIS.match(text) and (named.spans or len(text.split()) <= 7):
        return "singular" if _SINGULAR.search(text) else "plural" if _PLURAL.search(text) else "ellipsis"
    if named.papers:
        return ""
    if _SINGULAR.search(text):
        return "singular"
    if _PLURAL.search(text):
        return "plural"
    return "ellipsis" if len(text.split()) <= 3 and not named.spans else ""


def _by_position(
    text: str,
    last: Turn,
    focus: list[str],
    handle_of: Callable[[str], str],
    resolve_text: Callable[[str], Named],
) -> Condensed:
    match = _ORDINAL.search(text) or _OTHER.search(text)
    if match is None:
        return Condensed(text)
    word = match.groupdict().get("word")
    if word is None:  # "the other one": the one of two that was not the subject last
        position = 1
    else:
        position = int(word[0]) - 1 if word[0].isdigit() else _ORDINALS[word.lower()]
    # The order people mean is the one they typed ("OVOR or MULTI-LANE?"), else the order the answer cited.
    typed = list(resolve_text(last.question).papers)
    order = typed if len(typed) > 1 else focus
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


def _asked_of(subject: str, last: Turn, resolve_text: Callable[[str], Named]) -> str:
    """The last question's wording with `subject` in place of what it named."""
    wording = last.standalone or last.question
    spans = [(start, end) for start, end, ids in resolve_text(wording).spans if ids]
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


def usable_rewrite(reply: str) -> str | None:
    """A model's rewritten question if it is one: a single line, not empty, not an essay."""
    lines = [line.strip(" \"'“”") for line in reply.strip().splitlines() if line.strip()]
    if len(lines) != 1 or not 3 <= len(lines[0]) <= 400:
        return None
    return re.sub(r"^(?:rewritten question|question)\s*:\s*", "", lines[0], flags=re.IGNORECASE)
