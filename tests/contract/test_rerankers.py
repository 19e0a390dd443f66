"""What rerankers promise, over a real connection to a server of each shape, and whatever that server does."""

from __future__ import annotations

import contextlib
import itertools
import math
import random
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.adapters.choose_reranker import choose_reranker, open_reranker
from app.adapters.rerank_faults import Place
from app.adapters.rerank_http import BATCH, HttpReranker
from app.core.errors import RerankerError
from app.core.ports import Reranker
from tests import embedding_server as faults
from tests.embedding_server import Reply
from tests.fake_reranker import WordsReranker
from tests.rerank_server import MODEL, PATHS, RerankServer, fit

QUERY = "where do grey herons hunt"
TEXTS = [
    "Herons hunt.",
    "",
    "Where grey herons hunt, do frogs hide?",
    "Żuraw 青鷺 🐸",
    "half \ud800 a pair",
    "Bridges.",
]
ORDER = [2, 0]
SHAPES = tuple(PATHS)


@dataclass
class Setting:
    """A server of one shape, and the waits between tries that were asked for."""

    server: RerankServer
    waits: list[float]

    @property
    def way(self) -> str:
        return "tei" if self.server.shape == "tei" else "compatible"

    def reranker(self, model: str = MODEL, key: str = "", timeout_s: float = 5.0, way: str = "") -> HttpReranker:
        way = way or self.way
        typed = "tei" if way == "tei" else f"compatible:{model}".rstrip(":")
        choice = choose_reranker(typed, base_url=self.server.base_url, api_key=key, timeout_s=timeout_s)
        assert choice
        return HttpReranker(Place(choice.way, choice.model, choice.address, timeout_s, key), self.waits.append)


@pytest.fixture(params=SHAPES)
def setting(request: pytest.FixtureRequest) -> Iterator[Setting]:
    """Each shape in turn, by a server that is well."""
    with RerankServer(request.param) as server:
        yield Setting(server, [])


@pytest.fixture(params=["vllm", "tei"])
def either(request: pytest.FixtureRequest) -> Iterator[Setting]:
    """The two forms of reply, where the other servers of a form would add nothing."""
    with RerankServer(request.param) as server:
        yield Setting(server, [])


@pytest.fixture
def jina() -> Iterator[Setting]:
    """One shape, where the others would add nothing."""
    with RerankServer("jina") as server:
        yield Setting(server, [])


@pytest.fixture(scope="module")
def small() -> Iterator[dict[str, Reranker]]:
    """Rerankers whose servers refuse any request of more than five texts or with a pair of more than twenty words."""
    with RerankServer("vllm", window=20, most_texts=5) as one, RerankServer("tei", window=20, most_texts=5) as other:
        yield {"vllm": Setting(one, []).reranker(), "tei": Setting(other, []).reranker()}


@pytest.fixture(params=[*SHAPES, "fake"])
def any_reranker(request: pytest.FixtureRequest) -> Iterator[Reranker]:
    """Every implementation of the port."""
    if request.param == "fake":
        yield WordsReranker()
        return
    with RerankServer(request.param) as server:
        yield Setting(server, []).reranker()


def best_first(scores: Any) -> list[int]:
    return sorted(range(len(scores)), key=lambda index: -scores[index])


# --- as every reranker ------------------------------------------------------------------------------------------------


def test_a_number_a_text_in_their_order(any_reranker: Reranker) -> None:
    """Empty texts, other scripts and broken characters get a finite number too, and what fits best the highest."""
    scores = any_reranker.score(QUERY, TEXTS)
    assert len(scores) == len(TEXTS) and all(math.isfinite(score) for score in scores)
    assert best_first(scores)[:2] == ORDER
    assert list(any_reranker.score(QUERY, TEXTS)) == list(scores)
    assert any_reranker.name


def test_the_order_follows_the_texts(any_reranker: Reranker) -> None:
    """However the texts stand, each has its own number; over several requests too."""
    texts = [
        f"{' '.join(QUERY.split()[: number % 6])} and pond {number} {'reed ' * (number % 4)}" for number in range(75)
    ]
    wanted = best_first([fit(QUERY, text) for text in texts])
    for seed in (1, 2):
        mixed = list(range(len(texts)))
        random.Random(seed).shuffle(mixed)
        scores = any_reranker.score(QUERY, [texts[index] for index in mixed])
        assert [round(fit(QUERY, texts[mixed[i]]), 4) for i in best_first(scores)] == [
            round(fit(QUERY, texts[index]), 4) for index in wanted
        ]


