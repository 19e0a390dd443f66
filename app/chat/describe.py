"""Papers told by a definite description: "the retriever paper", "the survey on text generation", "the paper that adds fake
outliers". Where one paper fits clearly it is meant; where several fit about equally, the person has to say which."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.adapters.keyword import STOP_WORDS
from app.chat.condense.pointing import PROPERTIES
from app.chat.kinds import BARE_KINDS, CALLS_ITSELF, KINDS, papers_of_kind
from app.chat.relevance import coverage, rarity
from app.chat.resolve import COMPARES, Named
from app.chat.search import Search
from app.chat.subject import papers_on
from app.core.domain import RankedPaper
from app.core.filters import EVERY_PAPER, Filters
from app.core.ports import KeywordIndex

# A noun that can only mean one paper, and one that may be a word like any other ("the diffusion model").
_PAPER = r"paper|study|survey|article|review|preprint|publication|competition"
_THING = r"method|model|system|approach|framework|data\s*set|benchmark|algorithm|technique|corpus|work|one"
_ENDS = (
    r"(?:propos|report|say|said|us|achiev|find|found|show|claim|work|evaluat|test|get|need|releas|introduc|perform|compar|present|suggest|argue|conclud|do|does|did|have|has|is|are|was|train|"
    r"measur|publish|contain|cover|provid|rely|recommend|address|solv|handl|improv|gain|give|mean|about)(?:e|es|s|ed|ing)?\b"
)
_BEFORE = re.compile(
    rf"\b(?:the|that|this)\s+(?P<words>(?:(?!(?:and|or|of|in|on|for|to|with|from|by|is|are|does|do)(?![\w-]))[\w'’+.-]+\s+){{1,6}}?)(?:(?P<sure>{_PAPER})|(?P<thing>{_THING}))\b(?P<own>['’]s)?(?!\s+(?:{_THING}|{_PAPER})\b)",
    re.IGNORECASE,
)
_AFTER = re.compile(
    rf"\b(?:the|that)\s+(?:(?P<sure>{_PAPER})|(?P<thing>{_THING}))\s+(?:on|about|that|which|who|for|using|with|where|of|in\s+which|regarding|concerning|dealing\s+with|called)\s+"
    rf"(?P<words>.{{3,120}}?)(?P<own>(?!))?(?=\s+{_ENDS}\W*$|\s*[?.!,;:]|\s*$)",
    re.IGNORECASE,
)
# "Music paper: what data?", "the review one, what does it cover?".
_LEADS = re.compile(
    rf"^\W*(?:(?:ok|so|hi|and|about|regarding|re)[\s,:]+)*(?:the\s+|that\s+)?(?P<words>(?:(?!(?:and|or|of|in|on|for|to|with|from|by|is|are|does|do|which|what|any|this|every|my|a|an)(?![\w-]))[\w'’+.-]+\s+){{1,5}}?)"
    rf"(?:(?P<sure>{_PAPER})|(?P<thing>{_THING}))(?P<own>(?!))?\s*(?:[:,.;–—]|\s-)\s+(?=\w)",
    re.IGNORECASE,
)
_BARE = re.compile(
    rf"\b(?:the|that)\s+(?P<kind>{'|'.join(BARE_KINDS)})\b(?P<own>['’]s)?(?=\s*[?.!,;]|\s*$|\s+(?:paper|article)\b|['’]s|\s+{_ENDS})",
    re.IGNORECASE,
)
# "the unified retriever", "the prefilling phase": what a question is about, which may be the subject of several papers.
_PHRASE = re.compile(
    r"\bthe\s+(?P<words>(?:(?!(?:and|or|of|in|on|for|to|with|from|by|is|are|was|were|does|do|did|the|that|which)(?![\w-]))[\w'’+.-]+\s+){1,3}?"
    r"(?!(?:and|or|of|in|on|for|to|with|from|by|is|are|was|were|does|do|did)(?![\w-]))[\w-]+)(?=\s*[?.!,;:]|\s*$|\s+(?:is|are|was|were|do|does|did|has|have|get|gets|use|uses|used|reach|reaches|achieve|need|needs|start|take|improve|compare|report|cover|test|tested|trained|work|works|beat|run|give|show|handle|come|meant|called|on|in|for|over|with|from|by|against)\b)",
    re.IGNORECASE,
)
_ONLY_THINGS = re.compile(rf"(?:{_THING}|{_PAPER})(?:\s+(?:{_THING}|{_PAPER}))*", re.IGNORECASE)
# Of such words nobody can tell a paper.
_TELLS_NOTHING = re.compile(
    r"\b(?:first|second|third|fourth|fifth|last|next|previous|other|same|best|worst|newest|latest|oldest|recent|whole|entire|main|original|current|proposed|new|above|following|given|"
    r"full|actual|only|very|most|named|these|those|two|three|four|both|all|each|every|this|that|our|your|my|their|its|different|research|academic|scientific|abstract|baseline|existing|state|20\d\d)\b",
    re.IGNORECASE,
)
_ASKS_LITTLE = frozenset(
    "propose proposes proposed say says said do does use uses used show shows find finds found claim claims about tell give summarize summarise explain describe work works exactly "
    "argue argues argued state states stated discuss discusses cover covers covered go goes through topics topic test tests study studies suggest suggests recommend recommends conclude concludes "
    "introduce introduces present presents contribute please briefly know want conclude mean get idea point goal".split()
)
# Score: cosine, and shares of the words' rarity in the whole paper and in its title.
_TEXT, _TITLE, _KIND, _ASKED = 0.35, 0.25, 0.2, 0.3
# More where the title has the very words: "retriever" is not quite "retrieval".
_VERY_WORDS = 0.05
# Below this none is told. About equal is what is so much less than the best; less where the best has it all in its title,
# and less still where the other has not.
_TOLD, _EQUAL, _EQUAL_IN_TITLES, _ONLY_IN_TITLE, _ALL_IN_TITLE = 0.5, 0.21, 0.18, 0.15, 0.9
# So many words that say something tell one paper.
_MUCH = 9
_LOOKED_AT, _LOOKED_AT_FOR_SUBJECT, MOST_CHOICES = 15, 30, 6
# What is above this, and not so far behind the best, may be meant as well, and is named beside the answer.
_PERHAPS, _FAR_BEHIND, _MOST_OTHERS = 0.45, 0.6, 4
# What so many call so is no paper's own: "the language model".
_MOST_SAY, _MOST_ABOUT = 5, 6
_FEW_WORDS = 2
# A longer description tells one paper.
_LONG = 6


@dataclass(frozen=True, slots=True)
class Described:
    """A description in a question, `text[start:end]`, and the papers it fits about equally, best first; none where the
    words of the question beside it may say more. `own`: it ends as a genitive. `others` fit less well than the one paper,
    but may be meant."""

    text: str
    start: int
    end: int
    papers: tuple[str, ...]
    own: bool = False
    others: tuple[str, ...] = ()

    def with_names(self, names: str) -> str:
        """The question with names in place of the description."""
        return f"{self.text[: self.start]}{names}{chr(39) + 's' if self.own else ''}{self.text[self.end :]}"


def described(text: str, named: Named, search: Search, filters: Filters = EVERY_PAPER) -> Described | None:
    """The description of a paper in a question that names none, with the papers it fits; None where there is none, or
    none fits. A description by a word like "method" tells papers only in a question that asks nothing else; in another it has
    `others` alone."""
    if named.papers or named.missing or named.several or COMPARES.search(text):
        return None
    match = next((m for pattern in (_LEADS, _AFTER, _BEFORE) if (m := pattern.search(text))), None)
    if match is None and (bare := _BARE.search(text)):
        found = _of_a_kind(text, bare, bare["kind"].lower(), search, filters)
        asks_more = _asked_besides(f"{text[: bare.start()]} {text[bare.end() :]}")
        return _perhaps(found) if found and asks_more and len(found.papers) > 1 else None if asks_more else found
    if match is None:
        return _of_phrase(text, search, filters)
    if _TELLS_NOTHING.search(match["words"] if match.re is not _AFTER else match["words"][:12]):
        return None
    words = match["words"].strip()
    outside = _asked_besides(f"{text[: match.start()]} {text[match.end() :]}")
    if len(outside) <= _FEW_WORDS and match.re is not _AFTER and words.lower() in KINDS:
        return _of_a_kind(text, match, words.lower(), search, filters)
    if match["thing"] and _ONLY_THINGS.fullmatch(words):  # "the method works"
        return None
    noun = (match["sure"] or match["thing"]).lower()
    if not search.keyword.terms(words):
        return None
    if match["thing"] and outside and len(search.keyword.papers_with_phrase(f"{words} {noun}")) > _MOST_SAY:
        return None
    ranked = search.search(words, _LOOKED_AT, (), filters)
    scored = sorted(((_score(item, words, noun, outside, search), item) for item in ranked), key=lambda p: -p[0][0])
    if not scored:
        return None
    if scored[0][0][0] < _TOLD and match["thing"] and outside:
        return _of_phrase(text, search, filters)
    if scored[0][0][0] < _TOLD:
        fits = _about(words, search, filters) if match["sure"] else []
        return Described(text, match.start(), _end(match), tuple(fits[:MOST_CHOICES])) if fits else None
    (best, in_title), first = scored[0]
    papers = [item.paper.id for (score, own), item in scored if score >= _TOLD and score > best - _equal(in_title, own)]
    others: list[str] = []
    if len(papers) == 1 or match["thing"]:
        low = max(_PERHAPS, best - _FAR_BEHIND)
        about = [paper for paper in _about(words, search, filters) if paper not in papers]
        others = [*about, *(i.paper.id for (score, _), i in scored[1:] if score >= low and i.paper.id not in about)]
    if match["thing"] and outside:
        first_of_all = papers or [first.paper.id]
        papers, others = [], [*first_of_all, *(each for each in others if each not in first_of_all)]
        others = others if len(others) > 1 else []
    own = bool(match["own"])
    return Described(text, match.start(), _end(match), tuple(papers[:MOST_CHOICES]), own, tuple(others[:_MOST_OTHERS]))


def surest(found: Described, search: Search, filters: Filters = EVERY_PAPER) -> Described:
    """Of several papers that a long description fits about equally the one that the whole question is nearest to, with the
    others beside it: who says so much has one in mind. Unchanged where little is said."""
    if len(found.papers) < 2 or not tells_one(found.text):
        return found
    ranked = [item.paper.id for item in search.search(found.text, _LOOKED_AT_FOR_SUBJECT, (), filters)]
    order = sorted(found.papers, key=lambda paper: ranked.index(paper) if paper in ranked else len(ranked))
    return replace(
        found, papers=tuple(order[:1]), others=tuple(dict.fromkeys([*order[1:], *found.others]))[:_MOST_OTHERS]
    )


def tells_one(text: str) -> bool:
    """Whether so much is said of a paper that one is meant."""
    return len([word for word in re.findall(r"\w+", text.lower()) if word not in STOP_WORDS | _ASKS_LITTLE]) >= _MUCH


def _end(match: re.Match[str]) -> int:
    """Where the description ends: what parts it from the question is not of it."""
    return max(match.end("sure"), match.end("thing")) if match.re is _LEADS else match.end()


def _perhaps(found: Described) -> Described:
    """None of them told, but each may be meant."""
    return replace(found, papers=(), others=found.papers[:_MOST_OTHERS])


def _of_phrase(text: str, search: Search, filters: Filters) -> Described | None:
    """The papers on what a question is about, where there are several, but not so many that it is nobody's own."""
    for match in _PHRASE.finditer(text):
        words = match["words"].strip()
        if _TELLS_NOTHING.search(words) or not search.keyword.terms(words):
            continue
        if len(search.keyword.papers_with_phrase(words)) > _MOST_SAY:
            continue
        about = _about(words, search, filters)
        if 1 < len(about) <= _MOST_ABOUT:
            return Described(text, match.start(), match.end(), (), False, tuple(about[:_MOST_OTHERS]))
    return None


