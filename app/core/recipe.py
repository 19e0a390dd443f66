"""What is embedded of a paper. Vectors made by another recipe are not comparable, so each collection records it."""

from __future__ import annotations

TEXT_RECIPE = "title. chunk / 1"


def embedded_text(title: str, chunk_text: str) -> str:
    """What is embedded for a chunk (recipe `TEXT_RECIPE`): the title, a full stop, the chunk's words."""
    return f"{title}. {chunk_text}"
