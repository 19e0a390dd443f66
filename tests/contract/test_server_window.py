"""What each kind of server says of its window, and that no server can make reading it hang or fail."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.adapters.server_window import (
    MOST_UNASKED,
    UNKNOWN,
    Window,
    context_to_ask,
    planned_window,
    read_window,
)
from tests.window_server import Slow, Status, WindowServer

SHOW = {
    "parameters": 'stop                           "<|end|>"\ntemperature                    0.7',
    "details": {"family": "qwen3"},
    "model_info": {"general.architecture": "qwen3", "qwen3.context_length": 40960, "qwen3.block_count": 36},
}
SHOW_SET = {**SHOW, "parameters": f"{SHOW['parameters']}\nnum_ctx                        16384"}
PS = {"models": [{"name": "qwen3:8b", "model": "qwen3:8b", "context_length": 8192, "size_vram": 0}]}
LM = {
    "models": [
        {"key": "other", "max_context_length": 8192, "loaded_instances": []},
        {
            "key": "qwen3-8b",
            "max_context_length": 40960,
            "loaded_instances": [{"id": "qwen3-8b", "config": {"context_length": 6144}}],
        },
    ]
}
LLAMA = {"data": [{"id": "m.gguf", "owned_by": "llamacpp", "meta": {"n_ctx": 8192, "n_ctx_train": 131072}}]}


def vllm(**more: Any) -> dict[str, Any]:
    return {"data": [{"id": "qwen3-8b", "owned_by": "vllm", "max_model_len": 32768, **more}]}


@pytest.mark.parametrize(
    ("provider", "answers", "tokens", "trained", "certain"),
    [
        ("ollama", {"POST /api/show": SHOW, "GET /api/ps": PS}, 8192, 40960, True),
        ("ollama", {"POST /api/show": SHOW, "GET /api/ps": {"models": []}}, 4096, 40960, False),
        ("ollama", {"POST /api/show": SHOW_SET, "GET /api/ps": {"models": []}}, 16384, 40960, True),
        ("ollama", {"POST /api/show": SHOW_SET, "GET /api/ps": PS}, 8192, 40960, True),
        ("ollama", {"POST /api/show": Status(404, {"error": "model 'x' not found"}), "GET /api/ps": PS}, 8192, None, True),
        ("llamacpp", {"GET /props": {"default_generation_settings": {"n_ctx": 2048}}, "GET /v1/models": LLAMA}, 2048, None, True),
        ("llamacpp", {"GET /v1/models": LLAMA}, 8192, 131072, True),
        ("vllm", {"GET /v1/models": vllm()}, 32768, None, True),
        ("lmstudio", {"GET /api/v1/models": LM}, 6144, 40960, True),
        ("lmstudio", {"GET /api/v0/models": {"data": [{"id": "qwen3:8b", "loaded_context_length": 4096, "max_context_length": 40960}]}}, 4096, 40960, True),
        ("lmstudio", {"GET /api/v0/models": {"data": [{"id": "qwen3:8b", "max_context_length": 40960}]}}, None, None, False),
        ("compatible", {"GET /v1/models": vllm()}, 32768, None, True),
        ("compatible", {"GET /v1/models": LLAMA, "GET /props": {"default_generation_settings": {"n_ctx": 4096}}}, 4096, None, True),
        ("compatible", {"GET /v1/models": {"data": [{"id": "qwen3:8b", "owned_by": "library"}]}, "GET /api/ps": PS}, 8192, None, True),
        ("compatible", {"GET /v1/models": {"data": [{"id": "qwen3-8b", "owned_by": "organization_owner"}]}, "GET /api/v1/models": LM}, 6144, 40960, True),
        ("compatible", {"GET /v1/models": {"data": [{"id": "a", "context_length": 1000}, {"id": "qwen3:8b", "context_length": 65536}]}}, 65536, None, True),
        ("compatible", {"GET /v1/models": {"data": [{"id": "a", "max_model_len": 1000}, {"id": "b", "max_model_len": 2000}]}}, None, None, False),
        ("compatible", {}, None, None, False),
        ("somebody-new", {"GET /v1/models": vllm()}, 32768, None, True),
    ],
)  # fmt: skip
def test_every_kind_of_server(
    provider: str, answers: dict[str, Any], tokens: int | None, trained: int | None, certain: bool
) -> None:
    """The window a model has now is read where its server says it; what it was trained with never passes for it."""
    model = "qwen3-8b" if "GET /api/v1/models" in answers else "qwen3:8b"
    with WindowServer(answers) as server:
        found = read_window(provider, f"{server.url}/v1", model)
    assert (found.tokens, found.trained, found.certain) == (tokens, trained, certain)
    assert found.source


@pytest.mark.parametrize("address", ["{}", "{}/v1", "{}/v1/"])
def test_the_address_may_end_in_v1_or_not(address: str) -> None:
    """A base URL of either protocol will do."""
    with WindowServer({"GET /v1/models": vllm()}) as server:
        assert read_window("vllm", address.format(server.url), "qwen3-8b").tokens == 32768


def test_ollama_names_without_a_tag_mean_the_latest() -> None:
    """ "llama3" is loaded as "llama3:latest"."""
    ps = {"models": [{"name": "llama3:latest", "context_length": 2048}]}
    with WindowServer({"GET /api/ps": ps}) as server:
        assert read_window("ollama", server.url, "llama3").tokens == 2048
        assert read_window("ollama", server.url, "llama3:8b").tokens is None


def test_openai_is_not_asked() -> None:
    """Nothing is sent to OpenAI to learn what it does not tell."""
    with WindowServer({}) as server:
        assert read_window("openai", f"{server.url}/v1", "gpt-9").tokens == 8192
        assert server.asked == []


def test_the_key_is_sent_and_only_if_there_is_one() -> None:
    """A server that wants a key gets it; none is made up."""
    with WindowServer({"GET /v1/models": vllm()}) as server:
        read_window("vllm", server.url, "qwen3-8b", "s3cret-key")
        read_window("vllm", server.url, "qwen3-8b")
        assert server.keys == ["Bearer s3cret-key", None]


def test_a_redirect_is_not_followed() -> None:
    """Another address gets neither request nor key."""
    with WindowServer({"GET /v1/models": vllm()}) as other:
        moved = Status(302, "", {"location": f"{other.url}/v1/models"})
        with WindowServer({"GET /v1/models": moved}) as server:
            assert read_window("vllm", server.url, "qwen3-8b", "s3cret-key") == UNKNOWN
        assert other.asked == []


@pytest.mark.parametrize(
    "broken",
    [
        "", "<html>hello</html>", "{", "[" * 100_000, "null", "[]", '"text"', "{}", Status(500, {"error": "boom"}),
        {"data": None}, {"data": "x"}, {"data": [1, None, "x"]}, {"data": [{"id": "qwen3:8b"}]}, {"data": [{"id": "qwen3:8b", "max_model_len": "8192"}]},
        {"data": [{"id": "qwen3:8b", "max_model_len": -1, "meta": [], "context_length": True}]}, {"data": [{"id": "qwen3:8b", "max_model_len": 10**30}]},
        '{"data": [{"id": "qwen3:8b", "max_model_len": NaN}]}', '{"data": [{"id": "qwen3:8b", "max_model_len": Infinity}]}',
        {"models": [{"model": "qwen3:8b", "context_length": "many"}]}, {"default_generation_settings": 7},
    ],
    ids=lambda broken: repr(broken)[:40],
)  # fmt: skip
def test_nonsense_is_no_window(broken: object) -> None:
    """Whatever stands where the window should, the answer is that it is not known."""
    paths = (
        "GET /v1/models",
        "GET /props",
        "GET /api/ps",
        "POST /api/show",
        "GET /api/v1/models",
        "GET /api/v0/models",
    )
    with WindowServer(dict.fromkeys(paths, broken)) as server:
        for provider in ("ollama", "llamacpp", "lmstudio", "vllm", "compatible"):
            assert read_window(provider, f"{server.url}/v1", "qwen3:8b").tokens is None


def test_nobody_there_is_no_window() -> None:
    """A closed port, a name that is none and an address that is none are no error."""
    for address in ("http://127.0.0.1:9/v1", "http://[::1", "nonsense", "http://127.0.0.1:99999/v1"):
        assert read_window("compatible", address, "m", timeout_s=0.5).tokens is None


@pytest.mark.parametrize("slow", [Slow(wait_s=8), Slow(drip_s=0.05)], ids=["silent", "without end"])
def test_a_slow_server_costs_the_time_given(slow: Slow) -> None:
    """All requests together end in time, whether the server says nothing or never stops."""
    paths = ("GET /v1/models", "GET /props", "GET /api/ps", "POST /api/show")
    with WindowServer(dict.fromkeys(paths, slow)) as server:
        started = time.monotonic()
        assert read_window("ollama", server.url, "m", timeout_s=0.4).tokens is None
        assert time.monotonic() - started < 6


def test_an_endless_list_is_dropped() -> None:
    """A reply of many megabytes is not read to its end."""
    with WindowServer({"GET /v1/models": "x" * 9_000_000}) as server:
        assert read_window("vllm", server.url, "m") == UNKNOWN


# --- what to plan for, and what to ask Ollama for


@pytest.mark.parametrize(
    ("tokens", "trained", "setting", "ours", "planned"),
    [
        (8192, None, None, False, 8192),
        (8192, None, 4096, False, 4096),
        (2048, None, 4096, False, 2048),
        (None, None, 6000, False, 6000),
        (None, None, None, False, 4096),
        (4096, 40960, None, True, MOST_UNASKED),
        (4096, 40960, 32768, True, 32768),
        (4096, 8192, 32768, True, 8192),
        (32768, 40960, None, True, 32768),
        (4096, 8192, 2048, True, 2048),
        (None, None, None, True, 4096),
        (4096, None, None, True, 4096),
    ],
)
def test_the_window_to_plan_for(
    tokens: int | None, trained: int | None, setting: int | None, ours: bool, planned: int
) -> None:
    """A person's setting wins where it is smaller or nothing is told; Ollama gives what it is asked for."""
    assert planned_window(Window(tokens, "x", trained), setting, chosen_by_us=ours) == planned


