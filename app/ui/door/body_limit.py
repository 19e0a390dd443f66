"""No request is larger than an upload may be, whether or not it says how large it is."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from app.ui.door.replies import in_words
from app.ui.headers import Message, Receive

_ROOM = 1 << 20  # for what stands around the files


class BodyLimit:
    """Counts what comes in of one request."""

    def __init__(self, receive: Receive, megabytes: int) -> None:
        self._receive, self._megabytes = receive, megabytes
        self._left = megabytes * (1 << 20) + _ROOM

    def refusal(self, scope: MutableMapping[str, Any]) -> Response | None:
        """For a request that says itself that it is too large."""
        request = Request(scope)
        said = request.headers.get("content-length", "")
        if said.isascii() and said.isdecimal() and int(said[:20]) > self._left:
            words = f"This is too large: an upload may have {self._megabytes:,} MB."
            return in_words(request, 413, words, connection="close")
        return None

    async def receive(self) -> Message:
        """What comes next; one that says nothing of its size and goes on and on is taken for gone."""
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        return message if self._left >= 0 else {"type": "http.disconnect"}
