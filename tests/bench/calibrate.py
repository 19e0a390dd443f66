"""Fitting the probability of relevance (see `app.chat.relevance`), and how well it comes true.

    python -m tests.bench.calibrate EVAL_FOLDER/scifact [--keep FOLDER] [--plot docs/relevance-reliability.svg]

SciFact's train claims over the whole collection, and over random parts of it of 50, 250 and 1,000 papers from which the
relevant papers of every other claim are taken out. Of each claim the 100 nearest papers and the 50 best by words are
looked at. Every other claim is fitted on; the table is of the others. A paper that nobody judged counts as not relevant.
"""

from __future__ import annotations

import argparse
import math
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.bootstrap import Service
from app.chat.relevance import AT_ENOUGH, LISTED, STEEPNESS, coverage, enough, probability, rarity, score_of
from app.core.settings import Settings
from app.evaluation.collection import read_collection
from app.evaluation.own_library import library_of
from tests.embedder_fixture import model_folder

PARTS = (50, 250, 1_000)
NEAREST, BY_WORDS, DEEP = 100, 50, 3_000
BINS = (0.0, 0.01, 0.03, 0.1, 0.2, 0.4, 0.6, 0.8, 0.9, 1.0)
Rows = NDArray[np.float64]


def rows(service: Service, queries: Any) -> Iterator[tuple[float, float, float, float]]:
    """(number of the claim, papers in the library, score, relevant or not) of each paper looked at."""
    draw, library, keyword = random.Random(5), service.library, service.library.keyword
    papers = {paper.id: keyword.terms(f"{paper.title} {paper.abstract}") for paper in library.store.papers()}
    parts = [None, *(frozenset(draw.sample(sorted(papers), size)) for size in PARTS)]
    for number, query in enumerate(queries):
        cosines: dict[str, float] = {}
        for hit in library.vectors.nearest(library.embedder.embed([query.text])[0], DEEP):
            cosines.setdefault(hit.paper_id, hit.score)
        weights = rarity(keyword.terms(query.text), keyword)
        words = [hit.paper_id for hit in keyword.search(query.text, 200)]
        relevant = frozenset(paper for paper, gain in query.gains.items() if gain > 0)
        for part in parts:
            there = relevant if part is None or draw.random() < 0.5 else frozenset()
            inside = there | (frozenset(papers) if part is None else part) - (relevant - there)
            near = [paper for paper in cosines if paper in inside][:NEAREST]
            worded = [paper for paper in words if paper in inside and paper in cosines and paper not in near]
            for paper in (*near, *worded[:BY_WORDS]):
                score = score_of(cosines[paper], coverage(weights, papers[paper]))
                yield number, len(papers) if part is None else len(part), score, paper in there


def fitted(found: Rows) -> tuple[float, float]:
    """(STEEPNESS, AT_ENOUGH) by Newton's method on the log likelihood."""
    x = np.array([score - enough(int(papers)) for _, papers, score, _ in found])
    inputs, labels, w = np.c_[x, np.ones(len(x))], found[:, 3], np.zeros(2)
    for _ in range(40):
        p = 1 / (1 + np.exp(-inputs @ w))
        w -= np.linalg.solve((inputs * (p * (1 - p))[:, None]).T @ inputs, inputs.T @ (p - labels))
    return float(w[0]), float(w[1])


def table(found: Rows) -> list[str]:
    """What was said to be probable, and how much of it was relevant; then what listing from LISTED on gives."""
    said = np.array([probability(score, int(papers)) for _, papers, score, _ in found])
    true = found[:, 3]
    lines = ["| said | papers | mean said | relevant |", "|---|---|---|---|"]
    for low, high in zip(BINS, BINS[1:], strict=False):
        inside = (said >= low) & (said <= high if high == 1 else said < high)
        if inside.any():
            share = f"{said[inside].mean():.3f} | {true[inside].mean():.3f}"
            lines.append(f"| {low:.2f} to {high:.2f} | {inside.sum():,} | {share} |")
    listed = said >= LISTED
    error = float(np.mean((said - true) ** 2))
    recall, precision = true[listed].sum() / true.sum(), true[listed].mean()
    lines += [
        "",
        f"Brier score {error:.4f}. From {LISTED} on: {recall:.2f} of the relevant papers, {precision:.2f} of those listed are relevant.",
    ]
    return lines


def draw(found: Rows, path: Path) -> None:
    """The reliability curve as SVG: said against relevant, in ten steps of equal width on a logit scale."""
    said = np.array([probability(score, int(papers)) for _, papers, score, _ in found])
    true, size, edge = found[:, 3], 420, 50

    def at(p: float) -> float:
        return (min(max(math.log(p / (1 - p)), -7.0), 4.0) + 7.0) / 11.0 * (size - 2 * edge)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" font-family="sans-serif" font-size="12">',
        f'<rect width="{size}" height="{size}" fill="white"/>',
        f'<line x1="{edge}" y1="{size - edge}" x2="{size - edge}" y2="{edge}" stroke="#bbb" stroke-dasharray="4"/>',
    ]
    for p in (0.001, 0.01, 0.1, 0.5, 0.9):
        parts.append(f'<text x="{edge + at(p):.0f}" y="{size - edge + 16}" text-anchor="middle">{p:g}</text>')
        parts.append(f'<text x="{edge - 6}" y="{size - edge - at(p) + 4:.0f}" text-anchor="end">{p:g}</text>')
    dots = []
    logits = np.log(said / (1 - said))
    for low in np.arange(-7, 4, 1.0):
        inside = (logits >= low) & (logits < low + 1)
        if inside.sum() >= 50 and 0 < true[inside].mean() < 1:
            dots.append((edge + at(float(said[inside].mean())), size - edge - at(float(true[inside].mean()))))
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in dots)
    parts.append(f'<polyline points="{line}" fill="none" stroke="#1f77b4" stroke-width="2"/>')
    parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="#1f77b4"/>' for x, y in dots]
    parts.append(f'<text x="{size / 2}" y="{size - 12}" text-anchor="middle">probability said</text>')
    parts.append(f'<text x="{edge}" y="{edge - 14}">share that was relevant</text></svg>')
    path.write_text("\n".join(parts) + "\n", encoding="utf-8")


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("folder", type=Path)
    options.add_argument("--keep", type=Path)
    options.add_argument("--plot", type=Path)
    given = options.parse_args()
    collection = read_collection(given.folder, "train", None)
    settings = Settings(_env_file=None, model_cache=model_folder().parent)  # type: ignore[call-arg]
    with library_of(collection, settings, given.keep) as service:
        found = np.array(list(rows(service, collection.queries)), dtype=float)
    odd = found[:, 0] % 2 == 1
    steepness, at_enough = fitted(found[~odd])
    print(f"fitted: steepness {steepness:.1f}, at enough {at_enough:.2f}; in use {STEEPNESS}, {AT_ENOUGH}\n")
    print("\n".join(table(found[odd])))
    if given.plot:
        draw(found[odd], given.plot)


if __name__ == "__main__":
    main()
