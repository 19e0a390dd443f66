"""A chat model that speaks Ollama's own protocol, through LangChain. Loads ollama: import it late."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import closing
from functools import partial
from typing import Any, cast

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.language_models.chat_models import generate_from_stream
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult, LLMResult
from langchain_core.runnables import RunnableConfig
from langchain_ollama import ChatOllama
from langsmith import tracing_context
from pydantic import Field, PrivateAttr

from app.adapters import ollama_errors, openai_errors
from app.adapters.ollama_errors import OnlyLoadedError
from app.adapters.openai_errors import Place
from app.adapters.read_ahead import pause, read_ahead
from app.adapters.reply_stream import ReplyStream, is_word, kept
from app.core.errors import ModelBusyError


class OllamaChatModel(ChatOllama):
    """LangChain's ChatOllama with our errors, reasoning beside the text, a window that fits each prompt, and strict about
    replies that break off. Build it with `ollama_build`, which sets the parameters this class counts on."""

    silence_s: float
    secret: str = Field(default="", repr=False)
    retry_waits: tuple[float, ...] = (0.5, 2.0)
    thinking_room: int = 0
    context: Callable[[str], int] | None = None
    """Gives `num_ctx` for the whole text of a prompt; None: what the server has."""
    _thinks: bool = PrivateAttr(default=True)

    def __repr_args__(self) -> list[tuple[str | None, Any]]:
        # The client's headers have the key in them.
        return [("model", self.model), ("base_url", self.base_url)]

    @property
    def model_name(self) -> str:
        return self.model

    @property
    def place(self) -> Place:
        """Which model is asked where, for the words of errors."""
        return Place(self.model, self.base_url or "", self.silence_s, self.secret)

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        reply = ReplyStream()
        with kept(reply), closing(self._chunks(messages, stop, **kwargs)) as chunks:
            yield from reply.read(chunks, run_manager)
        if not reply.complete:
            with kept(reply):
                raise openai_errors.no_answer(self.place, reply)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return generate_from_stream(self._stream(messages, stop, run_manager, **kwargs))

    # The vendor's asynchronous methods would raise its own errors; these run the ones above in a thread.
    _astream = BaseChatModel._astream
    _agenerate = BaseChatModel._agenerate

    def _chunks(
        self, messages: list[BaseMessage], stop: list[str] | None, **kwargs: Any
    ) -> Generator[ChatGenerationChunk, None, None]:
        """What the server sends, asked again while it is busy and nothing has come yet."""
        waits = iter(self.retry_waits)
        while True:
            started = False
            asked = partial(self._iterate_over_stream, messages, None, **self._options(messages, stop), **kwargs)
            try:
                with closing(read_ahead(asked, self.silence_s, is_word)) as chunks:
                    for chunk in chunks:
                        started = started or is_word(chunk)
                        yield _with_finish(chunk)
                return
            except Exception as error:  # the border: whatever the vendor raises ends here
                if not started and self._thinks and ollama_errors.cannot_think(error):
                    self._thinks = False
                    continue
                wait = next(waits, None) if not started else None
                ours = ollama_errors.translate(error, self.place, started=started)
                passes = isinstance(ours, ModelBusyError) or ollama_errors.may_pass(error)
                if wait is None or not passes:
                    raise ours from openai_errors.shown_cause(error, self.place)
            pause(wait)

    def _create_chat_stream(
        self, messages: list[BaseMessage], stop: list[str] | None = None, **kwargs: Any
    ) -> Iterator[Mapping[str, Any] | str]:
        for part in super()._create_chat_stream(messages, stop, **kwargs):
            if not isinstance(part, str) and part.get("done_reason") in ("load", "unload"):
                raise OnlyLoadedError  # which the base class would pass over, and the reply seem empty
            yield part

    def _options(self, messages: list[BaseMessage], stop: list[str] | None) -> dict[str, Any]:
        room = self.thinking_room if self._thinks else 0
        predict = None if self.num_predict is None else self.num_predict + room
        options: dict[str, Any] = {"temperature": self.temperature, "num_predict": predict, "stop": stop}
        if self.context is not None:
            options["num_ctx"] = self.context("\n".join(str(message.text) for message in messages)) + room
        # Only models that can are told to think: others refuse the word, and are then asked without it.
        return {"options": {k: v for k, v in options.items() if v is not None}, "reasoning": self._thinks or None}

    def stream(
        self, input: Any, config: RunnableConfig | None = None, *, stop: list[str] | None = None, **kwargs: Any
    ) -> Iterator[AIMessageChunk]:
        """The reply piece by piece. Closing the iterator hangs up, and the server stops writing."""
        asked = super().stream(input, config, stop=stop, **kwargs)
        with closing(cast("Generator[AIMessageChunk, None, None]", asked)) as chunks:
            with tracing_context(enabled=False):  # some other project's environment would send it all to LangSmith
                first = next(chunks)
            yield first
            yield from chunks

    def generate(self, *args: Any, **kwargs: Any) -> LLMResult:
        """Many replies at once, untraced (see `stream`)."""
        with tracing_context(enabled=False):
            return super().generate(*args, **kwargs)


def _with_finish(chunk: ChatGenerationChunk) -> ChatGenerationChunk:
    """The chunk, its reason to end under the name that all others use."""
    reason = (chunk.generation_info or {}).get("done_reason")
    if (chunk.generation_info or {}).get("done"):
        chunk.generation_info = {"finish_reason": reason or "stop"}
    return chunk
