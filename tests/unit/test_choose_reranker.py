"""Which reranker the settings mean, and what is said of settings that mean none."""

from __future__ import annotations

import subprocess
import sys

import pytest

from app.adapters.choose_reranker import choose_reranker, open_reranker
from app.core.errors import SettingsError
from app.core.settings import Settings, load_settings
from tests.conftest import ROOT


@pytest.mark.parametrize("typed", [None, "", "  ", "off", "None", "no"])
def test_off(typed: str | None) -> None:
    """Nothing typed, or a word for nothing, is no reranker, whatever else is set; and nothing is the default."""
    assert choose_reranker(typed, base_url="http://127.0.0.1:1/v1", api_key="x") is None
    assert Settings(_env_file=None).reranker is None  # type: ignore[call-arg]


@pytest.mark.parametrize(
    ("typed", "url", "way", "model", "address"),
    [
        ("compatible:newt-ranker", "http://127.0.0.1:8080/v1", "compatible", "newt-ranker", "http://127.0.0.1:8080/v1"),
        ("compatible", "127.0.0.1:8080", "compatible", "", "http://127.0.0.1:8080/v1"),
        (" Compatible : a/b:v2 ", "http://h:1/v1/rerank", "compatible", "a/b:v2", "http://h:1/v1"),
        ("compatible:m", "http://h:1/rerank", "compatible", "m", "http://h:1/v1"),
        ("compatible:m", "https://api.example.org/v2/rerank/", "compatible", "m", "https://api.example.org/v2"),
        ("tei", "http://127.0.0.1:8081", "tei", "", "http://127.0.0.1:8081"),
        ("TEI", "http://h:1/rerank", "tei", "", "http://h:1"),
        ("tei:newt-ranker", "http://h:1/v1", "tei", "newt-ranker", "http://h:1"),
        ("tei", "https://h.example.org/ranker", "tei", "", "https://h.example.org/ranker"),
    ],
)
def test_ways_and_addresses(typed: str, url: str, way: str, model: str, address: str) -> None:
    """The way in any case, a model with colons, an address with or without the endpoint that people copy along."""
    choice = choose_reranker(typed, base_url=url, api_key=" sk-heron ", timeout_s=3.0)
    assert choice and (choice.way, choice.model, choice.address) == (way, model, address)
    assert (choice.key, choice.timeout_s) == ("sk-heron", 3.0)
    assert "sk-heron" not in repr(choice)
    assert open_reranker(choice).name == str(choice) == (f"{way}:{model}" if model else way)


@pytest.mark.parametrize(
    ("typed", "hint"),
    [
        ("bge-reranker-base", "compatible:bge-reranker-base"),
        ("llamacpp", "ASKPAPERS_RERANKER=compatible"),
        ("vllm:newt", "ASKPAPERS_RERANKER=compatible:newt"),
        ("text-embeddings-inference", "ASKPAPERS_RERANKER=tei"),
        ("http://127.0.0.1:8080/v1", "ASKPAPERS_RERANKER_BASE_URL to http://127.0.0.1:8080/v1"),
        ("org/model:v2", "compatible:org/model:v2"),
    ],
)
def test_what_is_none(typed: str, hint: str) -> None:
    """A name that is no way of asking is quoted, and the hint says what to type."""
    with pytest.raises(SettingsError, match="ASKPAPERS_RERANKER") as caught:
        choose_reranker(typed, base_url="http://127.0.0.1:8080/v1")
    assert f'"{typed}"' in str(caught.value) and hint in caught.value.hint


@pytest.mark.parametrize("url", [None, "", " ", "ftp://h/v1", "http://", "http://u:secret@h/v1", "http://h:port/v1"])
@pytest.mark.parametrize("typed", ["compatible:m", "tei"])
def test_an_address_that_is_none(typed: str, url: str | None) -> None:
    """A missing or broken address names its own setting, and shows no password."""
    with pytest.raises(SettingsError) as caught:
        choose_reranker(typed, base_url=url)
    assert "ASKPAPERS_RERANKER_BASE_URL" in caught.value.hint
    assert "_LLM_" not in caught.value.hint and "secret" not in f"{caught.value} {caught.value.hint}"


@pytest.mark.parametrize("value", ["0", "-1", "soon"])
def test_a_time_that_is_none(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    """The time it has must be more than nothing."""
    monkeypatch.setenv("ASKPAPERS_RERANKER_TIMEOUT_S", value)
    with pytest.raises(SettingsError, match=f'ASKPAPERS_RERANKER_TIMEOUT_S cannot be "{value}"'):
        load_settings()


def test_choosing_loads_no_vendor() -> None:
    """Half a second of imports is for those who use one."""
    code = "import sys, app.adapters.choose_reranker, app.chat.rerank; print('openai' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
