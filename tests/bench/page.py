"""How long a person waits for the page: until it can be used, and from Enter to the evidence on screen, at 5,000 papers.

    python -m tests.bench.page EVAL_FOLDER/scifact [--papers 5000] [--folder KEPT]

The papers and the questions are SciFact's abstracts and claims, the embedder is the default one, no model writes. `serve` is
a process of its own; a real Chromium asks, every question in a new chat. Times are taken inside the browser, from the press
of Enter to the frame after the first card of evidence is there. With --folder the library is kept there and used again.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from itertools import islice
from pathlib import Path

from playwright.sync_api import Page, expect

from app.bootstrap import open_service
from app.core.settings import load_settings
from tests.bench.start import _free_port
from tests.chromium import chromium
from tests.embedder_fixture import model_folder

WARM_UPS, QUESTIONS, OPENED = 3, 20, 5
# From Enter to the frame that shows the first card; the page's own events are not waited for.
TIMED = """text => new Promise((done) => {
  const box = document.querySelector("#ap-question textarea");
  const began = performance.now();
  const look = new MutationObserver(() => {
    if (!document.querySelector("#ap-evidence .ap-card")) return;
    look.disconnect();
    requestAnimationFrame(() => setTimeout(() => done(performance.now() - began)));
  });
  look.observe(document.body, { childList: true, subtree: true });
  box.dispatchEvent(new KeyboardEvent("keypress", { key: "Enter", code: "Enter", bubbles: true, cancelable: true }));
  setTimeout(() => { look.disconnect(); done(-1); }, 15000);
})"""


def filled(environment: dict[str, str], corpus: Path, papers: int, folder: Path) -> None:
    """The first so many papers of the corpus in a library with vectors."""
    part = folder / "part.jsonl"
    with corpus.open(encoding="utf-8") as lines, part.open("w", encoding="utf-8") as out:
        out.writelines(islice(lines, papers))
    subprocess.run([sys.executable, "-m", "app", "ingest", str(part)], env=environment, check=True)


def waited(environment: dict[str, str], claims: list[str]) -> tuple[list[float], list[float]]:
    """(seconds until a page just opened can be used, seconds to the evidence of each question)."""
    port = _free_port()
    command = [sys.executable, "-m", "app", "serve", "--port", str(port)]
    server = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}/"
    try:
        while True:
            try:
                urllib.request.urlopen(url, timeout=30).close()
                break
            except OSError:
                time.sleep(0.1)
        with chromium() as browser:
            opened = []
            for _ in range(OPENED):
                page = browser.new_context().new_page()
                began = time.perf_counter()
                page.goto(url)
                expect(page.locator("#ap-examples button").first).to_be_visible(timeout=60_000)
                opened.append(time.perf_counter() - began)
            return opened, [seconds(page, claim) for claim in claims][WARM_UPS:]
    finally:
        server.terminate()
        server.wait(20)


def seconds(page: Page, claim: str) -> float:
    """From Enter to the evidence, in a new chat."""
    box = page.locator("#ap-question textarea")
    box.fill(claim)
    page.wait_for_timeout(200)  # the box has told the page what is typed
    took = float(page.evaluate(TIMED, claim)) / 1000
    if took < 0:
        raise RuntimeError(f"no evidence for {claim!r}")
    expect(page.locator("#ap-send")).to_be_visible(timeout=60_000)
    page.locator("#ap-new").click()
    expect(page.locator("#ap-evidence .ap-card")).to_have_count(0, timeout=60_000)
    expect(page.locator("#ap-send")).to_be_visible(timeout=60_000)
    return took


def main() -> None:
    """Print the medians."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scifact", type=Path)
    parser.add_argument("--papers", type=int, default=5000)
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    queries = (
        json.loads(line) for line in (options.scifact / "queries.jsonl").read_text(encoding="utf-8").splitlines()
    )
    claims = [each["text"] for each in islice(queries, WARM_UPS + QUESTIONS)]
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        environment = {
            **os.environ,
            "ASKPAPERS_DATA_DIR": str(folder),
            "ASKPAPERS_LLM": "extractive",
            "ASKPAPERS_MODEL_CACHE": str(model_folder().parent),
        }
        service = open_service(load_settings(data_dir=folder, llm="extractive", model_cache=model_folder().parent))
        if service.paper_count() < options.papers or not service.dense_index().whole:
            filled(environment, options.scifact / "corpus.jsonl", options.papers, folder)
        opened, took = waited(environment, claims)
    print(f"papers: {options.papers:,}")
    print(f"page opened until usable: median {statistics.median(opened):.2f} s, slowest {max(opened):.2f} s")
    print(f"Enter to evidence: median {1000 * statistics.median(took):.0f} ms, slowest {1000 * max(took):.0f} ms")


if __name__ == "__main__":
    main()
