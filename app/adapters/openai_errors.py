"""What an OpenAI-compatible server did wrong, in our errors and in words. Loads openai: import it late."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

import openai

from app.adapters.address_rules import MetadataError
from app.adapters.offline import OfflineError
from app.adapters.openai_bodies import InStreamError, everything, is_overflow, one_line, said
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

BUSY = frozenset({429, 503, 529})
SHRINK = (
    "Lower ASKPAPERS_PAPERS_PER_ANSWER, set ASKPAPERS_LLM_CONTEXT_TOKENS to the window the server really "
    "has, or load the model with a larger one (Ollama: OLLAMA_CONTEXT_LENGTH=8192, llama.cpp: -c 8192)"
)
SERVER_LOG = "Look at the server's own log; if it goes on, restart the server or choose another model"
AGAIN = f"Ask again. {SERVER_LOG}"
_AGAIN_OTHER = "Ask again, or choose another model"
_START = (
    "Start the server and check ASKPAPERS_LLM_BASE_URL, or set ASKPAPERS_LLM to extractive to go on without a model"
)

_MODEL_MISSING = re.compile(r"model.{0,200}(not found|does not exist|not exist)|model_not_found", re.I | re.S)
_OLLAMA_MISSING = re.compile(r"^model ['\"].+['\"] not found(, try pulling it first)?$")


@dataclass(frozen=True, slots=True)
class Place:
    """Which model was asked where: all that the words of an error need."""

    model: str
    address: str
    timeout_s: float
    key: str = field(repr=False)

    def __str__(self) -> str:
        who = f'model "{self.model}"' if self.model else "server"
        return f'The {who} at "{self.address}"'


def translate(error: Exception, place: Place, *, started: bool) -> AskPapersError:
    """Our error for whatever was raised while asking `place`; `started` if part of the reply had come.

    Never holds the key, even if the server repeats it."""
    for ours in _causes(error):
        if isinstance(ours, AskPapersError):
            return ours
    words = _without_key(said(error), place.key)
    if isinstance(error, openai.APIStatusError):
        return _for_status(error, words, place)
    if isinstance(error, SilentError):
        return silent(place, started=started)
    if isinstance(error, openai.APIConnectionError) or _is_transport(error):
        return _for_connection(error, place, started=started)
    if is_overflow(error):
        return _overflow(words, place)
    if isinstance(error, (openai.APIError, InStreamError)):
        if re.search(r"rate.?limit|overloaded|server busy", words, re.IGNORECASE):
            return ModelBusyError(f"{place} broke off: {words}", "Wait a little, then ask again")
        return ChatModelError(f"{place} failed: {words}", SERVER_LOG)
    if isinstance(error, (json.JSONDecodeError, UnicodeDecodeError)):
        return EmptyReplyError(f"{place} sent a broken piece of its reply, so the rest is lost", AGAIN)
    return ChatModelError(
        f"{place} answered in a form that is not OpenAI's protocol ({type(error).__name__})",
        "Check that ASKPAPERS_LLM_BASE_URL is the address of a chat model server",
    )


def may_pass(error: Exception) -> bool:
    """Whether asking again soon may help: the server fails of itself, or refuses connections because it starts just now."""
    if isinstance(error, openai.APIStatusError):
        return error.status_code >= 500 and error.status_code != 501 and not is_overflow(error)
    return any(
        (isinstance(each, ConnectionRefusedError) and not hasattr(each, "hint"))
        or type(each).__name__ == "RemoteProtocolError"  # it hung up instead of answering
        for each in all_causes(error)
    )


class Ended(Protocol):
    """How a reply ended, as `ReplyStream` tells it."""

    any_text: bool
    called_tool: bool

    @property
    def finish(self) -> str | None: ...

    @property
    def reasoned(self) -> bool: ...

    @property
    def loops(self) -> bool: ...


def no_answer(place: Place, reply: Ended) -> EmptyReplyError:
    """The error for a stream that ended in order, but with no answer or without saying that it is done."""
    if reply.finish is None and reply.any_text:
        return EmptyReplyError(f"{place} was cut off in the middle of its answer", AGAIN)
    if reply.loops:
        return EmptyReplyError(f"{place} went round in circles while it reasoned, and was stopped", _AGAIN_OTHER)
    if reply.called_tool:
        return EmptyReplyError(
            f"{place} wanted to call a tool instead of answering, and none was offered to it", _AGAIN_OTHER
        )
    if reply.reasoned:
        return EmptyReplyError(
            f"{place} sent its reasoning but no answer",
            "Raise ASKPAPERS_LLM_ANSWER_TOKENS, switch reasoning off, or choose a model that does not reason",
        )
    if reply.finish == "content_filter":
        return EmptyReplyError(f"{place} held its answer back (content filter)", "Ask differently")
    return EmptyReplyError(
        f"{place} sent an empty reply",
        f"Some servers do that when the prompt is longer than the context window. {SHRINK}",
    )


def web_page(place: Place) -> ModelUnreachableError:
    """The error for an address where a web server answers with a page."""
    return ModelUnreachableError(
        f'No chat model answers at "{place.address}", but a web page',
        "Check the port and the path of ASKPAPERS_LLM_BASE_URL; most servers want /v1 at the end",
    )


def sent_on(place: Place, target: str) -> ModelRefusedError:
    """The error for a redirect."""
    return ModelRefusedError(
        f'"{place.address}" sends us on to "{one_line(target)}", and we do not follow: it may be another host',
        "If that address is right, set ASKPAPERS_LLM_BASE_URL to it",
    )


def shown_cause(error: Exception, place: Place) -> Exception | None:
    """What a traceback may show as the reason: not the vendor's error if the server put the key into it."""
    return None if place.key and place.key in str(error) else error


