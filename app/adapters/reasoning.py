"""Removing the reasoning that some models put before their answer as `<think>...</think>`."""

from __future__ import annotations

_OPEN, _CLOSE = "<think>", "</think>"


class ThinkStripper:
    """Takes a reply piece by piece and gives back only its answer.

    A block counts as reasoning only where the reply begins with it (white space aside, several blocks in a
    row allowed): papers about reasoning models are quoted with a literal `<think>` in the middle of a
    sentence, and that is answer text. A reply that holds `</think>` without its opening tag passes
    unchanged, because its first words were streamed long before the tag shows what they were.
    """

    def __init__(self) -> None:
        self._held = ""
        self._inside = False
        self._answering = False
        self.seen = False

    def feed(self, piece: str) -> str:
        """The answer text that is certain after this piece; empty while a tag may still be coming."""
        if self._answering:
            return piece
        self._held += piece
        while True:
            if self._inside:
                _, close, rest = self._held.partition(_CLOSE)
                if not close:
                    # Only a tag split over two pieces still matters, so long reasoning takes no memory.
                    self._held = self._held[-(len(_CLOSE) - 1) :]
                    return ""
                self._held, self._inside = rest, False
            text = self._held.lstrip()
            if text.startswith(_OPEN):
                self._held, self._inside, self.seen = text[len(_OPEN) :], True, True
            elif _OPEN.startswith(text):
                return ""
            else:
                self._answering = True
                return self._release()

    def flush(self) -> str:
        """What was held back and turned out to be answer text; call it once, at the end of the reply."""
        return "" if self._inside else self._release()

    def _release(self) -> str:
        # After reasoning comes a blank line that belongs to neither; without it nothing is touched.
        text = self._held.lstrip() if self.seen else self._held
        self._held = ""
        return text
