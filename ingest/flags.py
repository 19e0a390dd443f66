"""Warnings about the text of a record, in words, kept with the paper and shown wherever the paper is shown."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from app.core.orders import LOOK_ALIKES, addresses_a_model
from ingest.html_tags import unescaped
from ingest.normalize import INVISIBLE

INSTRUCTIONS = "looks like instructions to a language model"
INVISIBLE_CHARACTERS = "held invisible characters"
ACTIVE_HTML = "held active or hidden HTML"

_TAG_CHARACTER = re.compile("[\U000e0020-\U000e007e]")
_EMOJI_FLAG = re.compile("\U0001f3f4[\U000e0020-\U000e007e]{1,8}\U000e007f")
# One selects the look of the character before it; a row of them can spell a text.
_SELECTORS = re.compile("[\ufe00-\ufe0f]{2}")
# What only some texts hold: unseen characters, and others that may stand for plain letters.
_STRANGE = re.compile(INVISIBLE.pattern[:-1] + "\ufe00-\ufe0f\uff01-\uff5e\u0400-\u052f\U0001d400-\U0001d7ff]")

# How BibTeX writes a tag.
_BRACKET = re.compile(r"\{?\\text(less|greater)(?:\{\})?\}?|\$([<>])\$")
_A_TAG = re.compile(r"<\s?[A-Za-z]")
_HANDLERS = (
    r"on(?:abort|animation\w+|before\w+|begin|blur|change|click|copy|cut|dblclick|drag\w*|drop|end|error|focus\w*|hashchange"
    r"|input|invalid|key\w+|load\w*|message|mouse\w+|page\w+|paste|pointer\w+|popstate|repeat|reset|resize|scroll|search"
    r"|select|show|start|submit|toggle|touch\w+|transition\w+|unload|wheel)"
)
_WHITE = r"(?:white\b|transparent\b|#fff(?:fff)?\b|rgba?\(\s?255\s?,\s?255\s?,\s?255|hsl\([^)<>]{0,12}100%\))"
_MARKUP = (
    r"(?:a|b|i|p|u|s|span|div|font|em|strong|small|sup|sub|section|article|td|tr|table|li|ul|h[1-6]|label|input|img)"
)
_ACTIVE = re.compile(
    r"<\s?(?:script|iframe|applet|base|frameset)\b[^<>]{0,2000}>|<\s?(?:object|embed)\s[^<>]{0,500}?\b(?:data|src|type|classid)\s?="
    rf"|<[a-z][^<>]{{0,500}}?[\s/\"']{_HANDLERS}\s?="
    r"|(?:=\s?[\"']?|\]\()\s?(?:javascript|vbscript|data:text/html)\s?[:;,]"
    r"|<meta\s[^<>]{0,200}?http-equiv|<form\s[^<>]{0,200}?action\s?="
    r"|<[a-z][^<>]{0,300}?\bstyle\s?=[^<>]{0,300}?(?:display\s?:\s?none|visibility\s?:\s?hidden|opacity\s?:\s?0(?![.\d])"
    rf"|font-size\s?:\s?[01](?![.\d])|(?<!-)color\s?:\s?{_WHITE}|(?:left|top|text-indent)\s?:\s?-\d{{3}})"
    rf"|<font\s[^<>]{{0,200}}?\bcolor\s?=\s?[\"']?{_WHITE}|<{_MARKUP}\s(?:[^<>]{{0,200}}\s)?hidden\b[^<>]{{0,200}}>"
    r"|<\s?style\b[^<>]{0,200}>|\\(?:text)?color\s?(?:\[[^\]]{0,20}\])?\{\s?(?:white|ffffff|1,\s?1,\s?1)\s?\}"
    r"|\\(?:phantom|fontsize\{[01](?:pt)?\})"
)


def text_flags(raw: str, cleaned: str) -> tuple[str, ...]:
    """The warnings about a text as it came, given what cleaning made of it."""
    plain = raw.isascii()
    if plain and "&" not in raw and "<" not in raw and "\\" not in raw:
        told = addresses_a_model(raw) or ("-\n" in raw and addresses_a_model(cleaned))
        return ((INSTRUCTIONS,) if told else ()) + ((ACTIVE_HTML,) if _active(raw) else ())
    text = unescaped(unescaped(raw)) if "&" in raw else raw
    if "\\textless" in text or "$<$" in text:
        text = _BRACKET.sub(lambda match: "<" if match[1] == "less" or match[2] == "<" else ">", text)
    strange = not text.isascii() and _STRANGE.search(text) is not None
    flags = []
    if any(map(addresses_a_model, _readings(text, cleaned, strange))):
        flags.append(INSTRUCTIONS)
    if strange and _holds_invisible(text):
        flags.append(INVISIBLE_CHARACTERS)
    if _active(text) or (strange and _active(unicodedata.normalize("NFKC", INVISIBLE.sub("", text)))):
        flags.append(ACTIVE_HTML)
    return tuple(flags)


def _readings(text: str, cleaned: str, strange: bool) -> Iterator[str]:
    """The text as a person reads it, and as others might."""
    yield cleaned
    if "<" in text or "\n" in text or "\r" in text:
        yield text
    if not strange:
        return
    if INVISIBLE.search(text):
        yield INVISIBLE.sub("", text)
        yield INVISIBLE.sub(" ", text)
        if _TAG_CHARACTER.search(text):
            yield _TAG_CHARACTER.sub(_spelled, text)
            yield "".join(map(_spelled, _TAG_CHARACTER.finditer(text)))
    plain = unicodedata.normalize("NFKC", cleaned).translate(LOOK_ALIKES)
    if plain != cleaned:
        yield plain


def _spelled(tag: re.Match[str]) -> str:
    return chr(ord(tag[0]) - 0xE0000)


def _active(text: str) -> bool:
    if not (
        ("<" in text and _A_TAG.search(text))
        or ("\\" in text and ("color" in text or "phantom" in text or "fontsize" in text))
        or "cript:" in text
        or "CRIPT:" in text
    ):
        return False
    return _ACTIVE.search(" ".join(text.lower().split())) is not None


def _holds_invisible(text: str) -> bool:
    """Whether there are invisible characters that spelling does not need."""
    if _SELECTORS.search(text):
        return True
    text = _EMOJI_FLAG.sub("", text.lstrip("\ufeff\n").replace("\n\ufeff", "\n"))
    return any(not _needed(text, match.start()) for match in INVISIBLE.finditer(text))


def _needed(text: str, at: int) -> bool:
    if text[at] in "\u00ad\u2061\u2062\u2063\u2064":  # soft hyphens, and the operators of typeset formulas
        return True
    if not 0 < at < len(text) - 1:
        return False
    before, after = text[at - 1], text[at + 1]
    if text[at] in "\u200e\u200f\u061c":  # between scripts of both directions they put words in order
        return any(unicodedata.bidirectional(char) in ("R", "AL", "AN") for char in text[max(0, at - 3) : at + 4])
    if text[at] not in "\u200c\u200d":
        return False
    return not (before.isascii() or after.isascii() or _latin(before) or _latin(after))


def _latin(char: str) -> bool:
    return char.isalpha() and unicodedata.name(char, "").startswith("LATIN")
