"""Noticing that a model has begun to say the same over and over, which small ones do until their room is used up."""

from __future__ import annotations

_LONGEST_UNIT = 400
_REPEATS = 4
_LEAST = 240  # characters that the repeats take together: "no, no, no, no" is still speech
_LEAST_BLANK = 1200  # the same of blanks and dashes, with which tables are padded
_EVERY = 80


class LoopWatch:
    """Takes a reply piece by piece. `loops` once its end repeats one stretch four times, 240 characters or more in all."""

    def __init__(self) -> None:
        self._tail = ""
        self._since = 0
        self.loops = False

    def feed(self, piece: str) -> bool:
        """Whether it loops, after this piece."""
        self._tail = (self._tail + piece)[-_LONGEST_UNIT * _REPEATS :]
        self._since += len(piece)
        if self._since >= _EVERY and not self.loops:
            self._since = 0
            self.loops = unit_of(self._tail) > 0
        return self.loops


def unit_of(text: str) -> int:
    """The length of the stretch that the end of `text` repeats; 0 if it repeats none."""
    for unit in range(1, _LONGEST_UNIT + 1):
        span = max(_LEAST, unit * _REPEATS)
        if len(text) < span:
            break
        if text[-span:-unit] != text[-span + unit :]:
            continue
        said = any(character.isalnum() for character in text[-unit:])
        if said or (len(text) >= _LEAST_BLANK and text[-_LEAST_BLANK:-unit] == text[-_LEAST_BLANK + unit :]):
            return unit
    return 0


def without_loop(text: str) -> str:
    """The text with a loop at its end said once."""
    unit = unit_of(text)
    if not unit:
        return text
    end = len(text)
    while end >= 2 * unit and text[end - unit : end] == text[end - 2 * unit : end - unit]:
        end -= unit
    return text[:end].rstrip()
