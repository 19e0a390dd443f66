"""Asking back: which paper is meant, with those it may be as choices; and reading the reply.

Asked at most once in a row. Whoever does not choose is answered for all that were offered.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.adapters.keyword import STOP_WORDS
from app.chat.budget import number
from app.chat.condense.places import places
from app.chat.condense.pointing import ELLIPSIS, PLURAL, SINGULAR, WHICH, content_words
from app.chat.condense.records import Condensed
from app.chat.condense.talk import Talk
from app.chat.condense.wording import substituted
from app.chat.describe import MOST_CHOICES, Described
from app.chat.library_answers import entry
from app.core.domain import Citation, RankedPaper, Turn
from app.core.findings import Choice
from app.core.names import name_key
from app.core.ports import KeywordIndex, PaperStore

_NEWEST_READ = 60
_ALL = re.compile(
    r"^\W*(?:(?:for|about|of|i\s+mean|tell\s+me\s+about)\s+)*(?:both|all|either|any|each|everything|every\s+one|them\s+all|both\s+please|all\s+of\s+(?:them|these|those)|both\s+of\s+(?:them|these|those)|"
    r"any\s+of\s+(?:them|these)|all\s+(?:two|three|four|five|six)|(?:i\s+)?do(?:n['’]?t|\s+not)\s+(?:know|care|mind)|no\s+idea|not\s+sure|whichever|whatever|you\s+(?:choose|decide|pick))(?:\s+(?:of\s+them|please|one|papers))*\W*$",
    re.IGNORECASE,
)
_NUMBER = re.compile(
    r"^\W*(?:(?:the|option|choice|number|no\.?|nr\.?|answer|paper|i\s+mean|i\s+meant|i\s+choose|take|pick)\s*)*#?[\[(]?(?P<number>\d{1,3})[\])]?(?:st|nd|rd|th)?(?:\s+(?:one|paper|please))*\W*$",
    re.IGNORECASE,
)
_FILLS = frozenset(
    "i mean meant want the one ones paper papers about on by from of in that is was it with which please a an and called titled choose take pick option choice yes".split()
)


@dataclass(frozen=True, slots=True)
class Ask:
    """A question back: why, the papers it may be about, and the question that choosing each of them asks. `samples`: they
    are no more than papers of the library, so the question back is on none of them."""

    lead: str
    papers: tuple[str, ...]
    questions: tuple[str, ...]
    samples: bool = False

    def parts(self, store: PaperStore, markers: Mapping[int, str]) -> dict[str, Any]:
        """The text, evidence, citations and choices (parts of an `Answer`)."""
        papers = list(store.get(self.papers).values())
        asked = dict(zip(self.papers, self.questions, strict=True))
        evidence = tuple(number([RankedPaper(paper, f"{paper.id}#0", 1.0) for paper in papers], markers))
        lines = "\n".join(f"- {entry(item.paper)} [{item.marker}]" for item in evidence)
        return {
            "text": f"{self.lead}\n\n{lines}" if lines else self.lead,
            "evidence": evidence,
            "citations": () if self.samples else tuple(Citation(item.marker, item.paper.ref) for item in evidence),
            "choices": tuple(Choice(entry(item.paper), asked[item.paper.id], item.marker) for item in evidence),
        }


def ask_unclear(text: str, talk: Talk, store: PaperStore, keyword: KeywordIndex) -> Ask:
    """What a question that points at nothing is asked back with: the papers the conversation was about, the latest first,
    else some of the library that go by a name."""
    papers = tuple(dict.fromkeys([*talk.order(), *reversed(talk.seen())] if talk.turns else ()))[:MOST_CHOICES]
    lead, samples = "Which paper do you mean?", not papers
    if samples:
        newest = keyword.newest(_NEWEST_READ) or store.fitting(most=_NEWEST_READ)
        named = [paper for paper in newest if not talk.handle_of(paper).startswith("“")]
        papers = tuple((named or newest)[:MOST_CHOICES])
        lead = "Which paper do you mean? Name it, or say what it is about. Some of this library:"
    questions = tuple(question_on(text, talk.handle_of(paper), paper) for paper in papers)
    return Ask(lead, papers, questions, samples)


def ask_described(found: Described, handle_of: Callable[[str], str]) -> Ask:
    """What a description that fits several papers is asked back with."""
    lead = f"“{found.text[found.start : found.end]}” fits {len(found.papers)} papers here. Which one do you mean?"
    return Ask(lead, found.papers, tuple(found.with_names(handle_of(paper)) for paper in found.papers))


def ask_others(others: Sequence[tuple[str, Choice]]) -> Ask:
    """What is asked back where nothing answers the question as it stands, but several papers may be meant by it."""
    lead = "Nothing in this library says that in so many words. Which of these papers do you mean?"
    return Ask(lead, tuple(paper for paper, _ in others), tuple(choice.question for _, choice in others))


def others_than(found: Described, store: PaperStore, handle_of: Callable[[str], str]) -> list[tuple[str, Choice]]:
    """The papers that a description may mean as well, each with its name and the question that says so."""
    names = [(paper, handle_of(paper)) for paper in store.get(found.others)]
    return [(paper, Choice(name.strip("“”"), found.with_names(name))) for paper, name in names]


def other_sides(condensed: Condensed, store: PaperStore, handle_of: Callable[[str], str]) -> list[tuple[str, Choice]]:
    """The papers that a pronoun may stand for as well, each with its name and the question asked of it."""
    first = handle_of(condensed.papers[0]) if condensed.papers else ""
    names = [(paper, handle_of(paper)) for paper in store.get(condensed.others)] if first in condensed.text else []
    return [(paper, Choice(name.strip("“”"), condensed.text.replace(first, name, 1))) for paper, name in names]


def question_on(text: str, name: str, paper: str) -> str:
    """A question that points at nothing, asked of this paper."""
    for pattern in (SINGULAR, PLURAL):
        if pattern.search(text):
            return substituted(text, pattern, name, (paper,)).text
    if WHICH.search(text):
        return f"What is {name}?"
    found = places(text, _NOTHING_SAID)
    if found:
        return f"{text[: found[0].start]}{name}{chr(39) + 's' if found[0].own else ''}{text[found[0].end :]}"
    rest = ELLIPSIS.sub("", text).strip(" ?.!")
    return f"{rest[:1].upper()}{rest[1:]} — {name}?" if content_words(rest) else f"What is {name}?"


def _nothing(text: str) -> Any:
    raise AssertionError("no turn, so nothing is resolved")


_NOTHING_SAID = Talk((), _nothing, _nothing)


def offered(turn: Turn) -> tuple[str, ...]:
    """The papers that the turn asked back with."""
    return tuple(turn.markers[c.marker] for c in turn.choices if c.marker is not None and c.marker in turn.markers)


def picked(text: str, last: Turn, talk: Talk) -> Condensed | None:
    """The question that a reply to a question back asks: a number, a marker, "the second", "both", words of a title, a
    name. None if the text is no such reply, so a question of its own."""
    if not last.choices or len(text) > 300:
        return None
    for choice in last.choices:
        if text.strip() == choice.question:
            return _chosen([choice], last)
    if _ALL.match(text):
        return _all(last, talk)
    chosen = _by_number(text, last.choices) or _by_place(text, last, talk) or _by_name(text, last, talk)
    return _chosen(chosen or _by_words(text, last.choices), last)


def _chosen(choices: Sequence[Choice], last: Turn) -> Condensed | None:
    if len(choices) != 1:
        return None
    marker = choices[0].marker
    paper = last.markers.get(marker) if marker is not None else None
    return Condensed(choices[0].question, (paper,) if paper else (), changed=True)


def _all(last: Turn, talk: Talk) -> Condensed | None:
    return for_all(last.standalone or last.question, last, talk)


def for_all(text: str, last: Turn, talk: Talk) -> Condensed | None:
    """The question asked of all papers that were offered, once nobody chose."""
    papers = offered(last)
    if not papers:
        return None
    # The question of the first choice is the one asked, with its name in it.
    first, name = last.choices[0].question, talk.handle_of(papers[0])
    names = talk.names(papers)
    return Condensed(first.replace(name, names, 1) if name in first else f"{names}: {text}", papers, changed=True)


def _by_number(text: str, choices: Sequence[Choice]) -> list[Choice]:
    """By its marker, as that is what stands beside it; else by its place in the list."""
    match = _NUMBER.match(text)
    if match is None:
        return []
    wanted = int(match["number"])
    by_marker = [choice for choice in choices if choice.marker == wanted]
    return by_marker or list(choices[wanted - 1 : wanted] if wanted > 0 else ())


def _by_place(text: str, last: Turn, talk: Talk) -> list[Choice]:
    found = places(text, Talk((last,), talk.resolve_text, talk.handle_of)) if len(text.split()) <= 5 else []
    papers = [paper for place in found for paper in place.papers]
    return [c for c in last.choices if c.marker is not None and last.markers.get(c.marker) in papers] if papers else []


def _by_name(text: str, last: Turn, talk: Talk) -> list[Choice]:
    """By a name of it, if nothing else is said."""
    named = talk.resolve_text(text)
    left = text
    for start, end, _ in reversed(named.spans):
        left = f"{left[:start]} {left[end:]}"
    if set(re.findall(r"\w+", left.lower())) - _FILLS:
        return []
    return [c for c in last.choices if c.marker is not None and last.markers.get(c.marker) in named.papers]


def _by_words(text: str, choices: Sequence[Choice]) -> list[Choice]:
    """By words that stand in the line of this choice and of no other: "the one from 2023", "generative"."""
    words = [
        name_key(word) for word in re.findall(r"\w+", text.lower()) if word not in _FILLS and word not in STOP_WORDS
    ]
    if (
        not words
        or len(words) > 12
        or re.match(r"^\W*(?:what|how|why|which|who|when|where|does|do|is|are)\b", text, re.IGNORECASE)
    ):
        return []
    return [c for c in choices if set(words) <= {name_key(word) for word in re.findall(r"\w+", c.text)}]
