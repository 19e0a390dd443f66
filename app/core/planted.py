"""Sentences that were planted in an abstract for a machine to read: orders to a model, turns of a chat, active markup, and
what only we and our prompts say.

An abstract that holds one is still a paper, and its other sentences are still its own. So such a sentence is not quoted
and supports nothing, and the others are read as ever.
"""

from __future__ import annotations

import re
import unicodedata

from app.core.orders import LOOK_ALIKES, addresses_a_model
from app.core.prompting import CANNOT_ANSWER, PROMPTS

# No sentence of an abstract is so long; what is, fills a screen.
LONGEST = 2400

_NAMES = "|".join(sorted({name for names in PROMPTS.values() for name in names}))
_TURNS = (
    r"<[|｜]\s?[a-z_▁]{3,}|\[/?INST\]|<</?SYS>>|</?(?:start_of_turn|end_of_turn|system|assistant|user|human|instructions?|prompt)>"
    r"|(?:^|\n)\W{0,4}(?:system|assistant|user|human|ai|developer|tool|abstracts|answer|answer the question)\W{0,3}:\s"
    r"|#{2,}\s*(?:new\s+)?(?:system|instructions?|human|assistant|user|response|answer|question|abstracts?|references)\b"
)
_ACTIVE = (
    r"<\s*/?\s*(?:script|iframe|img|svg|object|embed|form|input|button|meta|style|link|base|video|audio|details|template|math)\b"
    r"|<[^<>]{0,300}\bon\w{3,20}\s*=|\b(?:java|vb)script\s*:|\bdata\s*:\s*(?:text/html|image/svg)|&#(?:x0*3c|0*60);?"
    r"|!\[[^\]\n]{0,300}\]\s*[(\[]|(?:^|\s)\[\^?[^\]\n]{1,80}\]:\s*<?\w{2,10}:|\\includegraphics\b|\x1b\[|\x9b"
)
_OURS = (
    rf"</?\s*abstract\b|\{{(?:{_NAMES})\}}|\[uncited\]"
    r"|\bverdict\W{1,4}(?:is\s+)?[\"']?(?:supported|partly|unsupported|unchecked)\b"
    r"|[\"']kind[\"']\s*:\s*[\"']|[\"'](?:named|missing|sides|aspects|standalone_question|citations)[\"']\s*:\s*\["
    r"|\bthis library holds no paper\b|\bnothing in this library\b|\bthe nearest papers (?:here|in)\b|\bthere was no room for [“\"]"
    r"|\bquoted from the abstracts, no chat model\b|\bnot stated in the abstract\b"
    rf"|{re.escape(CANNOT_ANSWER.rstrip('.'))}"
)
_SIGNS = re.compile(f"{_TURNS}|{_ACTIVE}|{_OURS}", re.IGNORECASE)
_ADDRESS = re.compile(r"\w+://\S+")
_ENCODED = re.compile(r"[A-Za-z0-9+/]{48,}={0,2}")
_CLOAKED = re.compile("[^\x00-\x7f]")


# Letters of a text that no screen shows; the flag of a country takes fewer.
_UNSEEN = re.compile("(?:[\U000e0020-\U000e007e].?){8}")


def is_planted(sentence: str) -> bool:
    """Whether a sentence of an abstract speaks to a machine rather than to its readers."""
    return (
        len(sentence) > LONGEST
        or _UNSEEN.search(sentence) is not None
        or any(map(_speaks_to_a_machine, _readings(sentence)))
    )


def _readings(sentence: str) -> list[str]:
    """The sentence as it stands; and where it has other than plain letters, without unseen characters and with letters
    that only look like plain ones made plain."""
    if not _CLOAKED.search(sentence):
        return [sentence]
    tags = "".join(chr(ord(c) - 0xE0000) if 0xE0020 <= ord(c) <= 0xE007E else c for c in sentence)
    seen = "".join(character for character in tags if unicodedata.category(character) not in {"Cf", "Cn", "Co"})
    return [sentence, seen, unicodedata.normalize("NFKC", seen).translate(LOOK_ALIKES)]


def _speaks_to_a_machine(text: str) -> bool:
    if _SIGNS.search(text) or addresses_a_model(text):
        return True
    return _ENCODED.search(_ADDRESS.sub(" ", text)) is not None
