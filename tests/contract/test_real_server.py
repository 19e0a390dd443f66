"""Our provider and a whole Service against a real llama.cpp server, run in this process on a scripted model."""

from __future__ import annotations

import json
import re
import shutil
import time
import urllib.request
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessageChunk, HumanMessage, SystemMessage

from app.adapters.chat_models import build, choose
from app.adapters.server_tokens import server_counter
from app.adapters.server_window import read_window
from app.bootstrap import Service
from app.chat.limits import Limits
from app.core.domain import REASONING, Question
from app.core.errors import ContextOverflowError, EmptyReplyError
from app.core.events import AnswerReady, StepDone
from app.core.tokens import TokenCounter
from app.wire import profiles
from tests.conftest import ROOT, service_in
from tests.conversation import ask
from tests.scripted_gguf import PLAIN_TEMPLATE, REASONING_TEMPLATE, pieces, write_model

xllamacpp = pytest.importorskip("xllamacpp", reason="xllamacpp has no wheel here, so no real llama.cpp server runs")

THOUGHT = "They ask of papers; I think of bread [9]."
CLAIMS = ("Sourdough rises best beside a warm café oven", "A lighthouse keeper paints his boat each spring")
LAST = "Nobody has counted the gulls."
ANSWER = f"{CLAIMS[0]} [1]. {CLAIMS[1]} [2]. {LAST}"
REPLY = f"<think>{THOUGHT}</think>\n\n{ANSWER}"
REPLY_TOKENS = len(pieces(REPLY)) + 1  # and the one that ends it
PROMPT = [SystemMessage("Answer from the papers."), HumanMessage("What is cheaper?")]
TEMPLATES = {"the server splits": REASONING_TEMPLATE, "tags in the text": PLAIN_TEMPLATE}


@pytest.fixture(scope="module")
def sample() -> list[str]:
    """Text of the kind that prompts hold, for the model's tokenizer."""
    return (ROOT / "ingest" / "starter" / "papers.jsonl").read_text(encoding="utf-8").splitlines()


@pytest.fixture(scope="module")
def scripted(tmp_path_factory: pytest.TempPathFactory, sample: list[str]) -> Path:
    """The model that says REPLY."""
    file = tmp_path_factory.mktemp("model") / "scripted.gguf"
    write_model(file, REPLY, sample)
    return file


@pytest.fixture(scope="module")
def library_folder(tmp_path_factory: pytest.TempPathFactory, starter_folder: Path) -> Path:
    """A copy of the starter library."""
    return shutil.copytree(starter_folder, tmp_path_factory.mktemp("real-server") / "library")


def unmarked(text: str) -> str:
    """An answer without what checking writes behind its sentences."""
    return re.sub(r" \[(?:unsupported|uncited)\]", "", text)


@contextmanager
def serving(model: Path, *, window: int, template: str = PLAIN_TEMPLATE) -> Iterator[str]:
    """A llama.cpp server with one slot for this model, on a free port; its address."""
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(model)
    parameters.model_alias = {"scripted"}
    parameters.chat_template = template
    parameters.n_ctx = window
    parameters.n_parallel = parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = 1
    parameters.n_gpu_layers = 0
    parameters.hostnames, parameters.port = ["127.0.0.1"], 0
    parameters.offline, parameters.ui = True, False
    parameters.endpoint_metrics = True
    parameters.timeout_write = 5  # a test that fails with an unread stream open must not keep the server from ending
    server = xllamacpp.Server(parameters)
    try:
        yield str(server.listening_address)
    finally:
        del server  # frees the port and ends its threads


def get(address: str, path: str) -> str:
    """What the server says at a path."""
    with urllib.request.urlopen(f"{address}{path}", timeout=5) as response:
        return str(response.read().decode())


def tokens_written(address: str) -> int:
    """How many tokens the server has written since its start."""
    counted = re.search(r"^llamacpp:tokens_predicted_total (\d+)", get(address, "/metrics"), re.MULTILINE)
    assert counted
    return int(counted[1])


def is_writing(address: str) -> bool:
    """Whether the server's only slot is busy."""
    (slot,) = json.loads(get(address, "/slots"))
    return bool(slot["is_processing"])


def untouched_message(address: str) -> dict[str, Any]:
    """The server's message as it is, past our provider."""
    question = json.dumps({"messages": [{"role": "user", "content": "What is cheaper?"}]}).encode()
    with urllib.request.urlopen(f"{address}/v1/chat/completions", question, timeout=5) as response:
        message: dict[str, Any] = json.load(response)["choices"][0]["message"]
    return message


