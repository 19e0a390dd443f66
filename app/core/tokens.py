"""Counting tokens without ever going to the network.

tiktoken downloads its encodings at first use, which hangs or fails for a person who is offline. So its encoding is
used only when tiktoken's own cache already holds it; otherwise the embedder's tokenizer counts, times a safety
factor, and a note says so once.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ENCODING = "o200k_base"
# tiktoken's own check: it deletes a cached file that fails it, and downloads a new one.
_ENCODING_SHA256 = "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d"
_ENCODING_ADDRESS = f"https://openaipublic.blob.core.windows.net/encodings/{ENCODING}.tiktoken"

# WordPiece (lower-cased, 30 k entries) can give fewer tokens than a chat model's tokenizer on figures, code and
# other languages, so its count is raised by this factor.
SAFETY = 1.35


@dataclass(frozen=True, slots=True)
class TokenCounter:
    """Counts tokens of a text. `exact` is False when the count is an estimate from above."""

    count: Callable[[str], int]
    exact: bool
    note: str


def tiktoken_cache_file() -> Path | None:
    """Where tiktoken keeps the encoding (its own rule: a folder from the environment, SHA-1 of the address); None when
    its cache is switched off by an empty name, so that it would download at every start."""
    for variable in ("TIKTOKEN_CACHE_DIR", "DATA_GYM_CACHE_DIR"):
        if variable in os.environ:
            folder = os.environ[variable]
            break
    else:
        folder = str(Path(tempfile.gettempdir()) / "data-gym-cache")
    return Path(folder) / hashlib.sha1(_ENCODING_ADDRESS.encode()).hexdigest() if folder else None


def _is_whole(file: Path | None) -> bool:
    try:
        return file is not None and hashlib.sha256(file.read_bytes()).hexdigest() == _ENCODING_SHA256
    except OSError:
        return False


def token_counter(fallback: Callable[[str], int]) -> TokenCounter:
    """tiktoken's count if its encoding is on this machine, else `fallback` raised by `SAFETY`."""
    if _is_whole(tiktoken_cache_file()):
        try:
            import tiktoken

            encoding = tiktoken.get_encoding(ENCODING)
        except Exception:
            pass
        else:
            return TokenCounter(
                lambda text: len(encoding.encode(text, disallowed_special=())),
                True,
                f"Tokens are counted with tiktoken ({ENCODING}).",
            )
    return TokenCounter(
        lambda text: round(fallback(text) * SAFETY),
        False,
        f"tiktoken's encoding {ENCODING} is not on this machine: tokens are estimated, a little high, "
        "with the embedder's tokenizer.",
    )
