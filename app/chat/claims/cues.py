"""Words that turn a statement round: negation, and opposites ("outperforms" and "underperforms", "with" and "without").

A cue of the claim is held against the cue of its kind that stands in the most similar surroundings in the abstract;
the claim is at fault where that one points the other way.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from app.chat.claims.opposites import ADDS_ONLY, KINDS, NEGATORS, is_soft
from app.chat.claims.words import Word, alike, around, nearness

_CROSSING = frozenset({"better", "amount", "cause"})  # "improves accuracy" and "reduces accuracy" are opposites too

# Of these an opposite counts only where it is about the same thing: their words are in every second sentence.
_LOOSE = frozenset(
    {"accompany", "cause", "freshness", "keep", "add", "join", "need", "being", "part", "order", "time", "place"}
)
_PREFIXES = re.compile(r"(?:un|non|dis|il|(?:in|im|ir)(?=\w+(?:able|ible|ent|ant|ate|al|ive|ly|cy|ity|ect|ete)$))")


@dataclass(frozen=True, slots=True)
class Cue:
    """A word that points up (1) or down (-1) in its kind, negation counted in."""

    kind: str
    sign: int
    at: int
    denied: bool


def cues(words: Sequence[Word]) -> list[Cue]:
    """Every cue of a sentence."""
    denied = {index for _, scope in negations(words) for index in scope}
    found = []
    for at, word in enumerate(words):
        low = word.text.casefold()
        if (
            low in {"most", "more", "less", "least", "fewer"}
            and at
            and words[at - 1].text.casefold() in {"at", "no", "not"}
        ):
            continue  # "at most", "no more than" are bounds, see figures
        following = words[at + 1].text.casefold() if at + 1 < len(words) else ""
        if (
            low in {"many", "much", "long", "high", "low", "large", "few", "little"}
            and at
            and words[at - 1].text.casefold() == "how"
        ):
            continue
        if low == "with" and following in {"no", "little", "neither"}:
            continue
        if low in {"more", "less"} and following == "than":
            continue  # a bound too, or "more than doubles"
        for kind, sign in KINDS.get(low, ()):
            found.append(Cue(kind, -sign if at in denied else sign, at, at in denied))
    return found


def negations(words: Sequence[Word]) -> list[tuple[int, tuple[int, ...]]]:
    """Each negation: where it stands, and the words it is about (three that carry meaning, within its clause)."""
    found = []
    for at, word in enumerate(words):
        low = word.text.casefold().replace("’", "'")
        if low not in NEGATORS or (at + 1 < len(words) and words[at + 1].text.casefold() in ADDS_ONLY):
            continue
        if low in {"fail", "fails", "failed", "failing"} and not (
            at + 1 < len(words) and words[at + 1].text.casefold() == "to"
        ):
            continue
        if low == "no" and at + 1 < len(words) and words[at + 1].text.casefold() in {"more", "less", "fewer", "matter"}:
            continue
        if (
            low == "nothing"
            and at + 1 < len(words)
            and words[at + 1].text.casefold() in {"more", "but", "other", "else"}
        ):
            continue  # "nothing more than" is "only"
        scope = []
        for index in range(at + 1, min(at + 9, len(words))):
            if words[index].clause != word.clause or words[index].text.casefold() in {"but", "and"}:
                break
            scope.append(index)
            if sum(words[i].content or words[i].text.casefold() in KINDS for i in scope) >= 3:
                break
        found.append((at, tuple(scope)))
    return found


def turned(
    claim: tuple[Word, ...],
    said: Sequence[tuple[Word, ...]],
    every: Sequence[tuple[Word, ...]] = (),
    settled: Collection[int] = (),
) -> str | None:
    """What is turned round in the claim against the sentences of the abstract that fit it best, in words, or None.
    `every` are all sentences of the abstract: what one of them says in like surroundings is not turned round.
    The words at `settled` are left alone: which way they point was found out otherwise (see `sides`)."""
    for problem in (*_opposed(claim, said, every or said, settled), *_prefixed(claim, said), *_denied(claim, said)):
        return problem
    return None


# --- opposites ----------------------------------------------------------------------------------------------


def _opposed(
    claim: tuple[Word, ...],
    said: Sequence[tuple[Word, ...]],
    every: Sequence[tuple[Word, ...]],
    settled: Collection[int],
) -> Iterator[str]:
    """The opposite must stand in a sentence that fits; the word itself, in like surroundings, clears it wherever it is.
    What is negated on either side is a matter of the negation, see below."""
    own_words = {word.text.casefold() for word in claim}
    for cue in cues(claim):
        if cue.at in settled or cue.denied or claim[cue.at].text.casefold() == "without":
            continue
        here = around(claim, cue.at, 6)
        same = max(
            (_near(claim, cue, here, words, their) for words in every for their in _alike(words, cue)), default=0.0
        )
        opposed, other = 0.0, ""
        for words in said:
            for their in cues(words):
                # "unlike the slow ones, it is faster": a contrast that the claim has too only the sides can settle.
                if not their.denied and their.sign != cue.sign and words[their.at].text.casefold() not in own_words:
                    near = _near(claim, cue, here, words, their)
                    opposed, other = max((opposed, other), (near, words[their.at].text))
        if opposed > 0.3 and opposed > 1.25 * same:
            yield f"says “{claim[cue.at].text}” where the cited abstract says “{other}”"


def _alike(words: Sequence[Word], cue: Cue) -> list[Cue]:
    return [their for their in cues(words) if their.sign == cue.sign]


def _near(claim: tuple[Word, ...], cue: Cue, here: dict[str, float], words: tuple[Word, ...], their: Cue) -> float:
    """How much two cues are about the same, 0 if they are of different kinds."""
    crossing = their.kind in _CROSSING and cue.kind in _CROSSING and _object(claim, cue.at) & _object(words, their.at)
    if their.kind != cue.kind and not crossing:
        return 0.0
    if their.kind in _LOOSE and cue.sign != their.sign and not _object(claim, cue.at) & _object(words, their.at):
        return 0.0
    near = nearness(here, around(words, their.at, 6))
    if cue.sign == their.sign:
        # The very word, about something near: said there as it is said here.
        return near + (0.5 if words[their.at].text.casefold() == claim[cue.at].text.casefold() and near > 0.2 else 0.05)
    return near


def _object(words: Sequence[Word], at: int) -> set[str]:
    """The next word of meaning after this one in its clause, which is what a verb or an adjective is about."""
    for word in words[at + 1 : at + 6]:
        if word.clause != words[at].clause:
            break
        if word.content and word.text.casefold() not in KINDS:
            return {word.stem}
    return set()


def _prefixed(claim: tuple[Word, ...], said: Sequence[tuple[Word, ...]]) -> Iterator[str]:
    """ "seen" for "unseen", "intentionally" for "unintentionally", next to the same word."""
    denied = {i for _, scope in negations(claim) for i in scope}
    own_words = {word.text.casefold() for word in claim}
    for at, word in enumerate(claim):
        low = word.text.casefold()
        if len(low) < 4 or low in KINDS:
            continue
        here = around(claim, at, 4)
        same = opposed = 0.0
        instead = ""
        for words in said:
            theirs = {i for _, scope in negations(words) for i in scope}
            for i, other in enumerate(words):
                one, two = sorted((low, other.text.casefold()), key=len)
                turned_by = _PREFIXES.match(two)
                if one == two:
                    same = max(same, 0.1 + nearness(here, around(words, i, 4)))
                elif other.text.casefold() in own_words:
                    continue  # a contrast that the claim has too
                elif len(one) >= 4 and turned_by and two[turned_by.end() :] == one and (at in denied) == (i in theirs):
                    near = nearness(here, around(words, i, 4))
                    opposed, instead = max((opposed, instead), (near, other.text))
        if opposed >= 0.25 and opposed > 1.25 * same:
            yield f"says “{word.text}” where the cited abstract says “{instead}”"


# --- negation -----------------------------------------------------------------------------------------------


_Denials = list[tuple[int, tuple[int, ...]]]


def _denied(claim: tuple[Word, ...], said: Sequence[tuple[Word, ...]]) -> Iterator[str]:
    own = negations(claim)
    theirs = [(words, negations(words)) for words in said]
    # Those that the abstract has in the same word are its own; what is left must be borne out by something else of it.
    own.sort(key=lambda denial: not any(claim[denial[0]].text == w[at].text for w, found in theirs for at, _ in found))
    used: set[tuple[int, int]] = set()
    for at, scope in own:
        if not _is_borne_out(claim, scope, theirs, used):
            yield f"says “{' '.join(w.text for w in claim[at : at + 3])}”, which the cited abstract does not"
            return
    if own or any(is_soft(word) for word in claim):
        return
    mine = {word.stem for word in claim}
    for k, (words, denials) in enumerate(theirs):
        for at, scope in denials:
            kept = [words[i].stem for i in scope if words[i].content]
            shared = [name for name in kept if any(alike(name, other) for other in mine)]
            if k:  # not in the sentence that fits best: only if it is about exactly the same
                gone = len(kept) >= 3 and len(shared) == len(kept)
            else:
                gone = bool(shared) and shared[0] == kept[0] and (len(shared) >= 2 or len(kept) < 3)
            if gone:
                yield f"leaves out “{' '.join(w.text for w in words[at : at + 3])}” of the cited abstract"
                return


def _rises(words: Sequence[Word], scope: Sequence[int]) -> set[int]:
    """Which ways (1, -1) the words of a negation's scope point in amount or quality: "not improve" is "not raise"."""
    return {
        sign for i in scope for kind, sign in KINDS.get(words[i].text.casefold(), ()) if kind in {"better", "amount"}
    }


