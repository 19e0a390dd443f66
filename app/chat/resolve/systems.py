"""Papers named by what they introduce: "OVOR's", "reprog bert", and with a slip of the finger "ReprogBRET"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from app.adapters.keyword import STOP_WORDS
from app.chat.resolve.objects import asked_about
from app.chat.resolve.readings import MOST_MEANINGS, Ledger
from app.core.domain import Paper
from app.core.names import GENERIC, Mention, looks_like_name, name_key, own_names
from app.core.ports import KeywordIndex, PaperStore
from app.core.typos import SHORT, forgiven, name_slip

# An unmarked word counts as a name when at least this share of the papers that use it introduce it as a name.
_NAME_SHARE = 0.25
# Of an abbreviation ("LDP") more, because other papers write it for other things.
_ABBREVIATION_SHARE = 0.5
# A word that its library writes as a name, not as a word, so often is a name however a person types it.
_WRITTEN_AS_NAME = 0.8
_MOST_READ, _MOST_NEAR = 12, 30
_LARGE = 2000
# A number or the like right after a name makes another name of it ("LLaMA 2"), unless it counts something.
_VERSION = re.compile(
    r"(?:[\s-]+(?:v\.?|version\s+)?\d{1,2}(?:\.\d{1,2})?(?![\w%.]*\w)|[\s-]+(?:XL|XXL|Pro|Plus|Lite|Mini|Tiny|Turbo|Ultra|Next|Nano|II|III|IV)\b|"
    r"\+{1,2}(?!\w))(?=['’]s\b|\W*$|\s*[?.,;:!)]|\s+(?:is|are|was|does|do|did|has|have|had|can|could|will|and|or|vs\.?|versus|in|on|with|"
    r"use[ds]?|using|than|to|for|from|work|paper|model|method|system|about|compared|differ\w*|report\w*|achieve\w*|propose\w*|say)\b)"
)
_COUNTED = re.compile(r"\b(?:use[sd]?|has|have|with|needs?|top|of|for|to)\s+$", re.IGNORECASE)


def bare(text: str) -> str:
    """Without a possessive ending, or one that makes a kind of a name: "ShARC-like"."""
    return re.sub(r"['’]s?$|(?<=[A-Z\d])-(?:like|style|type|based)$|(?<=[A-Z][a-z])-(?:like|style)$", "", text)


def read_names(
    found: Sequence[Mention],
    ledger: Ledger,
    keyword: KeywordIndex,
    store: PaperStore,
    asks_list: bool = False,
    called_only: bool = False,
) -> None:
    """Exact names, the longest first, so that "Model Breadcrumbs" is not read as "Model". `asks_list`: the question
    asks for a list, where a generic name ("BERT") is a topic; `called_only`: so is any that no paper goes by ("LoRA")."""
    objects = asked_about(ledger.text)
    keys = list(dict.fromkeys(key for m in found for key in _keys(m)))
    called, introduced = keyword.by_called(keys), keyword.by_name(keys)
    for mention in found:
        if not ledger.free(mention.start, mention.end):
            continue
        key = next((k for k in _keys(mention) if k in called or k in introduced), "")
        if not key:
            continue
        own, any_paper = called.get(key, []), introduced.get(key, [])
        in_title = any(m.marked and m.start <= mention.start and m.end >= mention.end and m != mention for m in found)
        # Those that go by the name before those that have a name for one of their things, or one in their title.
        papers = own or any_paper
        if mention.key in GENERIC:
            if not own or asks_list or not (mention.marked or mention.start in objects):
                continue
        elif (called_only and not own) or not is_meant(mention, own, any_paper, keyword, store, in_title):
            continue
        newer = _VERSION.match(ledger.text, mention.end)
        if newer and not _COUNTED.search(ledger.text[: mention.start]):
            other = ledger.text[mention.start : newer.end()]
            papers = _of_version(other, papers, keyword, store)
            if not papers:
                if not _said(other, keyword, store):
                    ledger.miss(mention.start, newer.end(), True)
                continue
            mention = Mention(other, mention.key, mention.start, newer.end(), mention.marked, mention.certain)
        if "+" in mention.text and not any("+" in name for name in spelled(mention.key, store.get(papers).values())):
            if not _said(mention.text, keyword, store):
                ledger.miss(mention.start, mention.end, True)
            continue
        sure = 1.0 if mention.certain or mention.marked else 0.9
        ledger.read(mention.start, mention.end, papers, sure if own else 0.85 * sure, "name")


def _keys(mention: Mention) -> tuple[str, ...]:
    """The key, and without the ending of a plural."""
    key = mention.key
    plural = [key[:-1]] if key.endswith("s") and len(key) > 3 else []
    return (key, *plural, *([key[:-2]] if key.endswith("es") and len(key) > 4 else []))


def is_meant(
    mention: Mention,
    own: Sequence[str],
    introducing: Sequence[str],
    keyword: KeywordIndex,
    store: PaperStore,
    in_title: bool = False,
) -> bool:
    """Whether a stretch that equals a known name is meant as one: so written that it can be nothing else, or a word
    (or words) that the library uses for little else, or writes as a name. "instructions" is not the data set Natural
    Instructions, "painter" is Painter. `in_title`: it stands in a longer run of capitals."""
    words = mention.text.lower().split()
    if not mention.marked and all(word in STOP_WORDS for word in words):
        return False  # "to me" is not ToMe
    meanings = len(own or introducing)
    is_abbreviation = mention.marked and mention.text.isupper()
    if meanings > MOST_MEANINGS:
        return mention.marked and not in_title and _hardly_others(mention.text, own, keyword, store)
    if mention.certain or (mention.marked and not in_title and (own or not is_abbreviation)):
        return True
    users = keyword.papers_with_phrase(mention.text)
    if meanings >= (_ABBREVIATION_SHARE if is_abbreviation else _NAME_SHARE) * len(users):
        return True
    odd = own or any(looks_like_name(name) for name in spelled(mention.key, store.get(introducing).values()))
    return bool(odd) and not in_title and written_as_name(mention.text, users, store) >= _WRITTEN_AS_NAME


def _hardly_others(name: str, own: Sequence[str], keyword: KeywordIndex, store: PaperStore) -> bool:
    """Whether at least half of those who write the name so go by it: else it is a thing of the field ("LoRA")."""
    users = store.get(keyword.papers_with_phrase(name))
    writing = [paper.id for paper in users.values() if bare(name) in f"{paper.title} {paper.abstract}"]
    return 2 * len(set(writing) & set(own)) >= max(len(writing), 1) > 1


def written_as_name(words: str, users: Sequence[str], store: PaperStore) -> float:
    """Of the places in these papers' abstracts where the words stand, the share where they are written as a name is."""
    parts = re.findall(r"[^\W_]+", words)
    if not parts:
        return 0.0
    pattern = re.compile(r"(?<![^\W_])" + r"[\W_]{0,2}".join(map(re.escape, parts)) + r"(?![^\W_])", re.IGNORECASE)
    names = plain = 0
    for paper in store.get(users[:_MOST_READ]).values():
        for match in pattern.finditer(paper.abstract):
            text = match.group()
            if text == text.lower():
                plain += 1
            elif text[1:] != text[1:].lower() or not re.search(r"(?:^|[.?!:]\s+)$", paper.abstract[: match.start()]):
                names += 1
    return names / (names + plain) if names else 0.0


