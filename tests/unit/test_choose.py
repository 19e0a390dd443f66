"""Which model is chosen for what a person set, and what becomes of the base URL they typed."""

from __future__ import annotations

import subprocess
import sys

import pytest

from app.adapters.chat_models import FOREIGN, OPENAI_URL, PROVIDERS, ModelChoice, build, choose
from app.core.errors import MissingPackageError, SettingsError
from app.core.models import FoundModel, FoundServer

LOCAL = "http://localhost:11434/v1"


@pytest.mark.parametrize(
    ("llm", "base_url", "api_key", "provider", "name", "address"),
    [
        ("auto", None, "sk-1", "openai", "gpt-5-mini", OPENAI_URL),
        ("auto", LOCAL, None, "compatible", "", LOCAL),
        ("auto", LOCAL, "sk-1", "compatible", "", LOCAL),
        ("auto", "https://api.openai.com/v1", "sk-1", "openai", "gpt-5-mini", OPENAI_URL),
        ("auto", None, None, "extractive", "extractive", None),
        ("", " ", "", "extractive", "extractive", None),
        ("AUTO", None, "sk-1", "openai", "gpt-5-mini", OPENAI_URL),
        ("extractive", LOCAL, "sk-1", "extractive", "extractive", None),
        ("openai", None, "sk-1", "openai", "gpt-5-mini", OPENAI_URL),
        ("openai:gpt-4.1", None, "sk-1", "openai", "gpt-4.1", OPENAI_URL),
        ("openai:gpt-4.1", "https://gateway.example.org/v1", "k", "openai", "gpt-4.1", None),
        ("compatible", LOCAL, None, "compatible", "", LOCAL),
        ("compatible:qwen3:8b", LOCAL, None, "compatible", "qwen3:8b", LOCAL),
        (" Compatible: qwen3:8b ", LOCAL, None, "compatible", "qwen3:8b", LOCAL),
        ("compatible:hf.co/org/Model-GGUF:Q4_K_M", LOCAL, None, "compatible", None, LOCAL),
        ("ollama:qwen3:8b", None, None, "ollama", "qwen3:8b", "http://127.0.0.1:11434"),
        ("ollama:qwen3:8b", "http://192.168.1.5:11434/v1", None, "ollama", "qwen3:8b", "http://192.168.1.5:11434"),
        ("llamacpp", None, None, "llamacpp", "", "http://127.0.0.1:8080/v1"),
        ("lmstudio:qwen/qwen3-8b", None, None, "lmstudio", "qwen/qwen3-8b", "http://127.0.0.1:1234/v1"),
        ("vllm", "http://gpu:9000", "k", "vllm", "", "http://gpu:9000/v1"),
    ],
)
def test_choice(
    llm: str, base_url: str | None, api_key: str | None, provider: str, name: str | None, address: str | None
) -> None:
    """Each setting leads to one provider, model and address."""
    choice = choose(llm, base_url=base_url, api_key=api_key)
    assert choice.provider == provider
    assert choice.name == (name if name is not None else "hf.co/org/Model-GGUF:Q4_K_M")
    assert choice.base_url == (address or (base_url if provider != "extractive" else None))


@pytest.mark.parametrize(
    ("base_url", "api_key", "why"),
    [
        (None, "sk-1", "OPENAI_API_KEY is set"),
        (LOCAL, None, f"a base URL is set: {LOCAL}"),
        (None, None, "no API key and no base URL are set, and no model server was found on this machine"),
    ],
)
def test_why(base_url: str | None, api_key: str | None, why: str) -> None:
    """An automatic choice says what led to it."""
    assert choose("auto", base_url=base_url, api_key=api_key).why == why


IDLE = FoundServer("lmstudio", "LM Studio", "http://127.0.0.1:1234/v1", (), "it has no chat model loaded")
OLLAMA = FoundServer("ollama", "Ollama", "http://127.0.0.1:11434", (FoundModel("qwen3:8b"), FoundModel("tiny")))


def test_auto_takes_what_runs_here() -> None:
    """Without key and address it takes the first server that has a chat model, and says which and why."""
    choice = choose("auto", base_url=None, api_key=None, find=lambda: [IDLE, OLLAMA])
    assert (choice.provider, choice.name, choice.base_url) == ("ollama", "qwen3:8b", "http://127.0.0.1:11434")
    assert choice.why == "Ollama runs at http://127.0.0.1:11434, the first of its 2 models"
    none = choose("auto", base_url=None, api_key=None, find=lambda: [IDLE])
    assert none.provider == "extractive" and "it has no chat model loaded" in none.why


def test_auto_asks_what_answers_at_the_address() -> None:
    """What is found to be Ollama is asked by its own protocol; what is not known, as a compatible server."""
    choice = choose("auto", base_url=LOCAL, api_key="k", look=lambda url, key: OLLAMA)
    assert (choice.provider, choice.name, choice.base_url) == ("ollama", "qwen3:8b", "http://127.0.0.1:11434")
    assert choice.why == f"a base URL is set: {LOCAL}, where Ollama answers"
    for nothing in (None, IDLE):
        assert (
            choose("auto", base_url=LOCAL, api_key=None, look=lambda url, key, it=nothing: it).provider == "compatible"
        )


def test_servers_are_looked_for_only_where_that_matters() -> None:
    """A key, an address or a name decides before anything is asked; offline a key leads nowhere."""

    def find() -> list[FoundServer]:
        raise AssertionError("looked for servers")

    for llm, base_url, key in (
        ("auto", None, "k"),
        ("auto", LOCAL, None),
        ("extractive", None, None),
        ("ollama", None, None),
    ):
        choose(llm, base_url=base_url, api_key=key, find=find)
    here = choose("auto", base_url=None, api_key="k", find=lambda: [OLLAMA], stays_here=True)
    assert here.provider == "ollama" and here.api_key is None


