"""Our reranker against a real llama.cpp server, run in this process on a cross-encoder whose scores are known to fall."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from app.adapters.choose_reranker import choose_reranker, open_reranker
from app.core.errors import RerankerError
from app.core.ports import Reranker
from tests.conftest import service_in
from tests.reranker_gguf import write_reranker

xllamacpp = pytest.importorskip("xllamacpp", reason="xllamacpp has no wheel here, so no real llama.cpp server runs")

QUERY = "grey herons hunt at dawn"
# Five words each; they share from five down to none with the query.
FALLING = [
    QUERY,
    "grey herons hunt at ponds",
    "grey herons hunt small snails",
    "grey herons sort small snails",
    "machines sort grey small snails",
    "machines sort marbles near ponds",
]
WORDS = " ".join(FALLING).split()
WINDOW = 128


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cross-encoder: of two texts of one length the one that shares more words with the query scores higher."""
    file = tmp_path_factory.mktemp("reranker") / "tiny.gguf"
    write_reranker(file, WORDS, 2048)
    return file


@contextmanager
def serving(model: Path, *, window: int = WINDOW, reranking: bool = True, key: str = "") -> Iterator[str]:
    """A llama.cpp server for this model on a free port; its address."""
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(model)
    parameters.n_ctx = parameters.n_batch = parameters.n_ubatch = window
    parameters.n_parallel = parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = 1
    parameters.n_gpu_layers = 0
    parameters.hostnames, parameters.port = ["127.0.0.1"], 0
    parameters.offline, parameters.ui = True, False
    parameters.embedding = True
    pooling = xllamacpp.llama_pooling_type
    parameters.pooling_type = pooling.LLAMA_POOLING_TYPE_RANK if reranking else pooling.LLAMA_POOLING_TYPE_MEAN
    if key:
        parameters.api_keys = [key]
    server = xllamacpp.Server(parameters)
    try:
        yield str(server.listening_address)
    finally:
        del server  # frees the port and ends its threads


@pytest.fixture(scope="module")
def address(model: Path) -> Iterator[str]:
    with serving(model) as opened:
        yield opened


def reranker_at(address: str, typed: str = "compatible", key: str = "") -> Reranker:
    choice = choose_reranker(typed, base_url=address, api_key=key)
    assert choice
    return open_reranker(choice)


def untouched(address: str, query: str, texts: list[str]) -> dict[int, float]:
    """The server's scores as they are, by the number of the text, past our client."""
    body = json.dumps({"query": query, "documents": texts, "top_n": len(texts)}).encode()
    request = urllib.request.Request(f"{address}/v1/rerank", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=5) as response:
        results: list[dict[str, Any]] = json.load(response)["results"]
    return {item["index"]: item["relevance_score"] for item in results}


@pytest.mark.parametrize("typed", ["compatible", "compatible:any-name", "tei"])
def test_scores_in_the_order_of_the_texts(address: str, typed: str) -> None:
    """Both protocols of the server: scores fall as the model was made to fall, whichever way the texts stand, and are
    the server's own."""
    reranker = reranker_at(address, typed)
    scores = list(reranker.score(QUERY, FALLING))
    assert scores == sorted(scores, reverse=True) and len(set(scores)) == len(scores)
    assert list(reranker.score(QUERY, FALLING[::-1])) == pytest.approx(scores[::-1], abs=1e-4)
    mixed = [FALLING[place] for place in (3, 0, 5, 1, 4, 2)]
    sent = untouched(address, QUERY, mixed)
    assert list(reranker.score(QUERY, mixed)) == pytest.approx([sent[place] for place in range(6)], abs=1e-4)


def test_the_query_counts(address: str) -> None:
    """Another query turns the order round."""
    scores = list(reranker_at(address).score(FALLING[-1], FALLING))
    assert scores.index(max(scores)) == len(FALLING) - 1 and scores[0] == min(scores)


def test_many_texts(address: str) -> None:
    """More texts than go into one request get the scores they have alone."""
    texts = [FALLING[number % 6] for number in range(75)]
    alone = list(reranker_at(address).score(QUERY, FALLING))
    assert list(reranker_at(address).score(QUERY, texts)) == pytest.approx([alone[n % 6] for n in range(75)], abs=1e-4)


@pytest.mark.parametrize("typed", ["compatible", "tei"])
def test_texts_over_the_window(address: str, typed: str) -> None:
    """The server does not cut by itself, by neither protocol: our client does, so that long texts get a score too."""
    with pytest.raises(urllib.error.HTTPError, match="500"):
        untouched(address, QUERY, ["ponds " * 400])
    strange = " ".join(f"bog{number}" for number in range(400))
    texts = [f"small snails {strange}", f"{QUERY} {strange}", "machines sort marbles", "青蛙" * 300]
    scores = list(reranker_at(address, typed).score(QUERY, texts))
    assert len(scores) == 4 and scores[1] > scores[0]


def test_a_server_without_reranking(model: Path) -> None:
    """Started for embeddings it refuses, and the hint names the server's own option."""
    with serving(model, reranking=False) as address, pytest.raises(RerankerError, match="refused") as caught:
        reranker_at(address).score(QUERY, FALLING)
    assert "--reranking" in caught.value.hint


def test_a_key(model: Path) -> None:
    """The server's key opens it, another does not."""
    with serving(model, key="sk-heron") as address:
        assert len(reranker_at(address, key="sk-heron").score(QUERY, FALLING)) == len(FALLING)
        with pytest.raises(RerankerError) as caught:
            reranker_at(address, key="sk-crane").score(QUERY, FALLING)
    assert "ASKPAPERS_RERANKER_API_KEY" in caught.value.hint


def test_search_end_to_end(model: Path, starter_folder: Path, model_cache: Path) -> None:
    """A search over the starter library comes in the order of the server's own scores of the thirty best."""
    query = "grey herons and small machines"
    plain = service_in(starter_folder, model_cache).search(query, 30)
    with serving(model, window=2048) as address:
        service = service_in(starter_folder, model_cache, reranker="compatible", reranker_base_url=address)
        found = service.search(query, 8)
        sent = untouched(address, query, [f"{item.paper.title}. {item.paper.abstract}" for item in plain])
    order = sorted(range(30), key=lambda place: -sent[place])
    assert order != list(range(30)) and service.not_reranked(found) == ""
    assert [item.paper.id for item in found] == [plain[place].paper.id for place in order[:8]]
    assert [item.reranked for item in found] == pytest.approx([sent[place] for place in order[:8]], abs=1e-4)
