"""Markdown of a model, made into HTML that is safe by construction.

Model output and abstracts are untrusted. So nothing of them is ever passed on as markup: every character
is escaped, and the only tags in the result are the ones written in this module. There are no images, no raw
HTML and no links to anywhere else: an address may carry away what was asked. Known markers `[2]` become links to the evidence card 2; unknown ones
stay text.

The result holds no line break at all, so no later Markdown pass can take it apart. The work is linear in
the length of the text, because a streamed answer is rendered again with every batch of words.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from html import escape

from app.core.findings import NOT_STATED
from app.core.shown import shown

_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})")
_HEADING = re.compile(r"^ {0,3}(#{1,6})[ \t]+(.*)$")
_RULE = re.compile(r"^ {0,3}(?:-[ \t]*){3,}$|^ {0,3}(?:\*[ \t]*){3,}$|^ {0,3}(?:_[ \t]*){3,}$")
_ITEM = re.compile(r"^([ \t]{0,12})([-*+]|\d{1,4}[.)])[ \t]+(.*)$")
_DELIMITER_CELL = re.compile(r":?-+:?")
_CELL_BORDER = re.compile(r"(?<!\\)\|")
_TOKEN = re.compile(
    r"(?P<ticks>`+)"
    r"|\[(?P<marker>\d{1,4})\]"
    r"|\[(?P<doubt>unsupported|uncited)\]"
    r"|(?P<image>!)?\[(?P<label>[^\[\]\n]{1,300})\]\((?P<url>https?://[^\s()<>\"]{1,1000})\)"
    r"|(?P<mark>\*\*|__|\*|_)"
    r"|\\(?P<plain>[*_`|#\\<>])"
    r"|(?P<entity>&(?:lt|gt|amp|quot);)",
    re.IGNORECASE,
)
_TAGS = {"**": "strong", "__": "strong", "*": "em", "_": "em"}
_OPEN_AT_MOST = 8  # nested emphasis beyond this is noise; the bound keeps the search for a partner short
_DEEPEST_HEADING = 6
# Wide tables scroll by themselves, with the keyboard too, and say so.
TABLE_OPEN = '<div class="ap-table" role="region" tabindex="0" aria-label="Table, scrolls sideways"><table>'


def chat_html(text: str, markers: Collection[int] = ()) -> str:
    """`text` as safe HTML; `[n]` for every n in `markers` links to the card `#evidence-n`."""
    lines = shown(text).replace("\r\n", "\n").replace("\r", "\n").expandtabs(4).split("\n")
    return "".join(_blocks(lines, frozenset(markers)))


_LIVELY = re.compile(r"!(?=\[)|(?<=\])(?=\(|:)|<(?=[A-Za-z/!?])")


def inert_markdown(text: str) -> str:
    """Markdown of a model or a paper for pasting somewhere else, where images would be fetched, tags obeyed and addresses
    hidden behind words: those signs are escaped, in code too, because others may see its ends elsewhere."""
    return _LIVELY.sub(lambda sign: f"\\{sign.group()}", text)


def _blocks(lines: list[str], known: frozenset[int]) -> list[str]:
    """The lines cut into blocks, each block as HTML."""
    out: list[str] = []
    paragraph: list[str] = []

    def flush() -> None:
        if paragraph:
            out.append("<p>" + "<br>".join(_inline(line.strip(), known) for line in paragraph) + "</p>")
            paragraph.clear()

    at = 0
    while at < len(lines):
        line = lines[at]
        found = _block_at(lines, at, known)
        if found is not None:
            flush()
            html, at = found
            out.append(html)
            continue
        if line.strip():
            paragraph.append(line)
        else:
            flush()
        at += 1
    flush()
    return out


def _block_at(lines: list[str], at: int, known: frozenset[int]) -> tuple[str, int] | None:
    """The block other than a paragraph that starts at line `at`, with the number of the line after it."""
    line = lines[at]
    if fence := _FENCE.match(line):
        return _code(lines, at, fence[1])
    if heading := _HEADING.match(line):
        level = min(len(heading[1]) + 2, _DEEPEST_HEADING)  # the page itself owns h1 and h2
        return f"<h{level}>{_inline(heading[2].rstrip(' #'), known)}</h{level}>", at + 1
    if _RULE.match(line):
        return "<hr>", at + 1
    if "|" in line and at + 1 < len(lines) and _is_delimiter_row(lines[at + 1]):
        return _table(lines, at, known)
    if _ITEM.match(line):
        return _list(lines, at, known)
    if line.lstrip().startswith(">"):
        end = at
        while end < len(lines) and lines[end].lstrip().startswith(">"):
            end += 1
        inside = "<br>".join(_inline(each.strip().lstrip("> "), known) for each in lines[at:end])
        return f"<blockquote>{inside}</blockquote>", end
    return None


def _code(lines: list[str], at: int, fence: str) -> tuple[str, int]:
    """A fenced block; one that is still open (the answer is being written) runs to the end."""
    closing = re.compile(rf" {{0,3}}{fence[0]}{{{len(fence)},}} *")
    end = at + 1
    while end < len(lines) and not closing.fullmatch(lines[end]):
        end += 1
    body = "&#10;".join(escape(line) for line in lines[at + 1 : end])
    return f"<pre><code>{body}</code></pre>", end + 1


def _is_delimiter_row(row: str) -> bool:
    return "|" in row and all(_DELIMITER_CELL.fullmatch(cell) for cell in _cells(row))


def _cells(row: str) -> list[str]:
    return [cell.strip() for cell in _CELL_BORDER.split(row.strip().removeprefix("|").removesuffix("|"))]


def _table(lines: list[str], at: int, known: frozenset[int]) -> tuple[str, int]:
    """A table with a header row; every row gets exactly as many cells as the header. Where that leaves the corner empty,
    the first cell of a row is what the row is about."""
    head = _cells(lines[at])
    end = at + 2
    while end < len(lines) and "|" in lines[end] and lines[end].strip():
        end += 1
    out = [f"{TABLE_OPEN}<thead><tr>"]
    out += [f'<th scope="col">{_inline(cell, known)}</th>' if cell else "<td></td>" for cell in head]
    out.append("</tr></thead><tbody>")
    for row in lines[at + 2 : end]:
        cells = (_cells(row) + [""] * len(head))[: len(head)]
        out += ["<tr>", *(_cell(cell, known, named=not place and not head[0]) for place, cell in enumerate(cells))]
        out.append("</tr>")
    out.append("</tbody></table></div>")
    return "".join(out), end


def _cell(cell: str, known: frozenset[int], named: bool) -> str:
    if named and cell:
        return f'<th scope="row">{_inline(cell, known)}</th>'
    return '<td class="ap-none">' + NOT_STATED + "</td>" if cell == NOT_STATED else f"<td>{_inline(cell, known)}</td>"


def _list(lines: list[str], at: int, known: frozenset[int]) -> tuple[str, int]:
    """A list, nested by indentation; an indented line without a bullet continues its item."""
    out: list[str] = []
    open_lists: list[tuple[int, str]] = []
    end = at
    while end < len(lines):
        line = lines[end]
        item = _ITEM.match(line)
        if item is None or _RULE.match(line):
            if not line.strip() and end + 1 < len(lines) and _ITEM.match(lines[end + 1]):
                end += 1
                continue
            if not line.startswith("  ") or not line.strip() or _FENCE.match(line):
                break
            out.append("<br>" + _inline(line.strip(), known))
            end += 1
            continue
        indent, kind = len(item[1]), "ol" if item[2][0].isdigit() else "ul"
        while len(open_lists) > 1 and indent < open_lists[-1][0]:
            out.append(f"</li></{open_lists.pop()[1]}>")
        if not open_lists or indent > open_lists[-1][0] + 1:
            first = f' start="{int(item[2][:-1])}"' if kind == "ol" and item[2][:-1] != "1" else ""
            out.append(f"<{kind}{first}><li>")
            open_lists.append((indent, kind))
        else:
            out.append("</li><li>")
        out.append(_inline(item[3], known))
        end += 1
    out += [f"</li></{kind}>" for _, kind in reversed(open_lists)]
    return "".join(out), end


def _inline(text: str, known: frozenset[int]) -> str:
    """Emphasis, code, links and markers of one line."""
    out: list[str] = []
    open_marks: list[tuple[str, int]] = []
    hopeless: set[int] = set()  # lengths of backtick runs without a partner: none is searched for twice
    at = 0
    while token := _TOKEN.search(text, at):
        out.append(escape(text[at : token.start()]))
        at = token.end()
        if ticks := token["ticks"]:
            end = -1 if len(ticks) in hopeless else _closing(text, at, ticks)
            if end < 0:
                hopeless.add(len(ticks))
                out.append(ticks)
            else:
                out.append(f"<code>{escape(text[at:end].strip())}</code>")
                at = end + len(ticks)
        elif token["marker"] is not None:
            number = int(token["marker"])
            out.append(marker_link(number) if number in known else token[0])
        elif token["doubt"] is not None:
            out.append(doubt_mark(token["doubt"].lower()))
        elif token["image"] is not None:
            out.append(escape(token[0]))
        elif token["url"] is not None:
            out.append(escape(f"{token['label']} ({token['url']})"))  # seen, and never a click away
        elif token["plain"] is not None:
            out.append(escape(token["plain"]))
        elif token["entity"] is not None:  # a character that somebody wrote so lest it be markup: it still is none
            out.append(token["entity"].lower())
        else:
            _emphasis(text, token, out, open_marks)
    out.append(escape(text[at:]))
    return "".join(out)


def _closing(text: str, at: int, ticks: str) -> int:
    """Where the run of backticks that closes `ticks` starts, or -1."""
    partner = re.compile(rf"(?<!`){ticks}(?!`)").search(text, at)
    return partner.start() if partner else -1


def _emphasis(text: str, token: re.Match[str], out: list[str], open_marks: list[tuple[str, int]]) -> None:
    """Close the nearest open mark of the same kind, or open one, or leave the characters as they are."""
    mark = token[0]
    before = text[token.start() - 1] if token.start() else " "
    after = text[token.end()] if token.end() < len(text) else " "
    inside_word = mark[0] == "_" and before.isalnum() and after.isalnum()
    if not before.isspace() and not inside_word:
        for place in range(len(open_marks) - 1, -1, -1):
            if open_marks[place][0] == mark:
                out[open_marks[place][1]] = f"<{_TAGS[mark]}>"
                out.append(f"</{_TAGS[mark]}>")
                del open_marks[place:]
                return
    if not after.isspace() and not inside_word and len(open_marks) < _OPEN_AT_MOST:
        open_marks.append((mark, len(out)))
    out.append(mark)


def line_html(text: str) -> str:
    """A label, a title or a quote as text on one line."""
    return escape(shown(" ".join(text.split())))


_DOUBTS = {
    "unsupported": "The cited abstract does not bear this sentence out",
    "uncited": "No paper is cited for this sentence",
}


def doubt_mark(doubt: str) -> str:
    """What checking wrote after a sentence, with what it means."""
    return f'<span class="ap-doubt" tabindex="0" title="{_DOUBTS[doubt]}">[{doubt}]</span>'


def marker_link(marker: int) -> str:
    """A marker of the text as a link to its evidence card on the same page; `tips.js` shows what it stands for."""
    return f'<a class="ap-marker" href="#evidence-{marker}">[{marker}]</a>'
