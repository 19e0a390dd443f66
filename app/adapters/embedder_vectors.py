"""What every embedder of somebody else needs: clean texts in, checked vectors out, tokens guessed from above."""

from __future__ import annotations

import math
import re

import numpy as np

from app.core.errors import EmbedderChangedError, EmbedderError
from app.core.ports import Vectors

# Tokenizers keep a common word whole and cut the others; signs and figures come out nearly one by one.
_PIECES = re.compile(r"[^\W\d_]+|[^\s]")
_LETTERS_A_TOKEN = 4
_SPECIAL_TOKENS = 2
# Servers refuse a text without content, or give no vector for it.
_NOTHING = "."
_BAD_MODEL = "Choose another embedding model, or look at the server's own log"


def estimate_tokens(text: str) -> int:
    """About how many tokens a model cuts `text` into, rather too many than too few, special tokens included.

    The tokenizer behind a server is not at hand. A word of letters counts one for each four of them begun, a letter
    outside ASCII, a digit and a sign one each. Appending to a text never lowers the count."""
    count = _SPECIAL_TOKENS
    for piece in _PIECES.findall(text):
        count += math.ceil(len(piece) / _LETTERS_A_TOKEN) if piece.isascii() else len(piece)
    return count


def clean(text: str) -> str:
    """`text` as a server can take it: with content, and without the half characters that broken JSON brings."""
    return text.encode("utf-8", "replace").decode("utf-8") if text.strip() else _NOTHING


def unit_rows(rows: object, texts: list[str], dimension: int | None, who: str, again: str) -> Vectors:
    """The vectors of `texts`, float32 of shape (len(texts), dimension), each brought to length 1.

    `who` is the embedder in words, `again` what to type if its dimension is no longer `dimension`. Raises
    EmbedderError where the count, the form, the dimension or a number is wrong."""
    try:
        found = np.asarray(rows, np.float64)
    except (TypeError, ValueError, OverflowError):
        raise EmbedderError(f"{who} sent vectors that are no lists of numbers of one length", _BAD_MODEL) from None
    if found.ndim == 0 or len(found) != len(texts):
        count = len(found) if found.ndim else 0
        raise EmbedderError(f"{who} sent {count} vectors for {len(texts)} texts", _BAD_MODEL)
    if found.ndim != 2 or found.shape[1] == 0:
        raise EmbedderError(f"{who} sent vectors that are no lists of numbers of one length", _BAD_MODEL)
    if dimension is not None and found.shape[1] != dimension:
        raise EmbedderChangedError(
            f"{who} now gives {found.shape[1]} numbers a text, and gave {dimension} before: another model stands "
            "behind that name",
            again,
        )
    largest = np.abs(found).max(axis=1)
    for row in np.flatnonzero(~np.isfinite(largest) | (largest == 0)):
        kind = "of nothing but zeros" if largest[row] == 0 else "with a number that is none (NaN or infinite)"
        raise EmbedderError(f'{who} sent a vector {kind} for the text "{_beginning(texts[row])}"', _BAD_MODEL)
    # Brought near 1 first, since the square of a very large or small number is none.
    found /= largest[:, None]
    return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True), np.float32)


def _beginning(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 60 else f"{line[:60]}..."
