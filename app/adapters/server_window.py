"""How many tokens a model on a server really reads: its context window as the server itself tells it.

What a model was trained with is not what it is served with, so that is told apart. Every server says it elsewhere; all of
them are asked with plain requests that have a few seconds together, and what none of them says is None.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from app.adapters.server_json import ServerJson

OLLAMA_DEFAULT = 4096
"""What Ollama gives a model on a machine with little memory, unless it is told otherwise."""
OPENAI_LEAST = 8192
"""Every chat model of OpenAI has more; which has how much it does not say."""
MOST_UNASKED = 16384
"""So much is asked of Ollama at most where nobody has set a limit: twenty abstracts and a conversation fit."""

_LEAST, _MOST = 128, 100_000_000
_STEP = 4096
_PORTS = {11434: "ollama", 1234: "lmstudio"}


@dataclass(frozen=True, slots=True)
class Window:
    """The window a model has now: `tokens`, None if nobody says; `source`, who says so, in words; `trained`, what it was
    trained with, which is the most it can be given. `certain` is False where it is only what the server usually does."""

    tokens: int | None
    source: str
    trained: int | None = None
    certain: bool = True


UNKNOWN = Window(None, "the server does not tell it", certain=False)


def read_window(provider: str, address: str, model: str, key: str = "", timeout_s: float = 3.0) -> Window:
    """The window of this model at this address. `provider` is a name as in ASKPAPERS_LLM; of an unknown one
    (`compatible`) it is found out what server it is. Never raises."""
    if provider == "openai":
        return Window(OPENAI_LEAST, "every chat model of OpenAI has at least this", certain=False)
    try:
        with ServerJson(address, key, timeout_s) as server:
            found = (look(server, model) for look in _looks(provider, address))
            return next((each for each in found if each.tokens is not None or each.trained is not None), UNKNOWN)
    except ValueError:  # an address that is none
        return UNKNOWN


def planned_window(window: Window, setting: int | None, *, chosen_by_us: bool = False, otherwise: int = 4096) -> int:
    """The window to plan prompts for. What a person has set wins where it is smaller, or where the server tells nothing.

    `chosen_by_us`: the server gives each request the window it asks for, up to what the model was trained with
    (Ollama's own protocol); then without a setting not all of that is taken, for it costs memory."""
    most = window.tokens
    if chosen_by_us:
        most = max(window.tokens or 0, min(window.trained or 0, MOST_UNASKED)) or None
        if setting is not None:
            most = min(setting, window.trained or setting)
        return most or otherwise
    if setting is not None:
        return min(setting, most or setting)
    return most or otherwise


def context_to_ask(needed: int, window: Window, most: int | None = None, before: int = 0) -> int:
    """The `num_ctx` for a request to Ollama that needs so many tokens, prompt and reply together: enough, in steps, never
    more than the model was trained with or than `most` (the setting). A loaded model is loaded anew when its window
    changes, so one that is large enough stays: the one it has (`window`) or the one asked for `before`."""
    limit = min(window.trained or _MOST, most or _MOST)
    has = max(before, window.tokens or 0 if window.certain else 0)
    if needed <= has <= limit:
        return has
    step = _STEP
    while step < needed:
        step *= 2
    return max(1, min(step, limit))


Look = Callable[[ServerJson, str], Window]


def _looks(provider: str, address: str) -> Iterable[Look]:
    """Where to look, in this order."""
    known: dict[str, tuple[Look, ...]] = {
        "ollama": (_ollama,),
        "llamacpp": (_llama_props, _listed),
        "lmstudio": (_lm_studio, _lm_studio_old, _listed),
        "vllm": (_listed,),
    }
    if provider in known:
        return known[provider]
    by_port = known.get(_PORTS.get(urlsplit(address).port or 0, ""), ())
    return (*by_port, _by_owner, _llama_props)


def _by_owner(server: ServerJson, model: str) -> Window:
    """Of a server we do not know: its list of models, and who it says owns them."""
    entry = _entry(server, model)
    owner = str(entry.get("owned_by", ""))
    if owner == "llamacpp":
        found = _llama_props(server, model)
        return found if found.tokens else _of_entry(entry)
    if owner == "library":
        return _ollama(server, model)
    if owner == "organization_owner":
        found = _lm_studio(server, model)
        return found if found.tokens else _lm_studio_old(server, model)
    return _of_entry(entry)


def _listed(server: ServerJson, model: str) -> Window:
    return _of_entry(_entry(server, model))


def _entry(server: ServerJson, model: str) -> Mapping[str, Any]:
    """What /v1/models says of this model; of the only one, whatever it is called, for such servers answer to any name."""
    listed = [each for each in _rows(server.get(f"{server.v1}/models"), "data") if isinstance(each, Mapping)]
    for each in listed:
        if each.get("id") == model:
            return each
    return listed[0] if len(listed) == 1 else {}


def _of_entry(entry: Mapping[str, Any]) -> Window:
    meta = entry.get("meta")
    if isinstance(meta, Mapping) and (tokens := _tokens(meta.get("n_ctx"))):
        return Window(tokens, "llama.cpp says so in /v1/models", _tokens(meta.get("n_ctx_train")))
    if tokens := _tokens(entry.get("max_model_len")):
        return Window(tokens, "the server says so in /v1/models (max_model_len)")
    for name in ("context_length", "context_window"):
        if tokens := _tokens(entry.get(name)):
            return Window(tokens, f"the server says so in /v1/models ({name})")
    return UNKNOWN


def _llama_props(server: ServerJson, model: str) -> Window:
    """llama.cpp: what one request may take, which is less than all of them together."""
    props = server.get("/props")
    settings = props.get("default_generation_settings") if isinstance(props, Mapping) else None
    tokens = _tokens(settings.get("n_ctx")) if isinstance(settings, Mapping) else None
    return Window(tokens, "llama.cpp says so in /props") if tokens else UNKNOWN


def _ollama(server: ServerJson, model: str) -> Window:
    """What the model is loaded with; else what its Modelfile sets; else what Ollama gives by itself."""
    shown = server.post("/api/show", {"model": model})
    shown = shown if isinstance(shown, Mapping) else {}
    facts = shown.get("model_info")
    facts = facts if isinstance(facts, Mapping) else {}
    trained = next((_tokens(value) for name, value in facts.items() if str(name).endswith(".context_length")), None)
    rows = [each for each in _rows(server.get("/api/ps"), "models") if isinstance(each, Mapping)]
    loaded = [each for each in rows if _same_tag(str(each.get("model") or each.get("name") or ""), model)]
    if loaded and (tokens := _tokens(loaded[0].get("context_length"))):
        return Window(tokens, "Ollama has loaded it with this (/api/ps)", trained)
    set_to = re.search(r"^num_ctx\s+(\d{1,9})\s*$", str(shown.get("parameters", "")), re.MULTILINE)
    if set_to and (tokens := _tokens(int(set_to[1]))):
        return Window(min(tokens, trained or tokens), "its Modelfile sets num_ctx", trained)
    if not shown.get("details") and not facts:
        return UNKNOWN
    usual = min(OLLAMA_DEFAULT, trained or OLLAMA_DEFAULT)
    return Window(usual, "what Ollama gives a model that it has not loaded yet", trained, certain=False)


def _same_tag(one: str, other: str) -> bool:
    """Ollama takes a name without a tag for the tag "latest"."""
    one, other = (
        name.casefold() if ":" in name.rpartition("/")[2] else f"{name.casefold()}:latest" for name in (one, other)
    )
    return one == other


def _lm_studio(server: ServerJson, model: str) -> Window:
    for each in _rows(server.get("/api/v1/models"), "models"):
        if not isinstance(each, Mapping):
            continue
        loaded = [one for one in _rows(each, "loaded_instances") if isinstance(one, Mapping)]
        names = [each.get("key"), each.get("id"), *(one.get("id") for one in loaded)]
        if model not in names:
            continue
        trained = _tokens(each.get("max_context_length"))
        for one in sorted(loaded, key=lambda one: one.get("id") != model):
            config = one.get("config")
            if isinstance(config, Mapping) and (tokens := _tokens(config.get("context_length"))):
                return Window(tokens, "LM Studio has loaded it with this (/api/v1/models)", trained)
    return UNKNOWN


def _lm_studio_old(server: ServerJson, model: str) -> Window:
    rows = [each for each in _rows(server.get("/api/v0/models"), "data") if isinstance(each, Mapping)]
    here = next((each for each in rows if each.get("id") == model), {})
    tokens, trained = _tokens(here.get("loaded_context_length")), _tokens(here.get("max_context_length"))
    return Window(tokens, "LM Studio has loaded it with this (/api/v0/models)", trained) if tokens else UNKNOWN


def _rows(reply: Any, name: str) -> list[Any]:
    rows = reply.get(name) if isinstance(reply, Mapping) else None
    return rows if isinstance(rows, list) else []


def _tokens(value: object) -> int | None:
    """The number if it can be a window."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value != value:
        return None
    return int(value) if _LEAST <= value <= _MOST else None
