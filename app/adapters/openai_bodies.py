"""Reading the many shapes in which OpenAI-compatible servers report errors. Loads openai: import it late."""

from __future__ import annotations

import json
import re

import openai

# One alternative for each wording met in llama.cpp, vLLM, LM Studio, Ollama, LocalAI, LiteLLM and OpenAI.
_OVERFLOW = re.compile(
    r"context_length_exceeded|exceed_context_size_error|available context size|maximum context length"
    r"|context the overflows|greater than the context length|does not fit in context|longer than the context"
    r"|exceeds the context (length|window)|context size has been exceeded|prompt is too long"
    r"|Input tokens exceed the configured limit|ContextWindowExceeded",
    re.IGNORECASE,
)
# A server that knows no `stream_options` names it, or complains of a field without naming it.
_FIELD_REFUSED = re.compile(
    r"stream_options|include_usage|extra (inputs|fields)|not permitted"
    r"|(unknown|unrecognized|unsupported|unexpected) (request )?(field|parameter|argument|keyword)",
    re.IGNORECASE,
)


class InStreamError(Exception):
    """A server put an error object into a running stream."""

    def __init__(self, body: object) -> None:
        super().__init__("error in the stream")
        self.body = body


def field_refused(error: Exception) -> bool:
    """Whether the server may have refused the request only because it asks for token counts."""
    if not isinstance(error, (openai.BadRequestError, openai.UnprocessableEntityError)):
        return False
    return bool(_FIELD_REFUSED.search(everything(error))) and not is_overflow(error)


def is_overflow(error: Exception) -> bool:
    """Whether the server says that the prompt is longer than its context window."""
    return bool(_OVERFLOW.search(everything(error)))


def retry_after(error: Exception) -> float | None:
    """The seconds the server asks to wait, if it says so in a way we read."""
    if not isinstance(error, openai.APIStatusError):
        return None
    try:
        return max(0.0, float(error.response.headers.get("retry-after", "")))
    except ValueError:
        return None


def said(error: Exception) -> str:
    """What the server said, out of all the shapes error bodies have, on one line and not endless."""
    words = words_of(getattr(error, "body", None))
    if not words and isinstance(error, openai.APIStatusError):
        words = f"status {error.status_code}"
    return one_line(words or str(error) or type(error).__name__)


def everything(error: Exception) -> str:
    """All that is known of the error, codes included: for recognising it, never for showing it."""
    return f"{getattr(error, 'body', '')} {error}"


def words_of(body: object) -> str:
    """The words in an error body of any shape; a text that holds one as JSON is read."""
    if isinstance(body, dict):
        return next((w for key in ("message", "error", "detail", "msg") if (w := words_of(body.get(key)))), "")
    if isinstance(body, list):
        return "; ".join(filter(None, map(words_of, body)))
    if not isinstance(body, str):
        return ""
    if body.lstrip().startswith("{"):  # Ollama hands on the whole JSON of the llama.cpp server behind it
        try:
            return words_of(json.loads(body)) or body
        except ValueError:
            return body
    return "a web page" if body.lstrip().startswith("<") else body


def one_line(words: str) -> str:
    """These words on one line, cut where they go on for too long."""
    line = " ".join(words.split())
    return line if len(line) <= 300 else f"{line[:300]}..."
