"""Reading when papers are from: a year, a month, a day, or a stretch of years, as a person writes it."""

from __future__ import annotations

import re
from datetime import date

from app.core.errors import InputError
from app.core.filters import first_day, last_day

_WHEN = re.compile(r"(\d{4})(?:[-/.](\d{1,2})(?:[-/.](\d{1,2}))?)?")
_STRETCH = re.compile(r"(\d{4})?\s*(?:-|–|—|\.\.+)\s*(\d{4})?")
_HINT = "Type a year, a month or a day: 2023, 2023-05 or 2023-05-14."


def parse_when(text: str) -> str:
    """ "2023", "2023-05" or "2023-05-14", as `Filters` wants it, of "2023/5" and the like too. Raises InputError."""
    match = _WHEN.fullmatch(text.strip()) if text.isascii() else None
    year, month, day = match.groups() if match else (None, None, None)
    try:
        date(int(year or 0), int(month or 1), int(day or 1))
    except ValueError:
        raise InputError(f'"{text}" is no date.', _HINT) from None
    return "-".join([str(year), *(f"{int(part):02}" for part in (month, day) if part)])


def parse_stretch(text: str) -> tuple[str, str]:
    """(since, until) of one year, month or day, or of years like "2020-2023", "2020-" or "-2023"; "" for an open end.
    Raises InputError."""
    stretch = _STRETCH.fullmatch(text.strip()) if text.isascii() or "–" in text or "—" in text else None
    if not stretch or not any(stretch.groups()):
        try:
            when = parse_when(text)
        except InputError as error:
            raise InputError(str(error), "Type a year or years: 2023, 2020-2023, 2020- or -2023.") from None
        return when, when
    since, until = (parse_when(year) if year else "" for year in stretch.groups())
    if since and until and since > until:
        raise InputError(f'"{text}" ends before it begins.', f"Put the earlier one first: {until}-{since}.")
    return since, until


def check_order(since: str, until: str) -> None:
    """Raises InputError if nothing can be from both."""
    if since and until and first_day(since) > last_day(until):
        raise InputError(f'"{since}" is after "{until}".', f"Put the earlier one first: since {until}, until {since}.")
