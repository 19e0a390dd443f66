"""Building chat models for Ollama's own protocol, which alone can say how large a window a request needs. Loads ollama:
import it late."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING

import httpx

from app.adapters.base_url import is_loopback
from app.adapters.hang_up import on_this_line
from app.adapters.model_servers import look_at
from app.adapters.ollama_chat import OllamaChatModel
from app.adapters.openai_errors import Place, sent_on, web_page
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
            "event_hooks": {
                "request": [on_this_line, lambda request: _with_key(request, key)],
                "response": [lambda response: _refuse(response, Place(name, address, timeout_s, key))],
            },
        },
    )
    # Not on the model itself: LangChain copies models, and the copies share this connection.
    weakref.finalize(model._client, model._client._client.close)
    return model


def _with_key(request: httpx.Request, key: str) -> None:
    """Our key or none: the client may have taken one from the environment, meant for another server. Set here and not as
    one of the client's headers, for those are shown wherever the model is."""
    request.headers.pop("authorization", None)
    if key:
        request.headers["authorization"] = f"Bearer {key}"


def _refuse(response: httpx.Response, place: Place) -> None:
    if response.has_redirect_location:
        raise sent_on(place, response.headers["location"])
    if response.is_success and "text/html" in response.headers.get("content-type", ""):
        raise web_page(place)


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
