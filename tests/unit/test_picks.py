"""Which models can be chosen in the page, and what a choice or typed words mean."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.core.domain import ModelInfo
from app.core.errors import InputError
from app.core.models import FoundModel, FoundServer, ModelPick, Profile
from app.core.report import Finding
from app.ui.models_html import findings_html, model_name, now_html, profile_html, profile_words, servers_html
from app.ui.picks import (
    AS_SET_UP,
    MODELS_SHOWN,
    OTHER,
    QUOTES_ONLY,
    choices,
    pick_of,
    providers,
    troubles,
    typed_pick,
    value_of,
)
from tests.fake_models import FOUND, PROFILE
from tests.fake_service import HOSTILE_HTML, FakeService
from tests.html_page import Page


def test_every_choice_means_one_pick() -> None:
    """What is listed can be picked, and a pick shows as the choice that it was; those that are always there come first."""
    listed = choices(FOUND, "openai:gpt-test")
    assert [value for _, value in listed] == [AS_SET_UP, QUOTES_ONLY, OTHER, "0:0", "0:1", "1:0"]
    assert [words for words, _ in listed][:4] == [
        "As this page was started: openai:gpt-test",
        "Quotes only (no model)",
        "Another model …",
        "qwen3:8b (Ollama, 5.2 GB, window 4,096 tokens)",
    ]
    for _, value in listed:
        if value != OTHER:
            assert value_of(pick_of(value, FOUND), FOUND) == value
    assert pick_of("0:1", FOUND) == ModelPick("ollama:gemma3:4b", "http://127.0.0.1:11434")
    assert pick_of(AS_SET_UP, FOUND) is None
    assert value_of(ModelPick("openai:x"), FOUND) == OTHER


@pytest.mark.parametrize("value", ["0:2", "9:0", "2:0", "-1:0", "0:-1", "", None, "ollama:x", "²:0", "0", OTHER])
def test_a_browser_cannot_name_an_address(value: str | None) -> None:
    """Only places in the list of servers that were found count; anything else is refused with a hint."""
    with pytest.raises(InputError) as caught:
        pick_of(value, FOUND)
    assert "Look again" in caught.value.hint


def test_a_long_list_and_odd_names() -> None:
    """A server with hundreds of models does not fill the page; names of models are one line each."""
    many = (FoundServer("lmstudio", "", "http://127.0.0.1:1", tuple(FoundModel(f"m\n{n}\u202e") for n in range(300))),)
    listed = choices(many, "x")
    assert len(listed) == MODELS_SHOWN + 3
    assert listed[3][0].startswith("m 0") and "\u202e" not in listed[3][0] and "(lmstudio)" in listed[3][0]


def test_what_is_typed() -> None:
    """Provider and model, or both in one; an address; a key, kept for the same server only."""
    pick = typed_pick("Compatible", " qwen3:8b ", "http://h/v1 ", " sk-1 ", None)
    assert pick == ModelPick("compatible:qwen3:8b", "http://h/v1", "sk-1") and "sk-1" not in repr(pick)
    assert typed_pick("ollama:qwen3:8b", "", "", "", None) == ModelPick("ollama:qwen3:8b")
    assert typed_pick("openai", None, None, None, None) == ModelPick("openai")
    assert typed_pick("compatible", "other", "http://h/v1", "", pick).api_key == "sk-1"
    assert typed_pick("compatible", "other", "http://evil/v1", "", pick).api_key == ""
    assert typed_pick("openai", "other", "http://h/v1", "", pick).api_key == ""
    assert {"openai", "compatible"} <= {name for _, name in providers()}


@pytest.mark.parametrize(
    "typed",
    [
        ("", "m", "", ""),
        ("no provider!", "m", "", ""),
        ("compatible", "m" * 201, "", ""),
        ("compatible", "a\nb", "", ""),
        ("compatible", "m", "http://h\x00/", ""),
        ("compatible", "m", "http://h/", "k" * 1001),
        ("compatible", "m", "http://h/", "two\nlines"),
    ],
)
def test_what_cannot_be_typed(typed: tuple[str, str, str, str]) -> None:
    """Refused in words, with a hint, and never with the key in them."""
    with pytest.raises(InputError) as caught:
        typed_pick(*typed, None)
    assert caught.value.hint and not (typed[3] and typed[3] in str(caught.value))


def test_servers_with_nothing_to_choose() -> None:
    """Why, in their own words or ours; and what to do where none was found."""
    empty = FoundServer("ollama", "Ollama", "http://127.0.0.1:11434")
    assert troubles((empty, *FOUND)) == [
        ("Ollama at http://127.0.0.1:11434", "It has no models yet."),
        ("LM Studio at http://127.0.0.1:1234", "It has no model loaded: run lms load."),
    ]
    assert "look again" in servers_html(()) and servers_html(FOUND[:1]) == ""


def test_hostile_models_stay_text() -> None:
    """Names of models and servers, findings and profiles: no tag of theirs anywhere."""
    server = FoundServer(HOSTILE_HTML, HOSTILE_HTML, HOSTILE_HTML, (), HOSTILE_HTML)
    finding = Finding(HOSTILE_HTML, False, HOSTILE_HTML, HOSTILE_HTML)
    profile = replace(PROFILE, window_from=HOSTILE_HTML, measured_at=HOSTILE_HTML, edited=(HOSTILE_HTML,))

    class Hostile(FakeService):
        def model(self, pick: ModelPick | None = None) -> ModelInfo:
            return ModelInfo(HOSTILE_HTML, HOSTILE_HTML)

        def model_note(self, pick: ModelPick | None = None) -> str:
            return HOSTILE_HTML

    for html in (servers_html((server,)), findings_html([finding], profile_html(profile)), now_html(Hostile(), None)):
        assert set(Page(html).check().tags) <= {"p", "ul", "li", "strong", "span", "div", "dl", "dt", "dd"}
        assert HOSTILE_HTML in Page(html).text


def test_who_answers() -> None:
    """The model and why, that a key is held without the key, or what is wrong in words."""
    service = FakeService()
    assert "openai:gpt-test" in now_html(service, None) and "key" not in now_html(service, None)
    html = now_html(service, ModelPick("ollama:m", "http://127.0.0.1:1", "sk-1"))
    assert "ollama:m" in html and "Your key is kept in memory" in html and "sk-1" not in html
    assert "may not be used" in now_html(service, ModelPick("compatible:m", "http://10.0.0.1/v1"))
    assert model_name(ModelInfo("extractive", "quotes")) == "quotes, no model"


def test_a_profile_in_words() -> None:
    """What is known is said and nothing else."""
    words = dict(profile_words(PROFILE))
    assert words["Window"] == "8,192 tokens (from /api/ps)"
    assert words["Speed"] == "first word after 0.4 s, 23 tokens a second"
    assert words["Cites"] == "3 of 3 test questions answered with the right markers"
    assert words["Able to"] == "stream, stop when told, not keep to a JSON schema, think aloud"
    assert dict(profile_words(Profile("m", "a", steps="few", prompt="short"))) == {
        "Steps": "few: it writes answers and nothing else",
        "Prompt": "the short one",
    }
