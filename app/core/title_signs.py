"""Signs of a title that make it another title: "C++" is not "C#", "H-" not "H+", "p > 0.05" not "p < 0.05".

`title_key` drops all signs, because most say nothing: colons, dashes, quotes, the hyphen of "e-mail". Those that do are
told by what stands around them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from app.core.domain import title_key

_KEPT = 8192
# Spelled in several ways, or a mark between words, so that nothing hangs on them.
_SAYS_NOTHING = frozenset("|~=¬×÷⁄∕−∖∗∘∙∣∥∶∷∼≈⋅⋆")
_ARROWS = frozenset(chr(code) for start, end in ((0x2190, 0x2200), (0x27F0, 0x2980)) for code in range(start, end))
_SYMBOLS = "".join(
    character
    for character in map(chr, range(0x2000, 0x2B00))
    if unicodedata.category(character) == "Sm" and character not in _SAYS_NOTHING | _ARROWS
)
# The quick first look: nearly all titles have none of these, and only hyphens within words.
_PLAIN = frozenset("+#*<>±♭♯−∗⋆\u0338" + _SYMBOLS)
_MARKS = _PLAIN | {
    character
    for start, end in ((0x2070, 0x20A0), (0xFE50, 0xFF20))
    for character in map(chr, range(start, end))
    if set(unicodedata.normalize("NFKC", character)) & (_PLAIN | {"-"})
}
_NOT_WITHIN_A_WORD = re.compile(r"-(?![^\W_]|\s)|[^\W_]-\s|(?<![^\s(])-\d")
_TEX = re.compile(r"[\^_{}$\\]")
_CHARGE_IN_BRACKETS = re.compile(r"\((\d*[+\-−])\)")
_ARROW = re.compile(r"<?[-=–—−]{1,2}>|<[-–—−]{1,2}(?!\d)")
_SIGN = re.compile(
    rf"[+<>±♭{re.escape(_SYMBOLS)}]|(?<=[^\W\d_])#(?!\w)|(?P<before>[^\W_]+)(?P<mark>\*+|[-−](?![^\W_]))|(?<![^\s(])[-−](?=\d)"
)
_FORMULA = re.compile(r"(?:[A-Z][a-z]?\d*){1,6}|[^\W\d_]")
# "pre- and post-training", "Bi- or tricyclic": the rest of the word comes later.
_SUSPENDED = re.compile(r"\s*(?:,|/|&|\b(?:and|or|to|und|oder|et|ou|y|o|e)\b)\s*(?:[^\s-]+-\w|[a-z])", re.IGNORECASE)
_SPELLED = str.maketrans({"♯": "#", "∗": "*", "⋆": "*"})


@lru_cache(_KEPT)
def signed_key(title: str) -> str:
    """The title's key (see `title_key`) with the signs that matter where they stand; without such signs just the key."""
    hyphens = "-" in title and _NOT_WITHIN_A_WORD.search(_TEX.sub("", title))
    if _MARKS.isdisjoint(title) and not hyphens and "!=" not in title:
        return title_key(title)
    return _with_signs(title)


def _with_signs(title: str) -> str:
    text = _TEX.sub("", unicodedata.normalize("NFKC", title).translate(_SPELLED))
    text = (
        _CHARGE_IN_BRACKETS.sub(r"\1", text)
        .replace("<=", "≤")
        .replace(">=", "≥")
        .replace("!=", "≠")
        .replace("+/-", "±")
    )
    text = _ARROW.sub(" ", text)
    parts, last = [], 0
    for start, end in _signs(text):
        parts += [title_key(text[last:start]), text[start:end].replace("−", "-")]
        last = end
    return "".join(parts) + title_key(text[last:]) if parts else title_key(title)


def _signs(text: str) -> Iterator[tuple[int, int]]:
    """Where the signs stand that matter."""
    for found in _SIGN.finditer(text):
        mark, before = found["mark"], found["before"]
        if mark is None:
            yield found.span()
        elif mark.startswith("*"):
            # After a word it is the mark of a footnote.
            if (len(before) == 1 and before.isalpha()) or (before.isupper() and not text.isupper()):
                yield found.span("mark")
        elif _FORMULA.fullmatch(before) and not _SUSPENDED.match(text, found.end()):
            yield found.span("mark")
