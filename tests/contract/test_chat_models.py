"""What every chat model promises, whichever server it talks to: order, an end, our errors, no other host."""

from __future__ import annotations

import asyncio
import gc
import json
import socket
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessageChunk, HumanMessage, SystemMessage
from langsmith import utils as langsmith_utils

from app.adapters.chat_models import build, choose
from app.core.errors import (
    ChatModelError,
    ContextOverflowError,
    EmptyReplyError,
    ModelBusyError,
    ModelRefusedError,
    ModelUnreachableError,
)
from tests import scripted_server as scripted
from tests.scripted_server import SHAPES, Reply, ScriptedServer, Shape

KEY = "sk-secret-1234567890"
ANSWER = "Sparse attention is cheaper [1]. A second paper finds the opposite [2]."
PROMPT = [SystemMessage("Answer from the papers."), HumanMessage("What is cheaper?")]

_contacted: list[Any] = []
_watching = False


def _watch(event: str, args: tuple[Any, ...]) -> None:
    if _watching and event in ("socket.connect", "socket.getaddrinfo"):
        _contacted.append(args[1][0] if event == "socket.connect" else args[0])


# Python gives no way to take an audit hook off again, so it stays and a flag switches it.
sys.addaudithook(_watch)


@pytest.fixture(autouse=True)
def only_loopback() -> Iterator[None]:
    """Every test here also checks that no address but this machine's was contacted or looked up."""
    global _watching
    _contacted.clear()
    _watching = True
    yield
    _watching = False
    assert set(_contacted) <= {"127.0.0.1"}


@pytest.fixture(params=SHAPES.values(), ids=list(SHAPES))
def server(request: pytest.FixtureRequest) -> Iterator[ScriptedServer]:
    """A server of each kind in turn."""
    with ScriptedServer(request.param) as running:
        yield running


@pytest.fixture
def plain() -> Iterator[ScriptedServer]:
    """One server, for what does not depend on its kind."""
    with ScriptedServer(SHAPES["llama.cpp"]) as running:
        yield running


def model_for(server: ScriptedServer, *, name: str = "tiny", key: str | None = KEY, **options: Any) -> BaseChatModel:
    """The model as the application would build it for this server."""
    provider = "ollama" if server.shape.native else "openai" if server.shape.name == "openai" else "compatible"
    choice = choose(f"{provider}:{name}", base_url=server.url, api_key=key)
    given = {"timeout_s": 5.0, "temperature": None, "max_output_tokens": 99, **options}
    model = build(choice, **given)
    model.retry_waits = (0.01, 0.01)  # type: ignore[attr-defined]
    return model


def text_of(chunks: list[AIMessageChunk]) -> str:
    """The text of all pieces joined."""
    return "".join(str(chunk.content) for chunk in chunks)


def read(model: BaseChatModel) -> tuple[str, ChatModelError]:
    """What was streamed before the error, and the error."""
    got = ""
    with pytest.raises(ChatModelError) as caught:
        for chunk in model.stream(PROMPT):
            got += str(chunk.content)
    return got, caught.value


def test_streams_in_order(server: ScriptedServer) -> None:
    """The pieces come in order, several of them, and end with the finish reason, told once."""
    server.enqueue(Reply(text=ANSWER))
    chunks = list(model_for(server).stream(PROMPT))
    assert text_of(chunks) == ANSWER
    assert sum(bool(chunk.content) for chunk in chunks) == 9
    whole = chunks[0]
    for chunk in chunks[1:]:
        whole += chunk
    assert whole.response_metadata["finish_reason"] == "stop"
    counts = whole.usage_metadata
    assert (counts is None) == (server.shape.usage == "never")
    assert counts is None or counts["input_tokens"] == 100


def test_invoke(server: ScriptedServer) -> None:
    """Asked for the whole answer, it gives the same text."""
    server.enqueue(Reply(text=ANSWER, reasoning="Let me see."))
    assert model_for(server).invoke(PROMPT).content == ANSWER


def test_pieces_come_as_they_are_written(plain: ScriptedServer) -> None:
    """The first piece is there long before the last is written."""
    plain.enqueue(Reply(text=ANSWER, delay_s=0.05))
    start = time.monotonic()
    at = [time.monotonic() - start for chunk in model_for(plain).stream(PROMPT) if chunk.content]
    assert at[-1] - at[0] > 0.2


