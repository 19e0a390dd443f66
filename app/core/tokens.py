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


def tiktoken_cache_file() -> Path:
    """Where tiktoken keeps the encoding (its own rule: a folder from the environment, SHA-1 of the address)."""
    folder = os.environ.get("TIKTOKEN_CACHE_DIR") or os.environ.get("DATA_GYM_CACHE_DIR")
    base = Path(folder) if folder else Path(tempfile.gettempdir()) / "data-gym-cache"
    return base / hashlib.sha1(_ENCODING_ADDRESS.encode()).hexdigest()


def token_counter(fallback: Callable[[str], int]) -> TokenCounter:
    """tiktoken's count if its encoding is on this machine, else `fallback` raised by `SAFETY`."""
    if tiktoken_cache_file().is_file():
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