def _is_borne_out(
    claim: tuple[Word, ...],
    scope: Sequence[int],
    theirs: Sequence[tuple[tuple[Word, ...], _Denials]],
    used: set[tuple[int, int]],
) -> bool:
    """Whether a sentence of the abstract denies it too, in whatever words. A negation of the abstract bears out one of
    the claim (`used`), and none of its words that are negative in themselves ("unknown") does that the claim has too."""
    about = [claim[i].stem for i in scope if claim[i].content]
    if not about:
        return True
    repeated = {word.stem for word in claim}
    shared = [[i for i, w in enumerate(words) if any(alike(w.stem, name) for name in about)] for words, _ in theirs]
    most = max(
        (len({words[i].stem for i in found}) for found, (words, _) in zip(shared, theirs, strict=True)), default=0
    )
    for k, (found, (words, denials)) in enumerate(zip(shared, theirs, strict=True)):
        free = [(at, reach) for at, reach in denials if (k, at) not in used]
        soft = [i for i, w in enumerate(words) if is_soft(w) and w.stem not in repeated]
        if not most:
            if soft or free:
                return True  # said in other words
            continue
        if len({words[i].stem for i in found}) < most:
            continue
        for at, reach in free:
            if set(reach) & set(found) or _rises(claim, scope) & _rises(words, reach):
                used.add((k, at))
                return True
        if any(abs(i - j) <= 7 and words[i].clause == words[j].clause for i in found for j in soft):
            return True
    return False
