"""Counting tokens as a chat model's server will, without ever going to the network by itself.

tiktoken downloads its encodings at first use, which hangs or fails for a person who is offline. So its encoding is
used only when tiktoken's own cache already holds it, and is exact for OpenAI's models alone. A server that offers its
tokenizer is asked. Everything else is an estimate from above, which learns from what the server says it has read.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

ENCODING = "o200k_base"
# tiktoken's own check: it deletes a cached file that fails it, and downloads a new one.
_ENCODING_SHA256 = "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d"
_ENCODING_ADDRESS = f"https://openaipublic.blob.core.windows.net/encodings/{ENCODING}.tiktoken"

# WordPiece (lower-cased, 30 k entries) can give fewer tokens than a chat model's tokenizer on figures, code and
# other languages, so its count is raised by this factor. Measured on abstracts: o200k and Llama 3 take 0.88 to 0.98
# of its count, Llama 2 and its kin 1.02 to 1.15.
SAFETY = 1.35
# The same over tiktoken's count, for models that are not OpenAI's.
SAFETY_TIKTOKEN = 1.25


class TokenRatio:
    """How many tokens a model's server reads for each one that we estimate: `start` until calls have shown better.

    Threads may share one object."""

    FEWEST, SHORTEST, MARGIN = 3, 200, 1.03
    LEAST, MOST = 0.4, 4.0

    def __init__(self, start: float = SAFETY, seen: Iterable[float] = ()) -> None:
        """`seen` are ratios of an earlier time, as `seen` gives them."""
        self._start = start
        self._seen: deque[float] = deque((r for r in seen if self.LEAST <= r <= self.MOST), maxlen=8)
        self._lock = Lock()

    @property
    def seen(self) -> tuple[float, ...]:
        """The ratios of the last calls, rounded: what to keep for another time."""
        with self._lock:
            return tuple(round(ratio, 3) for ratio in self._seen)

    @property
    def certain(self) -> bool:
        """Whether enough calls have shown it."""
        return len(self._seen) >= self.FEWEST

    @property
    def value(self) -> float:
        """The ratio from above: lower than at the start only once enough calls agree."""
        seen = self.seen
        highest = max(seen, default=0.0) * self.MARGIN
        return highest if len(seen) >= self.FEWEST else max(self._start, highest)

    @property
    def spread(self) -> float:
        """The lowest ratio seen as a share of `value`: so much less than estimated is nothing new."""
        return min(self.seen, default=self.value) / self.value

    def learn(self, estimated: int, read: int, whole: bool) -> None:
        """Take in a call: `estimated` tokens before any factor, of which the server says it `read` so many. `whole`: it is
        known that it read all of it. Otherwise only what raises the ratio is believed, for a cut only ever lowers it."""
        if estimated < self.SHORTEST or read <= 0:
            return  # too short: the chat template would weigh too much
        ratio = read / estimated
        if not self.LEAST <= ratio <= self.MOST or (not whole and ratio <= self.value):
            return
        with self._lock:
            self._seen.append(ratio)


@dataclass(frozen=True, slots=True)
class TokenCounter:
    """Counts tokens of a text. `exact` is False when the count is an estimate from above; then `ratio` is what the
    estimate is raised by, over `bare`, and learns. `late`, where it is there, tells whether the count has turned out to be
    exact: a server is asked at the first count, not before."""

    count: Callable[[str], int]
    exact: bool
    note: str
    ratio: TokenRatio | None = None
    bare: Callable[[str], int] | None = None
    late: Callable[[], bool] | None = None

    @property
    def is_exact(self) -> bool:
        """Whether the counts are exact, as far as is known by now."""
        return self.exact or (self.late is not None and self.late())

    def learn(self, text: str, read: int, whole: bool) -> None:
        """Take in that the server says it read so many tokens of this text (see `TokenRatio.learn`)."""
        if self.ratio and self.bare and not self.is_exact:
            self.ratio.learn(self.bare(text), read, whole)


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


def _tiktoken() -> Callable[[str], int] | None:
    """tiktoken's count if its encoding is on this machine."""
    if not _is_whole(tiktoken_cache_file()):
        return None
    try:
        import tiktoken

        encoding = tiktoken.get_encoding(ENCODING)
    except Exception:
        return None
    return lambda text: len(encoding.encode(text, disallowed_special=()))


def token_counter(fallback: Callable[[str], int], *, openai: bool = True, ratios: Iterable[float] = ()) -> TokenCounter:
    """tiktoken's count if its encoding is on this machine, else `fallback` raised by `SAFETY`. Of models that are not of
    `openai` either is an estimate, which begins with the `ratios` seen earlier."""
    exact = _tiktoken()
    if exact and openai:
        return TokenCounter(exact, True, f"Tokens are counted with tiktoken ({ENCODING}).")
    bare = exact or fallback
    ratio = TokenRatio(SAFETY_TIKTOKEN if exact else SAFETY, ratios)
    if openai:
        note = f"tiktoken's encoding {ENCODING} is not on this machine: tokens are estimated, a little high, with the embedder's tokenizer."
    else:
        note = "Tokens are estimated, a little high; the estimate learns from what the server says it has read."
    return TokenCounter(lambda text: round(bare(text) * ratio.value), False, note, ratio, bare)
