"""Names of systems, data sets, people and places in a claim: each must be in the record of a paper that it cites."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache

from app.core.domain import Paper
from app.core.names import GENERIC, looks_like_name, name_key, own_names
from app.core.ports import KeywordIndex

_WORD = re.compile(r"[^\W_]+(?:[-.'’+][^\W_]+)*\+*")
_URL = re.compile(r"https?://\S*[\w/]")
_STARTS = re.compile(r"(?:^|[.?!:;]\s|[\"“”„(\[|*>-]\s?)\W*$")
# Endings that make an adjective of a name: "GPT-4-based".
_TAIL = re.compile(r"(?:-[a-z]{3,})+$")
# Names of fields and kinds of thing, which a paraphrase may use of its own accord. Names of models and measures are none.
_FIELDS = GENERIC - frozenset(
    "bert gpt bleu rouge f1 mse mae auc usa uk eu sql lstm rnn cnn gan github mlp moe qa".split()
)
_PLAIN = frozenset(
    """i english-only ph abstract abstracts paper papers section table figure appendix eq both neither unlike also january
    february march april may june july august september october november december mr ms dr prof et al no yes not state sota
    transformer transformers bayesian gaussian internet web api apis pdf rq q a b c d e x y z p n m k vs ii iii iv phd
    kb mb gb tb ms hz khz mhz ghz db""".split()
)


@dataclass(frozen=True, slots=True)
class Known:
    """The names that a paper's record (title, abstract, authors, year, venue) has, by key."""

    keys: frozenset[str]
    initials: frozenset[str]
    acronyms: frozenset[str]
    lower: frozenset[str]
    text: str

    def has(self, word: str) -> bool:
        """Whether this name is there, as a word, as a part of a compound, spelled out or abbreviated."""
        key = name_key(word)
        if word.isupper() and len(key) >= 3 and {key, key.rstrip("s")} & self.lower:
            return False  # LESS is no "less"
        if self._holds(key) or key in self.initials or key.rstrip("s") in self.initials:
            return True
        if len(key) >= 7 and key in self.text:
            return True
        parts = [name_key(part) for part in re.split(r"[-/+.’']", word) if part]
        return len(parts) > 1 and all(self._holds(p) or p in self.initials or p in GENERIC for p in parts if p)

    def spells(self, key: str) -> bool:
        """Whether this name itself is there, not only words with its initials."""
        return self._holds(key) or key in self.text

    def _holds(self, key: str) -> bool:
        return not key or key in self.keys or key.rstrip("s") in self.keys or f"{key}s" in self.keys or (
            key.endswith("es") and key[:-2] in self.keys
        )  # fmt: skip


@lru_cache(maxsize=512)
def known(paper: Paper) -> Known:
    """The names of a paper's record."""
    return known_text(
        " . ".join((paper.title, paper.abstract, *paper.authors, str(paper.year or ""), paper.venue or ""))
    )


@lru_cache(maxsize=4096)
def known_text(text: str) -> Known:
    """The names of a text."""
    keys: set[str] = set()
    initials: set[str] = set()
    for stretch in re.split(r"[.,;:()]\s|\s[(–—]", text):
        words = [name_key(w) for w in _WORD.findall(stretch)]
        parts = [name_key(p) for w in _WORD.findall(stretch) for p in re.split(r"[-.'’+]", w) if p]
        keys.update(words, parts)
        for size in (2, 3, 4):
            keys.update("".join(words[i : i + size]) for i in range(len(words) - size + 1))
        for size in range(2, 7):
            initials.update("".join(p[0] for p in parts[i : i + size] if p) for i in range(len(parts) - size + 1))
    keys.discard("")
    acronyms = frozenset(name_key(m) for m in re.findall(r"\b[A-Z]{2,}s?\b", text))
    written: dict[str, bool] = {}
    for word in re.findall(r"[^\W\d_]+", text):
        written[word.casefold()] = written.get(word.casefold(), True) and (word.islower() or word[1:].islower())
    lower = frozenset(word for word, plain in written.items() if plain and word.casefold() in text)
    return Known(frozenset(keys), frozenset(i for i in initials if len(i) >= 2), acronyms, lower, name_key(text))


@lru_cache(maxsize=512)
def own_keys(paper: Paper) -> frozenset[str]:
    """Keys of the names that a paper gives to its own things."""
    return frozenset(name_key(name) for name in own_names(paper.title, paper.abstract)) - {""}


def names_in(claim: str) -> list[tuple[str, bool]]:
    """What is written as a name in a claim, with whether it surely is one; a capital at the start of a sentence or of
    a quote says nothing."""
    text = _URL.sub(lambda m: " " * len(m.group()), claim)
    found: dict[str, bool] = {}
    for match in _WORD.finditer(text):
        word = match.group()
        bare = _TAIL.sub("", re.sub(r"['’]s?$", "", word)) or word
        key = name_key(bare)
        if len(key) < 2 or key in _PLAIN or {key, key.rstrip("s")} & _FIELDS or _coined_here(text, match):
            continue
        sure = looks_like_name(bare) or (len(bare) > 1 and bare.isupper() and bare.isalpha())
        inside = bare[0].isupper() and not _STARTS.search(text[: match.start()])
        if sure or inside:
            found[bare] = found.get(bare, False) or sure
    return list(found.items())


