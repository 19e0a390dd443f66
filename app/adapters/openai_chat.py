"""A chat model that speaks OpenAI's protocol, through LangChain. Loads openai: import it late."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.language_models.chat_models import generate_from_stream
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult, LLMResult
from langchain_core.runnables import RunnableConfig
from langchain_openai import ChatOpenAI
from langsmith import tracing_context
from pydantic import PrivateAttr, SecretStr

from app.adapters import openai_errors
from app.adapters.openai_bodies import InStreamError, field_refused, retry_after
from app.adapters.openai_errors import Place
from app.adapters.read_ahead import pause, read_ahead
from app.adapters.reply_stream import ReplyStream, is_word, kept, mark_reasoning
from app.core.errors import ModelBusyError

if TYPE_CHECKING:
    from langchain_core.language_models import LanguageModelInput

# A server that asks for a longer wait than this gets no second try: the person decides, not we.
LONGEST_WAIT_S = 10.0


class OpenAIChatModel(ChatOpenAI):
    """LangChain's ChatOpenAI with our errors, reasoning beside the text, and strict about replies that break off.

    Every way of asking ends in `_stream`; it raises ChatModelError and its subclasses only. A reply without
    text, or one that ends without a finish reason, raises EmptyReplyError after its last piece. Build it
    with `openai_build`, which sets the parameters this class counts on."""

    address: str
    silence_s: float
    retry_waits: tuple[float, ...] = (0.5, 2.0)
    _counts_refused: bool = PrivateAttr(default=False)

    @property
    def place(self) -> Place:
        """Which model is asked where, for the words of errors."""
        key = self.openai_api_key
        secret = key.get_secret_value() if isinstance(key, SecretStr) else ""
        return Place(self.model_name, self.address, self.silence_s, secret)

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        reply = ReplyStream()
        # Closing at once, not when the garbage collector comes by, frees the server for the next question.
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
        # Streamed here too: waiting in silence for a whole answer runs into the timeout on slow machines.
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
            counts = False if self._counts_refused else None
            # The base class is told of no run manager: it would report text with the reasoning still in it.
            asked = partial(super()._stream, messages, stop=stop, stream_usage=counts, **kwargs)
            try:
                with closing(read_ahead(asked, self.silence_s, is_word)) as chunks:
                    for chunk in chunks:
                        started = started or is_word(chunk)
                        yield chunk
                return
            except Exception as error:  # the border: whatever the vendor raises ends here
                if not started and counts is None and field_refused(error):
                    self._counts_refused = True
                    continue
                wait = next(waits, None) if not started else None
                self._raise_unless_busy(error, started=started, wait=wait)
                asked_for = retry_after(error)
            pause(cast(float, wait) if asked_for is None else asked_for)

    def _raise_unless_busy(self, error: Exception, *, started: bool, wait: float | None) -> None:
        """Raise our error for `error`, or return if it may pass soon and asking again is in order."""
        ours = openai_errors.translate(error, self.place, started=started)
        asked_for = retry_after(error) or 0.0
        passes = isinstance(ours, ModelBusyError) or openai_errors.may_pass(error)
        if passes and wait is not None and asked_for <= LONGEST_WAIT_S:
            return
        raise ours from openai_errors.shown_cause(error, self.place)

    def _convert_chunk_to_generation_chunk(
        self, chunk: dict[str, Any], default_chunk_class: type, base_generation_info: dict[str, Any] | None
    ) -> ChatGenerationChunk | None:
        # Older vLLM and LocalAI put an error into the stream as a bare object, which would pass for empty.
        if not chunk.get("choices") and (chunk.get("object") == "error" or chunk.get("error")):
            raise InStreamError(chunk)
        result = super()._convert_chunk_to_generation_chunk(chunk, default_chunk_class, base_generation_info)
        if result is not None:
            mark_reasoning(result, chunk)
        return result

    def stream(
        self,
        input: LanguageModelInput,
        config: RunnableConfig | None = None,
        *,
        stop: list[str] | None = None,
        **kwargs: Any,
    ) -> Iterator[AIMessageChunk]:
        """The reply piece by piece. Closing the iterator hangs up, and the server stops writing."""
        asked = super().stream(input, config, stop=stop, **kwargs)
        with closing(cast("Generator[AIMessageChunk, None, None]", asked)) as chunks:
            # LangSmith's tracing, switched on by an environment variable of some other project, would send
            # question and papers to its own host. It is decided before the first piece.
            with tracing_context(enabled=False):
                first = next(chunks)
            yield first
            yield from chunks

    def generate(self, *args: Any, **kwargs: Any) -> LLMResult:
        """Many replies at once, untraced (see `stream`)."""
        with tracing_context(enabled=False):
            return super().generate(*args, **kwargs)
