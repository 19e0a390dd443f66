"""LaTeX in the text of a record, made readable. What is not known stays as it is: no text is lost."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable

from ingest.latex_math import GROUP, bare_signs, structures, without_braces, without_brackets, without_dollars
from ingest.latex_signs import ACCENTS, BARE_SIGNS, LETTERS, MATH_ACCENTS, MATH_SIGNS, WORDS

_COMMAND = re.compile(r"\\([A-Za-z]+|[^A-Za-z]|$)")

_CITES = (
    "cite citep citet citealp citealt citeauthor citeyear citeyearpar citenum Citep Citet parencite textcite autocite"
    " footcite nocite ref autoref pageref eqref cref Cref vref label footnotemark thanks".split()
)
_CITED = rf"\\(?:{'|'.join(sorted(_CITES, key=len, reverse=True))})\*?(?:\s?\[[^\[\]]*\]){{0,2}}\s?\{{[^{{}}]*\}}"
_CITATION = re.compile(rf"(?: ~?|~|(?<![ ~]))(?:\({_CITED}\)|\[{_CITED}\]|{_CITED})")
_FONTS = (
    "emph text textbf textit texttt textsc textrm textsf textsl textup textmd textnormal textsubscript textsuperscript"
    " underline uline mbox hbox url path mathrm mathbf mathit mathsf mathtt mathcal mathbb boldsymbol ac acp acs acl acf"
    " gls glspl acrshort acrlong mathds".split()
)
_FONT = re.compile(rf"\\(?:{'|'.join(sorted(_FONTS, key=len, reverse=True))})(?![A-Za-z])\s?{GROUP}")
_SECONDS = ("textcolor", "colorbox", "texorpdfstring", "color", "foreignlanguage")
_SECOND = re.compile(rf"\\(?:{'|'.join(_SECONDS)})\s?(?:\[[^\[\]]*\])?{GROUP}\s?{GROUP}")
_LINK = re.compile(rf"\\href\s?\{{([^{{}}]*)\}}\s?{GROUP}")
_COLORED = re.compile(r"\{\s?\\color\s?(?:\[[^\[\]]*\])?\{[^{}]*\}\s?((?:[^{}\\]|\\.)*)\}")
_COLOR = re.compile(r"\\color\s?(?:\[[^\[\]]*\])?\{[^{}]*\}\s?")
_FOOTNOTE = re.compile(rf"\s?\\footnote\s?{GROUP}")
_SWITCHES = (
    "bf em it tt sc sl rm sf bfseries itshape ttfamily scshape small footnotesize scriptsize tiny large Large".split()
)
_SWITCH = re.compile(rf"\{{\s?\\(?:{'|'.join(_SWITCHES)})(?![A-Za-z])\s?((?:[^{{}}\\]|\\.)*)\}}")
_LAYOUTS = (
    "noindent par newline linebreak smallskip medskip bigskip centering maketitle item quad qquad xspace"
    " allowbreak protect hfill newpage".split()
)
_LAYOUT = re.compile(
    r"\\documentclass.{0,1000}?\\begin\{document\}|\\(?:begin|end)\{[A-Za-z]+\*?\}"
    rf"|\\(?:{'|'.join(_LAYOUTS)})(?![A-Za-z])|\\[hv]space\*?\s?\{{[^{{}}]*\}}|\\ "
)
_LINE_END = re.compile(r"\\\\(?=\s|$)")
_UNICODE = re.compile(r"\\unicode\{(?:x|0x|U\+)?([0-9A-Fa-f]{2,6})\}")
_LETTER = re.compile(
    rf"\{{\s?\\({'|'.join(LETTERS)})\s?\}}|(?<![:\\])\\({'|'.join(LETTERS)})(?![A-Za-z])(?:\{{\}}| (?=[a-z]))?"
)
_WORD_NAMES = "|".join(sorted(WORDS, key=len, reverse=True))
_WORD = re.compile(rf"\\(?<![:\\]\\)({_WORD_NAMES})(?![A-Za-z])(?:\{{\}})?\\?")
_BRACED_WORD = re.compile(rf"\{{\s?\\({_WORD_NAMES})(?:\{{\}})?\s?\}}")
# An accent on nothing is how a program writes the sign itself.
_LONE_ACCENT = re.compile(r"\{\s?\\([~^])\{\s?\}\s?\}|\\([~^])\{\s?\}")
_APOSTROPHE = re.compile(r"(?<=[A-Za-z])\\'(?=(?:s|t|re|ve|ll|d|m)\b)")
_ACCENT = re.compile(
    r"\{\\(?P<a>[\"'`^~=.])\s?\{?(?P<b>[A-Za-z]|\\[ij](?![A-Za-z]))\}?\s?\}"
    r"|\\(?P<c>[\"'`^~=.])\s?\{(?P<d>[A-Za-z]|\\[ij](?![A-Za-z]))\}"
    r"|(?P<e>(?<![A-Za-z{])\\\"(?=[A-Za-z])|(?<=[\w.,!?%)])\\\"(?![A-Za-z{\\]))"
    r"|\\(?P<f>[\"'`^~=.])(?P<g>[A-Za-z]|\\[ij](?![A-Za-z]) ?)"
    r"|\{\\(?P<h>[cvuHkrdb])\s?(?:\{(?P<i>[A-Za-z])\}|\s(?P<j>[A-Za-z]))\s?\}"
    r"|\\(?P<k>[cvuHkrdb])(?:\{(?P<l>[A-Za-z])\}| (?P<m>[A-Za-z])(?=[a-z]))"
)
_THIN_SPACE = re.compile(r"\\[,;:](?=\S)|\\[,;](?=\s|$)")
_NOTHING = re.compile(r"(?<=[A-Za-z])\\-(?=[A-Za-z])|\\[!@/](?=\S)")
_NUMBER_COMMA = re.compile(r"\{,\}(?<=\d\{,\})(?=\d)")
_BRACED_ESCAPE = re.compile(r"\{\\([%&#$_])\}")
_ESCAPE = re.compile(r"\\(?<!\\\\)\\*([%&#$_{}])")

# These begin with what is searched for, and look at what stands before it only then: that is many times faster.
_TIE = re.compile(r"~(?<!~~)~*(?=[\w(\[{\\$<>=≤≥≈±×→+-])")
_TIES = re.compile(r"[\w.,;:)\]}'\"%]")
_ADDRESS = re.compile(r"(?:https?://|www\.)[^\s{}]+")
_NUMBER = re.compile(r"\.?\d")
# A dash within words. One between spaces is read as such, and titles stay as their page has them.
_DASH = re.compile(r"---?(?=[\w(\[$\"'“‘\\])")
_BEFORE_DASH = re.compile(r"[\w.%)\]}'\"’”]")
_QUOTED = re.compile(r"(?<!`)``(?!`)([^`]*?)''")
_OPEN_QUOTE = re.compile(r"(?<!`)``(?=\w)")


def without_latex(text: str) -> str:
    """The text with one level of its LaTeX made plain. Never longer than the text."""
    if "$" in text:
        text = without_dollars(text)
    if "\\" in text:
        if "\\(" in text or "\\[" in text:
            text = without_brackets(text)
        text = _without_commands(text)
    if "{" in text:
        text = without_braces(_NUMBER_COMMA.sub(",", text))
    if "~" in text:
        text = _outside_addresses(_TIE, _untied, text)
    if "--" in text:
        text = _outside_addresses(_DASH, _dash, text)
    if "``" in text:
        text = _OPEN_QUOTE.sub('"', _QUOTED.sub(r'"\1"', text))
    return text


def _without_commands(text: str) -> str:
    names = frozenset(_COMMAND.findall(text))
    for known, step in _STEPS:
        if not names.isdisjoint(known):
            text = step(text)
    return text


def _accented(match: re.Match[str]) -> str:
    if match["e"]:  # an escaped quotation mark before a word, not an accent
        return '"'
    accent, letter = (part for part in match.groups() if part)
    whole = unicodedata.normalize("NFC", letter.strip(" \\") + ACCENTS[accent])
    return whole if len(whole) == 1 else match[0]


def _word(match: re.Match[str]) -> str:
    name = match[match.lastindex or 0]
    if name in ("~", "textasciitilde"):
        return tilde(
            match.string[max(0, match.start() - 200) : match.start()], match.string[match.end() : match.end() + 20]
        )
    return WORDS.get(name, name)


def _by_number(match: re.Match[str]) -> str:
    code = int(match[1], 16)
    return match[0] if code > 0x10FFFF or 0xD800 <= code < 0xE000 else chr(code)


def _linked(match: re.Match[str]) -> str:
    """What a link shows, and where it leads: that is often the only place where an abstract names its code."""
    shown, address = match[2].strip(), match[1].strip()
    return shown if "://" in shown or "://" not in address else f"{shown} ({address})"


def _untied(match: re.Match[str]) -> str:
    """A space for a "~" that ties two words, as in "Table~3". In front of a number it also says "about", and then
    stays: "z~6", "radius~1.26", "(H2)~5", "5~10"."""
    text, at, end = match.string, match.start(), match.end()
    if not at or not (_TIES.match(text, at - 1) or (text[at - 1] in "¢£€¥°‰" and text[end].isalpha())):
        return match[0]
    if number := _NUMBER.match(text, end):
        word = re.search(r"[^\W_]*$", text[max(0, at - 20) : at])
        before = word[0] if word else ""
        decimal = number[0][0] == "." or re.match(r"\d+\.\d", text[end : end + 20])
        if before.isdigit() or len(before) == 1 or text[at - 1] == ")" or (decimal and before.islower()):
            return match[0]
    return " "


def tilde(before: str, after: str) -> str:
    """The sign for "about" between these texts: with a space before it where it would read as a tie."""
    tie = _TIE.match(f"{before}~{after}", len(before))
    if tie is None or _untied(tie) != " " or _ADDRESS.search(before.rpartition(" ")[2]):
        return "~"
    return " ~"


def _dash(match: re.Match[str]) -> str:
    text, at = match.string, match.start()
    if not at or not _BEFORE_DASH.match(text, at - 1):
        return match[0]
    return "–" if len(match[0]) == 2 else "—"


def _outside_addresses(pattern: re.Pattern[str], step: Callable[[re.Match[str]], str], text: str) -> str:
    """The text with the step taken for all that is found, but not within a URL, of which nothing is changed."""
    if "://" not in text and "www." not in text:
        return pattern.sub(step, text)
    addresses = [match.span() for match in _ADDRESS.finditer(text)]
    starts = [start for start, _ in addresses]

    def outside(match: re.Match[str]) -> str:
        at = bisect_right(starts, match.start()) - 1
        return match[0] if at >= 0 and match.start() < addresses[at][1] else step(match)

    return pattern.sub(outside, text)


# In this order; a step is taken only if the text holds one of its commands, which most texts do not.
_STEPS: tuple[tuple[frozenset[str], Callable[[str], str]], ...] = (
    (
        frozenset(["documentclass", "begin", "end", "hspace", "vspace", " ", *_LAYOUTS]),
        lambda text: _LAYOUT.sub(" ", text),
    ),
    (frozenset("\\"), lambda text: _LINE_END.sub(" ", text)),
    (frozenset(_CITES), lambda text: _CITATION.sub("", text)),
    (frozenset("'"), lambda text: _APOSTROPHE.sub("'", text)),
    (frozenset(ACCENTS), lambda text: _ACCENT.sub(_accented, text)),
    (frozenset(["unicode"]), lambda text: _UNICODE.sub(_by_number, text)),
    (frozenset(["footnote"]), lambda text: _FOOTNOTE.sub(r" (\1)", text)),
    (frozenset(_SECONDS), lambda text: _COLOR.sub("", _COLORED.sub(r"\1", _SECOND.sub(r"\2", text)))),
    (frozenset(["href"]), lambda text: _LINK.sub(_linked, text)),
    (frozenset(_FONTS), lambda text: _FONT.sub(r"\1", text)),
    (frozenset(_SWITCHES), lambda text: _SWITCH.sub(r"\1", text)),
    (frozenset(["frac", "dfrac", "tfrac", "cfrac", "sqrt", "pmod"]), structures),
    (frozenset(["b", "c", "k", *MATH_ACCENTS, *MATH_SIGNS, *BARE_SIGNS]), bare_signs),
    (frozenset(LETTERS), lambda text: _LETTER.sub(lambda match: LETTERS[match[1] or match[2]], text)),
    (frozenset("~^"), lambda text: _LONE_ACCENT.sub(_word, text)),
    (frozenset(WORDS), lambda text: _WORD.sub(_word, _BRACED_WORD.sub(_word, text))),
    (frozenset(",;:"), lambda text: _THIN_SPACE.sub(" ", text)),
    (frozenset("-!@/"), lambda text: _NOTHING.sub("", text)),
    (
        frozenset("%&#$_{}\\"),
        lambda text: _ESCAPE.sub(r"\1", _BRACED_ESCAPE.sub(r"\1", text) if "{\\" in text else text),
    ),
)
