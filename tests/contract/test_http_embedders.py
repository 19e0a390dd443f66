"""What embedders over HTTP promise, by either protocol, over a real connection and whatever the server does."""

from __future__ import annotations

import math
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.adapters.embedder_faults import Place
from app.adapters.embedder_http import BATCH, HttpEmbedder
from app.adapters.embedder_prefixes import Prefixes, prefixes_for
from app.adapters.embedder_servers import server_for
from app.core.errors import EmbedderError
from tests import embedding_server as faults
from tests.conftest import ROOT
from tests.embedding_server import EmbeddingServer, Reply, vector_of
from tests.scripted_gguf import write_model

TEXTS = ["The olm lives in caves.", "", "Toads cross the road at night.", "Żaba 青蛙 🐸", "half \ud800 a pair"]
WAYS = ("compatible", "ollama", "llamacpp", "tei")


@dataclass
class Setting:
    """One protocol, its server, and the waits between tries that were asked for."""

    way: str
    server: EmbeddingServer
    waits: list[float]

    def embedder(self, model: str = "newt-embed", key: str = "", timeout_s: float = 5.0) -> HttpEmbedder:
        return open_at(self.way, self.url, self.waits.append, model, key, timeout_s)

    @property
    def url(self) -> str:
        return self.server.ollama_url if self.way == "ollama" else self.server.openai_url


def open_at(
    way: str, url: str, wait: Callable[[float], None], model: str = "newt-embed", key: str = "", timeout_s: float = 5.0
) -> HttpEmbedder:
    return HttpEmbedder(f"{way}:{model}", server_for(Place(way, model, url, timeout_s, key)), wait)


@pytest.fixture(params=WAYS)
def setting(request: pytest.FixtureRequest) -> Iterator[Setting]:
    """Each protocol in turn, before a server that is well."""
    with EmbeddingServer() as server:
        yield Setting(request.param, server, [])


@pytest.fixture(scope="module")
def small() -> Iterator[EmbeddingServer]:
    """A server that refuses any request of more than five texts or with one of more than twelve words."""
    with EmbeddingServer(window=12, most_texts=5) as server:
        yield server


# --- as every embedder ----------------------------------------------------------------------------------------------


def test_one_row_of_length_one_a_text(setting: Setting) -> None:
    """Empty texts, other scripts and broken characters get a row too; lengths are 1 though the server's are not."""
    embedder = setting.embedder()
    for vectors in (embedder.embed(TEXTS), embedder.embed_bulk(TEXTS)):
        assert vectors.shape == (len(TEXTS), embedder.dimension) == (len(TEXTS), 32)
        assert vectors.dtype == np.float32
        assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-6)


def test_rows_are_those_of_their_texts(setting: Setting) -> None:
    """Each row belongs to its text, though the server sends them in another order, and over several batches."""
    texts = [f"newt number {number} of {'very ' * (number % 7)} many" for number in range(2 * BATCH + 3)]
    vectors = setting.embedder().embed_bulk(texts)
    assert setting.server.sizes == [BATCH, BATCH, 3]
    assert np.allclose(vectors, [vector_of(text) for text in texts], atol=1e-6)


def test_no_texts(setting: Setting) -> None:
    """No texts give an empty array of the right width."""
    vectors = setting.embedder().embed([])
    assert vectors.shape == (0, 32)
    assert vectors.dtype == np.float32


def test_nothing_is_asked_before_it_is_needed(setting: Setting) -> None:
    """Opening asks nothing, the dimension is asked for once, and not at all after the first vectors."""
    embedder = setting.embedder()
    assert not setting.server.asked
    assert (embedder.dimension, embedder.dimension, len(setting.server.asked)) == (32, 32, 1)
    second = setting.embedder()
    second.embed(["toad"])
    assert (second.dimension, len(setting.server.asked)) == (32, 2)


