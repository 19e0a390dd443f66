"""How fast the Library tab answers at 100,000 papers: a letter typed, a page turned, a filter, the tab opened.

    python -m tests.bench.library_tab [--papers 100000] [--folder KEPT]

What is timed is a handler of the tab from its inputs to the HTML it sends, papers and all; the browser and the way to it
come on top. The papers are those of `tests.bench.scale`, found by their words, without vectors, of which the tab needs
none. With --folder the library is kept there and used again.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr

from app.bootstrap import Service
from app.core.browsing import Look
from app.core.domain import Paper
from app.core.settings import Settings
from app.ui.library_list import ListPart
from app.ui.library_look import EVERY, WITH, Ticked, look_of
from app.ui.local_server import inside_a_loop
from app.wire import switch_telemetry_off
from ingest.pipeline import catch_up
from ingest.sources import jsonl
from tests.bench.scale import BenchLibrary, records

RUNS, BOUND_MS = 7, 300.0
TYPED = ("retrieval for language", "wei zhang", "quantum", "a survey of the", "2401")


def filled(folder: Path, papers: int) -> Service:
    """The library in a folder, filled if it is empty."""
    settings = Settings(_env_file=None, data_dir=folder, llm="extractive")  # type: ignore[call-arg]
    service = Service(settings, BenchLibrary(settings))
    if service.paper_count():
        return service
    library, batch = service.library, list[Paper]()
    lines = (json.dumps(record) + "\n" for record in records(papers))
    for number, record in enumerate(jsonl.papers(lines, "bench"), start=1):
        batch += [record] if isinstance(record, Paper) else []
        if len(batch) == 4000 or number == papers:
            keyword = library.keyword
            with library.writing():
                library.store.write(batch)
                catch_up(library.store, keyword)
            batch.clear()
    return service


def drawn(service: Service) -> ListPart:
    """The list, as the page draws it."""

    def draw() -> ListPart:
        part = ListPart(service)
        with gr.Blocks(analytics_enabled=False):
            part.draw_boxes()
            part.draw_list()
        return part

    return inside_a_loop(draw)


def median(work: Callable[[], Any]) -> tuple[float, float]:
    """(median, slowest) in milliseconds; the first run counts as any other."""
    times = []
    for _ in range(RUNS):
        started = time.perf_counter()
        work()
        times.append(1000 * (time.perf_counter() - started))
    return statistics.median(times), max(times)


def cases(part: ListPart, pages: int) -> dict[str, Callable[[], Any]]:
    """What a person does, by name."""

    def looked(text: str, since: str = "", author: str = "", flags: str = EVERY, sorting: str = "best") -> Any:
        return part.looked(text, since, "", author, [], flags, sorting, "50", Ticked())

    def keystrokes(text: str, sorting: str = "best") -> Any:
        return [looked(text[:end], sorting=sorting) for end in range(1, len(text) + 1)]

    found: dict[str, Callable[[], Any]] = {"the tab opened": lambda: part.opened(Look(sorting="best"), Ticked())}
    for sorting in ("newest", "oldest", "title"):
        for name, number in (("first", 1), ("middle", pages // 2), ("last", pages)):
            look = look_of("", "", "", "", [], EVERY, sorting, "50")
            at = Look(look.text, look.filters, look.sorting, number, 50)
            found[f"{name} page, {sorting}"] = lambda at=at: part.painted(at, Ticked())  # type: ignore[misc]
    for text in TYPED:
        for sorting in ("best", "title"):
            found[f'a letter of "{text}", {sorting}'] = lambda text=text, sorting=sorting: keystrokes(text, sorting)  # type: ignore[misc]
    found["filter: since 2015"] = lambda: looked("", since="2015", sorting="title")
    found["filter: author Wei Zhang"] = lambda: looked("", author="Wei Zhang")
    found["filter: with a warning"] = lambda: looked("", flags=WITH)
    found["names suggested for zh"] = lambda: part.suggested("zh")
    return found


def main() -> None:
    """Print the medians."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--papers", type=int, default=100_000)
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    switch_telemetry_off()
    with tempfile.TemporaryDirectory() as scratch:
        service = filled(given.folder or Path(scratch), given.papers)
        papers, part = service.paper_count(), drawn(service)
        service.browse(Look())
        print(f"{papers:,} papers, medians of {RUNS} runs (slowest run) in ms; 50 papers a page")
        worst = 0.0
        for name, work in cases(part, -(-papers // 50)).items():
            letters = len(name.split('"')[1]) if name.startswith("a letter") else 1
            middle, slowest = (each / letters for each in median(work))
            worst = max(worst, middle)
            print(f"{name:45} {middle:8.1f} ({slowest:.1f})")
        print(f"slowest median {worst:.1f} ms, asked: under {BOUND_MS:.0f} ms")
        service.library.close()


if __name__ == "__main__":
    main()
