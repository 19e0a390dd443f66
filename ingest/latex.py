"""LaTeX in the text of a record, made readable. What is not known stays as it is: no text is lost."""

from __future__ import annotations

import re
import unicodedata

from ingest.latex_signs import ACCENTS, LETTERS, MATH_ACCENTS, MATH_SIGNS, MATH_WORDS, WORDS

_GROUP = r"\{((?:[^{}\\]|\\.|\{[^{}]*\})*)\}"

_DOLLAR = re.compile(r"(?<!\\)\$+")
_BRACKETED_MATH = re.compile(r"\\\((.{1,2000}?)\\\)|\\\[(.{1,2000}?)\\\]")
_SIGN_OF_MATH = re.compile(r"[\\^_=<>]")
# Money: "$5 and $6", "$5-$10".
_AMOUNT = re.compile(r"\d.*(?:[\s(\[{,.;:/–-]|\s[A-Za-z]{2,}\b.*)", re.DOTALL)
_PROSE = re.compile(r"(?<![\\{A-Za-z])[a-z]{2,}[,;]? [a-z]{2,}[,;]? [a-z]{2,}(?![A-Za-z}])")
_MATH_FONT = re.compile(
    r"\\(?:math(?:rm|bf|it|cal|bb|sf|tt|scr|frak|normal)|boldsymbol|bm|text(?:rm|bf|it|sf|tt|sc|normal|up)?|mbox|hbox"
    r"|operatorname\*?|mathop|ensuremath)\s*" + _GROUP
)
_MATH_SWITCH = re.compile(
    r"\\(?:rm|bf|it|cal|sf|tt|sc|em|left|right|displaystyle|textstyle|big|Big|bigg|Bigg)(?![A-Za-z])\s*"
)
_MATH_SPACE = re.compile(r"\\[,;: ]|(?<![\\ ])~|(?<!\\)~(?! )|\\q?quad(?![A-Za-z])")
_MATH_SWITCH_GROUP = re.compile(r"(?<![_^])\{\s*\\(?:rm|bf|it|cal|sf|tt|sc|em)(?![A-Za-z])\s*([^{}]*)\}(?!\s*[_^])")
_MATH_ACCENT = re.compile(
    r"\\(" + "|".join(MATH_ACCENTS) + r")(?:\s*\{\s*([A-Za-z]|\\[A-Za-z]+)\s*\}|\s+([A-Za-z])(?![A-Za-z])|\s*(\\[A-Za-z]+))"
)
_LONE_SIGN = re.compile(r"(?<![_^}\]A-Za-z])\{\s*(\\[A-Za-z]+)\s*\}")
_DEGREE = re.compile(r"\^\s*(?:\\circ(?![A-Za-z])|\{\s*\\circ\s*\})")
_PRIME = re.compile(r"\^\s*(?:\\prime(?![A-Za-z])|\{\s*\\prime\s*\})")
_MATH_NAME = re.compile(r"\\([A-Za-z]+) ?")
_FRACTION = re.compile(r"\\[dt]?frac\{([\w.]+)\}\{([\w.]+)\}")
_ROOT = re.compile(r"\\sqrt\{([^{}]+)\}")

