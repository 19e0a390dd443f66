"""What the chat model was asked for one question, written down while it is asked, whichever step asks."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any, cast

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatResult
from pydantic import ConfigDict, Field

from app.core.domain import REQUEST_KEY, AnswerRequest
from app.core.models import Prices, Usage


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
    usage: Mapping[str, Any] = field(default_factory=dict)
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
                    call.usage = getattr(chunk, "usage_metadata", None) or call.usage
                    yield chunk
            call.end()
        finally:
            call.stop()

    def invoke(self, input: Any, config: Any = None, *, stop: list[str] | None = None, **kwargs: Any) -> AIMessage:
        call = self._noted(input)
        try:
            reply = cast(AIMessage, self.model.invoke(input, config, stop=stop, **kwargs))
            call.reply = str(reply.text or "")
            call.usage = reply.usage_metadata or {}
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


def usage_of(calls: Sequence[Call], count: Callable[[str], int], prices: Prices | None = None) -> Usage | None:
    """What these calls took together; None if there were none. `count` is our own count of a prompt's tokens."""
    if not calls:
        return None
    read, written = _sum(calls, "input_tokens"), _sum(calls, "output_tokens")
    thought = [
        tokens
        for call in calls
        if isinstance(tokens := (call.usage.get("output_token_details") or {}).get("reasoning"), int)
    ]
    cost = prices.of(read, written) if prices and read is not None and written is not None else None
    return Usage(
        calls=len(calls),
        prompt_tokens=read,
        answer_tokens=written,
        reasoning_tokens=sum(thought) if thought else None,
        estimated=sum(count(f"{call.system}\n\n{call.user}") for call in calls),
        seconds=round(sum(call.seconds for call in calls), 2),
        cost_usd=cost,
    )


def _sum(calls: Sequence[Call], name: str) -> int | None:
    """The sum over all calls; None if the server told none, or not of each."""
    told = [call.usage.get(name) for call in calls if not call.failed]
    known = [tokens for tokens in told if isinstance(tokens, int)]
    return sum(known) if known and len(known) == len(told) else None