def test_no_texts(any_reranker: Reranker) -> None:
    """No texts, no scores."""
    assert list(any_reranker.score(QUERY, [])) == []


def test_what_is_asked(setting: Setting) -> None:
    """Opening asks nothing, no texts ask nothing; a request names query, texts and model as its protocol wants."""
    reranker = setting.reranker()
    reranker.score(QUERY, [])
    assert not setting.server.asked
    reranker.score(QUERY, ["a", "b"])
    (asked,) = setting.server.asked
    if setting.way == "tei":
        wanted = {"query": QUERY, "texts": ["a", "b"], "truncate": True, "raw_scores": True, "return_text": False}
    else:
        wanted = {"query": QUERY, "documents": ["a", "b"], "top_n": 2, "model": MODEL}
    assert asked.body == wanted


def test_the_path_is_found_once(setting: Setting) -> None:
    """A server whose endpoint lies beside /v1 is found there, and then asked there at once."""
    reranker = setting.reranker()
    for _ in range(2):
        reranker.score(QUERY, TEXTS)
    path = "/rerank" if setting.server.shape in ("tei", "infinity") else "/v1/rerank"
    assert [asked.path for asked in setting.server.asked] == [path, path]


def test_the_key_is_sent_only_if_there_is_one(setting: Setting) -> None:
    """A key goes along as a bearer token; without one no filler does."""
    setting.reranker(key="sk-heron").score(QUERY, ["a"])
    setting.reranker().score(QUERY, ["a"])
    assert [asked.headers.get("authorization") for asked in setting.server.asked] == ["Bearer sk-heron", None]


