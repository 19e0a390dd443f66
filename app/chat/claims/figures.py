"""Figures in a text: digits and words ("32k", "fifty billion", "two-fold", "79 percent"), each as a value with a unit.

Values of one kind are brought to one measure (milliseconds and seconds, GB and MB, thousands and millions), so that
1,000 is 1000, 32k is 32,000, and 5 ms is not 5 s.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache

from app.chat.claims.words import stem

_ONES = {w: i for i, w in enumerate("zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split())}  # fmt: skip
_TENS = {w: 10 * i for i, w in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), start=2)}
_SCALES = {"hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12}
_SHORT = {"k": 1e3, "K": 1e3, "m": 1e6, "M": 1e6, "mn": 1e6, "b": 1e9, "B": 1e9, "bn": 1e9, "T": 1e12}
_OWN = {"half": (50.0, "%"), "quarter": (25.0, "%"), "twice": (2.0, "x"), "double": (2.0, "x"), "doubles": (2.0, "x"),
        "doubled": (2.0, "x"), "doubling": (2.0, "x"), "thrice": (3.0, "x"), "triple": (3.0, "x"), "triples": (3.0, "x"),
        "tripled": (3.0, "x"), "tripling": (3.0, "x"), "quadruple": (4.0, "x"), "quadruples": (4.0, "x"),
        "quadrupled": (4.0, "x"), "halves": (0.5, "x"), "halved": (0.5, "x"), "halving": (0.5, "x"), "dozen": (12.0, ""),
        "single": (1.0, ""), "sole": (1.0, ""), "dozens": (12.0, "many"), "hundreds": (1e2, "many"), "thousands": (1e3, "many"),
        "millions": (1e6, "many"), "billions": (1e9, "many"), "trillions": (1e12, "many")}  # fmt: skip
# What else says how many there are; good for the abstract's side only.
_IMPLIED = {"both": 2.0, "pair": 2.0, "couple": 2.0, "bilingual": 2.0, "dual": 2.0, "either": 2.0, "neither": 2.0}
_MEASURES = {"ms": ("s", 1e-3), "millisecond": ("s", 1e-3), "microsecond": ("s", 1e-6), "μs": ("s", 1e-6), "us": ("s", 1e-6),
             "s": ("s", 1.0), "sec": ("s", 1.0), "second": ("s", 1.0), "min": ("s", 60.0), "minute": ("s", 60.0),
             "h": ("s", 3600.0), "hour": ("s", 3600.0), "day": ("s", 86400.0), "week": ("s", 604800.0),
             "month": ("month", 1.0), "year": ("month", 12.0), "kb": ("byte", 1e3), "mb": ("byte", 1e6),
             "gb": ("byte", 1e9), "tb": ("byte", 1e12), "kilobyte": ("byte", 1e3), "megabyte": ("byte", 1e6),
             "gigabyte": ("byte", 1e9), "terabyte": ("byte", 1e12), "mm": ("m", 1e-3), "cm": ("m", 1e-2),
             "km": ("m", 1e3), "mg": ("g", 1e-3), "g": ("g", 1.0), "kg": ("g", 1e3), "hz": ("hz", 1.0),
             "khz": ("hz", 1e3), "mhz": ("hz", 1e6), "ghz": ("hz", 1e9), "db": ("db", 1.0), "gpu": ("gpu", 1.0)}  # fmt: skip

_DIGITS = r"\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_SPELLED = rf"(?:(?:{'|'.join(_TENS)})(?:[ -](?:{'|'.join(list(_ONES)[1:10])}))?\b|(?:{'|'.join(_ONES)})\b)"
_FIGURE = re.compile(
    rf"(?<![\w.])(?<![A-Za-z]-)(?P<digits>{_DIGITS})(?P<short>[kKmMbBT]|bn|mn)?(?![\w]|[.,]\d|-?D\b)"
    rf"|(?<![\w.])(?<![A-Za-z]-)(?P<glued>{_DIGITS})(?P<suffix>x|ms|s|h|GB|MB|KB|TB|gb|mb|kb|tb|Hz|kHz|GHz)(?!\w)"
    rf"|\b(?P<word>(?:{_SPELLED}|hundred|thousand)(?:[ -](?:hundred|thousand|million|billion|trillion)(?: (?:and )?{_SPELLED})?)*)"
    rf"(?!\w)|\b(?P<own>{'|'.join(sorted(_OWN, key=len, reverse=True))})\b",
    re.IGNORECASE,
)
_UNIT = re.compile(
    r"(?P<percent>\s*\\?%|[\s-]*per ?cent(?!age)\b)(?P<pp>[\s-]+points?\b)?"
    r"|(?P<points>[\s-]*(?:(?:absolute )?percentage[\s-]+points?|pp|(?:absolute )?points?)\b)"
    r"|(?P<times>\s*[x×](?!\w)|[\s-]*fold\b|[\s-]times\b)"
    r"|(?P<orders>[\s-]+orders? of magnitude\b)"
    r"|[\s-]*(?P<scale>hundred|thousand|million|billion|trillion)s?\b"
    r"|[\s-]*(?P<measure>ms|milliseconds?|microseconds?|μs|s|secs?|seconds?|min|mins|minutes?|h|hours?|days?|weeks?|months?|"
    r"years?|[KMGT]B|kilobytes?|megabytes?|gigabytes?|terabytes?|mm|cm|km|mg|kg|g|[kMG]?Hz|dB|GPUs?)\b"
    r"(?!-)",
    re.IGNORECASE,
)
_RANGE = re.compile(r"\s*(?:-|–|—|to|and)\s*$")
_LISTED = re.compile(r"\s*(?:,|,? ?(?:and|or)|-|–|—|to)\s*")
_NOUN = re.compile(r"[\s-]*(?:of\s+(?:the\s+|its\s+|all\s+)?)?(?P<words>(?:[^\W\d_][\w’'-]*[\s]*){1,4})")
_URL = re.compile(r"https?://\S+")
_HEDGE = re.compile(
    r"(?:~|≈|\b(?:about|around|roughly|approximately|approx\.?|nearly|almost|close to|some|circa|over|more than|just over|"
    r"just under|under|less than|up to|well over|above))\s*(?:the |an? )?$",
    re.IGNORECASE,
)
_AT_MOST = re.compile(
    r"\b(?:up to|at most|as (?:much|many|high|large|long) as|no more than|not more than|a maximum of|under|less than|fewer than|"
    r"below|within)\s*(?:a |an |the |about )?$",
    re.I,
)
_AT_LEAST = re.compile(
    r"\b(?:at least|more than|over|above|no (?:less|fewer) than|not (?:less|fewer) than|a minimum of|exceed(?:s|ed|ing)?|upwards of|"
    r"well over|as little as)\s*(?:a |an |the |about )?$",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure as written, its value in the measure of its unit ("" for a bare number), what it counts ("task") and
    whether it is a bound ("most", "least"). A `weak` one may be no figure at all ("one of them")."""

    written: str
    value: float
    unit: str
    counted: str
    bound: str
    hedged: bool
    weak: bool
    start: int
    end: int

    @property
    def bare(self) -> str:
        """As written, without its unit if it is in digits."""
        match = re.match(_DIGITS, self.written)
        return match.group() if match else self.written