def _for_status(error: openai.APIStatusError, words: str, place: Place) -> ChatModelError:
    status = error.status_code
    if status == 413 or (status not in BUSY | {401, 403} and is_overflow(error)):
        return _overflow(words, place)
    if status == 429 and "insufficient_quota" in everything(error):
        return ModelRefusedError(f"{place} refused: {words}", "Check the plan and billing of this key")
    if status in BUSY:
        return ModelBusyError(f"{place} is busy: {words}", "Wait a little, then ask again")
    if status >= 500:
        return ChatModelError(f"{place} failed: {words}", SERVER_LOG)
    if status < 400:
        return sent_on(place, error.response.headers.get("location", "another address"))
    message = f"{place} refused (status {status}): {words}"
    return ModelRefusedError(message, _refusal_hint(status, words, place))


def _refusal_hint(status: int, words: str, place: Place) -> str:
    if status in (401, 403):
        return "Set ASKPAPERS_LLM_API_KEY (or OPENAI_API_KEY) to a key that is valid there"
    if "No models loaded" in words:
        return f"Load a model in LM Studio, or type: lms load {place.model}"
    if status == 404 and _OLLAMA_MISSING.match(words):
        return f"Type: ollama pull {place.model}"
    if _MODEL_MISSING.search(words):
        return f"Set ASKPAPERS_LLM to a name that {place.address}/models lists, like compatible:NAME"
    if status == 404:
        return "Check the path of ASKPAPERS_LLM_BASE_URL; most servers want /v1 at the end"
    return "Check ASKPAPERS_LLM and ASKPAPERS_LLM_ANSWER_TOKENS, or choose another model"


def _for_connection(error: Exception, place: Place, *, started: bool) -> ChatModelError:
    late = any("Timeout" in type(e).__name__ for e in _causes(error))
    connecting = any("ConnectTimeout" in type(e).__name__ for e in _causes(error))
    if late and (started or not connecting):
        return silent(place, started=started)
    if started:
        return EmptyReplyError(f"{place} hung up in the middle of its answer", AGAIN)
    for each in all_causes(error):
        if isinstance(each, (OfflineError, MetadataError)):
            return ModelUnreachableError(str(each), each.hint)
    last = one_line(str(list(_causes(error))[-1]))
    return ModelUnreachableError(f'Nobody answers at "{place.address}": {last}', _START)


def silent(place: Place, *, started: bool) -> ChatModelError:
    """The error for a server that said nothing for too long."""
    if started:
        return EmptyReplyError(f"{place} went silent for {place.timeout_s:g} s in the middle of its answer", AGAIN)
    return ModelUnreachableError(
        f"{place} did not answer within {place.timeout_s:g} s",
        "It may still be loading, or reading the prompt: ask again, or raise ASKPAPERS_LLM_TIMEOUT_S",
    )


def _overflow(words: str, place: Place) -> ContextOverflowError:
    return ContextOverflowError(f"{place} has a context window too small for this prompt: {words}", SHRINK)


def _is_transport(error: Exception) -> bool:
    # Which HTTP library openai uses, and lets errors of out, changed with its version: known by name.
    return type(error).__module__.partition(".")[0] in ("httpx", "httpx2", "httpcore", "httpcore2", "ssl")


def all_causes(error: BaseException) -> Iterator[BaseException]:
    """The causes, and where none is named what was being handled."""
    now: BaseException | None = error
    while now is not None:
        yield now
        now = now.__cause__ or now.__context__


def _causes(error: BaseException) -> Iterator[BaseException]:
    now: BaseException | None = error
    while now is not None:
        yield now
        now = now.__cause__


def _without_key(words: str, key: str) -> str:
    # Shorter than this it is a filler such as "x" and no secret.
    return words.replace(key, "***") if len(key) > 3 else words
