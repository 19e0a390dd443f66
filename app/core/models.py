"""Records about chat models: which one is picked, which servers there are, what one can do, and what an answer took.

What is true of a model is measured (`Profile`), never guessed from its name; None always means "not known".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class ModelPick:
    """What a person picked for one conversation: `llm` as in ASKPAPERS_LLM. The key lives in memory only: it is never
    written down, shown or logged."""

    llm: str
    base_url: str = ""
    api_key: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class FoundModel:
    """A chat model that a server lists. `context_tokens` is the window it has now, where the list tells."""

    name: str
    context_tokens: int | None = None
    size_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class FoundServer:
    """A model server that answered on this machine. `provider` is a name ASKPAPERS_LLM takes (ollama, llamacpp ...)."""

    provider: str
    label: str
    address: str
    models: tuple[FoundModel, ...] = ()
    trouble: str = ""
    """Why its models cannot be listed, in words; empty if they can."""
    embedders: tuple[str, ...] = ()
    """The embedding models it lists."""


Steps = Literal["few", "all"]


@dataclass(frozen=True, slots=True)
class Profile:
    """What a model on a server can do, as measured at `measured_at` (ISO 8601, UTC).

    `window` is the true context length in tokens and `window_from` where it was read. `first_token_s` and `tokens_per_s`
    are of one short reply. `streams`, `stops`, `json_schema` say whether it keeps to these; `reasons`, that it thinks
    aloud. `cited` of `canaries` questions over the library were answered with right markers. `prompt` names the variant
    of the prompt it gets, `papers` the most papers an answer rests on, `steps` whether hidden steps (rewriting,
    planning, repair, summaries) run: a weak model gets fewer. `edited` are the fields a person has set by hand."""

    model: str
    address: str
    window: int | None = None
    window_from: str = ""
    first_token_s: float | None = None
    tokens_per_s: float | None = None
    streams: bool | None = None
    stops: bool | None = None
    json_schema: bool | None = None
    reasons: bool | None = None
    cited: int = 0
    canaries: int = 0
    prompt: Literal["full", "short"] = "full"
    papers: int | None = None
    steps: Steps = "all"
    measured_at: str = ""
    edited: tuple[str, ...] = ()
    more: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Usage:
    """What an answer took, over all its calls, in tokens as the server counted them (None: it did not say).

    `estimated` is our own count of the prompts sent. `cost_usd` is set where the price is known."""

    calls: int = 0
    prompt_tokens: int | None = None
    answer_tokens: int | None = None
    reasoning_tokens: int | None = None
    estimated: int | None = None
    seconds: float = 0.0
    cost_usd: float | None = None


@dataclass(frozen=True, slots=True)
class Prices:
    """What a model costs, in US dollars for a million tokens read and written. `written` has the reasoning in it."""

    read: float
    written: float

    def of(self, read: int, written: int) -> float:
        """Dollars for so many tokens."""
        return (read * self.read + written * self.written) / 1_000_000