def test_providers_of_langchain() -> None:
    """Each is known to LangChain by that name, and one whose package is missing says what to install."""
    from langchain.chat_models.base import _BUILTIN_PROVIDERS

    assert set(FOREIGN) <= set(_BUILTIN_PROVIDERS)
    choice = choose("anthropic:claude-x", base_url=None, api_key="sk-secret-9")
    assert (choice.provider, choice.name, choice.base_url) == ("anthropic", "claude-x", None)
    with pytest.raises(MissingPackageError) as missing:
        build(choice, timeout_s=1, temperature=None, max_output_tokens=9)
    assert missing.value.hint == "Type: pip install langchain-anthropic"
    assert "sk-secret" not in f"{missing.value} {choice!r}"


@pytest.mark.parametrize(
    ("llm", "base_url", "api_key", "says", "hint"),
    [
        ("gpt-4o", None, "k", '"gpt-4o"', "openai:gpt-4o"),
        ("qwen3:8b", LOCAL, None, '"qwen3:8b"', "compatible:qwen3:8b"),
        ("telepathy", None, "k", "auto, extractive, ollama, llamacpp", "compatible:telepathy"),
        ("olama:qwen3:8b", None, None, '"olama:qwen3:8b"', "ollama:qwen3:8b"),
        ("llama.cpp", None, None, '"llama.cpp"', "llamacpp"),
        ("anthropic", None, "k", "needs the name of a model", "anthropic:MODEL"),
        ("compatible:tiny", None, "k", "needs the base URL", "http://localhost:11434/v1"),
        ("openai", None, None, "needs an API key", "OPENAI_API_KEY"),
        ("extractive:tiny", None, None, '"extractive:tiny"', "compatible:tiny"),
    ],
)
def test_refused(llm: str, base_url: str | None, api_key: str | None, says: str, hint: str) -> None:
    """What cannot be chosen is refused with the person's own words and what to type instead."""
    with pytest.raises(SettingsError) as refused:
        choose(llm, base_url=base_url, api_key=api_key)
    assert says in str(refused.value)
    assert hint in refused.value.hint


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("http://localhost:11434", LOCAL),
        ("http://localhost:11434/", LOCAL),
        ("http://localhost:11434/v1/", LOCAL),
        ("http://localhost:11434/v1/chat/completions", LOCAL),
        ("http://localhost:11434/v1/models/", LOCAL),
        ("http://localhost:11434/api/chat", LOCAL),
        ("localhost:11434", LOCAL),
        ("LOCALHOST:11434/v1", LOCAL),
        ("'http://localhost:11434/v1' ", LOCAL),
        ("0.0.0.0:8000", "http://127.0.0.1:8000/v1"),
        ("192.168.1.5:1234", "http://192.168.1.5:1234/v1"),
        ("[::1]:8080", "http://[::1]:8080/v1"),
        ("llm.example.org", "https://llm.example.org/v1"),
        ("https://router.example.org/api/v1", "https://router.example.org/api/v1"),
        ("https://g.example.org/v1beta/openai/", "https://g.example.org/v1beta/openai"),
    ],
)
def test_base_url_repaired(typed: str, address: str) -> None:
    """Common slips in the base URL are put right, and other paths are left alone."""
    choice = choose("compatible:tiny", base_url=typed, api_key=None)
    assert choice.base_url == address
    assert choose("auto", base_url=address, api_key=None).base_url == address, "repairing twice changes nothing"


@pytest.mark.parametrize(
    "typed",
    [
        "ftp://localhost/v1",
        "http://",
        "http://local host:1/v1",
        "http://localhost:port/v1",
        "http://[::1/v1",
        "http://localhost:99999/v1",
    ],
)
def test_base_url_refused(typed: str) -> None:
    """What is no address is refused and shown as it was typed."""
    with pytest.raises(SettingsError) as refused:
        choose("auto", base_url=typed, api_key=None)
    assert f'"{typed}"' in str(refused.value)
    assert "http://localhost:11434/v1" in refused.value.hint


@pytest.mark.parametrize(
    "typed",
    ["https://me:hunter2@example.org/v1", "me:hunter2@example.org", "https://example.org/v1?key=hunter2"],
)
def test_base_url_with_a_secret(typed: str) -> None:
    """A password in the address is refused without being repeated."""
    with pytest.raises(SettingsError) as refused:
        choose("auto", base_url=typed, api_key=None)
    assert "hunter2" not in f"{refused.value} {refused.value.hint}"
    assert "OPENAI_API_KEY" in refused.value.hint


def test_key_is_never_shown() -> None:
    """Neither the text nor the representation of a choice holds the key."""
    choice = choose("auto", base_url=None, api_key="sk-secret")
    assert choice.api_key == "sk-secret"
    assert "secret" not in f"{choice} {choice!r}"


@pytest.mark.parametrize("provider", ["extractive", "nobody"])
def test_only_chat_models_are_built(provider: str) -> None:
    """Building anything but a known chat model is refused with the ones there are."""
    choice = ModelChoice(provider, "x", None, None, "")
    with pytest.raises(SettingsError) as refused:
        build(choice, timeout_s=1, temperature=None, max_output_tokens=10)
    assert all(name in refused.value.hint for name in PROVIDERS)


def test_choosing_loads_no_vendor() -> None:
    """A person who needs no model does not wait for the vendor's packages to load."""
    code = (
        "import sys, app.adapters.chat_models as m; m.choose('auto', base_url=None, api_key='k');"
        "print([n for n in ('openai', 'langchain_openai', 'langchain_core') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
