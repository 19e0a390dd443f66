"""Settings in, a wired chain out. Nothing else builds the adapters of a chain.

Heavy parts are imported and opened here and only when needed, so that `--help` and `ask` start fast.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from pydantic import SecretStr

from app.core.domain import ModelInfo
from app.core.errors import ChatModelError, EmbedderAwayError, SettingsError
from app.core.models import ModelPick, Prices
from app.core.prompting import PROMPTS, load_prompt
from app.core.settings import Settings
from app.core.tokens import TokenCounter
from app.library import Library

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from app.adapters.chat_models import ModelChoice
    from app.adapters.profile_file import ProfileFile
    from app.chat.chain import Chain
    from app.chat.checking.by_model import ModelCheck
    from app.chat.limits import Limits
    from app.chat.rerank import RestingReranker
    from app.chat.resting import RestingEmbedder
    from app.chat.retrieve import DenseRetriever


def switch_telemetry_off() -> None:
    """Before any vendor is imported. Nothing a person asks or stores is reported to anyone."""
    for name, value in {
        "ANONYMIZED_TELEMETRY": "False",
        "CHROMA_TELEMETRY_IMPL": "None",
        "GRADIO_ANALYTICS_ENABLED": "False",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "DO_NOT_TRACK": "1",
        "LANGCHAIN_TRACING_V2": "false",
        "LANGSMITH_TRACING": "false",
        "LANGSMITH_TRACING_V2": "false",
        "LANGSMITH_GATEWAY": "false",
    }.items():
        os.environ[name] = value


def choose_model(settings: Settings) -> ModelChoice:
    """Which chat model the settings mean; with `auto` and no address, what runs on this machine (a second at most)."""
    from app.adapters import offline
    from app.adapters.base_url import is_official, normalise
    from app.adapters.chat_models import choose
    from app.adapters.model_servers import find_servers, look_at

    # A key for OpenAI must not travel to whatever server a base URL names, nor to another provider.
    word = settings.llm.partition(":")[0].strip().lower()
    for_openai = word in ("", "auto", "openai") and (
        not settings.llm_base_url or is_official(normalise(settings.llm_base_url))
    )
    secret = settings.llm_api_key or (settings.openai_api_key if for_openai else None)
    key = secret.get_secret_value() if secret else None
    return choose(
        settings.llm,
        base_url=settings.llm_base_url,
        api_key=key,
        find=find_servers,
        look=lambda url, key: look_at(url, key or ""),
        stays_here=offline.is_on(),
    )


def picked(
    settings: Settings, pick: ModelPick, open_to_others: bool, offered: Callable[[], Sequence[str]] = lambda: ()
) -> Settings:
    """The settings with the model that a person picked in the browser. Keys of the settings stay with the addresses they
    are set for; on a page `open_to_others` visitors have none of them, and come to no address but those of the settings,
    those `offered`, where a model server was found, and those allowed. Raises SettingsError."""
    from app.adapters.base_url import normalise
    from app.adapters.chat_models import FOREIGN

    word, mine = _provider_of(pick.llm), _provider_of(settings.llm)
    own_url = normalise(settings.llm_base_url) if settings.llm_base_url else None
    if mine in ("", "auto") and own_url is None:
        mine = "openai"  # all that a key without an address is for
    url = own_url if word == mine and not pick.base_url.strip() else _place(settings, pick, open_to_others, offered)
    same_place = url == own_url and (url is not None or word == mine)
    theirs = same_place and pick.llm.strip() == settings.llm.strip()
    if open_to_others and word in FOREIGN and not pick.api_key and not theirs:
        raise SettingsError(
            f'The provider "{word}" needs a key of your own on this page', "Type your key, or choose another model"
        )
    key = settings.llm_api_key if theirs or (same_place and not open_to_others) else None
    return settings.model_copy(
        update={
            "llm": pick.llm,
            "llm_base_url": url,
            "llm_api_key": SecretStr(pick.api_key) if pick.api_key else key,
            "openai_api_key": settings.openai_api_key if theirs or not open_to_others else None,
        }
    )


def _provider_of(llm: str) -> str:
    return llm.partition(":")[0].strip().lower()


def _place(
    settings: Settings, pick: ModelPick, open_to_others: bool, offered: Callable[[], Sequence[str]]
) -> str | None:
    """The address of a pick; None for the usual one of its provider."""
    from app.adapters.address_rules import check_typed
    from app.adapters.base_url import normalise
    from app.adapters.model_servers import USUAL

    # Whatever else listens at the usual address of a server is not to get a visitor's requests either.
    typed = pick.base_url.strip() or (USUAL.get(_provider_of(pick.llm), "") if open_to_others else "")
    if not typed:
        return None
    url = normalise(typed)
    if settings.llm_base_url and url == normalise(settings.llm_base_url):
        return url
    if open_to_others and url in map(normalise, offered()):
        return url
    return check_typed(typed, settings.llm_allowed_urls, open_to_others)


def _build_model(
    settings: Settings, embedder: RestingEmbedder, library: Library, choice: ModelChoice
) -> tuple[BaseChatModel, ModelInfo]:
    if choice.provider == "extractive":
        from app.adapters.extractive import ExtractiveChatModel

        return (
            ExtractiveChatModel(embedder=embedder, keyword=library.keyword),
            ModelInfo("extractive", "quotes"),
        )
    from app.adapters.chat_models import build

    temperature = None if choice.provider == "openai" else 0.0
    try:
        model = build(
            choice,
            timeout_s=settings.llm_timeout_s,
            temperature=temperature,
            max_output_tokens=settings.llm_answer_tokens,
        )
    except ChatModelError as error:  # it could not be asked which models it has
        from app.adapters.away_model import AwayChatModel

        return AwayChatModel(trouble=error), ModelInfo(choice.provider, choice.name, choice.base_url or "")
    name = choice.name or str(getattr(model, "model_name", ""))
    return model, ModelInfo(choice.provider, name, choice.base_url or "")


def _token_count(library: Library, dense: DenseRetriever) -> Callable[[str], int]:
    """How the library's embedder counts tokens. Opens the vectors too, so that what does not fit is said now, unless a
    server would have to be asked, for which no page shall wait."""
    from app.adapters.choose_embedder import asks_server
    from app.adapters.embedder_vectors import estimate_tokens

    try:
        embedder = dense.embedder.asked(lambda: library.embedder)
        if not asks_server(embedder.name):
            dense.vectors()
    except EmbedderAwayError:
        return estimate_tokens
    return embedder.count_tokens


def _build_reranker(settings: Settings) -> RestingReranker | None:
    """The reranker of these settings, which is opened at its first question. Raises SettingsError."""
    from app.adapters.choose_reranker import choose_reranker, open_reranker

    secret = settings.reranker_api_key
    choice = choose_reranker(
        settings.reranker,
        base_url=settings.reranker_base_url,
        api_key=secret.get_secret_value() if secret else None,
        timeout_s=settings.reranker_timeout_s,
    )
    if choice is None:
        return None
    from app.chat.rerank import RestingReranker

    return RestingReranker(lambda: open_reranker(choice))


def _build_checker(
    settings: Settings, model: BaseChatModel, info: ModelInfo, tokens: TokenCounter, limits: Limits
) -> ModelCheck | None:
    """What asks the model about every paper, where the settings want that and a model writes."""
    if settings.check != "model" or info.provider == "extractive" or limits.few_steps:
        return None
    from app.adapters.verdict_file import VerdictFile
    from app.chat.checking.by_model import ModelCheck
    from app.chat.generate import messages, whole_text

    return ModelCheck(
        lambda system, user: whole_text(model, messages(system, user)),
        f"{info.provider}:{info.name}",
        tokens.count,
        limits.window,
        settings.llm_answer_tokens,
        settings.prompts_dir,
        VerdictFile(settings.library_dir / "verdicts.sqlite"),
    )


def profiles(settings: Settings) -> ProfileFile:
    """What has been measured of chat models: one file for all libraries of a data folder."""
    from app.adapters.profile_file import ProfileFile

    return ProfileFile(settings.data_dir / "profiles.json")


def _limits(
    settings: Settings, choice: ModelChoice, info: ModelInfo, count: Callable[[str], int]
) -> tuple[Limits, TokenCounter]:
    """What this model may be given and how its tokens are counted."""
    from app.chat.model_limits import model_limits

    address = choice.base_url or ""
    return model_limits(
        info.provider,
        address,
        info.name,
        choice.api_key or "",
        papers=settings.papers_per_answer,
        setting=settings.llm_context_tokens,
        answer_tokens=settings.llm_answer_tokens,
        count=count,
        profile=profiles(settings).get(info.name, address),
    )


def _prices(settings: Settings) -> Prices | None:
    if settings.llm_price_read is None or settings.llm_price_written is None:
        return None
    return Prices(settings.llm_price_read, settings.llm_price_written)


def build_chain(settings: Settings, library: Library, choice: ModelChoice | None = None) -> Chain:
    """The chain for these settings, and for the model of `choice` if that is made already. Its model is an `AwayChatModel` if
    the server could not be asked for a name. Raises what opening the library raises."""
    from app.chat.chain import Chain
    from app.chat.model_limits import ContextChooser, WindowReader
    from app.chat.resting import RestingEmbedder
    from app.chat.retrieve import DenseRetriever, WordsRetriever

    for name in PROMPTS:
        load_prompt(name, settings.prompts_dir)  # a broken prompt is said now, not at the first question
    embedder = RestingEmbedder(lambda: library.embedder)
    choice = choice or choose_model(settings)
    model, info = _build_model(settings, embedder, library, choice)
    dense = DenseRetriever(lambda: library.vectors, embedder, library.store, library.embedded_count, library.keyword)
    limits, tokens = _limits(settings, choice, info, _token_count(library, dense))
    if info.provider == "ollama" and info.name and isinstance(limits.read, WindowReader):
        chooser = ContextChooser(limits.read, tokens, settings.llm_answer_tokens, settings.llm_context_tokens)
        model.context = chooser  # type: ignore[attr-defined]
    return Chain(
        store=library.store,
        keyword=library.keyword,
        embedder=embedder,
        retrievers=(dense, WordsRetriever(lambda: library.keyword_leg, embedder, library.keyword)),
        model=model,
        model_info=info,
        tokens=tokens,
        limits=limits,
        prompts_dir=settings.prompts_dir,
        reranker=_build_reranker(settings),
        checker=_build_checker(settings, model, info, tokens, limits),
        judges=settings.judge == "model",
        plans=settings.plan == "auto",
        prices=_prices(settings),
    )
