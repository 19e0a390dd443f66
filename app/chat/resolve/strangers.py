"""Names that the library does not hold. A false "not here" is as bad as a made-up answer, so a plural, another
spelling, an abbreviation of words the library has, or a typing error of one of them is no stranger."""

from __future__ import annotations

import re
from collections.abc import Sequence

from app.adapters.keyword import STOP_WORDS
from app.chat.resolve.authors import MONTHS
from app.chat.resolve.objects import asked_about, named_objects
from app.chat.resolve.readings import Ledger
from app.chat.resolve.systems import bare, written_as_name
from app.core.names import GENERIC, Mention, looks_like_name, name_key
from app.core.ports import KeywordIndex, PaperStore
from app.core.typos import SHORT, edits, forgiven, word_errors

_JOINS = re.compile(r"\s+(?:and|or|vs\.?|versus|with|against|than|to|from)\s+")
# Words of talk that are the object of such questions and never a name.
_TALK = frozenset(
    """again anything briefly detail details difference everything exactly further goal idea meaning more nothing purpose
    question reason simply something step steps that thing things this topic yourself yours mine word wording point answer
    conclusion context example examples summary abstract latest newest previous next last first second third other same
    following original current recent new old best main key whole entire seminal published survey review news weather
    opinion position perspective viewpoint vision theory dataset benchmark book competition""".split()
)
# Endings of ordinary words made from others; what they end is rarely a name, so that is not certain.
_ORDINARY = re.compile(
    r"(?:[^n]tion|ctions?|[^n]tions|sions?|ments?|ness|ity|ities|isms?|ists?|ology|ologies|graphy|ings?|ed|ly|ously|able|ible|ical|"
    r"ous|ful|less|ship|hood|ance|ence|ances|ences|ization|isation|ify|ize|ise|cy|cies|ts?hips|itis|emia|osis)$"
)
# "Figure 3" is part of a paper.
_PARTS = frozenset(
    "figure fig figures table tables section sections equation equations appendix algorithm theorem lemma".split()
)
_MOST_READ = 12
_ENDINGS = (
    "",
    "s",
    "es",
    "ed",
    "d",
    "ing",
    "er",
    "ers",
    "or",
    "ors",
    "ion",
    "ation",
    "able",
    "ness",
    "ly",
    "al",
    "ic",
    "ity",
    "ive",
    "less",
)


# "questions like 'am I allowed to ...'": quoted words that are no name.
_MUCH = 4
_PLAIN_WORDS = re.compile(r"\W*(?:[a-z]|I\b)[a-z'’]*(?:\W+(?:I\b|[a-z][a-z'’]*))+\W*")
_PAPER_OF = re.compile(r"['’]?s?\s+(?:(?:original|seminal)\s+)?(?:paper|article|preprint|authors)\b", re.IGNORECASE)

# "What do the authors of Toolformer say?"
_OF_PAPER = re.compile(r"\b(?:authors?|creators|inventors|developers|makers|paper|people|team|researchers) (?:of|behind) (?:the )?$", re.IGNORECASE)  # fmt: skip


def miss_papers_of(found: Sequence[Mention], ledger: Ledger, keyword: KeywordIndex) -> None:
    """ "The BERT paper", where papers of the library use that name and none of them goes by it or has it in its title."""
    for mention in found:
        of_them = _OF_PAPER.search(ledger.text[: mention.start])
        told = " " not in mention.text and (
            (looks_like_name(mention.text) and (of_them or _PAPER_OF.match(ledger.text, mention.end)))
            or (of_them and mention.marked and not keyword.papers_with_phrase(bare(mention.text)))
        )
        if not told or not ledger.free(mention.start, mention.end) or _spelled_out(mention.text, keyword):
            continue
        if not keyword.titles_with_phrase(bare(mention.text)):
            ledger.miss(mention.start, mention.end, True)


def miss_titles(found: Sequence[Mention], ledger: Ledger, keyword: KeywordIndex) -> None:
    """Runs of capitals and quoted words that stand nowhere in the library."""
    for mention in found:
        if not mention.marked or " " not in mention.text.strip() or not ledger.free(mention.start, mention.end):
            continue
        if keyword.papers_with_phrase(mention.text) or _JOINS.search(mention.text):
            continue
        if _has_author(mention.text, keyword):
            ledger.close(mention.start, mention.end)
        else:
            ledger.miss(
                mention.start, mention.end, mention.certain and not _says_so(mention, ledger.text), mention.text
            )


def _says_so(mention: Mention, text: str) -> bool:
    """Whether quoted words are no title but what somebody says, in a question with much beside them: "how many questions like
    'am I allowed to swim' did they collect?"."""
    beside = re.findall(r"\w{3,}", f"{text[: mention.start]} {text[mention.end :]}")
    if _PAPER_OF.match(text, mention.end) or not _PLAIN_WORDS.fullmatch(mention.text):
        return False
    return len([word for word in beside if word.lower() not in STOP_WORDS]) >= _MUCH