def test_unicode_split_over_pieces(server: ScriptedServer) -> None:
    """Characters of several bytes arrive whole, though the wire cuts them."""
    text = "α-divergence ≥ 0 … naïve 🙂👩‍🔬 数据 [1]"
    server.enqueue(Reply(text=text, chunk_size=1, write_size=3))
    assert text_of(list(model_for(server).stream(PROMPT))) == text


def test_request(server: ScriptedServer) -> None:
    """The prompt, the model and the output limit arrive in the words this server reads."""
    server.enqueue(Reply(text=ANSWER))
    list(model_for(server).stream(PROMPT))
    (asked,) = server.chats
    assert asked["model"] == "tiny"
    assert asked["messages"] == [
        {"content": "Answer from the papers.", "role": "system"},
        {"content": "What is cheaper?", "role": "user"},
    ]
    if server.shape.native:
        assert asked["options"]["num_predict"] >= 99 and asked["options"]["temperature"] == 0.0
        return
    assert [asked[name] for name in server.shape.length_fields if name in asked] == [99]
    assert asked.get("temperature") == (None if server.shape.name == "openai" else 0.0)


def test_given_temperature_is_sent(plain: ScriptedServer) -> None:
    """A temperature that was asked for reaches every server."""
    plain.enqueue(Reply(text=ANSWER))
    list(model_for(plain, temperature=0.7).stream(PROMPT))
    assert plain.chats[0]["temperature"] == 0.7


def test_reasoning_models_of_openai_get_room() -> None:
    """Hidden reasoning counts as output there, so the limit leaves room beside the answer."""
    with ScriptedServer(SHAPES["openai"]) as server:
        server.enqueue(Reply(text=ANSWER))
        list(model_for(server, name="gpt-5-mini", temperature=0.3).stream(PROMPT))
        assert server.chats[0]["max_completion_tokens"] > 1000
        assert "temperature" not in server.chats[0], "these models refuse it"


def test_stop(server: ScriptedServer) -> None:
    """Closing the stream hangs up at once, and the server notices within half a second."""
    seconds = []
    for _ in range(3):  # the best of three, as other work on the computer must not fail this
        server.disconnected.clear()
        server.enqueue(Reply(text=ANSWER * 50, delay_s=0.02))
        stream = model_for(server).stream(PROMPT)
        next(chunk for chunk in stream if chunk.content)
        closed_at = time.monotonic()
        stream.close()  # type: ignore[attr-defined]
        assert server.disconnected.wait(5)
        seconds.append(server.disconnected_at - closed_at)
    assert min(seconds) < 0.5


def test_stop_while_reasoning(server: ScriptedServer) -> None:
    """Empty pieces come during reasoning, so that a reader can stop there too."""
    server.enqueue(Reply(text=ANSWER, reasoning="Hm. " * 200, delay_s=0.02))
    stream = model_for(server).stream(PROMPT)
    assert [next(stream).content for _ in range(3)] == ["", "", ""]
    stream.close()  # type: ignore[attr-defined]
    assert server.disconnected.wait(5)


@pytest.mark.parametrize("size", [1, 4, 500])
def test_think_block_is_removed(server: ScriptedServer, size: int) -> None:
    """Reasoning in the text never shows, however its tags are cut into pieces."""
    server.enqueue(Reply(text=f"\n<think>I < see </thin [9].</think>\n\n{ANSWER}", chunk_size=size))
    assert text_of(list(model_for(server).stream(PROMPT))) == ANSWER


@pytest.mark.parametrize("text", ["R1 writes <think> before </think> it answers [1].", "<thin film> [1]", "a <"])
def test_other_tags_are_kept(plain: ScriptedServer, text: str) -> None:
    """A tag inside the answer, or a word like it, is text."""
    plain.enqueue(Reply(text=text, chunk_size=1))
    assert text_of(list(model_for(plain).stream(PROMPT))) == text


def test_reasoning_field_is_ignored(server: ScriptedServer) -> None:
    """Reasoning in a field of its own never shows."""
    server.enqueue(Reply(text=ANSWER, reasoning="Let me see [7]."))
    assert text_of(list(model_for(server).stream(PROMPT))) == ANSWER