_CITATION = re.compile(
    r"[\s~]*\\(?:cite[a-zA-Z]*|nocite|(?:auto|page|eq|c|C|v)?ref|label|footnotemark|thanks)\*?(?:\s*\[[^\]]*\]){0,2}\s*\{[^{}]*\}"
)
_FOOTNOTE = re.compile(r"\s*\\footnote\s*" + _GROUP)
_LINK = re.compile(r"\\href\s*\{[^{}]*\}\s*" + _GROUP)
_SECOND = re.compile(r"\\(?:textcolor|colorbox|texorpdfstring|color)\s*(?:\[[^\]]*\])?\{[^{}]*\}\s*" + _GROUP)
_COLOR = re.compile(r"\\color\s*\{[^{}]*\}\s*")
_FONT = re.compile(
    r"\\(?:emph|text(?:bf|it|tt|sc|rm|sf|sl|up|md|normal|subscript|superscript)?|underline|uline|mbox|hbox|url|path"
    r"|math(?:rm|bf|it|sf|tt|cal|bb))\s*" + _GROUP
)
_SWITCH = re.compile(
    r"\{\s*\\(?:bf|em|it|tt|sc|sl|rm|sf|bfseries|itshape|ttfamily|scshape|small|footnotesize|scriptsize|tiny|large)"
    r"(?![A-Za-z])\s*((?:[^{}\\]|\\.)*)\}"
)
_LAYOUT = re.compile(
    r"\\documentclass.{0,2000}?\\begin\{document\}|\\(?:begin|end)\{[A-Za-z]+\*?\}"
    r"|\\(?:noindent|par|newline|linebreak|smallskip|medskip|bigskip|centering|maketitle|item|quad|qquad|xspace)(?![A-Za-z])"
    r"|\\\\(?=\s|$)|\\ "
)
_UNICODE = re.compile(r"\\unicode\{(?:x|0x|U\+)?([0-9A-Fa-f]{2,6})\}")
_LETTER = re.compile(
    r"\{\s*\\(" + "|".join(LETTERS) + r")\s*\}|(?<![:\\])\\(" + "|".join(LETTERS) + r")(?![A-Za-z])(?:\{\}| (?=[a-z]))?"
)
_WORD = re.compile(r"(?<![:\\])\\(" + "|".join(WORDS) + r")(?![A-Za-z])(?:\{\})?\\?")
_APOSTROPHE = re.compile(r"(?<=[A-Za-z])\\'(?=(?:s|t|re|ve|ll|d|m)\b)")
_ACCENT = re.compile(
    r"\{\\(?P<a>[\"'`^~=.])\s*\{?(?P<b>[A-Za-z]|\\[ij](?![A-Za-z]))\}?\s*\}"
    r"|\\(?P<c>[\"'`^~=.])\s*\{(?P<d>[A-Za-z]|\\[ij](?![A-Za-z]))\}"
    r"|(?P<e>(?<![A-Za-z{])\\\"(?=[A-Za-z]))"
    r"|\\(?P<f>[\"'`^~=.])(?P<g>[A-Za-z]|\\[ij](?![A-Za-z]) ?)"
    r"|\{\\(?P<h>[cvuHkrdb])\s*(?:\{(?P<i>[A-Za-z])\}|\s(?P<j>[A-Za-z]))\s*\}"
    r"|\\(?P<k>[cvuHkrdb])(?:\{(?P<l>[A-Za-z])\}| (?P<m>[A-Za-z])(?=[a-z]))"
)
_THIN_SPACE = re.compile(r"\\[,;:](?=\S)")
_NOTHING = re.compile(r"(?<=[A-Za-z])\\-(?=[A-Za-z])|\\[!@/](?=\S)")
_NUMBER_COMMA = re.compile(r"(?<=\d)\{,\}(?=\d)")
_ESCAPE = re.compile(r"\\+([%&#$_{}])")

_URL = r"(?:https?://|www\.)[^\s{}]+"
_TIE = re.compile(_URL + r"|(?<=[\w.,;:)\]}'\"%])(?<!\d(?=~+\d))~+(?=[\w(\[{\\$])")
_DASH = re.compile(_URL + r"|(?<=[\w.%)\]}'\"’”])-{2,3}(?=[\w(\[$\"'“‘\\])|(?<=\S )-{2,3}(?= \S)")
_QUOTED = re.compile(r"(?<!`)``(?!`)([^`]*?)''")
_OPEN_QUOTE = re.compile(r"(?<!`)``(?=\w)")


def without_latex(text: str) -> str:
    """The text with one level of its LaTeX made plain. Never longer than the text."""
    if "$" in text:
        text = _without_dollars(text)
    if "\\(" in text or "\\[" in text:
        text = _BRACKETED_MATH.sub(lambda match: _plain_math(match[1] or match[2]), text)
    if "\\" in text:
        text = _without_commands(text)
    if "~" in text:
        text = _TIE.sub(lambda m: " " if m[0][0] == "~" else m[0], text)
    if "--" in text:
        text = _DASH.sub(_dash, text)
    if "``" in text:
        text = _OPEN_QUOTE.sub('"', _QUOTED.sub(r'"\1"', text))
    return text


