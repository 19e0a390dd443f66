"""Telling the reasoning that some models put before their answer, as `<think>...</think>`, from the answer."""

from __future__ import annotations

import re

_OPEN, _CLOSE = "<think>", "</think>"
# A chat template may have opened the reasoning itself: then the reply has the closing tag only, on a line of its own or
# with a blank line after it. Within a sentence it is a quote from a paper on such models.
_LONE = re.compile(r"(?:(?<=\n)[ \t]*</think>[ \t]*(?=\n|$)|</think>[ \t]*\n[ \t]*\n)")


class ThinkStripper:
    """Takes a reply piece by piece and gives back only its answer; what it thought meanwhile is in `thought`.

    A block counts as reasoning only where the reply begins with it (white space aside, several blocks in a
    row allowed): papers about reasoning models are quoted with a literal `<think>` in the middle of a
    sentence, and that is answer text. A reply that holds `</think>` without its opening tag was given out as
    answer before the tag shows what it was: then `restarts` is set, and the answer begins anew behind the tag.
    """

    def __init__(self) -> None:
        self._held = ""
        self._inside = False
        self._answering = False
        self._given = ""
        self._thought = ""
        self.seen = False
        self.restarts = False

    def feed(self, piece: str) -> str:
        """The answer text that is certain after this piece; empty while a tag may still be coming."""
        if self._answering:
            return self._after_lone_tag(piece)
        self._held += piece
        while True:
            if self._inside:
                thought, close, rest = self._held.partition(_CLOSE)
                if not close:
                    # A tag split over two pieces is held back, nothing else.
                    kept = len(_CLOSE) - 1
                    self._thought += self._held[:-kept]
                    self._held = self._held[-kept:]
                    return ""
                self._thought += thought
                self._held, self._inside = rest, False
            text = self._held.lstrip()
            if text.startswith(_OPEN):
                self._held, self._inside, self.seen = text[len(_OPEN) :], True, True
            elif _OPEN.startswith(text):
                return ""
            else:
                self._answering = True
                return self._after_lone_tag(self._release())

    def flush(self) -> str:
        """What was held back and turned out to be answer text; call it once, at the end of the reply."""
        if self._inside:
            self._thought, self._held = self._thought + self._held, ""
            return ""
        return self._release()

    def thought(self) -> str:
        """What it thought since this was asked last."""
        thought, self._thought = self._thought, ""
        return thought

    def _release(self) -> str:
        # After reasoning comes a blank line that belongs to neither; without it nothing is touched.
        text = self._held.lstrip() if self.seen else self._held
        self._held = ""
        return text

    def _after_lone_tag(self, piece: str) -> str:
        """The piece, or what follows a closing tag that nothing opened: all before it was reasoning."""
        if self.seen:
            return piece
        before = self._given
        self._given += piece
        found = _LONE.search(self._given, max(0, len(before) - len(_CLOSE) - 2))
        if not found:
            return piece
        self._thought += self._given[: found.start()]
        self.seen = self.restarts = True
        return self._given[found.end() :].lstrip()
