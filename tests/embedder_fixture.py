"""Where the tests find the real embedding model: the product's own cache, so that one fetch serves both.

Not in conftest, so that the benches can use it too. The first call on a computer fetches up to 90 MB.
"""

from __future__ import annotations

import os
import sys
from functools import cache
from pathlib import Path

from platformdirs import user_cache_path

from app.adapters.minilm_weights import ensure_model


def cache_folder() -> Path:
    """The folder that holds model.onnx; ASKPAPERS_MODEL_CACHE, if set, names the folder above it."""
    named = os.environ.get("ASKPAPERS_MODEL_CACHE")
    models = Path(named) if named else user_cache_path("askpapers", appauthor=False) / "models"
    return models / "all-MiniLM-L6-v2"


@cache
def model_folder() -> Path:
    """That folder, ready to use. EmbedderError when the model is not there and no way to it works."""
    source = os.environ.get("ASKPAPERS_EMBEDDER_DIR")
    return ensure_model(cache_folder(), Path(source) if source else None, _to_stderr)


def _to_stderr(line: str) -> None:
    print(line, file=sys.stderr)
