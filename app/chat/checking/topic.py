"""How well a sentence shows that a paper is about, uses or does what is asked: its words, those that mean the same, and
its meaning."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from app.chat.checking.thesaurus import subjects
from app.core.names import looks_like_name
from app.core.ports import KeywordIndex

# Words that a question adds to its subject, and that no sentence need have.
_EMPTY = frozenset(
    """approach approaches method methods model models technique techniques domain domains topic topics field area problem problems
    task tasks setting settings system systems result results experiment experiments paper work way ways kind form different various
    several many multiple new novel inside own made main work works working deal deals dealing concern concerns make makes field fields
    application applications research evaluate evaluates use based much left lot great really remains explicitly depth detail closely mainly primarily deeply output outputs kinds sort sorts idea ideas concept concepts notion notions principle principles making run running whole entire data dataset datasets general go goes going boast boasts brag brags gain gains improvement improvements something anything together family families specific name names ran run runs experiment abstract abstracts big hold holds each whose involve involves involved""".split()
)
_NAME = re.compile(r"[A-Za-z][\w.+-]*\w")


@dataclass(frozen=True, slots=True)
class Unit:
    """Something a sentence must say, in any of these words, and how much it says."""

    said: re.Pattern[str] | None
    term: str
    weight: float
    name: bool = False


def is_empty(word: str) -> bool:
    """Whether a question's word adds nothing that a sentence would have to say."""
    return word.casefold() in _EMPTY


def units_of(subject: str, keyword: KeywordIndex, bare: bool = False) -> tuple[Unit, ...]:
    """What a sentence must say to be about `subject`, with BM25's idf for weights; of words that say nothing by themselves
    only if there are no others, and never if `bare`."""
    taken: list[tuple[int, int]] = []
    units: list[Unit] = []
    for match in _NAME.finditer(subject):
        if looks_like_name(match.group()) and not _in_thesaurus(match.group()):
            taken.append(match.span())
            units.append(Unit(_spelled(match.group()), "", _weight(match.group(), keyword), True))
    found = [(m, line) for line in subjects() for m in line.called.finditer(subject)]
    found.sort(key=lambda item: (item[0].start() - item[0].end(), len(item[1].said.pattern)))
    for match, line in found:
        if not any(start < match.end() and match.start() < end for start, end in taken):
            taken.append(match.span())
            units.append(Unit(line.said, "", _weight(match.group(), keyword)))
    rest = "".join(" " if any(s <= at < e for s, e in taken) else c for at, c in enumerate(subject))
    words = [word for word in re.findall(r"[^\W_]+", rest) if word.casefold() not in _EMPTY]
    terms = dict.fromkeys(keyword.terms(" ".join(words)))
    if not units and not terms and not bare:
        terms = dict.fromkeys(keyword.terms(subject))
    units += [Unit(None, term, keyword.idf(term)) for term in terms]
    return tuple(units)


def _in_thesaurus(word: str) -> bool:
    return any(line.called.fullmatch(word) for line in subjects())


def _weight(words: str, keyword: KeywordIndex) -> float:
    return sum(keyword.idf(term) for term in dict.fromkeys(keyword.terms(words))) or 1.0


def _spelled(name: str) -> re.Pattern[str]:
    """The name however its parts are joined: "CIFAR-100", "CIFAR100", "CIFAR 100"; never a part of another number."""
    parts = re.findall(r"[A-Za-z]+|\d+(?:\.\d+)*", name)
    # "CIFAR" is any of them, "GPT-3" no other version.
    ends = r"(?![0-9]|\.\d|[a-z]{2})" if any(part[0].isdigit() for part in parts) else r"(?![a-z]{2})"
    return re.compile(rf"(?<![A-Za-z0-9]){r'[-_ ]?'.join(map(re.escape, parts))}{ends}", re.IGNORECASE)


def covered(units: Sequence[Unit], text: str, terms: frozenset[str]) -> float:
    """The share (0 to 1) of the weight of `units` that `text`, which has these index terms, says."""
    total = sum(unit.weight for unit in units)
    have = sum(u.weight for u in units if (u.said.search(text) if u.said else u.term in terms))
    return have / total if total else 0.0


def names_said(units: Sequence[Unit], text: str) -> bool:
    """Whether every name among `units` stands in `text`."""
    return all(unit.said.search(text) for unit in units if unit.name and unit.said)
