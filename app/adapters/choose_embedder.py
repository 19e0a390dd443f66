"""Which embedder makes the vectors. A person types a spec, a library keeps a name; each can be had from the other.

Importing this module loads no vendor: each way imports its own when an embedder is opened."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from app.adapters.base_url import normalise
from app.core.errors import EmbedderSettingsError, InputError, SettingsError
from app.core.ports import Embedder

DEFAULT = "default"
# What the default embedder calls itself; libraries keep it since before there were others.
DEFAULT_NAME = "sentence-transformers/all-MiniLM-L6-v2"
WAYS = {
    "openai": "text-embedding-3-small",
    "compatible": "MODEL",
    "ollama": "nomic-embed-text",
    "llamacpp": "MODEL",
    "lmstudio": "MODEL",
    "vllm": "MODEL",
    "tei": "MODEL",
    "sentence-transformers": "FOLDER",
}
FORMS = (
    "default, openai:MODEL, compatible:MODEL, ollama:MODEL, llamacpp:MODEL, lmstudio:MODEL, vllm:MODEL, tei:MODEL, "
    "sentence-transformers:FOLDER_OR_NAME"
)
OPENAI_URL = "https://api.openai.com/v1"
OLLAMA_URL = "http://127.0.0.1:11434"
# Where each server listens unless told otherwise; text-embeddings-inference by its own command, not in a container.
USUAL = {
    "ollama": OLLAMA_URL,
    "llamacpp": "http://127.0.0.1:8080/v1",
    "lmstudio": "http://127.0.0.1:1234/v1",
    "vllm": "http://127.0.0.1:8000/v1",
    "tei": "http://127.0.0.1:3000/v1",
}
# The longest silence to wait through: on a small computer a batch takes a minute, and the first loads the model.
TIMEOUT_S = 120.0

_DRIVE = re.compile(r"^[A-Za-z]:[\\/]")
# Ollama itself puts this after a name without a tag.
_OLLAMA_TAG = re.compile(r"(\s*:latest)+$")
_OLLAMA_PATH = re.compile(r"/(v1|api)(/[a-z/]*)?$")


class Spec(NamedTuple):
    """An embedder as asked for: `way` is `default` or a key of `WAYS`."""

    way: str
    model: str

    def __str__(self) -> str:
        return f"{self.way}:{self.model}" if self.model else self.way


def name_of(spec: str) -> str:
    """The name a library keeps for the embedder of a spec. Raises InputError for a spec that is none."""
    parsed = _parse(spec)
    return DEFAULT_NAME if parsed.way == DEFAULT else str(parsed)


def spec_of(name: str) -> str:
    """What a person types for the embedder that a library keeps under this name."""
    return DEFAULT if name == DEFAULT_NAME else name


def check_embedder(typed: str) -> None:
    """Raises InputError, with what to type instead, if this is no way to name an embedder."""
    _parse(typed)


def asks_server(name: str) -> bool:
    """Whether the embedder of this name is behind HTTP."""
    return name.partition(":")[0] in {"openai", "compatible", *USUAL}


def wants_address(name: str) -> bool:
    """Whether its server is where ASKPAPERS_EMBEDDER_BASE_URL says."""
    return name.partition(":")[0] in {"compatible", *USUAL}


def open_embedder(
    spec: str,
    *,
    model_cache: Path,
    source_folder: Path | None = None,
    base_url: str | None = None,
    api_key: str | None = None,
    report: Callable[[str], None] | None = None,
) -> Embedder:
    """The embedder of a spec. Only the default one is made ready at once, the others at their first use.

    Raises InputError for a spec that is none, SettingsError where its base URL or key is not set or no address,
    EmbedderError where the default model cannot be had."""
    way, model = _parse(spec)
    say = report or (lambda line: None)
    if way == DEFAULT:
        from app.adapters.embeddings import MiniLMEmbedder

        return MiniLMEmbedder.open(model_cache / "all-MiniLM-L6-v2", source_folder=source_folder, report=say)
    if way == "sentence-transformers":
        from app.adapters.embedder_st import SentenceTransformerEmbedder

        return SentenceTransformerEmbedder(name_of(spec), model, report=say)
    return _over_http(Spec(way, model), (base_url or "").strip(), (api_key or "").strip())


def _over_http(spec: Spec, url: str, key: str) -> Embedder:
    address = _address(spec, url)
    if spec.way == "openai" and not key:
        raise EmbedderSettingsError(
            f'The embedder "{spec}" needs an API key, and none is set',
            "Set OPENAI_API_KEY to your key, or choose an embedder on this computer, such as default",
        )
    from app.adapters.embedder_faults import Place  # late: loading openai takes half a second
    from app.adapters.embedder_http import HttpEmbedder
    from app.adapters.embedder_servers import server_for

    return HttpEmbedder(str(spec), server_for(Place(spec.way, spec.model, address, TIMEOUT_S, key)))


def _address(spec: Spec, url: str) -> str:
    if spec.way == "openai":
        return OPENAI_URL
    if not url and spec.way == "compatible":
        raise EmbedderSettingsError(
            f'The embedder "{spec}" needs the address of your server, and none is set',
            "Set ASKPAPERS_EMBEDDER_BASE_URL to it, for LM Studio http://127.0.0.1:1234/v1",
        )
    if not url:
        return USUAL[spec.way]
    try:
        if spec.way != "ollama":
            return normalise(url)
        # Ollama's own protocol lies beside the OpenAI one, whose address is what people have set or copied.
        return normalise(_OLLAMA_PATH.sub("", url.strip("'\" ").rstrip("/"))).removesuffix("/v1")
    except SettingsError as error:
        hint = error.hint.replace("ASKPAPERS_LLM_BASE_URL", "ASKPAPERS_EMBEDDER_BASE_URL")
        raise EmbedderSettingsError(str(error), hint.replace("OPENAI_API_KEY", "ASKPAPERS_EMBEDDER_API_KEY")) from None


def _parse(typed: str) -> Spec:
    # Only the first colon parts: names such as nomic-embed-text:v1.5 hold colons themselves.
    word, colon, rest = (part.strip() for part in typed.strip().partition(":"))
    way = word.lower()
    if typed.strip() == DEFAULT_NAME or (way == DEFAULT and not colon):
        return Spec(DEFAULT, "")
    if way == DEFAULT:
        raise InputError(f'The embedder "{typed}" names a model, which default does not take', _forms("default"))
    if way not in WAYS:
        raise InputError(f'The embedder "{typed}" is none of: {FORMS}', _suggestion(typed.strip(), way, rest))
    if way == "ollama":
        rest = _OLLAMA_TAG.sub("", rest)
    if not rest:
        raise InputError(f'The embedder "{typed}" names no model', _forms(f"{way}:{WAYS[way]}"))
    return Spec(way, _folder_or_name(rest) if way == "sentence-transformers" else rest)


def _folder_or_name(model: str) -> str:
    """The whole path of a folder, so that it is found from anywhere; a name on the hub as it is."""
    if not _is_folder(model):
        return model
    # os.path, which raises for no text at all; and not resolve(): where a link points may change, the person named it.
    return os.path.abspath(os.path.expanduser(model))  # noqa: PTH100, PTH111


def _is_folder(text: str) -> bool:
    looks_so = text.startswith(("/", "./", "../", "~", "\\", ".\\")) or text in (".", "..") or _DRIVE.match(text)
    return bool(looks_so) or os.path.isdir(text)  # noqa: PTH112


def _suggestion(typed: str, way: str, rest: str) -> str:
    if re.match(r"https?$", way) and rest.startswith("//"):
        return f"Set ASKPAPERS_EMBEDDER_BASE_URL to {typed}, and the embedder to compatible:MODEL or ollama:MODEL"
    if not typed:
        return _forms(DEFAULT)
    if _is_folder(typed):
        return _forms(f"sentence-transformers:{typed}")
    if near := difflib.get_close_matches(way, [*WAYS, DEFAULT], 1, 0.7):
        return _forms(near[0] if near[0] == DEFAULT else f"{near[0]}:{rest or WAYS[near[0]]}")
    if typed.lower() == "all-minilm-l6-v2":
        return _forms(DEFAULT)
    if way.startswith("text-embedding-") and "/" not in typed and not rest:
        return _forms(f"openai:{typed}")
    if "/" in typed and not rest:
        return _forms(f"sentence-transformers:{typed}")
    return f"Put the way before the model: ollama:{typed} for Ollama, compatible:{typed} for another server"


def _forms(example: str) -> str:
    return f"Type: {example}"
