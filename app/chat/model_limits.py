"""What a chat model may be given, found out when the first question needs it: its window, its way to count, its profile."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock

from app.adapters.server_tokens import server_counter
from app.adapters.server_window import UNKNOWN, Window, context_to_ask, planned_window, read_window
from app.chat.budget import TEMPLATE_TOKENS
from app.chat.limits import Limits
from app.core.models import Profile
from app.core.tokens import TokenCounter, token_counter

OTHERWISE = 4096
"""The window planned for where neither the server nor the person says one: small local servers have it."""
# A server that told its window is asked again after so many seconds (the model may be loaded anew), another sooner.
_TOLD_S, _UNTOLD_S = 120.0, 20.0
# Key in `Profile.more` of the token ratios seen while measuring.
RATIOS = "token_ratios"


class WindowReader:
    """The window of one model, as its server tells it, kept for a while. Threads may share one object.

    Calling it gives the window to plan for and whether the server itself told it: what `Limits.read` takes."""

    def __init__(
        self,
        read: Callable[[], Window],
        setting: int | None = None,
        chosen_by_us: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`read` asks the server; `setting` and `chosen_by_us` as in `planned_window`."""
        self._read, self._setting, self._ours, self._clock = read, setting, chosen_by_us, clock
        self._window = UNKNOWN
        self._until = float("-inf")
        self._lock = Lock()

    @property
    def window(self) -> Window:
        """What the server tells."""
        with self._lock:
            if self._clock() >= self._until:
                self._window = self._read()
                self._until = self._clock() + (_TOLD_S if self._window.certain else _UNTOLD_S)
            return self._window

    def __call__(self) -> tuple[int, bool]:
        window = self.window
        planned = planned_window(window, self._setting, chosen_by_us=self._ours, otherwise=OTHERWISE)
        return planned, self._ours or (window.tokens is not None and window.certain)


class ContextChooser:
    """What `num_ctx` to send with a prompt to Ollama: room for it and its reply, and never less than before, for a model
    whose window changes is loaded anew. Threads may share one object."""

    def __init__(
        self, reader: WindowReader, tokens: TokenCounter, answer_tokens: int, setting: int | None = None
    ) -> None:
        self._reader, self._tokens, self._setting = reader, tokens, setting
        self._answer_tokens = answer_tokens
        self._before = 0
        self._lock = Lock()

    def __call__(self, prompt: str) -> int:
        """`prompt` is all text of the messages."""
        needed = self._tokens.count(prompt) + self._answer_tokens + TEMPLATE_TOKENS
        window = self._reader.window
        with self._lock:
            self._before = context_to_ask(needed, window, self._setting, self._before)
            return self._before


def model_limits(
    provider: str,
    address: str,
    model: str,
    key: str,
    *,
    papers: int,
    setting: int | None,
    answer_tokens: int,
    count: Callable[[str], int],
    profile: Profile | None = None,
    timeout_s: float = 2.0,
) -> tuple[Limits, TokenCounter]:
    """What a model may be given, and how its tokens are counted. Nothing is asked of its server yet.

    `setting` is the window a person has set, `count` a count of tokens that needs no server (the embedder's)."""
    if provider == "extractive":
        return Limits(papers, setting or OTHERWISE, answer_tokens), token_counter(count)
    ratios = profile.more.get(RATIOS, ()) if profile else ()
    seen = (
        [float(ratio) for ratio in ratios if isinstance(ratio, (int, float))]
        if isinstance(ratios, (list, tuple))
        else []
    )
    tokens = token_counter(count, openai=provider == "openai", ratios=seen)
    by_hand = profile.window if profile and "window" in profile.edited else None
    setting = min((each for each in (setting, by_hand) if each), default=None)
    reader = WindowReader(
        lambda: read_window(provider, address, model, key, timeout_s), setting, chosen_by_us=provider == "ollama"
    )
    if profile and profile.papers:
        papers = min(papers, profile.papers)
    limits = Limits(papers, setting or OTHERWISE, answer_tokens, profile=profile, read=reader)
    return limits, server_counter(provider, address, model, key, tokens)
