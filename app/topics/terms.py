"""What sets a group of papers apart, in its own words.

Class-based TF-IDF (Grootendorst, "BERTopic: Neural topic modeling with a class-based TF-IDF procedure", 2022): the papers of
a group are read as one text, and a term weighs its frequency there times log(1 + A / f), f being its frequency in all
groups and A the average number of terms of a group. A term counts once a paper, so that no paper speaks for its group.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from app.adapters.keyword import STOP_WORDS

_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
# What every abstract says, whatever it is about.
_SAYS_NOTHING = frozenset(
    """ability able according achieve achieved achieves achieving across accuracy applied apply applying additional additionally aim aims allow allowing allows
    although address addressing approach approaches art available based baseline baselines become benchmark benchmarks best better beyond challenge challenges
    challenging code common compare compared comparing comparison competitive complex comprehensive consider consistently
    current currently data dataset datasets demonstrate demonstrated demonstrates demonstrating design designed despite
    develop developed develops different difficult due each earlier e.g easily effective effectively effectiveness efficient efficiency
    efficiently enable enables enabling especially evaluate evaluated evaluating evaluation even every existing experiment
    experimental experiments explore extensive finally first fast faster five focus four framework furthermore fully gap general
    generally github good greatly hence high higher highly however https http i.e important improve improved improvement
    improvements improves improving include including increase increasing insight insights instead introduce introduced
    introduces introducing investigate involve issue issues key lack large larger lead leading leads learn learned learning
    leverage leverages leveraging limited limitation limitations low lower main make makes making many method methods model
    models moreover multiple much need needed needs new novel number obtain often open outperform outperforming outperforms
    overall particular particularly perform performance performs potential practical pre-trained pretrained present presented presents previous
    previously prior problem problems process propose proposed proposes proposing provide provided provides providing public
    publicly question questions range real recent recently reduce reduced reduces reducing release released remain remains
    require required requires requiring research result results reveal reveals rely second set several show showed showing
    shown shows significant significantly simple since single specific specifically standard state step strong superior
    state-of-the-art system systems task tasks technique techniques test tested third three thus together towards traditional
    train trained training two type types typically understand understanding unlike use used useful user users uses using
    utilize validate value various via well whether within without work works world year years yet""".split()
)
_SHORTEST = 3
# Terms have so many words at most. A term of several says more than one of them, so it counts more.
_LONGEST, _MORE_WORDS = 3, 1.25
# A title says what a paper is about, so a term there counts as often as in so many abstracts.
_IN_TITLE = 3
# A name is of terms that at least this share of the group's papers use, and so many times the share of the others'.
_SHARE, _LIFT = 0.08, 1.4
# A longer term takes a shorter one's place if at least this share of its papers say it.
_SAID_WHOLE = 0.5
_LOOKED_AT = 60


@dataclass(frozen=True, slots=True)
class TermCounts:
    """Of a group: how many papers it has, in how many each term stands, how much that weighs (more if in the title), and
    how the group writes it most often."""

    papers: int
    counts: Mapping[str, int]
    weights: Mapping[str, int]
    spelled: Mapping[str, str]


def counted(papers: Iterable[tuple[str, str]]) -> TermCounts:
    """The terms of a group's papers, given as (title, abstract): words, and up to three words next to each other."""
    counts: Counter[str] = Counter()
    weights: Counter[str] = Counter()
    spellings: dict[str, Counter[str]] = {}
    number = 0
    for number, (title, abstract) in enumerate(papers, start=1):  # noqa: B007
        titled = terms_of(title)
        terms = terms_of(abstract) | titled
        counts.update(terms.keys())
        weights.update(terms.keys())
        weights.update(dict.fromkeys(titled, _IN_TITLE - 1))
        for key, spelled in terms.items():
            if key != spelled:
                spellings.setdefault(key, Counter())[spelled] += 1
    return TermCounts(number, counts, weights, {key: _usual(key, each, counts) for key, each in spellings.items()})


def _usual(key: str, spelled: Counter[str], counts: Mapping[str, int]) -> str:
    best, often = min(spelled.items(), key=lambda pair: (-pair[1], pair[0]))
    return best if 2 * often > counts[key] else key


