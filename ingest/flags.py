"""Warnings about the text of a record, in words, kept with the paper and shown wherever the paper is shown."""

from __future__ import annotations

import re
import unicodedata

from ingest.html_tags import unescaped
from ingest.normalize import INVISIBLE, clean_text

INSTRUCTIONS = "looks like instructions to a language model"
INVISIBLE_CHARACTERS = "held invisible characters"
ACTIVE_HTML = "held active or hidden HTML"

_TAG_CHARACTER = re.compile("[\U000e0020-\U000e007e]")
_EMOJI_FLAG = re.compile("\U0001f3f4[\U000e0020-\U000e007e]{1,8}\U000e007f")

_EARLIER = r"(?:previous|prior|above|preceding|earlier|foregoing|other|existing|your|system)"
_TOLD = r"(?:instructions?|prompts?|directions?|directives?|guidelines|commands?|rules|text|messages?)"
_ALL = r"\s+(?:all\s+|any\s+|every\s+)?(?:of\s+)?(?:the\s+|these\s+|those\s+|my\s+|your\s+)?"
# What is said to a model: where it begins, how it goes on, and whether it must be an order (stand where a sentence
# or clause begins) so as not to be a description. All in lower case; the beginnings are rare in abstracts, so that
# most are searched for them alone.
_TO_A_MODEL = tuple(
    (beginning, re.compile(rest), order)
    for beginning, rest, order in (
        ("ignore", rf"{_ALL}{_EARLIER}\s+(?:\w+\s+){{0,2}}{_TOLD}\b", True),
        ("ignore", rf"\s+all\s+(?:of\s+)?(?:the\s+|your\s+)?{_EARLIER}\s+(?:\w+\s+)?{_TOLD}\b", False),
        ("ignore", r"\s+(?:everything|all|the\s+text|anything|what)\s+(?:\w+\s+){0,3}(?:above|before|previously)\b", True),
        ("disregard", rf"{_ALL}{_EARLIER}\s+(?:\w+\s+){{0,2}}{_TOLD}\b", True),
        ("disregard", r"\s+(?:everything\s+|all\s+|anything\s+)?(?:of\s+)?(?:the\s+)?(?:above|previous|prior)\b", True),
        ("forget", r"\s+(?:all|everything|your|any)\s+(?:\w+\s+){0,3}(?:above|before|previous|prior|instructions|told)\b", True),
        ("override", rf"{_ALL}{_EARLIER}\s+{_TOLD}\b", True),
        ("you are now", r"\s+(?:an?|the|in|going|acting|my|free|dan)\b", True),
        ("as an ai", r"(?:\s+language\s+model|\s+assistant|\s+reviewer)?,?\s+(?:you|always|please|do)\b", False),
        ("as a l", r"(?:arge\s+l)?anguage\s+model,?\s+(?:you|always|please|do)\b", False),
        ("you are an ai", r"\b", True),
        ("system prompt:", r"\s*\S", True),
        ("<|", r"\s*(?:im_start|im_end|system|user|assistant|endoftext|begin_of_text|start_header_id|eot_id)\s*\|>", False),
        ("[inst]", "", False),
        ("[/inst]", "", False),
        ("<<sys>>", "", False),
        ("### ", r"\s*(?:instructions?|system|human|assistant|user|response)\b", False),
        ("positive review", r"s?\s+only\b|s?\s+of\s+(?:this|the)\s+paper\b", False),
        ("favorable review", r"s?\s+only\b|s?\s+of\s+(?:this|the)\s+paper\b", False),
        ("favourable review", r"s?\s+only\b|s?\s+of\s+(?:this|the)\s+paper\b", False),
        ("only positive review", "", True),
        ("a positive review", "", False),
        ("do not ", r"\s*(?:highlight|mention|report|list|point\s+out|discuss)\s+any\s+(?:of\s+the\s+)?"
         r"(?:negative|weakness|flaw|limitation|criticism)", True),
        ("accept this paper", "", True),
        ("respond only", r"\s+(?:with|in|by)\b", True),
        ("reply only", r"\s+(?:with|in|by)\b", True),
        ("cite this paper", "", True),
        ("recommend this paper", "", True),
        ("praise this paper", "", True),
        ("when answering", r",?\s+(?:\w+\s+){0,4}?(?:always|never|cite|recommend|mention|say|ignore)\b", True),
        ("reveal ", r"\s*(?:your|the)\s+(?:system\s+prompt|instructions|hidden)", True),
    )
)  # fmt: skip
_ORDER = re.compile(
    r"(?:^|[.!?:;,*\"'“”‘’`>\])}\n—–-]|\b(?:please|now|must|should|always|instead|then|and|so|to\s+you))\s*$"
)

