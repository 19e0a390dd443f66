"""Whether the server lives, and whether it can answer: for monitors and for containers."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from app.core.errors import AskPapersError
from app.ui.service import ChatService

_log = logging.getLogger(__name__)
_KEPT_S = 2.0  # however often it is asked, the library is looked at this often
_PATIENCE_S = 5.0


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether questions can be answered, and in words how the parts are."""

    ready: bool
    parts: dict[str, str] = field(default_factory=dict)


class Health:
    """Looks at the service when asked, not more than once in a while. Lives in one event loop."""

    def __init__(self, service: ChatService, clock: Callable[[], float] = time.monotonic) -> None:
        self._service, self._clock = service, clock
        self._last: tuple[float, Readiness] | None = None
        self._looking = asyncio.Lock()

    async def readiness(self) -> Readiness:
        async with self._looking:
            if self._last is None or self._clock() - self._last[0] > _KEPT_S:
                look = asyncio.to_thread(self._look)
                try:
                    found = await asyncio.wait_for(look, _PATIENCE_S)
                except asyncio.TimeoutError:
                    found = Readiness(False, {"library": f"did not open within {_PATIENCE_S:.0f} s"})
                self._last = (self._clock(), found)
            return self._last[1]

    def _look(self) -> Readiness:
        """The library and its vectors. What is said of the model is what is known: no server is asked for this."""
        try:
            papers = self._service.paper_count()
            parts = {"library": f"{papers:,} papers", "vectors": self._service.dense_index().words}
        except AskPapersError as error:
            return Readiness(False, {"library": f"{error} {error.hint}"})
        except Exception:
            _log.exception("the library cannot be looked at")
            return Readiness(False, {"library": "cannot be opened; the log says why"})
        try:
            parts["model"] = self._service.model_note()
        except AskPapersError as error:
            parts["model"] = f"{error} {error.hint}"
        except Exception:
            _log.exception("the model cannot be named")
            parts["model"] = "unknown; the log says why"
        return Readiness(True, parts)
