"""A chat model that speaks Ollama's own protocol, through LangChain. Loads ollama: import it late."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatGenerationChunk
from langchain_ollama import ChatOllama
from pydantic import Field, PrivateAttr

from app.adapters import ollama_errors
from app.adapters.guarded_chat import RETRY_WAITS, GuardedChat
from app.adapters.ollama_errors import OnlyLoadedError
from app.adapters.openai_errors import Place
from app.core.errors import AskPapersError, ModelBusyError


class OllamaChatModel(GuardedChat, ChatOllama):
    """LangChain's ChatOllama, guarded, with a window that fits each prompt. Build it with `ollama_build`, which sets the
    parameters this class counts on."""

    silence_s: float
    secret: str = Field(default="", repr=False)
    retry_waits: tuple[float, ...] = RETRY_WAITS
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
        return Place(self.model, self.base_url or "", self.silence_s, self.secret)

    def _asked(
        self, messages: list[BaseMessage], stop: list[str] | None, **kwargs: Any
    ) -> Iterator[ChatGenerationChunk]:
        for chunk in self._iterate_over_stream(messages, None, **self._options(messages, stop), **kwargs):
            yield _with_finish(chunk)

    def _asks_otherwise(self, error: Exception) -> bool:
        refused = self._thinks and ollama_errors.cannot_think(error)
        self._thinks &= not refused
        return refused

    def _judged(self, error: Exception, started: bool) -> tuple[AskPapersError, bool]:
        ours = ollama_errors.translate(error, self.place, started=started)
        return ours, isinstance(ours, ModelBusyError) or ollama_errors.may_pass(error)

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


def _with_finish(chunk: ChatGenerationChunk) -> ChatGenerationChunk:
    """The chunk, its reason to end under the name that all others use."""
    told = chunk.generation_info or {}
    if told.get("done"):
        chunk.generation_info = {"finish_reason": told.get("done_reason") or "stop"}
    return chunk
