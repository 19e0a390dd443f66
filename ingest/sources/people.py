"""Names of people in text: several in one string, and "Family, Given" turned into "Given Family".

A comma stands between two people or within one name. Where nothing else parts the people, what stands on both sides
decides: initials, or a single word, belong to the family name before them; two full names are two people. "Newt, Ada" could
be two people with one name each; one person is far likelier.
"""

from __future__ import annotations

import re

_PARTICLES = frozenset(
    "van von der den de del della delle dei di da do dos das du la le les el al bin ibn ben ter ten te af av zu zum zur".split()
)
_BETWEEN_FAMILIES = frozenset({"y", "e", "i"})  # Ortega y Gasset
_SUFFIX = re.compile(r"(?:Jr|Sr|jun|sen|II|III|IV|2nd|3rd|Inc|Ltd|LLC|GmbH|Corp)\.?", re.IGNORECASE)
_DEGREE = re.compile(r"Ph\.?\s?D\.?|M\.?D\.?|D\.?Phil\.?|M\.?Sc\.?|B\.?Sc\.?", re.IGNORECASE)
_MORE = re.compile(r"(?:^|\s*[,;]?\s+)(?:and\s+)?(?:et\.?\s+al\b\.?|others)$", re.IGNORECASE)
_AND = re.compile(r"\s*,?\s+(?:and|&)\s+")
_COMMA = re.compile(r"\s*[,，]\s*")
# The quick first look at "Newt, Ada" and "Newt, A. B.", as nearly all are written.
_SIMPLE = re.compile(r"[A-Z][a-z]+, ?(?!(?:Jr|Sr|Inc|Ltd|Corp)\b)(?:[A-Z][a-z]+|[A-Z]\.)(?: [A-Z]\.)*")
_NUMBER = re.compile(r"\s+\(\d+\)$")  # Scopus: "Newt, Ada (57190000000)"
_INSTITUTION = re.compile(
    r"\b(?:of|for|the|and|in|für|universit\w+|institut\w*|departments?|societ\w+|consortium|collaboration|group|team|"
    r"laborator\w+|college|school|cent(?:er|re)|academy|foundation|committee|association|company)\b",
    re.IGNORECASE,
)
# In these scripts a name is one word.
_WHOLE_IN_ONE_WORD = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


def names_in(text: str) -> list[str]:
    """The people in one string, each as "Given Family": between semicolons, bars, lines, "and" or "&", else commas."""
    text = _MORE.sub("", text.strip())
    for mark in (";", "|", "\n", "、"):
        if mark in text:
            parts = [part.strip() for part in text.split(mark)]
            return [name for part in parts for name in _between_commas(_NUMBER.sub("", part), alone=True)]
    parts = _AND.split(text)
    # "Newt, Ada and Olm, Bo": BibTeX's way.
    alone = len(parts) > 1 and all(len(_parts(part)) == 2 for part in parts)
    return [name for part in parts for name in _between_commas(_NUMBER.sub("", part), alone)]


def one_name(text: str) -> str:
    """One item of a list of people: "Given Family" of what can only be "Family, Given"; anything else as it is."""
    parts = _parts(text) if "," in text and ",," not in text else []
    return person(text) if len(parts) == 1 or (len(parts) == 2 and _are_one(*parts)) else text.strip()


def person(text: str) -> str:
    """ "Given Family Suffix" of "Family, Given, Suffix"; an institution, with or without a comma at its end, as it is.
    Two commas are one that is part of the name (EndNote's way)."""
    if ",," in text:
        return text.replace(",,", ",")
    family, *more = [part for part in _COMMA.split(text.strip()) if part] or [""]
    given = next((part for part in more if not _SUFFIX.fullmatch(part) and not _is_degree(part, family)), "")
    if given:
        more.remove(given)
    return " ".join(part for part in (given, family, *more) if part)


def _between_commas(text: str, alone: bool) -> list[str]:
    """The people in a string in which at most commas part them. `alone`: other marks have parted them already, so that
    one comma is one within a name."""
    if "," not in text and "，" not in text:
        return [name] if (name := text.strip()) else []
    if alone and _SIMPLE.fullmatch(text):
        family, given = text.split(",")
        return [f"{given.strip()} {family.strip()}"]
    parts = _parts(text)
    if len(parts) < 2 or (len(parts) == 2 and (alone or _are_one(*parts)) and not _is_institution(parts[0])):
        return [name] if (name := person(text)) else []
    if len(parts) == 2 and _is_institution(parts[0]):
        return [text.strip(" ,")]
    pairs = list(zip(parts[::2], parts[1::2], strict=False))
    if len(parts) % 2 == 0 and all(_are_one(*pair) for pair in pairs):
        return [person(", ".join(pair)) for pair in pairs]
    # Not in turns: only initials are taken for what cannot be a person.
    found: list[str] = []
    open_to_more = False
    for part in parts:
        if open_to_more and _is_given(part):
            found[-1] = person(f"{found[-1]}, {part}")
            open_to_more = False
        else:
            found.append(part)
            open_to_more = not _is_given(part)
    return [person(name) for name in found]


def _parts(text: str) -> list[str]:
    """What stands between commas, "Jr." and the like with what is before it."""
    parts: list[str] = []
    for part in _COMMA.split(text.strip()):
        if parts and part and (_SUFFIX.fullmatch(part) or _is_degree(part, parts[-1])):
            parts[-1] += f", {part}"
        elif part:
            parts.append(part)
    return parts


def _is_degree(part: str, before: str) -> bool:
    """ "MD" after a full name; after a family name these are initials."""
    return len(before.split()) > 1 and _DEGREE.fullmatch(part) is not None


def _are_one(family: str, given: str) -> bool:
    """Whether "family, given" is one person, not two."""
    if _is_institution(family) or _is_institution(given) or _WHOLE_IN_ONE_WORD.search(given):
        return False
    words = given.split(",")[0].split()
    if _is_given(given) or (len(words) == 1 and not _ends_in_initials(family)):
        return True
    return _is_family(family) and words[0] not in _PARTICLES or words[-1] in _PARTICLES


def _is_family(name: str) -> bool:
    """Whether it can be no whole person: one word, or "van der Berg", "Van der Berg", "Ortega y Gasset"."""
    words = name.split(",")[0].split()
    if len(words) == 1 or (len(words) == 3 and words[1] in _BETWEEN_FAMILIES):
        return True
    led = words[0] in _PARTICLES or (words[0].lower() in _PARTICLES and words[1] in _PARTICLES)
    return led and not _ends_in_initials(name)


def _is_given(name: str) -> bool:
    """Whether it is nothing but initials: "A.", "A. B.", "A.-B.", "AB", "Yu. A."."""
    return all(map(_is_initial, name.split(",")[0].split()))


def _ends_in_initials(name: str) -> bool:
    words = name.split(",")[0].split()
    return len(words) > 1 and _is_initial(words[-1])


def _is_initial(word: str) -> bool:
    letters = re.sub(r"[.\-‐]", "", word)
    if not letters.isalpha():
        return False
    if letters.isupper():
        return len(letters) <= (4 if "." in word else 3)
    return word.endswith(".") and len(letters) == 2 and letters[0].isupper()


def _is_institution(name: str) -> bool:
    return _INSTITUTION.search(name) is not None
