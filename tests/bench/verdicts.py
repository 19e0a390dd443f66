"""How good are the verdicts on claims? Precision and recall on SciFact pairs, and on claims corrupted by rule and by hand.

    python -m tests.bench.verdicts [SHARED_FOLDER] [--dev] [--show]

SHARED_FOLDER holds `eval/scifact/` and `corpus/papers-page.txt`; without it only the starter digests are used. --dev
takes the halves that rules were made on (SciFact's train claims, `part` "dev"), otherwise those that were only measured
on. --show prints every claim that was judged wrongly. A claim counts as flagged if it is unsupported or has a problem.
"""

from __future__ import annotations

import json
import random
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from app.adapters.sentences import sentences
from app.bootstrap import Library, Service
from app.chat.claims.check import check
from app.chat.claims.fit import Meanings
from app.core.domain import Paper, title_key
from app.core.names import GENERIC, name_key, own_names
from app.core.settings import Settings
from tests.bench.corruptions import corrupted, paraphrases
from tests.conversation import cases
from tests.embedder_fixture import model_folder


class Count:
    """Claims by kind, and how many of them were flagged."""

    def __init__(self, show: bool) -> None:
        self.all: Counter[str] = Counter()
        self.flagged: Counter[str] = Counter()
        self.show = show

    def add(self, kind: str, claim: str, flagged: bool, wrong: bool, why: object = "") -> None:
        """One claim; `wrong` if it should have been judged otherwise."""
        self.all[kind] += 1
        self.flagged[kind] += flagged
        if wrong and self.show:
            print(f"    {kind}: {claim}  {why}")

    def table(self, title: str) -> None:
        """The figures, a line a kind."""
        print(f"\n{title}\n{'':14}{'claims':>8}{'flagged':>9}{'share':>8}")
        for kind, count in self.all.items():
            print(f"{kind:14}{count:8}{self.flagged[kind]:9}{self.flagged[kind] / count:8.1%}")


def _service(folder: Path, page: Path | None) -> Service:
    settings = Settings(_env_file=None, llm="extractive", data_dir=folder, model_cache=model_folder().parent)  # type: ignore[call-arg]
    service = Service(settings, Library(settings))
    if page:
        service.ingest_files([page])
    else:
        service.load_starter()
    return service


def _true_claims(paper: Paper) -> Iterator[str]:
    said = [s.text for s in sentences(paper.abstract) if len(s.text.split()) >= 6 and "http" not in s.text]
    names = own_names(paper.title, paper.abstract)
    for i, sentence in enumerate(said):
        if not sentence.endswith("?"):
            yield from paraphrases(sentence, said[i + 1] if i + 1 < len(said) else "", names[0] if names else "")


def _is_a_name(name: str) -> bool:
    """ "OVOR" and "Model Breadcrumbs", not "NLP" nor "Less is more"."""
    return name_key(name) not in GENERIC and all(word[:1].isupper() or not word.isalpha() for word in name.split())


def corpus(title: str, service: Service, dev: bool, show: bool) -> None:
    """Sentences of a library's abstracts in other words, and corrupted. Every second paper is for testing only."""
    papers = list(service.library.store.papers())
    meanings, count, chance = Meanings(service.library.embedder), Count(show), random.Random(7)
    own = {paper.id: [n for n in own_names(paper.title, paper.abstract) if _is_a_name(n)] for paper in papers}
    for at, paper in enumerate(papers):
        if (at % 2 == 0) != dev:
            continue
        foreign = [names[0] for other, names in own.items() if other != paper.id and names]
        claims = list(_true_claims(paper))
        meanings.prepare([*claims, *(s.text for s in sentences(paper.abstract))])
        for claim in claims:
            finding = check(claim, [paper], [], meanings, service.library.keyword)
            flagged = finding.verdict == "unsupported" or bool(finding.problems)
            count.add("true", claim, flagged, flagged, finding.problems)
            record = f"{paper.title} {paper.abstract}"
            elsewhere = chance.choice([other for other in papers if other is not paper])
            finding = check(claim, [elsewhere], [paper], meanings, service.library.keyword)
            flagged = finding.verdict == "unsupported" or bool(finding.problems)
            count.add("other paper", claim, flagged, not flagged, elsewhere.title)
            for kind, false in corrupted(claim, own[paper.id], foreign, record, chance):
                finding = check(false, [paper], [], meanings, service.library.keyword)
                flagged = finding.verdict == "unsupported" or bool(finding.problems)
                count.add(kind, false, flagged, not flagged, finding.verdict)
    count.table(title)