@lru_cache(maxsize=4096)
def figures(text: str) -> tuple[Figure, ...]:
    """Every figure of `text` in order. Digits that belong to a name ("GPT-4", "CIFAR-100", "3D") are none."""
    plain = _URL.sub(lambda m: "·" * len(m.group()), text).replace("\\%", " %")
    found: list[Figure] = []
    for match in _FIGURE.finditer(plain):
        figure = _figure(plain, match)
        if figure:
            found.append(figure)
    return tuple(_share_units(plain, found))


def _figure(text: str, match: re.Match[str]) -> Figure | None:
    end, unit, weak = match.end(), "", False
    if match["own"]:
        value, unit = _OWN[match["own"].lower()]
        weak = match["own"].lower() in {"single", "sole", "dozen"}
        if unit == "%" and not re.match(r"\s+(?:of|the|an?|as)\b", text[end:]):
            return None
    elif match["word"]:
        value = _spelled(match["word"])
        weak = value == 1.0
        if value == 1.0 and text[end : end + 1] == "-":
            weak = False  # "one-shot"
    elif match["glued"]:
        value = float(match["glued"].replace(",", ""))
        suffix = match["suffix"].lower()
        if suffix == "x":
            unit = "x"
        else:
            unit, factor = _MEASURES[suffix]
            value *= factor
    else:
        value = float(match["digits"].replace(",", ""))
        if match["short"]:
            value *= _SHORT.get(match["short"], _SHORT.get(match["short"].lower(), 1.0))
    if not unit:
        value, unit, end = _with_unit(text, value, end)
    before = text[max(0, match.start() - 30) : match.start()]
    bound = "most" if _AT_MOST.search(before) else "least" if _AT_LEAST.search(before) else ""
    noun = _NOUN.match(text, end)
    counted = _counted(noun["words"]) if noun else ""
    hedged = bool(_HEDGE.search(before))
    return Figure(text[match.start() : end].strip(), value, unit, counted, bound, hedged, weak, match.start(), end)


