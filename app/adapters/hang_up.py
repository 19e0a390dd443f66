"""Hanging up on a server that has not said a word yet, from another thread than the one that waits for it.

Closing a connection does not wake whoever reads from it; shutting it down does. The client's `trace` extension tells of the
connection as soon as there is one, which is long before the response is.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

_here = threading.local()


class HungUp(Exception):
    """The line was cut before the request was sent."""


class Line:
    """The connections of one request. Threads may share it."""

    def __init__(self) -> None:
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()
        self._cut = False

    @property
    def is_cut(self) -> bool:
        return self._cut

    @contextmanager
    def used_here(self) -> Iterator[None]:
        """Requests that this thread sends within this belong to the line, if their client has the hook `on_this_line`."""
        _here.line = self
        try:
            yield
        finally:
            _here.line = None

    def cut(self) -> None:
        """Hang up: whoever reads from it learns at once, and so does the server."""
        with self._lock:
            self._cut = True
            for each in self._sockets:
                _shut_down(each)

    def trace(self, event: str, info: Mapping[str, Any]) -> None:
        """What the HTTP client calls at each of its steps."""
        if event.endswith((".connect_tcp.complete", ".connect_unix_socket.complete", ".start_tls.complete")):
            found = info["return_value"].get_extra_info("socket")
            with self._lock:
                if isinstance(found, socket.socket):
                    self._sockets.append(found)
            if self._cut:  # while it was connecting
                if isinstance(found, socket.socket):
                    _shut_down(found)
                raise HungUp


def on_this_line(request: Any) -> None:
    """A request hook for a client: the request belongs to the line of this thread, and gets a connection of its own,
    for of one that is used again nobody tells which it is."""
    line = getattr(_here, "line", None)
    if line is not None:
        request.extensions["trace"] = line.trace
        request.headers["connection"] = "close"


def _shut_down(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):  # it is closed already
        # Not the method of an SSL socket, which first takes away what the reading thread is using.
        socket.socket.shutdown(connection, socket.SHUT_RDWR)
