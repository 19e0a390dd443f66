"""Which papers does a question name, and which names does it use that the library does not hold?

Names come as systems ("OVOR's", "reprog bert"), titles, author and year ("Lee 2023"), arXiv ids and DOIs, or markers
of this conversation ("[2]"). A name that nobody in the library uses is reported: that is how a question about a
paper that is not there ends in an honest no.

What leaves no doubt is read first and takes its stretch of the question; what allows for typing errors gets only what
is left, so that an error never hides an exact name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from app.chat.compare.split import listed
from app.chat.resolve.authors import miss_authors, read_authors
from app.chat.resolve.beside import read_titled_beside
from app.chat.resolve.handles import read_ids, read_markers
from app.chat.resolve.readings import MOST_MEANINGS, How, Ledger, Named, Reading, Span
from app.chat.resolve.sides import COMPARES, read_described_sides, read_used_by_one
from app.chat.resolve.strangers import miss_papers_of, miss_titles, miss_words
from app.chat.resolve.systems import read_names, read_slips
from app.chat.resolve.titles import read_marked_titles, read_titles, title_fits
from app.chat.resolve.versions import miss_versions
from app.core.names import mentions
from app.core.ports import KeywordIndex, PaperStore

__all__ = ["COMPARES", "MOST_MEANINGS", "How", "Named", "Reading", "Span", "resolve"]

_LISTS = re.compile(
    r"\b(?:which|what|list|find|show|how many|any|all)\b.{0,20}\b(?:papers|works|methods|models|studies|articles)\b",
    re.I,
)

# "Which abstracts mention GPT-3 or GPT-4o?" is on whoever uses such a name, be it one paper or several.
_ASKS_OF_PAPERS = re.compile(
    r"^\W*(?:in\s+)?(?:which|what|list|find|show|name|how\s+many|are\s+there(?:\s+any)?|any|all)\s+(?:(?:me|all|of|the|these|those|other|any)\s+)*(?:papers|works|studies|articles|abstracts|publications)\b|"
    r"^\W*(?:all\s+)?(?:papers|works|studies|articles)\s+(?:on|about|that|which|with|using|where|from|for)\b|"
    r"^\W*who\s+(?:else\s+)?(?:us|evaluat|test|train|work|experiment|compar|mention)(?:e[sd]?|s|ed)\b",
    re.I,
)


def resolve(text: str, keyword: KeywordIndex, store: PaperStore, markers: Mapping[int, str] | None = None) -> Named:
    """Resolve the names in `text`; `markers` maps this conversation's markers to paper ids."""
    ledger = Ledger(text)
    read_markers(ledger, markers or {})
    read_ids(ledger, store)
    found = mentions(text)
    fits = title_fits(text, keyword, store)
    read_titles(fits, ledger, keyword, whole=True)
    unknown_authors = read_authors(ledger, keyword, store)
    read_marked_titles(found, ledger, keyword, least=4, certain=True)
    of_papers = _ASKS_OF_PAPERS.match(text) is not None
    read_names(found, ledger, keyword, store, _LISTS.search(text) is not None, called_only=of_papers)
    read_titles(fits, ledger, keyword, whole=False)
    read_marked_titles(found, ledger, keyword, least=3, certain=False)
    read_slips(found, ledger, keyword, store)
    miss_versions(ledger, store)
    read_titled_beside(ledger, keyword)
    miss_papers_of(found, ledger, keyword)
    miss_authors(ledger, unknown_authors, keyword)
    miss_titles(found, ledger, keyword)
    miss_words(found, ledger, keyword, store)
    comparing = COMPARES.search(text) is not None
    beside = [m for m in found if any(listed(text, [(m.start, m.end), (s, e)]) for s, e, _ in ledger.found)]
    if of_papers:
        return ledger.named()
    read_used_by_one(beside, ledger, keyword, every_marked=True)
    if comparing or not (ledger.found or any(sure for _, _, sure in ledger.missing)):
        read_used_by_one(found, ledger, keyword, every_marked=comparing)
    if comparing:
        read_described_sides(ledger, keyword, store)
    return ledger.named()
