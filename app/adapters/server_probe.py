"""What `doctor` asks of a model server past the chat model itself: is it there, has it the model, does it keep to a schema."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.adapters.reasoning import ThinkStripper
from app.adapters.server_json import ServerJson

_START = {
    "ollama": "Start it: ollama serve. Then check ASKPAPERS_LLM_BASE_URL",
    "llamacpp": "Start it: llama-server -m MODEL.gguf --port 8080. Then check ASKPAPERS_LLM_BASE_URL",
    "lmstudio": "Start it: lms server start. Then check ASKPAPERS_LLM_BASE_URL",
    "vllm": "Start it: vllm serve MODEL. Then check ASKPAPERS_LLM_BASE_URL",
}
_START_ANY = (
    "Start the server and check ASKPAPERS_LLM_BASE_URL, or set ASKPAPERS_LLM to extractive to go on without a model"
)
_NAMED = 6


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a model cannot be asked, and what to type."""

    words: str
    hint: str


@dataclass(frozen=True, slots=True)
class RawReply:
    """A reply as the server sent it: its text without reasoning, and whether it reasoned."""

    text: str
    reasoned: bool


def reach(provider: str, address: str, model: str, key: str, timeout_s: float = 3.0) -> Trouble | None:
    """What stands in the way of asking this model; None where nothing is known to. Never raises."""
    try:
        with ServerJson(address, key, timeout_s) as server:
            if provider == "ollama":
                return _reach_ollama(server, address, model)
            listed = server.get(f"{server.v1}/models")
            if server.status is None:
                return _nobody(provider, address, server.trouble)
            if server.status in (401, 403):
                return Trouble(
                    f'The server at "{address}" refuses the key' if key else f'The server at "{address}" wants a key',
                    "Set ASKPAPERS_LLM_API_KEY (or OPENAI_API_KEY) to a key that is valid there",
                )
            names = _names(listed, "data", "id")
            if provider == "vllm" and names and model not in names:
                return Trouble(
                    f'vLLM is running at "{address}" but serves no model "{model}", only: {_some(names)}',
                    f"Set ASKPAPERS_LLM to vllm:{names[0]}, or start it with: vllm serve {model}",
                )
            return None
    except ValueError as error:
        return Trouble(f'"{address}" is no address: {error}', "Check ASKPAPERS_LLM_BASE_URL")


def _reach_ollama(server: ServerJson, address: str, model: str) -> Trouble | None:
    listed = server.get("/api/tags")
    if server.status is None:
        return _nobody("ollama", address, server.trouble)
    if server.status != 200:
        return Trouble(
            f'No Ollama answers at "{address}" (status {server.status})',
            "Check ASKPAPERS_LLM_BASE_URL; Ollama's own address is http://127.0.0.1:11434",
        )
    names = _names(listed, "models", "name")
    wanted = model if ":" in model else f"{model}:latest"
    if wanted.casefold() in (name.casefold() for name in names):
        return None
    has = f"; it has: {_some(names)}" if names else " and no other"
    return Trouble(f'Ollama is running at "{address}" but has no model "{model}"{has}', f"Type: ollama pull {model}")


def json_reply(
    provider: str, address: str, model: str, key: str, ask: str, schema: Mapping[str, Any], timeout_s: float
) -> RawReply | None:
    """The reply to a question under a JSON schema, of at most 300 tokens; None if the server does not answer."""
    messages = [{"role": "user", "content": ask}]
    with ServerJson(address, key, timeout_s) as server:
        if provider == "ollama":
            body = {
                "model": model,
                "messages": messages,
                "stream": False,
                "format": schema,
                "options": {"num_predict": 300},
            }
            reply = server.post("/api/chat", body)
            message = reply.get("message") if isinstance(reply, Mapping) else None
        else:
            room = {"max_completion_tokens": 2000} if provider == "openai" else {"max_tokens": 300}
            form = {"type": "json_schema", "json_schema": {"name": "reply", "strict": True, "schema": schema}}
            reply = server.post(
                f"{server.v1}/chat/completions", {"model": model, "messages": messages, "response_format": form, **room}
            )
            choices = reply.get("choices") if isinstance(reply, Mapping) else None
            first = choices[0] if isinstance(choices, list) and choices else None
            message = first.get("message") if isinstance(first, Mapping) else None
        if server.status != 200 or not isinstance(message, Mapping):
            return None
    stripper = ThinkStripper()
    text = stripper.feed(str(message.get("content") or "")) + stripper.flush()
    reasoned = stripper.seen or any(message.get(name) for name in ("reasoning_content", "reasoning", "thinking"))
    return RawReply(text, bool(reasoned))


def is_writing(address: str, key: str, within_s: float) -> bool | None:
    """Whether a llama.cpp server is still writing after so many seconds; None for servers that do not tell."""
    with ServerJson(address, key, within_s + 1) as server:
        until = time.monotonic() + within_s
        while True:
            slots = server.get("/slots")
            if server.status != 200 or not isinstance(slots, list) or not slots:
                return None
            busy = any(isinstance(slot, Mapping) and slot.get("is_processing") for slot in slots)
            if not busy or time.monotonic() > until:
                return busy
            time.sleep(0.05)


def _nobody(provider: str, address: str, trouble: str) -> Trouble:
    return Trouble(f'Nobody answers at "{address}": {trouble}', _START.get(provider, _START_ANY))


def _names(reply: Any, rows: str, name: str) -> list[str]:
    found = reply.get(rows) if isinstance(reply, Mapping) else None
    listed = found if isinstance(found, list) else []
    return [str(each[name]) for each in listed if isinstance(each, Mapping) and each.get(name)]


def _some(names: list[str]) -> str:
    return ", ".join(names[:_NAMED]) + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")
