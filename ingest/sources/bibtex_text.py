"""What BibTeX's own way of writing hides in a value: accents as LaTeX commands, braces that protect, lists of names.

Math between dollar signs stays as it stands. LaTeX commands are decoded by pylatexenc, which takes milliseconds
for an abstract, so each accented letter is given to it once and a whole value only if it holds other commands.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Any

from pylatexenc import latex2text, latexwalker, macrospec

from ingest.latex import tilde
from ingest.latex_signs import LETTERS, MATH_SIGNS, MATH_WORDS, WORDS

# Longer values are not given to pylatexenc: what it needs may grow faster than the text.
_LONGEST = 100_000
_MATH = r"\$\$[^$]+\$\$|\$(?:\\.|[^$\\])+\$"
_COMMAND = re.compile(rf"({_MATH}|\\[%&#$_{{}}])|\\", re.DOTALL)
_SIMPLE = re.compile(rf"\\([%&#$_{{}}])|({_MATH})|[{{}}]|~|``|''", re.DOTALL)
_LITERAL = re.compile(rf"(\\.|{_MATH})|([%$&#])", re.DOTALL)
# A letter with its accent, which is nearly all the LaTeX there is in abstracts.
_LETTER = (
    r"\\[\"'`^=.~](?:\{\\?[A-Za-z]\}|\\[ij](?![A-Za-z])\s*|[A-Za-z])|\\[uvHcdbkr]\{\\?[A-Za-z]\}|"
    r"\\(?:ss|ae|oe|aa|AE|OE|AA|[oOlLij])\{\}"
)
# Signs that stand for nothing else here.
_SIGNS = "|".join(name for name, sign in WORDS.items() if not set(sign) & set("~{}\\%$&#^_`' "))
_LETTERS = re.compile(
    rf"({_MATH}|\\[\\%&#$_{{}}])|\\(?:{_SIGNS})\{{\}}|\{{(?:{_LETTER}|\\(?:{_SIGNS})(?:\{{\}})?|\\(?:ss|ae|oe|aa|AE|OE|AA|[oOlLij]|[uvHcdbkr] [A-Za-z]))\}}|{_LETTER}",
    re.DOTALL,
)
# An accent on nothing is how programs write the sign itself.
_LONE_ACCENT = re.compile(r"\\([~^])\{\s?\}")
_INSTEAD = {"{": "", "}": "", "~": " ", "``": "“", "''": "”"}
_IN_ADDRESS = re.compile(
    r"\\text(backslash|brace(?:left|right))\{\}|"
    r"\{?(?:\\textasciitilde(?:\{\})?|\$\\sim\$|\\~(?:\{\})?)\}?|\{?\\([%&#$_{}])\}?"
)
_NAMED_IN_ADDRESS = {"backslash": "\\", "braceleft": "{", "braceright": "}"}
_MORE = {"others", "et al.", "et al"}
_AND = re.compile(r"[{}]|\s+and(?=\s)", re.IGNORECASE)
_COMMA = re.compile(r"[{}]|,")
_COMMA_OR_SEMICOLON = re.compile(r"[{}]|[,;]")
_SIGNS_OF = {**{name: name for name in MATH_WORDS}, **MATH_SIGNS, **WORDS, "S": "§", "P": "¶"}
# What stands around it says how a tilde is to be written; it is known only when all is decoded.
_TILDE_MARK = "\ufdd0"
_TILDE = re.compile(_TILDE_MARK)
_SIGNS_OF |= {"textasciitilde": _TILDE_MARK, "sim": _TILDE_MARK}
_TEXTS = {**LETTERS, "textbraceleft": "{", "textbraceright": "}", "url": "%s", "href": "%(2)s"}
_IN_TAG = re.compile(r"/?\w{1,10}\s?\\textgreater")
_NO_TEXT = ("cite", "citep", "citet", "footnote", "label", "ref", "includegraphics", "input", "include")
_SWITCHES = (
    "bf bfseries bgroup break centering displaystyle egroup em it itshape large Large LARGE huge linebreak mdseries newblock "
    "newline noindent normalfont normalsize par protect relax rm rmfamily sc scshape selectfont sf sffamily sl slshape small "
    "smallskip textstyle tiny tt ttfamily upshape"
).split()


def plain(text: str) -> str:
    """The words of a value."""
    if not re.search(r"[\\{}~]|``|''", text):
        return text
    return _known(text) if len(text) < 200 else _plain(text)


def _plain(text: str) -> str:
    if "{}" in text or "{ }" in text:
        text = _LONE_ACCENT.sub(lambda m: r"\textasciitilde{}" if m[1] == "~" else r"\textasciicircum{}", text)
    text = _LETTERS.sub(lambda m: m.group(1) or _letter(m.group()), text)
    if len(text) <= _LONGEST and any(not match.group(1) for match in _COMMAND.finditer(text)):
        # Outside LaTeX a percent sign begins no comment and a lone dollar sign no math.
        exact = _LITERAL.sub(lambda m: m.group(1) or "\\" + m.group(2), text)
        try:
            return _by_latex(exact)
        except (latexwalker.LatexWalkerError, RecursionError, ValueError, TypeError, IndexError, AttributeError):
            pass  # a command without what it needs; the text below is the next best
    return _SIMPLE.sub(lambda m: m.group(1) or m.group(2) or _INSTEAD[m.group()], text)


def _by_latex(text: str) -> str:
    decoded = str(_decoder().nodelist_to_text(_nodes(text)))
    return _TILDE.sub(_tilde, decoded) if _TILDE_MARK in decoded else decoded


def _tilde(mark: re.Match[str]) -> str:
    before, after = mark.string[max(0, mark.start() - 200) : mark.start()], mark.string[mark.end() : mark.end() + 20]
    return tilde(before.replace(_TILDE_MARK, "~"), after.replace(_TILDE_MARK, "~"))


@cache
def _decoder() -> latex2text.LatexNodes2Text:
    context = latex2text.get_default_latex_context_db().filter_context(exclude_categories=["nonascii-specials"])
    ours = [latex2text.MacroTextSpec(name, text) for name, text in _TEXTS.items()]
    ours += [latex2text.MacroTextSpec(name, _sign) for name in _SIGNS_OF]
    ours += [latex2text.MacroTextSpec(name, discard=True) for name in (*_NO_TEXT, *_SWITCHES)]
    marks = [latex2text.SpecialsTextSpec(mark, text) for mark, text in _INSTEAD.items() if mark not in "{}"]
    context.add_context_category("ours", macros=ours, specials=marks, prepend=True)
    context.set_unknown_macro_spec(latex2text.MacroTextSpec("", simplify_repl=_unknown))
    return latex2text.LatexNodes2Text(context, math_mode="verbatim", keep_comments=True)


def _unknown(node: Any) -> str:
    """An unknown command stands for its argument if it has one, else (`\\NewtNet`, a shorthand) for its own name."""
    after = node.parsing_state.s[node.pos + node.len :][:1]
    return "" if after == "{" else node.macroname + node.macro_post_space


def _sign(node: Any) -> str:
    """A sign with the space behind its command, which people take for one between words."""
    name, space = node.macroname, node.macro_post_space
    if name == "textless" and _IN_TAG.match(node.parsing_state.s, node.pos + node.len):
        return "<"
    if name == "textmu":  # a unit follows
        return _SIGNS_OF[name]
    return f"{_SIGNS_OF[name]}{space}"


@cache
def _syntax() -> Any:
    context = latexwalker.get_default_latex_context_db().filter_context(exclude_categories=["nonascii-specials"])
    marks = [macrospec.SpecialsSpec(mark) for mark in _INSTEAD if mark not in "{}"]
    context.add_context_category("ours", macros=[macrospec.std_macro("href", "{{")], specials=marks, prepend=True)
    return context


def _nodes(text: str) -> Any:
    return latexwalker.LatexWalker(text, latex_context=_syntax()).get_latex_nodes()[0]


@lru_cache(maxsize=1024)
def _letter(text: str) -> str:
    return _by_latex(text.rstrip())  # `\'\i x` is one word: a space after a command only ends its name


_known = lru_cache(maxsize=4096)(_plain)  # the same names and venues come again and again


def address(text: str) -> str:
    """A DOI or an address, where only escapes are LaTeX."""
    if "\\" not in text:
        return text.strip()
    return _IN_ADDRESS.sub(lambda m: _NAMED_IN_ADDRESS.get(m.group(1)) or m.group(2) or "~", text).strip()


def names(text: str) -> list[str]:
    """ "Given Family" of each person in an author field; what stands in braces is one name."""
    people = _split(text, _AND)
    if len(people) == 1 and len(parts := _split(text, _COMMA)) > 3:
        people = parts  # not BibTeX, but it is met: names between commas
    # In braces "others" is a name.
    return [name for person in people if person.lower() not in _MORE and (name := _name(person))]


def terms(text: str) -> list[str]:
    """The parts of a keyword field between commas or semicolons."""
    return [plain(part).strip() for part in _split(text, _COMMA_OR_SEMICOLON)]


def _name(text: str) -> str:
    parts = [plain(part).strip() for part in _split(text, _COMMA)]
    if len(parts) < 2:
        return "".join(parts)
    family, given, *more = parts if len(parts) == 2 else (parts[0], parts[-1], *parts[1:-1])
    return " ".join(part for part in (given, family, *more) if part)


def _split(text: str, marks: re.Pattern[str]) -> list[str]:
    """The parts of `text` between marks that stand in no braces."""
    parts, depth, start = [], 0, 0
    for mark in marks.finditer(text):
        if mark.group() in "{}":
            depth = max(0, depth + (1 if mark.group() == "{" else -1))
        elif depth == 0:
            parts.append(text[start : mark.start()])
            start = mark.end()
    return [part.strip() for part in (*parts, text[start:]) if part.strip()]
