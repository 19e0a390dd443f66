"""Whether a server read all of a prompt, and how much it can read, from what it says afterwards.

Some servers refuse a prompt that is too long, and say in words how long it may be. Others cut it in silence: Ollama drops
its middle down to the window or to half of it, rules first. Then only the count of tokens read tells.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from threading import Lock
from typing import Any

from app.core.tokens import TokenCounter

# No server has so small a window that a cut prompt has fewer tokens than this left: such a count is of something else,
# as of what was not in the server's cache.
FEWEST_LEFT = 256
# Shares of what we count that the server says it read, below which it cannot have read all. An exact count is never more
# than what is read; a learned one is near it; another may be twice of it (German text, counted with an English vocabulary).
_EXACT, _LEARNED, _LIKE_A_CUT, _GUESSED = 0.9, 0.7, 0.7, 0.45
_REMEMBERED_S = 900.0

_WINDOW = (
    re.compile(r"n_ctx[\"']?\s*[:=]\s*(\d+)"),
    re.compile(r"only supports (\d[\d,]*)", re.IGNORECASE),
    re.compile(r"context (?:length|size|window (?:of|is|size))[^\d]{0,20}?\(?(\d[\d,]*) tokens", re.IGNORECASE),
)
_ASKED = (
    re.compile(r"request \((\d[\d,]*) tokens\)", re.IGNORECASE),
    re.compile(r"\((\d[\d,]*) in the messages", re.IGNORECASE),
    re.compile(r"input has (\d[\d,]*) tokens", re.IGNORECASE),
    re.compile(r"keep the first (\d[\d,]*) tokens", re.IGNORECASE),
    re.compile(r"n_keep[\"']?\s*[:=]\s*(\d+)"),
    re.compile(r"resulted in (\d[\d,]*) tokens", re.IGNORECASE),
)


class Ear:
    """A chat model as it is asked for one reply, with what its server says of it: `read` tokens of the prompt, None if it
    does not tell; `spoke`, whether any words came."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self.read: int | None = None
        self.spoke = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)

    def stream(self, *args: Any, **kwargs: Any) -> Iterator[Any]:
        """As the model streams; closing the iterator closes the model's."""
        with closing(self._model.stream(*args, **kwargs)) as chunks:
            for chunk in chunks:
                usage = getattr(chunk, "usage_metadata", None)
                if usage and usage.get("input_tokens"):
                    self.read = int(usage["input_tokens"])
                self.spoke = self.spoke or bool(str(chunk.text or ""))
                yield chunk


class LearnedWindow:
    """A window that calls have shown to be smaller than planned for. Held for a while only, for a server may be started
    anew with a larger one. Threads may share one object."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._tokens: int | None = None
        self._until = 0.0
        self._lock = Lock()
        self.comparable = True
        """Whether the server's count of tokens read can be compared with an exact one of ours."""

    def within(self, planned: int) -> int:
        """The window to plan for."""
        with self._lock:
            known = self._tokens if self._clock() < self._until else None
            return planned if known is None else min(planned, known)

    def hold(self, tokens: int) -> None:
        """Plan for no more than this."""
        with self._lock:
            self._tokens, self._until = max(1, tokens), self._clock() + _REMEMBERED_S

    def differs(self) -> None:
        """What looked like a small window is another way of counting: forget it, and compare no more."""
        with self._lock:
            self._tokens, self.comparable = None, False


def was_cut(sent: int, read: int | None, tokens: TokenCounter, window: int) -> bool:
    """Whether a server that says it `read` so many tokens has cut a prompt that we count as `sent`, for a model whose
    `window` we take to be this."""
    if read is None or read < FEWEST_LEFT or read >= sent:
        return False
    share = read / sent
    if tokens.is_exact:
        return share < _EXACT
    if read == window and sent > window:
        return True
    if tokens.ratio and tokens.ratio.certain:
        return share < _LEARNED * tokens.ratio.spread
    return share < (_LIKE_A_CUT if window_behind(read) else _GUESSED)


def window_behind(read: int) -> int | None:
    """The window that leaves so many tokens of a prompt cut to it, or to half of it and the few tokens that Ollama keeps
    of the beginning; None if it looks like neither. Windows are round numbers."""
    if read % 512 == 0:
        return read
    return next((2 * (read - kept) for kept in (2, 3, 1) if (read - kept) % 256 == 0), None)


def said_in(words: str) -> tuple[int | None, int | None]:
    """(window, tokens of the prompt) as an error about the length of a prompt says them; None where it does not."""
    window, asked = (_first(patterns, words) for patterns in (_WINDOW, _ASKED))
    return window, asked


def _first(patterns: tuple[re.Pattern[str], ...], words: str) -> int | None:
    found = (match for pattern in patterns if (match := pattern.search(words)))
    number = next((int(match[1].replace(",", "")) for match in found), 0)
    return number or None
