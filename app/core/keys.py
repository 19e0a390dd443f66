"""How titles and names are compared, whatever their spelling: of papers, of systems, of people."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# Words and authors come again and again in an ingest, and what is kept of them costs a few megabytes.
KEPT = 65_536
_POSSESSIVE = re.compile(r"['’]s?$")
_BETWEEN = re.compile(r"[\W_]+")
_NO_LETTER_OR_DIGIT = {code: None for code in range(128) if not chr(code).isalnum()}


def title_key(title: str) -> str:
    """The title reduced to lower-case letters and digits, so that two spellings of one title agree."""
    if title.isascii():  # the same in a tenth of the time
        return title.lower().translate(_NO_LETTER_OR_DIGIT)
    folded = unicodedata.normalize("NFKD", title).casefold()
    return _BETWEEN.sub("", folded)


def name_key(name: str) -> str:
    """The name as it is compared: NFKC, lower case, letters and digits only, without a possessive ending."""
    if name.isascii():  # the same in a third of the time
        text = name.lower().strip()
        text = text[: -1 - text.endswith("s")] if text.endswith(("'s", "'")) else text
    else:
        text = _POSSESSIVE.sub("", unicodedata.normalize("NFKC", name).casefold().strip())
    return text if text.isalnum() else _BETWEEN.sub("", text)


_SUFFIX = re.compile(r",?\s+(?:Jr|Sr|II|III|IV)\.?$", re.IGNORECASE)


@lru_cache(KEPT)
def family_name(author: str) -> str:
    """The family name of a person as it is compared: the part before a comma, else the last word that is no initial
    ("Ada Newt", "Newt, A.", and as PubMed writes it "Newt A"); "Jr." and accents aside."""
    author = without_suffix(author)
    if "," in author:
        words = author.split(",")[0].split()
    else:
        words = [word for word in author.split() if not is_initials(word)] or author.split()
    return title_key(name_key((words or [""])[-1]))


def without_suffix(author: str) -> str:
    """The name without "Jr." and the like."""
    return _SUFFIX.sub("", author.strip())


def is_initials(word: str) -> bool:
    """ "A", "A.", "A.B.", and without full stops "AB"; a name in Chinese letters is none."""
    letters = word.replace(".", "").replace("-", "")
    return letters.isascii() and letters.isupper() and len(letters) <= (2 if letters == word else 4)