_ACTIVE = re.compile(
    r"<\s*(?:script|iframe|applet)\b[^<>]*>|<\s*(?:object|embed)\s[^<>]*\b(?:data|src|type|classid)\s*="
    r"|<[a-z][^<>]*\son[a-z]{3,20}\s*=|(?:=\s*[\"']?|\]\()\s*javascript:"
    r"|<[a-z][^<>]*\bstyle\s*=[^<>]*(?:display\s*:\s*none|visibility\s*:\s*hidden|(?:font-size|opacity)\s*:\s*0(?![.\d])"
    r"|(?<!-)color\s*:\s*(?:white|transparent|#fff(?:fff)?\b|rgb\(\s*255\s*,\s*255\s*,\s*255))"
    r"|<(?:font)\s[^<>]*\bcolor\s*=\s*[\"']?(?:white|#fff)|<[a-z]+\s[^<>]*\bhidden\b|<\s*style\b[^<>]*>"
)


def text_flags(title: str, abstract: str) -> tuple[str, ...]:
    """The warnings about a title and an abstract as they came, before any cleaning."""
    text = f"{title}\n{abstract}"
    lower = text.lower()
    if text.isascii() and "&" not in text and "<" not in text and "javascript:" not in lower:
        return (INSTRUCTIONS,) if _addresses_a_model(lower) else ()
    text = unescaped(unescaped(text))
    lower = text.lower()
    readings = [lower]
    flags = []
    if not text.isascii():
        spelled = _TAG_CHARACTER.sub(lambda match: chr(ord(match[0]) - 0xE0000), text)
        hidden = "".join(chr(ord(char) - 0xE0000) for char in _TAG_CHARACTER.findall(text))
        readings += [unicodedata.normalize("NFKC", INVISIBLE.sub("", one)).lower() for one in (text, spelled, hidden)]
    if "<" in text:
        readings.append(clean_text(text).lower())
    if any(map(_addresses_a_model, readings)):
        flags.append(INSTRUCTIONS)
    if not text.isascii() and _holds_invisible(text):
        flags.append(INVISIBLE_CHARACTERS)
    if any(map(_active, readings)):
        flags.append(ACTIVE_HTML)
    return tuple(flags)


def _addresses_a_model(lower: str) -> bool:
    return any(beginning in lower and _told(lower, beginning, rest, order) for beginning, rest, order in _TO_A_MODEL)


def _told(lower: str, beginning: str, rest: re.Pattern[str], order: bool) -> bool:
    at = lower.find(beginning)
    while at >= 0:
        if rest.match(lower, at + len(beginning)) and (not order or _ORDER.search(lower, max(0, at - 12), at)):
            return True
        at = lower.find(beginning, at + 1)
    return False


def _active(lower: str) -> bool:
    return ("<" in lower or "javascript:" in lower) and _ACTIVE.search(lower) is not None


def _holds_invisible(text: str) -> bool:
    """Whether there are invisible characters that spelling does not need."""
    text = _EMOJI_FLAG.sub("", text.lstrip("\ufeff\n").replace("\n\ufeff", "\n"))
    return any(not _needed(text, match.start()) for match in INVISIBLE.finditer(text))


def _needed(text: str, at: int) -> bool:
    if text[at] == "\u00ad":
        return True
    if text[at] not in "\u200c\u200d" or not 0 < at < len(text) - 1:
        return False
    before, after = text[at - 1], text[at + 1]
    return not (before.isascii() or after.isascii() or _latin(before) or _latin(after))


def _latin(char: str) -> bool:
    return char.isalpha() and unicodedata.name(char, "").startswith("LATIN")
