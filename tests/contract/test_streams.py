"""Streams as servers really send them: silence, loops, thoughts, tools and breaks, over every kind of server there is."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from langchain_core.messages import AIMessageChunk

from app.adapters.chat_models import build, choose
from app.chat.generate import Piece, stream_pieces, whole_text
from app.core import leaving
from app.core.errors import ChatModelError, EmptyReplyError, ModelUnreachableError
from tests import scripted_server as scripted
from tests.contract.test_chat_models import ANSWER, KEY, PROMPT, model_for, read, text_of
from tests.scripted_server import SHAPES, Reply, ScriptedServer

THOUGHT = "The user asks about cost. Paper 9 is of no use."


@pytest.fixture(params=SHAPES.values(), ids=list(SHAPES))
def server(request: pytest.FixtureRequest) -> Iterator[ScriptedServer]:
    """A server of each kind in turn."""
    with ScriptedServer(request.param) as running:
        yield running


@pytest.fixture(params=["llama.cpp", "ollama-native"])
def plain(request: pytest.FixtureRequest) -> Iterator[ScriptedServer]:
    """One server of each protocol, for what does not depend on its kind."""
    with ScriptedServer(SHAPES[request.param]) as running:
        yield running


def pieces(server: ScriptedServer, **options: Any) -> list[Piece]:
    return list(stream_pieces(model_for(server, **options), PROMPT))


def shown(found: list[Piece]) -> str:
    """What a reader has before them after all pieces."""
    text = ""
    for piece in found:
        text = piece.text if piece.restarts else text + piece.text
    return text


def failed(server: ScriptedServer, *, code: int, words: str) -> Reply:
    """A refusal in the words of this server's protocol."""
    return Reply(status=code, body={"error": words} if server.shape.native else scripted.error_body(words))


# --- stop


@pytest.mark.parametrize(
    "reply", [Reply(delay_s=30, body="x"), Reply(delay_s=30, text=ANSWER)], ids=["no head", "no word"]
)
def test_stop_before_the_first_word(plain: ScriptedServer, reply: Reply) -> None:
    """Whoever leaves while the server is silent hangs up at once, so that it works for nobody no longer."""
    plain.enqueue(reply)
    model, left = model_for(plain), threading.Event()
    ended: list[BaseException] = []

    def reading() -> None:
        try:
            with leaving.listening(left.is_set):
                list(model.stream(PROMPT))
        except BaseException as error:
            ended.append(error)

    thread = threading.Thread(target=reading)
    thread.start()
    while not plain.chats:
        time.sleep(0.01)
    left_at = time.monotonic()
    left.set()
    assert plain.disconnected.wait(5)
    assert plain.disconnected_at - left_at < 1
    thread.join(5)
    assert [type(error) for error in ended] == [leaving.Left]


def test_stop_while_waiting_to_ask_again(plain: ScriptedServer) -> None:
    """A pause between two tries ends when nobody waits any more, and the server is not asked again."""
    plain.enqueue(failed(plain, code=503, words="busy"))
    model, left = model_for(plain), threading.Event()
    model.retry_waits = (30.0,)  # type: ignore[attr-defined]
    threading.Timer(0.3, left.set).start()
    began = time.monotonic()
    with pytest.raises(leaving.Left), leaving.listening(left.is_set):
        list(model.stream(PROMPT))
    assert time.monotonic() - began < 2 and len(plain.chats) == 1


def test_many_calls_at_once_are_stopped_one_by_one(plain: ScriptedServer) -> None:
    """Two readers of one model: who leaves cuts their own line only."""
    text = " ".join(f"Paper {number} is cheaper." for number in range(12))
    plain.enqueue(Reply(text=text, delay_s=0.02), Reply(text=text, delay_s=0.02))
    model = model_for(plain)
    first, second = model.stream(PROMPT), model.stream(PROMPT)
    assert isinstance(next(first), AIMessageChunk) and isinstance(next(second), AIMessageChunk)
    first.close()  # type: ignore[attr-defined]
    assert plain.disconnected.wait(3)
    assert text_of(list(second)).endswith("Paper 11 is cheaper.")


# --- silence


