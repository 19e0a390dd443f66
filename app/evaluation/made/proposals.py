"""What a paper says that its own thing is, in the abstract's words."""

from __future__ import annotations

import re
from dataclasses import dataclass

from app.adapters.sentences import own_sentences
from app.core.domain import Paper

_WORD = r"[A-Za-z0-9][\w'’/-]*"
_ENDS = (
    r"that|which|for|to|with|by|using|where|whose|in|on|of|and|or|from|via|based|designed|called|named|dubbed|termed|consisting|"
    r"built|trained|as|capable|able|is|are|was|has|can|the|a|an|we|it|leveraging|aimed|aiming|tailored|featuring|how|what|whether|"
    r"this|these|those|its|their|many|both|each|every|all|will|not|other|such|at|into|through|than|between|under|over|across"
)
_PLAIN = rf"(?!(?:{_ENDS})\b){_WORD}"
# A single word says too little without what it is of: "model with block-sparse attention".
_PHRASE = rf"(?P<what>{_PLAIN}(?: {_PLAIN}){{1,5}}|{_PLAIN} (?:of|for|with) {_PLAIN}(?: {_PLAIN}){{0,3}})"
_PRAISE = re.compile(
    r"(?:(?:novel|new|simple|first|powerful|effective|efficient|general|promising|large|small|yet|but|and|very|more|most|better|"
    r"innovative|versatile|state-of-the-art),? )+"
)
_VERB = r"\b(?:introduc|propos|present|develop|releas|creat|design)(?:es|e|ed|s)? "
_THING = re.compile(rf"{_VERB}(?:an?|the|our) {_PHRASE}")
_LONGEST, _SHORTEST = 9, 2
_VERBAL = re.compile(r"[a-z]{2}(?:ing|ed)$|(?:al|ct|nt|it|ve)ly$")
# What any paper may be said to give: no answer to what its own thing is.
_SAYS_LITTLE = frozenset(
    "study analysis example opportunity evaluation survey review case view insight insights evidence result results way role "
    "challenge question questions look overview set account discussion comparison experiment investigation".split()
)


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the paper's thing is (`what`, verbatim), and the sentence that says it. `named`: it is said of its name."""

    what: str
    sentence: str
    named: bool


def proposal_of(paper: Paper, name: str) -> Proposal | None:
    """The first thing said of `name`, else what the paper says it proposes; None where neither is said plainly."""
    sentences = [sentence.text for sentence in own_sentences(paper.abstract)]
    for pattern, named in ((_said_of(name), True), (_THING, False)) if name else ((_THING, False),):
        for sentence in sentences:
            for found in pattern.finditer(sentence):
                if what := _noun(found["what"] or found.groupdict().get("called") or ""):
                    return Proposal(what, sentence, named)
    return None


def _said_of(name: str) -> re.Pattern[str]:
    own = re.escape(name)
    return re.compile(
        rf"(?<![\w-]){own}(?:\s*\([^()]{{1,80}}\))?(?:(?: is|:) (?:an?|the(?: first)?|our)|(?:,| -| –| —) (?:an?|the first|our)) {_PHRASE}"
        rf"|{_VERB}(?:an?|the|our) {_PHRASE.replace('what', 'called')},? (?:called |named |dubbed |termed )?\(?{own}(?![\w-])"
    )


def _noun(text: str) -> str:
    """The phrase without praise before it and without a verb's form or adverb after it; nothing where too little remains."""
    praise = _PRAISE.match(text)
    bare = text[praise.end() :] if praise else text
    words = bare.split()
    while len(words) > 1 and _VERBAL.search(words[-1]):
        words.pop()
    plain = not any(word.isdigit() for word in words) and words[-1].lower() not in _SAYS_LITTLE
    return " ".join(words) if plain and _SHORTEST <= len(words) <= _LONGEST else ""
