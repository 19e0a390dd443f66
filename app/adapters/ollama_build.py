"""Building chat models for Ollama's own protocol, which alone can say how large a window a request needs. Loads ollama:
import it late."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING

import httpx

from app.adapters.base_url import is_loopback
from app.adapters.model_servers import look_at
from app.adapters.ollama_chat import OllamaChatModel
from app.adapters.openai_errors import Place
from app.core.errors import ModelRefusedError, ModelUnreachableError

if TYPE_CHECKING:
    from app.adapters.chat_models import ModelChoice

_CONNECT_S = 10.0
# Models that think aloud count their thoughts as output: without room for them no answer is left.
THINKING_ROOM = 2048


def native(
    choice: ModelChoice, *, timeout_s: float, temperature: float | None, max_output_tokens: int
) -> OllamaChatModel:
    """A model of Ollama; without a name, the first chat model it lists. Its `context` may be set to what gives `num_ctx`
    for the text of a prompt. Raises ChatModelError if there is no such list."""
    address = (choice.base_url or "").rstrip("/").removesuffix("/v1").removesuffix("/api")
    name = choice.name or _first_model(address, choice.api_key or "", timeout_s)
    key = choice.api_key or ""
    model = OllamaChatModel(
        model=name,
        base_url=address,
        silence_s=timeout_s,
        secret=key,
        temperature=0.0 if temperature is None else temperature,
        num_predict=max_output_tokens,
        thinking_room=THINKING_ROOM,
        reasoning=True,
        client_kwargs={
            "timeout": httpx.Timeout(timeout_s, connect=min(timeout_s, _CONNECT_S)),
            # A redirect would carry question and key to another host.
            "follow_redirects": False,
            "trust_env": not is_loopback(address),
            # Named here, so that the client does not take a key from the environment of some other use of Ollama.
            "headers": {"authorization": f"Bearer {key}" if key else "none"},
            "event_hooks": {"request": [_without_key] if not key else []},
        },
    )
    for client in (model._client, model._async_client):
        weakref.finalize(model, _closed, client)
    return model


def _without_key(request: httpx.Request) -> None:
    request.headers.pop("authorization", None)


def _closed(client: object) -> None:
    inner = getattr(client, "_client", None)
    if isinstance(inner, httpx.Client):
        inner.close()


def _first_model(address: str, key: str, timeout_s: float) -> str:
    found = look_at(address, key, min(timeout_s, 5.0))
    if found is None or found.provider != "ollama":
        place = Place("", address, timeout_s, key)
        raise ModelUnreachableError(
            f"{place} does not answer as Ollama does",
            "Start it: ollama serve. Then check ASKPAPERS_LLM_BASE_URL",
        )
    if not found.models:
        raise ModelRefusedError(f'Ollama is running at "{address}" but has no chat model', "Type: ollama pull qwen3:4b")
    return found.models[0].name
