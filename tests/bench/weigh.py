"""Fits what weighs papers in whole-library questions, and writes app/chat/checking/weights.json. Prints what it gives on
questions it was not fitted on (parts of the questions, each left out in turn).

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
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from app.bootstrap import Service
from app.chat import relevance
from app.chat.answerable import LIST_NAMES, MORE_NAMES, joined, parts_of
from app.chat.checking.asked import property_of
from app.chat.checking.closer_look import closer_look
from app.chat.checking.look import look
from app.chat.checking.of_all import asks_of_all
from app.chat.checking.signals import NAMES
from app.chat.checking.vectors import SENTENCES
from app.chat.checking.weighed import OF_BEST, YES, Forest
from app.chat.closer import nearest_sentence
from app.chat.compare.wording import in_plain_words
from app.chat.hurried import in_full
from app.chat.resolve import resolve
from app.core.domain import title_key
from app.core.filters import EVERY_PAPER
from tests.bench.aggregate import arxiv_ids
from tests.bench.answers import PAGE, TO_BUILD_WITH, service_over
from tests.conftest import DATA, ROOT

WEIGHTS = ROOT / "app" / "chat" / "checking" / "weights.json"
# Where about seven of eight questions on what is not there are told, and few of the others are taken for one.
_ABSENT_TOLD = 0.87
_ASKED_TOLD = 0.87
_PARTS = 6


@dataclass(frozen=True)
class Case:
    """A question's numbers, the ids of the papers that they are of, and those that are right and that count neither way."""

    question: str
    table: np.ndarray
    ids: Sequence[str]
    right: frozenset[str]
    either: frozenset[str]
    closer: tuple[float, ...]

    def labelled(self) -> tuple[np.ndarray, np.ndarray]:
        """The rows that are surely right or wrong, and which are right."""
        keep = [at for at, paper in enumerate(self.ids) if paper in self.right or paper not in self.either]
        return self.table[keep], np.array([self.ids[at] in self.right for at in keep])


def questions() -> Iterator[tuple[str, list[str], list[str]]]:
    """Whole-library questions of the development files: with right papers, or none where the library has none."""
    for name in TO_BUILD_WITH:
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


def _as_read(typed: str, service: Service) -> str:
    """A question as the chain reads it."""
    return in_plain_words(in_full(typed, lambda word: bool(service.chain.searching.keyword.search(word, 1))))


def cases(service: Service) -> list[Case]:
    """The numbers of each question that is weighed."""
    search, known = service.chain.searching, arxiv_ids()
    papers = list(search.store.get(list(search.keyword.fitting(EVERY_PAPER).ids())).values())
    found = []
    for typed, right, either in questions():
        text = _as_read(typed, service)
        looked = look(search, property_of(text), papers, SENTENCES)
        if looked.weighable:
            weighed, table = looked.table()
            ids = [known[title_key(paper.title)] for paper in weighed]
            found.append(
                Case(text, table, ids, frozenset(right), frozenset(either) - frozenset(right), closer_look(looked))
            )
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
    """What tells whether a library has any such paper: the best log-odds, the best of each number, a closer look."""
    best = np.clip([chances.max() for chances in found], 1e-3, 1 - 1e-3)
    return np.column_stack(
        [np.log(best / (1 - best)), np.array([[*case.table.max(axis=0), *case.closer] for case in cases])]
    )


