"""Counting tokens with the tokenizer of the server that will read them, where it lends it: llama.cpp, vLLM and
llama-cpp-python.

A prompt is made of blocks that stand in many prompts (the rules, each abstract), so blocks are counted and remembered, not
whole prompts. A server that stops answering is left alone for a while, and the estimate counts instead.
"""

from __future__ import annotations

import re
import time
import weakref
from collections import OrderedDict
from collections.abc import Callable, Mapping
from threading import Lock
from typing import Any

from app.adapters.server_json import ServerJson
from app.core.tokens import TokenCounter

_BLOCK = re.compile(r".+?(?:\n{2,}|\Z)", re.DOTALL)
_MOST_KEPT = 4096
# How long one is left alone that did answer, and one that never has.
_REST_S, _REFUSED_S = 30.0, 600.0
_TIMEOUT_S = 2.0


def server_counter(
    provider: str, address: str, model: str, key: str, estimate: TokenCounter, timeout_s: float = _TIMEOUT_S
) -> TokenCounter:
    """The server's own count where it lends its tokenizer, else `estimate`. Nothing is asked before the first count, and
    nothing raised."""
    if estimate.exact or provider in ("extractive", "openai", "ollama", "lmstudio"):
        return estimate  # these have none
    try:
        tokenizer = ServerTokenizer(address, model, key, estimate.count, timeout_s)
    except ValueError:
        return estimate
    note = f"Tokens are counted with the server's own tokenizer, where it lends it. {estimate.note}"
    return TokenCounter(tokenizer.count, False, note, estimate.ratio, estimate.bare, lambda: tokenizer.lends)


class ServerTokenizer:
    """`/tokenize` of a llama.cpp or vLLM server, `/extras/tokenize/count` of one of llama-cpp-python. Threads may share one object. `lends` says whether it has counted."""

    def __init__(
        self,
        address: str,
        model: str,
        key: str,
        otherwise: Callable[[str], int],
        timeout_s: float = _TIMEOUT_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`otherwise` counts what the server does not; `clock` tells when to ask it again."""
        self._server = ServerJson(address, key, timeout_s)
        self._model, self._timeout_s = model, timeout_s
        self._otherwise, self._clock = otherwise, clock
        self._kept: OrderedDict[str, int] = OrderedDict()
        self._lock = Lock()
        self._resting_until = 0.0
        self._extras = False
        self.lends = False
        weakref.finalize(self, self._server.close)

    def count(self, text: str) -> int:
        """The tokens of this text, block by block: never fewer than of the text as a whole, but for a few at the seams."""
        return sum(self._block(block) for block in _BLOCK.findall(text))

    def close(self) -> None:
        self._server.close()

    def ask(self, text: str) -> int | None:
        """What the server counts; None if it does not. llama.cpp reads `content`, vLLM `model` and `prompt`, and each
        leaves the other's names alone."""
        body = {
            "content": text,
            "model": self._model,
            "prompt": text,
            "add_special": False,
            "add_special_tokens": False,
        }
        server = self._server.again(self._timeout_s)
        reply = None if self._extras else server.post("/tokenize", body)
        if not self._extras and server.status in (400, 422):  # one that minds names it does not know
            reply = server.post("/tokenize", {"model": self._model, "prompt": text})
        if self._extras or server.status == 404:
            reply = server.post("/extras/tokenize/count", {"input": text})
            self._extras = server.status == 200
        return _number(reply, text) if self._server.status == 200 else None

    def _block(self, text: str) -> int:
        with self._lock:
            if text in self._kept:
                self._kept.move_to_end(text)
                return self._kept[text]
            found = None if self._clock() < self._resting_until else self.ask(text)
            if found is None:
                if self._clock() >= self._resting_until:
                    self._resting_until = self._clock() + (_REST_S if self.lends else _REFUSED_S)
                return self._otherwise(text)
            self.lends = True
            self._kept[text] = found
            while len(self._kept) > _MOST_KEPT:
                self._kept.popitem(last=False)
            return found


def _number(reply: Any, text: str) -> int | None:
    """The count in a reply, if it can be one of this text."""
    if not isinstance(reply, Mapping):
        return None
    tokens = reply.get("tokens")
    count = len(tokens) if isinstance(tokens, list) else reply.get("count")
    if isinstance(count, bool) or not isinstance(count, int):
        return None
    # No tokenizer makes more tokens than there are bytes (and a few that open a text), or none of some text.
    return count if 0 < count <= len(text.encode("utf-8", "replace")) + 8 else None
