"""Our provider and a whole Service against a second real server, that of llama-cpp-python: same engine as llama.cpp's own
server, but another server around it, with other paths, errors and habits.

Its package is built from source for minutes, so it is no part of the test extra. Run by hand:
    python -m venv second && second/bin/pip install "llama-cpp-python[server]"
    ASKPAPERS_SECOND_SERVER=second/bin/python pytest -m slow tests/contract/test_second_server.py
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import cast

import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessageChunk, HumanMessage, SystemMessage

from app.adapters.chat_models import build, choose
from app.adapters.server_tokens import server_counter
from app.core.errors import ContextOverflowError, EmptyReplyError
from app.core.tokens import TokenCounter
from tests.conftest import ROOT, service_in
from tests.conversation import ask
from tests.scripted_gguf import write_model

PYTHON = os.environ.get("ASKPAPERS_SECOND_SERVER", "")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not PYTHON, reason="ASKPAPERS_SECOND_SERVER names no Python with llama-cpp-python's server"),
]

ANSWER = "Sourdough rises best beside a warm café oven [1]. A lighthouse keeper paints his boat each spring [2]."
REPLY = f"<think>They ask of papers; I think of bread [9].</think>\n\n{ANSWER}"
PROMPT = [SystemMessage("Answer from the papers."), HumanMessage("What is cheaper?")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Holds the model that says REPLY, and one that never ends."""
    folder = tmp_path_factory.mktemp("second")
    sample = (ROOT / "ingest" / "starter" / "papers.jsonl").read_text(encoding="utf-8").splitlines()
    write_model(folder / "scripted.gguf", REPLY, sample)
    write_model(folder / "endless.gguf", "One wave follows another, ", sample, window=32768, endless=True)
    return folder


@contextmanager
def serving(model: Path, window: int) -> Iterator[str]:
    """The server with this model on a free port; its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    given = {"--model": model, "--model_alias": "scripted", "--host": "127.0.0.1", "--port": port, "--n_ctx": window}
    command = [PYTHON, "-m", "llama_cpp.server", *(str(each) for pair in given.items() for each in pair)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            try:
                urllib.request.urlopen(f"{address}/v1/models", timeout=2).close()
                break
            except (urllib.error.URLError, OSError):
                assert process.poll() is None, "the server ended before it was up"
                time.sleep(0.2)
        yield address
    finally:
        process.terminate()
        process.wait(10)


def model_at(address: str, max_output_tokens: int = 200) -> BaseChatModel:
    choice = choose("compatible", base_url=f"{address}/v1", api_key=None)
    return build(choice, timeout_s=20, temperature=None, max_output_tokens=max_output_tokens)


def test_streams_counts_and_refuses(folder: Path) -> None:
    """The text in pieces without the reasoning; its tokenizer counts as it reads; too long a prompt, of which a stream
    says nothing here, is refused in words with its numbers; room for reasoning only is said."""
    with serving(folder / "scripted.gguf", 512) as address:
        chunks = [chunk for chunk in model_at(address).stream(PROMPT) if isinstance(chunk, AIMessageChunk)]
        assert "".join(str(chunk.content) for chunk in chunks) == ANSWER
        assert sum(bool(chunk.content) for chunk in chunks) > 15

        counter = server_counter("compatible", f"{address}/v1", "scripted", "", TokenCounter(len, False, ""))
        assert 50 <= counter.count("papers " * 50) <= 160 and counter.is_exact

        with pytest.raises(ContextOverflowError) as overflow:
            list(model_at(address).stream([HumanMessage("papers " * 600)]))
        assert "512" in str(overflow.value) and "{" not in str(overflow.value)

        with pytest.raises(EmptyReplyError) as empty:
            list(model_at(address, max_output_tokens=5).stream(PROMPT))
        assert "ASKPAPERS_LLM_ANSWER_TOKENS" in empty.value.hint


def test_an_answer_with_fewer_papers_where_the_window_is_small(
    folder: Path, starter_folder: Path, model_cache: Path, tmp_path: Path
) -> None:
    """It tells its window only when it refuses: then the question is asked again with what fits, and that is told."""
    library = shutil.copytree(starter_folder, tmp_path / "library")
    with serving(folder / "scripted.gguf", 1536) as address:
        service = service_in(library, model_cache, llm="compatible", llm_base_url=f"{address}/v1")
        answer = ask(service, "How is music generated with transformers?")
    assert re.sub(r" \[(?:unsupported|uncited)\]", "", answer.text) == ANSWER
    assert [citation.marker for citation in answer.citations] == [1, 2]
    assert "window of 1,536 tokens, so it was asked again with" in " ".join(answer.notices)


def test_hanging_up_ends_its_work(folder: Path) -> None:
    """After Stop the next question is answered soon, though the one before would have been written for a long time."""
    with serving(folder / "endless.gguf", 32768) as address:
        stream = cast("Iterator[AIMessageChunk]", model_at(address, max_output_tokens=30000).stream(PROMPT))
        with closing(stream) as endless:  # type: ignore[type-var]
            assert next(chunk.content for chunk in endless if chunk.content)
        began = time.monotonic()
        assert next(chunk.content for chunk in model_at(address, max_output_tokens=20).stream(PROMPT) if chunk.content)
        assert time.monotonic() - began < 3
