"""How far a long run has come, on stderr: one line that is written over on a terminal, else a line now and then."""

from __future__ import annotations

import sys
import time

import click

_EVERY_S = 10.0


class ProgressLine:
    """Shows the latest words; `end` leaves the line."""

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()
        self._shown_at = time.monotonic()
        self._width = 0

    def show(self, words: str) -> None:
        if self._terminal:
            click.echo(f"\r{words.ljust(self._width)}", err=True, nl=False)
            self._width = len(words)
        elif time.monotonic() - self._shown_at > _EVERY_S:
            click.echo(words, err=True)
            self._shown_at = time.monotonic()

    def end(self) -> None:
        if self._terminal and self._width:
            click.echo("", err=True)
        self._width = 0

    def read(self, done: int, total: int | None, words: str) -> None:
        """The progress of reading."""
        self.show(f"{done:,} {words}")

    def embedded(self, done: int, total: int, seconds_left: float | None) -> None:
        """The progress of making vectors; `seconds_left` is None while another process makes them."""
        share = 100 * done // total if total else 100
        left = f"about {duration(seconds_left)} left" if seconds_left is not None else "made by another askpapers"
        self.show(f"dense index {share} % ({done:,} of {total:,} papers), {left}")


def duration(seconds: float) -> str:
    """In words: "40 seconds", "6 minutes", "2.5 hours"."""
    if seconds < 90:
        return f"{seconds:.0f} seconds"
    return f"{seconds / 60:.0f} minutes" if seconds < 5400 else f"{seconds / 3600:.1f} hours"
