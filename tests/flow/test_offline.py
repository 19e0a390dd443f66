"""Without a network everything but other machines' models works, and nothing is even tried."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.flow.test_cli import Command, Run, assert_two_lines
from tests.scripted_server import Reply, ScriptedServer

# Put before everything else in each process: names do not resolve, nothing beyond this machine is reached, and
# whatever is tried is written down.
NO_NETWORK = """
import os, sys

def refuse(event, arguments):
    if event == "socket.connect" and isinstance(arguments[1], tuple):
        host = arguments[1][0]
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        host = arguments[0]
    else:
        return
    host = host.decode() if isinstance(host, bytes) else host or ""
    if host in ("", "localhost", "127.0.0.1", "::1", "0.0.0.0"):
        return
    with open(os.environ["TRIED"], "a") as file:
        file.write(host + "\\n")
    raise OSError(-3, "Temporary failure in name resolution")

sys.addaudithook(refuse)
"""


class Cut(Command):
    """`askpapers` on a machine that has no network."""

    def __init__(self, folder: Path, model_cache: Path) -> None:
        super().__init__(folder, model_cache)
        (folder / "cut").mkdir()
        (folder / "cut" / "sitecustomize.py").write_text(NO_NETWORK)
        self.environment["PYTHONPATH"] = f"{folder / 'cut'}:{self.environment['PYTHONPATH']}"
        self.environment["TRIED"] = str(folder / "tried.txt")
        # tiktoken's cache of this machine would hide that it wants to download.
        self.environment["TIKTOKEN_CACHE_DIR"] = str(folder / "no-tiktoken")

    @property
    def tried(self) -> list[str]:
        """The hosts that something wanted to reach."""
        file = Path(self.environment["TRIED"])
        return file.read_text().split() if file.exists() else []


@pytest.fixture
def cut(tmp_path: Path, model_cache: Path) -> Cut:
    """The command over an empty library, without a network."""
    return Cut(tmp_path, model_cache)


def test_the_cut_cuts(cut: Cut) -> None:
    """What the other tests rely on: in such a process no name resolves, and the attempt is written down."""
    done = subprocess.run(
        [sys.executable, "-c", "import socket; socket.getaddrinfo('example.org', 80)"],
        env=cut.environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1 and "name resolution" in done.stderr
    assert cut.tried == ["example.org"]


def test_the_main_flow_without_a_network(cut: Cut, tmp_path: Path) -> None:
    """First start, ingest, a question, a comparison and a model on this machine: all work, and nobody else is tried."""
    (tmp_path / "more.jsonl").write_text(
        '{"title": "Herons that fish at night", "abstract": "We watch grey herons fish at night. They catch more eels.", "year": 2024}\n'
    )
    with ScriptedServer() as server:
        server.enqueue(Reply(text="It repurposes a pretrained English model [1]."))
        steps: list[tuple[tuple[str, ...], dict[str, str], str]] = [
            (("ask", "What does ReprogBERT reprogram?"), {"ASKPAPERS_LLM": "extractive"}, "[1]"),
            (("ingest", "more.jsonl"), {}, "Stored 1 new"),
            (("ask", "What do grey herons catch?"), {"ASKPAPERS_LLM": "extractive"}, "eels"),
            (
                ("ask", "What does ReprogBERT reprogram?"),
                {"ASKPAPERS_LLM": "compatible:tiny", "ASKPAPERS_LLM_BASE_URL": server.url},
                "repurposes a pretrained English model",
            ),
        ]
        for arguments, settings, expected in steps:
            done: Run = cut(*arguments, **settings)
            assert done.returncode == 0, done.stderr
            assert expected in done.stdout
    assert cut.tried == []


def test_the_page_starts_without_a_network(cut: Cut, starter_folder: Path, tmp_path: Path) -> None:
    """The page comes up with all its files, fonts included, and nothing was waited for."""
    shutil.copytree(starter_folder, tmp_path / "library")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "app", "serve", "--port", str(port), "--llm", "extractive"],
        cwd=tmp_path,
        env=cut.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        page = ""
        until = time.monotonic() + 90
        while not page and time.monotonic() < until:
            assert process.poll() is None, process.communicate()
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as response:
                    page = response.read().decode()
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.2)
        assert "askpapers" in page
        assert "fonts.googleapis.com" not in page and "fonts.gstatic.com" not in page
        assert cut.tried == []
    finally:
        process.terminate()
        process.communicate(timeout=30)


def test_offline_refuses_a_model_elsewhere(tmp_path: Path, starter_folder: Path, model_cache: Path) -> None:
    """With --offline a model of OpenAI is not even looked up; what happened and what to do is said. Quotes still work."""
    shutil.copytree(starter_folder, tmp_path / "library")
    run = Command(tmp_path, model_cache)
    question = "What does ReprogBERT reprogram?"
    model = {"ASKPAPERS_LLM": "openai", "OPENAI_API_KEY": "sk-secret-123"}
    refused = run("--offline", "ask", question, **model)
    assert_two_lines(refused)
    assert "askpapers is offline" in refused.stderr and '"api.openai.com"' in refused.stderr
    assert "sk-secret" not in refused.stderr
    assert run("ask", question, **model, ASKPAPERS_OFFLINE="true").stderr == refused.stderr
    quotes = run("--offline", "ask", question, ASKPAPERS_LLM="extractive")
    assert quotes.returncode == 0 and "[1]" in quotes.stdout
