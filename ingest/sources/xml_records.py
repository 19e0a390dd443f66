"""Records in an XML file: cut out of its text as it streams by, and each parsed on its own, so that one broken record
costs only itself and memory does not grow with the file.

The document type is passed over, never read: no entity that it declares is expanded, nothing that it names is fetched.
A record is parsed inside an element, where the grammar of XML allows no document type, so that it can bring none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from html import escape
from html.entities import html5
from typing import Any
from xml.etree.ElementTree import ParseError, XMLParser

from app.core.domain import BadRecord
from ingest.record import RecordError
from ingest.sources.text_lines import joined

LONGEST = 4_000_000
# What comes before the first record is kept so far, for the namespaces declared there.
_LONGEST_HEAD = 1 << 16
_MOST_NESTED = 200

# A tag, or a sign that may be the end of a comment, whose rest is still to come.
_UNFINISHED = re.compile(r"(?:<[^<>\s]{0,120}|-{1,2}|\]{1,2})\Z")
_PREFIX = r"(?:[A-Za-z_][\w.-]{0,60}:)?"
# Namespaces that can be declared again around a record on its own.
_DECLARED = re.compile(
    r"\s(xmlns(?::(?!xml)[A-Za-z_][A-Za-z0-9_.-]{0,60})?)\s*=\s*(\"[ !#-%'-;=-~]{1,300}\"|'[ -%(-;=-~]{1,300}')"
)
_DECLARATION = re.compile(r"<!(?!--|\[CDATA\[)")
_UNDECODED = re.compile("[\ud800-\udfff]")
_NO_CHARACTER = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_REFERENCE = re.compile(r"&(?:([A-Za-z][A-Za-z0-9]{0,31});|#(?:([0-9]{1,9})|[xX]([0-9A-Fa-f]{1,8}));|(?!#?\w{1,32};))")
_OF_XML = {"amp", "lt", "gt", "quot", "apos"}
# What repeats in a formula what is shown.
_NOT_SHOWN = {"annotation", "annotation-xml"}


@dataclass(frozen=True)
class Kind:
    """The names of a format's elements: `records` hold a paper each; `inner` hold one too, unless they stand in a record;
    `roots` hold the records, and the first goes around those set aside, with `declared` as its attributes."""

    records: tuple[str, ...]
    roots: tuple[str, ...]
    inner: tuple[str, ...] = ()
    declared: str = ""


@dataclass(frozen=True, slots=True)
class Cut:
    """The text of one record and the line it begins on. Of one that is too long there is only the `beginning`."""

    line: int
    text: str | None
    beginning: str


@dataclass(slots=True)
class _Open:
    name: str
    line: int
    beginning: str = ""
    size: int = 0
    parts: list[str] = field(default_factory=list)

    def take(self, text: str) -> None:
        if len(self.beginning) < 200:
            self.beginning = (self.beginning + text)[:200]
        self.size += len(text)
        self.parts.append(text)
        if self.size > LONGEST:
            self.parts.clear()

    def cut(self) -> Cut:
        return Cut(self.line, "".join(self.parts) if self.size <= LONGEST else None, self.beginning)


class XmlCutter:
    """Finds the records in the pieces of a document (see `Source.papers`)."""

    def __init__(self, pieces: Iterable[str], kind: Kind) -> None:
        self._pieces = pieces
        self._kind = kind
        names = (*kind.records, *kind.inner, *kind.roots)
        self._prefixed = tuple(f":{name}" for name in names)
        self._marks, self._any_marks = _marks("", names), _marks(_PREFIX, names)
        # What no open comment of a record can hold: the next record, or the end of them all.
        self._beyond = re.compile(
            rf"<(?:{_PREFIX}(?:{'|'.join(kind.records)})|/{_PREFIX}(?:{'|'.join(kind.roots)}))(?=[\s/>])"
        )
        self._current: _Open | None = None
        self._hidden, self._hidden_line = "", 0
        self._head, self._begun = "", False
        self.line = 1
        self.empty = True
        # At the end: what is still open, in words.
        self.unclosed = ""

    def cuts(self) -> Iterator[Cut]:
        """The records in order. One that is never closed ends where the next begins."""
        records, inner = set(self._kind.records), set(self._kind.inner)
        depth = 0
        for text in self._texts():
            done = 0  # what stands before this belongs to records that have ended, or to none
            for mark in self._shown(text):
                begins, name, current = not mark[2], mark[3], self._current
                if name not in records and name not in inner:
                    depth += 1 if begins else -1
                    ends = not begins  # with the root
                elif begins:
                    ends = name in records or current is None or current.name in inner
                else:
                    ends = current is not None and name == current.name
                if not ends:
                    continue
                if current:
                    closed = not begins and name == current.name
                    current.take(text[done : mark.end()] + ">" if closed else text[done : mark.start()])
                    yield current.cut()
                    self._current = None
                elif not self._begun and len(self._head) < _LONGEST_HEAD:
                    self._head += text[done : mark.start()][:_LONGEST_HEAD]
                done = mark.end()
                if begins and (name in records or name in inner):
                    self._current, self._begun = _Open(name, self._line_at(text, mark.start())), True
                    done = mark.start()
            self._take_rest(text[done:])
            self.line += text.count("\n")
        if self._current:
            yield self._current.cut()
        elif self._hidden:
            self.unclosed, self.line = "a comment is opened here and never closed", self._hidden_line
        elif depth > 0:
            self.unclosed = f"the document breaks off here: </{self._kind.roots[0]}> is missing"

    def _shown(self, text: str) -> Iterator[re.Match[str]]:
        """The tags in question that stand in no comment."""
        marks = self._any_marks if any(name in text for name in self._prefixed) else self._marks
        at = 0
        while True:
            if self._hidden:
                end = text.find(self._hidden, at)
                beyond = self._beyond.search(text, at, len(text) if end < 0 else end) if self._current else None
                if not beyond and end < 0:
                    return
                at, self._hidden = beyond.start() if beyond else end + 3, ""
            mark = marks.search(text, at)
            if not mark:
                return
            at = mark.end()
            if mark[1]:
                self._hidden = "-->" if mark[1] == "!--" else "]]>"
                self._hidden_line = self._line_at(text, at)
            else:
                yield mark

    def _take_rest(self, text: str) -> None:
        if self._current:
            self._current.take(text)
        elif not self._begun and len(self._head) < _LONGEST_HEAD:
            self._head += text[:_LONGEST_HEAD]

    def root(self) -> str:
        """The start tag of what holds the records, with the namespaces that the file declares and no other attribute."""
        name = self._kind.roots[0]
        found = re.search(rf"<(?:[\w.-]{{1,60}}:)?(?:{'|'.join(self._kind.roots)})(\s[^<>]*)>", self._head)
        declared = dict(_DECLARED.findall(found[1])) if found else {}
        for attribute, value in _DECLARED.findall(self._kind.declared):
            declared.setdefault(attribute, value)
        return f"<{name}{''.join(f' {attribute}={value}' for attribute, value in declared.items())}>"

    def _texts(self) -> Iterator[str]:
        """The pieces, joined to larger ones as more has come, and cut anew where a tag would be cut in two."""
        held = ""
        for text in joined(self._pieces):
            self.empty = self.empty and not text.strip("\ufeff \t\r\n")
            text = held + text
            rest = None if text.endswith("\n") else _UNFINISHED.search(text, max(0, len(text) - 121))
            held = rest.group() if rest else ""
            if rest:
                text = text[: rest.start()]
            if text:
                yield text
        if held:
            yield held

    def _line_at(self, text: str, position: int) -> int:
        return self.line + text.count("\n", 0, position)


def _marks(prefix: str, names: Iterable[str]) -> re.Pattern[str]:
    return re.compile(rf"<(?:(!--|!\[CDATA\[)|(/?){prefix}({'|'.join(names)})(?=[\s/>]))")


def parsed(cut: Cut, root: str) -> Any:
    """The element of a record, the names in it without namespaces. Raises RecordError if it cannot be read."""
    text = cut.text
    if text is None:
        raise RecordError(f"the record is longer than {LONGEST:,} characters")
    if undecoded := None if text.isascii() else _UNDECODED.search(text):
        raise RecordError(
            f"its text holds a byte ({ord(undecoded.group()) & 0xFF:#04x}) that is not of the file's encoding"
        )
    if _DECLARATION.search(text):
        raise RecordError("it declares a document type or an entity, and records may not")
    try:
        whole = _tree(text, root)
    except ParseError:
        try:
            whole = _tree(_REFERENCE.sub(_referred, _NO_CHARACTER.sub("", text)), root)
        except ParseError as error:
            line = cut.line + min(error.position[0] - 1, text.count("\n"))
            raise RecordError(_reason(str(error), line)) from error
    [element] = whole
    if "xmlns" in root or "xmlns" in text:
        for part in element.iter():
            part.tag = part.tag.rsplit("}", 1)[-1]
    return element


def _tree(text: str, root: str) -> Any:
    parser = XMLParser()
    parser.feed(f"{root}{text}</{root[1:-1].split()[0]}>")
    return parser.close()


def _referred(match: re.Match[str]) -> str:
    """What a reference stands for that XML does not know and HTML does; nothing for a character that no file can hold."""
    name, decimal, hexadecimal = match.groups()
    if name:
        known = name not in _OF_XML and html5.get(f"{name};")
        return escape(known) if known else match[0]
    if not decimal and not hexadecimal:
        return "&amp;"
    code = int(decimal) if decimal else int(hexadecimal, 16)
    allowed = code in {9, 10, 13} or 0x20 <= code < 0xD800 or 0xE000 <= code < 0xFFFE or 0xFFFF < code < 0x110000
    return match[0] if allowed else ""


def _reason(error: str, line: int) -> str:
    what, place = error.rsplit(": line", 1)[0][:100], f"near line {line}"
    if "entity" in what:
        return f"it uses an entity that XML does not know ({what}, {place}); what a file declares is never expanded"
    return f"it is no well-formed XML ({what}, {place})"


def words(element: Any) -> str:
    """The text of an element and of the markup in it. Superscripts keep their tags: 10<sup>-3</sup> is not 10-3."""
    if element is None:
        return ""
    if not len(element):
        return element.text or ""
    return "".join(_words(element, 0))


def _words(element: Any, depth: int) -> Iterator[str]:
    if depth > _MOST_NESTED:
        raise RecordError("it is nested too deeply")
    yield element.text or ""
    for child in element:
        if child.tag not in _NOT_SHOWN:
            power = child.tag == "sup"
            yield "<sup>" if power else ""
            yield from _words(child, depth + 1)
            yield "</sup>" if power else ""
        yield child.tail or ""


def bad_record(where: str, cut: Cut, error: Exception, root: str) -> BadRecord:
    """A record as it is set aside: in a file of the same format."""
    raw = cut.text and cut.text.rstrip() + "\n"
    opening = f'<?xml version="1.0" encoding="UTF-8"?>\n{root}\n'
    excerpt = cut.beginning.strip()
    return BadRecord(where, cut.line, str(error), excerpt, raw, opening, f"</{root[1:-1].split()[0]}>\n")
