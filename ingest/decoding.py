"""From bytes to text: which encoding, and lines in pieces of bounded size."""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator

from app.core.errors import InputError
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


def check_encoding(encoding: str) -> str:
    """The encoding, if it is one of text; else InputError."""
    try:
        if not codecs.lookup(encoding)._is_text_encoding:
            raise LookupError
        return encoding
    except (LookupError, ValueError) as error:
        raise InputError(
            f'There is no character encoding "{encoding}".', "Names are utf-8, latin-1, cp1252, shift_jis, utf-16 ..."
        ) from error


def guess_encoding(head: bytes) -> str:
    """The encoding of text that begins like this: by its byte order mark, UTF-8 where the bytes allow it or break it
    here and there only, else what charset-normalizer finds."""
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding
    if head.count(b"\0") > len(head) // 8:  # UTF-16 without a mark: every other byte of Latin text is zero
        return "utf-16-le" if head[1::2].count(b"\0") > head[::2].count(b"\0") else "utf-16-be"
    text = codecs.getincrementaldecoder("utf-8")("surrogateescape").decode(head)
    broken = sum("\udc80" <= character <= "\udcff" for character in text) if not text.isascii() else 0
    beyond_ascii = sum(character > "\x7f" for character in text) - broken if broken else 0
    if not broken or beyond_ascii >= 2 * broken:  # text of another encoding is hardly ever UTF-8 by chance
        return "utf-8"
    from charset_normalizer import from_bytes

    best = from_bytes(head[:_LOOKED_AT]).best()
    return best.encoding if best else "cp1252"


# charset-normalizer takes seconds for large samples.
_LOOKED_AT = 1 << 15


def decode(head: bytes, encoding: str) -> str:
    """The text of a head, which may end in the middle of a character."""
    return codecs.getincrementaldecoder(encoding)("replace").decode(head)


class Pieces:
    """The text of a stream in lines with their line ends as they are; a longer line than a million characters in several
    pieces. `lines` counts those that have ended.

    Bytes that are not of the encoding come as lone surrogates (`surrogateescape`), so that only their record is bad.
    Raises Unreadable where the stream breaks off, with the half line there withheld."""

    def __init__(self, stream: Bytes, encoding: str) -> None:
        self._stream = stream
        self._encoding = encoding
        self.lines = 0

    def __iter__(self) -> Iterator[str]:
        text = io.TextIOWrapper(io.BufferedReader(self._stream, 1 << 16), self._encoding, "surrogateescape", newline="")
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
