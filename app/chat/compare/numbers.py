"""Figures with what they count, as abstracts write them, so that the same ones of two papers can be put side by side."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_WORDS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11,
    "twelve": 12, "thirteen": 13, "fifteen": 15, "sixteen": 16, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60,
    "hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9, "trillion": 10**12,
}  # fmt: skip
_SCALES = {"hundred": 100, "thousand": 1e3, "k": 1e3, "million": 1e6, "m": 1e6, "billion": 1e9, "b": 1e9, "trillion": 1e12, "t": 1e12}  # fmt: skip
_DIGITS = r"\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_SPELLED = rf"(?:{'|'.join(_WORDS)})(?:[\s-](?:{'|'.join(_WORDS)}))*"
_NUMBER = re.compile(
    rf"(?:(?<![\w.,/-])|(?<=sim))(?P<about>[~≈±<>]\s?)?(?:(?P<digits>{_DIGITS})(?:\s?[-–]\s?\d+(?:\.\d+)?(?=\s?%))?(?P<plus>\+)?(?:\s?(?P<scale>thousand|million|billion|trillion|[kK](?![\w-])|[MBT](?![\w])))?"
    rf"|(?P<spelled>(?<![\w-]){_SPELLED}(?![\w-])|two(?=[-\s]fold)))",
    re.IGNORECASE,
)
# What is counted: the noun nearest behind a figure, at most a few words away. The first that fits.
_NOUNS = {
    "parameters": r"parameters?|params",
    "tasks": r"(?:sub-?)?tasks?",
    "languages": r"languages?",
    "samples": r"samples?|instances?|examples?|utterances?|demonstrations?|pairs?|triplets?|triples?|questions?|queries|sentences|prompts|images?|videos?|"
    r"records|observations",
    "tokens": r"tokens?|words",
    "datasets": r"data ?sets?|corpora|benchmarks?|collections?",
    "papers": r"papers?|articles?|publications?|studies",
    "models": r"models?|LLMs?|LMs?|experts?|networks?|backbones?",
    "people": r"participants?|people|users?|annotators?|workers?|speakers?|designers?|developers?|patients?|children|adults|women|men|subjects",
    "hours": r"hours?|h\b|hrs?",
    "minutes": r"minutes?|mins?",
    "seconds": r"seconds?|secs?|s\b|milliseconds?|ms\b",
    "days": r"days?|weeks?|months?|years?",
    "memory": r"[KMGT]i?B\b|gigabytes?|megabytes?",
    "GPUs": r"GPUs?|TPUs?",
    "axes": r"axes|challenges?|domains?|categories|families|areas|stages|components?|metrics?|classes|types?|kinds?|layers?|settings?|scales?",
}
_COUNTS = tuple(
    (kind, re.compile(rf"(?:{noun})(?![\w-])", 0 if kind == "memory" else re.I)) for kind, noun in _NOUNS.items()
)
_PERCENT = re.compile(r"\s?(?:%|per ?cent\b|percentage points?\b|pp\b)", re.IGNORECASE)
_FOLD = re.compile(r"\s?(?:x\b|×|[-\s]?fold\b|\s(?:times|orders? of magnitude)\b)", re.IGNORECASE)
_SCORE = re.compile(r"[-\s](?:F1|BLEU|ROUGE|accuracy|mAP|IoU|AUC|perplexity|points?)\b", re.IGNORECASE)
_YEAR = re.compile(r"(?:19|20)\d\d")
_REACH = 5
# Units that may stand against the figure: "283MB", "2x", "5s".
_CLOSE = frozenset({"fold", "percent", "memory", "seconds", "minutes", "hours", "score"})
_FUNCTION = re.compile(
    r"(?:to|at|of|in|for|with|on|that|which|from|by|than|is|are|was|were|as|per|while|when|using)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure as it stands in a text, `text[start:end]`, its value, and what it is of: a kind of `KINDS`, or the noun
    behind it, or nothing."""

    text: str
    start: int
    end: int
    value: float
    kind: str


DATA_KINDS = ("samples", "tasks", "languages", "papers", "tokens", "datasets", "people", "hours")
# Which kinds of figures answer which point.
WANTED: dict[str, tuple[str, ...]] = {
    "size": (
        "parameters",
        "samples",
        "tasks",
        "languages",
        "tokens",
        "datasets",
        "papers",
        "hours",
        "models",
        "memory",
        "count",
    ),
    "speed": ("fold", "percent", "seconds", "minutes", "hours", "days"),
    "accuracy": ("score", "percent"),
    "cost": ("memory", "parameters", "percent", "fold", "GPUs", "hours", "days", "models"),
    "results": ("percent", "fold", "score"),
}


