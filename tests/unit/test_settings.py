"""Settings: read once, and a value that cannot be used is said with its name."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.core.errors import SettingsError
from app.core.settings import Settings, load_settings
from app.wire import choose_model

KEY = "sk-very-secret"


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("ASKPAPERS_PORT", "eighty"),
        ("ASKPAPERS_PORT", "70000"),
        ("ASKPAPERS_LLM_TIMEOUT_S", "0"),
        ("ASKPAPERS_LLM_CONTEXT_TOKENS", "12"),
        ("ASKPAPERS_LLM_ANSWER_TOKENS", "many"),
        ("ASKPAPERS_PAPERS_PER_ANSWER", "51"),
    ],
)
def test_a_bad_value_is_named(monkeypatch: pytest.MonkeyPatch, variable: str, value: str) -> None:
    """The error has the variable, the person's own value and what to do."""
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError) as refused:
        load_settings()
    assert f'{variable} cannot be "{value}"' in str(refused.value)
    assert variable in refused.value.hint


def test_a_bad_option_of_the_command_line_is_named_like_its_variable() -> None:
    """An override that cannot be used is told the same way."""
    with pytest.raises(SettingsError, match='ASKPAPERS_PORT cannot be "-1"'):
        load_settings(port=-1)


def test_env_file_environment_and_options_in_that_order(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """.env of the working folder is read, the environment wins over it, an option over both; None is no option."""
    (tmp_path / ".env").write_text(
        "ASKPAPERS_LLM=extractive\nASKPAPERS_PORT=1\nASKPAPERS_HOST=a\nOTHER_PROGRAM=x\n", encoding="utf-8"
    )
    monkeypatch.setenv("ASKPAPERS_PORT", "2")
    monkeypatch.setenv("ASKPAPERS_HOST", "b")
    settings = load_settings(host="c", llm=None)
    assert (settings.llm, settings.port, settings.host) == ("extractive", 2, "c")


def test_an_env_file_that_is_no_text_is_said(tmp_path: Path) -> None:
    """A .env saved in another encoding ends in words, not in a traceback."""
    (tmp_path / ".env").write_bytes("ASKPAPERS_HOST=\xfc".encode("latin-1"))
    with pytest.raises(SettingsError, match=r"\.env.*UTF-8"):
        load_settings()


def test_an_empty_variable_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """`ASKPAPERS_PORT=` in .env means the default, as every line of .env.example does."""
    for name in ("PORT", "LLM", "LLM_BASE_URL", "PROMPTS_DIR", "DATA_DIR"):
        monkeypatch.setenv(f"ASKPAPERS_{name}", "")
    settings = load_settings()
    assert (settings.port, settings.llm, settings.llm_base_url, settings.prompts_dir) == (7860, "auto", None, None)
    assert settings.data_dir != Path()


def test_a_home_folder_is_spelled_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """~ works in every folder setting, also where no shell has seen it."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    settings = load_settings(data_dir="~/library", prompts_dir="~/prompts")
    assert (settings.data_dir, settings.prompts_dir) == (tmp_path / "library", tmp_path / "prompts")


def test_no_key_is_ever_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the settings nor the chosen model shows a key when printed."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    settings = load_settings(llm_api_key=KEY)
    assert KEY not in f"{settings!r}{settings}{choose_model(settings)!r}"


def chosen(**values: str) -> tuple[str, str | None]:
    choice = choose_model(Settings(_env_file=None, **values))  # type: ignore[call-arg, arg-type]
    return choice.provider, choice.api_key


@pytest.mark.parametrize("llm", ["auto", "compatible", "compatible:tiny"])
def test_the_openai_key_is_never_sent_to_another_server(monkeypatch: pytest.MonkeyPatch, llm: str) -> None:
    """OPENAI_API_KEY lies in many environments; a server at another address does not get it."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    assert chosen(llm=llm, llm_base_url="http://127.0.0.1:9/v1") == ("compatible", None)


def test_each_server_gets_the_key_meant_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """OpenAI gets OPENAI_API_KEY; the key of our own settings goes wherever the settings point, and wins."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    assert chosen(llm="auto") == ("openai", KEY)
    assert chosen(llm="auto", llm_api_key="mine") == ("openai", "mine")
    assert chosen(llm="compatible", llm_base_url="http://127.0.0.1:9/v1", llm_api_key="mine") == ("compatible", "mine")
