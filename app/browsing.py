"""Looking through a library page by page, what there is to filter by, and papers in it that may be one."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from app.core.browsing import LibraryFacets, Look, MaybeOne, Shelf, page_of
from app.core.domain import Paper
from app.core.errors import InputError
from app.core.filters import Filters
from app.core.keys import title_key
from app.core.report import Told
from app.library import Library

# Papers by people whose names begin as typed are looked at, so many of them, for names to suggest.
_LOOKED_AT, _SUGGESTED = 200, 12
_READ_TOGETHER = 1000


def browse(library: Library, look: Look) -> Shelf:
    """The page of papers that this look asks for."""
    keyword, text = library.keyword, _typed(look.text)
    number = max(1, look.number)
    fitting, ids = keyword.browse(text, look.filters, look.sorting, (number - 1) * look.size, look.size)
    number, pages = page_of(fitting, number, look.size)
    if number != look.number:  # there are fewer pages by now
        fitting, ids = keyword.browse(text, look.filters, look.sorting, (number - 1) * look.size, look.size)
    shown = tuple(library.store.get(ids).values())
    return Shelf(shown, number, pages, fitting, keyword.count())


def ids_that_fit(library: Library, look: Look) -> list[str]:
    """The ids on all pages of this look."""
    everything = library.keyword.count()
    return library.keyword.browse(_typed(look.text), look.filters, look.sorting, 0, everything)[1]


def papers_of(library: Library, ids: list[str]) -> Iterator[Paper]:
    """These papers in this order, read a few at a time; those that are gone are left out."""
    rest = iter(ids)
    while part := list(islice(rest, _READ_TOGETHER)):
        yield from library.store.get(part).values()


def _typed(text: str) -> str:
    """What was typed; the address of a paper on arXiv or at the DOI resolver is its id."""
    from ingest.identify import arxiv_id, doi_in_link

    word = text.strip()
    if " " in word:
        return text
    return arxiv_id(word) or doi_in_link(word) or text


def facets(library: Library) -> LibraryFacets:
    """The years and categories of the library's papers, and how many papers have a warning."""
    store = library.store
    return LibraryFacets(
        tuple(store.tally("year").items()),
        tuple(store.tally("category").items()),
        store.count_fitting(Filters(flagged=True)),
    )


def authors_like(library: Library, typed: str) -> list[str]:
    """Names of authors that hold every word typed (each may be the beginning of one), those of most papers first."""
    words = [key for word in typed.split() if (key := title_key(word))]
    if not words:
        return []
    ids = library.keyword.browse(typed.rstrip(), Filters(), "best", 0, _LOOKED_AT)[1]
    names: dict[str, int] = {}
    for paper in library.store.get(ids).values():
        for author in paper.authors:
            parts = [title_key(part) for part in author.replace(",", " ").split()]
            if all(any(part.startswith(word) for part in parts) for word in words):
                names[author] = names.get(author, 0) + 1
    return sorted(names, key=lambda name: (-names[name], name))[:_SUGGESTED]


def duplicates(library: Library) -> Iterator[MaybeOne]:
    """Papers that may be one, two at a time, as they are found: one pass over the library."""
    from ingest.duplicates import near_duplicates

    for near in near_duplicates(library.store):
        papers = library.store.get([near.paper_id, near.other_id])
        if len(papers) == 2:
            yield MaybeOne(papers[near.paper_id], papers[near.other_id], near.why)


def merge(library: Library, one: str, other: str) -> Paper:
    """Make one paper of two: the newer text, and of both what either has. Its vectors are made where vectors are made;
    those of the id that is given up go then. Raises InputError if one of them is not there."""
    from ingest.merge import merged
    from ingest.pipeline import catch_up

    keyword = library.keyword
    with library.ingesting():
        papers = library.store.get([one, other])
        if len(papers) < 2:
            raise InputError("One of these papers is not in the library any more.", "Look for duplicates again.")
        whole = merged(papers[one], papers[other], new_wins=False)
        gone = [paper_id for paper_id in papers if paper_id != whole.id]
        library.store.write([whole], gone, Told(moved=dict.fromkeys(gone, whole.id)))
        catch_up(library.store, keyword)
    return whole
