"""Plain HTTP calls with named arguments, `{"question": "..."}`: Gradio itself wants all of them, in order, as `data`."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Mapping, MutableMapping
from inspect import Parameter
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse

from app.ui.headers import App, Message, Receive, Send

_RUN = "/gradio_api/run/"
_LARGEST = 4 << 20  # bytes: a long conversation with all its answers


class CannotCallError(Exception):
    """What is wrong with a call, in words."""


class NamedCalls:
    """ASGI middleware for the public functions alone; every other request passes untouched."""

    def __init__(self, app: App, functions: Mapping[str, Callable[..., Any]]) -> None:
        self._app = app
        self._takes = {name: _parameters(function) for name, function in functions.items()}

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        takes = self._called(scope)
        if takes is None:
            await self._app(scope, receive, send)
            return
        try:
            body = json.dumps({"data": _in_order(await _read(Request(scope, receive)), takes)}).encode()
        except CannotCallError as error:
            await JSONResponse({"error": str(error)}, 400)(scope, receive, send)
            return
        headers = [pair for pair in scope["headers"] if pair[0] not in (b"content-length", b"transfer-encoding")]
        scope["headers"] = [*headers, (b"content-length", str(len(body)).encode())]
        await self._app(scope, _once(body, receive), send)

    def _called(self, scope: MutableMapping[str, Any]) -> list[Parameter] | None:
        if scope["type"] != "http" or scope["method"] != "POST":
            return None
        _, run, name = str(scope["path"]).rpartition(_RUN)
        return self._takes.get(name.rstrip("/")) if run else None


def _parameters(function: Callable[..., Any]) -> list[Parameter]:
    return [each for name, each in inspect.signature(function).parameters.items() if name != "request"]


async def _read(request: Request) -> Any:
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _LARGEST:
            raise CannotCallError(f"The call is too large; {_LARGEST >> 20} MB is the limit.")
    try:
        return json.loads(body or b"{}")
    except (ValueError, RecursionError):
        raise CannotCallError("The body is not JSON.") from None


def _in_order(given: Any, takes: list[Parameter]) -> list[Any]:
    """The arguments in order, those left out by their defaults; of a list the last may be left out."""
    if not isinstance(given, dict):
        raise CannotCallError("The body is not a JSON object with the arguments by name.")
    names = [each.name for each in takes]
    if isinstance(values := given.get("data"), list):
        if len(values) > len(names):
            raise CannotCallError(f"Too many arguments. They are: {', '.join(names)}.")
        given = dict(zip(names, values, strict=False))
    for name in given:
        if name not in names:
            raise CannotCallError(f'There is no argument "{str(name)[:80]}". There are: {", ".join(names)}.')
    for each in takes:
        if each.default is Parameter.empty and each.name not in given:
            raise CannotCallError(f'"{each.name}" is missing.')
    return [given.get(each.name, each.default) for each in takes]


def _once(body: bytes, receive: Receive) -> Receive:
    """The new body in place of the one that was read."""
    left = [body]

    async def receiving() -> Message:
        if left:
            return {"type": "http.request", "body": left.pop(), "more_body": False}
        return await receive()

    return receiving
