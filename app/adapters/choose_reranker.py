"""Which reranker the settings mean. Importing this module loads no vendor."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from app.adapters.base_url import normalise
from app.core.errors import SettingsError
from app.core.ports import Reranker

FORMS = "compatible:MODEL, compatible (a server of one model), tei"
_OFF = frozenset({"", "off", "none", "no", "false", "0"})
# What people call a server of either protocol.
_COMPATIBLE = frozenset(
    "llamacpp llama.cpp llama-cpp llama-server vllm jina cohere http openai localai infinity xinference".split()
)
_TEI = frozenset({"text-embeddings-inference", "huggingface", "hf"})


@dataclass(frozen=True, slots=True)
class RerankerChoice:
    """A reranker as asked for; `way` is `compatible` or `tei`."""

    way: str
    model: str
    address: str
    timeout_s: float
    key: str = field(repr=False)

    def __str__(self) -> str:
        return f"{self.way}:{self.model}" if self.model else self.way


def choose_reranker(
    typed: str | None, *, base_url: str | None = None, api_key: str | None = None, timeout_s: float = 10.0
) -> RerankerChoice | None:
    """The reranker of these settings; None if there is none. Raises SettingsError for what is no reranker or no
    address."""
    text = (typed or "").strip()
    if text.lower() in _OFF:
        return None
    # Only the first colon parts: names of models may hold colons themselves.
    word, _, model = (part.strip() for part in text.partition(":"))
    way = word.lower()
    if way not in ("compatible", "tei"):
        raise SettingsError(f'ASKPAPERS_RERANKER "{text}" is none of: {FORMS}', _suggestion(text, way, model))
    address = _address(text, way, (base_url or "").strip())
    return RerankerChoice(way, model, address, timeout_s, (api_key or "").strip())


def open_reranker(choice: RerankerChoice) -> Reranker:
    """The reranker of a choice. Nothing is asked before its first use."""
    from app.adapters.rerank_faults import Place  # late: loading openai takes half a second
    from app.adapters.rerank_http import HttpReranker

    return HttpReranker(Place(choice.way, choice.model, choice.address, choice.timeout_s, choice.key))


def _address(text: str, way: str, url: str) -> str:
    if not url:
        example = "http://127.0.0.1:8081" if way == "tei" else "http://127.0.0.1:8080/v1"
        raise SettingsError(
            f'The reranker "{text}" needs the address of its server, and none is set',
            f"Set ASKPAPERS_RERANKER_BASE_URL to it, like {example}",
        )
    try:
        address = normalise(url)
    except SettingsError as error:
        hint = error.hint.replace("ASKPAPERS_LLM_BASE_URL", "ASKPAPERS_RERANKER_BASE_URL")
        raise SettingsError(str(error), hint.replace("OPENAI_API_KEY", "ASKPAPERS_RERANKER_API_KEY")) from None
    return address.removesuffix("/v1") if way == "tei" else address


def _suggestion(text: str, way: str, model: str) -> str:
    if re.match(r"https?$", way) and model.startswith("//"):
        return f"Set ASKPAPERS_RERANKER_BASE_URL to {text}, and ASKPAPERS_RERANKER to compatible:MODEL or tei"
    if way in _TEI:
        return "Type: ASKPAPERS_RERANKER=tei"
    if way in _COMPATIBLE:
        return f"Type: ASKPAPERS_RERANKER=compatible{f':{model}' if model else ''}"
    return f"Put the way before the model: compatible:{text}; tei for text-embeddings-inference"
