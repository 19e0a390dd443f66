"""Names that are asked for and stand in no sentence: "which backbones exactly?" of an abstract that names none."""

from __future__ import annotations

import re
from collections.abc import Sequence

from app.core.names import GENERIC, looks_like_name, name_key

# What goes by a name of its own.
_KIND = (
    r"(?:(?:base|backbone|underlying|(?:large )?language|foundation|pre-?trained|vision|embedding|baseline|open|open-source|test|training|evaluation)[- ])*"
    r"(?:data ?sets?|benchmarks?|corpus|corpora|models?|llms?|lms?|plms?|backbones?|architectures?|encoders?|databases?|search engines?|baselines?|simulators?)"
)
_BETWEEN = r"(?:(?!(?:of|is|are|was|were|do|does|did|in|on|for|to|with|and|or|the|a|an|that|which|kind|kinds|sort|type|types|size|sizes|other)\b)[\w-]+ ){0,4}?"
_ASKS_KIND = re.compile(
    rf"\b(?:which|what) (?:(?:exact|exactly|concrete|specific|particular|actual|other) )?{_BETWEEN}{_KIND}\b|"
    rf"\bnames? of (?:all )?(?:the |its |their )?{_BETWEEN}{_KIND}\b|\b{_KIND}\b[^?.,;]{{0,40}}[,:;–—-]\s*(?:by )?names?\W*$|"
    rf"\b(?:base|backbone|underlying) (?:encoder|model|network|architecture|lm|llm)s?\b|[–—:,-]\s*(?:which|what) {_KIND}\b|\bbackbones?(?: exactly)?\W*$",
    re.IGNORECASE,
)
# Who asks what a paper brings asks for its own names, and "which model does best" may well be answered in words.
_OWN = re.compile(
    r"\b(?:introduc|propos|releas|present|creat|build|built|publish|call(?:ed)?\b|offer|contribut|develop|collect|kind of|type of|sort of|best|better|worse|larger|smaller|most|least|improv|outperform|beat|size)\w*",
    re.IGNORECASE,
)
_COUNTED = (
    r"(?P<count>two|three|four|five|six|seven|eight|nine|ten|\d{1,2}) (?:[\w-]+ ){0,2}?"
    r"(?P<what>data ?sets|benchmarks|models|llms|lms|plms|languages|baselines|corpora|systems|tasks|domains|architectures|networks)\b"
)
_SO_MANY = re.compile(
    rf"\b(?:names? of|which|what(?: are)?|name|list)(?: (?:the|all|these|those|its|their))* {_COUNTED}", re.IGNORECASE
)
# "It examines six language models; what are their names?"
_SO_MANY_BEFORE = re.compile(
    rf"\b{_COUNTED}.{{0,60}}?\b(?:names?|by name|which (?:ones?|are they|are those))\b", re.IGNORECASE
)
# What often has no name: "the two models that are learned".
_PLAIN_WORDS = re.compile(r"languages|tasks|domains|systems|networks|models|architectures", re.IGNORECASE)
_COUNTS = {word: count for count, word in enumerate("two three four five six seven eight nine ten".split(), start=2)}
_WORD = re.compile(r"[A-Za-z][\w.+-]*\w")
_ACRONYM = re.compile(r"\([^()]*\)")
# "Subpopulation Structure Discovery with Large Language Models (SSD-LLM)"
_SPELLED_OUT = re.compile(r"(?:[A-Z][\w-]+ (?:(?:with|of|and|for|in|the|to|by|on) )*){2,}(?=\([A-Z][\w-]*\))")
_RUN = re.compile(r"\b[A-Z][a-z]+(?: [A-Z][a-z]+)+\b")
_NO_NAMES = frozenset({"rgb", "rgbd", "sgd", "adam", "english"})
_FAMILIES = frozenset({"bert", "gpt"})  # generic as names of papers, yet names of models


def unnamed(question: str, said: Sequence[str], own: str) -> bool:
    """Whether the question asks for names and `said`, the sentences of a paper that goes by the name `own`, has none: "the
    three data sets" of one that says "on three data sets", "which backbones?" of one that names no network."""
    if match := _SO_MANY.search(question) or _SO_MANY_BEFORE.search(question):
        count = int(match["count"]) if match["count"].isdigit() else _COUNTS[match["count"].lower()]
        rows = [piece for text in said for piece in re.split(r"[.;:]\s", text)]
        if _PLAIN_WORDS.fullmatch(match["what"]):
            return all(len(re.findall(r",|\band\b|\bor\b|&", row)) < count - 1 for row in rows)
        return all(len(_other_names(row, question, own)) < count for row in rows)
    if not _ASKS_KIND.search(question) or _OWN.search(question):
        return False
    return not any(_other_names(text, question, own) for text in said)


def _other_names(text: str, question: str, own: str) -> set[str]:
    """Names in a sentence besides the paper's own, those of the question and acronyms of what is written out before them."""
    known = {name_key(word) for word in (*_WORD.findall(question), *_WORD.findall(own), own)}
    bare = _SPELLED_OUT.sub(" ", text)
    bare = _ACRONYM.sub(
        lambda brackets: " " if re.fullmatch(r"\([A-Z][\w-]*s?\)", brackets.group()) else brackets.group(), bare
    )
    found = set()
    for run in _RUN.finditer(bare):  # "Slice Discovery", of which the text speaks in small letters too, is a subject
        words = run.group().split()
        if not any(looks_like_name(word) for word in words) and any(
            re.search(rf"\b{re.escape(word.lower())}", text) for word in words
        ):
            bare = bare[: run.start()] + " " * (run.end() - run.start()) + bare[run.end() :]
    for match in _WORD.finditer(bare):
        word, key = match.group(), name_key(match.group())
        begins = not bare[: match.start()].strip(" \"“'(") or bare[: match.start()].rstrip()[-1:] in ".?!"
        if looks_like_name(word) or (word[0].isupper() and not begins and len(word) > 1):
            found.add(key)
    generic = (GENERIC - _FAMILIES) | _NO_NAMES | {key.rstrip("s") for key in GENERIC - _FAMILIES}
    return {
        key
        for key in found
        if key not in known
        and key.rstrip("s") not in generic
        and not any(key in each and len(key) > 2 for each in known)
    }