def figures(text: str) -> tuple[Figure, ...]:
    """The figures of a text in its order; years, numbers of a list "(1)" and parts of names ("GPT-4") are none."""
    found = []
    for match in _NUMBER.finditer(text):
        value = _value(match)
        behind = text[match.end() :]
        kind, length = _kind(behind, match)
        if value is None or _is_no_figure(text, match, kind):
            continue
        found.append(
            Figure(text[match.start() : match.end() + length], match.start(), match.end() + length, value, kind)
        )
    return tuple(found)


def _value(match: re.Match[str]) -> float | None:
    if match["digits"]:
        scale = _SCALES.get((match["scale"] or "").lower(), 1.0)
        return float(match["digits"].replace(",", "")) * scale
    total = current = 0.0
    for word in re.split(r"[\s-]", match["spelled"].lower()):
        number = _WORDS[word]
        if number >= 100:
            current = (current or 1) * number
            if number >= 1000:
                total, current = total + current, 0.0
        else:
            current += number
    return total + current


def _kind(behind: str, match: re.Match[str]) -> tuple[str, int]:
    """What the figure is of, and how many characters behind it still belong to it."""
    if unit := _PERCENT.match(behind):
        return "percent", unit.end()
    if unit := _FOLD.match(behind):
        return "fold", unit.end()
    words = list(re.finditer(r"[\w%'’-]+", behind))[:_REACH]
    found, last = "", 0
    for word in words:
        gap = behind[last : word.start()] if last else behind[: word.start()]
        if (
            re.search(r"[.,;:()]", behind[: word.start()])
            or _FUNCTION.fullmatch(word.group())
            or (found and gap.strip())
        ):
            break
        kind = next((kind for kind, noun in _COUNTS if noun.fullmatch(word.group())), "")
        if found and not kind:
            break
        if kind:  # "32k task instances" counts instances
            found, last = kind, word.end()
    if found:
        return ("parameters" if found == "models" and (match["scale"] or "") in {"B", "M"} else found), last
    if unit := _SCORE.match(behind):
        return "score", unit.end()
    if (match["scale"] or "") in {"B", "M"}:
        return "parameters", 0
    noun_word = words[0] if words and re.match(r"\s[a-z]", behind) else None
    return ("count" if noun_word else ""), 0


def _is_no_figure(text: str, match: re.Match[str], kind: str) -> bool:
    start, end = match.span()
    if text[start - 1 : start] == "(" and text[end : end + 1] == ")":
        return True
    if match["digits"] and not kind and _YEAR.fullmatch(match["digits"]):
        return True
    if (
        match["digits"]
        and _YEAR.fullmatch(match["digits"])
        and re.search(r"\b(?:in|since|between|until)\s$", text[:start])
    ):
        return True
    behind = text[end : end + 1]
    if match["digits"] and ((behind == ")" and not kind) or (behind.isalpha() and kind not in _CLOSE)):
        return True
    return bool(match["spelled"]) and match["spelled"].lower() == "one" and kind not in {"fold"}


def common_kinds(papers: Sequence[Sequence[Figure]], wanted: Sequence[str] = ()) -> tuple[str, ...]:
    """The kinds of figures that most of these papers give, those of most papers first; of `wanted` only, if any."""
    counts: dict[str, int] = {}
    for own in papers:
        for kind in {figure.kind for figure in own if figure.kind}:
            if not wanted or kind in wanted:
                counts[kind] = counts.get(kind, 0) + 1
    rank = {kind: place for place, kind in enumerate(wanted)}
    return tuple(sorted(counts, key=lambda kind: (-counts[kind], rank.get(kind, 99), kind)))


def normalised(figure: Figure, others: Sequence[Figure]) -> str:
    """The figure written out, where another of its kind is written in another scale ("1.5B" beside "800M"); else
    nothing."""
    if figure.kind in {"", "percent", "fold", "score"} or figure.value < 1000:
        return ""
    same = [other for other in others if other.kind == figure.kind and other is not figure]
    if not any(_scale(other.text) != _scale(figure.text) for other in same):
        return ""
    plain = f"{figure.value:,.0f}"
    return "" if plain in figure.text else plain


def _scale(text: str) -> str:
    match = re.search(r"(?:\d|\b)\s?(thousand|million|billion|trillion|[kMBT](?![a-z]))", text)
    return match.group(1)[:1].lower() if match else ""


def kinds_asked(aspect: str) -> tuple[str, ...]:
    """The kinds of figures that answer a point: those of "size", or "tasks" of "number of tasks"; none for others."""
    if aspect in WANTED:
        return WANTED[aspect]
    if not aspect.startswith("number of "):
        return ()
    words = aspect.removeprefix("number of ").split()
    return tuple(dict.fromkeys(kind for word in words for kind, noun in _COUNTS if noun.fullmatch(word)))
