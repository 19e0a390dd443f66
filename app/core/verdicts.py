"""Verdicts on papers that are kept, so that a model is not asked the same twice. Who keeps them is in `app.adapters`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from app.core.findings import Stance


@dataclass(frozen=True, slots=True)
class KeptVerdict:
    """A verdict and where in the abstract the words stand that it rests on."""

    stance: Stance
    spans: tuple[tuple[int, int], ...] = ()


class VerdictCache(Protocol):
    """Keeps verdicts by what was asked of whom (`asked`: the property and the engine) and by `Paper.text_key`. It may forget
    any of them, and never fails: a cache that cannot be read has nothing, one that cannot be written keeps nothing."""

    def get(self, asked: str, text_keys: Sequence[str]) -> dict[str, KeptVerdict]:
        """Those that are known, by text key."""

    def put(self, asked: str, verdicts: Mapping[str, KeptVerdict]) -> None:
        """Keep these, by text key."""

    def close(self) -> None:
        """Let go of what it holds open."""
