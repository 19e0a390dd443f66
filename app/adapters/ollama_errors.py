"""What Ollama did wrong by its own protocol, in our errors and in words. Loads ollama: import it late."""

from __future__ import annotations

import json
import re

import httpx
from ollama import ResponseError

from app.adapters import openai_errors
from app.adapters.address_rules import MetadataError
from app.adapters.offline import OfflineError
from app.adapters.openai_bodies import is_overflow, one_line, words_of
from app.adapters.openai_errors import AGAIN, BUSY, SERVER_LOG, Place
from app.adapters.read_ahead import SilentError
from app.core.errors import (
    AskPapersError,
    ChatModelError,
    ContextOverflowError,
    EmptyReplyError,
    ModelBusyError,
    ModelRefusedError,
    ModelUnreachableError,
)


class OnlyLoadedError(Exception):
    """Ollama loaded (or unloaded) the model for a request and wrote nothing, as it does for one without messages."""


_START = "Start it: ollama serve. Then check ASKPAPERS_LLM_BASE_URL"
_NO_THINKING = re.compile(
    r"does not support thinking|invalid think|unknown field.*think|think.*not supported", re.IGNORECASE
)
_NOT_ABLE = re.compile(r"does not support (?:chat|generate|completion)", re.IGNORECASE)


def cannot_think(error: Exception) -> bool:
    """Whether Ollama refused because this model cannot think aloud, or this version knows no such wish."""
    # What stands before Ollama may nest its errors, so that this "text" is none.
    return isinstance(error, ResponseError) and bool(_NO_THINKING.search(words_of(error.error)))


def may_pass(error: Exception) -> bool:
    """Whether asking again soon may help."""
    if isinstance(error, ResponseError):
        return error.status_code >= 500 and not is_overflow(error)
    if isinstance(error, (OnlyLoadedError, httpx.RemoteProtocolError)):
        return True
    ours = (OfflineError, MetadataError)
    return isinstance(error, httpx.ConnectError) and not any(
        isinstance(each, ours) for each in openai_errors.all_causes(error)
    )


def translate(error: Exception, place: Place, *, started: bool) -> AskPapersError:
    """Our error for whatever was raised while asking `place`; `started` if part of the reply had come."""
    for each in openai_errors.all_causes(error):
        if isinstance(each, AskPapersError):
            return each
        if isinstance(each, (OfflineError, MetadataError)):
            return ModelUnreachableError(str(each), each.hint)
    if isinstance(error, ResponseError):
        return _said(error, place, started)
    if isinstance(error, SilentError):
        return openai_errors.silent(place, started=started)
    if isinstance(error, OnlyLoadedError):
        return EmptyReplyError(f"{place} was loaded and wrote nothing", "Ask again")
    if isinstance(error, (json.JSONDecodeError, UnicodeDecodeError)):
        return EmptyReplyError(f"{place} sent a broken piece of its reply, so the rest is lost", AGAIN)
    if isinstance(error, httpx.TimeoutException) and not isinstance(error, httpx.ConnectTimeout):
        return openai_errors.silent(place, started=started)
    if isinstance(error, (httpx.HTTPError, OSError)):
        if started:
            return EmptyReplyError(f"{place} hung up in the middle of its answer", AGAIN)
        return ModelUnreachableError(f'Nobody answers at "{place.address}": {one_line(str(error))}', _START)
    return ChatModelError(
        f"{place} answered in a form that is not Ollama's protocol ({type(error).__name__})",
        "Check that ASKPAPERS_LLM_BASE_URL is the address of Ollama",
    )


def _said(error: ResponseError, place: Place, started: bool) -> ChatModelError:
    words = one_line(words_of(error.error) or f"status {error.status_code}")
    words = words.replace(place.key, "***") if len(place.key) > 3 else words
    status = error.status_code
    if is_overflow(error):
        return ContextOverflowError(
            f"{place} has a context window too small for this prompt: {words}", openai_errors.SHRINK
        )
    if status in BUSY or "server busy" in words:
        return ModelBusyError(f"{place} is busy: {words}", "Wait a little, then ask again")
    if status == 404 and "not found" in words and "page" not in words:
        return ModelRefusedError(
            f"Ollama is running but has no model {place.model}: {words}", f"Type: ollama pull {place.model}"
        )
    if status in (401, 403):
        return ModelRefusedError(
            f"{place} refused (status {status}): {words}", "Set ASKPAPERS_LLM_API_KEY to a key that is valid there"
        )
    if 300 <= status < 400:
        return ModelRefusedError(f'"{place.address}" sends us on, and we do not follow: it may be another host', _START)
    if status == 404:
        return ModelUnreachableError(f'No Ollama answers at "{place.address}": {words}', _START)
    if _NOT_ABLE.search(words):
        return ModelRefusedError(
            f"{place} cannot chat: {words}", "Choose a chat model: ollama list shows what there is"
        )
    if 400 <= status < 500:
        return ModelRefusedError(
            f"{place} refused (status {status}): {words}", "Check ASKPAPERS_LLM, or choose another model"
        )
    if started:
        return EmptyReplyError(f"{place} failed in the middle of its answer: {words}", SERVER_LOG)
    return ChatModelError(f"{place} failed: {words}", SERVER_LOG)
