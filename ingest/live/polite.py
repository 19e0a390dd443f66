"""Asking a server politely: one request at a time, with pauses, and again after a while if it is busy or stumbles."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import TypeVar
from urllib.parse import urlsplit

from app import __version__
from app.core.errors import InputError, SourceError

_ANSWER_WITHIN_S = 30.0
_WHOLE_WITHIN_S = 180.0
_MOST_BYTES = 64 * 1024 * 1024
# Before anything came from a server it is more likely that there is none than that it stumbles.
_FIRST_TRIES = 2

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Manners:
    """Where and how to ask. Times are in seconds. arXiv's terms of use ask for 3 between requests; `hub_url` empty
    means the hub's own. Tests give their own sleep and clocks."""

    arxiv_url: str = "https://export.arxiv.org/api/query"
    hub_url: str = ""
    pause_s: float = 3.0
    page_size: int = 100
    tries: int = 5
    longest_wait_s: float = 60.0
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    now: Callable[[], float] = time.time


class Stumble(Exception):
    """An answer that another try may better. `site_wide` if no other page can be expected to do better either.
    `part` is what could be used of the answer."""

    def __init__(
        self, reason: str, *, site_wide: bool = False, retry_after_s: float = 0.0, part: object | None = None
    ) -> None:
        super().__init__(reason)
        self.site_wide, self.retry_after_s, self.part = site_wide, retry_after_s, part


class RefusedError(SourceError):
    """The server will not give this, however often it is asked; `body` is what it says instead."""

    def __init__(self, message: str, hint: str, body: bytes) -> None:
        super().__init__(message, hint)
        self.body = body


def missing(package: str) -> InputError:
    """The error that says how to get a package that only fetching needs."""
    return InputError(f'Fetching papers needs the package "{package}".', 'Type: pip install "askpapers[live]"')


class Site:
    """A server that is asked for pages. Requests are `pause_s` apart, counted from the end of the one before."""

    def __init__(self, name: str, pause_s: float, manners: Manners, report: Callable[[str], None]) -> None:
        self.name = name
        self._pause_s, self._manners, self._report = pause_s, manners, report
        self._free_at = manners.clock()
        self._answered = False

    def get(self, url: str, query: Mapping[str, str], read: Callable[[bytes], T]) -> T:
        """What `read` makes of the body. `read` raises Stumble if the body is not what it should be.

        Raises Stumble if the page is still not right after the last try, SourceError if the server does not answer,
        RefusedError if it refuses.
        """
        most = self._manners.tries
        for attempt in range(1, most + 1):
            self._manners.sleep(wait) if (wait := self._free_at - self._manners.clock()) > 0 else None
            try:
                return read(self._fetch(url, query))
            except Stumble as stumble:
                if attempt >= (most if self._answered else _FIRST_TRIES):
                    if not stumble.site_wide:
                        raise
                    raise SourceError(
                        f"{self.name} at {url} gave nothing in {attempt} tries: {stumble}.",
                        "Check the connection and the address, and run the same command again later: "
                        "it goes on where it stopped",
                    ) from stumble
                wait = self._wait_after(attempt, stumble.retry_after_s)
                self._report(f"{self.name}: {stumble}; trying again in {wait:.0f} s ({attempt + 1} of {most})")
                self._free_at = self._manners.clock() + wait
        raise AssertionError("the last try returns or raises")

    def _wait_after(self, attempt: int, retry_after_s: float) -> float:
        return min(self._manners.longest_wait_s, max(retry_after_s, self._pause_s * 2 ** (attempt - 1)))

    def _fetch(self, url: str, query: Mapping[str, str]) -> bytes:
        """The body of a good answer."""
        try:
            import requests
        except ImportError as error:
            raise missing("requests") from error
        began = time.monotonic()
        try:
            with requests.get(
                url,
                params=query,
                headers={"User-Agent": f"askpapers/{__version__}"},
                timeout=_ANSWER_WITHIN_S,
                stream=True,
            ) as response:
                self._answered = True
                body = bytearray()
                for piece in response.iter_content(65536):
                    body += piece
                    if len(body) > _MOST_BYTES or time.monotonic() - began > _WHOLE_WITHIN_S:
                        raise Stumble("the answer does not end")
        except (requests.exceptions.ChunkedEncodingError, requests.exceptions.ContentDecodingError) as error:
            raise Stumble("the answer broke off") from error
        except requests.Timeout as error:
            raise Stumble(f"no answer within {_ANSWER_WITHIN_S:.0f} s", site_wide=True) from error
        except requests.ConnectionError as error:
            raise Stumble(_innermost(error), site_wide=True) from error
        except requests.RequestException as error:
            raise SourceError(
                f"{self.name} at {url} cannot be asked: {type(error).__name__}.", "Check the address"
            ) from error
        finally:
            self._free_at = self._manners.clock() + self._pause_s
        return self._judged(url, response.status_code, response.headers.get("Retry-After"), bytes(body))

    def _judged(self, url: str, status: int, retry_after: str | None, body: bytes) -> bytes:
        if status in (408, 425, 429) or status >= 500:
            wait = _seconds(retry_after, self._manners.now())
            words = "it asks for patience" if status in (429, 503) else "it stumbled"
            raise Stumble(f"{words} (HTTP {status})", site_wide=status in (429, 503), retry_after_s=wait)
        if status != 200:
            raise RefusedError(f"{self.name} at {url} refuses (HTTP {status}).", "Check the address and the words", body)
        return body


def polite_pause(url: str, pause_s: float) -> float:
    """arXiv itself is never asked more often than its terms of use allow, whatever the settings say."""
    host = urlsplit(url).hostname or ""
    return max(3.0, pause_s) if host == "arxiv.org" or host.endswith(".arxiv.org") else pause_s


def _seconds(retry_after: str | None, now: float) -> float:
    """Retry-After comes in seconds or as a date; nonsense counts as none."""
    text = (retry_after or "").strip()
    if text.isdecimal():
        return float(text)
    try:
        then = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return 0.0
    then = then if then.tzinfo else then.replace(tzinfo=timezone.utc)
    return max(0.0, (then - datetime.fromtimestamp(now, timezone.utc)).total_seconds())


def _innermost(error: BaseException) -> str:
    """What the operating system says: the library's own words repeat the address thrice."""
    words, seen = "the connection failed", error
    while seen is not None:  # pragma: no branch
        if isinstance(seen, OSError) and seen.strerror:
            words = seen.strerror.lower()
        inner = seen.__cause__ or seen.__context__
        if inner is None:
            break
        seen = inner
    return words
