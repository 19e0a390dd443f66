"""Papers brought in by a person at the page: files, pasted text, ids, a query to arXiv."""

from __future__ import annotations

import re
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from app.core import leaving
from app.core.domain import BadRecord, Paper
from app.core.errors import AskPapersError, InputError, SourceError
from app.core.report import IngestReport
from app.core.settings import Settings
from app.library import Library

Progress = Callable[[int, "int | None", str], None]

PASTED = "pasted text"
_MOST_IDS = 500
_IDS_APART = re.compile(r"[\s,;]+")
_LOOK_EVERY_S = 0.1


def from_files(library: Library, paths: Sequence[Path], progress: Progress) -> IngestReport:
    """Take in files a person has uploaded; report and errors call them by their own names."""
    from ingest.uploads import Uploads

    uploads = Uploads(paths)
    try:
        return uploads.report(library.ingest(uploads.records(), progress))
    except AskPapersError as error:
        raise uploads.error(error) from error


def from_text(settings: Settings, library: Library, text: str, progress: Progress) -> IngestReport:
    """Take in what was pasted: records in any format that a file may have, or nothing but ids, whose papers are fetched.
    Raises InputError for a text that is neither, and what `from_ids` raises."""
    if ids := ids_in(text):
        return from_ids(settings, library, ids, progress)
    with tempfile.TemporaryDirectory(prefix="askpapers-") as folder:
        path = Path(folder) / PASTED
        path.write_text(text, encoding="utf-8", errors="replace", newline="")
        return from_files(library, [path], progress)


def ids_in(text: str) -> list[str]:
    """The ids that a text is a list of, each once; none if it holds anything else."""
    words = [word.strip("<>()[]\"'") for word in _IDS_APART.split(text)]
    words = [word for word in dict.fromkeys(words) if word and word.casefold() not in {"arxiv:", "doi:"}]
    return words if words and all(_is_id(word) for word in words) else []


def _is_id(word: str) -> bool:
    from ingest.identify import arxiv_id, clean_doi

    if arxiv_id(word):
        return True
    doi = clean_doi(word)
    bare = re.sub(r"^(?:https?://(?:dx\.|www\.)?doi\.org/|doi:)", "", word, flags=re.IGNORECASE)
    return doi is not None and bare.lower().startswith("10.")


def from_ids(settings: Settings, library: Library, ids: Sequence[str], progress: Progress) -> IngestReport:
    """Fetch the papers of these ids from arXiv, which has no others: a DOI of anybody else is set aside. Raises InputError,
    and SourceError if arXiv does not answer."""
    from ingest.identify import arxiv_id

    if len(ids) > _MOST_IDS:
        raise InputError(f"These are {len(ids):,} ids; {_MOST_IDS} are fetched at a time.", "Paste fewer of them.")
    known = [word for word in ids if arxiv_id(word)]
    others = [word for word in ids if word not in known]
    if not known:
        raise InputError(
            "These are DOIs, and papers are fetched by their id from arXiv alone.",
            "Save them as BibTeX or RIS where you found them, and add that file or paste it here.",
        )
    bad = [BadRecord("pasted ids", 0, f'"{word}" is not of arXiv, so it is not fetched', word) for word in others]
    return _live(settings, library, [f"arxiv:{word}" for word in known], None, bad, progress)


def from_query(settings: Settings, library: Library, query: str, most: int, progress: Progress) -> IngestReport:
    """Fetch the newest papers that match a query of arXiv's, at most so many. Raises InputError if arXiv does not
    understand it, and SourceError if it does not answer."""
    return _live(settings, library, ["arxiv", query], most, [], progress)


def _live(
    settings: Settings,
    library: Library,
    words: Sequence[str],
    most: int | None,
    bad: Sequence[BadRecord],
    progress: Progress,
) -> IngestReport:
    """Whoever asked may leave at any moment (`app.core.leaving`): what was stored by then stays, and the same query
    goes on behind it."""
    from ingest.live import live_papers
    from ingest.live.polite import Manners

    _refuse_offline(settings)
    read = 0

    def told(done: int, total: int | None, said: str) -> None:
        nonlocal read
        read = done
        progress(done, total, said)
        leaving.check()

    def report(said: str) -> None:
        told(read, None, f"papers read. {said}")

    manners = Manners(settings.arxiv_url, settings.hub_url, settings.live_pause_s, sleep=_sleep)
    try:
        found = live_papers(
            words,
            most=most,
            date=None,
            manners=manners,
            report=report,
            state=library.folder / "live",
            told=lambda ids: library.store.told(ids),
        )
        assert found is not None
        return library.ingest(_with(bad, found), told)
    except SourceError as error:
        raise SourceError(
            str(error), "Check the connection, and try again later: what is stored is skipped then."
        ) from error
    except InputError as error:
        raise InputError(str(error), "Write it as arXiv does, for example: cat:cs.CL AND abs:retrieval") from error


def _with(bad: Sequence[BadRecord], found: Iterator[Paper | BadRecord]) -> Iterator[Paper | BadRecord]:
    yield from bad
    for record in found:
        leaving.check()
        yield record


def _sleep(seconds: float) -> None:
    """As `time.sleep`, looking now and then whether anybody still waits."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        leaving.check()
        time.sleep(min(left, _LOOK_EVERY_S))
    leaving.check()


def _refuse_offline(settings: Settings) -> None:
    from app.adapters import offline
    from app.adapters.base_url import is_loopback

    if offline.is_on() and not is_loopback(settings.arxiv_url):
        raise SourceError(
            "askpapers is offline (ASKPAPERS_OFFLINE), so nothing is fetched from arXiv.",
            "Add a file or paste records, or start it without ASKPAPERS_OFFLINE and --offline.",
        )
