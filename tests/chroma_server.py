"""A real Chroma server for tests: `chroma run` on a free port of this computer, killed after."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

_STARTS_WITHIN_S = 60.0


class ChromaServer:
    """`chroma run` over the folder `path`. It can be killed and started again at the same address."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._process: subprocess.Popen[bytes] | None = None
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = int(free.getsockname()[1])
        self.url = f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Start it and wait until it answers."""
        beside = Path(sys.executable).with_name("chroma")
        command = str(beside) if beside.exists() else shutil.which("chroma")
        assert command, "the chroma command is not installed"
        self._process = subprocess.Popen(
            [command, "run", "--path", str(self._path), "--host", "127.0.0.1", "--port", str(self._port)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until = time.monotonic() + _STARTS_WITHIN_S
        while not self._answers():
            assert self._process.poll() is None, "chroma run has ended"
            assert time.monotonic() < until, "chroma run does not answer"
            time.sleep(0.05)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/api/v2/heartbeat", timeout=1) as reply:
                return bool(reply.status == 200)
        except OSError:
            return False

    def kill(self) -> None:
        """End it at once, as a crash does."""
        if self._process:
            self._process.kill()
            self._process.wait(30)
            self._process = None

    def freeze(self) -> None:
        """It takes connections and answers nothing, as a computer that swaps does."""
        assert self._process
        self._process.send_signal(signal.SIGSTOP)
