"""Fits what weighs papers in whole-library questions, and writes app/chat/checking/weights.json. Prints what it gives on
questions it was not fitted on (six parts, each left out in turn).

    pip install scikit-learn
    python -m tests.bench.weigh [--write]

The questions are the development files over the real page; the page may not be published, ASKPAPERS_SHARED says where the
project keeps it. Test files are never read.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from app.bootstrap import Service
from app.chat.checking.asked import property_of
from app.chat.checking.look import look
from app.chat.checking.of_all import asks_of_all
from app.chat.checking.signals import NAMES
from app.chat.checking.vectors import SENTENCES
from app.chat.checking.weighed import OF_BEST, YES
from app.core.domain import title_key
from app.core.filters import EVERY_PAPER
from tests.bench.aggregate import arxiv_ids
from tests.bench.answers import PAGE, service_over
from tests.conftest import DATA, ROOT

FILES = ("page-dev", "page-wordings", "page-more", "page-lists", "page-vague", "page-mixed")
WEIGHTS = ROOT / "app" / "chat" / "checking" / "weights.json"
# Where four of five questions on what is not there are told, and about one of twenty of the others is taken for one.
_ABSENT_TOLD = 0.8
_PARTS = 6


@dataclass(frozen=True)
class Case:
    """A question's numbers, the ids of the papers that they are of, and those that are right and that count neither way."""

    question: str
    table: np.ndarray
    ids: Sequence[str]
    right: frozenset[str]
    either: frozenset[str]

    def labelled(self) -> tuple[np.ndarray, np.ndarray]:
        """The rows that are surely right or wrong, and which are right."""
        keep = [at for at, paper in enumerate(self.ids) if paper in self.right or paper not in self.either]
        return self.table[keep], np.array([self.ids[at] in self.right for at in keep])


