"""Which weights pick the sentence that answers? Prints, for each pair, how many of the questions in
tests/data/named.jsonl find their fact among the quotes, on the starter library.

    python -m tests.bench.extractive
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from app.adapters import asked, sentence_scores
from app.bootstrap import Library, Service
from app.core.settings import Settings
from tests.conversation import ask, cases
from tests.embedder_fixture import model_folder


def facts_quoted(service: Service) -> int:
    """In how many answers one of the expected strings stands, as a word of its own."""
    found = 0
    for case in cases("named"):
        text = ask(service, case["question"]).text
        found += any(re.search(rf"(?<![0-9A-Za-z.]){re.escape(s)}(?![0-9])", text, re.I) for s in case["answer_has"])
    return found


def main() -> None:
    """Print a line a weight, a column a bonus."""
    bonuses = (0.0, 0.1, 0.2, 0.3)
    with tempfile.TemporaryDirectory() as folder:
        cache = model_folder().parent
        settings = Settings(_env_file=None, llm="extractive", data_dir=Path(folder), model_cache=cache)  # type: ignore[call-arg]
        service = Service(settings, Library(settings))
        service.load_starter()
        print("SIMILARITY         FIGURE_BONUS " + "".join(f"{bonus:6}" for bonus in bonuses))
        for similarity in (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1.0):
            sentence_scores.SIMILARITY = similarity
            row = []
            for bonus in bonuses:
                asked.FIGURE_BONUS = bonus
                row.append(facts_quoted(service))
            print(f"{similarity:10}                    " + "".join(f"{value:6}" for value in row))


if __name__ == "__main__":
    main()
