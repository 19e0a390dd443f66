"""What the tests' own HTTP servers have in common: one thread a server on the loopback address, gone when it is left."""

from __future__ import annotations

import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, ClassVar, TypeVar

AServer = TypeVar("AServer", bound="LoopbackServer")


class LoopbackServer:
    """Serves by `handler` from entering to leaving it. Handlers that wait do so on `stopping`, so that leaving need not."""

    handler: ClassVar[type[LoopbackHandler]]
    stopping: threading.Event

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._httpd.server_address[1]}"

    def __enter__(self: AServer) -> AServer:
        handler = type("Handler", (self.handler,), {"server_under_test": self})
        self.stopping = threading.Event()
        self._httpd = _Server(("127.0.0.1", 0), handler)
        self._thread = threading.Thread(target=self._httpd.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stopping.set()
        self._httpd.shutdown()
        self._httpd.server_close()
        self._thread.join()


class LoopbackHandler(BaseHTTPRequestHandler):
    """A handler of one server. It closes each connection, so that closing the server waits for no client."""

    server_under_test: Any
    protocol_version = "HTTP/1.0"

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the test output is for the tests."""


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # so that closing waits for every handler

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Quiet about clients that hang up, as they do here on purpose; loud about everything else."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)
