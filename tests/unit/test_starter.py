"""The starter library: 47 digests, our own words, the verified metadata and nothing else."""

from __future__ import annotations

import json
import re
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from app.core.domain import Paper
from app.core.ports import Embedder
from ingest.reading import read_inputs
from ingest.split import split
from tests.conftest import SHARED
from tests.conversation import cases

ROWS: list[dict[str, Any]] = [
    json.loads(line)
    for line in resources.files("ingest").joinpath("starter/papers.jsonl").read_text(encoding="utf-8").splitlines()
]
LONGEST_SHARED_RUN = 7


def words(text: str) -> list[str]:
    """Lower-case words without punctuation, addresses left out: those may be the same."""
    return re.findall(r"[a-z0-9]+", re.sub(r"https?://\S+", " ", text.lower()))


def test_forty_seven_papers_with_every_field() -> None:
    """Each paper once, with title, digest, authors, year and address."""
    assert len(ROWS) == len({row["id"] for row in ROWS}) == 47
    for row in ROWS:
        assert row["title"] and row["authors"] and row["year"] and row["url"].endswith(row["id"])
        assert 60 <= len(row["abstract"].split()) <= 140


def test_every_digest_is_one_chunk(embedder: Embedder) -> None:
    """A digest fits the embedder's window with its title, so that it is found and quoted whole."""
    with resources.as_file(resources.files("ingest").joinpath("starter/papers.jsonl")) as path:
        papers = [p for p in read_inputs([path]) if isinstance(p, Paper)]
    assert len(papers) == 47
    assert [p.id for p in papers if len(split(p, embedder.count_tokens, embedder.max_tokens)) != 1] == []


@pytest.mark.parametrize("case", cases("named"), ids=lambda case: case["id"])
def test_the_asked_fact_stands_in_the_digest(case: dict[str, Any]) -> None:
    """A factual question on each paper can be answered from its digest."""
    (row,) = [row for row in ROWS if row["id"] == case["paper"]]
    said = [
        s for s in case["answer_has"] if re.search(rf"(?<![0-9a-z.]){re.escape(s)}(?![0-9])", row["abstract"], re.I)
    ]
    assert said, f"none of {case['answer_has']} stands in the digest"


def test_metadata_is_what_was_verified() -> None:
    """Ids, titles, authors, DOIs, dates and venues are those of the verified list, nothing is added to them."""
    path = SHARED / "corpus" / "metadata.json"
    if not path.is_file():
        pytest.skip(f"the verified metadata is not at {path} (set ASKPAPERS_SHARED)")
    verified = {entry["arxiv_id"]: entry for entry in json.loads(path.read_text(encoding="utf-8"))}
    assert {row["id"] for row in ROWS} == set(verified)
    for row in ROWS:
        entry = verified[row["id"]]
        for field in ("title", "authors", "doi", "published", "venue"):
            assert row[field] == entry[field], (row["id"], field)
        assert row["categories"] == ([entry["primary_category"]] if entry["primary_category"] else [])


def test_digests_are_our_own_words(listing_page: Path) -> None:
    """No digest shares a run of words with its abstract longer than the names of things make necessary."""
    abstracts = words(listing_page.read_text(encoding="utf-8"))
    size = LONGEST_SHARED_RUN + 1
    runs = {tuple(abstracts[i : i + size]) for i in range(len(abstracts) - size + 1)}
    shared = {
        (row["id"], " ".join(run))
        for row in ROWS
        for said in [words(row["abstract"])]
        for run in (tuple(said[i : i + size]) for i in range(len(said) - size + 1))
        if run in runs
    }
    # What remains is a name with its expansion, as its authors spell it.
    assert {paper for paper, _ in shared} <= {"2405.15633", "2405.02363", "2210.03869"}, shared
