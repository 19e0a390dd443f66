"""HTML, JATS and MathML in the text of a record, made plain. Only names of known elements are tags: `<unk>`, `a<b`
and `List<int>` are text."""

from __future__ import annotations

import re
from html.entities import html5

_AMPERSANDS = re.compile(r"&(?:amp;)+", re.IGNORECASE)  # escaped any number of times
_ENTITY = re.compile(r"&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|([A-Za-z][A-Za-z0-9]{1,31}));")
# The Greek letters of SGML, which journals still send.
_GREEK = dict(
    zip(
        "agr bgr ggr dgr egr zgr eegr thgr igr kgr lgr mgr ngr xgr ogr pgr rgr sgr tgr ugr phgr khgr psgr ohgr Agr Bgr Ggr"
        " Dgr Egr Zgr EEgr THgr Igr Kgr Lgr Mgr Ngr Xgr Ogr Pgr Rgr Sgr Tgr Ugr PHgr KHgr PSgr OHgr".split(),
        "αβγδεζηθικλμνξοπρστυφχψωΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩ",
        strict=True,
    )
)
# What browsers read a number between 128 and 159 as.
_WINDOWS = bytes(range(128, 160)).decode("cp1252", "replace")

_OPENING = re.compile(
    r"<!--|<((?:mml:)?annotation(?:-xml)?|script|style|iframe)(?:\s[^<>]*)?>", re.IGNORECASE
)  # with all that stands between them and their end
_DECLARATION = re.compile(r"<!DOCTYPE\b[^<>]*>|<\?xml\b[^<>]*\?>", re.IGNORECASE)
_POWER = re.compile(r"(?<=\d)<(?:jats:)?sup>(?=\s*[-+−–]?\d)", re.IGNORECASE)
_NAMESPACED = r"(?:jats|mml|m|ns\d+|xhtml|xlink|ali|tp|ce|sb):[a-z][a-z0-9-]*"
_BLOCK = (
    r"(?:jats:|ns\d+:|xhtml:)?"
    r"(?:p|title|sec|list|list-item|label|break|abstract|disp-formula|h[1-6]|div|br|hr|li|ul|ol|dl|dt|dd|td|th|tr)"
)
_BLOCK_NAME = re.compile(_BLOCK, re.IGNORECASE)
# Names that nothing but markup uses.
_PLAIN = (
    "sub|sup|br|hr|em|strong|span|div|ul|ol|li|tt|small|big|font|blockquote|h[1-6]|pre|dl|dt|dd|td|tr|th|tbody|thead"
    "|sec|italic|bold|sc|xref|inline-formula|disp-formula|tex-math|alternatives|named-content|styled-content|ext-link"
    "|list-item|monospace|nobr|wbr|center|strike|mi|mo|mn|mrow|msub|msup|msubsup|mfrac|mtext|mspace|msqrt|mover|munder"
    "|munderover|mstyle|mfenced|mtable|mtr|mtd|script|iframe|noscript"
)
# Names that people also write in angle brackets as words or symbols: tags only with an attribute or where both the
# opening and the closing one stand.
_AMBIGUOUS = (
    "a|b|i|p|q|u|code|title|section|article|table|caption|label|img|figure|object|embed|head|body|html|meta|link|del"
    "|ins|kbd|samp|cite|abbr|var|math|semantics|list|underline|roman|abstract|style|form|input|button|svg|video|audio"
)
_TAG = re.compile(rf"</?({_NAMESPACED}|{_PLAIN})(?:\s[^<>]*|\s*/)?>", re.IGNORECASE)
_WITH_ATTRIBUTE = re.compile(rf"<({_AMBIGUOUS})\s+[a-z:-]+\s*=\s*[\"'][^<>]*>", re.IGNORECASE)
_CLOSING = re.compile(rf"</({_AMBIGUOUS})\s*>", re.IGNORECASE)
# A paragraph's tag is often never closed; it stands where a sentence ends.
_LOOSE_P = re.compile(r"(?:^|(?<=[.!?:]))\s*</?p\s*/?>(?=\s*(?:[A-Z]|$))", re.IGNORECASE)
# The heading of a section of an abstract: what follows is its first paragraph.
_BOLD = r"(?:</?(?:jats:)?(?:b|bold|strong|i|italic|em)>\s{0,3}){0,2}"
_HEADING = re.compile(
    rf"<((?:jats:)?title|h[1-6])(?:\s[^<>]{{0,200}})?>\s{{0,9}}{_BOLD}([^<>]{{1,80}}){_BOLD}</\1\s?>"
    r"(?=\s{0,9}<(?:jats:)?(?:p|sec)[\s>])",
    re.IGNORECASE,
)


