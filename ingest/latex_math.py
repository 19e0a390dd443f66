"""The mathematics of LaTeX, made readable on one line: `$10^{-3}\\,\\mathrm{eV}$` becomes `10^-3 eV`."""

from __future__ import annotations

import re

from ingest.latex_signs import BARE_SIGNS, MATH_ACCENTS, MATH_SIGNS, MATH_WORDS

# The braces after a command, with one level of braces in them.
GROUP = r"\{((?:[^{}\\]|\\.|\{[^{}]*\})*)\}"

_DOLLAR = re.compile(r"(\$(?<!\\\$)\$*)")
_BRACKET = re.compile(r"(?<!\\)\\([()\[\]])")
_CLOSES = {"(": ")", "[": "]"}
_LONGEST = 2000
_DEPTH = 3
_STRONG_SIGN = re.compile(r"[\\^_]")
_WEAK_SIGN = re.compile(r"[=<>]")
# Money: "$5 and $6", "$5-$10".
_AMOUNT = re.compile(r"\d.*(?:[\s(\[{,.;:/–-]|\s[A-Za-z]{2,}\b.*)", re.DOTALL)
_PROSE = re.compile(r"(?<![\\{A-Za-z])[a-z]{2,}[,;]? [a-z]{2,}[,;]? [a-z]{2,}(?![A-Za-z}])")

_FONTS = (
    r"(?:math(?:rm|bf|it|cal|bb|sf|tt|scr|frak|normal|ds)|boldsymbol|bm|text(?:rm|bf|it|sf|tt|sc|normal|up)?|mbox|hbox"
    r"|operatorname\*?|mathop|ensuremath|pmb)"
)
_FONT = re.compile(rf"\\{_FONTS}\s*{GROUP}")
_FONT_OF_ONE = re.compile(rf"\\{_FONTS}(?:\s+(?=[A-Za-z0-9](?![A-Za-z]))|\s*(?=\\[A-Za-z]|[^\W\d_a-zA-Z]))")
_SWITCH = re.compile(
    r"\\(?:rm|bf|it|cal|sf|tt|sc|em|left|right|(?:display|text|script)style|[bB]igg?[lr]?|limits|nolimits)(?![A-Za-z])\s*"
)
_SWITCH_GROUP = re.compile(r"(?<![_^])\{\s*\\(?:rm|bf|it|cal|sf|tt|sc|em)(?![A-Za-z])\s*([^{}]*)\}(?!\s*[_^])")
_SPACE = re.compile(r"\\[,;:> ]|(?<![\\ ])~|(?<!\\)~(?! )|\\q?quad(?![A-Za-z])")
_ACCENT = re.compile(
    rf"\\({'|'.join(MATH_ACCENTS)})(?:\s*\{{\s*([^\W\d_]|\\[A-Za-z]+)\s*\}}|\s+([A-Za-z])(?![A-Za-z])|\s*(\\[A-Za-z]+)"
    r"|\s*([^\W\d_A-Za-z]))"
)
_ACCENT_IN_TEXT = re.compile(rf"\\({'|'.join(MATH_ACCENTS)})\{{([A-Za-z])()()()\}}")
_LONE_SIGN = re.compile(r"(?<![_^}\]A-Za-z])\{\s*(\\[A-Za-z]+)\s*\}")
_DEGREE = re.compile(r"\^\s*(?:\\circ(?![A-Za-z])|\{\s*\\circ\s*\})")
_PRIME = re.compile(r"\^\s*(?:\\prime(?![A-Za-z])|\{\s*\\prime\s*\})")
_NAME = re.compile(r"\\([A-Za-z]+) ?")
_FRACTION = re.compile(r"\\[cdt]?frac\s*\{([^{}\\]{1,200})\}\s*\{([^{}\\]{1,200})\}")
_ROOT = re.compile(r"\\sqrt\s*(?:\{([^{}\\]{1,200})\}|([A-Za-z0-9])(?![A-Za-z0-9]))")
_MODULO = re.compile(r"\\pmod\s*\{([^{}\\]{1,200})\}")
_SCRIPT = re.compile(r"([_^])(?<=[\w)\]′’|].)\{\s*([+-]?[^\W_]+(?:\.\d+)?|[*+′-])\s*\}(?!\w)")
_LOOSE_GROUP = re.compile(
    r"(?<![_^A-Za-z}\]\\])\{([\w.]*)\}|(?<![_^\\}])\{([=<>+/:,.-])\}|(?<=[_^]\{)\{([\w ]+)\}(?=\})"
)
_BARE_NAMES = "|".join(sorted(BARE_SIGNS, key=len, reverse=True))
_BARE = re.compile(rf"\\(?<![:.\\/A-Za-z]\\)({_BARE_NAMES})(?![A-Za-z])(?:\{{\}})?")
_BRACED = re.compile(rf"\{{\s*\\({'|'.join(sorted(MATH_SIGNS, key=len, reverse=True))})\s*\}}")
_SIGN_NAMES = MATH_SIGNS.keys() | MATH_WORDS


def without_dollars(text: str) -> str:
    """The text with the mathematics between two dollars made plain. A dollar that encloses none stays."""
    pieces = _DOLLAR.split(text)
    parts, signs = pieces[::2], pieces[1::2]
    if len(parts) < 3:
        return text
    opening, at, out = signs[0], 1, [parts[0]]
    while at < len(parts):
        closing = signs[at] if at < len(signs) else ""
        # "$a$$b$": the two in the middle close one formula and open another.
        twice = opening == "$" and closing == "$$"
        if closing and (closing == opening or twice) and _is_math(parts[at]):
            out.append(plain_math(parts[at]))
            if not twice:
                at += 1
                out.append(parts[at])
                closing = signs[at] if at < len(signs) else ""
            opening = "$" if twice else closing
        else:
            out += [opening, parts[at]]
            opening = closing
        at += 1
    return "".join(out)


