"""Reading since when a digest is wanted: a stretch of time before now, or a day."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from app.core.errors import InputError
from app.core.when import parse_when

_STRETCH = re.compile(r"(\d{1,6})\s*(h|d|w)", re.IGNORECASE)
_HOURS = {"h": 1, "d": 24, "w": 7 * 24}
_HINT = "Type hours, days or weeks, or a day: 24h, 7d, 2w or 2026-05-14."


def parse_since(text: str, now: datetime) -> datetime:
    """The moment meant, in the time zone of `now`: "24h", "7d" or "2w" before it, or the beginning of a day, month or year.
    Raises InputError for what is none, for nothing at all ("0d") and for what is still to come."""
    typed = " ".join(text.split())
    if match := _STRETCH.fullmatch(typed) if typed.isascii() else None:
        hours = int(match[1]) * _HOURS[match[2].lower()]
        if not hours:
            raise InputError(f'"{typed}" is no time at all.', _HINT)
        try:
            return now - timedelta(hours=hours)
        except OverflowError:
            raise InputError(f'"{typed}" is longer ago than there are dates.', _HINT) from None
    try:
        year, month, day = (*map(int, parse_when(typed).split("-")), 1, 1)[:3]
    except InputError:
        raise InputError(f'"{typed[:60]}" is neither a stretch of time nor a day.', _HINT) from None
    since = datetime(year, month, day, tzinfo=now.tzinfo)
    if since > now:
        raise InputError(f'"{typed}" is still to come.', _HINT)
    return since