def without_html(text: str) -> str:
    """The text without tags, comments and scripts, and with its entities as characters: one level of both. What
    was a block is set off by a space. Never longer than the text."""
    if "&" in text:
        text = unescaped(text)
    if "<" not in text or ">" not in text:
        return text
    if "<!" in text or "<?" in text:
        text = _DECLARATION.sub(" ", text)
        if "<![CDATA[" in text and "]]>" in text:
            text = text.replace("<![CDATA[", "").replace("]]>", "")
    text = _without_hidden(text)
    if "sup>" in text:
        text = _POWER.sub("^", text)
    if "</" in text:
        text = _HEADING.sub(_heading, text)
    text = _WITH_ATTRIBUTE.sub(_in_place_of, _TAG.sub(_in_place_of, text))
    if "</" in text:  # before the loose ones, of which one may be half of a pair
        text = _without_pairs(text)
    if "p>" in text or "P>" in text or "p />" in text or "p/>" in text:
        text = _LOOSE_P.sub(" ", text)
    return text


def unescaped(text: str) -> str:
    """The text with the entities of HTML as characters; `&` of no entity stays."""
    return _ENTITY.sub(_character, _AMPERSANDS.sub("&", text))


def _character(match: re.Match[str]) -> str:
    decimal, hexadecimal, name = match.groups()
    if name:
        return html5.get(f"{name};") or _GREEK.get(name, match[0])
    code = int(decimal) if decimal else int(hexadecimal, 16)
    if 128 <= code < 160:
        return _WINDOWS[code - 128]
    return "" if code == 0 or code > 0x10FFFF or 0xD800 <= code < 0xE000 else chr(code)


def _without_hidden(text: str) -> str:
    """Without comments, scripts and the like. What is never closed stays; its end is looked for only once."""
    kept, at, never_closed = list[str](), 0, set[str]()
    for opening in _OPENING.finditer(text):
        name = (opening[1] or "--").lower()
        if opening.start() < at or name in never_closed:
            continue
        closing = re.compile("-->" if name == "--" else rf"</{name}\s*>", re.IGNORECASE).search(text, opening.end())
        if closing:
            kept += [text[at : opening.start()], " "]
            at = closing.end()
        else:
            never_closed.add(name)
    return "".join([*kept, text[at:]]) if kept else text


def _in_place_of(tag: re.Match[str]) -> str:
    return " " if _BLOCK_NAME.fullmatch(tag[1]) else ""


def _heading(match: re.Match[str]) -> str:
    """The heading as a label, as PubMed gives it: "Background: Newts ..."."""
    heading = match[2].strip().rstrip(":")
    return f" {heading} " if not heading or heading[-1] in ".?!" else f" {heading}: "


def _without_pairs(text: str) -> str:
    """Without the tags of ambiguous names that are both opened and closed, and without a closing one whose opening
    one had an attribute."""
    for name in {match[1].lower() for match in _CLOSING.finditer(text)}:
        space = " " if _BLOCK_NAME.fullmatch(name) else ""
        opening = re.compile(rf"<{name}\s*>", re.IGNORECASE)
        closing = re.compile(rf"</{name}\s*>", re.IGNORECASE)
        if opening.search(text) or name == "a":
            text = closing.sub(space, opening.sub(space, text))
    return text
