"""Amounts that a question sets a bound to: "more than 100 billion parameters", "at least 30 languages"."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass

_SCALE = {
    "thousand": 1e3, "k": 1e3, "million": 1e6, "m": 1e6, "mn": 1e6, "billion": 1e9, "b": 1e9, "bn": 1e9, "trillion": 1e12, "t": 1e12,
}  # fmt: skip
_WORDS = {w: float(n) for n, w in enumerate("one two three four five six seven eight nine ten".split(), start=1)}
_WORDS |= {"twenty": 20.0, "thirty": 30.0, "forty": 40.0, "fifty": 50.0, "sixty": 60.0, "dozen": 12.0, "hundred": 100.0}
_VALUE = rf"(?P<value>\d[\d,]*(?:\.\d+)?|{'|'.join(_WORDS)})"
_UNIT = r"(?P<scale>thousand|million|billion|trillion|[kmbt]n?\b)?"
_ASKED = re.compile(
    rf"\b(?P<bound>more than|over|above|larger than|bigger than|exceeding|beyond|at least|as (?:large|big|many|much|long|high) as|no less than|less than|fewer than|under|below|smaller than|at most|up to|exactly)\s+{_VALUE}"
    rf"[\s-]*{_UNIT}\s*(?:(?:different|distinct|separate|various|individual|new|unseen)\s+)?(?P<noun>%|per ?cent|[A-Za-z][\w-]*)?",
    re.IGNORECASE,
)
_SAID = re.compile(rf"(?<![\w.]){_VALUE}(?:[\s-]*|\s*\\?){_UNIT}(?=(?P<after>.{{0,40}}))", re.IGNORECASE | re.DOTALL)
_BOUNDS: dict[str, Callable[[float, float], bool]] = {
    **dict.fromkeys(("more than", "over", "above", "larger than", "bigger than", "exceeding", "beyond"), operator.gt),
    **dict.fromkeys(
        ("at least", "no less than", *(f"as {w} as" for w in ("large", "big", "many", "much", "long", "high"))),
        operator.ge,
    ),
    **dict.fromkeys(("less than", "fewer than", "under", "below", "smaller than"), operator.lt),
    **dict.fromkeys(("at most", "up to"), operator.le),
    "exactly": operator.eq,
}


_MORE = re.compile(r"\b(?:over|more than|above|exceeding|beyond)\s+$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Amount:
    """A bound and what is counted: "%" or the stem of a noun, `several` if it stood in the plural."""

    bound: str
    value: float
    scaled: bool
    noun: str
    several: bool = False

    def met_by(self, text: str) -> bool:
        """Whether a figure of the same kind in `text` meets the bound."""
        return any(_BOUNDS[self.bound](value, self.value) for value in self._figures(text))

    def _figures(self, text: str) -> list[float]:
        found = []
        for match in _SAID.finditer(text):
            percent = bool(re.match(r"\s*\\?%|\s*per ?cent", match["after"] or ""))
            value = _number(match["value"]) * _SCALE.get((match["scale"] or "").casefold(), 1.0)
            if _MORE.search(text[: match.start()]) or (match["after"] or "").startswith("+"):
                value *= 1.001  # "over twenty" is more than twenty
            near = re.findall(r"[a-z]+", (match["after"] or "").casefold())[:3]
            if self.noun == "%":
                fits = percent
            elif match["scale"] and self.scaled and self.noun.startswith("param"):
                fits = True  # "175B" is said of parameters without the word
            else:
                fits = not percent and bool(self.noun) and any(self._means(word) for word in near)
            if fits:
                found.append(value)
        return found

    def _means(self, word: str) -> bool:
        # "32k task instances" are no tasks.
        return word.startswith(self.noun) and (not self.several or word.endswith("s"))


_OR_MORE = re.compile(rf"\b{_VALUE}(?P<unit>[\s-]*(?:thousand|million|billion|trillion)\b)?\s+or\s+(?:(?P<more>more|above|over|larger|higher)|less|fewer|below|smaller)\b", re.IGNORECASE)  # fmt: skip
_NOUN_OR_MORE = re.compile(
    rf"\b{_VALUE}(?P<unit>[\s-]*(?:thousand|million|billion|trillion)\b)?\s+(?P<noun>[a-z-]+)\s+or\s+(?:(?P<more>more|above|over|larger|higher)|less|fewer|below|smaller)\b",
    re.IGNORECASE,
)
_REACHES = re.compile(rf"\b(?P<verb>(?:go|goes|going|scale|scales|scaled|scaling|reach|reaches)\b[^,.;]{{0,40}}?)\s(?:up to|to)\s+(?:models?\s+(?:with|of)\s+)?(?=(?:well\s+)?(?:over\s+|more than\s+)?(?:an?\s+)?{_VALUE.replace('?P<value>', '?:')})", re.IGNORECASE)  # fmt: skip
_A_HUNDRED = re.compile(r"\b(?:an?|one)\s+(?=(?:dozen|hundred|thousand|million|billion)\b)", re.IGNORECASE)
_HUNDREDS = re.compile(
    r"\b(?P<n>\d+|one|two|three|four|five)?\s*hundred\s+(?P<scale>thousand|million|billion)", re.IGNORECASE
)
_WELL = re.compile(r"\b(?:well|far|way|much)\s+(?=(?:over|above|beyond|more than|under|below)\b)", re.IGNORECASE)


_JUST = re.compile(
    rf"\b(?P<how>with|of|has|have|having|at)\s+(?={_VALUE.replace('?P<value>', '?:')}\s*(?:billion|million|[bmBM])[\s-]*param)"
)


def spelled(text: str) -> str:
    """Bounds as `amount_of` reads them: "30 or more tasks" as "at least 30 tasks", "go up to 175B" as "go at least 175B"."""
    text = _WELL.sub("", _A_HUNDRED.sub("", text))
    text = _HUNDREDS.sub(lambda m: f" {int(_number(m['n'] or 'one') * 100)} {m['scale']}", text)
    text = _NOUN_OR_MORE.sub(
        lambda m: f"at {'least' if m['more'] else 'most'} {m['value']}{m['unit'] or ''} {m['noun']}", text
    )
    text = _OR_MORE.sub(lambda m: f"at {'least' if m['more'] else 'most'} {m['value']}{m['unit'] or ''}", text)
    text = _REACHES.sub(lambda m: f"{m['verb']} at least ", text)
    text = _JUST.sub(r"\g<how> exactly ", text)
    return " ".join(text.replace("at least over", "over").split())


def amount_of(text: str) -> tuple[Amount, int, int] | None:
    """The bound in a question's words and where it stands; None if there is none."""
    match = _ASKED.search(text)
    if not match or (
        _number(match["value"]) <= 1 and not match["scale"] and (match["noun"] or "") not in {"%", "percent"}
    ):
        return None
    noun = (match["noun"] or "").casefold()
    if noun.startswith("per"):
        noun = "%"
    value = _number(match["value"]) * _SCALE.get((match["scale"] or "").casefold(), 1.0)
    several = noun.endswith("s")
    noun = noun if noun == "%" else _stem(noun)
    amount = Amount(match["bound"].casefold(), value, bool(match["scale"]), noun or "param", several)
    return amount, match.start(), match.end()


def _number(text: str) -> float:
    return _WORDS[text.casefold()] if text.casefold() in _WORDS else float(text.replace(",", ""))


def _stem(noun: str) -> str:
    return noun[:-1] if noun.endswith("s") and len(noun) > 3 else noun
