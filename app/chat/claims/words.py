"""The words of a sentence as the guards read them: with stems, clauses and how near one stands to another."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

_TOKEN = re.compile(r"[^\W_]+(?:[-.’'+/][^\W_]+)*|[,;:()–—]| - ", re.UNICODE)
_URL = re.compile(r"https?://\S*[\w/]")
_BREAKS = frozenset(",;:()–—")
_CONNECTIVES = frozenset("while whereas but although though because which who whose where when since unless".split())
_FUNCTION = frozenset(
    """a an the this that these those it its they their them he she his her we our us you your i my of in on at by for from
    to into onto with as and or nor so than then there here is are was were be been being am do does did done has have had
    having can could may might must shall should will would also both each such some any all other others own same only very
    just even still yet too much many more most less least few fewer if whether what how why when where which who whose
    about over under between among across per via within during through while whereas but although though because since
    unless not no never neither without cannot can't doesn't don't didn't isn't aren't wasn't weren't won't hardly up out
    well one ones s t""".split()
)
_ENDINGS = (
    "izations ization isations isation ations ation ements ement ments ment nesses ness ingly edly ities ity ions ion ings "
    "ing ied ies ers er ors or est ed es ly ive ives e s y"
).split()


@dataclass(frozen=True, slots=True)
class Word:
    """One word: its stem, where it stands, the clause (counted from 0) that it belongs to, and the compound that it is a
    part of ("OPT-IML"), or itself."""

    text: str
    stem: str
    start: int
    end: int
    clause: int
    content: bool
    whole: str = ""


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """One form for the forms of a word: "generates", "generation" and "generative" are alike, "general" is not."""
    plain = re.sub(r"['’]s?$", "", word.casefold())
    if not plain.isalpha() and not re.search(r"[^\W\d_]{4}", plain):
        return plain
    for _ in range(2):
        for ending in _ENDINGS:
            if plain.endswith(ending) and len(plain) - len(ending) >= (4 if len(ending) > 2 else 3):
                plain = plain[: -len(ending)]
                break
        else:
            break
    if len(plain) > 5 and plain.endswith(("at", "iz", "is")):
        plain = plain[:-2]
    if len(plain) > 3 and plain[-1] == plain[-2]:  # "dropped", "planning"
        plain = plain[:-1]
    return plain


@lru_cache(maxsize=4096)
def read(text: str) -> tuple[Word, ...]:
    """The words of `text` in order; addresses are left out, the parts of "task-specific" are words of their own."""
    found: list[Word] = []
    clause = 0
    plain = _URL.sub(lambda m: " " * len(m.group()), text)
    for match in _TOKEN.finditer(plain):
        token = match.group()
        if token.strip() in _BREAKS or token == " - ":
            clause += 1
            continue
        if token.casefold() in _CONNECTIVES:
            clause += 1
        for part in re.finditer(r"[^-/]+", token):
            word = part.group()
            start = match.start() + part.start()
            low = word.casefold()
            content = low not in _FUNCTION and (len(low) > 1 or low.isdigit())
            found.append(Word(word, stem(word), start, start + len(word), clause, content, token))
    return tuple(found)


def stems(text: str) -> frozenset[str]:
    """The stems of the words that carry meaning."""
    return frozenset(word.stem for word in read(text) if word.content)


def alike(one: str, other: str) -> bool:
    """Whether two stems belong to one word, small differences of the endings aside ("classif", "classifi")."""
    if one == other:
        return True
    short, long = sorted((one, other), key=len)
    return len(short) >= 5 and long.startswith(short) and len(long) - len(short) <= 2


def around(words: tuple[Word, ...], at: int, reach: int = 8) -> dict[str, float]:
    """How near (1 and less) each stem stands to word `at`; a clause between counts as three words."""
    here = words[at]
    near: dict[str, float] = {}
    step = 0
    for direction in (-1, 1):
        step = 0
        index = at + direction
        while 0 <= index < len(words) and step < reach:
            word = words[index]
            if word.content:
                step += 1
                weight = 1.0 / (step + 3 * abs(word.clause - here.clause))
                near[word.stem] = max(near.get(word.stem, 0.0), weight)
            index += direction
    return near


def nearness(one: dict[str, float], other: dict[str, float]) -> float:
    """How much two surroundings share: 0 nothing, 1 about one neighbour."""
    shared = 0.0
    for name, weight in one.items():
        if name in other:
            shared += min(weight, other[name])
    return shared
