"""A scripted ChatService for the page: no model, no library, every awkward case on request.

The first word of a question picks the script, so that a test reads like what a person would type:
`compare`, `doubt`, `slow`, `silent` (until `speak` is set), `hostile`, `abstain`, `busy`, `crash`, those of
`fake_answers`: `table`, `check`, `clarify`, `claims`, `unsaid`, `disagree`, and of `fake_models`: `who`, `think`, `break`. Any other word is a comparison. In every question "since 2023", "by Lee" and "by <b>Lee</b>" are read as filters. The
papers are invented.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from app.core.domain import Answer, BadRecord, Citation, Claim, Evidence, Found, ModelInfo, Paper, Plan, Question, Quote
from app.core.errors import InputError, ModelBusyError
from app.core.events import AnswerReady, Event, EvidenceReady, StepDone, TextDelta
from app.core.filter_words import in_words
from app.core.filters import Filters
from app.core.models import FoundServer, ModelPick, Profile
from app.core.reading import Reading
from app.core.report import DenseIndex, Finding, IngestReport
from app.ui.service import Progress
from tests.fake_answers import SCRIPTS, hostile_parts, plan_of, quote_of, table_of
from tests.fake_conversations import FakeConversations
from tests.fake_library import FakeLibrary
from tests.fake_models import MODEL_SCRIPTS, FakeModels
from tests.fake_search import FakeSearch

HOSTILE_HTML = (
    "<script>window.hacked=1</script><img src=x onerror='window.hacked=2'>"
    "<svg onload=window.hacked=3></svg></p></div><h1 id=injected>Injected</h1>"
    "{{value}}${window.hacked=4}"
)
HOSTILE_MARKDOWN = (
    "![pixel](https://tracker.invalid/p.png) [click](javascript:window.hacked=5) "
    "[data](data:text/html,hi) [2](https://tracker.invalid/two) <https://tracker.invalid/auto> "
    "https://tracker.invalid/bare"
)

PAPERS = (
    Paper(
        "2101.00001",
        "Sparse Attention for Long Documents",
        "Transformers read long documents slowly, as attention costs grow with the square of the length. "
        "We introduce Sparrow, a model with block-sparse attention. "
        "On the LongRead benchmark Sparrow reaches 71.3 % accuracy, 4.2 points above the dense baseline. "
        "It needs 38 % of the memory of dense attention at 16,384 tokens.",
        ("Ada Lind", "José Muñoz", "Chen Wei"),
        2021,
        "https://arxiv.org/abs/2101.00001",
        venue="ACL",
    ),
    Paper(
        "2203.00002",
        "Retrieval Instead of Length: Reading Books with Short Windows",
        "Long inputs need not be read whole. "
        "Finch retrieves at most eight passages and reads them with a 512-token window. "
        "On LongRead it reaches 73.0 % accuracy at a ninth of the compute of a long-context model. "
        "The gain disappears for questions that need the whole text, such as summaries.",
        ("Priya Nair", "Tom Okafor", "Ida Berg", "Luca Rossi", "Mei Tanaka"),
        2022,
        "https://arxiv.org/abs/2203.00002",
        venue="EMNLP",
    ),
    Paper(
        "2305.00003",
        "Do Long-Context Models Use the Middle?",
        "We measure where in the input an answer must stand to be found. "
        "Accuracy is highest at the beginning and the end, and falls by 19 points in the middle. "
        "Models with sparse attention show the same curve 🙂.",
        ("Noor Haddad",),
        2023,
        "https://arxiv.org/abs/2305.00003",
    ),
    Paper(
        "2402.00004",
        "A Survey of Benchmarks for Long Documents",
        "We collect 46 benchmarks for long documents and describe what each of them measures. "
        "Fewer than a third test anything beyond finding one sentence.",
        ("Sven Aalto", "Grace Kim"),
        2024,
        "javascript:alert(1)",
        venue="TACL",
    ),
)
HOSTILE = Paper(
    "evil-1",
    "Harmless title " + HOSTILE_HTML,
    "First sentence. " + HOSTILE_HTML + " " + HOSTILE_MARKDOWN + " Last sentence.",
    ("Bobby <b>Tables</b>",),
    2024,
    'https://example.invalid/"onmouseover="window.hacked=6',
    venue="<i>Venue</i>",
)
COMPARE_TEXT = (
    "Both papers aim at **reading long documents**, but in opposite ways.\n\n"
    "- *Sparrow* reads the whole text with block-sparse attention and needs 38 % of the memory of dense "
    "attention at 16,384 tokens [1].\n"
    "- *Finch* retrieves at most eight passages and reads them with a 512-token window [2].\n\n"
    "| | Sparrow [1] | Finch [2] |\n|---|---|---|\n| LongRead accuracy | 71.3 % | 73.0 % |\n"
    "| Cost | 38 % of dense memory | a ninth of the compute |\n\n"
    "Finch is ahead on LongRead, but its gain disappears for questions that need the whole text [2]."
)
SLOW_WORDS = 400


def evidence_of(*papers: Paper, first: int = 1) -> tuple[Evidence, ...]:
    """Found by both retrievers, the first of them best."""
    return tuple(
        Evidence(
            marker, paper, f"{paper.id}#0", 1 / marker, Found((("dense", marker), ("keyword", marker + 1)), ("long",))
        )
        for marker, paper in enumerate(papers, start=first)
    )


class FakeService(FakeLibrary, FakeSearch):
    """See the head of the module. `asked`, `closed` and `ingested` record what the page did; an upload
    waits at its end while `hold` is clear."""

    def __init__(self, papers: tuple[Paper, ...] = PAPERS, pace: float = 0.02) -> None:
        super().__init__()
        self._papers = papers
        self._pace = pace
        self._lock = threading.Lock()
        self.speak = threading.Event()
        self.hold = threading.Event()
        self.hold.set()
        self.asked: list[Question] = []
        self.closed: list[str] = []
        self.ingested: list[Path] = []
        self.dense: DenseIndex | None = None
        self.models = FakeModels()
        self.conversations = FakeConversations()
        self.picks: list[ModelPick | None] = []

    def model(self, pick: ModelPick | None = None) -> ModelInfo:
        return self.models.info(pick)

    def model_note(self, pick: ModelPick | None = None) -> str:
        return "Chosen in this page." if pick else "Chosen by ASKPAPERS_MODEL."

    def servers(self) -> list[FoundServer]:
        return list(self.models.found)

    def test_model(self, pick: ModelPick | None = None) -> Iterator[Finding | Profile]:
        return self.models.tested(pick)

    def edit_profile(self, profile: Profile, changes: Mapping[str, str]) -> Profile:
        return self.models.edited(profile, changes)

    def paper_count(self) -> int:
        with self._lock:
            return len(self._papers) + 10 * len(self.ingested)

    def papers(self) -> Iterator[Paper]:
        return iter(self._papers)

    def example_questions(self) -> list[str]:
        if not self.paper_count():
            return []
        return [
            "compare Sparrow and Finch",
            "Which papers report results on LongRead?",
            "What happens in the <img src=x onerror=window.hacked=8> middle of long inputs?",
        ]

    def ingest_uploads(self, paths: Sequence[Path], progress: Progress) -> IngestReport:
        path = paths[0]
        text = path.read_text(encoding="utf-8")
        if "not papers" in text:
            raise InputError(f'"{path.name}" holds no papers we can read.', "Give a CSV or JSON Lines file.")
        for done in range(0, 101, 10):
            progress(done, None, "papers read")
            time.sleep(self._pace)
        self.hold.wait(60)
        with self._lock:
            self.ingested += paths
        bad = (BadRecord(path.name, 7, "no <b>abstract</b>"), BadRecord(path.name, 9, "title is empty"))
        return IngestReport(10, 2, 86, 0, bad, total_in_library=self.paper_count(), seconds=0.3)

    def dense_index(self) -> DenseIndex:
        return self.dense or DenseIndex(len(PAPERS), len(PAPERS))

    def ask(self, question: Question, pick: ModelPick | None = None) -> Iterator[Event]:
        with self._lock:
            self.asked.append(question)
            self.picks.append(pick)
        try:
            for event in self._script(question, pick):
                if isinstance(event, AnswerReady):
                    answer = replace(event.answer, pinned=question.pinned, excluded=question.excluded)
                    answer = replace(answer, model=self.model(pick))
                    event = AnswerReady(answer)
                yield event
        except GeneratorExit:
            with self._lock:
                self.closed.append(question.text)
            raise

    def _script(self, question: Question, pick: ModelPick | None) -> Iterator[Event]:
        word = question.text.split()[0].lower()
        yield StepDone("plan", "Understood as a comparison of 2 papers" if word == "compare" else "Read the question")
        time.sleep(self._pace)
        yield StepDone("retrieve", "Found 12 papers with 2 searches")
        if word == "abstain":
            yield from self._short(question, (), "Your library has no paper about this.", "abstained")
        elif word in MODEL_SCRIPTS:
            yield from MODEL_SCRIPTS[word](question, evidence_of(*PAPERS), self._pace, pick)
        elif word in SCRIPTS:
            yield from SCRIPTS[word](question, evidence_of(*PAPERS), self._pace)
        elif word == "crash":
            raise RuntimeError("secret path /home/ada/key.txt")
        elif word == "busy":
            raise ModelBusyError("The model at <b>api.test</b> is busy.", "Wait a minute and ask again.")
        elif word == "hostile":
            yield from self._hostile(question)
        elif word in ("slow", "silent"):
            yield from self._slow(question, silent=word == "silent")
        else:
            yield from self._compare(question, doubt=word == "doubt")

    def _short(self, question: Question, evidence: tuple[Evidence, ...], text: str, status: str) -> Iterator[Event]:
        reason = "not_in_library" if status == "abstained" else None
        yield EvidenceReady(evidence, Plan("lookup", question.text))
        yield TextDelta(text)
        yield AnswerReady(
            Answer(question.text, question.text, "lookup", status, text, self.model(), reason=reason)  # type: ignore[arg-type]
        )

    def read(self, question: Question) -> tuple[Reading, ...]:
        """The filters that are read from a question."""
        known = {"since 2023": Filters(since="2023"), "by Lee": Filters(authors=("Lee",))}
        known["by <b>Lee</b>"] = Filters(authors=("<b>Lee</b>",))
        found = [Reading(each, in_words(each), text, 0, 1) for text, each in known.items() if text in question.text]
        return tuple(reading for reading in found if not set(reading.names) & set(question.unread))

    def _compare(self, question: Question, doubt: bool) -> Iterator[Event]:
        known = {marker: id for turn in question.history for marker, id in turn.markers.items()}
        if known:  # a follow-up: paper 2 keeps its marker, a paper not shown before gets the next one
            evidence = evidence_of(PAPERS[1], first=2) + evidence_of(PAPERS[3], first=max(known) + 1)
            text = f"Only Finch says so [2]. A survey names 46 benchmarks [{evidence[1].marker}]."
        else:
            evidence, text = evidence_of(*PAPERS[:3]), COMPARE_TEXT
        plan = plan_of(question, evidence_of(*PAPERS))
        yield EvidenceReady(evidence, plan)
        time.sleep(10 * self._pace)
        for word in text.split(" "):
            yield TextDelta(word + " ")
            time.sleep(self._pace)
        quotes = {
            1: (
                quote_of(PAPERS[0], "On the LongRead benchmark Sparrow reaches 71.3 % accuracy"),
                quote_of(PAPERS[0], "It needs 38 % of the memory of dense attention at 16,384 tokens."),
            ),
            2: (
                quote_of(PAPERS[1], "Finch retrieves at most eight passages"),
                quote_of(PAPERS[1], "The gain disappears for questions that need the whole text"),
            ),
        }
        cited = [item for item in evidence if f"[{item.marker}]" in text]
        claims = (
            Claim("Sparrow needs 38 % of the memory of dense attention.", (1,), "supported"),
            Claim("Finch was trained on 42 books.", (2,), "unsupported", ("number 42 not found",))
            if doubt
            else Claim("Finch reads with a 512-token window.", (2,), "supported"),
        )
        yield AnswerReady(
            Answer(
                question.text,
                question.text,
                plan.kind,
                "answered",
                text,
                self.model(),
                citations=tuple(Citation(e.marker, e.paper.ref, quotes.get(e.marker, ())) for e in cited),
                claims=claims,
                evidence=evidence,
                filters=self.read(question),
                trace={"steps": 2},
                table=None if known else table_of(evidence),
            )
        )

    def _hostile(self, question: Question) -> Iterator[Event]:
        evidence = evidence_of(HOSTILE, PAPERS[1])
        text = f"{HOSTILE_HTML} {HOSTILE_MARKDOWN} `[1]` fine [1] and [9]."
        yield EvidenceReady(
            evidence, Plan("compare", question.text, (HOSTILE.id,), (HOSTILE_HTML,), (HOSTILE_HTML,), aspects=(HOSTILE_HTML,))
        )  # fmt: skip
        for at in range(0, len(text), 7):
            yield TextDelta(text[at : at + 7])
        quote = Quote(HOSTILE.abstract[3:60], 3, 60)
        problems = ("name <img src=x onerror=window.hacked=7> not found",)
        claim = Claim(HOSTILE_HTML, (1,), "unsupported", problems, 0, len(HOSTILE_HTML))
        yield AnswerReady(
            Answer(
                question.text,
                question.text,
                "lookup",
                "answered",
                text,
                self.model(),
                citations=(Citation(1, HOSTILE.ref, (quote,)),),
                claims=(claim,),
                evidence=evidence,
                **hostile_parts(HOSTILE, HOSTILE_HTML),  # type: ignore[arg-type]
            )
        )

    def _slow(self, question: Question, silent: bool) -> Iterator[Event]:
        evidence = evidence_of(*PAPERS[:2])
        yield EvidenceReady(evidence, Plan("lookup", question.text))
        if silent:
            self.speak.wait(60)
        for number in range(SLOW_WORDS):
            yield TextDelta(f"word{number} ")
            time.sleep(0.15)  # so slowly that a page on a busy computer shows words between two others
        raise AssertionError("nobody pressed Stop")
