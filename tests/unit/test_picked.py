"""A model picked in the browser: which address it may have, and whose key goes along."""

from __future__ import annotations

import pytest

from app.core.errors import SettingsError
from app.core.models import ModelPick
from app.core.settings import Settings
from app.wire import choose_model, picked

OLLAMA = "http://127.0.0.1:11434"
BOX = "http://10.0.0.9:8000/v1"


def settings(**values: str) -> Settings:
    return Settings(_env_file=None, **values)  # type: ignore[call-arg, arg-type]


def key_for(
    given: Settings, pick: ModelPick, open_to_others: bool = False, *offered: str
) -> tuple[str | None, str | None]:
    """(address, key) of what is asked in the end."""
    choice = choose_model(picked(given, pick, open_to_others, lambda: offered))
    return choice.base_url, choice.api_key


def test_what_the_page_offers_may_be_picked_by_visitors() -> None:
    """A found server is not typed; one that was not found is, also at the usual address of its kind."""
    mine = settings(llm="extractive")
    assert key_for(mine, ModelPick("ollama:qwen3:8b", OLLAMA), True, OLLAMA) == (OLLAMA, None)
    assert key_for(mine, ModelPick("ollama:qwen3:8b"), True, OLLAMA) == (OLLAMA, None)
    for pick in (
        ModelPick("ollama:qwen3:8b", OLLAMA),
        ModelPick("llamacpp:x"),
        ModelPick("compatible:x", f"{OLLAMA}/admin"),
    ):
        with pytest.raises(SettingsError):
            picked(mine, pick, True, lambda: [BOX])


def test_another_model_at_the_place_of_the_settings() -> None:
    """On a page of one's own the address and key of the settings serve its other models, however the address is written."""
    mine = settings(llm="compatible:a", llm_base_url="10.0.0.9:8000/v1/", llm_api_key="op-key")
    assert key_for(mine, ModelPick("compatible:b", BOX)) == (BOX, "op-key")
    assert key_for(mine, ModelPick("compatible:b")) == (BOX, "op-key")
    for mine in (settings(llm="openai:gpt-4.1", llm_api_key="op-key"), settings(llm="auto", llm_api_key="op-key")):
        assert key_for(mine, ModelPick("openai:gpt-5-mini"))[1] == "op-key"


@pytest.mark.parametrize("open_to_others", [False, True])
@pytest.mark.parametrize(
    "pick",
    [
        ModelPick("compatible:x", "https://evil.example/v1"),
        ModelPick("vllm:x", "https://evil.example/v1"),
        ModelPick("ollama:x", "https://evil.example"),
        ModelPick("anthropic:x", "https://evil.example/v1", "theirs"),
    ],
)
def test_no_key_of_the_operator_leaves_for_an_address_that_was_typed(pick: ModelPick, open_to_others: bool) -> None:
    """Neither the key of the settings nor OpenAI's."""
    mine = settings(
        llm="compatible:a", llm_base_url=BOX, llm_api_key="op-key", llm_allowed_urls="https://evil.example"
    ).model_copy(update={"openai_api_key": settings(llm_api_key="sk-op").llm_api_key})
    assert key_for(mine, pick, open_to_others)[1] in (None, "theirs")


def test_visitors_bring_their_own_keys() -> None:
    """For a provider in the cloud, unless it is just the model that the operator has set up."""
    mine = settings(llm="openai:gpt-4.1", llm_api_key="op-key")
    assert key_for(mine, ModelPick("openai:gpt-4.1"), True)[1] == "op-key"
    assert key_for(mine, ModelPick("openai:gpt-5-pro", api_key="theirs"), True)[1] == "theirs"
    for llm in ("openai:gpt-5-pro", "anthropic:claude"):
        with pytest.raises(SettingsError, match="key"):
            key_for(mine, ModelPick(llm), True)
