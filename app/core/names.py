"""Names of systems, methods and data sets: which a paper introduces, which a question uses.

A paper is asked for by its system's name ("OVOR", "reprog bert", "MULTI-LANE's"). Spelling varies, so names are
compared by key: lower-case letters and digits only, possessive dropped.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from app.core.keys import KEPT
from app.core.keys import family_name as family_name
from app.core.keys import name_key as name_key

# What a token that is a name looks like: a capital or a digit after its first letter (OVOR, RoHM, CodeGen2, mT0).
_ODD = re.compile(r"^(?=.*[^\W\d_])(?:\w*[^\W\d_]\w*[A-Z0-9]\w*|[A-Z0-9]\w*[A-Z]\w*|\d+[A-Z]\w*)$")
# The quick first look: every such token has one of these after its first character.
_MAY_BE_ODD = re.compile(r"(?<=.)[A-Z0-9]", re.DOTALL)
_QUANTITY = re.compile(r"^\d[\d.,]*[A-Za-z]{0,2}$|^[IVX]+$")
_WORD = re.compile(r"\w+(?:[-.'’+]\w+)*\+*")
_TITLE_HEAD = re.compile(r"^(?P<head>.{2,60}?)(?::\s| [-–—]{1,3} | \(|\Z)")
# Not "(ii)", which counts.
_ACRONYM = re.compile(r"\((?![IVXivx]+\))([A-Za-z][\w.+-]{1,24})\)")
_INTRODUCES = re.compile(
    r"\b(?:introduc\w+|propos\w+|present\w*|develop\w*|nam(?:e|ed|ely)|term(?:ed)?|call(?:ed)?|dub(?:bed)?|coin\w*|creat\w+|"
    r"releas\w+|construct\w*|describ\w+|establish\w*|build\w*|our|algorithm)\b",
    re.IGNORECASE,
)
_PROPOSES = re.compile(r"introduc|propos|present|develop|nam|term|call|dub|coin", re.IGNORECASE)
_CUE_BEGINNINGS = tuple(
    "introduc propos present develop nam term call dub coin creat releas construct describ establish build our algorithm".split()
)
_INTRODUCED_BY_CAPITAL = re.compile(
    r"\b(?:introduc\w+|propos\w+|present\w*|nam(?:e|ed|ely)|term(?:ed)?|call(?:ed)?|dub(?:bed)?|coined)\s+(?:the\s+|an?\s+)?"
    r"(?P<name>[A-Z][\w’'.]*(?:[ -](?:of-|the-)?[A-Z][\w’']*){0,3})(?![\w-])"
)
# What follows these is somebody else's: "we propose GML, which outperforms EWC".
_COMPARED_WITH = re.compile(r"\b(?:unlike|beats?|outperform\w*|surpass\w*|exceed\w*|better than|improv\w+ (?:up)?on)\b")
_ODD_INSIDE = re.compile(r"(?<=[\w.+'’-])[A-Z0-9]")
# How far after such a word a name may begin, and an acronym stand; both end with the sentence. No name is longer than _LONG.
_NEAR, _LONG, _REACH = 60, 40, 160
_SENTENCE_END = re.compile(r"(?<=[a-z)])[.;]\s")
# A subject at the start of a sentence. Expressions that begin with a set of letters are found ten times as fast.
_OPENER = re.compile(r"([A-Z][\w-]+)(?='s\b|’s\b|,? (?:is|are|the|an?|can|has|was|also|[a-z]+s)\b)")
_LATER_OPENER = re.compile(r"[.!?]\s+" + _OPENER.pattern)
_CAPITAL_RUN = re.compile(r"[A-Z]{3,}(?: [A-Z]{3,}){1,2}\b")  # NATURAL INSTRUCTIONS
_REPOSITORY = re.compile(r"github\.com/[\w.-]+/([\w.-]*\w)", re.IGNORECASE)

# Written like names, but they name fields, units and kinds of thing: never the subject of a look-up by themselves.
GENERIC = frozenset(
    """ai ml nlp cv llm llms lm lms plm plms api apis gpu gpus cpu qa rag icl cil peft sota rl rlhf dl nn cnn rnn lstm gan
    pdf csv json url urls html http https arxiv doi bibtex github ood iid moe mlp bert gpt 2d 3d 1d mtl nl sql id ids
    f1 mse mae auc bleu rouge phd usa uk us eu""".split()
)


_GENITIVE = re.compile(r"['’]s$|['’]$")
_JOINERS = re.compile(r"[-.+'’]")


@lru_cache(KEPT)
def looks_like_name(token: str) -> bool:
    """Whether one token is written as names are (odd capitals, digits inside), plural and possessive aside."""
    if not _MAY_BE_ODD.search(token):
        return False
    bare = _GENITIVE.sub("", token)
    if len(bare) < 2 or _QUANTITY.match(bare):
        return False
    parts = _JOINERS.split(bare)
    return any(_ODD.match(part) and (len(part) >= 3 or len(parts) == 1) for part in parts)


def introduced_names(title: str, abstract: str) -> frozenset[str]:
    """Keys of the names a paper gives to its own things: the head of its title ("OVOR: ..."), names in the title,
    names and acronyms its abstract introduces ("we propose ... (HLP)"), its repository."""
    keys = {name_key(name) for name in _introduced(title, abstract)}
    return frozenset(k for k in keys if len(k) >= 2 and k not in GENERIC)


def _introduced(title: str, abstract: str) -> list[str]:
    """The same, as written, those of the title first."""
    found: list[str] = []
    head = _TITLE_HEAD.match(title)
    if head and head["head"] != title and len(head["head"].split()) <= 5:
        found.append(head["head"])
    found += [m.group(1) for m in _ACRONYM.finditer(title)]
    found += [w for w in _WORD.findall(title) if looks_like_name(w)]
    return [*found, *_introduced_by_text(abstract)]


@lru_cache(256)  # an ingest and an answer ask more than once
def _introduced_by_text(abstract: str) -> tuple[str, ...]:
    found = sorted(_subjects(abstract))
    cues = _cues(abstract)
    found += [m["name"] for cue in cues if (m := _INTRODUCED_BY_CAPITAL.match(abstract, cue.start()))]
    found += _after(cues, abstract)
    found += [m.group() for m in _CAPITAL_RUN.finditer(abstract) if not _in_word(abstract, m.start())]
    if "github.com/" in abstract.lower():
        found += _REPOSITORY.findall(abstract)
    return tuple(found)


def _in_word(text: str, at: int) -> bool:
    """Whether the character before this place belongs to the same word."""
    return at > 0 and (text[at - 1].isalnum() or text[at - 1] == "_")


def _after(cues: list[re.Match[str]], abstract: str) -> list[str]:
    """The first two names and the acronym after each of these words, up to the end of its sentence."""
    found: list[str] = []
    for at in (cue.end() for cue in cues):
        near = _ODD_INSIDE.search(abstract, at, at + _NEAR + _LONG)
        if not near and abstract.find("(", at, at + _REACH) < 0:
            continue
        reach = _SENTENCE_END.split(abstract[at : at + _REACH], maxsplit=1)[0]
        reach = _COMPARED_WITH.split(reach, maxsplit=1)[0]
        if near:
            words = _WORD.finditer(reach, 0, _NEAR + _LONG)
            found += islice((m.group() for m in words if m.start() < _NEAR and looks_like_name(m.group())), 2)
        acronym = _ACRONYM.search(reach)
        if acronym and _expands(acronym.group(1), reach[: acronym.start()]):
            found.append(acronym.group(1))
    return found


@lru_cache(16)
def _cues(abstract: str) -> list[re.Match[str]]:
    """The words that introduce something, in the order of the text."""
    lower = abstract.lower()
    if len(lower) != len(abstract):  # a few letters are longer in lower case
        return list(_INTRODUCES.finditer(abstract))
    found = []
    # Looking for each beginning by itself costs a tenth of one expression tried at every letter.
    for beginning in _CUE_BEGINNINGS:
        at = lower.find(beginning)
        while at >= 0:
            if cue := _INTRODUCES.match(abstract, at):
                found.append(cue)
            at = lower.find(beginning, at + len(beginning))
    return sorted(found, key=lambda cue: cue.start())


def _subjects(abstract: str) -> set[str]:
    """Words the abstract keeps making statements about: capitalised at the start of two sentences and inside none
    in lower case ("Painter"), or written like a name at the start of one ("UGR, the unified ...")."""
    first = _OPENER.match(abstract)
    openers = ([first[1]] if first else []) + _LATER_OPENER.findall(abstract)
    names = {word for word in openers if looks_like_name(word) and not re.fullmatch(r"[A-Z]\w*[a-z]-\w+", word)}
    for word in set(openers):
        if openers.count(word) < 2:
            continue
        inside = re.search(rf"[a-z,;(] {re.escape(word)}\b", abstract)
        if inside and not re.search(rf"\b{re.escape(word.lower())}\b", abstract):
            names.add(word)
    return names


def _expands(acronym: str, before: str) -> bool:
    """Whether the words before "(ABC)" start with its letters, so that it was coined here, not just mentioned."""
    letters = [c for c in acronym if c.isupper()]
    words = re.findall(r"[^\W_]+", before)[-2 * max(len(letters), 1) - 2 :]
    initials = "".join(w[0].casefold() for w in words)
    return bool(letters) and letters[0].casefold() in initials


def _certain(token: str) -> bool:
    """Mixed capitals or a digit in a word of three letters or more: no abbreviation anyone else would use."""
    bare = re.sub(r"['’]s?$", "", token)
    return any(
        len(part) >= 3 and _ODD.match(part) and not re.fullmatch(r"[A-Z]+s?", part)
        for part in re.split(r"[-.+'’]", bare)
        if not _QUANTITY.match(part)
    )


@dataclass(frozen=True, slots=True)
class Mention:
    """A stretch of a question that may name something. `marked`: written as a name (odd capitals, quotes, a title
    in title case, a proper noun), so that not finding it means something. `certain`: so written that it can only be
    the name of one thing ("HuggingGPT", "CASP14", a title), not a common abbreviation or a place."""

    text: str
    key: str
    start: int
    end: int
    marked: bool
    certain: bool = False


_QUOTED = re.compile(r"[\"“”«»„]([^\"“”«»„]{3,200})[\"“”«»„]")
_CAP_RUN = re.compile(
    r"(?<![\w-])[A-Z][\w'’-]*(?:(?:\s+(?:a|an|the|of|for|in|on|to|and|with|from|via|is|are|you|by|or|as|at)){0,3}:?\s+[A-Z0-9][\w'’-]*)+"
    r"(?:\s+(?:Is|Are|You|Need))*"
)


def mentions(question: str) -> list[Mention]:
    """Every stretch of one to five words that could name something, longest first; `marked` where it is written so.

    The capital of a sentence's first word says nothing; of any later word it marks a proper noun.
    """
    found: dict[tuple[int, int], Mention] = {}

    def add(start: int, end: int, marked: bool, certain: bool = False) -> None:
        text = question[start:end]
        key = name_key(text)
        if len(key) >= 2:
            old = found.get((start, end))
            if old:
                marked, certain = marked or old.marked, certain or old.certain
            found[start, end] = Mention(text, key, start, end, marked, certain)

    words = list(_WORD.finditer(question))
    starts = {match.end() for match in re.finditer(r"(?:^|[.?!:]\s)\W*", question)}
    for size in (5, 4, 3, 2, 1):
        for i in range(len(words) - size + 1):
            span = words[i : i + size]
            gap = question[span[0].start() : span[-1].end()]
            if not re.search(r"[,;?!()\[\]]", gap):
                first = span[0]
                proper = first.group()[0].isupper() and first.group() != "I" and first.start() not in starts
                named = looks_like_name(first.group())
                add(
                    first.start(),
                    span[-1].end(),
                    size == 1 and (proper or named),
                    size == 1 and _certain(first.group()),
                )
    for match in _QUOTED.finditer(question):
        add(match.start(1), match.end(1), True, True)
    for match in _CAP_RUN.finditer(question):
        start = match.start()
        if start in starts:  # the sentence's own capital; a title may still begin right after it
            rest = re.search(r"\s[A-Z0-9]", match.group())
            start = start + rest.start() + 1 if rest else match.end()
        if sum(w[0].isupper() for w in question[start : match.end()].split()) >= 2:
            add(start, match.end(), True, len(question[start : match.end()].split()) >= 4)
    return sorted(found.values(), key=lambda m: (m.start - m.end, m.start))


def handle(title: str, abstract: str = "") -> str:
    """What people call the paper: the head of its title if that is a name ("OVOR: ..."; "Less is more: ..." is a
    motto), else the name its abstract gives to its own thing and uses most ("MULTI-LANE"; of what it says it proposes, if it
    names that), else the title in quotation marks."""
    own = _most_used(_proposed(abstract), abstract) or _most_used(_introduced_by_text(abstract), abstract)
    return _head_name(title) or own or f"“{title}”"


def called_names(title: str, abstract: str) -> frozenset[str]:
    """Keys of the names a paper goes by, which are fewer than those it introduces: the head of its title and acronyms
    in it; without a head what its abstract says it proposes, if that is written as no word is. A paper that is all
    about GPT-4 does not go by that name. Only a title can make a paper's name of a generic one ("BERT: ...")."""
    head = _head_name(title)
    own = "" if head else _most_used(_proposed(abstract), abstract)
    names = [head, *(m.group(1) for m in _ACRONYM.finditer(title)), *([own] if _coined(own) else [])]
    keys = {name_key(name) for name in names if name}
    return frozenset(key for key in keys if len(key) >= 2 and (key not in GENERIC or key == name_key(head)))


