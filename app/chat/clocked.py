"""How fast a chat model writes, measured while it is asked."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any, cast

from langchain_core.messages import AIMessageChunk
from pydantic import Field

from app.chat.calls import NotedChatModel


@dataclass
class Clock:
    """The last reply: seconds from asking to its first and its last word, and its tokens as the server counted them,
    without those of its thinking (None: it did not say)."""

    first_s: float | None = None
    last_s: float = 0.0
    tokens: int | None = None


class ClockedChatModel(NotedChatModel):
    """A noted model with a clock beside it."""

    clock: Clock = Field(default_factory=Clock)

    def stream(
        self, input: Any, config: Any = None, *, stop: list[str] | None = None, **kwargs: Any
    ) -> Iterator[AIMessageChunk]:
        """As the model streams; each call starts the clock anew."""
        started = time.perf_counter()
        clock = self.clock
        clock.first_s, clock.last_s, clock.tokens = None, 0.0, None
        asked = super().stream(input, config, stop=stop, **kwargs)
        with closing(cast("Generator[AIMessageChunk, None, None]", asked)) as chunks:
            for chunk in chunks:
                if chunk.text:
                    clock.last_s = time.perf_counter() - started
                    clock.first_s = clock.last_s if clock.first_s is None else clock.first_s
                if usage := chunk.usage_metadata:
                    thought = (usage.get("output_token_details") or {}).get("reasoning") or 0
                    clock.tokens = max(0, usage["output_tokens"] - thought)
                yield chunk
