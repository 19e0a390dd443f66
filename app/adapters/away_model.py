"""What stands in for a chat model whose server could not be asked which models it has. Needs no vendor."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from pydantic import ConfigDict

from app.core.errors import ChatModelError


class AwayChatModel(BaseChatModel):
    """Says `trouble` whenever it is asked. Whatever needs no model, the library and counts and quotes, works meanwhile."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    trouble: ChatModelError

    @property
    def _llm_type(self) -> str:
        return "away"

    def again(self) -> ChatModelError:
        """The trouble as a new error: one that is raised twice would drag its old traceback along."""
        return type(self.trouble)(str(self.trouble), self.trouble.hint)

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        raise self.again()

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        raise self.again()