def _coined_here(text: str, match: re.Match[str]) -> bool:
    """Whether this is an abbreviation in brackets after its own words: "extracellular vesicles (EVs)"."""
    if text[match.start() - 1 : match.start()] != "(" or text[match.end() : match.end() + 1] != ")":
        return False
    letters = [letter.casefold() for letter in match.group() if letter.isupper()]
    words = re.findall(r"[^\W_]+", text[: match.start()])[-len(letters) :]
    return len(letters) >= 2 and [word[0].casefold() for word in words] == letters


def absent(claim: str, papers: Sequence[Paper]) -> list[str]:
    """Names of the claim that no cited paper's record has."""
    records = [known(paper) for paper in papers]
    spelled = _spelled_out(claim)
    missing = []
    for word, _ in names_in(claim):
        if any(record.has(word) for record in records):
            continue
        if any(
            name_key(word) in run and any({i, f"{i}s"} & record.acronyms for record in records) for run, i in spelled
        ):
            continue  # "Natural Language Processing" where the abstract says NLP
        missing.append(word)
    return missing


def elsewhere(claim: str, papers: Sequence[Paper], said: Sequence[str]) -> list[str]:
    """The name that the claim begins with, if the cited abstracts have it, but in none of the sentences `said` that the
    claim fits: what is said there of another system is not said of this one."""
    words = [match.group() for match in _WORD.finditer(claim)]
    head = words[1:2] if words and words[0].casefold() in {"the", "a", "an"} else words[:1]
    own = frozenset().union(*(own_keys(paper) for paper in papers))
    records = [known_text(text) for text in (*(paper.title for paper in papers), *said)]
    return [
        word
        for word, sure in names_in(" ".join(head))
        if sure and name_key(word) not in own and not any(record.has(word) for record in records)
    ]


def owners(text: str, papers: Sequence[Paper]) -> list[Paper]:
    """Those of these papers whose own names stand in `text`; a name that two of them have is neither's."""
    words = [name_key(match.group()) for match in _WORD.finditer(text)]
    runs = {"".join(words[i : i + size]) for size in (1, 2, 3, 4) for i in range(len(words) - size + 1)}
    runs |= {name_key(part) for match in _WORD.finditer(text) for part in match.group().split("-")}
    found = []
    for paper in papers:
        others = frozenset().union(*(known(other).keys for other in papers if other is not paper))
        if any(len(key) >= 3 and key in runs for key in own_keys(paper) - others - GENERIC):
            found.append(paper)
    return found


def without(text: str, paper: Paper) -> str:
    """`text` with "it" for the paper's own names, so that it can be compared by what it says."""
    for name in own_names(paper.title, paper.abstract):
        if len(name) >= 3:
            text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", "it", text, flags=re.IGNORECASE)
    return text


def _spelled_out(claim: str) -> list[tuple[set[str], str]]:
    """Runs of capitalised words with their initials."""
    found = []
    for match in re.finditer(r"[A-Z][\w’'-]*(?:[ -][A-Z][\w’'-]*)+", claim):
        words = re.findall(r"[^\W_]+", match.group())
        found.append(({name_key(w) for w in words}, "".join(w[0] for w in words).casefold()))
    return found


def of_others(claim: str, cited: Sequence[Paper], others: Collection[Paper]) -> list[str]:
    """Names that other papers of the evidence give to their own things, used in a claim that does not cite them and
    cites nobody who mentions them. These are found in lower case too."""
    records = [known(paper) for paper in cited]
    said = f" {' '.join(_WORD.findall(claim.casefold()))} "
    found = []
    for paper in others:
        for name in own_names(paper.title, paper.abstract):
            words = _WORD.findall(name.casefold())
            key = name_key(name)
            if len(key) < 3 or key in GENERIC or not words or f" {' '.join(words)} " not in said:
                continue
            if not any(record.has(name) or key in record.text for record in records):
                found.append(name)
    return list(dict.fromkeys(found))


def of_library(claim: str, cited: Sequence[Paper], keyword: KeywordIndex) -> list[str]:
    """The subject of the claim, if it is a name that other papers of the library introduce and that the cited ones do
    not have: a capital at the start of a sentence tells nothing by itself."""
    words = [m.group() for m in _WORD.finditer(claim)][:5]
    if words and words[0].casefold() in {"the", "a", "an", "with", "in", "on", "using", "under"}:
        words = words[1:]
    records = [known(paper) for paper in cited]
    texts = " ".join(record.text for record in records)
    keys = {"".join(map(name_key, words[:size])): " ".join(words[:size]) for size in range(1, min(4, len(words)) + 1)}
    keys = {key: name for key, name in keys.items() if len(key) >= 4 and key not in texts and key not in GENERIC}
    ids = {paper.id for paper in cited}
    # What only the initials of some words could stand for is rather the name that another paper has.
    named = {name_key(word): word for word, sure in names_in(claim) if sure and len(word) >= 3}
    # And a word of three parts or more that names a paper's thing is no other word: "icl-task-diversity".
    every = (match.group() for match in _WORD.finditer(_URL.sub(" ", claim)))
    named |= {name_key(word): word for word in every if word.count("-") >= 2}
    named = {key: word for key, word in named.items() if not any(record.spells(key) for record in records)}
    for key, papers in keyword.by_name(list(named)).items():
        if papers and not ids & set(papers):
            return [named[key]]
    for key, papers in keyword.by_name(list(keys)).items():
        name = keys.get(key, "")
        if papers and len(papers) <= 3 and not ids & set(papers) and name[:1].isupper():
            return [name]
    return []
