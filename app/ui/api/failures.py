"""Errors of the public API: words for people, and a status for programs. Never the text of an unknown exception."""

from __future__ import annotations

import logging
import secrets
from collections.abc import MutableMapping
from typing import Any

import gradio as gr

from app.core.errors import (
    AskPapersError,
    ChatModelError,
    InputError,
    LibraryError,
    ModelBusyError,
    SettingsError,
)
from app.ui.door.caller import scope_of
from app.ui.headers import App, Message, Receive, Send
from app.ui.notices import readable

_log = logging.getLogger(__name__)
_KEY = "askpapers.status"
_STATUS: tuple[tuple[type[AskPapersError], int], ...] = (
    (InputError, 400),
    (SettingsError, 400),
    (ModelBusyError, 503),
    (ChatModelError, 502),
    (LibraryError, 503),
)


class ApiError(gr.Error):
    """What a caller of the API is told. MCP clients get its text, HTTP callers its status too."""

    def __init__(self, words: str, status: int, retry_after: int = 0) -> None:
        super().__init__(words, print_exception=False)
        self.status, self.retry_after = status, retry_after

    def __str__(self) -> str:
        return str(self.message)


def as_api_error(error: Exception) -> ApiError:
    """Any exception as what may be told; one that is our own fault as an id, which stands in the log."""
    if isinstance(error, ApiError):
        return error
    if isinstance(error, AskPapersError):
        status = next((status for kind, status in _STATUS if isinstance(error, kind)), 500)
        return ApiError(f"{readable(str(error)).rstrip('.')}. {readable(error.hint)}", status)
    error_id = secrets.token_hex(4)
    _log.error("error %s", error_id, exc_info=error)
    return ApiError(f"Something went wrong in askpapers itself. The log has it under {error_id}.", 500)


def write_status(request: Any, error: ApiError) -> None:
    """Have `ApiStatus` answer this request with the error's own status."""
    scope_of(request)[_KEY] = error


class ApiStatus:
    """ASGI middleware: Gradio answers every error with 500, here it gets the status that fits."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        async def sending(message: Message) -> None:
            error = scope.get(_KEY)
            if isinstance(error, ApiError) and message["type"] == "http.response.start" and message["status"] == 500:
                message["status"] = error.status
                if error.retry_after:
                    message["headers"] = [*message["headers"], (b"retry-after", str(error.retry_after).encode())]
            await send(message)

        await self._app(scope, receive, sending if scope["type"] == "http" else send)