def miss_words(found: Sequence[Mention], ledger: Ledger, keyword: KeywordIndex, store: PaperStore) -> None:
    """Single words: those written as names, and of the others what the question is about."""
    objects = asked_about(ledger.text)
    by_name = {} if ledger.found else named_objects(ledger.text)
    for mention in found:
        single = " " not in mention.text.strip()
        if not mention.marked or not single or not ledger.free(mention.start, mention.end):
            continue
        word, is_object = bare(mention.text), mention.start in objects
        if is_stranger(word, keyword, store, is_object):
            certain = mention.certain or is_object or mention.start in by_name
            ledger.miss(mention.start, mention.end, certain, word)
        else:
            ledger.close(mention.start, mention.end)
    if ledger.found:  # then the question is about that: "what does X say about data?"
        return
    for start, end in objects.items():
        word = bare(ledger.text[start:end])
        if not ledger.free(start, end) or word.lower() in STOP_WORDS | _TALK or len(name_key(word)) < 4:
            continue
        if word[:1].isdigit() or not is_stranger(word, keyword, store):
            continue
        ledger.miss(start, end, not _ORDINARY.search(word.lower()), word)


def is_stranger(word: str, keyword: KeywordIndex, store: PaperStore, is_object: bool = False) -> bool:
    """Whether nobody in the library uses the word, in whatever form, or is called so. Two capitals ("UI", "MB") are
    an abbreviation rather than a name, and so are the generic ones unless the question is about them."""
    key = name_key(word)
    generic = word.casefold() in GENERIC or word.rstrip("s").casefold() in GENERIC
    if key in MONTHS or key in _PARTS or (generic and not is_object) or len(key) < (2 if re.search(r"\d", key) else 3):
        return False
    # "tokenisers", "colour" where the library has "tokenizers", "color".
    american = re.sub(r"our(?=s?$|e|i)", "or", re.sub(r"(?<=[a-z])is(?=e|a|i)", "iz", key))
    forms = {word, key, american, *(form.rstrip("s") for form in (word, key, american))}
    if any(keyword.papers_with_phrase(form) or _has_author(form, keyword) for form in forms if form):
        return False
    if keyword.by_called([key, key.rstrip("s")]) or keyword.by_name([key, key.rstrip("s")]):
        return False
    if word.islower() and (_inflected(key, keyword) or _inflected(american, keyword)):
        return False
    return not (_in_two_words(key, keyword) or _spelled_out(word, keyword) or _mistyped(key, keyword, store))


def _has_author(text: str, keyword: KeywordIndex) -> bool:
    return bool(keyword.by_author(text.split()[-1], None))


def _inflected(word: str, keyword: KeywordIndex) -> bool:
    """ "promptable" where the library writes of prompts."""
    for ending in _ENDINGS[1:]:
        stem = word.removesuffix(ending)
        if stem != word and len(stem) >= 4 and any(keyword.papers_with_phrase(form) for form in (stem, f"{stem}e")):
            return True
    return False


def _in_two_words(key: str, keyword: KeywordIndex) -> bool:
    """ "finetuning" where the library writes "fine-tuning"."""
    if not key.isalpha():
        return False
    return any(
        keyword.papers_with_phrase(f"{key[:cut]} {key[cut:]}")
        for cut in range(2, len(key) - 2)
        if keyword.papers_with_phrase(key[cut:]) and keyword.papers_with_phrase(key[:cut])
    )


def _spelled_out(word: str, keyword: KeywordIndex) -> bool:
    """ "RAG" where the library writes "retrieval-augmented generation"."""
    letters = word[:-1] if word.endswith("s") and word[:-1].isupper() else word
    return letters.isupper() and keyword.spells_out(letters)


def _mistyped(key: str, keyword: KeywordIndex, store: PaperStore) -> bool:
    """Whether it is a typing error of a word the library has. Of a name only a slip of the finger counts: "Mixtral" is not
    "Mistral" mistyped."""
    if len(key) < SHORT:
        return False
    seen: dict[str, list[str]] = {}
    for paper in store.get(keyword.words_near(key, forgiven(len(key)))[:_MOST_READ]).values():
        for word in set(re.findall(r"[^\W\d_]{5,}", f"{paper.title} {paper.abstract}")):
            if word_errors(key, word):
                seen.setdefault(word.casefold(), []).append(paper.id)
    for word, users in seen.items():
        if not written_as_name(word, users, store):
            return True
        if all(edit.kind == "swapped" or _same_letters(key, word) for edit in edits(key, word) or ()):
            return True
    return False


def _same_letters(key: str, word: str) -> bool:
    """Whether only doubled letters differ, or one is left out."""
    return len(key) < len(word) or re.sub(r"(.)\1+", r"\1", key) == re.sub(r"(.)\1+", r"\1", word)