@pytest.mark.parametrize(
    ("reply", "hint"),
    [
        (scripted.overflow_empty(), "ASKPAPERS_LLM_CONTEXT_TOKENS"),
        (Reply(text="  \n "), "ASKPAPERS_LLM_CONTEXT_TOKENS"),
        (Reply(text="<think>Hm, and so on", finish="length"), "ASKPAPERS_LLM_ANSWER_TOKENS"),
        (Reply(finish="content_filter"), "Ask differently"),
    ],
)
def test_empty_reply(plain: ScriptedServer, reply: Reply, hint: str) -> None:
    """A reply without an answer is an error that names the likely reason."""
    plain.enqueue(reply)
    got, error = read(model_for(plain))
    assert isinstance(error, EmptyReplyError)
    assert not got.strip()
    assert plain.url in str(error) and hint in error.hint


def test_only_reasoning(server: ScriptedServer) -> None:
    """A model that spent its whole output on reasoning is told apart from one that said nothing."""
    server.enqueue(Reply(reasoning="Hm, and so on.", finish="length"))
    got, error = read(model_for(server))
    assert isinstance(error, EmptyReplyError)
    assert got == "" and "ASKPAPERS_LLM_ANSWER_TOKENS" in error.hint


@pytest.mark.parametrize(
    "reply",
    [
        Reply(text=ANSWER, finish=False),
        Reply(text=ANSWER, finish=False, done=False),
        Reply(text=ANSWER, finish=False, drop=True),
    ],
)
def test_cut_off(server: ScriptedServer, reply: Reply) -> None:
    """A reply that stops in the middle keeps what was streamed and then says that it was cut off."""
    server.enqueue(reply)
    got, error = read(model_for(server))
    assert got == ANSWER
    assert isinstance(error, EmptyReplyError)
    assert "middle" in str(error)


def test_length_limit_is_no_error(plain: ScriptedServer) -> None:
    """An answer that reached the output limit is an answer, and says so in its metadata."""
    plain.enqueue(Reply(text=ANSWER, finish="length"))
    assert model_for(plain).invoke(PROMPT).response_metadata["finish_reason"] == "length"


def test_retry_while_busy(server: ScriptedServer) -> None:
    """A short rate limit or a model that is loading is waited for."""
    server.enqueue(scripted.rate_limit(), scripted.still_loading(), Reply(text=ANSWER))
    assert text_of(list(model_for(server).stream(PROMPT))) == ANSWER
    assert len(server.chats) == 3


@pytest.mark.parametrize("reply", [scripted.rate_limit(), Reply(status=529, body="busy", headers={"retry-after": "0"})])
def test_busy_for_long(plain: ScriptedServer, reply: Reply) -> None:
    """After a few tries the person is told, and the server is left in peace."""
    plain.enqueue(*[reply] * 10)
    _, error = read(model_for(plain))
    assert isinstance(error, ModelBusyError)
    assert len(plain.chats) == 3


def test_long_wait_is_not_sat_out(plain: ScriptedServer) -> None:
    """A server that asks for minutes is not asked again."""
    plain.enqueue(scripted.rate_limit("300"))
    _, error = read(model_for(plain))
    assert isinstance(error, ModelBusyError)
    assert len(plain.chats) == 1


def test_spent_quota_is_no_rate_limit(plain: ScriptedServer) -> None:
    """An account without credit is refused at once: waiting does not help."""
    body = scripted.error_body("You exceeded your current quota.", code="insufficient_quota")
    plain.enqueue(Reply(status=429, body=body))
    _, error = read(model_for(plain))
    assert isinstance(error, ModelRefusedError) and "billing" in error.hint


OVERFLOWS: list[Callable[[], Reply]] = [
    scripted.overflow_llama_cpp,
    scripted.overflow_vllm,
    scripted.overflow_vllm_flat,
    scripted.overflow_openai,
    scripted.overflow_ollama,
    scripted.overflow_ollama_nested,
    scripted.overflow_lm_studio_flat,
    scripted.overflow_lm_studio_keep,
    scripted.overflow_lm_studio_event,
    scripted.overflow_localai,
    scripted.overflow_localai_stream,
]


