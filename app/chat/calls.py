"""What the chat model was asked for one question, written down while it is asked, whichever step asks."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any, cast

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatResult
from pydantic import ConfigDict, Field

from app.core.domain import REQUEST_KEY, AnswerRequest


@dataclass
class Call:
    """One request to the model: what it was told, what it replied so far and how long that took. `request` is what the
    prompt asks for as data, where it asks for an answer; `failed` says that it ended in an error or was given up."""

    system: str
    user: str
    request: AnswerRequest | None = None
    reply: str = ""
    seconds: float = 0.0
    failed: bool = True
    started: float = field(default_factory=time.perf_counter)

    def end(self) -> None:
        self.seconds, self.failed = time.perf_counter() - self.started, False

    def stop(self) -> None:
        """Whatever came of it, so long it took."""
        self.seconds = self.seconds or time.perf_counter() - self.started


class NotedChatModel(BaseChatModel):
    """`model`, with every call noted in `calls`. One question's chain has one of its own."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    model: Any
    calls: list[Call] = Field(default_factory=list)

    @property
    def _llm_type(self) -> str:
        return str(self.model._llm_type)

    def stream(
        self, input: Any, config: Any = None, *, stop: list[str] | None = None, **kwargs: Any
    ) -> Iterator[AIMessageChunk]:
        """As the model streams; closing the iterator closes the model's."""
        call = self._noted(input)
        try:
            with closing(self.model.stream(input, config, stop=stop, **kwargs)) as chunks:
                for chunk in chunks:
                    call.reply += str(chunk.text or "")
                    yield chunk
            call.end()
        finally:
            call.stop()

    def invoke(self, input: Any, config: Any = None, *, stop: list[str] | None = None, **kwargs: Any) -> AIMessage:
        call = self._noted(input)
        try:
            reply = cast(AIMessage, self.model.invoke(input, config, stop=stop, **kwargs))
            call.reply = str(reply.text or "")
            call.end()
        finally:
            call.stop()
        return reply

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        self._noted(messages)
        return cast(ChatResult, self.model._generate(messages, stop, run_manager, **kwargs))

    def _noted(self, messages: Any) -> Call:
        told = [each for each in messages if isinstance(each, BaseMessage)] if isinstance(messages, Sequence) else []
        system = "\n\n".join(str(each.text) for each in told if each.type == "system")
        user = "\n\n".join(str(each.text) for each in told if each.type != "system")
        request = told[-1].additional_kwargs.get(REQUEST_KEY) if told else None
        self.calls.append(Call(system, user, request if isinstance(request, AnswerRequest) else None))
        return self.calls[-1]