def without_brackets(text: str) -> str:
    r"""The text with the mathematics between \( and \) or \[ and \] made plain."""
    parts = _BRACKET.split(text)
    out, at = [parts[0]], 1
    while at < len(parts):
        sign, inner = parts[at], parts[at + 1]
        if at + 2 < len(parts) and parts[at + 2] == _CLOSES.get(sign) and 0 < len(inner) <= _LONGEST:
            out += [plain_math(inner), parts[at + 3]]
            at += 4
        else:
            out += [f"\\{sign}", inner]
            at += 2
    return "".join(out)


def plain_math(inner: str) -> str:
    """The inside of a formula without its commands, as far as they are known."""
    if "\\" in inner and "{" not in inner and "~" not in inner and "^" not in inner:
        names = _NAME.findall(inner)
        if len(names) == inner.count("\\") and _SIGN_NAMES.issuperset(names):  # so most formulas are
            return _NAME.sub(_sign, inner).strip()
    if "\\" in inner or "~" in inner:
        if "prime" in inner or "circ" in inner:
            inner = _PRIME.sub("′", _DEGREE.sub("°", inner))
        if "{\\" in inner or "{ \\" in inner:
            inner = _SWITCH_GROUP.sub(r"\1", inner)
        inner = _SWITCH.sub(_parted, inner)
        inner = _SPACE.sub(" ", inner).replace("\\!", "")
        inner = _FONT_OF_ONE.sub(_parted, _FONT.sub(_parted, inner))
        inner = _LONE_SIGN.sub(r"\1", _ACCENT.sub(_accented, inner))
        inner = _NAME.sub(_sign, inner).replace("\\|", "‖")
    if "{" in inner:
        inner = _LOOSE_GROUP.sub(lambda match: match[1] or match[2] or match[3] or "", inner)
        inner = structures(without_braces(inner))
    return inner.replace("\\sqrt", "√").strip()


def structures(text: str) -> str:
    """Fractions, roots and remainders on one line."""
    for _ in range(_DEPTH):
        before, text = text, _MODULO.sub(r"(mod \1)", _ROOT.sub(lambda m: f"√{_enclosed(m[1] or m[2])}", text))
        text = _FRACTION.sub(lambda m: f"{_enclosed(m[1])}/{_enclosed(m[2])}", text)
        if text == before:
            break
    return text


def without_braces(text: str) -> str:
    """Without the braces that one line does not need: 10^{-3}, x_{max}."""
    return _SCRIPT.sub(r"\1\2", text)


def bare_signs(text: str) -> str:
    r"""Signs written outside of formulas: {\sigma}, 3\times, arXiv's \b{eta}; and accents of formulas on a letter."""
    text = text.replace("\\b{eta}", "β").replace("\\k{appa}", "κ").replace("\\c{hi}", "χ")
    return _BARE.sub(_bare, _BRACED.sub(_bare, _ACCENT_IN_TEXT.sub(_accented, text)))


def _is_math(inner: str) -> bool:
    if not inner or inner.isspace() or _PROSE.search(inner):
        return False
    if "\\" in inner:
        return True
    if _AMOUNT.fullmatch(inner):
        return False
    return bool(_STRONG_SIGN.search(inner) or _WEAK_SIGN.search(inner)) or not (
        inner[0].isspace() or inner[-1].isspace()
    )


def _enclosed(term: str) -> str:
    term = term.strip()
    return term if re.fullmatch(r"[\w.]+|\([^()]*\)", term) else f"({term})"


def _parted(match: re.Match[str]) -> str:
    """What a command holds, apart from the name of another command right before it."""
    kept = (match[1] or "") if match.re is _FONT else ""
    after = kept or match.string[match.end() : match.end() + 1]
    at = match.start() - 1
    while at >= 0 and match.start() - at < 20 and match.string[at].isascii() and match.string[at].isalpha():
        at -= 1
    named = at >= 0 and at < match.start() - 1 and match.string[at] == "\\"
    return f" {kept}" if named and after[:1].isalnum() and after[:1].isascii() else kept


def _accented(match: re.Match[str]) -> str:
    letter = match[2] or match[3] or match[4] or match[5]
    letter = MATH_SIGNS.get(letter[1:], "") if letter[0] == "\\" else letter
    return letter + MATH_ACCENTS[match[1]] if len(letter) == 1 else match[0]


def _sign(match: re.Match[str]) -> str:
    name = match[1]
    space = " " if match[0].endswith(" ") else ""
    before = match.string[max(0, match.start() - 1) : match.start()]
    if name == "deg" and (before.isdigit() or before == "{"):
        return "°"
    if name in MATH_WORDS:
        return f"{' ' if before.isalnum() else ''}{name}{space}"
    if name == "sim":  # a "~" right behind a word would read as LaTeX's tie
        return "~" if not before or before in " ([{$=<>_^+-/|" else " ~"
    return f"{MATH_SIGNS[name]}{space}" if name in MATH_SIGNS else match[0]


def _bare(match: re.Match[str]) -> str:
    name = match[1]
    return " ~" if name == "sim" and match.string[match.start() - 1 : match.start()].isalnum() else MATH_SIGNS[name]
