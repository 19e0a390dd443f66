"""Which models a person can choose from in the page, and what was chosen. Pure functions; all that a browser sends is
looked up in what the server found, or checked."""

from __future__ import annotations

import re
from collections.abc import Sequence

from app.adapters.chat_models import EXTRACTIVE, PROVIDERS
from app.core.errors import InputError
from app.core.models import FoundModel, FoundServer, ModelPick
from app.core.shown import shown

AS_SET_UP, QUOTES_ONLY, OTHER = "as-set-up", "quotes", "other"
MODELS_SHOWN = 200
LONGEST_NAME, LONGEST_URL, LONGEST_KEY = 200, 500, 1000
_PROVIDER = re.compile(r"[a-z][a-z0-9_.-]{0,40}")
_HINT = "Type it as its server lists it, for example qwen3:8b."

Found = tuple[FoundServer, ...]


def choices(found: Found, set_up: str) -> list[tuple[str, str]]:
    """(words, value) of everything that can answer; `set_up` names what the page was started with."""
    models = [
        (_words(server, model), f"{at}:{place}")
        for at, server in enumerate(found)
        for place, model in enumerate(server.models)
    ]
    return [
        (f"As this page was started: {shown(set_up)}", AS_SET_UP),
        ("Quotes only (no model)", QUOTES_ONLY),
        ("Another model …", OTHER),
        *models[:MODELS_SHOWN],  # last: they come while a person may be about to click
    ]


def pick_of(value: str | None, found: Found) -> ModelPick | None:
    """What a choice means: a model of `found`, quotes, or what the page was started with. Raises InputError for a model
    that is not among the servers found last."""
    if value == AS_SET_UP:
        return None
    if value == QUOTES_ONLY:
        return ModelPick(EXTRACTIVE)
    at, _, place = str(value).partition(":")
    if at.isdecimal() and place.isdecimal() and int(at) < len(found) and int(place) < len(found[int(at)].models):
        server = found[int(at)]
        return ModelPick(f"{server.provider}:{server.models[int(place)].name}", server.address)
    raise InputError("That model is not there any more.", "Look again, then choose one of the models listed.")


def value_of(pick: ModelPick | None, found: Found) -> str:
    """The choice that means this pick."""
    if pick is None:
        return AS_SET_UP
    if pick.llm == EXTRACTIVE:
        return QUOTES_ONLY
    for value in (f"{at}:{place}" for at, server in enumerate(found) for place in range(len(server.models))):
        if not pick.api_key and pick_of(value, found) == pick:
            return value
    return OTHER


def providers() -> list[tuple[str, str]]:
    """(words, name) of every way to reach a model that is known here."""
    return [(f"{name}: {provider.summary}", name) for name, provider in PROVIDERS.items()]


def typed_pick(provider: object, model: object, base_url: object, key: object, before: ModelPick | None) -> ModelPick:
    """The pick for what a person typed. An empty key field keeps the key given for the same provider at the same address
    before. Raises InputError for what cannot be a name."""
    name = _line(provider, LONGEST_NAME, "provider")
    word, _, rest = name.partition(":")
    if not _PROVIDER.fullmatch(word.lower()):
        raise InputError(
            f'"{shown(name)}" is no provider.', f"Choose one of the list: {', '.join(PROVIDERS)}."
        )  # fmt: skip
    typed = _line(model, LONGEST_NAME, "model") or rest
    llm = f"{word.lower()}:{typed}" if typed else word.lower()
    url = _line(base_url, LONGEST_URL, "base URL")
    secret = str(key or "").strip()
    if len(secret) > LONGEST_KEY or not secret.isprintable():
        raise InputError("That is no key: it is too long, or has characters that no key has.", "Paste it once more.")
    if not secret and before and before.base_url == url and before.llm.partition(":")[0] == word.lower():
        secret = before.api_key
    return ModelPick(llm, url, secret)


def _line(typed: object, longest: int, what: str) -> str:
    text = str(typed or "").strip()
    if len(text) > longest or not text.isprintable():
        raise InputError(f'The {what} "{shown(text[:40])}" cannot be one: it is too long, or not one line.', _HINT)
    return text


def _words(server: FoundServer, model: FoundModel) -> str:
    """ "qwen3:8b (Ollama, 5.2 GB, window 4,096 tokens)"."""
    size = f"{model.size_bytes / 1e9:.1f} GB" if model.size_bytes else ""
    window = f"window {model.context_tokens:,} tokens" if model.context_tokens else ""
    about = ", ".join(filter(None, [server.label or server.provider, size, window]))
    return shown(f"{' '.join(model.name.split())} ({' '.join(about.split())})")


def troubles(found: Sequence[FoundServer]) -> list[tuple[str, str]]:
    """(server, words) of each server found that has nothing to choose from."""
    return [
        (f"{server.label or server.provider} at {server.address}", server.trouble or "It has no models yet.")
        for server in found
        if server.trouble or not server.models
    ]