def model_at(address: str, max_output_tokens: int = 200) -> BaseChatModel:
    """Our model for the server, its name left open."""
    choice = choose("compatible", base_url=f"{address}/v1", api_key=None)
    return build(choice, timeout_s=10, temperature=None, max_output_tokens=max_output_tokens)


def service_at(address: str, library_folder: Path, model_cache: Path, **more: object) -> Service:
    """A service whose answers this server writes."""
    return service_in(library_folder, model_cache, llm="compatible", llm_base_url=f"{address}/v1", **more)


@pytest.mark.parametrize("template", TEMPLATES.values(), ids=list(TEMPLATES))
def test_streams_the_exact_text(scripted: Path, template: str) -> None:
    """The model is found by its server's list; its answer comes in pieces, without reasoning, and is counted."""
    with serving(scripted, window=512, template=template) as address:
        sent = untouched_message(address)
        model = model_at(address)
        chunks = [chunk for chunk in model.stream(PROMPT) if isinstance(chunk, AIMessageChunk)]
    in_text = template == PLAIN_TEMPLATE
    assert sent["content"].strip() == (REPLY if in_text else ANSWER)
    assert sent.get("reasoning_content") == (None if in_text else THOUGHT)
    assert getattr(model, "model_name", "") == "scripted"
    assert "".join(str(chunk.content) for chunk in chunks) == ANSWER
    assert sum(bool(chunk.content) for chunk in chunks) > 20
    whole = chunks[0]
    for chunk in chunks[1:]:
        whole += chunk
    assert "bread" not in str(whole.content)
    assert whole.additional_kwargs[REASONING].strip() == THOUGHT
    assert whole.response_metadata["finish_reason"] == "stop"
    assert whole.usage_metadata and whole.usage_metadata["output_tokens"] == REPLY_TOKENS
    assert whole.usage_metadata["input_tokens"] > 10


@pytest.mark.parametrize("template", TEMPLATES.values(), ids=list(TEMPLATES))
def test_room_for_reasoning_only(scripted: Path, template: str) -> None:
    """If the output limit falls into the reasoning, the error names the setting, and no reasoning shows."""
    with serving(scripted, window=512, template=template) as address, pytest.raises(EmptyReplyError) as caught:
        for chunk in model_at(address, max_output_tokens=5).stream(PROMPT):
            assert not chunk.content
    assert "ASKPAPERS_LLM_ANSWER_TOKENS" in caught.value.hint


def test_overflow(scripted: Path) -> None:
    """A prompt over the window raises our error, with the server's own numbers."""
    with serving(scripted, window=512) as address, pytest.raises(ContextOverflowError) as caught:
        list(model_at(address).stream([HumanMessage("papers " * 600)]))
    numbers = re.search(r"request \((\d+) tokens\) exceeds .* \(512 tokens\)", str(caught.value))
    assert numbers and int(numbers[1]) >= 600
    assert "{" not in str(caught.value) and "-c 8192" in caught.value.hint


def test_stop_frees_the_slot(tmp_path: Path, sample: list[str]) -> None:
    """Closing the stream of a model that would write on for seconds ends its work at once."""
    window = 32768
    write_model(tmp_path / "endless.gguf", "One wave follows another, ", sample, window=window, endless=True)
    with serving(tmp_path / "endless.gguf", window=window) as address:
        endless = cast(
            "Generator[AIMessageChunk, None, None]", model_at(address, max_output_tokens=window).stream(PROMPT)
        )
        with closing(endless) as stream:
            assert next(chunk.content for chunk in stream if chunk.content) == "One"
            assert is_writing(address)
        closed_at = time.monotonic()
        while is_writing(address) and time.monotonic() < closed_at + 5:
            time.sleep(0.01)
        assert time.monotonic() < closed_at + 3
        assert 0 < tokens_written(address) < window / 2


def test_answer_end_to_end(scripted: Path, library_folder: Path, model_cache: Path) -> None:
    """A question is answered by the server: markers tie to papers, and sentences no abstract holds get no approval."""
    with serving(scripted, window=4096, template=REASONING_TEMPLATE) as address:
        answer = ask(service_at(address, library_folder, model_cache), "How is music generated with transformers?")
    assert answer.status == "answered" and unmarked(answer.text).startswith(ANSWER)
    assert (answer.model.provider, answer.model.name) == ("compatible", "scripted")
    shown = {item.marker: item.paper for item in answer.evidence}
    assert [(c.marker, c.paper) for c in answer.citations] == [(1, shown[1].ref), (2, shown[2].ref)]
    for citation in answer.citations:
        abstract = shown[citation.marker].abstract
        assert all(abstract[quote.start : quote.end] == quote.text for quote in citation.quotes)
    assert [(claim.text, claim.markers) for claim in answer.claims] == [
        (f"{CLAIMS[0]}.", (1,)),
        (f"{CLAIMS[1]}.", (2,)),
        (LAST, ()),
    ]
    assert [claim.verdict for claim in answer.claims] == ["unsupported", "unsupported", "unchecked"]
    assert answer.claims[2].problems == ("uncited",)


