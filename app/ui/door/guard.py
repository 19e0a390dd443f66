"""In front of the whole server: every request, of a browser, a script or an MCP client, goes through here.

Gradio's own login leaves several of its routes and all of the MCP ones open, so it is not used. Nothing passes this
guard without a login where one is wanted, but the login itself and the health routes.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from ipaddress import ip_address
from typing import Any
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import Response

from app.ui.door.body_limit import BodyLimit
from app.ui.door.caller import Caller, is_this_computer, write_down
from app.ui.door.door import Door
from app.ui.door.health import Health
from app.ui.door.login import Login, TooOftenError
from app.ui.door.login_page import login_page
from app.ui.door.replies import as_json, form_page, in_words, is_browser, see, wants_page
from app.ui.door.sessions import LASTS_S
from app.ui.headers import App, Receive, Send

COOKIE = "askpapers-session"
MCP_PATH = "/gradio_api/mcp"
# Gradio calls it itself, at whatever address it listens. Once it has, it does nothing any more.
_STARTING = "/gradio_api/startup-events"
_NO_MCP = (
    'MCP tools need the package "mcp", which is not installed. Type: pip install "askpapers[mcp]", or pip install mcp'
)
_LONGEST_FORM = 4096
_WRONG = "Name and password do not fit."


class Guard:
    """ASGI middleware; plain, because a buffering one would break streaming."""

    def __init__(self, app: App, door: Door, health: Health, mcp: bool) -> None:
        self._app, self._door, self._health, self._mcp = app, door, health, mcp
        self._login = Login(door.people) if door.people else None

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})  # there are none in askpapers
        else:
            limit = BodyLimit(receive, self._door.limits.upload_mb)
            reply = limit.refusal(scope) or await self._reply(scope, limit.receive)
            if reply is None:
                await self._app(scope, limit.receive, send)
            else:
                await reply(scope, limit.receive, send)

    async def _reply(self, scope: MutableMapping[str, Any], receive: Receive) -> Response | None:
        """What the guard itself says to a request; None if it may go on, and who it is from is written down."""
        request = Request(scope, receive)
        address = scope["client"][0] if scope.get("client") else ""
        path = self._path(scope)
        if self._door.local and not _names_this_computer(request.headers.get("host", "")):
            return in_words(
                request,
                421,
                "This page answers on this computer only. Behind a reverse proxy, set ASKPAPERS_PROXIES or "
                "ASKPAPERS_ROOT_PATH, so that it knows.",
            )
        if path == "/healthz":
            return as_json({"status": "ok"})
        if self._login and path == "/login":
            return await self._signed_in(request, address)
        try:
            name = await self._named(request, address)
        except TooOftenError as error:
            return in_words(request, 429, _too_often(error), retry_after=str(error.wait))
        caller = Caller(name, address)
        write_down(scope, caller)
        if path == "/readyz":
            return await self._ready(caller)
        if self._login and path == "/logout" and request.method == "POST":
            return self._signed_out(request)
        if self._login and not name and path != _STARTING:
            return self._unknown(request)
        if not self._mcp and f"{path}/".startswith(f"{MCP_PATH}/"):
            return in_words(request, 404, _NO_MCP)
        return None

    def _path(self, scope: MutableMapping[str, Any]) -> str:
        """The path without where a proxy offers the page, whether the proxy has taken that away or not."""
        path, root = str(scope["path"]), self._door.root_path
        inner = path[len(root) :] if root and f"{path}/".startswith(f"{root}/") else path
        return inner.rstrip("/") or "/"

    async def _named(self, request: Request, address: str) -> str:
        if self._login is None:
            return ""
        if authorization := request.headers.get("authorization"):
            return await self._login.named_by(authorization, address)
        return self._login.sessions.name_of(request.cookies.get(self._cookie(request), ""))

    def _unknown(self, request: Request) -> Response:
        if wants_page(request):
            return see(f"{self._door.root_path}/login")
        words = "Sign in first: with a browser, or with name and password in each request (HTTP Basic)."
        if is_browser(request):
            return in_words(request, 401, words)
        return in_words(request, 401, words, www_authenticate='Basic realm="askpapers", charset="UTF-8"')

    async def _signed_in(self, request: Request, address: str) -> Response:
        """The form, or what comes of it."""
        assert self._login is not None
        action = f"{self._door.root_path}/login"
        if request.method != "POST":
            return form_page(login_page(action))
        given = await _form(request)
        name, password = given.get("name", "").strip(), given.get("password", "")
        try:
            right = await self._login.right(name, password, address)
        except TooOftenError as error:
            return form_page(login_page(action, _too_often(error), name), 429)
        if not right:
            return form_page(login_page(action, _WRONG, name), 403)
        reply = see(f"{self._door.root_path}/")
        token = self._login.sessions.begin(name)
        reply.set_cookie(self._cookie(request), token, LASTS_S, **self._about_cookie(request))
        return reply

    def _signed_out(self, request: Request) -> Response:
        assert self._login is not None
        self._login.sessions.end(request.cookies.get(self._cookie(request), ""))
        reply = see(f"{self._door.root_path}/login")
        reply.delete_cookie(self._cookie(request), **self._about_cookie(request))
        return reply

    def _about_cookie(self, request: Request) -> dict[str, Any]:
        secure = request.url.scheme == "https"
        return {"path": self._door.root_path or "/", "secure": secure, "httponly": True, "samesite": "lax"}

    def _cookie(self, request: Request) -> str:
        """Browsers give cookies of one port to all ports of a computer, so two pages need two names."""
        server = request.scope.get("server")
        return f"{COOKIE}-{server[1]}" if server else COOKIE

    async def _ready(self, caller: Caller) -> Response:
        """Whether it can answer; how its parts are, only for who has signed in, or sits at this computer."""
        found = await self._health.readiness()
        known = caller.name or (self._login is None and self._door.local and is_this_computer(caller.address))
        about = {"ready": found.ready, **(found.parts if known else {})}
        return as_json(about, 200 if found.ready else 503)


async def _form(request: Request) -> dict[str, str]:
    """The fields of a short form; none of a long one."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _LONGEST_FORM:
            return {}
    fields = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=10)
    return {name: values[0] for name, values in fields.items()}


def _too_often(error: TooOftenError) -> str:
    return f"Too many wrong passwords. Try again in {error.wait} s."


def _names_this_computer(host: str) -> bool:
    """Whether a header `Host` names this computer. A page in a browser can have its own name lead here (DNS rebinding),
    but cannot change what the browser calls it."""
    name = host.rsplit(":", 1)[0] if host.count(":") == 1 or "]:" in host else host
    name = name.strip("[]").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False
