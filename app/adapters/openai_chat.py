"""A chat model that speaks OpenAI's protocol, through LangChain. Loads openai: import it late."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatGenerationChunk
from langchain_openai import ChatOpenAI
from pydantic import PrivateAttr, SecretStr

from app.adapters import openai_errors
from app.adapters.guarded_chat import RETRY_WAITS, GuardedChat
from app.adapters.openai_bodies import InStreamError, field_refused
from app.adapters.openai_errors import Place
from app.adapters.reply_stream import mark_reasoning
from app.core.errors import AskPapersError, ModelBusyError


class OpenAIChatModel(GuardedChat, ChatOpenAI):
    """LangChain's ChatOpenAI, guarded. Build it with `openai_build`, which sets the parameters this class counts on."""

    address: str
    silence_s: float
    retry_waits: tuple[float, ...] = RETRY_WAITS
    _counts_refused: bool = PrivateAttr(default=False)

    @property
    def place(self) -> Place:
        key = self.openai_api_key
        secret = key.get_secret_value() if isinstance(key, SecretStr) else ""
        return Place(self.model_name, self.address, self.silence_s, secret)

    def _asked(
        self, messages: list[BaseMessage], stop: list[str] | None, **kwargs: Any
    ) -> Iterator[ChatGenerationChunk]:
        counts = False if self._counts_refused else None
        # The vendor's class is told of no run manager: it would report text with the reasoning still in it.
        return ChatOpenAI._stream(self, messages, stop=stop, stream_usage=counts, **kwargs)

    def _ask_why(self, messages: list[BaseMessage], **kwargs: Any) -> None:
        # llama-cpp-python begins a stream before it reads the prompt, and can then only break it off; where it need not
        # stream it says what is wrong.
        short = {"extra_body": {**self.extra_body, "max_tokens": 1}} if self.extra_body else {}
        ChatOpenAI._generate(self, messages, **{**kwargs, "max_tokens": 1, **short})

    def _asks_otherwise(self, error: Exception) -> bool:
        refused = not self._counts_refused and field_refused(error)
        self._counts_refused |= refused
        return refused

    def _judged(self, error: Exception, started: bool) -> tuple[AskPapersError, bool]:
        ours = openai_errors.translate(error, self.place, started=started)
        return ours, isinstance(ours, ModelBusyError) or openai_errors.may_pass(error)

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