@pytest.mark.parametrize("overflow", OVERFLOWS)
def test_overflow(plain: ScriptedServer, overflow: Callable[[], Reply]) -> None:
    """Each server's way of saying that the prompt is too long becomes one error, without a second try."""
    plain.enqueue(overflow())
    _, error = read(model_for(plain))
    assert isinstance(error, ContextOverflowError)
    assert '"tiny"' in str(error) and "{" not in str(error)
    assert "ASKPAPERS_LLM_CONTEXT_TOKENS" in error.hint
    assert len(plain.chats) == 1


@pytest.mark.parametrize(
    ("whole", "kind", "said"),
    [
        (scripted.overflow_openai(), ContextOverflowError, "reduce the length"),
        (scripted.bad_key(KEY), ModelRefusedError, "key"),
        (Reply(text="One"), EmptyReplyError, "empty reply"),
    ],
)
def test_a_stream_of_nothing_is_asked_why(whole: Reply, kind: type[Exception], said: str) -> None:
    """llama-cpp-python says in a stream nothing of what is wrong, not even that the prompt is too long; without one it
    does, and is asked for one token."""
    with ScriptedServer(SHAPES["llama-cpp-python"]) as server:
        server.enqueue(scripted.nothing_at_all(), whole)
        got, error = read(model_for(server))
        first, second = server.chats
    assert type(error) is kind and said in str(error) and got == ""
    assert first["stream"] and not second.get("stream") and second["max_tokens"] == 1
    assert second["messages"] == first["messages"] and second["max_completion_tokens"] == 1


def test_error_object_in_the_stream(plain: ScriptedServer) -> None:
    """A bare error object in a stream is not taken for an empty piece."""
    plain.enqueue(Reply(raw_sse='data: {"object": "error", "message": "the engine died", "code": 500}\n\n'))
    _, error = read(model_for(plain))
    assert "the engine died" in str(error) and not isinstance(error, EmptyReplyError)


def test_bad_key(plain: ScriptedServer) -> None:
    """A refused key is named as the reason; the key itself shows nowhere, though the server repeats it."""
    plain.enqueue(scripted.bad_key(KEY))
    model = model_for(plain)
    _, error = read(model)
    assert isinstance(error, ModelRefusedError)
    assert "ASKPAPERS_LLM_API_KEY" in error.hint
    shown = f"{error} {error!r} {error.hint} {error.__cause__!r} {model!r} {model}"
    assert KEY not in shown


def test_unknown_model() -> None:
    """Ollama's answer for a model that was never pulled leads to the command that pulls it."""
    with ScriptedServer(SHAPES["ollama"]) as server:
        server.enqueue(scripted.missing_model_ollama("qwen3:8b"))
        _, error = read(model_for(server, name="qwen3:8b"))
    assert isinstance(error, ModelRefusedError)
    assert '"qwen3:8b"' in str(error)
    assert error.hint == "Type: ollama pull qwen3:8b"


@pytest.mark.parametrize(
    ("reply", "kind", "hint"),
    [
        (Reply(status=404, body={"detail": "Not Found"}), ModelRefusedError, "/v1"),
        (
            Reply(status=404, body=scripted.error_body("The model `x` does not exist.")),
            ModelRefusedError,
            "/models",
        ),
        (
            Reply(status=400, body={"error": "No models loaded. Please load a model"}),
            ModelRefusedError,
            "lms load",
        ),
        (Reply(status=403, body="no"), ModelRefusedError, "KEY"),
        (Reply(status=500, body=scripted.error_body("runner stopped")), ChatModelError, "log"),
        (Reply(status=500, body="<html>Oops</html>"), ChatModelError, "log"),
        (scripted.web_page(), ModelUnreachableError, "ASKPAPERS_LLM_BASE_URL"),
        (Reply(raw_sse='data: {"id": \n\n'), EmptyReplyError, "Ask again"),
        (Reply(raw_sse='data: {"choices": [{"message": 1}]}\n\n'), ChatModelError, "log"),
        (Reply(raw_sse="data: 7\n\n"), ChatModelError, "ASKPAPERS_LLM_BASE_URL"),
    ],
)
def test_other_failures(plain: ScriptedServer, reply: Reply, kind: type[ChatModelError], hint: str) -> None:
    """Whatever else a server does ends in one of our errors, with the address and a hint."""
    plain.enqueue(reply)
    _, error = read(model_for(plain))
    assert type(error) is kind
    assert plain.url in str(error) and hint in error.hint
    assert "<html" not in str(error)


