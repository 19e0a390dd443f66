"""`askpapers doctor`: look at every part once and say in words what works and what to do about what does not."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from typing import TYPE_CHECKING

from app.core.errors import AskPapersError, RerankerError
from app.core.models import Profile
from app.core.report import Finding as Finding
from app.wire import profiles

if TYPE_CHECKING:
    from app.bootstrap import Service
    from app.models.measure import Subject


def examine(service: Service) -> Iterator[Finding]:
    """A finding a part, as soon as it is known. A part that fails does not hide the ones after it."""
    yield _look("embedder", lambda: _embedder(service))
    yield _look("library", lambda: _library(service))
    if service.settings.reranker:
        yield _look("reranker", lambda: _reranker(service))
    yield _look("tokens", lambda: service.chain.tokens.note)
    yield from measured(service)


def measured(service: Service) -> Generator[Finding, None, Profile | None]:
    """What is found of the chat model of this service, and its profile, which is kept."""
    from app.models.measure import measure_model

    try:
        info = service.model()
        if info.provider == "extractive":
            yield Finding("chat model", True, f"none, answers are quotes ({service.model_note()})")
            return None
        return (yield from measure_model(subject_of(service), service.papers, profiles(service.settings)))
    except AskPapersError as error:
        yield Finding("chat model", False, str(error), error.hint)
        return None


def subject_of(service: Service) -> Subject:
    """The chat model of this service, to be measured."""
    from app.models.measure import Subject
    from app.wire import choose_model

    choice, chain = choose_model(service.settings), service.chain
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


def _look(what: str, check: Callable[[], str]) -> Finding:
    try:
        return Finding(what, True, check())
    except AskPapersError as error:
        return Finding(what, False, str(error), error.hint)


def _embedder(service: Service) -> str:
    embedder = service.library.embedder
    shape = embedder.embed(["a short test sentence"]).shape
    return f"{embedder.name}, {shape[1]} dimensions, {embedder.max_tokens} tokens"


def _library(service: Service) -> str:
    from app.upkeep import rebuild_keyword

    held, indexed = service.library.store.count(), service.library.keyword.count()
    where, dense = service.library.folder, service.dense_index().words
    if held != indexed:
        rebuild_keyword(service.library)
        return f"{held} papers in {where}; the keyword index had {indexed} and was rebuilt; {dense}"
    return f"{held} papers in {where}, all of them in the keyword index; {dense}"


def _reranker(service: Service) -> str:
    resting = service.chain.reranker
    if resting is None:
        return "none"
    started = time.perf_counter()
    name, (fits, does_not) = resting.tried(
        "what do grey herons eat?", ["Grey herons eat fish.", "A bridge made of steel."]
    )
    took = time.perf_counter() - started
    if fits <= does_not:
        raise RerankerError(
            f'The reranker "{name}" answers, but scores a text on herons {fits:.3f} and one on bridges {does_not:.3f} for '
            "a question on herons",
            "Serve a reranking model (a cross-encoder); some conversions of such models lack the part that scores",
        )
    return f"{name} scored two texts in {took:.2f} s"
