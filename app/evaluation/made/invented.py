"""Names that nobody has given to anything, for questions that a library cannot answer."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

_FIRST = "Bra Cro Dre Fla Glo Kri Plu Qua Sko Stra Tru Vla Wre Zo".split()
_MIDDLE = "bel dax fin gor lim mun nav pex rud tiv vor zam".split()
_LAST = "Net Former BERT QA Rank Bench Tune Mix Flow Lab".split()
_TRIES = 50


def invented_name(dice: random.Random, holding: Callable[[str], Sequence[str]]) -> str:
    """A name written as names of systems are, that stands in no paper (`holding` gives those that have some words)."""
    for _ in range(_TRIES):
        name = dice.choice(_FIRST) + dice.choice(_MIDDLE) + dice.choice(_MIDDLE) + dice.choice(_LAST)
        if not holding(name):
            return name
    raise RuntimeError("no name is free")