def terms_of(text: str) -> dict[str, str]:
    """Each term of a text under its key (lower case, one number), with the spelling it was met in."""
    found: dict[str, str] = {}
    row: list[tuple[str, str]] = []
    end = 0
    for match in _WORD.finditer(text):
        word = match.group()
        key = key_of(word)
        if not key or text[end : match.start()].strip(" "):
            row = []
        end = match.end()
        if not key:
            continue
        row = [*row, (key, _shown(word))][-_LONGEST:]
        for at in range(len(row)):
            keys = [each for each, _ in row[at:]]
            if _says_something(keys):
                found.setdefault(" ".join(keys), " ".join(shown for _, shown in row[at:]))
    return found


def _shown(word: str) -> str:
    """A word as it may stand in a name: an abbreviation keeps its capitals."""
    parts = re.split(r"['’-]", word)
    return word if any(sum(map(str.isupper, part)) > 1 for part in parts) else word.lower()


def key_of(word: str) -> str:
    """The word in lower case and without the s of a plural; nothing for a word that can be part of no term."""
    low = word.lower().replace("’", "'").removesuffix("'s")
    if len(low) < _SHORTEST or low in STOP_WORDS or low[0].isdigit():
        return ""
    return low[:-1] if low.endswith("s") and not low.endswith(("ss", "us", "is")) and len(low) > _SHORTEST else low


def _says_something(keys: Sequence[str]) -> bool:
    """Whether these words are a term: they differ, and the first of them says something by itself."""
    return keys[0] not in _SAYS_NOTHING and len(set(keys)) == len(keys)


def named(groups: Sequence[TermCounts], most: int = 5) -> list[tuple[str, ...]]:
    """For each group its distinctive terms, best first: at most so many, none for a group without words. A term names
    the one group in which it weighs most."""
    weighed = _weighed(groups)
    owner: dict[str, int] = {}
    for number, weights in enumerate(weighed):
        for term, weight in weights.items():
            if term not in owner or weight > weighed[owner[term]][term]:
                owner[term] = number
    return [
        _best(group, {term: weight for term, weight in weights.items() if owner[term] == number}, most)
        for number, (group, weights) in enumerate(zip(groups, weighed, strict=True))
    ]


def _weighed(groups: Sequence[TermCounts]) -> list[dict[str, float]]:
    """Class-based TF-IDF of the terms that a group uses more than the others do."""
    weights, counts = Counter[str](), Counter[str]()
    for group in groups:
        weights.update(group.weights)
        counts.update(group.counts)
    papers = sum(group.papers for group in groups)
    average = sum(weights.values()) / max(1, len(groups))

    def distinctive(group: TermCounts, term: str, count: int) -> bool:
        others = (counts[term] - count) / max(1, papers - group.papers)
        return count / group.papers >= max(_SHARE, _LIFT * others)

    return [
        {
            term: weight / group.papers * math.log1p(average / weights[term]) * (_MORE_WORDS if " " in term else 1.0)
            for term, weight in group.weights.items()
            if group.counts[term] >= min(2, group.papers) and distinctive(group, term, group.counts[term])
        }
        for group in groups
    ]


def _best(group: TermCounts, weights: Mapping[str, float], most: int) -> tuple[str, ...]:
    chosen: list[str] = []
    for term in sorted(weights, key=lambda term: (-weights[term], term))[:_LOOKED_AT]:
        if any(_within(term, other) or _alike(term, other) for other in chosen):
            continue
        shorter = [other for other in chosen if _within(other, term)]
        if shorter and group.counts[term] < _SAID_WHOLE * group.counts[shorter[0]]:
            continue
        if shorter:
            chosen[chosen.index(shorter[0])] = term
            chosen = [other for other in chosen if other not in shorter[1:]]
        elif len(chosen) < most:
            chosen.append(term)
    return tuple(group.spelled.get(term, term) for term in chosen)


def _within(term: str, other: str) -> bool:
    """Whether all words of one stand in the other."""
    return set(term.split()) <= set(other.split())


def _alike(term: str, other: str) -> bool:
    """Whether two terms of several words are mostly of the same ones, neither of them within the other."""
    one, two = set(term.split()), set(other.split())
    return len(one & two) > 1 and not one > two
