"""Papers fetched from arXiv and from the hub's daily papers, in place of files."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date as day
from datetime import datetime, timezone
from pathlib import Path

from app.core.domain import BadRecord, Paper
from app.core.errors import InputError
from ingest.identify import arxiv_id, arxiv_version
from ingest.live.ledger import ToldOf
from ingest.live.polite import Manners

_EXAMPLE = 'Write, for example: askpapers ingest arxiv "cat:cs.CL AND abs:retrieval" --max 100'
_MOST = 100


def live_papers(
    words: Sequence[str],
    *,
    most: int | None,
    date: str | None,
    manners: Manners,
    report: Callable[[str], None],
    state: Path | None = None,
    told: ToldOf = lambda ids: {},
) -> Iterator[Paper | BadRecord] | None:
    """The papers that the words of the command line mean, or None if they mean files.

    `arxiv:ID ...`, `arxiv QUERY` (at most `most` papers, newest first) and `hf-daily` (of `date`, or `trending`) are
    live. `state` is the folder where a query notes what its pages hold, and `told` what the library has taken in
    (`PaperStore.told`), so that an interrupted query goes on; without them it begins anew. Raises InputError at once if
    words, date or ids cannot be used; SourceError, while papers are taken, if the other side does not answer.
    """
    if not any(_is_live(word) for word in words):
        return None
    first, rest = words[0].casefold(), words[1:]
    named = rest if first == "arxiv" and rest else words
    if all(_is_id(word) or (arxiv_id(word) and not _is_file(word)) for word in named):
        _refuse(most, "--max", "single papers are fetched as you name them")
        _refuse(date, "--date", "arXiv is asked by id or query")
        from ingest.live.arxiv_api import by_ids

        return by_ids(_ids(named), manners, report)
    if any(_is_live(word) or _is_file(word) for word in rest) or not _is_live(first) or (first != "arxiv" and rest):
        raise InputError(
            f'"{" ".join(words)}" mixes sources that are fetched with others.',
            "Ingest one after the other. A file that is called arxiv or hf-daily is meant by ./arxiv or ./hf-daily",
        )
    if first == "arxiv":
        _refuse(date, "--date", "a day of arXiv is part of the query: submittedDate:[202611200000 TO 202611202359]")
        query = " ".join(" ".join(rest).split())
        if not query:
            raise InputError("arxiv needs a query, or an id like arxiv:2401.08570.", _EXAMPLE)
        from ingest.live.arxiv_api import by_query

        return by_query(query, most or _MOST, manners, report, state, told)
    listing = _listing(date, manners.now())
    from ingest.live.hf_daily import daily_papers

    return daily_papers(listing, most, manners, report)


def _is_id(word: str) -> bool:
    return word.casefold().startswith("arxiv:")


def _is_live(word: str) -> bool:
    return word.casefold() in ("arxiv", "hf-daily") or _is_id(word)


def _is_file(word: str) -> bool:
    try:
        return Path(word).is_file()
    except (OSError, ValueError):  # a query may be longer than a file name can be
        return False


def _refuse(given: object, option: str, why: str) -> None:
    if given:
        raise InputError(f"{option} does not go with this: {why}.", f"Leave {option} out")


def _ids(words: Sequence[str]) -> list[str]:
    """The ids in arXiv's own spelling, with a version where one was given."""
    found = []
    parts = [part.strip() for word in words for part in (word[len("arxiv:") :] if _is_id(word) else word).split(",")]
    for part in [part for part in parts if part] or parts:
        known, version = arxiv_id(part), arxiv_version(part)
        if known is None:
            raise InputError(
                f'"{part[:80]}" is no arXiv id.', "Write arxiv:2401.08570, arxiv:2401.08570v2 or arxiv:hep-th/9901001"
            )
        found.append(f"{known}v{version}" if version else known)
    return list(dict.fromkeys(found))


def _listing(date: str | None, now: float) -> str:
    """A day as YYYY-MM-DD (today, UTC, if none is given) or `trending`."""
    if date is None:
        return datetime.fromtimestamp(now, timezone.utc).date().isoformat()
    if date == "trending":
        return date
    try:
        if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", date):
            raise ValueError("another form")
        return day.fromisoformat(date).isoformat()
    except ValueError:
        raise InputError(
            f'--date cannot be "{date[:80]}".', "Give a day as YYYY-MM-DD, such as 2026-11-20, or trending"
        ) from None
