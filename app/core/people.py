"""Whether two spellings may name one person: "Wang", "J. Wang", "Wang, Jun" and "Jun Wang" do, "Jing Wang" is another.

A person is compared by the family name and the given names, in whatever order they are written; accents, hyphens and
"Jr." aside. An initial stands for any name that begins so, and a name that one of the two spellings leaves out
contradicts nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from app.core.keys import family_name, is_initials, name_key, title_key, without_suffix

# A given name as it is compared: whole, then its parts if it has several ("jeanpierre", "jean", "pierre").
Given = tuple[str, ...]

_KEPT = 65_536
_SEPARATORS = re.compile(r"[\s,.]+")
_HYPHENS = re.compile("[-‐‑–]")


def same_person(who: str, author: str) -> bool:
    """Whether `author` may be `who`."""
    return may_be(who, *person_key(author))


def may_be(who: str, family: str, given: Sequence[Given]) -> bool:
    """Whether a person of this key (see `person_key`) may be `who`."""
    mine, names = person_key(who)
    return mine == family and (_all_among(names, given) or _all_among(given, names))


@lru_cache(_KEPT)
def person_key(person: str) -> tuple[str, tuple[Given, ...]]:
    """(family name, given names) of a person as they are compared. The parts of "AB" in "Newt AB" are its letters."""
    family, names = family_name(person), []
    for word in _SEPARATORS.split(without_suffix(person)):
        parts = list(word) if is_initials(word) else _HYPHENS.split(word)
        pieces = [key for key in map(_key, parts) if key]
        if whole := _key(word):
            names.append((whole, *pieces) if len(pieces) > 1 else (whole,))
    last = max((at for at, name in enumerate(names) if name[0] == family), default=-1)
    return family, tuple(name for at, name in enumerate(names) if at != last)


def _key(word: str) -> str:
    return title_key(name_key(word))


def _all_among(some: Sequence[Given], others: Sequence[Given]) -> bool:
    known = [key for name in others for key in name]
    return all(
        any(_agree(name[0], key) for key in known)
        or (len(name) > 1 and all(any(_agree(piece, key) for key in known) for piece in name[1:]))
        for name in some
    )


def _agree(one: str, other: str) -> bool:
    """Whether two given names are the same, or one is the initial of the other."""
    return one == other or (1 in (len(one), len(other)) and one[0] == other[0])
