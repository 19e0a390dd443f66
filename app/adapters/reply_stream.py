"""Following one streamed reply: only its answer passes, and its end says whether it was complete."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from langchain_core.messages import AIMessageChunk
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGenerationChunk

from app.adapters.reasoning import ThinkStripper

# Where a chunk notes that it carried reasoning, between the conversion from JSON and `ReplyStream.clean`.
_MARK = "askpapers_reasoned"


def mark_reasoning(chunk: ChatGenerationChunk, raw: Mapping[str, Any]) -> None:
    """Note on `chunk` if its JSON carried reasoning; llama.cpp and vLLM name the field differently."""
    choices = raw.get("choices") or [{}]
    delta = choices[0].get("delta") or {}
    if delta.get("reasoning_content") or delta.get("reasoning"):
        chunk.message.additional_kwargs[_MARK] = True


class ReplyStream:
    """One reply as it comes in. After the last chunk `complete` says whether it can be used."""

    def __init__(self) -> None:
        self._stripper = ThinkStripper()
        self._usage: UsageMetadata | None = None
        self._info: dict[str, Any] = {}
        self._reasoning_field = False
        self.any_text = False

    @property
    def finish(self) -> str | None:
        """The finish reason, None if the server never gave one: then the reply was cut off."""
        return self._info.get("finish_reason")

    @property
    def reasoned(self) -> bool:
        """Whether reasoning came, in a field of its own or as a block in the text."""
        return self._reasoning_field or self._stripper.seen

    @property
    def complete(self) -> bool:
        """Whether there is an answer and the server said that it is done."""
        return self.any_text and self.finish is not None

    def clean(self, chunk: ChatGenerationChunk) -> ChatGenerationChunk:
        """The chunk with answer text only.

        It may be empty and is passed on all the same: whoever reads the stream gets a chance to stop it
        while the model is still reasoning. Token counts and the finish reason are kept for `last`, because
        LangChain adds up what servers send twice."""
        message = chunk.message
        self._reasoning_field |= bool(message.additional_kwargs.pop(_MARK, False))
        self._info = {**(chunk.generation_info or {}), **self._info}
        text = self._stripper.feed(chunk.text)
        if self._reasoning_field and not self.any_text:
            text = text.lstrip()  # llama.cpp leaves the blank line that stood between reasoning and answer
        message.content = text
        if isinstance(message, AIMessageChunk):
            self._usage = message.usage_metadata or self._usage
            message.usage_metadata = None
            self.any_text |= bool(message.tool_call_chunks)
        self.any_text |= bool(text.strip())
        return ChatGenerationChunk(message=message)

    def last(self) -> ChatGenerationChunk:
        """The closing chunk: text held back so far, token counts and the finish reason."""
        text = self._stripper.flush()
        self.any_text |= bool(text.strip())
        message = AIMessageChunk(content=text, usage_metadata=self._usage, chunk_position="last")
        return ChatGenerationChunk(message=message, generation_info=self._info or None)
