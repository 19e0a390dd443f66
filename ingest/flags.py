"""Warnings about the text of a record, in words, kept with the paper and shown wherever the paper is shown."""

from __future__ import annotations


def text_flags(title: str, abstract: str) -> tuple[str, ...]:
    """The warnings about a title and an abstract as they came, before any cleaning."""
    return ()
