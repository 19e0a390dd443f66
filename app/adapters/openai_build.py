"""Building chat models for OpenAI and for servers that speak its protocol. Loads openai: import it late."""

from __future__ import annotations

import re
import weakref
from typing import TYPE_CHECKING, Any

import openai
from pydantic import SecretStr

from app.adapters import openai_errors
from app.adapters.base_url import is_loopback
from app.adapters.hang_up import on_this_line
from app.adapters.model_servers import is_chat_model
from app.adapters.openai_chat import OpenAIChatModel
from app.adapters.openai_errors import Place
from app.core.errors import ModelBusyError, ModelRefusedError, ModelUnreachableError

if TYPE_CHECKING:
    from app.adapters.chat_models import ModelChoice

# OpenAI's reasoning models count their hidden reasoning as output; without room for it no answer is left.
REASONING_ROOM = 4096
_REASONS = re.compile(r"^(o\d|gpt-([5-9]|\d\d))(?!.*chat)")
# The client wants some key; servers on one's own machine want none. It is never sent.
_NO_KEY = "askpapers-sends-no-key"
_CONNECT_S = 10.0
# A list of models is short; nobody shall wait for it as for an answer.
_LIST_S = 5.0


def official(
    choice: ModelChoice, *, timeout_s: float, temperature: float | None, max_output_tokens: int
) -> OpenAIChatModel:
    """A model of OpenAI. No temperature unless one is given: its reasoning models refuse the parameter."""
    room = REASONING_ROOM if _REASONS.match(choice.name) else 0
    given: dict[str, Any] = {} if temperature is None else {"temperature": temperature}
    return _model(choice, choice.name, timeout_s, max_tokens=max_output_tokens + room, **given)


def compatible(
    choice: ModelChoice, *, timeout_s: float, temperature: float | None, max_output_tokens: int
) -> OpenAIChatModel:
    """A model of a compatible server; without a name, the first chat model the server lists.

    Raises ChatModelError if that list cannot be had or is empty."""
    name = choice.name or first_model(choice, timeout_s=min(timeout_s, _LIST_S))
    return _model(
        choice,
        name,
        timeout_s,
        # LangChain would send max_completion_tokens, which Ollama and llama-cpp-python ignore in silence.
        extra_body={"max_tokens": max_output_tokens},
        temperature=0.0 if temperature is None else temperature,
    )


def first_model(choice: ModelChoice, *, timeout_s: float) -> str:
    """The name of the first chat model the server lists.

    Raises ModelUnreachableError if nobody answers, ModelRefusedError if there is no usable list."""
    place = _place(choice, "", timeout_s)
    name_it = "Name a model: set ASKPAPERS_LLM to compatible:NAME"
    http = _http_client(choice, place)
    try:
        with openai.OpenAI(
            base_url=place.address, api_key=choice.api_key or _NO_KEY, max_retries=0, http_client=http
        ) as client:
            listed = client.models.list().data
            names = [str(model.id) for model in listed or []]
    except Exception as error:  # the border: whatever the vendor raises ends here
        ours = openai_errors.translate(error, place, started=False)
        if isinstance(ours, (ModelUnreachableError, ModelBusyError)):
            raise ours from openai_errors.shown_cause(error, place)
        raise ModelRefusedError(f'"{place.address}" gives no list of its models: {ours}', name_it) from None
    chat = [name for name in names if is_chat_model(name)]
    if not chat:
        what = "only models for embeddings" if names else "no models"
        raise ModelRefusedError(
            f'The server at "{place.address}" lists {what}',
            f"Load a chat model there (with Ollama: ollama pull qwen3:4b). {name_it}",
        )
    return chat[0]


def _model(choice: ModelChoice, name: str, timeout_s: float, **parameters: Any) -> OpenAIChatModel:
    place = _place(choice, name, timeout_s)
    client = _http_client(choice, place)
    model = OpenAIChatModel(
        model=name,
        address=place.address,
        silence_s=timeout_s,
        base_url=place.address,
        api_key=SecretStr(choice.api_key or _NO_KEY),
        http_client=client,
        timeout=client.timeout,
        # Only the synchronous client is used; making the other one costs time and sockets.
        async_client=object(),
        # Retrying is ours: the client would repeat refused connections and timeouts too, in silence.
        max_retries=0,
        stream_usage=True,
        # These four would otherwise be read from the environment, or from the name of the model.
        openai_proxy=None,
        output_version="v0",
        use_responses_api=False,
        stream_chunk_timeout=None,
        **parameters,
    )
    # Not on the model itself: LangChain copies models, and the copies share this connection.
    weakref.finalize(model.root_client, client.close)
    return model


def _place(choice: ModelChoice, name: str, timeout_s: float) -> Place:
    return Place(name, choice.base_url or "", timeout_s, choice.api_key or "")


def _http_client(choice: ModelChoice, place: Place) -> openai.DefaultHttpxClient:
    """A client that talks to the one address and says nothing beyond the request.

    Redirects are refused, for they would carry question and key to another host. The proxy of the
    environment is used as everywhere, but not for this machine itself, which no proxy can reach."""

    def hide_account(request: Any) -> None:
        if choice.provider != "openai":
            for header in ("openai-organization", "openai-project"):
                request.headers.pop(header, None)
        if choice.api_key is None:
            request.headers.pop("authorization", None)

    def refuse_page(response: Any) -> None:
        if response.is_success and "text/html" in response.headers.get("content-type", ""):
            raise openai_errors.web_page(place)

    return openai.DefaultHttpxClient(
        timeout=openai.Timeout(place.timeout_s, connect=min(place.timeout_s, _CONNECT_S)),
        follow_redirects=False,
        trust_env=not is_loopback(place.address),
        event_hooks={"request": [hide_account, on_this_line], "response": [refuse_page]},
    )
