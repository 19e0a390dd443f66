"""Who stands on which side: "A outperforms B" is not "B outperforms A", "from 1% to 92%" not "from 92% to 1%"."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from app.chat.claims.words import Word, stem
from app.core.names import looks_like_name, name_key

_AHEAD = frozenset(map(stem, "outperform outperforms outperformed outperforming beat beats beating surpass surpasses exceed exceeds outdo outdid outdoes overtake overtakes".split()))  # fmt: skip
_BEHIND = frozenset(map(stem, "underperform underperforms trail trails trailing lag lags".split()))
_MORE = frozenset("better faster higher larger stronger superior greater more quicker cheaper easier ahead longer simpler best".split())  # fmt: skip
_LESS = frozenset("worse slower lower smaller weaker inferior fewer less behind harder shorter".split())
_AMOUNTS = frozenset("more less fewer lower higher smaller larger greater".split())
_COSTS = frozenset(
    map(stem, "time error errors cost costs memory compute latency loss overhead storage parameters data".split())
)
_STOPS = frozenset(
    "in on by with for at when while across during under after before although though but because despite where which who that as if "
    "than via through while".split()
)
_SELF = "§"
_NAME = "§ "  # a name's key comes after it
_DEGREES = frozenset(
    "far much clearly significantly substantially considerably slightly also even still again percent".split()
)
_OURSELVES = frozenset("we our ours it its this proposed they their".split())
_KIND_OF_THING = frozenset(map(stem, "model method approach framework system paper technique algorithm authors work study".split()))  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Contest:
    """What is said to be ahead and what behind, as stems."""

    ahead: frozenset[str]
    behind: frozenset[str]
    at: int


def exchanged(
    claim: tuple[Word, ...], said: Sequence[tuple[Word, ...]], own: Collection[str]
) -> tuple[bool, frozenset[int]]:
    """Whether the claim exchanges two sides against a sentence of the abstract, and at which words it takes the same
    sides as one. `own` are keys of the names that the cited paper gives to its own thing: "our model" there is that
    name here."""
    settled: set[int] = set()
    for kind in (_contests, _ways, _choices):
        theirs = [contest for words in said for contest in kind(words, own)]
        for contest in kind(claim, own):
            straight = max((_straight(contest, their) for their in theirs), default=0)
            crossed = max((_crossed(contest, their) for their in theirs), default=0)
            if crossed > straight:
                return True, frozenset()
            if straight > crossed:
                settled.add(contest.at)
    return False, frozenset(settled)


def _straight(one: _Contest, other: _Contest) -> int:
    return _weight(one.ahead & other.ahead) + _weight(one.behind & other.behind)


def _crossed(one: _Contest, other: _Contest) -> int:
    return _weight(one.ahead & other.behind) + _weight(one.behind & other.ahead)


def _weight(shared: frozenset[str]) -> int:
    """Names tell twice as much as words."""
    return sum(2 if word.startswith(_SELF) else 1 for word in shared)


def _contests(words: Sequence[Word], own: Collection[str]) -> list[_Contest]:
    found = []
    for at, word in enumerate(words):
        sign, left, right = _pivot(words, at)
        if not sign or (right + 1 < len(words) and words[right + 1].text[0].isdigit()):
            continue  # "less than 1%" is a bound
        passive = word.stem in _AHEAD and right + 1 < len(words) and words[right + 1].text.casefold() == "by"
        before, after = _before(words, left, own), _after(words, right + passive, own)
        if passive:
            before, after = after, before
        if sign < 0:
            before, after = after, before
        before, after = before - after, after - before
        if before and after:
            found.append(_Contest(before, after, at))
    return found


def _pivot(words: Sequence[Word], at: int) -> tuple[int, int, int]:
    """(1 or -1, where the left side ends, where the right side begins) if two things are compared at this word, else 0."""
    low = words[at].text.casefold()
    following = words[at + 1].text.casefold() if at + 1 < len(words) else ""
    if words[at].stem in _AHEAD or words[at].stem in _BEHIND:
        return (1 if words[at].stem in _AHEAD else -1), at, at
    if (
        low == "behind"
        or (low in {"superior", "inferior"} and following == "to")
        or (low == "ahead" and following == "of")
    ):
        return (1 if low in _MORE else -1), at, at + (low != "behind")
    if (low not in _MORE and low not in _LESS) or (low in {"more", "less", "fewer"} and following == "than"):
        return 0, at, at
    sign = 1 if low in _MORE else -1
    if low in _AMOUNTS and any(
        word.stem in _COSTS for word in words[at + 1 : at + 4] if word.clause == words[at].clause
    ):
        sign = -sign  # who takes less time is ahead
    for to in range(at + 1, min(at + 7, len(words))):
        if words[to].text.casefold() == "than":
            return sign, at, to
    for to in range(at + 1, min(at + 14, len(words))):  # "quicker with A, by 65.8% against B"
        if words[to].text.casefold() in {"against", "versus", "vs"}:
            return sign, to, to
    return 0, at, at


def _ways(words: Sequence[Word], own: Collection[str]) -> list[_Contest]:
    """ "from A to B"."""
    found = []
    for at, word in enumerate(words):
        if word.text.casefold() != "from":
            continue
        for to in range(at + 2, min(at + 18, len(words))):
            if words[to].text.casefold() == "to":
                left = frozenset(w.stem for w in words[at + 1 : to] if w.content)
                after = frozenset(w.stem for w in words[to + 1 : to + 5] if w.content)
                # Beyond a comma only figures are surely the two ends of one way.
                whole = words[at].clause == words[to].clause or all(
                    any(w.isdigit() for w in end) for end in (left, after)
                )
                if whole and left and after and not left & after:
                    found.append(_Contest(left, after, at))
                break
    return found


def _choices(words: Sequence[Word], own: Collection[str]) -> list[_Contest]:
    """ "A instead of B", "A rather than B"."""
    found = []
    for at, word in enumerate(words[:-1]):
        pair = word.text.casefold(), words[at + 1].text.casefold()
        if pair in {("instead", "of"), ("rather", "than"), ("not", "on"), ("not", "by")}:
            left, after = _before(words, at, own), _after(words, at + 1, own)
            left, after = left - after, after - left
            if left and after:
                found.append(_Contest(left, after, at))
    return found


def _named(words: Sequence[Word], at: int, own: Collection[str]) -> set[str]:
    word = words[at]
    low = word.text.casefold()
    if low in _OURSELVES or name_key(word.text) in own or name_key(word.whole) in own:
        return {_SELF}
    if looks_like_name(word.whole):
        return {_NAME + name_key(word.whole)}  # OPT and OPT-IML are two
    if low.isdigit() or low in _DEGREES:
        return set()
    if word.stem in _KIND_OF_THING:
        return {_SELF} if at and words[at - 1].text.casefold() == "the" else set()
    return {word.stem} if word.content else set()


def _after(words: Sequence[Word], at: int, own: Collection[str]) -> frozenset[str]:
    """What follows word `at`, up to the next preposition or the end of the clause."""
    found: set[str] = set()
    for index in range(at + 1, min(at + 10, len(words))):
        if (words[index].text.casefold() in _STOPS and index > at + 1) or (
            found and words[index].clause != words[at].clause
        ):
            break
        found |= _named(words, index, own)
    return frozenset(found)


def _before(words: Sequence[Word], at: int, own: Collection[str]) -> frozenset[str]:
    """What comes before word `at` in its clause, after a "that"; if the clause begins with it, the head of the
    sentence."""
    found: set[str] = set()
    pivot = words[at].text.casefold()
    for index in range(at - 1, max(at - 18, -1), -1):
        same = words[index].clause == words[at].clause or pivot in {"against", "versus", "vs"}
        if not same or words[index].text.casefold() == "that":
            break
        found |= _named(words, index, own)
    if not found:
        for index in range(min(at, 6)):
            if words[index].text.casefold() in _STOPS and found:
                break
            found |= _named(words, index, own)
    return frozenset(found)
