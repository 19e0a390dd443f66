"""Asking a server politely: one request at a time, with pauses, and again after a while if it is busy or stumbles."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from functools import cache
from typing import TypeVar
from urllib.parse import urlsplit

from app import __version__
from app.core.errors import SourceError

_MOST_BYTES = 64 * 1024 * 1024
# Where no connection was ever made it is more likely that there is no server than that it stumbles.
_FIRST_TRIES = 2
# arXiv's terms of use: no more than one request in so many seconds.
_ARXIV_PAUSE_S = 3.0

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Manners:
    """Where and how to ask. Times are in seconds: `longest_wait_s` bounds the waits we choose, `patience_s` those a
    server asks for. Tests give their own sleep and clocks."""

    arxiv_url: str = "https://export.arxiv.org/api/query"
    hub_url: str = "https://huggingface.co"
    pause_s: float = 3.0
    page_size: int = 100
    tries: int = 5
    longest_wait_s: float = 60.0
    patience_s: float = 600.0
    answer_within_s: float = 30.0
    whole_within_s: float = 180.0
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

    def __init__(self, message: str, hint: str, status: int, body: bytes) -> None:
        super().__init__(message, hint)
        self.status, self.body = status, body


class Site:
    """A server that is asked for pages. Requests are `pause_s` apart, counted from the end of the one before."""

    def __init__(self, name: str, url: str, manners: Manners, report: Callable[[str], None]) -> None:
        self.name, self.url = name, url
        self._pause_s, self._manners, self._report = polite_pause(url, manners.pause_s), manners, report
        self._free_at = manners.clock()
        self._answered = False

    def get(self, query: Mapping[str, str], read: Callable[[bytes], T]) -> T:
        """What `read` makes of the body. `read` raises Stumble if the body is not what it should be.

        Raises Stumble if the page is still not right after the last try, SourceError if the server does not answer
        or wants to be left alone for long, RefusedError if it refuses.
        """
        most = self._manners.tries
        for attempt in range(1, most + 1):
            self._wait()
            try:
                return read(self._fetch(query))
            except Stumble as stumble:
                if stumble.retry_after_s > self._manners.patience_s:
                    raise self.lost(f"{stumble}, and to be asked in {_span(stumble.retry_after_s)}") from stumble
                if attempt >= (most if self._answered or not stumble.site_wide else _FIRST_TRIES):
                    if not stumble.site_wide:
                        raise
                    raise self.lost(f"{stumble} ({attempt} tries)") from stumble
                wait = self._wait_after(attempt, stumble.retry_after_s)
                self._report(f"{self.name}: {stumble}; trying again in {wait:.0f} s ({attempt + 1} of {most})")
                self._free_at = self._manners.clock() + wait
        raise AssertionError("the last try returns or raises")

    def lost(self, why: str) -> SourceError:
        """The error that nothing came from here."""
        return SourceError(
            f"{self.name} at {self.url} gave nothing: {why}.",
            "Check the connection and the address, and run the same command again later: what is stored is skipped",
        )

    def _wait(self) -> None:
        wait = self._free_at - self._manners.clock()
        if wait > 0:
            self._manners.sleep(wait)

    def _wait_after(self, attempt: int, retry_after_s: float) -> float:
        ours = min(self._manners.longest_wait_s, self._pause_s * 2.0 ** (attempt - 1))
        return max(ours, retry_after_s, self._pause_s)

    def _fetch(self, query: Mapping[str, str]) -> bytes:
        """The body of a good answer."""
        import httpx  # late: most runs of ingest fetch nothing

        limits = self._manners
        late = time.monotonic() + limits.whole_within_s
        try:
            with httpx.stream(
                "GET",
                self.url,
                params=dict(query),
                headers={"User-Agent": f"askpapers/{__version__}"},
                timeout=limits.answer_within_s,
                verify=_certificates(),
                follow_redirects=True,
            ) as response:
                self._answered = True
                body = bytearray()
                for piece in response.iter_bytes():
                    body += piece
                    if len(body) > _MOST_BYTES or time.monotonic() > late:
                        raise Stumble("the answer does not end")
        except httpx.TimeoutException as error:
            nobody = isinstance(error, httpx.ConnectTimeout)
            raise Stumble(f"no answer within {limits.answer_within_s:.0f} s", site_wide=nobody) from error
        except httpx.ConnectError as error:
            raise Stumble(_innermost(error), site_wide=True) from error
        except (httpx.NetworkError, httpx.RemoteProtocolError, httpx.DecodingError) as error:
            raise Stumble("the answer broke off") from error
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            raise SourceError(
                f"{self.name} at {self.url} cannot be asked: {type(error).__name__}.", "Check the address"
            ) from error
        finally:
            self._free_at = limits.clock() + self._pause_s
        return self._judged(response.status_code, response.headers.get("Retry-After"), bytes(body))

    def _judged(self, status: int, retry_after: str | None, body: bytes) -> bytes:
        if status in (408, 425, 429) or status >= 500:
            wait = _seconds(retry_after, self._manners.now())
            words = "it asks for patience" if status in (429, 503) else "it stumbled"
            raise Stumble(f"{words} (HTTP {status})", site_wide=status == 429, retry_after_s=wait)
        if status in (401, 403):
            raise RefusedError(
                f"{self.name} at {self.url} keeps us out (HTTP {status}).",
                "It may have been asked too often from here: wait an hour, then run the same command again",
                status,
                body,
            )
        if status != 200:
            raise RefusedError(
                f"{self.name} at {self.url} refuses (HTTP {status}).", "Check the address and the words", status, body
            )
        return body


@cache
def _certificates() -> ssl.SSLContext:
    """Read once: it takes longer than a request."""
    import httpx

    return httpx.create_ssl_context()


def polite_pause(url: str, pause_s: float) -> float:
    """arXiv itself is never asked more often than its terms of use allow, whatever the settings say."""
    host = (urlsplit(url).hostname or "").rstrip(".")
    return max(_ARXIV_PAUSE_S, pause_s) if host == "arxiv.org" or host.endswith(".arxiv.org") else pause_s


def _seconds(retry_after: str | None, now: float) -> float:
    """Retry-After comes in seconds or as a date; nonsense counts as none."""
    text = (retry_after or "").strip()
    if text.isdecimal():
        return float(text)
    try:
        then = parsedate_to_datetime(text)
        then = then if then.tzinfo else then.replace(tzinfo=timezone.utc)
        return max(0.0, (then - datetime.fromtimestamp(now, timezone.utc)).total_seconds())
    except (ValueError, TypeError, IndexError, OverflowError):
        return 0.0


def printable(text: str, most: int = 200) -> str:
    """Words of a server as they may be shown: one line, without signs that steer a terminal or turn its text round."""
    return "".join(sign for sign in " ".join(text.split()) if sign.isprintable())[:most]


def _span(seconds: float) -> str:
    return f"{seconds / 60:.0f} minutes" if seconds < 5400 else f"{seconds / 3600:.0f} hours"


def _innermost(error: BaseException) -> str:
    """What the operating system says: the library's own words say less."""
    words, seen = "the connection failed", error.__cause__ or error.__context__
    while seen is not None:
        if isinstance(seen, OSError) and seen.strerror:
            words = seen.strerror.lower()
        seen = seen.__cause__ or seen.__context__
    return words
