"""Counting with the server's own tokenizer: what is asked, how often, and what counts when it does not answer."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.adapters.server_tokens import ServerTokenizer, server_counter
from app.core.tokens import SAFETY, TokenCounter, TokenRatio, token_counter
from tests.window_server import Slow, Status, WindowServer


def words(text: str) -> int:
    return len(text.split())


ESTIMATE = TokenCounter(lambda text: 7777, False, "estimated")


def llama(body: Any) -> Any:
    """llama.cpp: a list of tokens, here one a word."""
    return {"tokens": list(range(words(body["content"])))}


def vllm(body: Any) -> Any:
    """vLLM: counts, and minds names it does not know."""
    if "content" in body:
        return Status(400, {"error": {"message": "Extra inputs are not permitted"}})
    return {"count": words(body["prompt"]), "max_model_len": 8192}


@pytest.mark.parametrize("tokenize", [llama, vllm])
def test_the_servers_tokenizer_counts(tokenize: Any) -> None:
    """Where the server lends its tokenizer the count is its own, and said to be exact."""
    with WindowServer({"POST /tokenize": tokenize}) as server:
        counter = server_counter("compatible", f"{server.url}/v1", "tiny", "", ESTIMATE)
        assert "server" in counter.note and server.asked == [] and not counter.is_exact
        assert counter.count("one two three\n\nfour five") == 5
        assert counter.is_exact


def test_where_it_is_lent_under_another_name() -> None:
    """llama-cpp-python has no /tokenize; once that is known it is not tried again."""
    with WindowServer({"POST /extras/tokenize/count": lambda body: {"count": words(body["input"])}}) as server:
        counter = server_counter("compatible", f"{server.url}/v1", "tiny", "", ESTIMATE)
        assert counter.count("one two three\n\nfour five") == 5 and counter.is_exact
        assert len(server.asked) == 3


def test_a_block_is_asked_for_once() -> None:
    """Rules and abstracts stand in many prompts; each is counted once, whatever stands around it."""
    with WindowServer({"POST /tokenize": llama}) as server:
        tokenizer = ServerTokenizer(server.url, "tiny", "", ESTIMATE.count)
        rules, one, two = "Be brief.\n\n", "An abstract of five words\n\n", "Another one"
        assert tokenizer.count(rules + one + two) == 9
        assert tokenizer.count(rules + one + two) == 9
        assert tokenizer.count(one) == 5 and tokenizer.count("") == 0
        assert len(server.asked) == 3
        tokenizer.close()


@pytest.mark.parametrize("provider", ["openai", "ollama", "lmstudio"])
def test_who_has_no_tokenizer_is_not_asked(provider: str) -> None:
    """No request is made where there is no such door."""
    with WindowServer({"POST /tokenize": llama}) as server:
        assert server_counter(provider, server.url, "tiny", "", ESTIMATE) is ESTIMATE
        assert server.asked == []


@pytest.mark.parametrize(
    "answer",
    [Status(404, "404"), Status(200, "<html>"), {}, {"tokens": "x"}, {"count": True}, {"count": -3}, {"count": 10**9}, {"tokens": []}, [], Slow(wait_s=5)],
    ids=lambda answer: repr(answer)[:30],
)  # fmt: skip
def test_nonsense_leaves_the_estimate(answer: Any) -> None:
    """A server that has none, or counts what cannot be, is not believed."""
    with WindowServer({"POST /tokenize": answer}) as server:
        counter = server_counter("compatible", server.url, "tiny", "", ESTIMATE, timeout_s=0.3)
        assert [counter.count("one"), counter.count("two")] == [7777, 7777]
        assert not counter.is_exact and len(server.asked) <= 2


def test_a_server_that_stops_answering_is_left_alone_for_a_while() -> None:
    """The estimate counts meanwhile, without asking for each block; later the server is asked again."""
    now = [0.0]
    with WindowServer({"POST /tokenize": Status(500, "boom")}) as server:
        tokenizer = ServerTokenizer(server.url, "tiny", "", ESTIMATE.count, clock=lambda: now[0])
        assert [tokenizer.count("one"), tokenizer.count("two"), tokenizer.count("three")] == [7777] * 3
        assert len(server.asked) == 1
        server.answers["POST /tokenize"] = llama
        now[0] = 60.0
        assert tokenizer.count("one two") == 7777, "one that never did is left alone for longer"
        now[0] = 1000.0
        assert tokenizer.count("one two") == 2
        server.answers["POST /tokenize"] = Status(500, "boom")
        assert tokenizer.count("three") == 7777
        server.answers["POST /tokenize"] = llama
        assert tokenizer.count("four") == 7777
        now[0] = 1060.0
        assert tokenizer.count("four") == 1
        tokenizer.close()


def test_no_server_at_all_costs_no_time() -> None:
    """A closed port is seen at once."""
    started = time.monotonic()
    assert server_counter("llamacpp", "http://127.0.0.1:9/v1", "tiny", "", ESTIMATE).count("x") == 7777
    assert server_counter("llamacpp", "http://[::1", "tiny", "", ESTIMATE) is ESTIMATE
    assert time.monotonic() - started < 2


# --- the estimate that learns


def test_it_falls_only_when_enough_calls_agree() -> None:
    """Two calls do not lower the estimate; three do, to a little above the highest of them."""
    ratio = TokenRatio()
    for read in (900, 950):
        ratio.learn(1000, read, whole=True)
    assert ratio.value == SAFETY and not ratio.certain
    ratio.learn(1000, 920, whole=True)
    assert ratio.certain and ratio.value == pytest.approx(0.95 * 1.03)
    assert ratio.spread == pytest.approx(0.9 / (0.95 * 1.03))


def test_it_rises_at_once() -> None:
    """More than estimated is believed from the first call, also where it is not known that all was read."""
    ratio = TokenRatio()
    ratio.learn(1000, 1900, whole=False)
    assert ratio.value == pytest.approx(1.9 * 1.03)


def test_a_call_that_may_have_been_cut_lowers_nothing() -> None:
    """What a server cut away must not teach that texts are short."""
    ratio = TokenRatio()
    for _ in range(5):
        ratio.learn(4000, 2050, whole=False)
    assert ratio.value == SAFETY and ratio.seen == ()


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9000), st.integers(-5, 90_000), st.booleans()), max_size=20))
def test_it_stays_within_bounds(calls: list[tuple[int, int, bool]]) -> None:
    """Whatever a server says, the estimate neither vanishes nor explodes; it can be kept and taken up again."""
    ratio = TokenRatio()
    for estimated, read, whole in calls:
        ratio.learn(estimated, read, whole)
    assert 0.4 <= ratio.value <= 4.0 * 1.03
    assert TokenRatio(seen=ratio.seen).value == pytest.approx(ratio.value, rel=0.01)


def test_the_counter_learns_from_whole_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    """For models that are not OpenAI's the count follows what the server read; one that is exact learns nothing."""
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", "")
    counter = token_counter(words, openai=False)
    text = "word " * 1000
    assert counter.count(text) == 1350 and not counter.exact
    for _ in range(3):
        counter.learn(text, 1100, whole=True)
    assert counter.count(text) == 1133
    assert token_counter(words, openai=False, ratios=(1.1, 1.1, 1.1)).count(text) == 1133
    ESTIMATE.learn(text, 5, whole=True)
    assert ESTIMATE.count(text) == 7777
