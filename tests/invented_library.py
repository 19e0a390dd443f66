"""A small library of invented papers with years, people, categories, venues and warnings, without vectors."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from app.adapters.catalogue import SqliteCatalogue
from app.adapters.keyword import TantivyKeywordIndex
from app.chat.library_view import LibraryView
from app.core.domain import Paper

POND = (
    Paper(
        "2001.00001", "On Newts and Their Limbs", "Newts regrow limbs after a loss. We measure how fast limbs grow.",
        ("Ada Newt", "Colin Raffel"), 2020, published="2020-01-14", categories=("q-bio.TO",), venue="Nature", source="bibtex",
    ),
    Paper(
        "2105.00002", "Prompt Tuning for Ponds", "We tune prompts for pond models. Prompt tuning needs few parameters.",
        ("Jun Wang", "Brian Olm"), 2021, published="2021-05-02", categories=("cs.CL", "cs.LG"), venue="EMNLP 2021", source="arxiv",
    ),
    Paper(
        "2206.00003", "ToadNet: Networks that Hop", "ToadNet hops between layers. Vaccination of toads was studied in 2021.",
        ("C. Raffel", "Mei Toad"), 2022, published="2022-06-30", categories=("cs.CV",), venue="ACL", source="arxiv",
    ),
    Paper(
        "2301.00004", "A Survey of Prompts", "We survey prompt tuning and prompt search for language models of Google.",
        ("Jing Wang", "Priya Lee"), 2023, published="2023-01-05", categories=("cs.CL",), venue="ACL 2023", source="arxiv",
        flags=("speaks to a model",),
    ),
    Paper(
        "2305.00005", "OlmBERT: Models in Caves", "OlmBERT reads in the dark. Mamba and neural networks are baselines.",
        ("Brian Olm", "Geoffrey Hinton"), 2023, published="2023-05-20", categories=("cs.CL", "stat.ML"), venue="EMNLP 2023", source="arxiv",
    ),
    Paper(
        "title:frogs", "Frogs in Large Lakes", "Frogs live in lakes. We count frogs with drones.",
        ("Lee, Priya", "Jan van der Maaten"), 2024, categories=("Machine Learning",), venue="Journal of Lakes", source="csv",
    ),
    Paper("title:undated", "Salamanders of No Year", "Nobody knows when salamanders came."),
)  # fmt: skip


def view_of(folder: Path, papers: Sequence[Paper] = POND) -> LibraryView:
    """These papers in a catalogue and a keyword index in `folder`. Close `store` after use."""
    store, keyword = SqliteCatalogue(folder / "catalogue.sqlite"), TantivyKeywordIndex(folder / "keyword")
    store.write(papers)
    keyword.apply(store.changes(0), store.identity)
    return LibraryView(store, keyword)
