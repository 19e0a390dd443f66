"""True claims, worded anew by rule, and false ones made of them by rule. Nothing here is shared with what it measures."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence

_NUMBER_WORDS = (
    "two three four five six seven eight nine ten eleven twelve thirteen sixteen twenty thirty fifty".split()
)
_NUMBER = re.compile(
    rf"(?<![\w.,/-])(?P<digits>\d+(?:,\d{{3}})*(?:\.\d+)?)(?=[\s%)\\,.;kKMBx-]|$)|\b(?P<word>{'|'.join(_NUMBER_WORDS)})\b"
)
_UNITS = (
    (re.compile(r"(?<=\d)\s?\\?%"), " times"),
    (re.compile(r"(?<=\d)\s?\\?%"), " percentage points"),
    (re.compile(r"\bmillion(?=s?\b)"), "billion"),
    (re.compile(r"\bbillion(?=s?\b)"), "million"),
    (re.compile(r"(?<=\d)MB\b"), "GB"),
    (re.compile(r"(?<=\d)B\b"), "M"),
    (re.compile(r"(?<=\d)k\b"), " million"),
    (re.compile(r"(?<=\d)x\b"), "%"),
    (re.compile(r"(?<=[a-z])-fold\b"), " percent"),
)
_FLIPS = [
    ("outperforms", "underperforms"), ("outperform", "underperform"), ("improves", "worsens"), ("improve", "worsen"),
    ("improving", "worsening"), ("increases", "decreases"), ("increase", "decrease"), ("increased", "decreased"),
    ("reduces", "increases"), ("reducing", "increasing"), ("raises", "lowers"), ("higher", "lower"), ("better", "worse"),
    ("faster", "slower"), ("more", "less"), ("fewer", "more"), ("less", "more"), ("lower", "higher"), ("beats", "trails"),
    ("stronger", "weaker"), ("larger", "smaller"), ("easier", "harder"), ("without", "with"), ("enables", "prevents"),
    ("boosting", "harming"), ("enhances", "weakens"), ("superior", "inferior"), ("unseen", "seen"), ("strong", "weak"),
    ("cheaper", "costlier"), ("effective", "ineffective"), ("surpass", "trail"), ("supervised", "unsupervised"),
    ("at most", "at least"), ("up to", "at least"), ("before", "after"), ("maximum", "minimum"),
]  # fmt: skip
_NEGATED = (
    (re.compile(r"\b(is|are|was|were|can|will|could|may|should)\b(?! not)"), r"\1 not"),
    (
        re.compile(
            r"\b(outperform|beat|improve|achieve|use|provide|introduce|propose|present|show|learn|enable|allow|reach|rais|need|"
            r"require|give|help|combine|train|generalize|unifie|cover|contain|support|reduce|increase|select|lead)s?\b(?=\s)"
        ),
        r"does not \1",
    ),
)
_SIDES = re.compile(
    r"(?P<verb>\boutperforms?\b|\bbeats?\b|\bsurpass(?:es)?\b|\bexceeds?\b|\b(?:better|faster|higher|lower|larger) than\b)"
)


def paraphrases(sentence: str, following: str = "", name: str = "") -> Iterator[str]:
    """Other wordings of a true sentence: who says it, "we" in the third person, a clause less, two sentences as one."""
    third = _third_person(sentence)
    yield third
    lower = third if re.match(r"\w*[A-Z0-9]\w*[A-Z0-9]|[A-Z][a-z]+[A-Z]", third) else third[:1].lower() + third[1:]
    yield f"The paper reports that {lower}"
    if name:
        yield f"According to the {name} paper, {lower}"
    shorter = re.sub(r"\s\([^()]*\)", "", third)
    shorter = re.sub(r", (?:which|where|thus|thereby|while|with|including|such as)\b[^,.;]*(?=[.]$)", "", shorter)
    if shorter != third and len(shorter.split()) >= 6:
        yield shorter
    if following and not re.match(r"(?:However|But|Moreover|This|These|It|Although|In contrast)\b", following):
        yield f"{third.rstrip('.')}, and {_third_person(following)[:1].lower()}{_third_person(following)[1:]}"


def _third_person(text: str) -> str:
    for pattern, new in (
        (r"\bWe\b", "The authors"), (r"\bwe\b", "the authors"), (r"\bOur\b", "Their"), (r"\bour\b", "their"),
        (r"\bThis paper\b", "The paper"), (r"\bIn this (?:work|paper|study),? ", "Here "),
    ):  # fmt: skip
        text = re.sub(pattern, new, text)
    return text


def corrupted(
    claim: str, names: Sequence[str], foreign: Sequence[str], everywhere: str, chance: random.Random
) -> Iterator[tuple[str, str]]:
    """(kind, false claim) for every rule that applies. `names` are the paper's own, `foreign` those of other papers,
    `everywhere` the text of the abstract, which must not have the new figure or name."""
    if numbers := list(_NUMBER.finditer(claim)):
        match = chance.choice(numbers)
        if new := _other_number(match, everywhere, chance):
            yield "number", claim[: match.start()] + new + claim[match.end() :]
    said = [name for name in names if re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", claim)]
    others = [name for name in foreign if name.casefold() not in everywhere.casefold()]
    if said and others:
        name = max(said, key=len)
        yield "name", re.sub(rf"(?<![\w-]){re.escape(name)}(?![\w-])", chance.choice(others), claim)
    for pattern, new in _UNITS:
        if re.search(r"\d|[a-z]-fold|illion", claim) and pattern.search(claim):
            yield "unit", pattern.sub(new, claim, count=1)
            break
    if exchanged := _exchanged(claim):
        yield "sides", exchanged
    for pattern, new in _NEGATED:
        if pattern.search(claim):
            yield "negation", pattern.sub(new, claim, count=1)
            break
    flips = [(old, new) for old, new in _FLIPS if re.search(rf"\b{old}\b", claim)]
    if flips:
        old, new = chance.choice(flips)
        yield "direction", re.sub(rf"\b{old}\b", new, claim, count=1)


def _other_number(match: re.Match[str], everywhere: str, chance: random.Random) -> str | None:
    for _ in range(20):
        if match["word"]:
            new = chance.choice(_NUMBER_WORDS)
        else:
            old = match["digits"]
            digits = [c if not c.isdigit() else str(chance.randrange(1, 10)) for c in old]
            new = "".join(digits)
        if new != match.group() and not re.search(rf"(?<![\w.]){re.escape(new)}(?![\w.])", everywhere):
            return new
    return None


def _exchanged(claim: str) -> str | None:
    """ "A beats B in C" as "B beats A in C", where both are short and plain."""
    match = _SIDES.search(claim)
    if not match:
        return None
    left = re.search(r"(?:^|, |that )((?:[\w’'.-]+ ){1,6})$", claim[: match.start()])
    right = re.match(
        r" ((?:[\w’'-]+ ?){1,5}?)(?=,|\.|;| in | on | by | with | at | for | while | across | under | and |$)",
        claim[match.end() :],
    )
    if not left or not right or len(right[1].split()) > 6:
        return None
    return (
        claim[: left.start(1)] + right[1].strip() + " " + match.group() + " " + left[1].strip()
        + claim[match.end() + right.end(1) :]
    )  # fmt: skip
