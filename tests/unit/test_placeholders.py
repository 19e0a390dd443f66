"""What stands in the place of an abstract counts as none, in every source; a real abstract that begins so is one."""

from __future__ import annotations

import io
import json
import time

import pytest

from app.core.domain import BadRecord
from ingest.placeholders import is_placeholder
from ingest.record import RecordError, make_paper
from ingest.sources import bibtex, jsonl, nbib, ris

NOTHING = [
    "[No abstract available]",
    "No abstract available.",
    "No Abstract",
    "(no abstract)",
    "NO ABSTRACT PROVIDED",
    "No abstract is available for this article.",
    "No abstract was supplied by the authors.",
    "No summary available",
    "There is no abstract for this paper.",
    "N/A",
    "n.a.",
    "NA",
    "#N/A",
    "null",
    "NULL",
    "nan",
    "NaN",
    "None",
    "<none>",
    "undefined",
    "-",
    "—",
    "...",
    "…",
    "?",
    "Abstract not available",
    "[Abstract not available]",
    "Abstract: N/A",
    "Abstract: not available.",
    "An abstract is not available.",
    "Abstract is not available for this publication",
    "The abstract has not been provided.",
    "Abstract unavailable",
    "Missing abstract",
    "This article has no abstract",
    "This article has no abstract.",
    "This paper does not have an abstract.",
    "This editorial does not contain an abstract available in PubMed",
    "Not available",
    "<p>No abstract available</p>",
    r"\emph{No abstract available}",
    "No abstract available. © 2020 Pond Press. All rights reserved.",
    "No abstract available. No abstract available.",
    "No\u200b abstract\u00a0available",
    "Kein Abstract verfügbar",
    "Keine Zusammenfassung vorhanden.",
    "Résumé non disponible",
    "Sin resumen",
    "[无摘要]",
    "暂无摘要",
    "抄録なし",
    "Аннотация отсутствует.",
]
REAL = [
    "No abstract interpretation is needed to follow newts.",
    "No abstract available to newts holds ponds; we build one that does.",
    "Abstract not available in other ponds is given here: newts swim.",
    "N/A values in ponds are counted.",
    "Null results on newts are reported.",
    "None of the newts swam.",
    "None available newts swam.",
    "Not available in ponds, newts are bought.",
    "This article has no abstract ideas; it counts newts.",
    "This article has no abstract, and newts do not mind, as they cannot read.",
    "Missing abstracts are found by a newt.",
    "The abstract is missing in half of all records on newts.",
    "Unknown newts",
    "Newts.",
    "蝾螈",
    "A reply.",
]


@pytest.mark.parametrize("text", NOTHING)
def test_no_abstract(text: str) -> None:
    """It is refused as a record without an abstract."""
    with pytest.raises(RecordError, match="^it has no abstract$"):
        make_paper(source="test", title="On Newts", abstract=text)


@pytest.mark.parametrize("text", REAL)
def test_an_abstract_that_begins_so(text: str) -> None:
    """A sentence with such words is an abstract."""
    assert make_paper(source="test", title="On Newts", abstract=text).abstract == text


@pytest.mark.parametrize("text", ["[No abstract available]", "N/A", "null", "Abstract not available"])
def test_in_every_source(text: str) -> None:
    """Whatever file it comes from."""
    for source, file in (
        (jsonl, json.dumps({"title": "On Newts", "abstract": text}) + "\n"),
        (bibtex, f"@article{{a, title={{On Newts}}, abstract={{{text}}}}}\n"),
        (nbib, f"PMID- 1\nTI  - On Newts.\nAB  - {text}\n\n"),
        (ris, f"TY  - JOUR\nTI  - On Newts\nAB  - {text}\nER  - \n"),
    ):
        [bad] = source.papers(io.StringIO(file, newline=""), "pond")
        assert isinstance(bad, BadRecord)
        assert bad.reason.startswith("it has no abstract")


@pytest.mark.parametrize(
    "piece", ["no abstract ", "abstract is ", "no abstract is ", "this article ", "for this ", "a "]
)
def test_time(piece: str) -> None:
    """Whatever the length, the answer takes no time to speak of."""
    begun = time.thread_time()
    for size in (60, 120, 239, 100_000):
        is_placeholder((piece * (size // len(piece) + 1))[:size])
    assert time.thread_time() - begun < 0.2
