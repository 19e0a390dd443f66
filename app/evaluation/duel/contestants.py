"""The models of a duel: from what a person typed to who writes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.bootstrap import Service
from app.chat.chain import Chain
from app.chat.write import Writer
from app.core.domain import ModelInfo
from app.core.errors import AskPapersError, ChatModelError, InputError
from app.core.models import ModelPick

MOST = 6
_SCHEMES = ("@http://", "@https://")

ChainOf = Callable[[Service, ModelPick], Chain]


def pick_of(typed: str) -> ModelPick:
    """The model that a person means: as in ASKPAPERS_LLM, with the address of its server behind an @ if it is not the
    one of the settings ("compatible:qwen3:8b@http://127.0.0.1:1234/v1")."""
    text = typed.strip()
    at = max(text.rfind(scheme) for scheme in _SCHEMES)
    return ModelPick(text[:at].strip(), text[at + 1 :].strip()) if at > 0 else ModelPick(text)


def check_names(models: Sequence[str], fewest: int = 2) -> tuple[str, ...]:
    """The names, each once. Raises InputError where there are too few or too many, or one twice."""
    names = tuple(name.strip() for name in models if name.strip())
    if twice := next((name for name in names if names.count(name) > 1), ""):
        raise InputError(f'The model "{twice}" is named twice.', "Name each model once.")
    if len(names) < fewest:
        raise InputError(
            f"{'No model is' if not names else 'Only one model is'} named; a comparison needs two.",
            "Name two models, for example: askpapers compare-models extractive compatible:qwen3:8b --generate 10",
        )
    if len(names) > MOST:
        raise InputError(f"{len(names)} models are named; {MOST} are the most.", "Compare fewer models at once.")
    return names


def chain_of(service: Service, pick: ModelPick) -> Chain:
    """The chain of the service's library with this model. Raises SettingsError for a name nobody knows, ChatModelError
    where its server has to be asked something and does not answer."""
    return service.chain_for(pick)


@dataclass(frozen=True, slots=True)
class Contestant:
    """A model of a duel under the name it was given; or the error that it could not be opened with."""

    name: str
    writer: Writer | None = None
    info: ModelInfo | None = None
    error: AskPapersError | None = None


def contestant(service: Service, name: str, opened: ChainOf = chain_of) -> Contestant:
    """A server that does not answer is for its own row to say; a name that means nothing is for the person to correct."""
    try:
        chain = opened(service, pick_of(name))
    except ChatModelError as error:
        return Contestant(name, error=error)
    return Contestant(name, chain.writer, chain.model_info)