def test_threads_may_share_one(setting: Setting) -> None:
    """Several threads at once get the scores of their own texts."""
    reranker, found = setting.reranker(), {}

    def run(number: int) -> None:
        texts = ["nothing"] * 5
        texts[number % 5] = QUERY
        found[number] = best_first(reranker.score(QUERY, texts))[0]

    threads = [threading.Thread(target=run, args=(number,)) for number in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {number: number % 5 for number in range(5)}


@settings(max_examples=25, deadline=None)
@given(lengths=st.lists(st.integers(0, 60), min_size=1, max_size=14), shape=st.sampled_from(["vllm", "tei"]))
def test_a_small_server_scores_any_texts(small: dict[str, Reranker], lengths: list[int], shape: str) -> None:
    """Whatever the number and the lengths of texts: the one that begins with the query's words comes first."""
    texts = ["pond " * length for length in lengths]
    for place in (0, len(texts) - 1):
        mine = [*texts]
        mine[place] = f"herons hunt {mine[place]}"
        assert best_first(small[shape].score("herons hunt", mine))[0] == place


# --- too many, too long, too slow -------------------------------------------------------------------------------------


def test_batches_are_halved_and_stay_so(setting: Setting) -> None:
    """A server that takes ten texts at a time is asked for fewer after its refusals, and not for more again."""
    setting.server.most_texts = 10
    reranker = setting.reranker()
    texts = [f"{QUERY} {'pond ' * number}" for number in range(30)]
    assert best_first(reranker.score(QUERY, texts))[0] == 0
    refused_until = len(setting.server.asked)
    assert max(setting.server.sizes) == 30
    reranker.score(QUERY, texts)
    assert max(setting.server.sizes[refused_until:]) <= 10
    assert sum(setting.server.sizes[refused_until:]) == 30
    assert setting.waits == []


def test_as_many_as_a_question_has_go_in_one_request(setting: Setting) -> None:
    """Thirty papers take one request; the servers' usual limit is kept to."""
    setting.reranker().score(QUERY, ["pond"] * 30)
    setting.reranker().score(QUERY, ["pond"] * (BATCH + 1))
    assert setting.server.sizes == [30, BATCH, 1]


def test_texts_over_the_window_are_cut(setting: Setting) -> None:
    """Long texts are scored by their beginnings, short ones whole, in few requests; the next query needs one."""
    setting.server.window = 100
    reranker = setting.reranker()
    texts = ["pond " * 150, f"{QUERY} " + "pond " * 400, "pond " * 40 + QUERY, "pond"]
    scores = reranker.score(QUERY, texts)
    assert best_first(scores)[:2] in ([1, 2], [2, 1]) and min(scores[1], scores[2]) > max(scores[0], scores[3])
    first = len(setting.server.asked)
    assert first <= 5
    reranker.score(QUERY, texts)
    assert len(setting.server.asked) == first + 1
    assert setting.waits == []


def test_a_long_query_cuts_no_later_texts(jina: Setting) -> None:
    """A query over the window is cut for itself: the texts of the next one are whole again."""
    jina.server.window = 100
    reranker = jina.reranker()
    assert best_first(reranker.score("herons hunt " + "pond " * 900, ["a bridge", "herons hunt"]))[0] == 1
    text = "pond " * 90 + "heron"
    reranker.score("heron", [text])
    assert jina.server.asked[-1].body["documents"] == [text]


def test_other_scripts_are_cut_between_characters(jina: Setting) -> None:
    """A cut never leaves half a character."""
    jina.server.enqueue(*[faults.too_long_vllm()] * 3)
    jina.reranker().score("蛙", ["青蛙在池塘里唱歌🐸" * 30])
    (last,) = jina.server.asked[-1].body["documents"]
    assert set(last) <= set("青蛙在池塘里唱歌🐸") and 40 < len(last.encode()) < 120


def test_a_refusal_that_no_cutting_mends(either: Setting) -> None:
    """A server that finds everything too long, or too large without a word why, ends in an error, and soon."""
    for refusal in (faults.too_long_vllm(), Reply(413, "<html>Request Entity Too Large</html>")):
        either.server.asked.clear()
        either.server.enqueue(*[refusal] * 60)
        with pytest.raises(RerankerError, match=r"maximum context length|refused \(status 413\)"):
            either.reranker().score(QUERY, ["a toad of moderate length " * 5] * 4)
        assert len(either.server.asked) < 10
        either.server._queue.clear()


def test_a_gateway_that_takes_little(jina: Setting) -> None:
    """A bare 413 is tried with fewer texts first, and whole texts are sent again with the next query."""
    jina.server.enqueue(Reply(413, "Payload Too Large"))
    reranker = jina.reranker()
    texts = ["pond " * 50, f"{QUERY} " * 10]
    assert best_first(reranker.score(QUERY, texts)) == [1, 0]
    assert jina.server.sizes == [2, 1, 1]
    reranker.score(QUERY, texts)
    assert jina.server.sizes[-1] == 2 and jina.server.asked[-1].body["documents"] == texts


def test_a_server_that_never_answers(either: Setting) -> None:
    """Nothing within the time is an error that says how long we waited, after one try."""
    either.server.enqueue(Reply(delay_s=3.0))
    started = time.monotonic()
    with pytest.raises(RerankerError, match=r"did not answer within 0\.3 s") as caught:
        either.reranker(timeout_s=0.3).score(QUERY, TEXTS)
    assert time.monotonic() - started < 2.5
    assert "ASKPAPERS_RERANKER_TIMEOUT_S" in caught.value.hint
    assert len(either.server.asked) == 1


def test_a_reply_that_trickles() -> None:
    """A reply that comes byte by byte does not keep a person waiting either."""
    stop = threading.Event()

    def trickle(listening: socket.socket) -> None:
        connection, _ = listening.accept()
        with connection, contextlib.suppress(OSError):
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n")
            while not stop.wait(0.05):
                connection.sendall(b" ")

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=trickle, args=(listening,))
        thread.start()
        try:
            choice = choose_reranker("tei", base_url=f"127.0.0.1:{listening.getsockname()[1]}", timeout_s=0.4)
            assert choice
            started = time.monotonic()
            with pytest.raises(RerankerError, match=r"did not answer within 0\.4 s"):
                open_reranker(choice).score(QUERY, TEXTS)
            assert time.monotonic() - started < 10
        finally:
            stop.set()
            thread.join()


