"""What kind of thing a question asks for, told by its words, and which sentences have such a thing."""

from __future__ import annotations

import re

from app.adapters.unsaid import ASKS_FIGURE, HAS_FIGURE
from app.core.names import looks_like_name, name_key

ASKS_CODE = re.compile(
    r"\bcode\b|github|\brepo(?:sitory)?\b|open.?sourc|\breleas|\bavailable\b|\burl\b|\bimplementation\b|\bdownload",
    re.IGNORECASE,
)
HAS_CODE = re.compile(
    r"https?://|github|publicly|\b(?:code|data ?sets?|models?|framework|implementation|scales)\b.{0,60}\b(?:available|hosted|online|released?|public|"
    r"open.?sourced?|free)\b|\b(?:release|open-source)s?\b.{0,40}\b(?:code|data ?sets?|models?|framework|implementation|scales)\b",
    re.IGNORECASE,
)
ADDRESS = re.compile(r"https?://\S+")
_ASKS_NAME = re.compile(r"\b(?:called|named?|name of|dubbed|goes by)\b", re.IGNORECASE)
_ASKS_HOW = re.compile(
    r"^\W*(?:so\s+|and\s+)?how (?:do|does|did|is|are|can|was|were)\b|\bway of\b|\bhow do\b|\bwhat is done\b|\bmechanism|\btechnique|\btrick\b",
    re.IGNORECASE,
)
_SAYS_HOW = re.compile(
    r"\bby \w+ing\b|\b(?:we|our)\b.{0,40}\b(?:propos|introduc|use|employ|leverag|adopt|design|develop|train|apply|build|construct)|"
    r"\b(?:uses?|using|via|through|leverages?|employs?|consists? of|based on)\b",
    re.IGNORECASE,
)
_ASKS_WHY = re.compile(
    r"\bwhy\b|\breason|\bproblem|\blimitation|\bdrawback|\bissue|\bchallenge|\bshortcoming|\bweakness|\bsuffer|\bbottleneck|\bwrong with\b|"
    r"\bobstacle|\bmotivat",
    re.IGNORECASE,
)
_SAYS_WHY = re.compile(
    r"\b(?:however|but|despite|although|while|because|since|due to|lack|suffer|limit|fail|challeng|difficult|costly|expensive|hinder|problem|"
    r"issue|impractical|drawback|inefficien|struggl|unable|cannot|not)\w*\b",
    re.IGNORECASE,
)
FIGURE_BONUS = 0.2
KIND_BONUS = 0.1
QUESTION_PENALTY = 0.1
ADDRESS_PENALTY = 0.15


def kind_bonus(question: str, title: str, sentence: str) -> float:
    """What a sentence gains by having the kind of thing that is asked for, or loses by being a question itself or little
    but an address. A name that is asked for is one that neither the question nor the title has."""
    plain, wants_code = ADDRESS.sub(" ", sentence), bool(ASKS_CODE.search(question))
    bonus = 0.0
    if (ASKS_FIGURE.search(question) and HAS_FIGURE.search(plain)) or (wants_code and HAS_CODE.search(sentence)):
        bonus += FIGURE_BONUS
    if _ASKS_NAME.search(question) and _has_other_name(plain, f"{question} {title}"):
        bonus += KIND_BONUS
    if _ASKS_HOW.search(question) and _SAYS_HOW.search(plain):
        bonus += KIND_BONUS
    if _ASKS_WHY.search(question) and _SAYS_WHY.search(plain):
        bonus += KIND_BONUS
    if sentence.endswith("?"):
        bonus -= QUESTION_PENALTY
    if plain != sentence and not wants_code:
        bonus -= ADDRESS_PENALTY
    return bonus


def _has_other_name(sentence: str, known: str) -> bool:
    have = name_key(known)
    words = re.findall(r"\w+(?:[-.]\w+)*", sentence)
    return any(looks_like_name(word) and name_key(word) not in have for word in words)
