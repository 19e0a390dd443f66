"""The times a question speaks of, as days, months or years: "since 2023", "between May 2021 and June 2022", "in the last
two years". Whether they are about when papers appeared is told by `app.chat.read_context`.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|"
    r"nov(?:ember)?|dec(?:ember)?)\.?"
)
_MONTHS = {name[:3].lower(): number for number, name in enumerate(calendar.month_abbr) if name}
YEAR = r"(?<![\w.,/#$€£-])(?:19|20)\d\d(?![\w%/]|[.,]\d|-\w)"
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_ISO = r"(?<![\w.-])(?:19|20)\d\d-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?(?![\w-])"
_WHEN = (
    rf"(?:(?:the\s+)?{_DAY}\s+(?:of\s+)?{_MONTH},?\s+{YEAR}|{_MONTH}\s+{_DAY},?\s+{YEAR}|{_MONTH},?\s+(?:of\s+)?{YEAR}|"
    rf"{_ISO}|(?:(?:the\s+)?year\s+)?{YEAR}|(?:last|this)\s+(?:year|month))"
)
_TO = r"\s*(?:-|–|—|\bto\b|\buntil\b|\btill\b|\bthrough\b|\bup\s+to\b)\s*"
_NUMBER = {
    w: n for n, w in enumerate("one two three four five six seven eight nine ten eleven twelve".split(), start=1)
}
# What follows a number that is no year: "after 2000 steps".
_COUNTED = (
    r"(?!\s+(?:\w+\s+)?(?:patients?|participants?|subjects?|people|persons?|individuals|samples?|examples?|steps?|iterations?|"
    r"epochs?|tokens?|words?|characters?|documents?|sentences?|questions?|images?|videos?|hours?|days?|weeks?|years?|minutes?|"
    r"seconds?|ms|km|kg|mg|ml|hz|khz|mhz|px|pixels?|dollars?|usd|euros?|genes?|cells?|mice|rats?|children|adults?|women|men|"
    r"users?|tasks?|classes|items?|points?|features?|parameters?|layers?|gpus?|nodes?|edges?|calories|kcal|cycles?|cases|"
    r"species|languages?|rows?|columns?|particles?|atoms?|sites?|schools?|countries|cities|times)\b)"
)
_TIMES: tuple[tuple[str, str], ...] = (
    ("range", rf"\bbetween\s+(?P<a>{_WHEN})\s+(?:and|to|-)\s+(?P<b>{_WHEN})"),
    (
        "since",
        rf"\bfrom\s+(?P<a>{_WHEN})\s+(?:on(?:wards?)?(?!\s+[a-z])|onwards?|forwards?|(?:and|or)\s+(?:later|after|newer)|"
        r"(?:to|until|till)\s+(?:now|today|date|the\s+present|present))\b",
    ),
    ("since", rf"\bfrom\s+(?P<a>{_WHEN})\s+on(?=\s+(?:on|about|by|in|at|that|which|with)\b)"),
    ("range", rf"\b(?:(?:from|in|of|during|over)\s+)?(?:the\s+)?(?:years?\s+)?(?P<a>{_WHEN}|(?<![\w./-])(?:19|20)\d\d){_TO}(?P<b>{_WHEN}|(?<=[-–—])(?:19|20)\d\d(?!\w))"),
    ("since", rf"\b(?:since|starting(?:\s+(?:in|from|with))?|beginning\s+(?:in|from|with)|as\s+of|(?:no|not)\s+(?:earlier|older)\s+than|not\s+before)\s+(?P<a>{_WHEN})"),
    ("until", rf"\b(?:(?:no|not)\s+(?:later|newer)\s+than|not\s+after)\s+(?P<a>{_WHEN})"),
    ("after", rf"\b(?:after|(?:newer|later|more\s+recent|younger)\s+than|post)[\s-]+(?P<a>{_WHEN}|(?<=-)(?:19|20)\d\d\b)"),
    ("before", rf"\b(?:before|prior\s+to|(?:older|earlier)\s+than|pre)[\s-]+(?P<a>{_WHEN}|(?<=-)(?:19|20)\d\d\b)"),
    ("until", rf"\b(?:up\s+(?:to|until)|until|till|through|by\s+the\s+end\s+of)\s+(?P<a>{_WHEN})"),
    ("since", rf"\b(?:(?:in|from|of)\s+)?(?P<a>{_WHEN})\s+(?:(?:and|or)\s+(?:later|newer|after|onwards?|above|more\s+recent)|onwards?)\b"),
    ("until", rf"\b(?:(?:in|from|of)\s+)?(?P<a>{_WHEN})\s+(?:and|or)\s+(?:earlier|older|before)\b"),
    (
        "last",
        r"\b(?:(?:in|from|of|over|during|within|for|since)\s+)?(?:the\s+)?(?:last|past|previous)\s+"
        r"(?:(?P<n>\d{1,2}|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)\s+)(?P<unit>year|month|week|day|decade)s?\b",
    ),
    ("last", r"\b(?:(?:in|from|of|over|during|within|since)\s+)?(?:the\s+(?:last|past|previous)|past)\s+(?P<unit>year|month|week|decade)\b"),
    ("decade", r"\b(?:(?:in|from|of|during)\s+)?(?:the\s+)?(?P<a>(?:19|20)\d0)['’]?s\b"),
    ("in", rf"\bon\s+(?P<a>(?:the\s+)?{_DAY}\s+(?:of\s+)?{_MONTH},?\s+{YEAR}|{_MONTH}\s+{_DAY},?\s+{YEAR}|{_ISO})"),
    ("in", rf"\b(?:(?:in|from|of|during|for|dated|throughout|within)\s+)(?:the\s+year\s+(?:of\s+)?)?(?P<a>{_WHEN})(?:\s*(?:,|\band\b|\bor\b|/)\s*(?P<b>{YEAR}))?"),
    ("in", rf"\b(?:the\s+)?year:?\s+(?P<a>{YEAR})"),
    ("in", rf"\((?P<a>{YEAR})\)"),
    ("alone", rf"(?<!and )(?<!or )(?<!, )(?P<a>{YEAR})(?!\s*(?:,|and\b|or\b)\s*\d)"),
)  # fmt: skip
_COMPILED = tuple((kind, re.compile(f"(?:{pattern}){_COUNTED}", re.IGNORECASE)) for kind, pattern in _TIMES)


@dataclass(frozen=True, slots=True)
class Time:
    """A stretch of a question and the span of time it says. `bare`: a year alone, or with "in", "from" or "of", which
    may as well be when something else happened; `alone`: without any such word."""

    start: int
    end: int
    since: str
    until: str
    bare: bool
    alone: bool = False


def times(text: str, today: date) -> list[Time]:
    """Every time the text speaks of, in order; where two overlap the one that is said with more words."""
    found: list[Time] = []
    for kind, pattern in _COMPILED:
        for match in pattern.finditer(text):
            if any(match.start() < time.end and match.end() > time.start for time in found):
                continue
            span = _span(kind, match, today)
            if span:
                found.append(
                    Time(match.start(), match.end(), *span, kind in {"in", "alone", "decade"}, kind == "alone")
                )
    return sorted(found, key=lambda time: time.start)


def _span(kind: str, match: re.Match[str], today: date) -> tuple[str, str] | None:
    if kind == "last":
        number = match.groupdict().get("n") or "1"
        return ago(int(_NUMBER.get(number.lower(), 0) or number), match["unit"].lower(), today), ""
    if kind == "decade":
        return match["a"], str(int(match["a"]) + 9)
    first = _when(match["a"], today)
    second = _when(match["b"], today) if match.groupdict().get("b") else ""
    if not first or second is None:
        return None
    if kind == "range":
        return (first, second) if first[:4] <= second[:4] else (second, first)
    if kind in {"in", "alone"}:
        # Two years that do not follow each other cannot be said as one span.
        return (first, second or first) if not second or int(second) == int(first[:4]) + 1 else None
    if kind in {"since", "after"}:
        return (first if kind == "since" else _beside(first, 1)), ""
    return "", (first if kind == "until" else _beside(first, -1))


def _when(words: str, today: date) -> str | None:
    """ "May 2023" as "2023-05"; None if there is no such day."""
    words = words.lower()
    if "last" in words or "this" in words:
        day = today.replace(day=1) if "month" in words else today.replace(month=1, day=1)
        day = day - timedelta(days=1) if "last" in words else day
        return f"{day:%Y-%m}" if "month" in words else f"{day:%Y}"
    iso = re.search(r"\d{4}-\d\d(?:-\d\d)?", words)
    if iso:
        return iso.group() if _exists(iso.group()) else None
    year = re.search(r"(?:19|20)\d\d", words)
    month = re.search(r"[a-z]{3,}", re.sub(r"\b(?:the|of|year)\b", "", words))
    if year is None:
        return None
    if month is None:
        return year.group()
    found = f"{year.group()}-{_MONTHS[month.group()[:3]]:02}"
    day_of = re.search(r"(?<!\d)(\d{1,2})(?:st|nd|rd|th)?(?!\d)", words.replace(year.group(), " "))
    found = f"{found}-{int(day_of.group(1)):02}" if day_of else found
    return found if _exists(found) else None


def _exists(when: str) -> bool:
    try:
        date.fromisoformat((when + "-01")[:10])
    except ValueError:
        return False
    return True


def _beside(when: str, step: int) -> str:
    """The year, month or day after (1) or before (-1)."""
    if len(when) == 4:
        return str(int(when) + step)
    if len(when) == 7:
        months = int(when[:4]) * 12 + int(when[5:]) - 1 + step
        return f"{months // 12}-{months % 12 + 1:02}"
    return (date.fromisoformat(when) + timedelta(days=step)).isoformat()


def ago(number: int, unit: str, today: date) -> str:
    """The day so long ago."""
    if unit in {"day", "week"}:
        return (today - timedelta(days=number * (7 if unit == "week" else 1))).isoformat()
    months = today.year * 12 + today.month - 1 - number * {"month": 1, "year": 12, "decade": 120}[unit]
    year, month = months // 12, months % 12 + 1
    return date(year, month, min(today.day, calendar.monthrange(year, month)[1])).isoformat()


def years_before(text: str, nouns: str) -> Iterator[re.Match[str]]:
    """The years that stand before one of these nouns: "2023 papers", "the 2023 vision papers", "last year's papers"."""
    adjective = r"(?:(?!(?:and|or|in|of|for|on|by|to|with|is|are|was|were|the)\b)[\w.-]+\s+){0,2}?"
    return re.finditer(
        rf"(?P<a>{YEAR}|\b(?:last|this)\s+year)(?:['’]s)?\s+{adjective}(?:{nouns})\b", text, re.IGNORECASE
    )
