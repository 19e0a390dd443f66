"""An invented library of names that lie close together, for tests of what a question names."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from app.adapters.catalogue import SqliteCatalogue
from app.adapters.keyword import TantivyKeywordIndex
from app.chat.resolve import Named, resolve
from app.core.domain import Paper
from ingest.pipeline import catch_up


@dataclass(frozen=True)
class Shelf:
    """The store and the keyword index of a library; nothing else is needed to read names."""

    store: SqliteCatalogue
    keyword: TantivyKeywordIndex

    def named(self, text: str, markers: dict[int, str] | None = None) -> Named:
        return resolve(text, self.keyword, self.store, markers)


def shelf_of(folder: Path, papers: list[Paper]) -> Shelf:
    """A library of these papers in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    store = SqliteCatalogue(folder / "catalogue.sqlite")
    keyword = TantivyKeywordIndex(folder / "keyword")
    for start in range(0, len(papers), 1000):
        store.write(papers[start : start + 1000])
    catch_up(store, keyword)
    return Shelf(store, keyword)


def paper(
    id: str, title: str, abstract: str, authors: str = "", year: int | None = None, doi: str | None = None
) -> Paper:
    """A paper whose authors are parted by semicolons."""
    return Paper(id, title, abstract, tuple(a.strip() for a in authors.split(";") if a.strip()), year, doi=doi)


PAPERS = [
    paper(
        "2101.00001",
        "TideBERT: Reading Harbour Logs with Bidirectional Encoders",
        "We present TideBERT, an encoder for harbour logs. TideBERT reads tables of tides and answers questions about ships.",
        "Ines Raffel; Bo Lee",
        2021,
    ),
    paper(
        "2102.00002",
        "ALBERTINE: A Lite Encoder for Maritime Text",
        "ALBERTINE is a small encoder. ALBERTINE shares weights between layers, unlike TideBERT, which needs more memory.",
        "Cara Kim; Dan Lee",
        2023,
    ),
    paper(
        "2103.00003",
        "KelpLM 2: Open Language Models of the Coast",
        "We release KelpLM 2, a family of language models. KelpLM 2 beats KelpLM on every question set.",
        "Eva Lee",
        2023,
    ),
    paper(
        "2104.00004",
        "KelpLM: A Language Model of the Coast",
        "We introduce KelpLM, a language model trained on letters from the coast. KelpLM writes well.",
        "Eva Lee",
        2022,
    ),
    paper(
        "2105.00005",
        "Instruct-Gull: Following Orders from Birdsong",
        "Instruct-Gull follows instructions given as birdsong. We train Instruct-Gull with attention over spectrograms.",
        "Femi Lee; Cara Kim",
        2023,
    ),
    paper(
        "2106.00006",
        "Less Is More for Alignment of Compasses",
        "A thousand careful examples suffice to align a compass. We fine-tune a model without reinforcement learning.",
        "Gus Lee",
        2023,
    ),
    paper(
        "2107.00007",
        "SandPainter: Images from Words on the Beach",
        "We propose SandPainter. SandPainter draws an image from a sentence by means of diffusion.",
        "Hana van der Berg",
        2020,
    ),
    paper(
        "2108.00008",
        "Lantern: Seeing in the Dark",
        "Lantern lights a scene before a camera sees it. In the dark, Lantern doubles the accuracy of detection.",
        "Ivo Muñoz",
        2019,
    ),
    paper(
        "2109.00009",
        "CoTide: Prompting with Learned Vectors",
        "CoTide learns the vectors of a prompt. With CoTide sixteen images per class suffice.",
        "Jo Park",
        2021,
    ),
    paper(
        "10.1234/kelp.55",
        "Longshore: A Benchmark of Endless Documents",
        "We build Longshore, a benchmark of endless documents. Models on Longshore lose their way after a hundred pages.",
        "Kai Novak",
        2018,
        "10.1234/kelp.55",
    ),
    paper(
        "2111.00011",
        "What Do Sailors Ask? A Study of Retrieval-Augmented Generation at Sea",
        "Sailors ask for weather and fish. We study retrieval-augmented generation, where a retriever finds passages first. "
        "Fine-tuning the retriever with quantization helps; tokenization does not.",
        "Lena Okafor; Mo Diaz; Nia Braun",
        2024,
    ),
    paper(
        "2112.00012",
        "TAMEWAVE: Training Agents by Waves",
        "We propose TAMEWAVE, which trains agents by waves. TAMEWAVE is fast.",
        "Otto Sol",
        2020,
    ),
    paper(
        "2113.00013",
        "TAMEWAVE: Taming the Surface of the Sea",
        "TAMEWAVE is a solver for waves. We show TAMEWAVE to be exact.",
        "Pia Sol",
        2022,
    ),
    paper(
        "2201.00014",
        "Mooring Anchors in Mud: an Empirical Study of Chains",
        "Chains of thought and chains of iron are compared. The ESM-2 model and GPT-4 serve as baselines.",
        "Quin Ito",
        2022,
    ),
]


def mentioning(name: str, many: int) -> list[Paper]:
    """So many papers that mention a name, half of them before and half after the alphabet's middle."""
    return [
        paper(
            f"{'a' if n % 2 else 'z'}{n:06}",
            f"Study number {n} of the sea",
            f"We compare with {name} on task {n}. {name} is strong there.",
        )
        for n in range(many)
    ]
