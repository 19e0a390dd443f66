"""Which chat model answers, and building it. A new provider is one entry of `PROVIDERS`.

Importing this module loads no vendor: each entry imports its own when a model is built.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from app.adapters.base_url import is_official, normalise
from app.adapters.model_servers import USUAL
from app.core.errors import SettingsError
from app.core.models import FoundServer

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

EXTRACTIVE = "extractive"
OPENAI_URL = "https://api.openai.com/v1"


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """Which model is to answer, and in `why` one sentence for people on how that came about.

    An empty `name` means the first model the server lists; it is looked up when the model is built."""

    provider: str
    name: str
    base_url: str | None
    api_key: str | None = field(repr=False)
    why: str


class Builder(Protocol):
    """Makes a chat model; may raise ChatModelError if it has to ask the server something first."""

    def __call__(
        self, choice: ModelChoice, *, timeout_s: float, temperature: float | None, max_output_tokens: int
    ) -> BaseChatModel: ...


@dataclass(frozen=True, slots=True)
class Provider:
    """One way to reach a model.

    `default_model` is taken where the person names none. `home` is the provider's own address, used if no
    base URL is set; without it a base URL must be set."""

    summary: str
    build: Builder
    default_model: str = ""
    home: str | None = None
    needs_key: bool = False

    @property
    def native(self) -> bool:
        """Whether its address is that of a protocol of its own, not of OpenAI's."""
        return self.home is not None and not self.home.endswith("/v1")


def _openai(
    choice: ModelChoice, *, timeout_s: float, temperature: float | None, max_output_tokens: int
) -> BaseChatModel:
    from app.adapters.openai_build import official  # late: loading the vendor takes a second

    return official(choice, timeout_s=timeout_s, temperature=temperature, max_output_tokens=max_output_tokens)


def _compatible(
    choice: ModelChoice, *, timeout_s: float, temperature: float | None, max_output_tokens: int
) -> BaseChatModel:
    from app.adapters.openai_build import compatible  # late: loading the vendor takes a second

    return compatible(choice, timeout_s=timeout_s, temperature=temperature, max_output_tokens=max_output_tokens)


def _ollama(
    choice: ModelChoice, *, timeout_s: float, temperature: float | None, max_output_tokens: int
) -> BaseChatModel:
    from app.adapters.ollama_build import native  # late: loading the vendor takes a second

    return native(choice, timeout_s=timeout_s, temperature=temperature, max_output_tokens=max_output_tokens)


def _foreign(
    choice: ModelChoice, *, timeout_s: float, temperature: float | None, max_output_tokens: int
) -> BaseChatModel:
    from app.adapters.foreign_chat import foreign  # late: loading the vendor takes seconds

    return foreign(choice, timeout_s=timeout_s, temperature=temperature, max_output_tokens=max_output_tokens)


PROVIDERS: Mapping[str, Provider] = {
    "ollama": Provider(summary="Ollama", build=_ollama, home=USUAL["ollama"]),
    "llamacpp": Provider(summary="llama.cpp's server", build=_compatible, home=USUAL["llamacpp"]),
    "lmstudio": Provider(summary="LM Studio", build=_compatible, home=USUAL["lmstudio"]),
    "vllm": Provider(summary="vLLM", build=_compatible, home=USUAL["vllm"]),
    "openai": Provider(
        summary="OpenAI, with a key",
        build=_openai,
        default_model="gpt-5-mini",
        home=OPENAI_URL,
        needs_key=True,
    ),
    "compatible": Provider(summary="any other server that speaks OpenAI's protocol", build=_compatible),
}
FOREIGN: Mapping[str, str] = {
    "anthropic": "langchain-anthropic",
    "azure_openai": "langchain-openai",
    "bedrock": "langchain-aws",
    "bedrock_converse": "langchain-aws",
    "cohere": "langchain-cohere",
    "deepseek": "langchain-deepseek",
    "fireworks": "langchain-fireworks",
    "google_genai": "langchain-google-genai",
    "google_vertexai": "langchain-google-vertexai",
    "groq": "langchain-groq",
    "huggingface": "langchain-huggingface",
    "ibm": "langchain-ibm",
    "litellm": "langchain-litellm",
    "mistralai": "langchain-mistralai",
    "nvidia": "langchain-nvidia-ai-endpoints",
    "openrouter": "langchain-openrouter",
    "perplexity": "langchain-perplexity",
    "together": "langchain-together",
    "upstage": "langchain-upstage",
    "xai": "langchain-xai",
}
"""Providers that LangChain knows, each with the package it needs (see `foreign_chat`)."""

Find = Callable[[], Sequence[FoundServer]]
Look = Callable[[str, "str | None"], "FoundServer | None"]


