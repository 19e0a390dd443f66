"""When a server is asked for its window, what is planned with it, and what Ollama is asked for."""

from __future__ import annotations

import pytest

from app.adapters.server_window import UNKNOWN, Window
from app.chat.model_limits import OTHERWISE, RATIOS, ContextChooser, WindowReader, model_limits
from app.core.models import Profile
from app.core.tokens import TokenCounter
from tests.window_server import WindowServer

WORDS = TokenCounter(lambda text: len(text.split()), True, "words")


class Server:
    """A server whose window is what a test says; `asked` counts."""

    def __init__(self, window: Window) -> None:
        self.window, self.asked = window, 0

    def __call__(self) -> Window:
        self.asked += 1
        return self.window


def test_the_window_is_asked_for_once_in_a_while() -> None:
    """Many questions are one request; a model loaded anew, or a server that was away, is noticed later."""
    now, server = [0.0], Server(Window(8192, "x"))
    reader = WindowReader(server, clock=lambda: now[0])
    assert [reader(), reader(), reader()] == [(8192, True)] * 3 and server.asked == 1
    server.window, now[0] = UNKNOWN, 1000.0
    assert reader() == (OTHERWISE, False) and server.asked == 2
    server.window = Window(2048, "x")
    assert reader() == (OTHERWISE, False)
    now[0] = 1030.0
    assert reader() == (2048, True)


def limits_for(
    url: str, profile: Profile | None = None, setting: int | None = None, provider: str = "vllm"
) -> tuple[int, int]:
    limits, _ = model_limits(
        provider, url, "m", "", papers=6, setting=setting, answer_tokens=800, count=len, profile=profile
    )
    return limits.papers, limits.window


def test_nothing_is_asked_before_it_is_needed() -> None:
    """A chain is wired without a request; the first use of the window makes one."""
    with WindowServer({"GET /v1/models": {"data": [{"id": "m", "max_model_len": 8192}]}}) as server:
        limits, tokens = model_limits("vllm", server.url, "m", "", papers=6, setting=None, answer_tokens=800, count=len)
        assert server.asked == []
        assert limits.window == 8192 and limits.certain
        assert server.asked == ["GET /v1/models"] and not tokens.is_exact


def test_profile_and_settings_only_ever_narrow() -> None:
    """Fewer papers by the profile, a smaller window by either; a window that was measured once is read anew."""
    with WindowServer({"GET /v1/models": {"data": [{"id": "m", "max_model_len": 8192}]}}) as server:
        assert limits_for(server.url) == (6, 8192)
        assert limits_for(server.url, setting=4096) == (6, 4096)
        assert limits_for(server.url, setting=16384) == (6, 8192)
        assert limits_for(server.url, Profile("m", "x", papers=3, window=2048)) == (3, 8192)
        assert limits_for(server.url, Profile("m", "x", papers=20)) == (6, 8192)
        by_hand = Profile("m", "x", window=2048, edited=("window",))
        assert limits_for(server.url, by_hand) == (6, 2048)
        assert limits_for(server.url, by_hand, setting=1024) == (6, 1024)


def test_who_only_quotes_asks_nobody() -> None:
    """Without a chat model there is no server."""
    assert limits_for("", provider="extractive") == (6, OTHERWISE)
    assert limits_for("", provider="extractive", setting=2000) == (6, 2000)


@pytest.mark.parametrize("ratios", [[0.9, 0.9, 0.9], "nonsense", [None, "x"], 7])
def test_what_was_learned_of_tokens_is_taken_up(ratios: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ratios kept in the profile begin the estimate; what is no ratio is left out."""
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", "")
    profile = Profile("m", "x", more={RATIOS: ratios})
    _, tokens = model_limits(
        "ollama", "http://127.0.0.1:9", "m", "", papers=6, setting=None, answer_tokens=800, count=len, profile=profile
    )
    assert tokens.count("x" * 1000) == (927 if ratios == [0.9, 0.9, 0.9] else 1350)


def test_ollama_is_asked_for_what_a_prompt_needs() -> None:
    """More for a long prompt, and no less afterwards; never more than a person allows."""
    reader = WindowReader(Server(Window(4096, "x", 40960, certain=False)), chosen_by_us=True)
    choose = ContextChooser(reader, WORDS, 800)
    assert choose("word " * 1000) == 4096
    assert choose("word " * 6000) == 8192
    assert choose("word " * 10) == 8192
    assert ContextChooser(reader, WORDS, 800, setting=6000)("word " * 6000) == 6000