def _with_unit(text: str, value: float, end: int) -> tuple[float, str, int]:
    """The value in the measure of the unit that follows it."""
    while match := _UNIT.match(text, end):
        end = match.end()
        if match["scale"]:
            value *= _SCALES[match["scale"].lower()]
            continue
        if match["measure"]:
            name = match["measure"].lower()
            unit, factor = _MEASURES.get(name) or _MEASURES[name.rstrip("s")]
            return value * factor, unit, end
        if match["percent"]:
            return value, "point" if match["pp"] else "%", end
        return value, "point" if match["points"] else "x" if match["times"] else "order", end
    return value, "", end


def _spelled(words: str) -> float:
    total = current = 0.0
    for word in re.split(r"[ -]+", words.lower()):
        if word in _ONES:
            current += _ONES[word]
        elif word in _TENS:
            current += _TENS[word]
        elif word == "hundred":
            current = (current or 1.0) * 100
        elif word in _SCALES:
            total, current = total + (current or 1.0) * _SCALES[word], 0.0
    return total + current


def _counted(words: str) -> str:
    """The stem of the last word of a short run that starts right after the figure, up to a word of grammar."""
    kept: list[str] = []
    for word in words.split():
        if word.lower() in _STOPS:
            break
        kept.append(word)
        if word.lower().endswith("s") and not word.lower().endswith(("ss", "ous", "us", "is")):
            break  # the plural is what is counted
    return stem(re.sub(r"-scores?$", "", kept[-1])) if kept else ""


_STOPS = frozenset(
    "of in on at by for from to with and or than that which is are was were as over under per while but the a an on when "
    "more less better faster slower higher lower".split()
)


def _share_units(text: str, found: list[Figure]) -> list[Figure]:
    """ "10-20%" and "5 to 10 ms": the first figure of a range has the unit of the second."""
    shared = list(found)
    for i in range(len(found) - 1, 0, -1):
        left, right = shared[i - 1], shared[i]
        between = text[left.end : right.start]
        if not left.counted and right.counted and _LISTED.fullmatch(between):
            left = shared[i - 1] = replace(left, counted=right.counted)
        if not left.unit and right.unit and _RANGE.fullmatch(between):
            factor = right.value / max(_bare(right), 1e-12) if right.unit not in {"%", "point", "x", "order"} else 1.0
            shared[i - 1] = replace(left, value=left.value * factor, unit=right.unit, counted=right.counted)
    return shared


def _bare(figure: Figure) -> float:
    return float(figure.bare.replace(",", "")) if figure.bare[:1].isdigit() else figure.value


def implied(text: str) -> set[float]:
    """Counts that a text gives without a figure: "both", or a list of so many items."""
    low = text.lower()
    found = {value for word, value in _IMPLIED.items() if re.search(rf"\b{word}\b", low)}
    return found | {float(n) for n in _listed(text)}


_LIST = re.compile(r"[^,;:()]+(?:, [^,;:()]+)*,? (?:and|or|as well as|plus) [^,;:()]+")


def _listed(text: str) -> set[int]:
    """How many items the lists of a text have."""
    sizes: set[int] = set()
    for match in _LIST.finditer(text):
        sizes.add(len(re.split(r", (?:and |or )?| and | or | as well as | plus ", match.group())))
    return sizes