def choose(
    llm: str,
    *,
    base_url: str | None,
    api_key: str | None,
    find: Find = lambda: (),
    look: Look = lambda url, key: None,
    stays_here: bool = False,
) -> ModelChoice:
    """The model for what a person asked for: `auto`, `extractive`, a provider, or `provider:model`.

    `auto` takes OpenAI if there is a key and no base URL, else the server at the base URL, as what `look` finds it to be
    (given address and key; None: it is asked as a compatible one), else the first server that
    `find` finds with a chat model, else none (`extractive`, which quotes sentences). `stays_here`: a key leads nowhere,
    for nothing leaves this machine. Raises SettingsError for a provider nobody knows, and where the provider needs a key,
    a base URL or a model that is not set."""
    # Only the first colon parts: model names such as qwen3:8b hold colons themselves.
    word, _, name = (part.strip() for part in llm.strip().partition(":"))
    provider = word.lower() or "auto"
    url, key = (base_url or "").strip(), (api_key or "").strip() or None
    if provider in ("auto", EXTRACTIVE) and name:
        raise SettingsError(
            f'The model "{llm}" names a model, which {provider} does not take',
            f"Set ASKPAPERS_LLM to {provider} alone, or to compatible:{name}",
        )
    if provider == EXTRACTIVE:
        return _extractive("ASKPAPERS_LLM or --llm asks for it")
    if provider == "auto":
        return _auto(normalise(url) if url else None, key, find, look, stays_here)
    if provider in FOREIGN:
        if not name:
            raise SettingsError(
                f'The provider "{provider}" needs the name of a model',
                f"Set ASKPAPERS_LLM to {provider}:MODEL",
            )
        address = normalise(url) if url else None
        return ModelChoice(provider, name, address, key, "ASKPAPERS_LLM or --llm asks for it")
    if provider not in PROVIDERS:
        raise _unknown(llm, provider, name)
    return _named(provider, name, normalise(url) if url else None, key)


def build(choice: ModelChoice, *, timeout_s: float, temperature: float | None, max_output_tokens: int) -> BaseChatModel:
    """The chat model of a choice.

    `timeout_s` is the longest silence to wait through, not the time for a whole answer. Without a
    `temperature` each provider takes what suits it. Raises ChatModelError if the name of the model has to be
    asked of the server and that fails, SettingsError for `extractive`, which is no chat model."""
    if choice.provider in FOREIGN:
        return _foreign(choice, timeout_s=timeout_s, temperature=temperature, max_output_tokens=max_output_tokens)
    provider = PROVIDERS.get(choice.provider)
    if provider is None:
        raise SettingsError(
            f'"{choice.provider}" is not a chat model that can be built here',
            f"Set ASKPAPERS_LLM to one of: {', '.join(PROVIDERS)}",
        )
    return provider.build(choice, timeout_s=timeout_s, temperature=temperature, max_output_tokens=max_output_tokens)


def _auto(url: str | None, key: str | None, find: Find, look: Look, stays_here: bool) -> ModelChoice:
    if url is not None:
        # OpenAI's own address is not a compatible server: it refuses the parameters those need.
        provider = "openai" if key and is_official(url) else "compatible"
        name = PROVIDERS[provider].default_model
        # Ollama is better asked by its own protocol, which can say how large a window is needed.
        there = look(url, key) if provider == "compatible" else None
        if there and there.models:
            why = f"a base URL is set: {url}, where {there.label} answers"
            return ModelChoice(there.provider, there.models[0].name, there.address, key, why)
        return ModelChoice(provider, name, url, key, f"a base URL is set: {url}")
    if key is not None and not stays_here:
        return ModelChoice("openai", PROVIDERS["openai"].default_model, OPENAI_URL, key, "OPENAI_API_KEY is set")
    found = list(find())
    for server in found:
        if server.models:
            name, where = server.models[0].name, server.address
            others = f", the first of its {len(server.models)} models" if len(server.models) > 1 else ""
            return ModelChoice(server.provider, name, where, None, f"{server.label} runs at {where}{others}")
    idle = [f"{server.label} runs at {server.address}, but {server.trouble}" for server in found]
    nothing = "no API key and no base URL are set, and no model server was found on this machine"
    return _extractive("; ".join(idle) or nothing)


def _named(provider: str, name: str, url: str | None, key: str | None) -> ModelChoice:
    entry = PROVIDERS[provider]
    # A base URL is written with /v1, which Ollama's own protocol lies beside.
    address = (url.removesuffix("/v1") if entry.native else url) if url else entry.home
    if address is None:
        raise SettingsError(
            f'The provider "{provider}" needs the base URL of your server, and none is set',
            "Set ASKPAPERS_LLM_BASE_URL to its address, for Ollama http://localhost:11434/v1",
        )
    if entry.needs_key and key is None:
        raise SettingsError(
            f'The provider "{provider}" needs an API key, and none is set',
            "Set OPENAI_API_KEY to your key, or ASKPAPERS_LLM to extractive, which needs no model",
        )
    return ModelChoice(provider, name or entry.default_model, address, key, "ASKPAPERS_LLM or --llm asks for it")


def _extractive(why: str) -> ModelChoice:
    return ModelChoice(EXTRACTIVE, EXTRACTIVE, None, None, why)


def _unknown(llm: str, provider: str, name: str) -> SettingsError:
    known = ", ".join(("auto", EXTRACTIVE, *PROVIDERS))
    said = f'The model "{llm}" names no known provider; known are: {known}, and those of LangChain (anthropic ...)'
    if near := difflib.get_close_matches(provider, ("auto", EXTRACTIVE, *PROVIDERS, *FOREIGN), 1, 0.75):
        return SettingsError(said, f"Did you mean {near[0]}{f':{name}' if name else ''}?")
    return SettingsError(
        said,
        f"Put the provider first: ollama:{llm} for Ollama, compatible:{llm} for another server, openai:{llm} for OpenAI",
    )