def test_all_requests_share_the_time(jina: Setting) -> None:
    """Several slow requests for one query do not each have the whole time."""
    slow = Reply(422, {"detail": [{"msg": "List should have at most 1 items"}]}, delay_s=0.2)
    jina.server.enqueue(*[slow] * 20)
    started = time.monotonic()
    with pytest.raises(RerankerError, match="did not answer within"):
        jina.reranker(timeout_s=0.5).score(QUERY, ["pond"] * 30)
    assert time.monotonic() - started < 3


# --- faults that pass -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault", [faults.rate_limit(), Reply(500, {"error": "boom"}), faults.error("Loading model", 503, code=503)]
)
def test_a_fault_that_passes(setting: Setting, fault: Reply) -> None:
    """Overload and failures are tried once more; one that stays is an error then, for a person waits."""
    setting.server.enqueue(fault)
    assert best_first(setting.reranker().score(QUERY, TEXTS))[:2] == ORDER
    assert len(setting.waits) == 1 and 0 < setting.waits[0] < 1
    setting.server.enqueue(fault, fault)
    with pytest.raises(RerankerError) as caught:
        setting.reranker().score(QUERY, TEXTS)
    assert caught.value.hint and len(setting.server.asked) == 4


def test_a_wait_that_no_person_waits(either: Setting) -> None:
    """Retry-After is kept to where the time allows it, and is an error at once where not."""
    either.server.enqueue(faults.rate_limit("1"))
    either.reranker().score(QUERY, TEXTS)
    either.server.enqueue(faults.rate_limit("60"))
    with pytest.raises(RerankerError, match="is busy"):
        either.reranker().score(QUERY, TEXTS)
    assert either.waits == [1.0]


# --- faults that stay -------------------------------------------------------------------------------------------------


