"""Cutting an abstract into chunks that fit the embedder's window, at sentence boundaries, losing nothing."""

from __future__ import annotations

from collections.abc import Callable

from app.adapters.sentences import sentences
from app.core.domain import Chunk, Paper
from app.core.recipe import embedded_text

# Where the title alone fills the window the embedder's own cut applies; pieces of this length keep the chunks few.
_UNSEEN_PIECE = 2000
# No piece cut out of one sentence is longer than this, so that a huge "sentence" is not counted again and again.
_LONGEST_PIECE = 8000


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
        cuts += _cuts(abstract, fits)
    bounds = [*cuts, len(abstract)]
    return [
        Chunk(f"{paper.id}#{i}", paper.id, i, abstract[start:end], start, end)
        for i, (start, end) in enumerate(zip(bounds, bounds[1:], strict=False))
    ]


def _cuts(abstract: str, fits: Callable[[int, int], bool]) -> list[int]:
    """Where to cut, in order, strictly inside the abstract."""
    cuts: list[int] = []
    position = packed = 0  # the piece under work begins at `position`; up to `packed` it is whole sentences
    for end in [s.start for s in sentences(abstract)[1:]] + [len(abstract)]:
        if packed > position and not fits(position, end):
            cuts.append(packed)
            position = packed
        while position < end and (end - position > _LONGEST_PIECE or not fits(position, end)):
            position = _largest_that_fits(abstract, position, min(end, position + _LONGEST_PIECE), fits)
            cuts.append(position)
        packed = end
    return [cut for cut in cuts if cut < len(abstract)]


def _largest_that_fits(text: str, start: int, end: int, fits: Callable[[int, int], bool]) -> int:
    """The furthest cut after `start` such that the piece fits, at a space if one is near; always moves on."""
    low, high = start, end + 1
    while low + 1 < high:
        middle = (low + high) // 2
        if fits(start, middle):
            low = middle
        else:
            high = middle
    if low == start:
        return min(end, start + _UNSEEN_PIECE)
    space = text.rfind(" ", start + 1, low)
    return space + 1 if low < len(text) and space > start + (low - start) // 2 else low