def test_threads_may_share_one(setting: Setting) -> None:
    """Several threads at once get the vectors of their own texts."""
    embedder, found = setting.embedder(), {}

    def run(number: int) -> None:
        found[number] = embedder.embed([f"toad {number}"])[0]

    threads = [threading.Thread(target=run, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(np.allclose(found[n], vector_of(f"toad {n}"), atol=1e-6) for n in range(8))


def test_the_key_is_sent_only_if_there_is_one(setting: Setting) -> None:
    """A key goes along as a bearer token; without one no filler does."""
    setting.embedder(key="sk-newt").embed(["olm"])
    setting.embedder().embed(["olm"])
    assert [asked.headers.get("authorization") for asked in setting.server.asked] == ["Bearer sk-newt", None]


# --- too many, too long, too slow -------------------------------------------------------------------------------------


def test_batches_are_halved_and_stay_so(setting: Setting) -> None:
    """A server that takes five texts at a time gets four after the first refusals, and is not asked for more again."""
    setting.server.most_texts = 5
    embedder = setting.embedder()
    texts = [f"olm {number}" for number in range(70)]
    assert np.allclose(embedder.embed_bulk(texts), [vector_of(text) for text in texts], atol=1e-6)
    refused_until = len(setting.server.asked)
    embedder.embed_bulk(texts)
    assert max(setting.server.sizes[refused_until:]) <= 5
    assert setting.waits == []


@pytest.mark.parametrize(
    "refusal",
    [faults.too_long_vllm, faults.too_long_llama, faults.too_long_tei, faults.too_long_old_ollama],
)
def test_a_text_over_the_window_is_cut(refusal: Callable[[], Reply]) -> None:
    """The text has the vector of a beginning, its neighbours have theirs, and batches stay large afterwards."""
    with EmbeddingServer(window=100, too_long=refusal()) as server:
        waits: list[float] = []
        embedder = open_at("compatible", server.openai_url, waits.append)
        texts = ["the newt", "olm " * 60 + "toad " * 200, "the toad"]
        vectors = embedder.embed(texts)
        assert np.allclose(vectors[[0, 2]], [vector_of(texts[0]), vector_of(texts[2])], atol=1e-6)
        assert vectors[1] @ np.asarray(vector_of("olm")) > 0.8
        embedder.embed(["frog"] * 20)
        assert server.sizes[-1] == 20
        assert waits == []


def test_ollama_is_asked_to_cut_by_itself() -> None:
    """Ollama cuts where asked to, so one request is enough."""
    with EmbeddingServer(window=100) as server:
        vectors = open_at("ollama", server.ollama_url, lambda s: None).embed(["olm " * 500, "newt"])
        assert np.allclose(vectors, [vector_of("olm"), vector_of("newt")], atol=1e-6)
        assert len(server.asked) == 1


@settings(max_examples=25, deadline=None)
@given(lengths=st.lists(st.integers(0, 40), min_size=1, max_size=20), way=st.sampled_from(WAYS))
def test_a_small_server_serves_any_texts(small: EmbeddingServer, lengths: list[int], way: str) -> None:
    """Whatever the number and the lengths of texts: a row for each, in order, of words that the text has."""
    url = small.ollama_url if way == "ollama" else small.openai_url
    texts = [" ".join([f"newt{index}"] * length) for index, length in enumerate(lengths)]
    vectors = open_at(way, url, lambda s: None).embed(texts)
    wanted = [vector_of(text or ".") for text in texts]
    assert vectors.shape == (len(texts), 32)
    assert all(float(got @ np.asarray(want)) > 0.6 for got, want in zip(vectors, wanted, strict=True))


def test_a_refusal_that_no_cutting_mends(setting: Setting) -> None:
    """A server that finds everything too long ends in an error, not in endless halving."""
    setting.server.enqueue(*[faults.too_long_vllm()] * 20)
    with pytest.raises(EmbedderError, match="maximum context length"):
        setting.embedder().embed(["a toad of moderate length " * 5])
    assert len(setting.server.asked) < 10


def test_a_slow_server_gets_fewer_texts(setting: Setting) -> None:
    """A batch that is not answered in time is sent again in parts."""
    setting.server.enqueue(Reply(delay_s=3.0))
    vectors = setting.embedder(timeout_s=0.5).embed_bulk([f"newt {number}" for number in range(16)])
    assert setting.server.sizes == [16] + [2] * 8
    assert np.allclose(vectors[15], vector_of("newt 15"), atol=1e-6)


def test_a_server_that_never_answers(setting: Setting) -> None:
    """One text not answered in time is an error that says how long we waited."""
    setting.server.enqueue(Reply(delay_s=3.0))
    with pytest.raises(EmbedderError, match=r"did not answer within 0\.3 s"):
        setting.embedder(timeout_s=0.3).embed(["olm"])


# --- faults that pass -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", [faults.rate_limit(), Reply(500, {"error": "boom"}), Reply(503, "Loading model")])
def test_a_fault_that_passes(setting: Setting, fault: Reply) -> None:
    """Overload and failures are tried again, with a pause, and the vectors come."""
    setting.server.enqueue(fault, fault)
    assert np.allclose(setting.embedder().embed(["toad"])[0], vector_of("toad"), atol=1e-6)
    assert len(setting.waits) == 2
    assert 0 < setting.waits[0] < setting.waits[1]


def test_the_server_says_how_long_to_wait(setting: Setting) -> None:
    """Retry-After is kept to; a wait longer than a person waits is an error at once."""
    setting.server.enqueue(faults.rate_limit("7"))
    setting.embedder().embed(["toad"])
    assert setting.waits == [7.0]
    setting.server.enqueue(faults.rate_limit("3600"))
    with pytest.raises(EmbedderError, match="is busy"):
        setting.embedder().embed(["toad"])
    assert setting.waits == [7.0]


@pytest.mark.parametrize("fault", [faults.rate_limit(), Reply(500, {"error": "boom"})])
def test_a_fault_that_stays(setting: Setting, fault: Reply) -> None:
    """Tries are bounded: three for a question, one more for papers."""
    for ask, tries in ((setting.embedder().embed, 3), (setting.embedder().embed_bulk, 4)):
        setting.server.asked.clear()
        setting.server.enqueue(*[fault] * tries)
        with pytest.raises(EmbedderError) as caught:
            ask(["toad"])
        assert len(setting.server.asked) == tries
        assert caught.value.hint


def test_no_money_left(setting: Setting) -> None:
    """A used-up quota is not tried again."""
    setting.server.enqueue(faults.no_quota())
    with pytest.raises(EmbedderError) as caught:
        setting.embedder().embed(["toad"])
    assert "billing" in caught.value.hint
    assert len(setting.server.asked) == 1


# --- faults that stay -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", WAYS)
def test_nobody_there(way: str) -> None:
    """A refused connection names the address and how to start the server, after a few tries."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
        waits: list[float] = []
        with pytest.raises(EmbedderError, match=f'Nobody answers at "{url}"') as caught:
            _ = open_at(way, url, waits.append).dimension
    assert ("ollama serve" in caught.value.hint) == (way == "ollama")
    assert "ASKPAPERS_EMBEDDER_BASE_URL" in caught.value.hint
    assert len(waits) == 2


def test_a_wrong_key(setting: Setting) -> None:
    """401 names the setting, is not tried again, and no error or cause of it repeats the key."""
    setting.server.key = "right"
    with pytest.raises(EmbedderError, match="refused") as caught:
        setting.embedder(key="sk-wrong").embed(["toad"])
    assert "ASKPAPERS_EMBEDDER_API_KEY" in caught.value.hint
    assert "sk-wrong" not in f"{caught.value} {caught.value.hint} {caught.value.__cause__}"
    assert setting.waits == []


def test_a_model_nobody_has(setting: Setting) -> None:
    """404 says how to get the model, by `max_tokens` too where that asks the server."""
    embedder = setting.embedder("axolotl:v2")
    with pytest.raises(EmbedderError, match="axolotl:v2") as caught:
        embedder.embed(["toad"])
    if setting.way == "ollama":
        assert caught.value.hint == "Run: ollama pull axolotl:v2"
        with pytest.raises(EmbedderError, match="not found"):
            _ = embedder.max_tokens
    else:
        assert f"{setting.url}/models" in caught.value.hint


def test_another_path(setting: Setting) -> None:
    """A server without this path: the hint speaks of the path, or of the version of Ollama."""
    setting.server.enqueue(Reply(404, "404 page not found"))
    with pytest.raises(EmbedderError) as caught:
        setting.embedder().embed(["toad"])
    assert ("Update Ollama" if setting.way == "ollama" else "/v1") in caught.value.hint


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (faults.WEB_PAGE, "web page"),
        ("ribbit", "no JSON"),
        ({"error": "Unexpected endpoint or method. (POST /api/embed)"}, "Unexpected endpoint"),
        ({"data": None, "embeddings": None}, "without vectors"),
        ([1, 2, 3], "without vectors"),
        ({"data": [1.0], "embeddings": [1.0]}, "vectors"),
        ({"data": [{"embedding": "AACAPw=="}], "embeddings": ["AACAPw=="]}, "vectors"),
        ({"data": [{"embedding": []}], "embeddings": [[]]}, "vectors"),
        ({"data": [{"embedding": [[1.0]]}], "embeddings": [[[1.0]]]}, "vectors"),
        ({"data": [{"embedding": None}], "embeddings": [None]}, "vectors"),
    ],
)
def test_a_reply_of_another_form(setting: Setting, body: object, words: str) -> None:
    """Anything but vectors in a reply of status 200 is said plainly, and not asked for again."""
    setting.server.enqueue(Reply(body=body))
    with pytest.raises(EmbedderError, match=words) as caught:
        setting.embedder().embed(["toad"])
    assert caught.value.hint
    assert len(setting.server.asked) == 1


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda rows: rows[:-1], "1 vectors for 2 texts"),
        (lambda rows: [*rows, rows[0]], "3 vectors for 2 texts"),
        (lambda rows: [rows[0], [math.nan, *rows[1][1:]]], 'NaN or infinite.*"toad"'),
        (lambda rows: [rows[0], [math.inf, *rows[1][1:]]], 'NaN or infinite.*"toad"'),
        (lambda rows: [rows[0], [None, *rows[1][1:]]], 'NaN or infinite.*"toad"'),
        (lambda rows: [[0.0] * 32, rows[1]], 'zeros for the text "newt"'),
        (lambda rows: [rows[0], rows[1][:-1]], "no lists of numbers of one length"),
        (lambda rows: [["x", *rows[0][1:]], rows[1]], "no lists of numbers"),
        (lambda rows: [[10**400, *rows[0][1:]], rows[1]], "no lists of numbers"),
    ],
)
def test_vectors_that_are_none(setting: Setting, spoil: faults.Spoil, words: str) -> None:
    """Each way in which vectors can be wrong is said, with the text where there is one."""
    setting.server.enqueue(spoil)
    with pytest.raises(EmbedderError, match=words) as caught:
        setting.embedder().embed(["newt", "toad"])
    assert caught.value.hint


def test_another_model_behind_the_name(setting: Setting) -> None:
    """A dimension that changes between calls is an error that says how to embed anew."""
    embedder = setting.embedder()
    embedder.embed(["newt"])
    setting.server.dimension = 48
    with pytest.raises(EmbedderError, match="48 numbers a text, and gave 32 before") as caught:
        embedder.embed(["newt"])
    assert f"askpapers library reembed --embedder {setting.way}:newt-embed" in caught.value.hint


@pytest.mark.parametrize("scale", [1e-300, 1e-30, 1.0, 1e30, 1e300])
def test_any_length_is_brought_to_one(setting: Setting, scale: float) -> None:
    """Very long and very short vectors keep their direction."""
    setting.server.scale = scale
    assert np.allclose(setting.embedder().embed(["toad newt"])[0], vector_of("toad newt"), atol=1e-6)


def test_numbers_instead_of_order() -> None:
    """All numbered 0 means in order; two of the same number among others is an error."""
    with EmbeddingServer() as server:
        embedder = open_at("compatible", server.openai_url, lambda s: None)
        rows = [vector_of(word) for word in ("newt", "toad", "olm")]
        server.enqueue(Reply(body={"data": [{"index": 0, "embedding": row} for row in rows]}))
        assert np.allclose(embedder.embed(["newt", "toad", "olm"]), rows, atol=1e-6)
        numbered = [{"index": n, "embedding": row} for n, row in zip((0, 1, 1), rows, strict=True)]
        server.enqueue(Reply(body={"data": numbered}))
        with pytest.raises(EmbedderError, match=r"numbered \[0, 1, 1\]"):
            embedder.embed(["newt", "toad", "olm"])


def test_sent_on_to_another_host(setting: Setting) -> None:
    """A redirect is not followed: papers and key would go to another host."""
    setting.server.enqueue(Reply(307, {}, {"location": "http://elsewhere.example/v1"}))
    with pytest.raises(EmbedderError, match=r"elsewhere\.example"):
        setting.embedder(key="sk-newt").embed(["toad"])


# --- window and prefixes ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shown", "window"),
    [
        ({"model_info": {"bert.context_length": 512}}, 512),
        ({"model_info": {"bert.context_length": 512}, "parameters": "num_ctx                        256"}, 256),
        ({"model_info": {"qwen3.context_length": 40960}}, 2048),
        ({"model_info": {}}, 512),
        ({"model_info": None}, 512),
    ],
)
def test_window_of_ollama(shown: dict[str, object], window: int) -> None:
    """The smallest of what the model was trained for, what its file sets and what Ollama surely loads."""
    with EmbeddingServer(shown=shown) as server:
        assert open_at("ollama", server.ollama_url, lambda s: None).max_tokens == window


def test_window_of_other_servers() -> None:
    """OpenAI's own models are known; nothing is asked of others, and a prefix takes its share of the window."""
    assert open_at("openai", "http://127.0.0.1:9/v1", lambda s: None, "text-embedding-3-small").max_tokens == 8191
    assert open_at("compatible", "http://127.0.0.1:9/v1", lambda s: None, "frog").max_tokens == 512
    assert open_at("compatible", "http://127.0.0.1:9/v1", lambda s: None, "e5-base-v2").max_tokens < 512


@pytest.mark.parametrize(
    ("way", "told", "window"),
    [
        ("tei", {"/info": {"max_input_length": 8192, "max_client_batch_size": 32}}, 8192),
        ("tei", {"/info": {"max_input_length": "many"}}, 512),
        ("llamacpp", {"/props": {"default_generation_settings": {"n_ctx": 256}}}, 256),
        ("llamacpp", {"/props": {"default_generation_settings": {"n_ctx": 32768}}}, 512),
        ("llamacpp", {"/props": ["not", "an", "object"]}, 512),
        ("vllm", {"/v1/models": {"data": [{"id": "frog"}, {"id": "newt-embed", "max_model_len": 1024}]}}, 1024),
        ("vllm", {"/v1/models": {"data": None}}, 512),
        ("lmstudio", {}, 512),
        ("tei", {}, 512),
    ],
)
def test_window_as_the_server_tells_it(way: str, told: dict[str, object], window: int) -> None:
    """Servers that say how much their model takes are believed; what is odd or not said is guessed with care."""
    with EmbeddingServer(told=told) as server:
        assert open_at(way, server.openai_url, lambda s: None).max_tokens == window


def test_the_batch_limit_is_kept() -> None:
    """text-embeddings-inference says how many texts it takes at once: it never gets more, and is asked once."""
    with EmbeddingServer(told={"/info": {"max_client_batch_size": 4}}, most_texts=4) as server:
        embedder = open_at("tei", server.openai_url, lambda s: None)
        for _ in range(2):
            assert embedder.embed_bulk(["toad", "newt"] * 5).shape == (10, 32)
        assert server.sizes == [4, 4, 2, 4, 4, 2]
        assert server.told_of == ["/info"]


def test_prefixes_of_questions_and_papers(setting: Setting) -> None:
    """A model that wants them gets its words before each text, others get the text alone."""
    model = "nomic-embed-text:v1.5"
    setting.server.models = ("newt-embed", model)
    for name in (model, "newt-embed"):
        embedder = setting.embedder(name)
        embedder.embed(["toad"])
        embedder.embed_bulk(["toad", ""])
    assert [asked.texts for asked in setting.server.asked] == [
        ["search_query: toad"],
        ["search_document: toad", "search_document: ."],
        ["toad"],
        ["toad", "."],
    ]


@pytest.mark.parametrize(
    ("model", "question"),
    [
        ("nomic-embed-text", "search_query: "),
        ("text-embedding-nomic-embed-text-v1.5", "search_query: "),
        ("nomic-ai/nomic-embed-text-v2-moe", "search_query: "),
        ("intfloat/e5-base-v2", "query: "),
        ("/models/multilingual-e5-small/", "query: "),
        ("mxbai-embed-large:335m", "Represent this sentence for searching relevant passages: "),
        ("BAAI/bge-small-en-v1.5", "Represent this sentence for searching relevant passages: "),
        ("snowflake-arctic-embed2", "query: "),
        ("snowflake-arctic-embed:33m", "Represent this sentence for searching relevant passages: "),
        ("embeddinggemma", "task: search result | query: "),
    ],
)
def test_names_that_want_prefixes(model: str, question: str) -> None:
    """A model is known by its name on Ollama, LM Studio, the hub and as a folder."""
    assert prefixes_for(model).question == question


@pytest.mark.parametrize(
    "model", ["all-minilm", "bge-m3", "text-embedding-3-small", "nomic-embed-texture", "note5-small"]
)
def test_names_that_want_none(model: str) -> None:
    """Names that only look alike stay as they are."""
    assert prefixes_for(model) == Prefixes("", "")


# --- a real server ----------------------------------------------------------------------------------------------------


def test_a_real_llama_server(tmp_path: Path) -> None:
    """llama.cpp gives vectors for any texts; those over its batch, which it calls an error of its own, are cut."""
    xllamacpp = pytest.importorskip("xllamacpp", reason="xllamacpp has no wheel here, so no real server runs")
    sample = (ROOT / "ingest" / "starter" / "papers.jsonl").read_text(encoding="utf-8").splitlines()
    write_model(tmp_path / "newt.gguf", "Newts swim.", sample, window=512)
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(tmp_path / "newt.gguf")
    parameters.embedding, parameters.pooling_type = True, xllamacpp.llama_pooling_type.LLAMA_POOLING_TYPE_MEAN
    parameters.n_ctx = parameters.n_batch = parameters.n_ubatch = 256
    parameters.n_parallel = parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = 1
    parameters.n_gpu_layers = 0
    parameters.hostnames, parameters.port, parameters.offline, parameters.ui = ["127.0.0.1"], 0, True, False
    server = xllamacpp.Server(parameters)
    try:
        waits: list[float] = []
        embedder = open_at("compatible", f"{server.listening_address}/v1", waits.append, timeout_s=60.0)
        texts = ["Newts swim.", "", "Toads cross the road.", "An olm lives in a cave. " * 200, "Newts swim."]
        vectors = embedder.embed_bulk(texts)
        assert vectors.shape == (5, embedder.dimension)
        assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)
        assert np.allclose(vectors[0], vectors[4], atol=1e-4)
        assert not np.allclose(vectors[0], vectors[2], atol=1e-2)
        assert waits == []
    finally:
        del server  # frees the port and ends its threads
