"""The two protocols by which servers give vectors: OpenAI's `/embeddings` and Ollama's own `/api/embed`.

One request, one reply; `embedder_http` decides how many texts go into one and what happens when it fails. Both go
through openai's client, which knows proxies, certificates and error bodies. Loads openai: import it late.
"""

from __future__ import annotations

import re
import weakref
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import openai

from app.adapters import embedder_faults
from app.adapters.embedder_faults import Place
from app.adapters.openai_bodies import one_line
from app.adapters.plain_client import open_client

# Where a server tells nothing: what the small models of today take at least.
USUAL_WINDOW = 512
_OPENAI_WINDOWS = {"text-embedding-3-small": 8191, "text-embedding-3-large": 8191, "text-embedding-ada-002": 8191}
# `context_length` is what the model was trained for. What Ollama really loads goes by memory and version, is 2048 at
# the least unless the model itself has less, and longer texts are cut there in silence.
_OLLAMA_LOADS = 2048


class Server(Protocol):
    """Raises openai's errors as they come, and EmbedderError for a reply that is not of the protocol."""

    place: Place

    def rows(self, texts: Sequence[str]) -> Sequence[object]:
        """What the server sent as vectors, in the order of `texts`; neither counted nor checked."""

    def window(self) -> int:
        """How many tokens the model takes."""

    def most_texts(self) -> int | None:
        """How many texts it takes in one request, where it says so."""


class OpenAIServer:
    """OpenAI, and every server that speaks its protocol. What it says of itself is asked for where it is known to."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self._client = _client(place)
        weakref.finalize(self, self._client.close)

    def rows(self, texts: Sequence[str]) -> Sequence[object]:
        asked = {"model": self.place.model, "input": list(texts), "encoding_format": "float"}
        items = _list(self._client.post("/embeddings", body=asked, cast_to=object), "data", self.place)
        if not all(isinstance(item, dict) for item in items):
            raise embedder_faults.no_vectors(self.place, "the items of data are no objects")
        found: list[dict[str, Any]] = [item for item in items if isinstance(item, dict)]
        places = [item.get("index") for item in found]
        # Some servers number nothing, or give every item the same 0; those keep the order.
        if len(set(places)) > 1:
            if sorted(map(str, places)) != sorted(map(str, range(len(found)))):
                raise embedder_faults.no_vectors(self.place, f"they are numbered {one_line(str(places))}")
            found.sort(key=lambda item: int(item["index"]))
        return [item.get("embedding") for item in found]

    def window(self) -> int:
        told: object = None
        if self.place.way == "tei":
            told = self._told("/info").get("max_input_length")
        elif self.place.way == "llamacpp":
            # No more than its usual physical batch, which it does not tell: what goes beyond is refused, not cut.
            settings = self._told("/props").get("default_generation_settings")
            slot = settings.get("n_ctx") if isinstance(settings, dict) else None
            told = min(slot, USUAL_WINDOW) if isinstance(slot, int) else None
        elif self.place.way == "vllm":
            models = self._told("/v1/models").get("data")
            each = [model for model in models if isinstance(model, dict)] if isinstance(models, list) else []
            told = next((m.get("max_model_len") for m in each if m.get("id") == self.place.model), None)
        if isinstance(told, int) and told > 0:
            return told
        return _OPENAI_WINDOWS.get(self.place.model, USUAL_WINDOW)

    def most_texts(self) -> int | None:
        most = self._told("/info").get("max_client_batch_size") if self.place.way == "tei" else None
        return most if isinstance(most, int) and most > 0 else None

    def _told(self, path: str) -> Mapping[str, Any]:
        """What the server says of itself under a path beside its `/v1`; nothing if it has no such path."""
        try:
            told = self._client.get(self.place.address.removesuffix("/v1") + path, cast_to=object)
        except (openai.APIStatusError, openai.APIResponseValidationError):
            return {}
        return told if isinstance(told, dict) else {}


class OllamaServer:
    """Ollama by its own protocol, which cuts long texts by itself."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self._client = _client(place)
        weakref.finalize(self, self._client.close)

    def rows(self, texts: Sequence[str]) -> Sequence[object]:
        asked = {"model": self.place.model, "input": list(texts), "truncate": True}
        return _list(self._client.post("/api/embed", body=asked, cast_to=object), "embeddings", self.place)

    def window(self) -> int:
        shown = self._client.post("/api/show", body={"model": self.place.model}, cast_to=object)
        about: Mapping[str, Any] = shown if isinstance(shown, dict) else {}
        info = about.get("model_info")
        lengths = [
            value
            for key, value in (info.items() if isinstance(info, dict) else ())
            if str(key).endswith(".context_length") and isinstance(value, int) and value > 0
        ]
        # What the model's own file sets counts before what it was trained for.
        set_to = re.findall(r"^num_ctx\s+(\d+)", str(about.get("parameters") or ""), re.MULTILINE)
        return min([*lengths, *map(int, set_to), _OLLAMA_LOADS]) if lengths or set_to else USUAL_WINDOW

    def most_texts(self) -> int | None:
        return None


def server_for(place: Place) -> Server:
    """The server at a place, by the protocol of its way."""
    return OllamaServer(place) if place.way == "ollama" else OpenAIServer(place)


def _list(reply: object, name: str, place: Place) -> Sequence[object]:
    """The list a reply holds under `name`, or EmbedderError with what the server says instead."""
    if isinstance(reply, dict) and isinstance(reply.get(name), list):
        found: list[object] = reply[name]
        return found
    if isinstance(reply, dict) and reply.get("error"):
        raise embedder_faults.no_vectors(place, one_line(f"it says: {reply['error']}"))
    kind = "no JSON" if isinstance(reply, str) else f'no list "{name}" in the reply'
    raise embedder_faults.no_vectors(place, kind)


def _client(place: Place) -> openai.OpenAI:
    return open_client(
        place.address,
        place.key,
        place.timeout_s,
        lambda: embedder_faults.web_page(place),
        names_account=place.way == "openai",
    )
