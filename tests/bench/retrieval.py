"""`askpapers eval retrieval` on several collections, with the model of the tests and no settings of this computer.

python -m tests.bench.retrieval EVAL_FOLDER/scifact EVAL_FOLDER/scholarqabench
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from app.core.settings import Settings
from app.evaluation.retrieval import evaluate, notes, table
from tests.embedder_fixture import model_folder


def main(folders: Sequence[Path]) -> None:
    settings = Settings(_env_file=None, model_cache=model_folder().parent)  # type: ignore[call-arg]
    for folder in folders:
        measured = evaluate(folder, settings)
        print("\n".join([*notes(measured), *table(measured)]), flush=True)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main([Path(argument) for argument in sys.argv[1:]])
