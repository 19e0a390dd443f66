"""Cutting an abstract into chunks that fit the embedder's window, at sentence boundaries, losing nothing."""

from __future__ import annotations

from collections.abc import Callable

from app.adapters.chroma import embedded_text
from app.adapters.sentences import sentences
from app.core.domain import Chunk, Paper


def split(paper: Paper, count_tokens: Callable[[str], int], max_tokens: int) -> list[Chunk]:
    """Chunks that tile the abstract: joined they are the abstract again, so offsets point into it.

    An abstract that fits with its title stays whole. Otherwise whole sentences are packed as long as they fit;
    a single sentence longer than the window is cut between words, one long word between characters.
    """
    abstract = paper.abstract

    def fits(start: int, end: int) -> bool:
        return count_tokens(embedded_text(paper.title, abstract[start:end])) <= max_tokens

    cuts = [0]
    if not fits(0, len(abstract)):
        ends = [s.start for s in sentences(abstract)[1:]] + [len(abstract)]
        position = 0
        for i, end in enumerate(ends):
            if fits(position, end):
                continue
            previous = ends[i - 1] if i else 0
            if previous > position:
                cuts.append(previous)
                position = previous
            while not fits(position, end):
                position = _largest_that_fits(abstract, position, end, fits)
                cuts.append(position)
    bounds = [*cuts, len(abstract)]
    return [
        Chunk(f"{paper.id}#{i}", paper.id, i, abstract[start:end], start, end)
        for i, (start, end) in enumerate(zip(bounds, bounds[1:], strict=False))
    ]


def _largest_that_fits(text: str, start: int, end: int, fits: Callable[[int, int], bool]) -> int:
    """The furthest cut after `start` such that the piece fits, at a space if one is near; always moves on.

    When even one character does not fit (the title alone fills the window), the embedder's own cut applies, and
    a piece of 200 characters keeps the number of chunks small.
    """
    low, high = start, end
    while low + 1 < high:
        middle = (low + high) // 2
        if fits(start, middle):
            low = middle
        else:
            high = middle
    if low == start:
        return min(end, start + 200)
    space = text.rfind(" ", start + 1, low)
    return space + 1 if space > start + (low - start) // 2 else low
