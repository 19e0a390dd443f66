"""Which encoding with one byte a character European text in Latin letters is in.

Statistics over bytes, as charset-normalizer makes them, cannot tell these encodings apart where a page of English
holds three foreign names. So Windows' Western European one, by far the most frequent, is taken unless the text speaks
against it: by signs in the middle of words ("Paw³owski") or by so many letters that a language can be seen.
"""

from __future__ import annotations

import re
from collections import Counter

WESTERN = "cp1252"
_WESTERN_LETTERS = {
    "French": "àâæçèéêëîïôœùûüÿ", "German": "äöüß", "Spanish": "áéíñóúü", "Portuguese": "àáâãçéêíóôõúü", "Italian": "àèéìîòóù",
    "Dutch": "áéëïóöü", "Swedish": "åäöé", "Danish": "æøåé", "Icelandic": "áæéíðóöúýþ", "Finnish": "äöåšž", "Catalan": "àçèéíïòóúü",
}  # fmt: skip
_CENTRAL_LETTERS = {
    "Polish": "ąćęłńóśźż", "Czech": "áčďéěíňóřšťúůýž", "Slovak": "áäčďéíĺľňóôŕšťúýž", "Hungarian": "áéíóöőúüű",
    "Romanian": "ăâîşţșț", "Croatian": "ćčđšž", "German": "äöüß",
}  # fmt: skip
_TURKISH_LETTERS = {"Turkish": "âçğıîöşüûi̇"}
_BALTIC_LETTERS = {"Lithuanian": "ąčęėįšųūž", "Latvian": "āčēģīķļņšūž", "Estonian": "äõöüšž"}
# In the order of how often they are met. The last three are those of old computers, and tables export in them still.
_ENCODINGS = (
    (WESTERN, _WESTERN_LETTERS),
    ("cp1250", _CENTRAL_LETTERS),
    ("cp1254", _TURKISH_LETTERS),
    ("iso8859_2", _CENTRAL_LETTERS),
    ("cp1257", _BALTIC_LETTERS),
    ("mac_roman", _WESTERN_LETTERS),
    ("cp850", _WESTERN_LETTERS),
    ("cp852", _CENTRAL_LETTERS),
)
FAMILY = frozenset(
    "ascii cp037 cp437 cp775 cp850 cp852 cp858 cp1250 cp1252 cp1254 cp1257 cp1258 cp500 cp1140 cp1026 cp273 cp860 cp861"
    " cp863 cp865 cp857 hp_roman8 iso8859_2 iso8859_3 iso8859_4 iso8859_9 iso8859_10 iso8859_13 iso8859_14 iso8859_15"
    " iso8859_16 latin_1 mac_iceland mac_latin2 mac_roman mac_turkish".split()
)
# What stands between two letters in no language: superscripts, currency, quotes and the like; a capital after a small
# letter; controls anywhere.
_WITHIN_WORD = re.compile(
    r"(?<=[^\W\d_])[^\w\s!-~\u00ad·’‘'–—‑-]+(?=[^\W\d_])|(?<=[A-Za-z])[¹²³ªº¼½¾]+(?=[a-z])|(?<=[a-z])[À-ÖØ-ÞŠŽŒŸ]|[\x80-\x9f\ufffd]"
)
_BEYOND_ASCII = re.compile(rb"[\x80-\xff]+")
_LETTER = re.compile(r"[^\W\d_]")
# From so many accented letters, and so many in a hundred, a language is seen and not some names.
_LEAST, _LEAST_SHARE = 20, 0.02
# What counts against reading a text as Western names of many languages, beside one language that holds every letter.
_MIXED = 0.9


def is_latin(text: bytes) -> bool:
    """Whether what is not ASCII stands alone mostly, as accented letters do; other scripts come in whole words."""
    runs = _BEYOND_ASCII.findall(text)
    return 2 * sum(len(run) == 1 for run in runs) > len(runs)


def latin_encoding(text: bytes) -> str:
    """The encoding of European text in Latin letters with one byte a character."""
    western = text.decode(WESTERN, "replace")
    accented = [letter for letter in _LETTER.findall(western) if letter > "\x7f"]
    strange = len(_WITHIN_WORD.findall(western))
    seen = len(accented) >= _LEAST and len(accented) >= _LEAST_SHARE * len(_LETTER.findall(western))
    if 5 * strange <= len(accented) and not seen:
        return WESTERN
    # The first of the best, because of several equally good ones the most frequent is the likeliest.
    return max(((_fit(text, *one), one[0]) for one in _ENCODINGS), key=lambda found: found[0])[1]


def _fit(text: bytes, encoding: str, languages: dict[str, str]) -> float:
    """How much of what is not ASCII is letters that one language has, from 0 to 1; signs within words count against it."""
    plain = text.decode(encoding, "replace")
    strange = sum(map(len, _WITHIN_WORD.findall(plain)))
    counts = Counter(letter for letter in map(str.lower, _LETTER.findall(plain)) if letter > "\x7f")
    if not counts:
        return 0.0
    fits = [sum(counts[letter] for letter in letters) for letters in languages.values()]
    if encoding == WESTERN:
        fits.append(int(_MIXED * sum(counts[letter] for letter in set("".join(languages.values())))))
    return max(fits) / (counts.total() + strange)
