"""What condensing gives."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Condensed:
    """The stand-alone question; `papers` are ids it points at by pronoun or position, in order. `unclear` says it
    points at something ("the second one") that the conversation does not have.

    `within`: it asks which of these papers are something ("which of them release code?"); then `asked` is the question
    to put to each of them. `manner` is how the last question is to be answered once more ("in fewer words"). `others` are papers that a pronoun may stand for as
    well as for the one of `papers`. `points`: it points at something that was not said before, but says more."""

    text: str
    papers: tuple[str, ...] = ()
    unclear: bool = False
    changed: bool = False
    within: tuple[str, ...] = ()
    asked: str = ""
    manner: str = ""
    others: tuple[str, ...] = ()
    points: bool = field(default=False, compare=False)
