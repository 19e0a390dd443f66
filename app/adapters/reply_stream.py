"""Following one streamed reply: its answer and its reasoning are told apart, and its end says whether it was complete.

What is told of a reply beside its text rides in a chunk's `additional_kwargs`: REASONING (LangChain's own name, the next
piece of reasoning), RESTARTS (what was given out so far was reasoning, the answer begins anew), LOOPS (it began to repeat
itself and was ended).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.messages import AIMessageChunk
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGenerationChunk

from app.adapters.loops import LoopWatch
from app.adapters.reasoning import ThinkStripper
from app.core.domain import LOOPS, REASONING, RESTARTS
from app.core.errors import ChatModelError

_FIELDS = ("reasoning_content", "reasoning", "thinking")


def mark_reasoning(chunk: ChatGenerationChunk, raw: Mapping[str, Any]) -> None:
    """Put the reasoning of its JSON on `chunk`; servers name the field differently, and LangChain drops it."""
    choices = raw.get("choices") or [{}]
    delta = choices[0].get("delta") or {}
    thought = next((delta[name] for name in _FIELDS if isinstance(delta.get(name), str) and delta[name]), "")
    if thought:
        chunk.message.additional_kwargs[REASONING] = thought


def is_word(chunk: ChatGenerationChunk) -> bool:
    """Whether this chunk, not cleaned yet, says anything: servers send empty ones to keep a connection alive."""
    message = chunk.message
    called = isinstance(message, AIMessageChunk) and bool(message.tool_call_chunks)
    return bool(chunk.text or message.additional_kwargs.get(REASONING) or called)


@contextmanager
def kept(reply: ReplyStream) -> Iterator[None]:
    """An error that is raised in here tells what of the answer had come."""
    try:
        yield
    except ChatModelError as error:
        error.partial = reply.text
        raise


class ReplyStream:
    """One reply as it comes in. After the last chunk `complete` says whether it can be used."""

    def __init__(self) -> None:
        self._stripper = ThinkStripper()
        self._usage: UsageMetadata | None = None
        self._info: dict[str, Any] = {}
        self._reasoning_field = False
        self._watches = LoopWatch(), LoopWatch()
        self.text = ""
        """The answer so far."""
        self.any_text = False
        self.called_tool = False

    @property
    def finish(self) -> str | None:
        """The finish reason, None if the server never gave one: then the reply was cut off."""
        return "loop" if self.loops else self._info.get("finish_reason")

    @property
    def reasoned(self) -> bool:
        """Whether reasoning came, in a field of its own or as a block in the text."""
        return self._reasoning_field or self._stripper.seen

    @property
    def loops(self) -> bool:
        """Whether the answer or the reasoning repeats itself without end."""
        return any(watch.loops for watch in self._watches)

    @property
    def complete(self) -> bool:
        """Whether there is an answer and the server said that it is done, or we ended it."""
        return self.any_text and self.finish is not None

    def clean(self, chunk: ChatGenerationChunk) -> ChatGenerationChunk:
        """The chunk with answer text only, its reasoning beside it.

        It may be empty and is passed on all the same: whoever reads the stream gets a chance to stop it
        while the model is still reasoning. Token counts and the finish reason are kept for `last`, because
        LangChain adds up what servers send twice."""
        message = chunk.message
        thought = str(message.additional_kwargs.pop(REASONING, "") or "")
        self._reasoning_field |= bool(thought)
        self._info = {**(chunk.generation_info or {}), **self._info}
        text = self._stripper.feed(chunk.text)
        if self._stripper.restarts:
            self.any_text = False  # what there was is no answer
        if self.reasoned and not self.any_text:
            text = text.lstrip()  # llama.cpp leaves the blank line that stood between reasoning and answer
        message.content = text
        if isinstance(message, AIMessageChunk):
            self._usage = message.usage_metadata or self._usage
            message.usage_metadata = None
            self.called_tool |= bool(message.tool_call_chunks)
            message.tool_call_chunks = []
        self.any_text |= bool(text.strip())
        self._tell(message.additional_kwargs, thought, text)
        return ChatGenerationChunk(message=message)

    def last(self) -> ChatGenerationChunk:
        """The closing chunk: text held back so far, token counts and the finish reason."""
        text = self._stripper.flush()
        self.any_text |= bool(text.strip())
        message = AIMessageChunk(content=text, usage_metadata=self._usage, chunk_position="last")
        self._tell(message.additional_kwargs, "", text)
        if self.loops:
            message.additional_kwargs[LOOPS] = True
        return ChatGenerationChunk(message=message, generation_info=self._info or None)

    def read(
        self, chunks: Iterator[ChatGenerationChunk], run_manager: CallbackManagerForLLMRun | None
    ) -> Iterator[ChatGenerationChunk]:
        """All of `chunks`, cleaned, and the closing one; no more of them once the reply loops."""
        for chunk in chunks:
            piece = self.clean(chunk)
            if run_manager:
                run_manager.on_llm_new_token(piece.text, chunk=piece)
            yield piece
            if self.loops:
                break
        last = self.last()
        if run_manager:
            run_manager.on_llm_new_token(last.text, chunk=last)
        yield last

    def _tell(self, beside: dict[str, Any], thought: str, text: str) -> None:
        thought += self._stripper.thought()
        if thought:
            beside[REASONING] = thought
        if self._stripper.restarts:
            beside[RESTARTS] = True
            self._stripper.restarts = False
            self.text = ""
        self.text += text
        self._watches[0].feed(text)
        self._watches[1].feed(thought)