def _about(words: str, search: Search, filters: Filters) -> list[str]:
    """The papers (ids) that a short description's subject is said of, the surest first; a long one tells one paper."""
    if len(words.split()) > _LONG:
        return []
    return papers_on(words, [item.paper for item in search.search(words, _LOOKED_AT_FOR_SUBJECT, (), filters)], search)


def _equal(best_in_title: float, in_title: float) -> float:
    if best_in_title < _ALL_IN_TITLE:
        return _EQUAL
    return _EQUAL_IN_TITLES if in_title >= _ALL_IN_TITLE else _ONLY_IN_TITLE


def _of_a_kind(text: str, match: re.Match[str], noun: str, search: Search, filters: Filters) -> Described | None:
    """ "What does the survey say?": the papers of this kind."""
    ids = papers_of_kind(noun, search, filters)
    return Described(text, match.start(), _end(match), tuple(ids[:MOST_CHOICES]), bool(match["own"])) if ids else None


def _asked_besides(text: str) -> list[str]:
    """The words of the question beside the description that tell one paper from another."""
    words = re.findall(r"\w(?:[\w-]*\w)", text.lower())
    return [w for w in words if w not in PROPERTIES and w not in STOP_WORDS and w not in _ASKS_LITTLE]


def _score(item: RankedPaper, words: str, noun: str, outside: Sequence[str], search: Search) -> tuple[float, float]:
    """How well the paper fits, and how much of the words its title has."""
    keyword, paper = search.keyword, item.paper
    whole = f"{paper.title} {paper.abstract}"
    text, in_title = keyword.terms(whole), _covered(words, paper.title, keyword)
    score = (item.cosine or 0.0) + _TEXT * _covered(words, whole, keyword) + _TITLE * in_title
    score += _VERY_WORDS * bool(re.search(rf"\b{re.escape(words)}\b", paper.title, re.IGNORECASE))
    score += _KIND * bool(set(keyword.terms(CALLS_ITSELF.get(" ".join(noun.split()), ""))) & set(text))
    if outside:
        score += _ASKED * coverage(rarity(keyword.terms(" ".join(outside)), keyword), text)
    return score, in_title


def _covered(words: str, text: str, keyword: KeywordIndex) -> float:
    """How much of the words the text has, whether it writes "fine-tuning" or "finetuning"."""
    have = keyword.terms(f"{text} {_joined(text)}")
    return max(coverage(rarity(keyword.terms(spelled), keyword), have) for spelled in (words, _joined(words)))


def _joined(text: str) -> str:
    return re.sub(r"(?<=[^\W\d_])-(?=[^\W\d_])", "", text)