def by_hand(title: str, service: Service, dev: bool, show: bool, ids: dict[str, str] | None = None) -> None:
    """The claims of tests/data/claims.jsonl and their corrupted twins. They were written over the starter digests; `ids`
    (starter id by title key) finds the same papers in a library that has the abstracts themselves."""
    papers = {(ids or {}).get(title_key(p.title), p.id): p for p in service.library.store.papers()}
    meanings, count = Meanings(service.library.embedder), Count(show)
    for case in cases("claims"):
        if (case["part"] == "dev") != dev:
            continue
        for kind, claim in {"true": case["claim"], **case["corrupted"]}.items():
            finding = check(claim, [papers[case["paper"]]], [], meanings, service.library.keyword)
            flagged = finding.verdict == "unsupported" or bool(finding.problems)
            count.add(kind, claim, flagged, flagged == (kind == "true"), (finding.verdict, finding.problems))
    count.table(title)


def scifact(folder: Path, service: Service, dev: bool, show: bool) -> None:
    """Claims of experts that an abstract supports or contradicts: is a contradicted one found unsupported?"""
    corpus = {row["id"]: row for row in map(json.loads, (folder / "corpus.jsonl").open(encoding="utf-8"))}
    meanings, count, verdicts = Meanings(service.library.embedder), Count(show), Counter[tuple[str, str]]()
    for row in map(json.loads, (folder / "queries.jsonl").open(encoding="utf-8")):
        if (row.get("split") == "train") != dev or not row.get("evidence"):
            continue
        for doc, evidence in row["evidence"].items():
            entry = corpus[doc]
            text = " ".join(entry["sentences"]) if entry.get("sentences") else entry["text"]
            paper = Paper(doc, entry["title"], re.sub(r"\s+", " ", text), ())
            label = evidence[0]["label"]
            meanings.prepare([row["text"], *(s.text for s in sentences(paper.abstract))])
            finding = check(row["text"], [paper], [], meanings)
            flagged = finding.verdict == "unsupported" or bool(finding.problems)
            count.add(label, row["text"], flagged, flagged == (label == "SUPPORT"), finding.problems)
            verdicts[label, finding.verdict] += 1
    count.table("SciFact: claims supported and contradicted by the abstract they are held against")
    caught, false = count.flagged["CONTRADICT"], count.flagged["SUPPORT"]
    print(f"precision {caught / max(caught + false, 1):.2f}, recall {caught / max(count.all['CONTRADICT'], 1):.2f}")
    print(dict(sorted(verdicts.items())))


def main(shared: Path | None, dev: bool, show: bool) -> None:
    """Print all tables."""
    with tempfile.TemporaryDirectory() as temporary:
        starter = _service(Path(temporary) / "starter", None)
        by_hand("By hand, held against the starter digests", starter, dev, show)
        corpus("Starter digests, by rule", starter, dev, show)
        if shared:
            page = _service(Path(temporary) / "page", shared / "corpus" / "papers-page.txt")
            ids = {title_key(paper.title): paper.id for paper in starter.library.store.papers()}
            by_hand("By hand, held against the real page's abstracts of the same papers", page, dev, show, ids)
            corpus("The real page's abstracts, by rule", page, dev, show)
            scifact(shared / "eval" / "scifact", starter, dev, show)


if __name__ == "__main__":
    given = [argument for argument in sys.argv[1:] if not argument.startswith("--")]
    if len(given) > 1 or {a for a in sys.argv[1:] if a.startswith("--")} - {"--dev", "--show"}:
        sys.exit(__doc__)
    main(Path(given[0]) if given else None, "--dev" in sys.argv, "--show" in sys.argv)