def test_follow_up(scripted: Path, library_folder: Path, model_cache: Path) -> None:
    """A model that answers where it should rewrite a follow-up does not lead it astray; markers keep their papers."""
    with serving(scripted, window=4096) as address:
        service = service_at(address, library_folder, model_cache)
        answer = ask(service, "How does OVOR differ from MULTI-LANE?", "Do they release code?")
        assert tokens_written(address) == 5 * REPLY_TOKENS, "two answers, a try to repair each, and one to rewrite"
    assert answer.standalone_question == "Do OVOR and MULTI-LANE release code?"
    assert answer.status == "answered" and unmarked(answer.text).startswith(ANSWER)
    assert [citation.paper.id for citation in answer.citations] == ["2402.04129", "2405.15633"]


def test_the_window_is_read(scripted: Path, library_folder: Path, model_cache: Path) -> None:
    """A server whose window is smaller than what is set tells it, and gets no more papers than fit, at the first try."""
    with serving(scripted, window=1536) as address:
        service = service_at(address, library_folder, model_cache, llm_context_tokens=4096)
        answer = ask(service, "How is music generated with transformers?")
        assert read_window("llamacpp", address, "scripted").tokens == 1536
        assert read_window("compatible", f"{address}/v1", "scripted").tokens == 1536
    kept = [len(step["kept"]) for step in answer.trace["steps"] if step["name"] == "budget"]
    assert len(kept) == 1 and 2 <= kept[0] == len(answer.evidence) < 6
    assert unmarked(answer.text) == ANSWER and answer.notices == ()


def test_the_servers_tokenizer_counts_what_it_reads(scripted: Path) -> None:
    """Our count of a prompt is what the server says it read, but for the tags its template puts around."""
    with serving(scripted, window=2048) as address:
        counter = server_counter("compatible", f"{address}/v1", "scripted", "", TokenCounter(len, False, ""))
        model, differences = model_at(address), set()
        for user in ("Short.", "Sparse attention.\n\nReduces cost, 3.5 % of it\n\n\nfor all", "papers " * 300):
            text = "Answer from the papers."
            chunks = list(model.stream([SystemMessage(text), HumanMessage(user)]))
            (usage,) = [c.usage_metadata for c in chunks if isinstance(c, AIMessageChunk) and c.usage_metadata]
            differences.add(usage["input_tokens"] - counter.count(text) - counter.count(user))
        assert counter.is_exact
    assert max(differences) - min(differences) <= 1 and 4 <= min(differences) <= 8, differences


def test_measured(scripted: Path, library_folder: Path, model_cache: Path) -> None:
    """Doctor reads window and slots of the real server; a model that always says the same is no citing one."""
    with serving(scripted, window=4096) as address:
        service = service_at(address, library_folder, model_cache)
        found = {finding.what: finding for finding in service.test_model()}
    assert "4,096 tokens (llama.cpp says so" in found["window"].words
    assert found["stop"].words == "hanging up ends its work" and "pieces" in found["streaming"].words
    (kept,) = profiles(service.settings).all()
    assert (kept.model, kept.window, kept.streams, kept.stops, kept.canaries) == ("scripted", 4096, True, True, 3)
    assert kept.cited == 0 and kept.steps == "few" and not found["citing"].ok


def test_a_refused_prompt_is_asked_again_once(scripted: Path, library_folder: Path, model_cache: Path) -> None:
    """Where the window was not known, the server's refusal names it: fewer papers are sent at once, and it is told."""
    with serving(scripted, window=1536) as address:
        service = service_at(address, library_folder, model_cache)
        chain = replace(service.chain, limits=Limits(6, 8192, 400))
        events = list(chain.ask(Question("How is music generated with transformers?")))
        again = list(chain.ask(Question("How is music generated with transformers?")))
    kept = [len(event.data["kept"]) for event in events if isinstance(event, StepDone) and event.name == "budget"]
    assert len(kept) == 2 and 2 <= kept[1] < kept[0] == 6
    last = events[-1]
    assert isinstance(last, AnswerReady) and unmarked(last.answer.text) == ANSWER
    assert last.answer.notices == (
        f"The prompt did not fit the model's window of 1,536 tokens, so it was asked again with {kept[1]} papers.",
    )
    assert [e.data["kept"] for e in again if isinstance(e, StepDone) and e.name == "budget"] == [
        [item.paper.id for item in last.answer.evidence]
    ], "and the next question begins with what fits"
