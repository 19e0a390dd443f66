"""How long a person waits: `serve` to the first byte of the page, `ask` from the shell, `search` inside a process.

    python -m tests.bench.start

Medians of five runs on the starter library with warm files and compiled bytecode (PYTHONDONTWRITEBYTECODE unset).
"""

from __future__ import annotations

import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from app.bootstrap import open_service
from app.core.settings import load_settings
from tests.conversation import cases
from tests.embedder_fixture import model_folder

RUNS = 5


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _first_byte(environment: dict[str, str]) -> float:
    port = _free_port()
    started = time.perf_counter()
    command = [sys.executable, "-m", "app", "serve", "--port", str(port)]
    server = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while True:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as page:
                    page.read(1)
                return time.perf_counter() - started
            except OSError:
                if server.poll() is not None:
                    raise RuntimeError("serve ended before it answered") from None
                time.sleep(0.02)
    finally:
        server.terminate()
        server.wait(10)


def _ask(environment: dict[str, str]) -> float:
    started = time.perf_counter()
    command = [sys.executable, "-m", "app", "ask", "What does ReprogBERT reprogram?", "--json"]
    subprocess.run(command, env=environment, check=True, capture_output=True)
    return time.perf_counter() - started


def main() -> None:
    """Print the three medians."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
        environment |= {"ASKPAPERS_DATA_DIR": folder, "ASKPAPERS_LLM": "extractive"}
        service = open_service(
            load_settings(data_dir=Path(folder), llm="extractive", model_cache=model_folder().parent)
        )
        service.load_starter()
        _ask(environment)  # compiles the bytecode and warms the files
        _first_byte(environment)
        serve = statistics.median(_first_byte(environment) for _ in range(RUNS))
        ask = statistics.median(_ask(environment) for _ in range(RUNS))
        questions = [case["question"] for case in cases("named")]
        service.search(questions[0], 10)
        times = []
        for question in questions:
            started = time.perf_counter()
            service.search(question, 10)
            times.append(time.perf_counter() - started)
    print(
        f"serve to first byte {serve:.2f} s, ask {ask:.2f} s, search in process {statistics.median(times) * 1000:.1f} ms"
    )


if __name__ == "__main__":
    main()
