"""The short replies that the guard gives itself."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

_CALM = {"cache-control": "no-store"}


def in_words(request: Request, status: int, words: str, **headers: str) -> Response:
    """A refusal: for people a line of text, for programs JSON of the shape that Gradio's own refusals have."""
    more = {**_CALM, **{name.replace("_", "-"): value for name, value in headers.items()}}
    if wants_page(request):
        return Response(f"{words}\n", status, more, "text/plain; charset=utf-8")
    return JSONResponse({"detail": {"error": words}}, status, more)


def wants_page(request: Request) -> bool:
    """Whether a person looks at the reply."""
    return request.method == "GET" and "text/html" in request.headers.get("accept", "")


def is_browser(request: Request) -> bool:
    """Browsers would open a dialog of their own for a challenge, and send what is typed there from any site's form."""
    return request.headers.get("user-agent", "").startswith("Mozilla/")


def form_page(html: str, status: int = 200) -> Response:
    return HTMLResponse(html, status, _CALM)


def see(place: str) -> Response:
    return RedirectResponse(place, 303, _CALM)


def as_json(value: object, status: int = 200) -> Response:
    return JSONResponse(value, status, _CALM)