def odds_model() -> Any:
    """Scaling and logistic regression."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), LogisticRegression(C=0.3, max_iter=3000))


def asked_cases(service: Service) -> tuple[list[tuple[np.ndarray, tuple[float, ...]]], list[bool], list[str]]:
    """The numbers of questions about one subject that name no paper, but for what a list on them would be; whether the
    library holds what they ask; the questions."""
    search = service.chain.searching
    rows, held, texts = [], [], []
    for typed, there in asked_questions():
        text = _as_read(typed, service)
        named = resolve(text, search.keyword, search.store, {})
        if named.papers or named.certain or asks_of_all(text):
            continue
        ranked = search.search(text, service.chain.limits.papers)
        judged = relevance.judge(
            text,
            ranked,
            "lookup",
            named,
            search.keyword,
            nearest_sentence=partial(nearest_sentence, text, ranked, search.embedder),
        )
        rows.append(parts_of(text, ranked, judged, search))
        held.append(there)
        texts.append(text)
    return rows, held, texts


def asked_questions() -> Iterator[tuple[str, bool]]:
    """Questions about one subject, and whether the library holds what they ask."""
    for name in TO_BUILD_WITH:
        for line in (DATA / "answers" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines():
            case = json.loads(line)
            if case["type"] in {"lookup_paraphrased", "not_in_library", "compare"} and "question" in case:
                yield case["question"], not case["abstain"]
    for name, there in (("absent", False), ("topical", True)):
        for line in (DATA / f"{name}.jsonl").read_text(encoding="utf-8").splitlines():
            yield json.loads(line)["question"], there


def kept_trees(model: Any) -> list[dict[str, Any]]:
    """The trees as `weighed` reads them."""
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
    return trees


def kept_odds(pipeline: Any, least: float) -> dict[str, Any]:
    """A logistic regression as `weighed` reads it."""
    scaler, logistic = pipeline[0], pipeline[1]
    return {
        "centre": [round(float(v), 5) for v in scaler.mean_],
        "scale": [round(float(v), 5) for v in scaler.scale_],
        "slopes": [round(float(v), 5) for v in logistic.coef_[0]],
        "shift": round(float(logistic.intercept_[0]), 5),
        "least": round(least, 4),
    }


def kept_forest(model: Any) -> dict[str, Any]:
    """Trees and where they start as `weighed` reads them."""
    prior = float(model.init_.class_prior_[1])
    return {"start": round(float(np.log(prior / (1 - prior))), 5), "trees": kept_trees(model)}


def asked_model() -> Any:
    """Small trees for the questions about one subject, of which there are few hundred."""
    from sklearn.ensemble import GradientBoostingClassifier

    return GradientBoostingClassifier(
        n_estimators=200,
        max_depth=3,
        min_samples_leaf=8,
        max_features=6,
        subsample=0.6,
        learning_rate=0.04,
        random_state=0,
    )


def left_out_sure(
    model: Any, rows: np.ndarray, yes: np.ndarray, told: float, name: str, groups: np.ndarray | None = None
) -> tuple[np.ndarray, float]:
    """The probabilities by models fitted on other rows, of one group never on its own, and the bound at which `told` of the noes
    are told."""
    from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict

    apart = np.arange(len(yes)) if groups is None else groups
    runs = [
        cross_val_predict(
            model,
            rows,
            yes,
            groups=apart,
            cv=StratifiedGroupKFold(8, shuffle=True, random_state=run),
            method="predict_proba",
        )
        for run in range(3)
    ]
    sure = np.mean(runs, axis=0)[:, 1]
    least = float(np.quantile(sure[~yes], told))
    print(f"{name}: absent told {np.mean(sure[~yes] < least):.3f}, there but not seen {np.mean(sure[yes] < least):.3f}")
    return sure, least


def main(arguments: Sequence[str]) -> None:
    """Print the figures; with --write put the models where the program reads them."""
    with tempfile.TemporaryDirectory() as folder:
        page = service_over(lambda each: each.ingest_files([PAGE]), Path(folder) / "page", "extractive")
        starter = service_over(lambda each: each.load_starter(), Path(folder) / "starter", "extractive")
        found = cases(page)
        # The same papers in other words, and shorter: what tells that they hold something should not hang on one wording.
        both = [asked_cases(page), asked_cases(starter)]
        asked = [row for rows, _, _ in both for row in rows]
        held = np.array([each for _, answers, _ in both for each in answers])
        texts = np.unique([text for _, _, own in both for text in own], return_inverse=True)[1]
        page.library.close()
        starter.library.close()
    chances = left_out(found)
    present = np.array([bool(case.right) for case in found])
    rows = there_rows(found, chances)
    print(
        f"{present.sum()} lists of what is there, {(~present).sum()} of what is not; {held.sum()} and {(~held).sum()} other questions"
    )
    sure, least = left_out_sure(odds_model(), rows, present, _ABSENT_TOLD, "lists")
    recalls, precisions = [], []
    for case, own, is_there in zip(found, chances, sure >= least, strict=True):
        if case.right:
            bound = min(YES, OF_BEST * own.max())
            listed = {i for i, c in zip(case.ids, own, strict=True) if c >= bound} if is_there else set()
            recalls.append(len(listed & case.right) / len(case.right))
            precisions.append(len(listed & (case.right | case.either)) / len(listed) if listed else 0.0)
    print(f"lists: recall {np.mean(recalls):.3f}, precision {np.mean(precisions):.3f}")
    papers = kept_forest(fitted(found))
    forest = Forest.read(papers)
    asked_rows = np.array([joined(table, closer, forest.probabilities(table)) for table, closer in asked])
    _, asked_least = left_out_sure(asked_model(), asked_rows, held, _ASKED_TOLD, "other questions", texts)
    if "--write" in arguments:
        everything = {
            "names": [*NAMES, *MORE_NAMES, *LIST_NAMES],
            "papers": papers,
            "listed": kept_odds(odds_model().fit(rows, present), least),
            "asked": {**kept_forest(asked_model().fit(asked_rows, held)), "least": round(asked_least, 4)},
        }
        WEIGHTS.write_text(json.dumps(everything, separators=(",", ":")) + "\n", encoding="utf-8")
        print(f"written: {WEIGHTS.relative_to(ROOT)}, {WEIGHTS.stat().st_size:,} bytes")


if __name__ == "__main__":
    main(sys.argv[1:])
