"""Short questions to a model server beside the chat itself: what it lists, what it holds. Never raises.

They are asked while a person waits, and of an address that may be anybody's: no redirect is followed (it would carry the
key to another host), a reply may have so many bytes and all questions together so many seconds, and whatever is no JSON is
nothing.
"""

from __future__ import annotations

import json
import time
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

import httpx

from app.adapters.base_url import is_loopback

MOST_BYTES = 4_000_000
_CONNECT_S = 2.0


class ServerJson:
    """A client for the one address, whose questions have `timeout_s` seconds together. `status` is that of the last
    reply, None if none came; `trouble` says in a few words why not. Use it as a context manager."""

    def __init__(self, address: str, key: str = "", timeout_s: float = 3.0) -> None:
        """`address` is a base URL with or without /v1; `key` is sent if there is one."""
        base = address.rstrip("/")
        self.root = base.removesuffix("/v1")
        # What has no path at all speaks OpenAI's protocol under /v1.
        self.v1 = base if urlsplit(base).path.strip("/") else f"{base}/v1"
        self.status: int | None = None
        self.trouble = ""
        self._client = httpx.Client(
            headers={"authorization": f"Bearer {key}"} if key else {},
            follow_redirects=False,
            trust_env=not is_loopback(base),
            # Reading the certificates of the system takes longer than the whole question; plain HTTP has no use for them.
            verify=not base.startswith("http://"),
        )
        self._until = time.monotonic() + timeout_s

    def __enter__(self) -> ServerJson:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._client.close()

    def again(self, timeout_s: float) -> ServerJson:
        """The same client, with so many seconds from now on."""
        self._until = time.monotonic() + timeout_s
        return self

    def get(self, path: str) -> Any:
        """The JSON at a path under the root, or at a whole URL; None where there is none."""
        return self._asked("GET", path, None)

    def post(self, path: str, body: object) -> Any:
        """The JSON that this body is answered with; None where there is none. Errors of the server are JSON, too:
        look at `status`."""
        return self._asked("POST", path, body)

    def _asked(self, method: str, path: str, body: object) -> Any:
        url = path if "://" in path else f"{self.root}{path}"
        self.status, self.trouble = None, ""
        left = self._until - time.monotonic()
        if left <= 0:
            self.trouble = "no time left"
            return None
        timeout = httpx.Timeout(left, connect=min(left, _CONNECT_S))
        try:
            with (
                self._client.stream(method, url, json=body, timeout=timeout)
                if body is not None
                else self._client.stream(method, url, timeout=timeout) as reply
            ):
                self.status = reply.status_code
                raw = self._whole(reply)
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError, ValueError) as error:
            self.trouble = _words(error)
            return None
        try:
            return None if raw is None else json.loads(raw)
        except (ValueError, RecursionError):
            self.trouble = "its reply is no JSON"
            return None

    def _whole(self, reply: httpx.Response) -> bytes | None:
        """The body, unless it is too long or too slow."""
        raw = b""
        for piece in reply.iter_bytes():
            raw += piece
            if len(raw) > MOST_BYTES or time.monotonic() > self._until:
                self.trouble = "its reply is too long" if len(raw) > MOST_BYTES else "it was too slow"
                return None
        return raw


def _words(error: Exception) -> str:
    if isinstance(error, httpx.TimeoutException):
        return "it did not answer in time"
    return " ".join(str(error).split())[:200] or type(error).__name__