def spelled(key: str, papers: Iterable[Paper]) -> list[str]:
    """How these papers write their own name of this key."""
    return [
        name for p in papers for name in (*own_names(p.title, p.abstract), *p.title.split()) if name_key(name) == key
    ]


def _of_version(name: str, papers: Sequence[str], keyword: KeywordIndex, store: PaperStore) -> list[str]:
    """Those of `papers` that write the name with its version, too."""
    if "+" in name:
        return [p.id for p in store.get(papers).values() if name.casefold() in f"{p.title} {p.abstract}".casefold()]
    users = set(keyword.papers_with_phrase(name))
    return [paper for paper in papers if paper in users]


def _said(name: str, keyword: KeywordIndex, store: PaperStore) -> bool:
    """Whether some paper writes this very name."""
    users = keyword.papers_with_phrase(name)
    if "+" not in name:
        return bool(users) or bool(keyword.by_name([name_key(name)]))
    return any(name.casefold() in f"{p.title} {p.abstract}".casefold() for p in store.get(users).values())


def read_slips(found: Sequence[Mention], ledger: Ledger, keyword: KeywordIndex, store: PaperStore) -> None:
    """Names with a typing error: only in words that nobody in the library uses, and only where no exact name fits."""
    used: dict[str, bool] = {}
    for mention in found:
        key = name_key(mention.text)
        words = re.findall(r"[^\W_]+", bare(mention.text))
        if len(key) < SHORT or len(words) > 3 or not ledger.free(mention.start, mention.end) or "+" in mention.text:
            continue
        if any(word.lower() in STOP_WORDS for word in words) or not _has_stranger(mention.text, words, keyword, used):
            continue
        best, papers = _nearest(key, keyword, store)
        if not papers:
            continue
        if _VERSION.match(ledger.text, mention.end):
            continue
        ledger.read(mention.start, mention.end, papers, 0.8 if best == 1 else 0.65, "fuzzy name")


def _has_stranger(text: str, words: Sequence[str], keyword: KeywordIndex, used: dict[str, bool]) -> bool:
    """Whether nobody writes the words so, next to each other, and one of them not at all; `used` keeps what is known."""
    for word in words:
        if word not in used:
            used[word] = len(word) < 3 or bool(keyword.papers_with_phrase(word))
    return not all(used[word] for word in words) and not keyword.papers_with_phrase(bare(text))


def _nearest(key: str, keyword: KeywordIndex, store: PaperStore) -> tuple[int, list[str]]:
    """How many errors the nearest names are away, and the papers that go by them, else those that introduce them; none
    where these are other names, or things of the field."""
    candidates: dict[int, set[str]] = {}
    for typed in dict.fromkeys((key, key[:-1] if key.endswith("s") else key)):
        papers = list(store.get(keyword.names_near(typed, forgiven(len(typed)))[:_MOST_NEAR]).values())
        # Names of abstracts take longer to find than those of titles.
        names = {name for paper in papers for name in own_names(paper.title, "")}
        if not any(name_slip(typed, name) for name in names):
            names = {name for p in papers[:_MOST_READ] for name in own_names(p.title, p.abstract)}
        for name in names:
            slip = name_slip(typed, name)
            if slip and not any(part != typed and _is_word(part, keyword) for part in slip.parts):
                candidates.setdefault(slip.errors, set()).add(name_key(name))
    if not candidates:
        return 0, []
    best = min(candidates)
    keys = sorted(candidates[best])
    ids = {paper for found in (keyword.by_called(keys) or keyword.by_name(keys)).values() for paper in found}
    return (best, sorted(ids)) if len(ids) <= MOST_MEANINGS else (0, [])


def _is_word(part: str, keyword: KeywordIndex) -> bool:
    """Whether the library uses these letters as a word; in a large one any few letters stand somewhere."""
    needed = 1 if keyword.count() < _LARGE else 5
    return part in GENERIC or part in STOP_WORDS or len(part) >= 3 and len(keyword.papers_with_phrase(part)) >= needed
