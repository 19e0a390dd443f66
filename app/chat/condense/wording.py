"""Putting names into questions: in place of pronouns, and in place of what the last question was about."""

from __future__ import annotations

import re
from collections.abc import Sequence

from app.chat.checking.turned import ONES
from app.chat.condense.pointing import ELLIPSIS, LISTS, PROPERTIES, content_words
from app.chat.condense.records import Condensed
from app.chat.condense.talk import Talk
from app.core.domain import Turn

_COMPARING = re.compile(
    r"\b(?:compar\w*|contrast\w*|differ\w*|versus|vs|between|similarit\w*|common|or|and|with|to|than)\b", re.IGNORECASE
)
_JOINT = re.compile(
    r"\s*(?:,|;|&|/|\b(?:and|or|vs\.?|versus|with|to|from|against|than)\b)\s*(?:\band\b\s*)?", re.IGNORECASE
)
# "What type of network is that generator?"
_THAT_THING = re.compile(r"\b(?:that|this|those|these|the said)\s+(?:[\w-]+\s+)?(?P<thing>[a-z][\w-]{3,}?)s?(?=\W*$|\s+(?:is|are|was|were|do|does|did|has|have|can|in|on|for|with|from|by|and|or)\b|[,;:.])", re.IGNORECASE)  # fmt: skip

_ONE = {"do": "does", "are": "is", "have": "has"}


def substituted(text: str, pattern: re.Pattern[str], names: str, papers: Sequence[str]) -> Condensed:
    """The text with the names in place of the first word that fits the pattern."""

    def swap(match: re.Match[str]) -> str:
        word = match["word"].lower()
        if word.endswith("there"):
            return f"in {names}"
        if re.search(r"\bauthors?$", word):
            return f"the authors of {names}"
        return f"{names}'s" if word in {"its", "their"} or match["possessive"] else names

    changed = pattern.sub(swap, ELLIPSIS.sub("", text), count=1)
    if len(papers) == 1:  # "what data do they use?"
        changed = re.sub(
            rf"\b(do|are|have)(?= {re.escape(names)}(?!\w|['’]))", lambda match: _ONE[match[0].lower()], changed
        )
    return Condensed(changed[:1].upper() + changed[1:], tuple(papers), changed=True)


def asked_of(
    subject: str, last: Turn, talk: Talk, papers: Sequence[str] = (), joins: bool = False, instead: bool = False
) -> str:
    """The last question's wording with `subject` (the names of `papers`) in place of what it named. After a comparison:
    `joins` adds them to it, `instead` puts them in the place of all that it compared."""
    wording = last.standalone or last.question
    named = talk.resolve_text(wording)
    spans = [(start, end) for start, end, ids in named.spans if ids] or [(r.start, r.end) for r in named.several]
    if len(spans) == 1:
        start, end = spans[0]
        suffix = re.search(r"['’]s$", wording[start:end])
        bare = re.sub(r"['’]s$", "", subject)
        return wording[:start] + bare + (suffix.group() if suffix else "") + wording[end:]
    if not spans:
        if LISTS.search(wording) and papers:
            return f"What is {subject}?" if len(papers) == 1 else f"What do {subject} propose?"
        return f"{subject}: {wording}"
    typed = named.papers
    one_list = _are_one_list(wording, spans)
    if len(papers) > 1 and one_list and (instead or set(papers) <= set(typed)):  # fewer of those that were compared
        return wording[: spans[0][0]] + subject + wording[spans[-1][1] :]
    if joins and papers and not set(papers) & set(typed) and one_list:
        return f"{wording[: spans[-1][1]]} and {subject}{wording[spans[-1][1] :]}"
    rest = wording
    for start, end in reversed(spans):
        rest = f"{rest[:start]} {rest[end:]}"
    rest = " ".join(_COMPARING.sub(" ", rest).split()).strip(" ,?.:;")
    asks = [word for word in content_words(rest) if word not in {"the", "difference", "differences"}]
    if not asks:
        return f"What is {subject}?"
    return f"{subject}: {rest}?"


def _are_one_list(wording: str, spans: Sequence[tuple[int, int]]) -> bool:
    return all(_JOINT.fullmatch(wording[end:start]) for (_, end), (start, _) in zip(spans, spans[1:], strict=False))


def without_names(last: Turn, talk: Talk, gone: Sequence[str]) -> str | None:
    """The last question without these papers' names; None if it names nothing else. Unchanged if it names none of them."""
    wording = last.standalone or last.question
    named = talk.resolve_text(wording)
    kept = [paper for paper in named.papers if paper not in gone]
    if len(kept) == len(named.papers):
        return wording
    if not kept:
        return None
    if len(kept) == 1:
        return asked_of(talk.names(kept), last, talk, kept)
    spans = [(start, end) for start, end, ids in named.spans if ids]
    start, end = spans[0][0], spans[-1][1]
    if len(spans) > 1 and _are_one_list(wording, spans):
        return f"{wording[:start]}{talk.names(kept)}{wording[end:]}"
    return f"Compare {talk.names(kept)}"


def is_property(words: Sequence[str]) -> bool:
    """Whether all of these words are for properties that every paper has."""
    return all(word in PROPERTIES for word in words)


def of_list(text: str, talk: Talk) -> str:
    """ "Only the biomedical ones" after a list, as a question of that list; "" for anything else."""
    match = ONES.match(text) if len(talk.order()) > 1 else None
    subject = match["subject"].strip(" ,") if match else ""
    # "The 2023 ones" is a filter.
    return f"Which of them are about {subject}?" if subject and not re.search(r"\d", subject) else ""


def thing_of_last(text: str, talk: Talk) -> tuple[str, ...]:
    """The one paper of the last answer, where the question goes on about a thing of it: "Which paper builds a generator?",
    "What type of network is that generator?"."""
    focus, match = tuple(talk.focus()), _THAT_THING.search(text)
    if match is None or len(focus) != 1 or talk.last is None:
        return ()
    before = f"{talk.last.standalone or ''} {talk.last.question} {talk.last.text}".lower()
    return focus if re.search(rf"\b{re.escape(match['thing'].lower())}s?\b", before) else ()
