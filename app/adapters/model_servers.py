"""Which model servers run on this machine, told by what they answer and not by their port alone.

Other things listen on such ports too (a web page in the making, Chroma): they get a few plain GETs and are left out unless
their replies have the shape that a model server's have.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from threading import Thread
from typing import TYPE_CHECKING, Any

from app.core.models import FoundModel, FoundServer

if TYPE_CHECKING:
    from app.adapters.server_json import ServerJson

USUAL: Mapping[str, str] = {
    "ollama": "http://127.0.0.1:11434",
    "llamacpp": "http://127.0.0.1:8080/v1",
    "lmstudio": "http://127.0.0.1:1234/v1",
    "vllm": "http://127.0.0.1:8000/v1",
}
"""Where each server listens unless it is told otherwise."""

LABELS: Mapping[str, str] = {
    "ollama": "Ollama",
    "llamacpp": "llama.cpp",
    "lmstudio": "LM Studio",
    "vllm": "vLLM",
    "compatible": "An OpenAI-compatible server",
}
# Between the last reply that counts and the end of the waiting.
_GRACE_S = 0.1
# Local servers list their embedding models and rerankers too.
_NOT_CHAT = re.compile(r"embed|rerank|minilm|bge-", re.IGNORECASE)
_NOT_CHAT_FAMILY = re.compile(r"bert", re.IGNORECASE)
_OWNERS = {"llamacpp": "llamacpp", "vllm": "vllm", "organization_owner": "lmstudio", "library": "ollama"}


def is_chat_model(name: str) -> bool:
    """Whether a model of this name may write: without an alias llama.cpp lists a whole path, of which only the file's own
    name says what it is."""
    return not _NOT_CHAT.search(re.split(r"[/\\]", name)[-1])


def find_servers(
    places: Sequence[str] = tuple(USUAL.values()), timeout_s: float = 1.0, key_for: Mapping[str, str] | None = None
) -> list[FoundServer]:
    """The model servers at these addresses, in their order, with their chat models. All are asked at once and have
    `timeout_s` seconds together; `key_for` gives keys by address. Never raises."""
    from app.adapters import server_json  # noqa: F401  before the time runs

    found: dict[str, FoundServer | None] = {}

    def look(place: str) -> None:
        found[place] = look_at(place, (key_for or {}).get(place, ""), timeout_s)

    # Not a pool, which would wait for its threads: a server that sends a header every second never ends.
    looking = [Thread(target=look, args=(place,), daemon=True) for place in places]
    until = time.monotonic() + timeout_s + _GRACE_S
    for thread in looking:
        thread.start()
    for thread in looking:
        thread.join(max(0.0, until - time.monotonic()))
    return [server for place in places if (server := found.get(place))]


def look_at(address: str, key: str = "", timeout_s: float = 1.0) -> FoundServer | None:
    """The model server at this address; None if nobody answers there, or something else does."""
    # Late: this module is read to choose a model, which takes no client.
    from app.adapters.server_json import ServerJson

    try:
        with ServerJson(address, key, timeout_s) as server:
            return _ollama(server) or _compatible(server, address)
    except ValueError:  # an address that is none
        return None


def _ollama(server: ServerJson) -> FoundServer | None:
    version = server.get("/api/version")
    if not (isinstance(version, Mapping) and isinstance(version.get("version"), str)):
        return None
    tags = server.get("/api/tags")
    if not isinstance(tags, Mapping) or "models" not in tags:
        return None
    models = [
        FoundModel(row["name"], size_bytes=row["size"] if isinstance(row.get("size"), int) else None)
        for row in _rows(tags, "models")
        if isinstance(row.get("name"), str) and _may_chat(row)
    ]
    names = [row["name"] for row in _rows(tags, "models") if isinstance(row.get("name"), str)]
    others = [name for name in names if name not in {model.name for model in models}]
    return _found("ollama", server.root, models, others)


def _may_chat(row: Mapping[str, Any]) -> bool:
    """Whether Ollama's row is of a model that writes; newer versions say so, older ones only name its family."""
    able = row.get("capabilities")
    if isinstance(able, list) and able:
        return "completion" in able
    details = row.get("details")
    family = str(details.get("family") or "") if isinstance(details, Mapping) else ""
    return is_chat_model(str(row["name"])) and not _NOT_CHAT_FAMILY.search(family)


def _compatible(server: ServerJson, address: str) -> FoundServer | None:
    listed = server.get(f"{server.v1}/models")
    if server.status in (401, 403):
        if not _refuses_key(listed):
            return None
        trouble = "it wants a key that is valid there"
        return FoundServer("compatible", LABELS["compatible"], server.v1, (), trouble)
    if not (isinstance(listed, Mapping) and isinstance(listed.get("data"), list)):
        return None
    rows = [row for row in _rows(listed, "data") if isinstance(row.get("id"), str)]
    if len(rows) < len(listed["data"]) or listed.get("object") != "list":
        return None
    models = [FoundModel(row["id"], _window(row)) for row in rows if is_chat_model(row["id"])]
    others = [row["id"] for row in rows if not is_chat_model(row["id"])]
    return _found(_kind(server, rows), server.v1, models, others)


def _refuses_key(reply: object) -> bool:
    """Whether a refusal is worded as model servers word it: any page behind a login refuses, too."""
    error = reply.get("error") if isinstance(reply, Mapping) else None
    return isinstance(error, str) or (isinstance(error, Mapping) and isinstance(error.get("message"), str))


def _kind(server: ServerJson, rows: Sequence[Mapping[str, Any]]) -> str:
    owners = {str(row.get("owned_by")) for row in rows}
    kinds = {_OWNERS[owner] for owner in owners if owner in _OWNERS}
    if len(kinds) == 1:
        return kinds.pop()
    props = server.get("/props")
    if isinstance(props, Mapping) and "default_generation_settings" in props:
        return "llamacpp"
    native = server.get("/api/v0/models")
    return "lmstudio" if isinstance(native, Mapping) and isinstance(native.get("data"), list) else "compatible"


def _window(row: Mapping[str, Any]) -> int | None:
    meta = row.get("meta")
    told = meta.get("n_ctx") if isinstance(meta, Mapping) else row.get("max_model_len")
    return told if isinstance(told, int) and told > 0 else None


def _found(kind: str, address: str, models: Sequence[FoundModel], others: Sequence[str]) -> FoundServer:
    """`others` are the models that do not chat: for embeddings, but for rerankers."""
    trouble = "" if models else "it has no chat model loaded"
    embedders = tuple(name for name in others if "rerank" not in name.lower())
    return FoundServer(kind, LABELS[kind], address, tuple(models), trouble, embedders)


def _rows(reply: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    rows = reply.get(name)
    return [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []
