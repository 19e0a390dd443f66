"""A verdict on a paper by rule: the sentence that shows what is asked, or none.

Words decide first: a sentence that says all of what is asked, in its own words or in those of the thesaurus, is a reason.
Only where it says a part of it is the meaning asked as well, by the cosine of the sentence to the question. The bounds were
set on the development half of `tests/data/aggregate.jsonl`; `python -m tests.bench.aggregate` prints what they give.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.adapters.sentences import own_sentences
from app.chat.checking.amounts import Amount
from app.chat.checking.parts import Part, Property
from app.chat.checking.signs import Sign, sign_of, title_shows
from app.chat.checking.topic import Unit, covered, names_said, units_of
from app.core.domain import Paper, Sentence
from app.core.findings import Stance
from app.core.ports import KeywordIndex

# From ALL on a sentence says what is asked; from SOME on it does if its cosine to the question is NEAR as well, or VERY_NEAR
# from LITTLE on. What lies just below is unclear.
ALL, SOME, LITTLE = 0.85, 0.5, 0.3
NEAR, VERY_NEAR, ABOUT, PERHAPS = 0.45, 0.60, 0.35, 0.25

# No sentence is longer; what has no full stops for so long is read up to here.
_LONGEST = 2000
_BACKGROUND = re.compile(
    r"^\W*(?:recent\w*|existing|previous\w*|prior|most|many|several|although|despite|while|whereas|however|albeit|traditional\w*|current\w*|"
    r"on the (?:one|other) hand|over the|in recent|the last|it has (?:been|recently)|conventional\w*|unlike|typically|often|some|other)\b",
    re.IGNORECASE,
)
_OWN = re.compile(r"\b(?:we|our|ours|this (?:paper|work|study|article|book|review)|in this)\b", re.IGNORECASE)
_BRINGS = re.compile(
    r"\b(?:we|our|this (?:paper|work|study)|propos\w*|introduc\w*|present\w*|develop\w*)\b", re.IGNORECASE
)
_ORDER: Mapping[Stance, int] = {"no": 0, "unclear": 1, "yes": 2}
_STANCES: tuple[Stance, ...] = ("no", "unclear", "yes")


@dataclass(frozen=True, slots=True)
class Seen:
    """What one part of the question finds in a paper: how it stands, the sentence that shows it, and how strongly."""

    stance: Stance
    sentence: Sentence | None = None
    strength: float = 0.0


@dataclass(frozen=True, slots=True)
class Test:
    """A part of the question, ready to be held against sentences. `units` are of its subject and of the other words for it."""

    part: Part
    sign: Sign | None = None
    units: tuple[tuple[Unit, ...], ...] = ()
    amount: Amount | None = None


def tests_of(asked: Property, keyword: KeywordIndex) -> tuple[Test, ...]:
    """What each part of the question is to be held against."""
    return tuple(_test(part, keyword) for part in asked.parts)


def _test(part: Part, keyword: KeywordIndex) -> Test:
    sign = sign_of(part)
    units = () if sign else tuple(units_of(words, keyword, bool(part.amount)) for words in (part.subject, *part.others))
    return Test(part, sign, units, part.amount)


def look(test: Test, paper: Paper, keyword: KeywordIndex, cosines: Sequence[float] | None = None) -> Seen:
    """How one part of the question stands in a paper; `cosines` are of its sentences, if they are known."""
    found = own_sentences(paper.abstract)
    if test.sign:
        return _by_sign(test.sign, test.part, paper, found)
    seen = [_by_words(test, units, paper, found, keyword, cosines) for units in test.units]
    return max(seen, key=lambda item: (_ORDER[item.stance], item.strength))


def shares(test: Test, paper: Paper, sentences: Sequence[str], keyword: KeywordIndex) -> tuple[float, float, float]:
    """How much (0 to 1) of a topic's words the title, the whole paper and the best of its sentences say."""
    whole = f"{paper.title}. {paper.abstract}"
    terms = [frozenset(keyword.terms(text)) for text in sentences]
    found = [
        (
            covered(units, paper.title, frozenset(keyword.terms(paper.title))),
            covered(units, whole, frozenset(keyword.terms(whole))),
            max((covered(units, text, own) for text, own in zip(sentences, terms, strict=True)), default=0.0),
        )
        for units in test.units
    ]
    return max(found, key=lambda said: (said[2], said[1]), default=(0.0, 0.0, 0.0))


def _by_sign(sign: Sign, part: Part, paper: Paper, found: Sequence[Sentence]) -> Seen:
    rows = [(sign(sentence.text[:_LONGEST]), sentence) for sentence in found]
    best = max(rows, key=lambda row: row[0], default=(0.0, None))
    if best[0] >= 1.0:
        return Seen("yes", best[1], 1.0)
    if title_shows(part, paper.title) and found:
        return Seen("yes", found[0], 0.9)
    return Seen("unclear", best[1], best[0]) if best[0] > 0 else Seen("no")