def _without_commands(text: str) -> str:
    text = _LAYOUT.sub(" ", text)
    text = _CITATION.sub("", text)
    text = _ACCENT.sub(_accented, _APOSTROPHE.sub("'", text))
    if "{" in text:
        text = _UNICODE.sub(_by_number, _FOOTNOTE.sub(r" (\1)", text))
        text = _COLOR.sub("", _SECOND.sub(r"\1", _LINK.sub(r"\1", text)))
        text = _SWITCH.sub(r"\1", _FONT.sub(r"\1", text))
        text = _NUMBER_COMMA.sub(",", text)
    text = _LETTER.sub(lambda m: LETTERS[m[1] or m[2]], text)
    text = _WORD.sub(lambda m: WORDS[m[1]], text)
    text = _NOTHING.sub("", _THIN_SPACE.sub(" ", text))
    return _ESCAPE.sub(r"\1", text)


def _without_dollars(text: str) -> str:
    """The text with the mathematics between two dollars made plain. A dollar that encloses none stays."""
    parts = _DOLLAR.split(text)
    if len(parts) < 3:
        return text
    signs = _DOLLAR.findall(text)
    out, at = [parts[0]], 1
    while at < len(parts):
        if at + 1 < len(parts) and signs[at - 1] == signs[at] and _is_math(parts[at]):
            out += [_plain_math(parts[at]), parts[at + 1]]
            at += 2
        else:
            out += [signs[at - 1], parts[at]]
            at += 1
    return "".join(out)


def _is_math(inner: str) -> bool:
    if not inner or inner.isspace() or _PROSE.search(inner):
        return False
    if _SIGN_OF_MATH.search(inner):
        return True
    return not (inner[0].isspace() or inner[-1].isspace() or _AMOUNT.fullmatch(inner))


def _plain_math(inner: str) -> str:
    if "\\" in inner or "~" in inner:
        inner = _FRACTION.sub(r"\1/\2", _PRIME.sub("′", _DEGREE.sub("°", inner)))
        inner = _MATH_SWITCH.sub("", _MATH_SWITCH_GROUP.sub(r"\1", inner))
        inner = _MATH_FONT.sub(r"\1", _MATH_SPACE.sub(" ", inner).replace("\\!", ""))
        inner = _LONE_SIGN.sub(r"\1", _MATH_ACCENT.sub(_math_accented, _ROOT.sub(r"√(\1)", inner)))
        inner = _MATH_NAME.sub(_sign, inner)
    return inner.strip()


def _math_accented(match: re.Match[str]) -> str:
    letter = match[2] or match[3] or match[4]
    letter = MATH_SIGNS.get(letter[1:], "") if letter[0] == "\\" else letter
    return letter + MATH_ACCENTS[match[1]] if len(letter) == 1 else match[0]


def _sign(match: re.Match[str]) -> str:
    name, before = match[1], match.string[: match.start()]
    if name == "sim":  # a "~" right behind a word would read as LaTeX's tie
        return "~" if before[-1:] in ("", " ", "(", "[", "$") else " ~"
    space = " " if match[0].endswith(" ") else ""
    if name in MATH_WORDS:
        return f"{' ' if before[-1:].isalnum() else ''}{name}{space}"
    return f"{MATH_SIGNS[name]}{space}" if name in MATH_SIGNS else match[0]


def _accented(match: re.Match[str]) -> str:
    if match["e"]:  # an escaped quotation mark before a word, not an accent
        return '"'
    accent, letter = (part for part in match.groups() if part)
    whole = unicodedata.normalize("NFC", letter.strip(" \\") + ACCENTS[accent])
    return whole if len(whole) == 1 else match[0]


def _by_number(match: re.Match[str]) -> str:
    code = int(match[1], 16)
    return match[0] if code > 0x10FFFF or 0xD800 <= code < 0xE000 else chr(code)


def _dash(match: re.Match[str]) -> str:
    return {"--": "–", "---": "—"}.get(match[0], match[0])
