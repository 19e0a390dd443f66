"""What a server of embeddings did wrong, as an EmbedderError in words. Loads openai: import it late."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import openai

from app.adapters.openai_bodies import everything, said
from app.core.errors import AskPapersError, EmbedderError

_BUSY = frozenset({429, 503, 529})
# Refusals of too many texts or too long ones, as OpenAI, llama.cpp, vLLM, Ollama, text-embeddings-inference, LM Studio
# and Gemini word them. Most do not say clearly which of the two it is.
_TOO_LARGE = re.compile(
    r"maximum context length|context_length_exceeded|context (size|length|window)|too large to process|is too (long|large)"
    r"|batch size|batch.{0,40}(maximum|limit|too)|at most \d+ (requests|inputs|texts|items)|max_tokens_per_request"
    r"|max(imum)? \d+ tokens|must have less than \d+ tokens|maximum allowed|does not fit in context|payload too large",
    re.IGNORECASE,
)
_NOT_TOO_LARGE = frozenset({401, 403, 404, 429})
_MODEL_MISSING = re.compile(r"model.{0,200}(not found|does not exist|not exist)|model_not_found", re.I | re.S)
_NO_EMBEDDINGS = re.compile(r"not support embed|--embeddings?\b", re.IGNORECASE)
_SERVER_LOG = "Look at the server's own log; if it goes on, restart the server or choose another embedding model"
_LATER = "Wait a little and try again; what is embedded already is kept (askpapers library embed goes on there)"


@dataclass(frozen=True, slots=True)
class Place:
    """Which model is asked where, and in `way` how: a key of `choose_embedder.WAYS`."""

    way: str
    model: str
    address: str
    timeout_s: float
    key: str = field(repr=False)

    def __str__(self) -> str:
        return f'The embedding model "{self.model}" at "{self.address}"'


def is_too_large(error: Exception) -> bool:
    """Whether the server refused for the number or the length of the texts."""
    if not isinstance(error, openai.APIStatusError) or error.status_code in _NOT_TOO_LARGE:
        return False
    return error.status_code == 413 or bool(_TOO_LARGE.search(everything(error)))


def is_late(error: Exception) -> bool:
    """Whether the server took the request and then did not answer in time."""
    names = [type(cause).__name__ for cause in causes(error)]
    return any("Timeout" in name for name in names) and not any("ConnectTimeout" in name for name in names)


def is_passing(error: Exception) -> bool:
    """Whether asking again may help: overload, a failure of the server, nobody there yet."""
    if isinstance(error, openai.APIStatusError):
        status = error.status_code
        if status == 429:
            return "insufficient_quota" not in everything(error)
        return status >= 500 and status != 501 and not is_too_large(error)
    ours = any(isinstance(cause, AskPapersError) for cause in causes(error))
    return isinstance(error, openai.APIConnectionError) and not ours and not is_late(error)


def translate(error: Exception, place: Place) -> EmbedderError:
    """Our error for whatever was raised while asking `place`. Never holds the key, even if the server repeats it."""
    for ours in causes(error):
        if isinstance(ours, EmbedderError):
            return EmbedderError(str(ours), ours.hint)
    words = said_without(error, place.key)
    if isinstance(error, openai.APIStatusError):
        return _for_status(error, words, place)
    if is_late(error):
        return EmbedderError(
            f"{place} did not answer within {place.timeout_s:g} s",
            "It may still be loading: try again. A smaller model answers sooner",
        )
    if isinstance(error, openai.APIConnectionError):
        last = str(list(causes(error))[-1])
        return EmbedderError(f'Nobody answers at "{place.address}": {last}', _start(place))
    return no_vectors(place, "no JSON" if isinstance(error, ValueError) else type(error).__name__)


def said_without(error: Exception, key: str) -> str:
    """What the server said, without the key."""
    # Shorter than this a key is a filler such as "x" and no secret.
    return said(error).replace(key, "***") if len(key) > 3 else said(error)


def no_vectors(place: Place, what: str) -> EmbedderError:
    """The error for a reply, status 200, that is not what the protocol promises."""
    if place.way == "ollama":
        other = f"Check that it is Ollama that listens there; for another server use compatible:{place.model}"
    else:
        other = "Check that ASKPAPERS_EMBEDDER_BASE_URL is the address of a server with an embedding model"
    return EmbedderError(f"{place} answered without vectors ({what})", other)


def web_page(place: Place) -> EmbedderError:
    """The error for an address where a web server answers with a page."""
    path = "" if place.way == "ollama" else "; most servers want /v1 at the end"
    return EmbedderError(
        f'No embedding model answers at "{place.address}", but a web page',
        f"Check the port and the path of ASKPAPERS_EMBEDDER_BASE_URL{path}",
    )


def shown_cause(error: Exception, key: str) -> Exception | None:
    """What a traceback may show as the reason: not the vendor's error if the server put the key into it."""
    return None if key and key in str(error) else error


def _for_status(error: openai.APIStatusError, words: str, place: Place) -> EmbedderError:
    status = error.status_code
    if status == 429 and "insufficient_quota" in everything(error):
        return EmbedderError(f"{place} refused: {words}", "Check the plan and billing of this key")
    if status in _BUSY:
        return EmbedderError(f"{place} is busy: {words}", _LATER)
    if status < 400:
        target = error.response.headers.get("location", "another address")
        return EmbedderError(
            f'"{place.address}" sends us on to "{target}", and we do not follow: it may be another host',
            "If that address is right, set ASKPAPERS_EMBEDDER_BASE_URL to it",
        )
    did = "failed" if status >= 500 else "refused"
    return EmbedderError(f"{place} {did} (status {status}): {words}", _hint(status, words, place))


def _hint(status: int, words: str, place: Place) -> str:
    if status in (401, 403):
        name = "OPENAI_API_KEY" if place.way == "openai" else "ASKPAPERS_EMBEDDER_API_KEY"
        return f"Set {name} to a key that is valid there"
    if "No models loaded" in words:
        return f"Load a model in LM Studio, or type: lms load {place.model}"
    if _NO_EMBEDDINGS.search(words):
        return "Choose an embedding model, not a chat model; llama-server must be started with --embeddings"
    if _MODEL_MISSING.search(words):
        if place.way == "ollama" or "try pulling it" in words:
            return f"Run: ollama pull {place.model}"
        listed = "OpenAI has" if place.way == "openai" else f"{place.address}/models lists"
        return f"Choose a name that {listed}, like {place.way}:NAME"
    if status == 404:
        if place.way == "ollama":
            return f"Update Ollama (0.3 or later); for another server use compatible:{place.model}"
        return "Check the path of ASKPAPERS_EMBEDDER_BASE_URL; most servers want /v1 at the end"
    return _SERVER_LOG


def _start(place: Place) -> str:
    if place.way == "openai":
        return "Check the connection to the internet, or choose an embedder on this computer, such as default"
    server = "Ollama (type: ollama serve)" if place.way == "ollama" else "the server"
    return f"Start {server}, and check ASKPAPERS_EMBEDDER_BASE_URL if it runs elsewhere"


def causes(error: BaseException) -> Iterator[BaseException]:
    """The error, what it was raised from, and so on to the first."""
    now: BaseException | None = error
    while now is not None:
        yield now
        now = now.__cause__