def _proposed(abstract: str) -> list[str]:
    cues = [cue for cue in _cues(abstract) if _PROPOSES.match(cue.group())]
    found = [m["name"] for cue in cues if (m := _INTRODUCED_BY_CAPITAL.match(abstract, cue.start()))]
    return [*found, *_after(cues, abstract)]


def _coined(name: str) -> bool:
    """ "MULTI-LANE", not "Gaussian Splatting" or "LLM-based"."""
    return any(looks_like_name(word) for word in name.split()) and not re.search(r"[A-Z]-[a-z]+$", name)


def own_names(title: str, abstract: str) -> list[str]:
    """The names a paper introduces, as it writes them, those of its title first."""
    return list(dict.fromkeys(name for name in (_head_name(title), *_introduced(title, abstract)) if name))


def _head_name(title: str) -> str:
    head = _TITLE_HEAD.match(title)
    if head and head["head"] != title:
        words = head["head"].split()
        is_name = any(looks_like_name(w) for w in words) or all(w[:1].isupper() or w[:1].isdigit() for w in words)
        if len(words) <= 3 and is_name:
            return head["head"].strip()
    return ""


def _most_used(names: Sequence[str], abstract: str) -> str:
    # "LoRA" is not what "ICM-LoRA" goes by.
    parts = {part for name in names for part in name.split("-") if part != name}
    own = [n for n in names if len(n.split()) <= 3 and name_key(n) not in GENERIC and n not in parts]
    counted = [(abstract.count(name), name) for name in dict.fromkeys(own) if abstract.count(name) >= 2]
    return max(counted, key=lambda pair: pair[0])[1] if counted else ""
