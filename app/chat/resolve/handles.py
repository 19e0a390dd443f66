"""Handles that say exactly which paper: markers of the conversation, arXiv ids, DOIs, ids of the library."""

from __future__ import annotations

import re
from collections.abc import Mapping

from app.chat.resolve.readings import Ledger
from app.core.ports import PaperStore

_MARKERS = re.compile(r"[\[【]\s*(\d{1,3}(?:\s*(?:[,;–-]|and|to)\s*\d{1,3})*)\s*[\]】]")
# "paper 2", "papers 1 and 3": only in a conversation that has markers, as it may be anything elsewhere.
_BY_NUMBER = re.compile(
    r"\b(?:papers?|references?|refs?\.?|source)\s*(?:number\s+|nos?\.?\s*)?#?\s*(\d{1,3}(?:\s*(?:,|and|or|&|to|–|-)\s*#?\d{1,3})*)(?![\w.%]*\w)",
    re.IGNORECASE,
)
_ARXIV = re.compile(
    r"(?:https?://)?(?:(?:www\.|export\.)?arxiv\.org/(?:abs|pdf|html)/|huggingface\.co/papers/|alphaxiv\.org/abs/)?(?:\barxiv\s*:\s*)?"
    r"(?<![\d.])(?P<id>\d{4}\.\d{4,5})(?:v\d+)?(?:\.pdf)?(?![\d.]*\d)",
    re.IGNORECASE,
)
_OLD_ARXIV = re.compile(
    r"(?P<sure>(?:https?://)?(?:www\.|export\.)?arxiv\.org/(?:abs|pdf|html)/|\barxiv\s*:\s*)?(?<![\w.-])(?P<id>[a-z-]{2,9}(?:\.[a-z]{2})?/\d{7})"
    r"(?:v\d+)?(?!\d)",
    re.IGNORECASE,
)
_DOI = re.compile(
    r"(?:https?://(?:dx\.|www\.)?doi\.org/|\bdoi\s*:\s*)?\b(?P<id>10\.\d{4,9}/[^\s\"<>?“”]+)", re.IGNORECASE
)
_ARXIV_DOI = re.compile(r"^10\.48550/arxiv\.(.+?)(?:v\d+)?$", re.IGNORECASE)
_TITLE_HASH = re.compile(r"\btitle:[0-9a-f]{16,20}\b")
_MOST_MARKERS = 30


def read_markers(ledger: Ledger, markers: Mapping[int, str]) -> None:
    """ "[2]", "[1, 3]", "[1-3]", and where the conversation has markers "paper 2"."""
    for pattern in (_MARKERS, _BY_NUMBER) if markers else (_MARKERS,):
        for match in pattern.finditer(ledger.text):
            if not ledger.free(*match.span()):
                continue
            for number in _numbers(match.group(1)):
                paper = markers.get(number)
                if paper:
                    ledger.read(*match.span(), (paper,), 1.0, "marker")
                else:
                    alone = match.group(1).strip().isdigit()
                    ledger.miss(*match.span(), True, match.group() if alone else f"[{number}]")


def _numbers(text: str) -> list[int]:
    found: list[int] = []
    for first, joint, last in re.findall(r"(\d+)(?:\s*(–|-|to)\s*#?(\d+))?", text):
        end = int(last) if joint else int(first)
        found += range(int(first), min(end, int(first) + _MOST_MARKERS) + 1)
    return list(dict.fromkeys(found))


def read_ids(ledger: Ledger, store: PaperStore) -> None:
    """arXiv ids, alone, with prefix, version or as an address; DOIs likewise; the library's own ids."""
    text = ledger.text
    for match in _DOI.finditer(text):
        typed = _trimmed(match.group("id"))
        start, end = match.start(), match.start("id") + len(typed)
        arxiv = _ARXIV_DOI.match(typed)
        doi = arxiv.group(1) if arxiv else typed.lower()
        papers = tuple(store.get([doi])) or tuple(store.ids_by_doi([typed.lower()]).get(typed.lower(), ()))
        _take(ledger, start, end, papers)
    for match in _ARXIV.finditer(text):
        _take(ledger, *match.span(), tuple(store.get([match.group("id")])))
    for match in _OLD_ARXIV.finditer(text):
        known = tuple(store.get([re.sub(r"\.[a-z]{2}(?=/)", "", match.group("id").lower())]))
        if known or match.group("sure"):
            _take(ledger, *match.span(), known)
    for match in _TITLE_HASH.finditer(text):
        _take(ledger, *match.span(), tuple(store.get([match.group()])))


def _trimmed(doi: str) -> str:
    """Without what closes the sentence; a bracket belongs to the DOI if it was opened in it."""
    doi = re.sub(r"['’]s$", "", doi)
    while doi and (doi[-1] in ".,;:!'’\"]}" or (doi[-1] == ")" and doi.count(")") > doi.count("("))):
        doi = doi[:-1]
    return doi


def _take(ledger: Ledger, start: int, end: int, papers: tuple[str, ...]) -> None:
    if not ledger.free(start, end):
        return
    if papers:
        ledger.read(start, end, papers, 1.0, "id")
    else:
        ledger.miss(start, end, True)
