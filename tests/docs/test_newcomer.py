"""What a newcomer does first, done: the README's start line on a copy of the checkout, with nothing of ours around.

Slow (it makes an environment and installs every dependency): pytest -m slow tests/docs/test_newcomer.py
"""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.chromium import ask_in_page, chromium
from tests.conftest import ROOT

pytestmark = pytest.mark.slow
ADDRESS = "http://127.0.0.1:7860/"
LONGEST_WAIT_S = 900


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Path]:
    """The page, served by the README's line from a copy of the tracked files, in a home folder of its own."""
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", 7860)) == 0:
            pytest.fail("port 7860 is in use; stop what uses it and run this again")
    copy, home = tmp_path / "askpapers", tmp_path / "home"
    home.mkdir()
    files = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True).stdout
    for name in files.decode().split("\0"):
        if name and (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            (copy / name).write_bytes((ROOT / name).read_bytes())
    line = re.findall(
        r"^```sh\n(.*?)^```$", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    )[0]
    kept = {
        k: v
        for k, v in os.environ.items()
        if not k.startswith(("ASKPAPERS_", "OPENAI_", "PYTHON", "VIRTUAL_ENV", "XDG_"))
    }
    environment = kept | {"HOME": str(home)}
    log = (tmp_path / "log").open("wb")
    server = subprocess.Popen(
        ["bash", "-c", line], cwd=copy, env=environment, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
    )
    try:
        _wait_until_served(server, tmp_path / "log")
        yield tmp_path / "log"
    finally:
        os.killpg(server.pid, signal.SIGINT)
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            pytest.fail("serve did not stop at Ctrl-C")
        finally:
            log.close()


def _wait_until_served(server: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + LONGEST_WAIT_S
    while time.monotonic() < until:
        if server.poll() is not None:
            pytest.fail(f"the start line ended by itself:\n{log.read_text(encoding='utf-8')[-4000:]}")
        try:
            with urllib.request.urlopen(ADDRESS, timeout=5):
                return
        except OSError:
            time.sleep(0.5)
    pytest.fail(f"no page after {LONGEST_WAIT_S} s:\n{log.read_text(encoding='utf-8')[-4000:]}")


def test_start_line(served: Path) -> None:
    """One line sets up and serves; a question asked in the page is answered with its citation."""
    assert "starter library" in served.read_text(encoding="utf-8")
    with chromium() as browser:
        page = browser.new_page()
        page.goto(ADDRESS)
        ask_in_page(page, "What does ReprogBERT reprogram?")
        answer = page.locator("#ap-chat .ap-answer").last
        expect(answer.locator(".ap-marker", has_text="[1]").first).to_be_visible(timeout=60_000)
        expect(page.locator("#evidence-1")).to_contain_text("Reprogramming Pretrained Language Models")
        expect(page.locator("#evidence-1 mark").first).to_be_visible()