def questions() -> Iterator[tuple[str, list[str], list[str]]]:
    """Whole-library questions of the development files: with right papers, or none where the library has none."""
    for name in FILES:
        for line in (DATA / "answers" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines():
            case = json.loads(line)
            text = case.get("question", "")
            listed = case["type"] == "lookup_paraphrased" and text and asks_of_all(text)
            if (case["type"] == "aggregate" and text) or listed:
                yield text, case["must_cite"], case.get("may_cite", [])
            elif case["type"] == "not_in_library" and text and asks_of_all(text):
                yield text, [], []
    for line in (DATA / "aggregate.jsonl").read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        if case["split"] == "dev":
            yield case["question"], case["must"], case["may"]


def cases(service: Service) -> list[Case]:
    """The numbers of each question that is weighed."""
    search, known = service.chain.searching, arxiv_ids()
    papers = list(search.store.get(list(search.keyword.fitting(EVERY_PAPER).ids())).values())
    found = []
    for text, right, either in questions():
        looked = look(search, property_of(text), papers, SENTENCES)
        if looked.weighable:
            weighed, table = looked.table()
            ids = [known[title_key(paper.title)] for paper in weighed]
            found.append(Case(text, table, ids, frozenset(right), frozenset(either) - frozenset(right)))
    return found


def fitted(cases: Sequence[Case]) -> Any:
    """The trees, fitted on these cases."""
    from sklearn.ensemble import GradientBoostingClassifier

    rows = [case.labelled() for case in cases]
    model = GradientBoostingClassifier(
        n_estimators=120,
        max_depth=5,
        min_samples_leaf=20,
        max_features=5,
        subsample=0.6,
        learning_rate=0.05,
        random_state=0,
    )
    return model.fit(np.concatenate([x for x, _ in rows]), np.concatenate([y for _, y in rows]))


def left_out(cases: Sequence[Case]) -> list[np.ndarray]:
    """The probabilities of each case's papers by trees that were fitted on other cases."""
    found: list[np.ndarray] = [np.zeros(0)] * len(cases)
    order = np.random.default_rng(0).permutation(len(cases)) % _PARTS
    for part in range(_PARTS):
        model = fitted([case for case, own in zip(cases, order, strict=True) if own != part])
        for at in np.flatnonzero(order == part):
            found[at] = model.predict_proba(cases[at].table)[:, 1]
    return found


def there_rows(cases: Sequence[Case], found: Sequence[np.ndarray]) -> np.ndarray:
    """What tells whether a library has any such paper: the best log-odds and the best of each number."""
    best = np.clip([chances.max() for chances in found], 1e-3, 1 - 1e-3)
    return np.column_stack([np.log(best / (1 - best)), np.array([case.table.max(axis=0) for case in cases])])


def there_model() -> Any:
    """Scaling and logistic regression."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), LogisticRegression(C=0.3, max_iter=3000))


def kept(model: Any, there: Any, least: float) -> dict[str, Any]:
    """Both models as `weighed` reads them."""
    trees = []
    for (estimator,) in model.estimators_:
        tree = estimator.tree_
        leaf = tree.children_left < 0
        trees.append(
            {
                "asks": [-1 if is_leaf else int(n) for is_leaf, n in zip(leaf, tree.feature, strict=True)],
                "up_to": [
                    0.0 if is_leaf else round(float(v), 5) for is_leaf, v in zip(leaf, tree.threshold, strict=True)
                ],
                "left": [max(0, int(n)) for n in tree.children_left],
                "right": [max(0, int(n)) for n in tree.children_right],
                "adds": [
                    round(float(v) * model.learning_rate, 5) if is_leaf else 0.0
                    for is_leaf, v in zip(leaf, tree.value[:, 0, 0], strict=True)
                ],
            }
        )
    prior = float(model.init_.class_prior_[1])
    scaler, logistic = there[0], there[1]
    return {
        "names": list(NAMES),
        "start": round(float(np.log(prior / (1 - prior))), 5),
        "there": {
            "centre": [round(float(v), 5) for v in scaler.mean_],
            "scale": [round(float(v), 5) for v in scaler.scale_],
            "slopes": [round(float(v), 5) for v in logistic.coef_[0]],
            "shift": round(float(logistic.intercept_[0]), 5),
            "least": round(least, 4),
        },
        "trees": trees,
    }


def main(arguments: Sequence[str]) -> None:
    """Print the figures; with --write put the models where the program reads them."""
    from sklearn.model_selection import cross_val_predict

    with tempfile.TemporaryDirectory() as folder:
        service = service_over(lambda each: each.ingest_files([PAGE]), Path(folder), "extractive")
        found = cases(service)
        service.library.close()
    chances = left_out(found)
    present = np.array([bool(case.right) for case in found])
    rows = there_rows(found, chances)
    sure = cross_val_predict(there_model(), rows, present, cv=8, method="predict_proba")[:, 1]
    least = float(np.quantile(sure[~present], _ABSENT_TOLD))
    recalls, precisions = [], []
    for case, own, is_there in zip(found, chances, sure >= least, strict=True):
        if case.right:
            listed = (
                {i for i, c in zip(case.ids, own, strict=True) if c >= min(YES, OF_BEST * own.max())}
                if is_there
                else set()
            )
            recalls.append(len(listed & case.right) / len(case.right))
            precisions.append(len(listed & (case.right | case.either)) / len(listed) if listed else 0.0)
    print(f"{present.sum()} questions on what is there, {(~present).sum()} on what is not; each left out of the fit:")
    print(
        f"recall {np.mean(recalls):.3f}  precision {np.mean(precisions):.3f}  no list at all {np.mean(sure[present] < least):.3f}"
    )
    print(f"absent told {np.mean(sure[~present] < least):.3f}")
    if "--write" in arguments:
        model, there = fitted(found), there_model().fit(rows, present)
        WEIGHTS.write_text(json.dumps(kept(model, there, least), separators=(",", ":")) + "\n", encoding="utf-8")
        print(f"written: {WEIGHTS.relative_to(ROOT)}, {WEIGHTS.stat().st_size:,} bytes")


if __name__ == "__main__":
    main(sys.argv[1:])
