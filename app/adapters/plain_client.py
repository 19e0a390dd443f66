"""openai's HTTP client for servers that are no chat models. It knows proxies, certificates and error bodies.

Loads openai: import it late.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import openai

from app.adapters.base_url import is_loopback
from app.core.errors import AskPapersError

# The client wants some key; servers on one's own machine want none. It is never sent.
_NO_KEY = "askpapers-sends-no-key"
_CONNECT_S = 10.0


def timeouts(seconds: float) -> openai.Timeout:
    """So many seconds of silence, and fewer to find out that nobody is there."""
    return openai.Timeout(seconds, connect=min(seconds, _CONNECT_S))


def open_client(
    address: str, key: str, timeout_s: float, page_error: Callable[[], AskPapersError], names_account: bool = False
) -> openai.OpenAI:
    """A client for the one address that says nothing beyond the request. `page_error` is raised for a web page.

    Redirects are refused, for they would carry papers and key to another host. The proxy of the environment is used
    as everywhere, but not for this machine itself, which no proxy can reach."""

    def hide_account(request: Any) -> None:
        if not names_account:
            for header in ("openai-organization", "openai-project"):
                request.headers.pop(header, None)
        if not key:
            request.headers.pop("authorization", None)

    def refuse_page(response: Any) -> None:
        if response.is_success and "text/html" in response.headers.get("content-type", ""):
            raise page_error()

    http = openai.DefaultHttpxClient(
        timeout=timeouts(timeout_s),
        follow_redirects=False,
        trust_env=not is_loopback(address),
        event_hooks={"request": [hide_account], "response": [refuse_page]},
    )
    # Retrying is ours: the client would ask again after a timeout too, and for a text that is too long.
    return openai.OpenAI(
        base_url=address, api_key=key or _NO_KEY, max_retries=0, timeout=http.timeout, http_client=http
    )
