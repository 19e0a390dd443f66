"""A small real reverse proxy that offers a page under a path of its own, as nginx and Caddy do. It passes on what comes
as it comes, so a stream that some layer gathers up would be seen."""

from __future__ import annotations

import http.client
from urllib.parse import urlsplit

from tests.loopback import LoopbackHandler, LoopbackServer

_ITS_OWN = {"connection", "keep-alive", "transfer-encoding", "te", "upgrade"}


class _Passing(LoopbackHandler):
    def _pass_on(self) -> None:
        proxy: Proxy = self.server_under_test
        if not f"{self.path}/".startswith(f"{proxy.prefix}/"):
            self.send_error(404)
            return
        headers = {name: value for name, value in self.headers.items() if name.lower() not in _ITS_OWN}
        headers["X-Forwarded-For"] = proxy.client
        headers["X-Forwarded-Host"] = headers["Host"]
        headers["X-Forwarded-Proto"] = "http"
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        path = (self.path[len(proxy.prefix) :] or "/") if proxy.strips else self.path
        there = http.client.HTTPConnection(urlsplit(proxy.to).netloc, timeout=30)
        try:
            there.request(self.command, path, body, headers)
            reply = there.getresponse()
            self.send_response_only(reply.status)
            for name, value in reply.getheaders():
                if name.lower() not in _ITS_OWN:
                    self.send_header(name, value)
            self.end_headers()
            while part := reply.read1():
                self.wfile.write(part)
                self.wfile.flush()
        except OSError:
            return  # whoever asked is gone
        finally:
            there.close()

    do_GET = do_POST = do_HEAD = _pass_on


class Proxy(LoopbackServer):
    """Offers the server at `to` under `prefix`, which it takes away (`strips`) or leaves. It says that requests come
    from `client`."""

    handler = _Passing

    def __init__(self, to: str, prefix: str, strips: bool = True, client: str = "203.0.113.7") -> None:
        self.to, self.prefix, self.strips, self.client = to, prefix, strips, client
