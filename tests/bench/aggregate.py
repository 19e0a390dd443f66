"""How well are whole-library questions answered without a model? Prints recall and precision of the papers that answers cite,
over the real listing page, for each half of tests/data/aggregate.jsonl.

    python -m tests.bench.aggregate [--each] [FILE ...]

Papers that may be cited count neither way. A FILE is another set of such questions (`must_cite`, `may_cite`). The page may
not be published; ASKPAPERS_SHARED says where the project keeps it.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

from app.bootstrap import Library, Service
from app.chat.checking.answer import Looked
from app.chat.checking.library import check_library
from app.core.domain import Plan, title_key
from app.core.filters import EVERY_PAPER
from app.core.settings import Settings
from tests.conftest import DATA, SHARED
from tests.embedder_fixture import model_folder


@dataclass
class Score:
    """What the answers to some questions cite, against what they must and may."""

    recalls: list[float] = field(default_factory=list)
    precisions: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    refused: int = 0
    abstained: int = 0
    absent: int = 0

    def line(self, name: str) -> str:
        """One row of the table."""
        recall, precision = _mean(self.recalls), _mean(self.precisions)
        return (
            f"{name:10} {len(self.seconds):9} {recall:8.3f} {precision:10.3f} {self.refused:8} "
            f"{self.abstained:5}/{self.absent:<5} {_mean(self.seconds):8.2f}"
        )


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def arxiv_ids() -> dict[str, str]:
    """The arXiv id of each paper of the page by its title key: the starter library has the same papers."""
    text = resources.files("ingest").joinpath("starter/papers.jsonl").read_text(encoding="utf-8")
    return {title_key(paper["title"]): paper["id"] for paper in map(json.loads, text.splitlines())}


def looked(service: Service, question: str) -> Looked:
    """The answer to a question about the whole library."""
    events = list(check_library(service.chain.searching, Plan("aggregate", question), EVERY_PAPER, {}))
    assert isinstance(events[-1], Looked)
    return events[-1]


def score(
    service: Service, cases: Sequence[Mapping[str, Any]], known: Mapping[str, str] | None = None, each: bool = False
) -> Score:
    """Ask all of these; `known` gives the ids that the cases use by title key, where they are not the library's own."""
    result = Score()
    for case in cases:
        started = time.perf_counter()
        answer = looked(service, case["question"])
        result.seconds.append(time.perf_counter() - started)
        cited = {known[title_key(c.paper.title)] if known else c.paper.id for c in answer.citations}
        must, may = set(case["must"]), set(case["may"])
        if not must:
            result.absent += 1
            result.abstained += not cited
        elif not cited:
            result.refused += 1
        recall = len(cited & must) / len(must) if must else None
        precision = len(cited & (must | may)) / len(cited) if cited else None
        result.recalls += [] if recall is None else [recall]
        result.precisions += [] if precision is None else [precision]
        if each and (recall not in (None, 1.0) or precision not in (None, 1.0)):
            print(
                f"  {case['id']} {case['question']}  missed {sorted(must - cited)}  wrong {sorted(cited - must - may)}"
            )
    return result


def cases_of(file: Path) -> list[dict[str, Any]]:
    """The whole-library questions of a file, in one shape."""
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    return [
        {"must": case.get("must_cite", []), "may": case.get("may_cite", []), "split": file.stem, **case}
        for case in lines
        if case.get("type", "aggregate") == "aggregate"
    ]


def main(arguments: Sequence[str]) -> None:
    """Print a row a set of questions."""
    files = [DATA / "aggregate.jsonl", *(Path(name) for name in arguments if not name.startswith("--"))]
    cases = [case for file in files for case in cases_of(file)]
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(_env_file=None, llm="extractive", data_dir=Path(folder), model_cache=model_folder().parent)  # type: ignore[call-arg]
        service = Service(settings, Library(settings))
        service.ingest_files([SHARED / "corpus" / "papers-page.txt"])
        service.library.embed()
        known = arxiv_ids()
        print("set        questions   recall  precision  refused  abstained   seconds")
        for split in dict.fromkeys(case["split"] for case in cases):
            own = [case for case in cases if case["split"] == split]
            print(score(service, own, known, "--each" in arguments).line(split))
        service.library.close()


if __name__ == "__main__":
    main(sys.argv[1:])