def test_signs_of_life_are_no_words(plain: ScriptedServer) -> None:
    """Comments and empty pieces keep the connection alive, but who says nothing else is given up in time."""
    plain.enqueue(Reply(text=ANSWER, empty=100, delay_s=0.1))
    got, error = read(model_for(plain, timeout_s=0.6))
    assert got == "" and isinstance(error, ModelUnreachableError)
    assert "did not answer within 0.6 s" in str(error) and "ASKPAPERS_LLM_TIMEOUT_S" in error.hint
    assert plain.disconnected.wait(3)


def test_a_slow_reader_makes_no_server_silent(plain: ScriptedServer) -> None:
    """Only time spent waiting counts: a reader who pauses longer than the time-out reads on."""
    plain.enqueue(Reply(text=ANSWER))
    got = ""
    for number, chunk in enumerate(model_for(plain, timeout_s=0.3).stream(PROMPT)):
        time.sleep(0.5 if number == 2 else 0)
        got += str(chunk.content)
    assert got == ANSWER


def test_silence_in_the_middle_keeps_what_came(plain: ScriptedServer) -> None:
    """The words before the silence are with the error."""
    reply = Reply(text="Sparse attention ", finish=False, done=False, stay_s=5)
    plain.enqueue(reply)
    got, error = read(model_for(plain, timeout_s=0.4))
    assert isinstance(error, EmptyReplyError) and "went silent for 0.4 s" in str(error)
    assert error.partial == got == "Sparse attention "


# --- reasoning


@pytest.mark.parametrize("where", ["field", "block"])
def test_reasoning_passes_beside_the_text(server: ScriptedServer, where: str) -> None:
    """What the model thinks is told as such, piece by piece, and never among the answer's words."""
    block = f"<think>{THOUGHT}</think>\n\n{ANSWER}"
    server.enqueue(Reply(text=ANSWER, reasoning=THOUGHT) if where == "field" else Reply(text=block))
    found = pieces(server)
    assert "".join(piece.thought for piece in found) == THOUGHT
    assert shown(found) == ANSWER
    assert sum(bool(piece.thought) for piece in found) > 3


def test_a_block_that_the_template_opened(plain: ScriptedServer) -> None:
    """With a closing tag only, the answer begins anew behind it, and what stood there was reasoning."""
    plain.enqueue(Reply(text=f"{THOUGHT}\n</think>\n\n{ANSWER}"), Reply(text=f"{THOUGHT}\n</think>\n\n{ANSWER}"))
    found = pieces(plain)
    assert [piece.restarts for piece in found].count(True) == 1
    assert shown(found) == ANSWER and "".join(piece.thought for piece in found).strip() == THOUGHT
    assert whole_text(model_for(plain), PROMPT) == ANSWER


# --- loops, tools, limits


@pytest.mark.parametrize(
    "again",
    [
        "The method is cheaper than the others. ",
        "- cheaper\n",
        "cheaper and ",
        "[1]",
        "Der Aufwand sinkt stark. Das zeigt [1]. " * 3,
    ],
    ids=["sentence", "line", "words", "marker", "three sentences"],
)
def test_a_loop_is_ended(plain: ScriptedServer, again: str) -> None:
    """A model that repeats itself is stopped, the server with it, and what it said before is kept."""
    plain.enqueue(Reply(text=f"{ANSWER}\n\n{again * 400}", chunk_size=30, delay_s=0.002))
    found = pieces(plain)
    assert found[-1].finish == "loop"
    assert shown(found).startswith(ANSWER) and len(shown(found)) < len(ANSWER) + 2000
    assert plain.disconnected.wait(3)


def test_lists_and_tables_are_no_loops(plain: ScriptedServer) -> None:
    """Alike lines that differ in what they cite, and the cells of a table, are text."""
    listed = "\n".join(f"- [{number}] does not say how large the saving is." for number in range(1, 41))
    table = "\n".join(f"| Paper {number} | not stated | not stated | not stated |" for number in range(30))
    plain.enqueue(Reply(text=f"{listed}\n\n{table}", chunk_size=40))
    found = pieces(plain)
    assert found[-1].finish == "stop" and shown(found) == f"{listed}\n\n{table}"


def test_a_loop_of_thoughts_is_ended(plain: ScriptedServer) -> None:
    """Going round in circles before the answer is an error in words, not a wait for the time-out."""
    plain.enqueue(Reply(reasoning="Wait, let me think again. " * 400, text=ANSWER, chunk_size=30))
    _, error = read(model_for(plain))
    assert isinstance(error, EmptyReplyError) and "circles" in str(error)


