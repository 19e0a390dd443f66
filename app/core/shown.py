"""Text from files as it may be shown: without what a terminal would obey or cannot show."""

from __future__ import annotations

import re

_NOT_SHOWN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def shown(text: str) -> str:
    """The text with a mark in place of each such character. Names of files and of members of archives stay as they are
    where they are keys, and go through this where they are shown."""
    return _NOT_SHOWN.sub("\ufffd", text.replace("\r\n", "\n"))


def shown_json(text: str) -> str:
    """JSON with such characters written as escapes: it says the same."""
    return _NOT_SHOWN.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
