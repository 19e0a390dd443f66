"""What all our chat models promise, whichever vendor's class they are built on: one way of asking, which ends in our errors,
tells reasoning from answer, can be stopped at any moment, asks a busy server again, and reports to nobody."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Generator, Iterator
from contextlib import closing
from functools import partial
from typing import Any, cast

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.language_models.chat_models import generate_from_stream
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult, LLMResult
from langchain_core.runnables import RunnableConfig
from langsmith import tracing_context

from app.adapters import openai_errors
from app.adapters.openai_bodies import retry_after
from app.adapters.openai_errors import Place
from app.adapters.read_ahead import pause, read_ahead
from app.adapters.reply_stream import ReplyStream, is_word, kept
from app.core.errors import AskPapersError

RETRY_WAITS = (0.5, 2.0)
"""Seconds before each further try, of a server that is busy or fails of itself."""
# A server that asks for a longer wait than this gets no second try: the person decides, not we.
LONGEST_WAIT_S = 10.0


class GuardedChat(ABC):
    """Comes before the vendor's class among the bases of a chat model, which gives the two attributes and four methods
    below. `_stream` raises ChatModelError and its subclasses only; a reply without text, or one that ends without a
    finish reason, raises EmptyReplyError after its last piece."""

    silence_s: float
    retry_waits: tuple[float, ...]

    @property
    @abstractmethod
    def place(self) -> Place:
        """Which model is asked where, for the words of errors."""

    @abstractmethod
    def _asked(
        self, messages: list[BaseMessage], stop: list[str] | None, **kwargs: Any
    ) -> Iterator[ChatGenerationChunk]:
        """What the server sends, asked once. Runs in a thread of its own; raises the vendor's errors."""

    def _ask_why(self, messages: list[BaseMessage], **kwargs: Any) -> None:
        """Ask so that the server can say why its stream ended before the first piece; raises the vendor's error if it
        does. Runs in the thread of `_asked`."""
        return  # most servers say it in the stream

    def _asks_otherwise(self, error: Exception) -> bool:
        """Whether the server refused only something that we can do without, and is to be asked again without it at once."""
        return False

    @abstractmethod
    def _judged(self, error: Exception, started: bool) -> tuple[AskPapersError, bool]:
        """Our error for the vendor's, and whether it may pass soon; `started` if part of the reply had come."""

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

    # The vendors' asynchronous methods would raise their own errors; these run the ones above in a thread.
    _astream = BaseChatModel._astream
    _agenerate = BaseChatModel._agenerate

    def _chunks(
        self, messages: list[BaseMessage], stop: list[str] | None, **kwargs: Any
    ) -> Generator[ChatGenerationChunk, None, None]:
        """What the server sends, asked again while it is busy and nothing has come yet."""
        waits = iter(self.retry_waits)
        while True:
            started = False
            asked = partial(self._asked_or_told_why, messages, stop, **kwargs)
            try:
                with closing(read_ahead(asked, self.silence_s, is_word)) as chunks:
                    for chunk in chunks:
                        started = started or is_word(chunk)
                        yield chunk
                return
            except Exception as error:  # the border: whatever the vendor raises ends here
                if not started and self._asks_otherwise(error):
                    continue
                wait = next(waits, None) if not started else None
                ours, passes = self._judged(error, started)
                asked_for = retry_after(error)
                if not passes or wait is None or (asked_for or 0.0) > LONGEST_WAIT_S:
                    raise ours from openai_errors.shown_cause(error, self.place)
            pause(wait if asked_for is None else asked_for)

    def _asked_or_told_why(
        self, messages: list[BaseMessage], stop: list[str] | None, **kwargs: Any
    ) -> Generator[ChatGenerationChunk, None, None]:
        came = False
        with closing(
            cast("Generator[ChatGenerationChunk, None, None]", self._asked(messages, stop, **kwargs))
        ) as chunks:
            for chunk in chunks:
                came = True
                yield chunk
        if not came:
            self._ask_why(messages, **kwargs)

    def stream(
        self, input: Any, config: RunnableConfig | None = None, *, stop: list[str] | None = None, **kwargs: Any
    ) -> Iterator[AIMessageChunk]:
        """The reply piece by piece. Closing the iterator hangs up, and the server stops writing."""
        asked = cast(BaseChatModel, super()).stream(input, config, stop=stop, **kwargs)
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
            return cast(BaseChatModel, super()).generate(*args, **kwargs)
