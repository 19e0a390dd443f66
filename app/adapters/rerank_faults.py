"""What a rerank server did wrong, as a RerankerError in words. Loads openai: import it late."""

from __future__ import annotations

import re

import openai

from app.adapters import embedder_faults
from app.adapters.embedder_faults import causes, said_without
from app.adapters.openai_bodies import everything
from app.core.errors import RerankerError

WITHOUT = "or leave ASKPAPERS_RERANKER empty to do without"
_BUSY = frozenset({429, 503, 529})
# Refusals for the number of texts, as text-embeddings-inference, Jina, Cohere and pydantic word them.
_TOO_MANY = re.compile(
    r"batch size \d+ > |too many (documents|texts|inputs|items|passages)"
    r"|(at most|maximum( of| is)?|max|more than|exceed\w*|up to) \d+ (documents|texts|inputs|items|passages)",
    re.IGNORECASE,
)
_REFUSALS = frozenset({400, 413, 422, 500})
_MODEL_MISSING = re.compile(
    r"model.{0,200}(not found|does not exist|not exist|not available)|model_not_found", re.I | re.S
)
_NO_RERANKING = re.compile(r"not support\w* .{0,40}(rerank|score)|not a re-?ranker|--rerank", re.IGNORECASE)
_WANTS_MODEL = re.compile(r"\bmodel\b.{0,80}(required|missing|must)|missing.{0,40}\bmodel\b", re.I | re.S)
# What each protocol's server misses in a request of the other one. Near the word: some repeat the request behind it.
_WANTS_TEXTS = re.compile(r"missing.{0,40}\btexts\b", re.I | re.S)
_WANTS_DOCUMENTS = re.compile(r"(missing.{0,40}\b|[\"'`])documents\b", re.I | re.S)


class Place(embedder_faults.Place):
    """Which model reranks where, and in `way` how (compatible or tei). A server of one model needs no name of it."""

    __slots__ = ()

    def __str__(self) -> str:
        who = f'The reranker "{self.model}"' if self.model else "The reranker"
        return f'{who} at "{self.address}"'


def is_too_many(error: Exception) -> bool:
    """Whether the server refused plainly for the number of texts."""
    refused = isinstance(error, openai.APIStatusError) and error.status_code in _REFUSALS
    return refused and bool(_TOO_MANY.search(everything(error)))


def is_unclear_size(error: Exception) -> bool:
    """Whether the server refused the size of the request and not in words that say what of it is too large."""
    refused = isinstance(error, openai.APIStatusError) and error.status_code == 413
    return refused and "token" not in everything(error)


def is_no_such_path(error: Exception) -> bool:
    """Whether the server has nothing at this path, rather than no such model."""
    absent = isinstance(error, openai.APIStatusError) and error.status_code in (404, 405)
    return absent and not _MODEL_MISSING.search(everything(error))


def translate(error: Exception, place: Place) -> RerankerError:
    """Our error for whatever was raised while asking `place`. Never holds the key, even if the server repeats it."""
    for ours in causes(error):
        if isinstance(ours, RerankerError):
            return RerankerError(str(ours), ours.hint)
    if isinstance(error, openai.APIStatusError):
        return _for_status(error, said_without(error, place.key), place)
    if embedder_faults.is_late(error):
        return late(place)
    if isinstance(error, openai.APIConnectionError):
        last = str(list(causes(error))[-1])
        return RerankerError(
            f'Nobody answers at "{place.address}": {last}',
            f"Start the server, check ASKPAPERS_RERANKER_BASE_URL, {WITHOUT}",
        )
    return no_scores(place, "no JSON" if isinstance(error, ValueError) else type(error).__name__)


def late(place: Place) -> RerankerError:
    """The error for a server that did not answer in the time a person waits."""
    return RerankerError(
        f"{place} did not answer within {place.timeout_s:g} s",
        f"Choose a smaller model, set ASKPAPERS_RERANKER_TIMEOUT_S to more seconds, {WITHOUT}",
    )


def no_scores(place: Place, what: str) -> RerankerError:
    """The error for a reply, status 200, that is not what the protocol promises."""
    return RerankerError(
        f"{place} answered without a score for each text ({what})",
        f"Check that ASKPAPERS_RERANKER_BASE_URL is the address of a server with a reranking model, {WITHOUT}",
    )


def web_page(place: Place) -> RerankerError:
    """The error for an address where a web server answers with a page."""
    return RerankerError(
        f'No reranker answers at "{place.address}", but a web page',
        "Check the port and the path of ASKPAPERS_RERANKER_BASE_URL",
    )


def _for_status(error: openai.APIStatusError, words: str, place: Place) -> RerankerError:
    status = error.status_code
    if status == 429 and "insufficient_quota" in everything(error):
        return RerankerError(f"{place} refused: {words}", "Check the plan and billing of this key")
    if status in _BUSY:
        return RerankerError(f"{place} is busy: {words}", "Wait a little and try again; it may still be loading")
    if status < 400:
        target = error.response.headers.get("location", "another address")
        return RerankerError(
            f'"{place.address}" sends us on to "{target}", and we do not follow: it may be another host',
            "If that address is right, set ASKPAPERS_RERANKER_BASE_URL to it",
        )
    did = "failed" if status >= 500 and status != 501 else "refused"
    return RerankerError(f"{place} {did} (status {status}): {words}", _hint(status, words, everything(error), place))


def _hint(status: int, words: str, known: str, place: Place) -> str:
    if status in (401, 403):
        return "Set ASKPAPERS_RERANKER_API_KEY to a key that is valid there"
    if _NO_RERANKING.search(words):
        return "Serve a reranking model (a cross-encoder); llama-server must be started with --reranking"
    if _MODEL_MISSING.search(words):
        return "Choose a model that the server has, like ASKPAPERS_RERANKER=compatible:MODEL"
    if status in (400, 422) and place.way == "compatible" and _WANTS_TEXTS.search(known):
        return "It speaks text-embeddings-inference's protocol: set ASKPAPERS_RERANKER to tei"
    if status in (400, 422) and place.way == "tei" and _WANTS_DOCUMENTS.search(known):
        return "It does not speak text-embeddings-inference's protocol: set ASKPAPERS_RERANKER to compatible:MODEL"
    if not place.model and _WANTS_MODEL.search(known):
        return "Name the model: set ASKPAPERS_RERANKER to compatible:MODEL"
    if status in (404, 405):
        return "Check the path of ASKPAPERS_RERANKER_BASE_URL; it is what stands before /rerank"
    return f"Look at the server's own log, {WITHOUT}"
