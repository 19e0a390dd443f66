"""A real HTTP server on the loopback address that answers the few requests about a model's window and tokens.

`WindowServer({"GET /props": {...}})` answers these and 404 for everything else; a value may be a function of the request's
body, a text (sent as it is), a `Status`, or a `Slow`.
"""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any


@dataclass(frozen=True)
class Status:
    """An answer with another status than 200."""

    code: int
    body: object = ""
    headers: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Slow:
    """An answer that takes its time: `wait_s` before the head, or a byte every so often without end."""

    wait_s: float = 0.0
    drip_s: float = 0.0


Answers = Mapping[str, Any]


class WindowServer:
    """Answers `METHOD /path` as told; what came in is in `asked` (method and path) and `bodies`."""

    def __init__(self, answers: Answers) -> None:
        self.answers = dict(answers)
        self.asked: list[str] = []
        self.bodies: list[Any] = []
        self.keys: list[str | None] = []
        self.stopping = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._httpd.server_address[1]}"

    def __enter__(self) -> WindowServer:
        handler = type("Handler", (_Handler,), {"told": self})
        self._httpd = ThreadingHTTPServer(("127.0.0.1", 0), handler)
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


class _Handler(BaseHTTPRequestHandler):
    told: WindowServer

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the test output is for the tests."""

    def do_GET(self) -> None:
        self._answer(None)

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("content-length") or 0))
        self._answer(json.loads(raw) if raw else None)

    def _answer(self, body: Any) -> None:
        what = f"{self.command} {self.path}"
        self.told.asked.append(what)
        self.told.bodies.append(body)
        self.told.keys.append(self.headers.get("authorization"))
        answer = self.told.answers.get(what, Status(404, "404 page not found"))
        if isinstance(answer, Callable):  # type: ignore[arg-type]
            answer = answer(body)
        with contextlib.suppress(OSError):
            if isinstance(answer, Slow):
                self._slowly(answer)
            else:
                self._send(answer if isinstance(answer, Status) else Status(200, answer))

    def _send(self, answer: Status) -> None:
        data = (answer.body if isinstance(answer.body, str) else json.dumps(answer.body)).encode()
        self.send_response(answer.code)
        for name, value in (answer.headers or {}).items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _slowly(self, answer: Slow) -> None:
        if self.told.stopping.wait(answer.wait_s):
            return
        self.send_response(200)
        self.end_headers()
        until = time.monotonic() + 10
        while answer.drip_s and time.monotonic() < until and not self.told.stopping.wait(answer.drip_s):
            self.wfile.write(b" ")