def _by_words(
    test: Test,
    units: Sequence[Unit],
    paper: Paper,
    found: Sequence[Sentence],
    keyword: KeywordIndex,
    cosines: Sequence[float] | None,
) -> Seen:
    if not names_said(units, f"{paper.title} {paper.abstract}"):
        return Seen("no")
    rows = []
    for at, sentence in enumerate(found):
        share = covered(units, sentence.text, frozenset(keyword.terms(sentence.text))) if units else 0.0
        if test.amount and not test.amount.met_by(sentence.text):
            continue
        near = cosines[at] if cosines else 0.0
        rows.append((share + near, share, near, sentence))
    if not rows:
        return Seen("no")
    title = covered(units, paper.title, frozenset(keyword.terms(paper.title)))
    whole = [row for row in rows if row[1] >= ALL or (test.amount and not units)]
    if whole:
        own = [row for row in whole if not _only_background(row[3].text)]
        best = max(own or whole, key=lambda row: (row[0], -row[3].start))
        if test.part.propose and title < ALL and not any(_BRINGS.search(row[3].text) for row in whole):
            return Seen("unclear", best[3], 0.4)
        if own or len(whole) > 1 or title >= ALL or re.match(r"mention", test.part.text):
            return Seen("yes", best[3], min(1.0, 0.5 + 0.1 * len(whole) + 0.2 * (title >= ALL)))
        return Seen("unclear", best[3], 0.4)
    _, share, near, sentence = max(rows, key=lambda row: row[0])
    joint = f"{paper.title}. {sentence.text}"
    if share >= SOME and covered(units, joint, frozenset(keyword.terms(joint))) >= ALL:
        return Seen("yes", sentence, 0.5 * share + 0.2 * near)
    paper_says = covered(
        units, f"{paper.title}. {paper.abstract}", frozenset(keyword.terms(f"{paper.title} {paper.abstract}"))
    )
    if paper_says >= ALL and share >= SOME and near >= ABOUT:
        return Seen("yes", sentence, 0.45 * share + 0.2 * near)
    return Seen(_stance(share, near, title), sentence, 0.45 * share + 0.2 * near)


def _stance(share: float, near: float, title: float) -> Stance:
    """Of a sentence that says a part of what is asked, in a paper whose title says `title` of it."""
    if title >= ALL and (share >= LITTLE or near >= PERHAPS):
        return "yes"
    if (share >= SOME and near >= NEAR) or (share >= LITTLE and near >= VERY_NEAR):
        return "yes"
    if title >= ALL or (share >= SOME and near >= LITTLE) or (share >= LITTLE and near >= NEAR):
        return "unclear"
    return "no"


def undecided(test: Test, paper: Paper, keyword: KeywordIndex) -> float:
    """How much the cosines of a paper's sentences could still change (0: nothing); see `look`."""
    if test.sign:
        return 0.0
    terms = frozenset(keyword.terms(f"{paper.title} {paper.abstract}"))
    share = max(covered(units, f"{paper.title}. {paper.abstract}", terms) for units in test.units)
    return share if share >= LITTLE and look(test, paper, keyword).stance != "yes" else 0.0


def _only_background(text: str) -> bool:
    return bool(_BACKGROUND.search(text)) and not _OWN.search(text)


def together(asked: Property, seen: Sequence[Seen]) -> Seen:
    """The verdict on the whole question from those on its parts. What is said not to be so has no sentence to show."""
    turned = [
        Seen(_STANCES[2 - _ORDER[item.stance]], None if item.stance == "no" else item.sentence, item.strength)
        if part.negated
        else item
        for part, item in zip(asked.parts, seen, strict=True)
    ]
    pick = min if asked.every else max
    stance = pick((item.stance for item in turned), key=lambda s: _ORDER[s])
    shown = [item for item in turned if item.stance == stance or asked.every]
    best = max(shown, key=lambda item: (item.sentence is not None, item.strength))
    return Seen(stance, best.sentence, best.strength)


def sentences_of(asked: Property, seen: Sequence[Seen]) -> tuple[Sentence, ...]:
    """The sentences that show what is asked: one for each part that needs one, each once, in reading order."""
    shown = [item.sentence for part, item in zip(asked.parts, seen, strict=True) if item.sentence and not part.negated and item.stance != "no"]  # fmt: skip
    if not asked.every:
        best = max((item for item in seen if item.sentence), key=lambda item: (_ORDER[item.stance], item.strength), default=None)  # fmt: skip
        shown = [best.sentence] if best and best.sentence else []
    return tuple(sorted(set(shown), key=lambda s: s.start))
