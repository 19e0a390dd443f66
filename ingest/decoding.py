"""From bytes to text: which encoding, and lines in pieces of bounded size."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator

from app.core.errors import InputError
from ingest.latin import FAMILY, is_latin, latin_encoding
from ingest.opening import Bytes, Unreadable

# What is looked at to recognise encoding and format.
HEAD_BYTES = 1 << 18
_LONGEST_PIECE = 1_000_000
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Of text, but of no file: they are ways to write one text in another.
_NO_FILES = {"idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape", "utf-7"}
_XML_SAYS = re.compile(rb"\s*<\?xml[^<>]{1,100}?\bencoding\s*=\s*[\"']([A-Za-z][\w.-]{0,40})[\"']")
_ESCAPE = "askpapers-escape"


def _escape(error: UnicodeError) -> tuple[str, int]:
    """As `surrogateescape`, and for encodings too in which a broken character may be made of bytes that ASCII has."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    broken = error.object[error.start : error.end]
    return "".join(chr(0xDC00 | byte if byte > 0x7F else 0xDCFF) for byte in broken), error.end


codecs.register_error(_ESCAPE, _escape)


def check_encoding(encoding: str) -> str:
    """The encoding, if it is one of text; else InputError."""
    try:
        found = codecs.lookup(encoding)
        if not found._is_text_encoding or found.name.replace("_", "-") in _NO_FILES:
            raise LookupError
        return encoding
    except (LookupError, ValueError) as error:
        raise InputError(
            f'There is no character encoding "{encoding}".', "Names are utf-8, latin-1, cp1252, shift_jis, utf-16 ..."
        ) from error


def guess_encoding(head: bytes) -> str:
    """The encoding of text that begins like this: by its byte order mark, UTF-8 where the bytes allow it or break it
    here and there only, what XML says of itself, `latin_encoding` where the letters are Latin ones, else what
    charset-normalizer finds."""
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding
    if head.count(b"\0") > len(head) // 8:  # UTF-16 without a mark: every other byte of Latin text is zero
        return "utf-16-le" if head[1::2].count(b"\0") > head[::2].count(b"\0") else "utf-16-be"
    text = codecs.getincrementaldecoder("utf-8")("surrogateescape").decode(head)
    broken = sum("\udc80" <= character <= "\udcff" for character in text) if not text.isascii() else 0
    beyond_ascii = 0 if text.isascii() else sum(character > "\x7f" for character in text) - broken
    if beyond_ascii and beyond_ascii >= 2 * broken:  # text of another encoding is hardly ever UTF-8 by chance
        return "utf-8"
    if said := _said_by_xml(head):
        return said
    if not broken:
        return "utf-8"
    if is_latin(head):
        return latin_encoding(head)
    from charset_normalizer import from_bytes

    best = from_bytes(head[:_LOOKED_AT]).best()
    return latin_encoding(head) if best is None or best.encoding in FAMILY else best.encoding


def _said_by_xml(head: bytes) -> str | None:
    """The encoding in an XML declaration, if the declaration can be in it."""
    declaration = _XML_SAYS.match(head)
    if not declaration:
        return None
    try:
        encoding = check_encoding(declaration[1].decode())
        written = declaration[0].decode(encoding)
    except (InputError, UnicodeError):
        return None
    return encoding if written == declaration[0].decode("ascii") else None


# charset-normalizer takes seconds for large samples.
_LOOKED_AT = 1 << 15


def decode(head: bytes, encoding: str) -> str:
    """The text of a head, which may end in the middle of a character. Raises Unreadable if it is in another encoding."""
    try:
        return codecs.getincrementaldecoder(encoding)("replace").decode(head)
    except UnicodeError as error:
        raise Unreadable(f"its bytes are no {encoding} text ({error})") from error


class Pieces:
    """The text of a stream in lines with their line ends as they are; a longer line than a million characters in several
    pieces. `lines` counts those that have ended.

    Bytes that are not of the encoding come as lone surrogates, as `surrogateescape` makes them, so that only their
    record is bad. Raises Unreadable where the stream breaks off, with the half line there withheld."""

    def __init__(self, stream: Bytes, encoding: str) -> None:
        self._stream = stream
        self._encoding = encoding
        self.lines = 0

    def __iter__(self) -> Iterator[str]:
        text = io.TextIOWrapper(io.BufferedReader(self._stream, 1 << 16), self._encoding, _ESCAPE, newline="")
        read = text.readline
        try:
            while line := read(_LONGEST_PIECE):
                if len(line) < _LONGEST_PIECE or line.endswith(("\n", "\r")):
                    self.lines += 1
                yield line
        except UnicodeError as error:
            raise Unreadable(f"its bytes from here on are no {self._encoding} text ({error})") from error
        finally:
            text.detach()  # whoever opened the stream closes it
