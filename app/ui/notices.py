"""The words the page has for states and failures. The browser never sees the text of an unknown exception."""

from __future__ import annotations

import logging
import secrets
import unicodedata
from html import escape
from typing import Any

from app.core.errors import AskPapersError
from app.core.shown import shown
from app.ui.render import error_html

_log = logging.getLogger(__name__)

Updates = dict[Any, Any]
"""Gradio components and their new values; a component that is not named stays as it is."""


def readable(text: str) -> str:
    """Text that may hold names of people's files, with a mark in place of what turns it round or cannot be seen. The
    two joiners stay, which some scripts are written with."""
    return "".join(
        "\ufffd" if unicodedata.category(c) in {"Cf", "Zl", "Zp"} and c not in "\u200c\u200d" else c
        for c in shown(text)
    )


def failure_html(error: Exception) -> str:
    """Any exception in words that may be shown in the browser."""
    return error_html(*failure_words(error))


def failure_words(error: Exception) -> tuple[str, str]:
    """What happened, and what to do next.

    An error that is our own fault is shown as an id, which stands in the log with the whole traceback.
    """
    if isinstance(error, AskPapersError):
        return readable(str(error)), readable(error.hint)
    error_id = secrets.token_hex(4)
    _log.error("error %s", error_id, exc_info=error)
    return (
        "Something went wrong in askpapers itself.",
        f"Try again. If it happens again, report it with the error id {error_id}, which is in the log too.",
    )


def status_html(words: str, kind: str = "") -> str:
    """The line a screen reader reads out when it changes."""
    names = f"ap-status {kind}".strip()
    return f'<p role="status" aria-live="polite" class="{names}">{escape(words)}</p>'
