"""Chat models of providers that LangChain knows and we do not: built by `init_chat_model`, with our errors around them."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, cast

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGenerationChunk
from pydantic import ConfigDict

from app.adapters.chat_models import FOREIGN
from app.adapters.guarded_chat import RETRY_WAITS, GuardedChat
from app.adapters.openai_bodies import is_overflow, one_line
from app.adapters.openai_errors import AGAIN, Place
from app.adapters.read_ahead import SilentError
from app.core.domain import REASONING
from app.core.errors import (
    AskPapersError,
    ChatModelError,
    ContextOverflowError,
    EmptyReplyError,
    MissingPackageError,
    ModelBusyError,
    ModelRefusedError,
    ModelUnreachableError,
)

if TYPE_CHECKING:
    from app.adapters.chat_models import ModelChoice

_NO_KEY = "askpapers-sends-no-key"
_BUSY = frozenset({429, 503, 529})


class ForeignChatModel(GuardedChat, BaseChatModel):
    """Whatever chat model LangChain makes, guarded."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    model: Any
    provider: str
    model_name: str
    secret: str = ""
    silence_s: float = 120.0
    retry_waits: tuple[float, ...] = RETRY_WAITS

    def __repr_args__(self) -> list[tuple[str | None, Any]]:
        return [("provider", self.provider), ("model_name", self.model_name)]

    @property
    def _llm_type(self) -> str:
        return self.provider

    @property
    def place(self) -> Place:
        return Place(self.model_name, self.provider, self.silence_s, self.secret)

    def _asked(
        self, messages: list[BaseMessage], stop: list[str] | None, **kwargs: Any
    ) -> Iterator[ChatGenerationChunk]:
        for chunk in self.model.stream(messages, stop=stop, **kwargs):
            finish = (getattr(chunk, "response_metadata", None) or {}).get("finish_reason")
            yield ChatGenerationChunk(
                message=AIMessageChunk(
                    content=str(chunk.text or ""),
                    additional_kwargs=_reasoning(chunk),
                    usage_metadata=getattr(chunk, "usage_metadata", None),
                    tool_call_chunks=getattr(chunk, "tool_call_chunks", None) or [],
                ),
                generation_info={"finish_reason": str(finish)} if finish else None,
            )
        # Not every provider says why it ends; one that breaks off raises.
        yield ChatGenerationChunk(message=AIMessageChunk(content=""), generation_info={"finish_reason": "stop"})

    def _judged(self, error: Exception, started: bool) -> tuple[AskPapersError, bool]:
        ours = EmptyReplyError(str(self._ours(error)), AGAIN) if started else self._ours(error)
        return ours, isinstance(ours, ModelBusyError)

    @property
    def _who(self) -> str:
        return f'The model "{self.model_name}" of {self.provider}'

    def _ours(self, error: Exception) -> AskPapersError:
        if isinstance(error, AskPapersError):
            return error
        if isinstance(error, SilentError):
            return ModelUnreachableError(
                f"{self._who} did not answer within {self.silence_s:g} s", "Ask again, or raise ASKPAPERS_LLM_TIMEOUT_S"
            )
        words = one_line(str(error) or type(error).__name__)
        words = words.replace(self.secret, "***") if len(self.secret) > 3 else words
        response = getattr(error, "response", None)
        status = (
            getattr(error, "status_code", None)
            or getattr(error, "code", None)
            or getattr(response, "status_code", None)
        )
        if is_overflow(error):
            return ContextOverflowError(
                f"{self._who} has a context window too small for this prompt: {words}", "Ask about fewer papers"
            )
        if status in _BUSY or "RateLimit" in type(error).__name__:
            return ModelBusyError(f"{self._who} is busy: {words}", "Wait a little, then ask again")
        if isinstance(status, int) and 400 <= status < 500:
            key = (
                "Set ASKPAPERS_LLM_API_KEY to a key that is valid there"
                if status in (401, 403)
                else "Check the model's name in ASKPAPERS_LLM"
            )
            return ModelRefusedError(f"{self._who} refused (status {status}): {words}", key)
        if isinstance(error, OSError) or "Connect" in type(error).__name__ or "Timeout" in type(error).__name__:
            return ModelUnreachableError(
                f"{self._who} cannot be reached: {words}", "Check the connection, then ask again"
            )
        return ChatModelError(f"{self._who} failed: {words}", "Ask again, or choose another model")


def _reasoning(chunk: Any) -> dict[str, Any]:
    """What a piece carries of the model's reasoning, in whichever of LangChain's two places."""
    thought = (getattr(chunk, "additional_kwargs", None) or {}).get(REASONING)
    blocks = chunk.content if isinstance(chunk.content, list) else []
    thought = thought or "".join(
        str(block.get("reasoning") or block.get("thinking") or "") for block in blocks if isinstance(block, dict)
    )
    return {REASONING: thought} if isinstance(thought, str) and thought else {}


def foreign(
    choice: ModelChoice, *, timeout_s: float, temperature: float | None, max_output_tokens: int
) -> ForeignChatModel:
    """The model of a choice. Raises MissingPackageError with what to install, SettingsError's kin for what it refuses."""
    package = FOREIGN[choice.provider]
    if importlib.util.find_spec(package.replace("-", "_")) is None:
        raise MissingPackageError(
            f'Models of "{choice.provider}" need the package {package}, which is not installed',
            f"Type: pip install {package}",
        )
    from langchain.chat_models import init_chat_model

    given: dict[str, Any] = {"max_tokens": max_output_tokens}
    given |= {"api_key": choice.api_key} if choice.api_key else {}
    # A provider's key in the environment is for the provider itself: at another address it gets one that is none.
    given |= {"base_url": choice.base_url, "api_key": choice.api_key or _NO_KEY} if choice.base_url else {}
    try:
        model = init_chat_model(choice.name, model_provider=choice.provider, **given)
    except ImportError as error:
        raise MissingPackageError(
            f'Models of "{choice.provider}" need more than is installed: {one_line(str(error))}',
            f"Type: pip install {package}",
        ) from error
    except Exception as error:  # the border: each provider refuses what it lacks in its own way
        secret = choice.api_key or ""
        words = one_line(str(error)).replace(secret, "***") if len(secret) > 3 else one_line(str(error))
        raise ModelRefusedError(
            f'The model "{choice.provider}:{choice.name}" cannot be made: {words}',
            "Set ASKPAPERS_LLM_API_KEY to its key, and check the model's name in ASKPAPERS_LLM",
        ) from None
    return ForeignChatModel(
        model=cast(Any, model),
        provider=choice.provider,
        model_name=choice.name,
        secret=choice.api_key or "",
        silence_s=timeout_s,
    )