def test_a_tool_nobody_offered(plain: ScriptedServer) -> None:
    """A tool call instead of an answer is said in clear words."""
    call = {"function": {"name": "search", "arguments": {"q": "x"} if plain.shape.native else '{"q": "x"}'}}
    if plain.shape.native:
        message = {"role": "assistant", "content": "", "tool_calls": [call]}
        first = {"model": "tiny", "message": message, "done": False}
        last = {"model": "tiny", "message": {"role": "assistant", "content": ""}, "done": True, "done_reason": "stop"}
        raw = f"{json.dumps(first)}\n{json.dumps(last)}\n"
    else:
        delta = {"tool_calls": [{"index": 0, "id": "call_1", "type": "function", **call}]}
        both = [{"delta": delta, "finish_reason": None}, {"delta": {}, "finish_reason": "tool_calls"}]
        raw = "".join(f"data: {json.dumps({'choices': [{'index': 0, **choice}]})}\n\n" for choice in both)
    plain.enqueue(Reply(raw_sse=raw))
    got, error = read(model_for(plain))
    assert got == "" and isinstance(error, EmptyReplyError) and "tool" in str(error)


def test_an_answer_that_was_cut_is_an_answer(server: ScriptedServer) -> None:
    """The end at the limit is told with the last piece."""
    server.enqueue(Reply(text=ANSWER, finish="length"))
    found = pieces(server)
    assert shown(found) == ANSWER and [piece.finish for piece in found if piece.finish] == ["length"]


# --- breaks


def test_an_error_in_the_middle_keeps_what_came(plain: ScriptedServer) -> None:
    """An error as an event ends the reply in our words, with what had come by then."""

    def breaks(request: scripted.Request) -> Reply:
        made = scripted.lines if plain.shape.native else scripted.events
        begun = "".join(made(Reply(text=ANSWER, finish=False, done=False), plain.shape, request.body))
        words = "model runner has unexpectedly stopped"
        broken = json.dumps({"error": words} if plain.shape.native else scripted.error_body(words))
        return Reply(raw_sse=begun + (f"{broken}\n" if plain.shape.native else f"data: {broken}\n\n"))

    plain.enqueue(breaks)
    got, error = read(model_for(plain))
    assert got == error.partial == ANSWER
    assert "unexpectedly stopped" in str(error) and error.hint


def test_a_break_keeps_what_came(plain: ScriptedServer) -> None:
    """A connection that ends in the middle is no answer, and what came is with the error."""
    plain.enqueue(Reply(text=ANSWER, finish=False, drop=True))
    got, error = read(model_for(plain))
    assert isinstance(error, EmptyReplyError) and error.partial == got == ANSWER
    assert len(plain.chats) == 1, "words have come, so it is not asked again"


# --- tries


@pytest.mark.parametrize("code", [429, 500, 502, 503, 504, 529])
def test_what_may_pass_is_asked_again(plain: ScriptedServer, code: int) -> None:
    """Overload and failures of the server itself are tried again, three times in all."""
    busy = failed(plain, code=code, words="server busy, please try again.  maximum pending requests exceeded")
    plain.enqueue(busy, busy, Reply(text=ANSWER), *[busy] * 9)
    model = model_for(plain)
    assert whole_text(model, PROMPT) == ANSWER and len(plain.chats) == 3
    with pytest.raises(ChatModelError):
        whole_text(model, PROMPT)
    assert len(plain.chats) == 6


@pytest.mark.parametrize("code", [400, 401, 403, 404, 405, 422])
def test_a_refusal_is_final(plain: ScriptedServer, code: int) -> None:
    """What is wrong with the request stays wrong."""
    plain.enqueue(failed(plain, code=code, words="no such thing"))
    _, error = read(model_for(plain))
    assert len(plain.chats) == 1 and error.hint


def test_a_server_that_is_just_starting(plain: ScriptedServer) -> None:
    """Connections refused at first are tried again."""
    choice = choose(f"{'ollama' if plain.shape.native else 'compatible'}:tiny", base_url=plain.url, api_key=None)
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))  # bound and not listening: connections are refused
        port = held.getsockname()[1]
        closed = replace(
            choice, base_url=(choice.base_url or "").replace(plain.url.split(":")[2].split("/")[0], str(port))
        )
        model: Any = build(closed, timeout_s=5, temperature=None, max_output_tokens=9)
        model.retry_waits = (0.05, 0.8)
        threading.Timer(0.3, _serve_once, (held, plain)).start()
        assert whole_text(model, PROMPT) == ANSWER