@settings(max_examples=200, deadline=None)
@given(
    st.integers(1, 40_000),
    st.one_of(st.none(), st.integers(512, 50_000)),
    st.one_of(st.none(), st.integers(1024, 50_000)),
    st.integers(0, 20_000),
)
def test_the_window_asked_of_ollama_is_enough_wherever_it_can_be(
    needed: int, trained: int | None, most: int | None, before: int
) -> None:
    """It holds what is needed unless the model or the setting forbids it, and never goes beyond either."""
    limit = min(trained or 10**9, most or 10**9)
    asked = context_to_ask(needed, Window(4096, "x", trained, certain=False), most, before)
    assert asked <= limit
    assert asked >= min(needed, limit)


def test_a_loaded_window_that_is_enough_stays() -> None:
    """Changing num_ctx loads the model anew, so it is not changed for a prompt that fits."""
    loaded = Window(8192, "x", 40960)
    assert context_to_ask(3000, loaded) == 8192
    assert context_to_ask(9000, loaded) == 16384
    assert context_to_ask(9000, loaded, before=16384) == 16384
    assert context_to_ask(100, loaded, before=16384) == 16384
    assert context_to_ask(100, Window(4096, "x", 40960, certain=False)) == 4096
    assert context_to_ask(5000, Window(4096, "x", 40960, certain=False)) == 8192
