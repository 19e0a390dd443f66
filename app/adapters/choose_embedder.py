"""Placeholder until the real one lands."""

from __future__ import annotations

from typing import Any

from app.adapters.embeddings import MiniLMEmbedder

MODEL = "sentence-transformers/all-MiniLM-L6-v2"


def open_embedder(
    spec: str,
    *,
    model_cache: Any,
    source_folder: Any = None,
    base_url: Any = None,
    api_key: Any = None,
    report: Any = None,
) -> Any:
    return MiniLMEmbedder.open(model_cache / "all-MiniLM-L6-v2", source_folder=source_folder, report=report)


def name_of(spec: str) -> str:
    return MODEL if spec == "default" else spec


def spec_of(name: str) -> str:
    return "default" if name == MODEL else name