def _serve_once(held: socket.socket, server: ScriptedServer) -> None:
    """Begin to listen, and answer one request as a server of this kind would."""
    held.listen()
    connection, _ = held.accept()
    with connection:
        request = connection.recv(65536)
        while not request.endswith(b"}"):
            request += connection.recv(65536)
        made = scripted.lines if server.shape.native else scripted.events
        body = "".join(made(Reply(text=ANSWER), server.shape, {"model": "tiny"})).encode()
        kind = b"application/x-ndjson" if server.shape.native else b"text/event-stream"
        connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-type: %s\r\nconnection: close\r\n\r\n%s" % (kind, body))


# --- Ollama's own words


def test_ollama_that_only_loads_is_asked_again() -> None:
    """A reply that says "loaded" and nothing else is followed by the real one."""
    loaded = {"model": "tiny", "message": {"role": "assistant", "content": ""}, "done": True, "done_reason": "load"}
    with ScriptedServer(SHAPES["ollama-native"]) as server:
        server.enqueue(Reply(raw_sse=f"{json.dumps(loaded)}\n"), Reply(text=ANSWER))
        assert whole_text(model_for(server), PROMPT) == ANSWER


def test_ollama_is_told_window_and_stops() -> None:
    """The window that the prompt needs, the room for the reply and stop words travel as options."""
    with ScriptedServer(SHAPES["ollama-native"]) as server:
        server.enqueue(Reply(text=ANSWER))
        model: Any = model_for(server)
        model.context = lambda text: 6000 if "What is cheaper?" in text else 0
        list(model.stream(PROMPT, stop=["END"]))
        options = server.chats[0]["options"]
    assert options["num_ctx"] >= 6000 and options["stop"] == ["END"]
    assert "keep_alive" not in server.chats[0]


@pytest.mark.parametrize("kind", ["page", "redirect"])
def test_ollama_elsewhere(kind: str) -> None:
    """A web page at the address, and a server that sends us on, are named as what they are."""
    moved = Reply(status=307, body="", headers={"location": "http://192.0.2.1/api/chat"})
    with ScriptedServer(SHAPES["ollama-native"]) as server:
        server.enqueue(scripted.web_page() if kind == "page" else moved)
        _, error = read(model_for(server))
    assert ("web page" if kind == "page" else "192.0.2.1") in str(error)


def test_ollama_heeds_no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Variables for Ollama's own tools and for proxies change neither address nor key."""
    for name in ("OLLAMA_HOST", "HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://192.0.2.1:9")
    monkeypatch.setenv("OLLAMA_API_KEY", "sk-of-someone-else")
    with ScriptedServer(SHAPES["ollama-native"]) as server:
        server.enqueue(Reply(text=ANSWER))
        assert whole_text(model_for(server, key=None), PROMPT) == ANSWER
        assert "authorization" not in server.requests[-1].headers


def test_a_copy_outlives_its_model(plain: ScriptedServer) -> None:
    """LangChain copies models; the connection is not closed while a copy is used."""
    plain.enqueue(Reply(text=ANSWER))
    copied = model_for(plain).model_copy()
    assert whole_text(copied, PROMPT) == ANSWER


def test_nothing_behind_a_lone_tag(plain: ScriptedServer) -> None:
    """Reasoning that ends in its closing tag and nothing else is no answer, though its words were shown."""
    plain.enqueue(Reply(text=f"{THOUGHT}\n</think>\n\n"))
    _, error = read(model_for(plain))
    assert isinstance(error, EmptyReplyError) and error.partial == ""


def test_ollama_behind_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that wants a key gets ours, and nothing that is shown holds it, though the server repeats it."""
    monkeypatch.setenv("OLLAMA_API_KEY", "sk-of-someone-else")
    with ScriptedServer(SHAPES["ollama-native"]) as server:
        server.enqueue(Reply(status=401, body={"error": f"the key {KEY} is not known"}))
        model = model_for(server)
        _, error = read(model)
        assert server.requests[-1].headers["authorization"] == f"Bearer {KEY}"
    assert KEY not in f"{error} {error!r} {error.hint} {error.__cause__!r} {model!r} {model} {model.to_json()}"
