"""A real service whose models can be picked, each with the real chain behind it, over one library."""

from __future__ import annotations

from collections.abc import Iterator

from app.bootstrap import Service
from app.core.domain import ModelInfo, Question
from app.core.events import Event
from app.core.models import FoundModel, FoundServer, ModelPick, Profile
from app.core.report import Finding


class PickingService(Service):
    """The library of `service`; `listed` are the addresses at which servers are found, each with the model "tiny"."""

    def __init__(self, service: Service, *listed: str) -> None:
        super().__init__(service.settings, service.library)
        self.listed = listed
        self._picked: dict[ModelPick, Service] = {}

    def _of(self, pick: ModelPick) -> Service:
        if pick not in self._picked:
            chosen = {"llm": pick.llm, "llm_base_url": pick.base_url or None}
            self._picked[pick] = Service(self.settings.model_copy(update=chosen), self.library)
        return self._picked[pick]

    def model(self, pick: ModelPick | None = None) -> ModelInfo:
        return self._of(pick).model() if pick else super().model()

    def model_note(self, pick: ModelPick | None = None) -> str:
        return self._of(pick).model_note() if pick else super().model_note()

    def ask(self, question: Question, pick: ModelPick | None = None) -> Iterator[Event]:
        return self._of(pick).ask(question) if pick else super().ask(question)

    def servers(self) -> list[FoundServer]:
        return [FoundServer("compatible", "Scripted", url, (FoundModel("tiny", 4096),)) for url in self.listed]

    def test_model(self, pick: ModelPick | None = None) -> Iterator[Finding | Profile]:
        from app.doctor import measured

        return measured(self._of(pick) if pick else self)