def test_nobody_there() -> None:
    """A refused connection names the address and how to do without."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
        choice = choose_reranker("tei", base_url=url)
        assert choice
        with pytest.raises(RerankerError, match=f'Nobody answers at "{url}"') as caught:
            open_reranker(replace(choice, timeout_s=0.2)).score(QUERY, TEXTS)
    assert "ASKPAPERS_RERANKER_BASE_URL" in caught.value.hint and "empty" in caught.value.hint


def test_a_wrong_key(setting: Setting) -> None:
    """401 names the setting, is not tried again, and no error or cause of it repeats the key."""
    setting.server.key = "right"
    with pytest.raises(RerankerError, match="refused") as caught:
        setting.reranker(key="sk-wrong").score(QUERY, TEXTS)
    assert "ASKPAPERS_RERANKER_API_KEY" in caught.value.hint
    assert "sk-wrong" not in f"{caught.value} {caught.value.hint} {caught.value.__cause__}"
    assert setting.waits == [] and len(setting.server.asked) == 1


@pytest.mark.parametrize(
    ("shape", "way", "model", "hint"),
    [
        ("vllm", "compatible", "axolotl", "a model that the server has"),
        ("jina", "compatible", "", "Name the model"),
        ("cohere", "compatible", "", "Name the model"),
        ("tei", "compatible", MODEL, "set ASKPAPERS_RERANKER to tei"),
        ("infinity", "tei", "", "set ASKPAPERS_RERANKER to compatible:MODEL"),
    ],
)
def test_another_model_or_protocol(shape: str, way: str, model: str, hint: str) -> None:
    """A server that wants another model or another way of asking: the hint says what to type."""
    with RerankServer(shape) as server, pytest.raises(RerankerError, match="refused") as caught:
        Setting(server, []).reranker(model, way=way).score(QUERY, TEXTS)
    assert hint in caught.value.hint


@pytest.mark.parametrize("shape", ["llama.cpp", "vllm", "tei"])
def test_a_server_of_another_kind_of_model(shape: str) -> None:
    """One that serves no reranking model: the hint says what to serve, and it is asked once."""
    with RerankServer(shape, reranks=False) as server:
        with pytest.raises(RerankerError) as caught:
            Setting(server, []).reranker().score(QUERY, TEXTS)
        assert "reranking model" in caught.value.hint
        assert len(server.asked) == 1


def test_another_path(setting: Setting) -> None:
    """A server without such an endpoint: the hint speaks of the path."""
    setting.server.shape = "llama.cpp" if setting.server.shape == "tei" else setting.server.shape
    reranker = HttpReranker(Place(setting.way, MODEL, f"{setting.server.url}/api/v7", 5.0, ""))
    with pytest.raises(RerankerError, match="status 404") as caught:
        reranker.score(QUERY, TEXTS)
    assert "before /rerank" in caught.value.hint


def test_a_redirect_is_not_followed(either: Setting) -> None:
    """Papers do not go to another host, though a server says so."""
    either.server.enqueue(Reply(307, "", {"location": "http://127.0.0.1:9/rerank"}))
    with pytest.raises(RerankerError, match="sends us on to"):
        either.reranker().score(QUERY, TEXTS)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (faults.WEB_PAGE, "web page"),
        ("ribbit", "no JSON"),
        ("", "without a score"),
        ({"error": "Unexpected endpoint"}, "Unexpected endpoint"),
        ({"results": None}, "no list"),
        ({"scores": [1.0, 2.0]}, "no list"),
        ({"results": []}, "0 scores for 2 texts"),
        ([], "0 scores for 2 texts"),
        ([1.0, 2.0], "no index"),
        ({"results": [1.0, 2.0]}, "no index"),
        ({"results": [{"relevance_score": 1.0}, {"relevance_score": 2.0}]}, "no index"),
        (7, "neither"),
        (None, "neither"),
    ],
)
def test_a_reply_of_another_form(either: Setting, body: object, words: str) -> None:
    """Anything but scores in a reply of status 200 is said plainly, and not asked for again."""
    either.server.enqueue(Reply(body=body))
    with pytest.raises(RerankerError, match=words) as caught:
        either.reranker().score(QUERY, ["newt", "toad"])
    assert caught.value.hint
    assert len(either.server.asked) == 1


def scored(item: dict[str, Any], score: object) -> dict[str, Any]:
    name = "score" if "score" in item else "relevance_score"
    return {**item, name: score}


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda found: found[:-1], "1 scores for 2 texts"),
        (lambda found: [*found, found[0]], "twice"),
        (lambda found: [found[0], found[0]], "twice"),
        (lambda found: [found[0], {**found[1], "index": 2}], "scores text 2"),
        (lambda found: [found[0], {**found[1], "index": -1}], "scores text -1"),
        (lambda found: [{**item, "index": item["index"] + 1} for item in found], "scores text 2"),
        (lambda found: [found[0], {**found[1], "index": True}], "no index"),
        (lambda found: [found[0], {**found[1], "index": "1"}], "no index"),
        (lambda found: [found[0], {**found[1], "index": 0.5}], "no index"),
        (lambda found: [found[0], {**found[1], "index": None}], "no index"),
        (lambda found: [found[0], scored(found[1], math.nan)], "no number"),
        (lambda found: [found[0], scored(found[1], math.inf)], "no number"),
        (lambda found: [found[0], scored(found[1], None)], "no number"),
        (lambda found: [found[0], scored(found[1], "0.9")], "no number"),
        (lambda found: [found[0], scored(found[1], True)], "no number"),
        (lambda found: [found[0], scored(found[1], 10**400)], "no number"),
        (lambda found: [found[0], {"index": found[1]["index"]}], "no number"),
    ],
)
def test_scores_in_doubt(either: Setting, spoil: Callable[[Any], Any], words: str) -> None:
    """A score too few, too many, of no text or of no number is an error, never an order."""
    either.server.enqueue(spoil)
    with pytest.raises(RerankerError, match=words):
        either.reranker().score(QUERY, ["newt", "toad"])
    assert len(either.server.asked) == 1 and either.waits == []


def test_any_order_of_the_results(either: Setting) -> None:
    """Results are tied to their texts by number, in whatever order they come."""
    reranker = either.reranker()
    wanted = reranker.score(QUERY, TEXTS[:3])
    for order in itertools.permutations(range(3)):
        either.server.enqueue(lambda found, order=order: [found[place] for place in order])
        assert reranker.score(QUERY, TEXTS[:3]) == wanted


def test_scores_of_whole_numbers_below_zero_and_equal(either: Setting) -> None:
    """Scores need no scale: whole numbers, large, negative and equal ones are handed on as they are."""
    numbers = [-3, 10**30, -3]
    either.server.enqueue(lambda found: [scored(item, numbers[item["index"]]) for item in found])
    assert either.reranker().score(QUERY, ["a", "b", "c"]) == [-3.0, 1e30, -3.0]
