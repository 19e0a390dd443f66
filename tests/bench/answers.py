"""How good are the answers to our own questions, over the starter library and over the real page? Prints the tables of
docs/answers.md, or writes them there.

    python -m tests.bench.answers [--only page-dev ...] [--llm SPEC] [--failures] [--write docs/answers.md]

Both libraries are made in a temporary folder. The real page lies in the folder that ASKPAPERS_SHARED names; without it
its questions are left out. Look at failures of the dev files alone: the test files are for testing.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from app.bootstrap import Library, Service
from app.core.settings import Settings
from app.evaluation.answers import ALL, Measured, measure, notes
from app.evaluation.answers_shown import failures, markdown
from app.evaluation.paper_names import read_titles
from app.evaluation.questions import read_questions
from app.evaluation.shares import share_of
from app.wire import switch_telemetry_off
from tests.conftest import DATA, ROOT, SHARED
from tests.embedder_fixture import model_folder

PAGE = SHARED / "corpus" / "papers-page.txt"
# The page gives no ids; these papers are the same, by title.
TITLES = ROOT / "ingest" / "starter" / "papers.jsonl"
TO_BUILD_WITH = (
    "page-dev",
    "page-wordings",
    "page-more",
    "page-lists",
    "page-vague",
    "page-mixed",
    "page-further",
    "page-varied",
    "page-hands",
    "page-apart",
)
UNSEEN = (
    "page-test",
    "page-fresh",
    "page-blind",
    "page-late",
    "page-last",
    "page-final",
    "page-hidden",
    "page-unread",
    "page-casual",
)
FILES = (*TO_BUILD_WITH, *UNSEEN, "starter-dev", "starter-test")
BEGIN, END = "<!-- figures -->\n", "<!-- end of figures -->\n"

# What the first users were promised without a chat model: words, type, measure, at least (at most where negative).
AIMS = (
    ("lookup named: right paper cited", "lookup_named", "all_cited", 0.97),
    ("lookup named: facts found", "lookup_named", "facts", 0.85),
    ("lookup paraphrased: right paper cited", "lookup_paraphrased", "all_cited", 0.75),
    ("lookup paraphrased: facts found", "lookup_paraphrased", "facts", 0.5),
    ("compare: all papers cited", "compare", "all_cited", 0.9),
    ("compare: facts found", "compare", "facts", 0.7),
    ("aggregate: recall", "aggregate", "list_recall", 0.8),
    ("aggregate: precision", "aggregate", "list_precision", 0.7),
    ("not in library: refused", "not_in_library", "abstain_recall", 0.85),
    ("not in abstract: refused", "not_in_abstract", "abstain_recall", 0.5),
    ("follow-up: right paper cited", "follow_up", "all_cited", 0.9),
    ("clarify: asked back or listed", "clarify", "asked_or_listed", 0.8),
    ("answerable, wrongly refused", ALL, "wrongly_refused", -0.05),
)


def service_over(papers: Callable[[Service], object], folder: Path, llm: str) -> Service:
    """A service over a new library in `folder`, filled by `papers`."""
    settings = Settings(_env_file=None, llm=llm, data_dir=folder, model_cache=model_folder().parent)  # type: ignore[call-arg]
    service = Service(settings, Library(settings))
    papers(service)
    service.library.embed()
    return service


def measure_files(names: Sequence[str], llm: str, folder: Path) -> Iterator[Measured]:
    """The figures of each file over its library."""
    services: dict[str, Service] = {}
    fill: dict[str, Callable[[Service], object]] = {
        "page": lambda service: service.ingest_files([PAGE]),
        "starter": lambda service: service.load_starter(),
    }
    for name in names:
        path, library = DATA / "answers" / f"{name}.jsonl", name.partition("-")[0]
        if not path.is_file() or (library == "page" and not PAGE.is_file()):
            print(f"{name} is left out: there is no {PAGE if path.is_file() else path}", file=sys.stderr)
            continue
        if library not in services:
            services[library] = service_over(fill[library], folder / library, llm)
        measured = measure(services[library], read_questions(path), name, read_titles(TITLES))
        for line in notes(measured):
            print(line, file=sys.stderr)
        print(f"{name}: {len(measured.asked.judged)} of {measured.asked.questions} questions asked", file=sys.stderr)
        yield measured
        if measured.asked.interrupted:
            return


def aims(all_measured: Sequence[Measured]) -> Iterator[str]:
    """A row for each aim, a column for each file and one for those of the page that were only run, taken together; what is
    reached is bold."""
    unseen = [measured for measured in all_measured if measured.name in UNSEEN]
    names = [*(m.name for m in all_measured), *(["page, only run, together"] if len(unseen) > 1 else [])]
    yield f"| | aim | {' | '.join(names)} |"
    yield f"|---|---:|{'---:|' * len(names)}"
    for words, type_, name, aim in AIMS:
        cells = []
        for together in [*([m] for m in all_measured), *([unseen] if len(unseen) > 1 else [])]:
            judged = [j for measured in together for j in measured.asked.judged if type_ in (ALL, j.question.type)]
            found = share_of([j.parts[name] for j in judged if name in j.parts])
            share = f"{100 * found.value:.0f} %" if found else ""
            reached = found and (found.value >= aim if aim > 0 else found.value < -aim)
            cells.append(f"**{share}**" if reached else share)
        limit = f"{100 * aim:.0f} %" if aim > 0 else f"under {-100 * aim:.0f} %"
        yield f"| {words} | {limit} | {' | '.join(cells)} |"


def report(all_measured: Sequence[Measured], with_failures: bool) -> Iterator[str]:
    """All tables as lines."""
    yield from aims(all_measured)
    for measured in all_measured:
        yield from ("", f"### {measured.name}", "", *markdown(measured))
        if with_failures:
            yield from ("", *failures(measured))


def main() -> None:
    """Print the tables, or write them between their marks."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--only", nargs="+", choices=FILES, default=FILES)
    options.add_argument("--llm", default="extractive")
    options.add_argument("--failures", action="store_true")
    options.add_argument("--write", type=Path)
    chosen = options.parse_args()
    switch_telemetry_off()
    with tempfile.TemporaryDirectory() as folder:
        lines = list(report(list(measure_files(chosen.only, chosen.llm, Path(folder))), chosen.failures))
    text = "".join(f"{line}\n" for line in lines)
    if chosen.write is None:
        print(text, end="")
        return
    before, _, rest = chosen.write.read_text(encoding="utf-8").partition(BEGIN)
    _, found, after = rest.partition(END)
    if not found:
        sys.exit(f"{chosen.write} has no marks to write between: {BEGIN.strip()} {END.strip()}")
    chosen.write.write_text(f"{before}{BEGIN}{text}{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
