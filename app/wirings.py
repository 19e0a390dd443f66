"""The chains of one service: that of the settings, and those of models that people picked, ready for their next question."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING

from app.core.errors import ChatModelError
from app.core.models import ModelPick
from app.core.settings import Settings
from app.library import Library
from app.wire import build_chain, choose_model, picked

if TYPE_CHECKING:
    from app.adapters.chat_models import ModelChoice
    from app.chat.chain import Chain
    from app.models.measure import Subject

MOST = 8
"""So many models stay ready."""


@dataclass(frozen=True, slots=True)
class Wired:
    """A chain as it was built: for which state of the library, and for which model and why."""

    generation: int
    chain: Chain
    choice: ModelChoice
    at: float = field(default_factory=time.monotonic)

    @property
    def trouble(self) -> ChatModelError | None:
        """Why the server could not be asked which models it has."""
        from app.adapters.away_model import AwayChatModel

        return self.chain.model.again() if isinstance(self.chain.model, AwayChatModel) else None


class Wirings:
    """Chains by what was picked; built at first use, and anew when another embedder is in use. Threads may share one."""

    def __init__(self, ask_again_s: float = 3.0) -> None:
        """A server that was away may be back: it is asked again after `ask_again_s` seconds."""
        self._ask_again_s = ask_again_s
        self._wired: dict[tuple[str, ...], Wired] = {}
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._wired)

    def of(
        self,
        pick: ModelPick | None,
        settings: Settings,
        library: Library,
        open_to_others: bool = False,
        offered: Iterable[str] = (),
    ) -> Wired:
        """The chain for this pick (None: the model of the settings); `offered` are addresses that a visitor may pick.

        A chain whose server is away says so when its model is asked. Raises SettingsError for a pick that cannot be."""
        key, generation = _key_of(pick), library.generation
        with self._lock:
            wired = self._wired.pop(key, None)
        if wired is None or wired.generation != generation or self._outdated(wired):
            if pick:
                settings = picked(settings, pick, open_to_others, lambda: sorted(offered))
            choice = choose_model(settings)
            wired = Wired(generation, build_chain(settings, library, choice), choice)
        with self._lock:
            self._wired[key] = wired
            for oldest in list(self._wired)[:-MOST]:
                del self._wired[oldest]
        return wired

    def _outdated(self, wired: Wired) -> bool:
        return wired.trouble is not None and time.monotonic() - wired.at >= self._ask_again_s

    def forget(self, pick: ModelPick | None) -> None:
        """Build the chain of this pick anew when it is asked for next."""
        with self._lock:
            self._wired.pop(_key_of(pick), None)

    def clear(self) -> None:
        """Build all of them anew."""
        with self._lock:
            self._wired.clear()


def _key_of(pick: ModelPick | None) -> tuple[str, ...]:
    """What tells one pick from another; of its key only a digest, for keys lie nowhere but where they are used."""
    if pick is None:
        return ()
    return pick.llm.strip(), pick.base_url.strip(), hashlib.sha256(pick.api_key.encode()).hexdigest()


def subject_of(wired: Wired) -> Subject:
    """The chat model of a chain, to be measured."""
    from app.models.measure import Subject

    chain, choice = wired.chain, wired.choice
    return Subject(
        chain.model_info.provider,
        chain.model_info.name,
        choice.base_url or "",
        chain.model,
        chain.limits,
        chain.tokens,
        choice.api_key or "",
        prompts_dir=chain.prompts_dir,
    )
