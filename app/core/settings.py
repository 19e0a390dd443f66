"""Every setting there is, read once, here and nowhere else (environment, then `.env` in the working folder).

Below `app.wire` values are passed, not this bag. Each description is what README and `.env.example` say;
a test keeps the three equal.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

from platformdirs import user_cache_path, user_data_path
from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from app.core.errors import SettingsError

_LIBRARY = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,62}[A-Za-z0-9])?")
_RESERVED = re.compile(r"con|prn|aux|nul|(?:com|lpt)\d", re.IGNORECASE)


class Settings(BaseSettings):
    """One field a setting; the environment variable is the field's name in capitals after `ASKPAPERS_`."""

    model_config = SettingsConfigDict(
        env_prefix="ASKPAPERS_",
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        populate_by_name=True,
    )

    data_dir: Path = Field(
        default_factory=lambda: user_data_path("askpapers", appauthor=False),
        description="Folder of the library. Empty: the usual data folder of your system.",
    )
    library: str = Field(
        default="default",
        description="Name of the library in that folder, if you keep several: letters, digits, - and _.",
    )
    llm: str = Field(
        default="auto",
        description="Who writes answers: auto, extractive, ollama:MODEL, llamacpp, lmstudio:MODEL, vllm:MODEL, openai:MODEL, "
        "compatible:MODEL (with the address below), or a provider of LangChain (anthropic:MODEL ...).",
    )
    llm_base_url: str | None = Field(
        default=None,
        description="Address of the model server, if it is not the usual one of its kind, for example http://192.168.1.5:8080/v1.",
    )
    llm_api_key: SecretStr | None = Field(
        default=None, description="Key for the provider or the server above, if it wants one."
    )
    openai_api_key: SecretStr | None = Field(
        default=None,
        validation_alias="OPENAI_API_KEY",
        description="Key for OpenAI, used if the one above is empty; never sent to a server of another address.",
    )
    llm_timeout_s: float = Field(
        default=120.0, gt=0, description="Seconds without a word from the model before we give up."
    )
    llm_context_tokens: int | None = Field(
        default=None,
        ge=1024,
        description="Most tokens of the model's context window to use. Empty: what the server says it has, else 4096.",
    )
    llm_answer_tokens: int = Field(
        default=800, ge=64, description="Most tokens an answer may take; kept free in the window."
    )
    llm_price_read: float | None = Field(
        default=None, ge=0, description="US dollars for a million tokens the model reads, to show what answers cost."
    )
    llm_price_written: float | None = Field(
        default=None, ge=0, description="US dollars for a million tokens it writes, its reasoning among them."
    )
    llm_allowed_urls: str = Field(
        default="",
        description="Addresses of model servers, with commas between them, that visitors of a page open to others may type. "
        "Empty: none.",
    )
    papers_per_answer: int = Field(default=6, ge=1, le=50, description="How many papers an answer may rest on.")
    plan: Literal["auto", "rule"] = Field(
        default="auto",
        description="Who splits a question that asks several things where the rules cannot: auto (the chat model, in one more call for "
        "such a question), rule (nobody).",
    )
    check: Literal["rule", "model"] = Field(
        default="rule",
        description="Who decides which papers a question about all of them means: rule, or model (a call for every few papers).",
    )
    keep_answers: int = Field(
        default=10_000,
        ge=0,
        description="How many of the newest answers are kept with their receipts, in answers.sqlite beside the library. 0: none.",
    )
    keep_conversations: bool = Field(
        default=True,
        description="Whether what is asked on the page is kept, in conversations.sqlite beside the library. false: a chat ends with its page.",
    )
    prompts_dir: Path | None = Field(
        default=None, description="Folder with your own versions of the files in prompts/, by the same names."
    )
    embedder: str | None = Field(
        default=None,
        description="Who makes vectors: default, openai:MODEL, ollama:MODEL, llamacpp:MODEL, lmstudio:MODEL, vllm:MODEL, tei:MODEL, "
        "compatible:MODEL, sentence-transformers:FOLDER. "
        "Empty: what the library was made with.",
    )
    embedder_base_url: str | None = Field(
        default=None, description="Address of the server that makes vectors, if it is not the usual one of its kind."
    )
    embedder_api_key: SecretStr | None = Field(
        default=None, description="Key for that server, if it wants one; OPENAI_API_KEY is used for openai:."
    )
    embedder_dir: Path | None = Field(
        default=None,
        description="Folder with all-MiniLM-L6-v2 (model.safetensors, tokenizer.json, config.json) for offline set-up.",
    )
    model_cache: Path = Field(
        default_factory=lambda: user_cache_path("askpapers", appauthor=False) / "models",
        description="Where the prepared embedding model is kept. Empty: the usual cache folder of your system.",
    )
    reranker: str | None = Field(
        default=None,
        description="Who puts the best papers found in a better order: compatible:MODEL (llama.cpp, vLLM, Jina, Cohere), tei. "
        "Empty: nobody.",
    )
    reranker_base_url: str | None = Field(
        default=None, description="Address of that server, for example http://127.0.0.1:8080/v1 (llama.cpp)."
    )
    reranker_api_key: SecretStr | None = Field(default=None, description="Key for that server, if it wants one.")
    reranker_timeout_s: float = Field(
        default=10.0,
        gt=0,
        description="Seconds it has for a question; after that the order without it stands, and it is left alone for a while.",
    )
    judge: Literal["off", "model"] = Field(
        default="off",
        description="Who reads the sentences of an answer against the abstracts once the rules have: off, model (the chat model, in "
        "one more call an answer).",
    )
    chroma_url: str | None = Field(
        default=None,
        description="Address of a Chroma server, for example http://127.0.0.1:8000, or cloud. Empty: vectors lie in the data folder.",
    )
    chroma_api_key: SecretStr | None = Field(default=None, description="Key for that server or for Chroma Cloud.")
    chroma_tenant: str | None = Field(default=None, description="Tenant on that server. Empty: its default.")
    chroma_database: str | None = Field(default=None, description="Database on that server. Empty: its default.")
    arxiv_url: str = Field(
        default="https://export.arxiv.org/api/query",
        pattern=r"^https?://[^/\s]+\S*$",
        description="Address of arXiv's API, if you use a mirror.",
    )
    hub_url: str = Field(
        default="https://huggingface.co",
        pattern=r"^https?://[^/\s]+\S*$",
        validation_alias=AliasChoices("ASKPAPERS_HUB_URL", "HF_ENDPOINT"),
        description="Address of the Hugging Face hub, for its daily papers; HF_ENDPOINT is used if this is empty.",
    )
    live_pause_s: float = Field(
        default=3.0,
        ge=0,
        le=3600,
        description="Seconds between two requests to arXiv or the hub; arXiv itself is never asked more often than every 3.",
    )
    offline: bool = Field(
        default=False, description="true: no connection beyond this machine is made, whatever asks for one."
    )
    smtp_url: SecretStr | None = Field(
        default=None,
        description="Mail server for askpapers digest --email: smtp://USER:PASSWORD@HOST:587 or smtps://USER:PASSWORD@HOST.",
    )
    smtp_from: str | None = Field(
        default=None, description="Address such mails come from, for example papers@example.org."
    )
    host: str = Field(default="127.0.0.1", description="Address the page listens on.")
    port: int = Field(default=7860, ge=0, le=65535, description="Port the page listens on.")
    auth_file: Path | None = Field(
        default=None,
        description="File of the people who may use the page, name:hash a line, written by askpapers user add. Empty: no login.",
    )
    allow_anonymous: bool = Field(
        default=False, description="true: let others use the page without a login, if it listens beyond this computer."
    )
    root_path: str = Field(
        default="",
        pattern=r"^(?:/[A-Za-z0-9._~-]+)*/?$",
        description="Path under which a reverse proxy offers the page, for example /papers. Empty: at the root.",
    )
    proxies: str = Field(
        default="",
        description="Addresses of reverse proxies, with commas between them, whose X-Forwarded-For and -Proto are believed. "
        "Empty: none.",
    )
    questions_per_minute: int | None = Field(
        default=None,
        ge=0,
        description="Questions each person may ask in a minute. 0: any number. Empty: 20 if others can use the page, else any.",
    )
    questions_per_minute_all: int | None = Field(
        default=None,
        ge=0,
        description="Questions all people together may ask in a minute. 0: any number. Empty: 120 if others can use the page, "
        "else any.",
    )
    upload_mb: int = Field(default=500, ge=1, le=100_000, description="Most megabytes of one upload.")
    question_chars: int = Field(default=4000, ge=100, le=100_000, description="Most characters of one question.")

    @property
    def library_dir(self) -> Path:
        """Where the library of that name lies: the default one in the data folder itself."""
        return self.data_dir if self.library == "default" else self.data_dir / "libraries" / self.library

    @field_validator("library", mode="after")
    @classmethod
    def _never_a_path(cls, value: str) -> str:
        """The name is a folder's and, with Chroma's own rules, a collection's."""
        if not _LIBRARY.fullmatch(value):
            raise ValueError(
                "a library's name is 1 to 64 letters (A to Z), digits, - and _, with a letter or digit at both ends"
            )
        if _RESERVED.fullmatch(value):
            raise ValueError("Windows keeps this name for a device")
        return value

    @field_validator("data_dir", "model_cache", "prompts_dir", "embedder_dir", "auth_file", mode="after")
    @classmethod
    def _expand_home(cls, value: Path | None) -> Path | None:
        return value.expanduser() if value else value


def load_settings(**overrides: object) -> Settings:
    """Settings from the environment; `overrides` (from command-line options) win, None means not given.

    Raises SettingsError naming the variable, the value and what is wrong with it.
    """
    given = {name: value for name, value in overrides.items() if value is not None}
    try:
        return Settings(**given)  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]).upper()
        variable = name if name.startswith(("ASKPAPERS_", "OPENAI_")) else f"ASKPAPERS_{name}"
        value = " ".join(str(first["input"]).splitlines())[:100]
        option = name.lower()
        raise SettingsError(
            f'{variable} cannot be "{value}": {first["msg"].removeprefix("Value error, ")}.',
            f"Give --{option.replace('_', '-')} another value."
            if option in given
            else f"Change {variable} in the environment or in .env; .env.example explains every setting.",
        ) from error
    except UnicodeDecodeError as error:
        raise SettingsError(
            f'"{Path(".env").absolute()}" is not UTF-8 text: {error}.', "Save .env as UTF-8, or delete it."
        ) from error