def test_unreachable_port() -> None:
    """Where nobody listens the address is named, after two more tries: the server may be starting."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/v1"
        choice = choose("compatible:tiny", base_url=url, api_key=None)
        model = build(choice, timeout_s=5, temperature=None, max_output_tokens=9)
        start = time.monotonic()
        _, error = read(model)
    assert isinstance(error, ModelUnreachableError)
    assert url in str(error) and "ASKPAPERS_LLM_BASE_URL" in error.hint
    assert 2.5 <= time.monotonic() - start < 8


def test_timeout_before_the_first_piece(plain: ScriptedServer) -> None:
    """A server that never begins is given up after the time that was set."""
    plain.enqueue(Reply(text=ANSWER, delay_s=5))
    _, error = read(model_for(plain, timeout_s=0.2))
    assert isinstance(error, ModelUnreachableError)
    assert "0.2 s" in str(error) and "ASKPAPERS_LLM_TIMEOUT_S" in error.hint


def test_timeout_in_the_middle(plain: ScriptedServer) -> None:
    """A server that goes silent in the middle keeps what it sent and counts as cut off."""

    def slow_end(request: scripted.Request) -> Reply:
        first, second, *_ = scripted.events(Reply(text=ANSWER), plain.shape, request.body)
        return Reply(raw_sse=first + second, stay_s=5)

    plain.enqueue(slow_end)
    got, error = read(model_for(plain, timeout_s=0.2))
    assert got == ANSWER[:8]
    assert isinstance(error, EmptyReplyError) and "silent for 0.2 s" in str(error)


def test_slow_answer_is_no_timeout(plain: ScriptedServer) -> None:
    """The time limit is for silence: a whole answer may take longer, streamed or not."""
    plain.enqueue(Reply(text=ANSWER, delay_s=0.1))
    assert model_for(plain, timeout_s=0.5).invoke(PROMPT).content == ANSWER


def test_server_that_refuses_stream_options(plain: ScriptedServer) -> None:
    """A strict server works too, and is not asked for token counts a second time."""
    plain.enqueue(scripted.refuses_stream_options(), Reply(text=ANSWER), Reply(text=ANSWER))
    model = model_for(plain)
    assert [model.invoke(PROMPT).content for _ in range(2)] == [ANSWER, ANSWER]
    assert ["stream_options" in asked for asked in plain.chats] == [True, False, False]


def test_redirect_is_not_followed(plain: ScriptedServer) -> None:
    """A server cannot send question and key on to another host."""
    plain.enqueue(Reply(status=307, body="", headers={"location": "http://192.0.2.1/v1/chat/completions"}))
    _, error = read(model_for(plain))
    assert isinstance(error, ModelRefusedError) and "192.0.2.1" in str(error)


def test_environment_changes_nothing(plain: ScriptedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Variables meant for other programs send neither key, account nor question anywhere."""
    elsewhere = "http://192.0.2.1:9/v1"
    for name in (
        "OPENAI_BASE_URL",
        "OPENAI_API_BASE",
        "OPENAI_PROXY",
        "HTTP_PROXY",
        "ALL_PROXY",
        "http_proxy",
    ):
        monkeypatch.setenv(name, elsewhere)
    for name in ("OPENAI_API_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "LANGSMITH_API_KEY"):
        monkeypatch.setenv(name, KEY)
    for name in ("LANGSMITH_TRACING", "LANGCHAIN_TRACING_V2", "LANGSMITH_GATEWAY"):
        monkeypatch.setenv(name, "true")
    monkeypatch.setenv("LANGSMITH_ENDPOINT", elsewhere)
    langsmith_environment: Any = langsmith_utils.get_env_var
    langsmith_environment.cache_clear()  # it may have looked before
    monkeypatch.setenv("LC_OUTPUT_VERSION", "v1")
    plain.enqueue(Reply(text=ANSWER), Reply(text=ANSWER))
    model = model_for(plain, key=None)
    assert model.invoke(PROMPT).content == ANSWER
    assert text_of(list(model.stream(PROMPT))) == ANSWER
    assert KEY not in str([request.headers for request in plain.requests])
    assert not any("authorization" in request.headers for request in plain.requests)
    langsmith_environment.cache_clear()
    assert not [thread for thread in threading.enumerate() if "tracing" in thread.name], "LangSmith would send"


def test_key_is_sent_to_its_server(plain: ScriptedServer) -> None:
    """A server that wants a key gets it."""
    plain.enqueue(Reply(text=ANSWER))
    list(model_for(plain).stream(PROMPT))
    assert plain.requests[0].headers["authorization"] == f"Bearer {KEY}"


def test_first_listed_model_is_taken(plain: ScriptedServer) -> None:
    """Without a name the first chat model of the list answers, not an embedding model before it."""
    plain.models = ["text-embedding-nomic", "qwen3:8b", "other"]
    plain.enqueue(Reply(text=ANSWER))
    choice = choose("compatible", base_url=plain.url, api_key=None)
    model = build(choice, timeout_s=5, temperature=None, max_output_tokens=9)
    list(model.stream(PROMPT))
    assert plain.chats[0]["model"] == "qwen3:8b"


@pytest.mark.parametrize(
    ("models", "reply", "says"),
    [
        ([], None, "no models"),
        (["all-minilm"], None, "only models for embeddings"),
        (None, Reply(body={"object": "list", "data": None}), "no models"),
        (None, Reply(status=500, body="Internal Server Error"), "no list"),
        (None, Reply(body="<html></html>"), "web page"),
        (None, Reply(body="hello"), "no list"),
    ],
)
def test_no_model_listed(models: list[str] | None, reply: Reply | None, says: str) -> None:
    """If no model can be found, the error says why and how to name one."""
    with ScriptedServer(models=models) as server:
        server.models_reply = reply
        choice = choose("compatible", base_url=server.url, api_key=None)
        with pytest.raises(ChatModelError) as refused:
            build(choice, timeout_s=5, temperature=None, max_output_tokens=9)
    assert says in str(refused.value)
    assert "ASKPAPERS_LLM" in refused.value.hint


def test_nothing_scripted_says_so(plain: ScriptedServer) -> None:
    """A test that forgot to queue a reply learns it from the error."""
    _, error = read(model_for(plain))
    assert "queued no reply" in str(error)


def test_scripted_server_answers_without_streaming(plain: ScriptedServer) -> None:
    """The scripted server also gives whole answers, for clients that do not stream."""
    plain.enqueue(Reply(text=ANSWER, reasoning="Hm."))
    data = json.dumps({"model": "tiny", "messages": []}).encode()
    with urllib.request.urlopen(f"{plain.url}/chat/completions", data, timeout=5) as response:
        message = json.load(response)["choices"][0]["message"]
    assert message == {"role": "assistant", "content": ANSWER, "reasoning_content": "Hm."}


async def _collect(model: BaseChatModel) -> str:
    return "".join([str(chunk.content) async for chunk in model.astream(PROMPT)])


def test_asynchronous_use(plain: ScriptedServer) -> None:
    """The asynchronous methods keep the same promises."""
    plain.enqueue(Reply(text=f"<think>x</think>{ANSWER}"), scripted.overflow_llama_cpp())
    model = model_for(plain)
    assert asyncio.run(_collect(model)) == ANSWER
    with pytest.raises(ContextOverflowError):
        asyncio.run(model.ainvoke(PROMPT))


def test_connections_are_closed(plain: ScriptedServer) -> None:
    """A model that is no longer used leaves no connection open."""
    plain.enqueue(Reply(text=ANSWER))
    model = model_for(plain)
    list(model.stream(PROMPT))
    del model
    gc.collect()
    deadline = time.monotonic() + 5
    while plain.open_connections and time.monotonic() < deadline:
        time.sleep(0.01)
    assert plain.open_connections == 0


def test_shapes_differ_as_measured() -> None:
    """The kinds of server tested here include every difference in the end of a stream that was measured."""
    reply = Reply(text=ANSWER)
    ends = {name: scripted.events(reply, shape, {})[-1] for name, shape in SHAPES.items()}
    assert all("[DONE]" in end for name, end in ends.items() if name not in ("transformers", "ollama-native"))
    assert isinstance(SHAPES["vllm"], Shape) and '"finish_reason": "stop"' in ends["transformers"]
