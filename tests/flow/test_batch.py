"""A file of questions: in order, one bad line never ends the run, and a run that broke off goes on where it stopped."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.batch import BatchReport, run_batch
from app.bootstrap import Service
from app.core.domain import Question
from app.core.errors import InputError
from app.core.events import Event


class Counting:
    """The real service, noting what it was asked."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self.asked: list[str] = []

    def ask(self, question: Question) -> Iterator[Event]:
        self.asked.append(question.text)
        return self._service.ask(question)


@pytest.fixture
def asker(starter: Service) -> Counting:
    return Counting(starter)


def write(folder: Path, *lines: object) -> Path:
    """A file of questions; a text is written as it is, anything else as JSON."""
    path = folder / "questions.jsonl"
    path.write_text("".join(f"{each if isinstance(each, str) else json.dumps(each)}\n" for each in lines), "utf-8")
    return path


def run(asker: Counting, questions: Path) -> tuple[BatchReport, list[dict[str, Any]], list[str]]:
    """The report, the lines of the output, and what was said on the way."""
    out, said = questions.with_name("out.jsonl"), list[str]()
    report = run_batch(asker, questions, out, said.append)
    return report, [json.loads(line) for line in out.read_text("utf-8").splitlines()], said


OVOR, EGGS, HELLO = (
    {"id": "q1", "question": "What is OVOR?"},
    {"id": "q2", "question": "how long should I boil eggs for a soft yolk?"},
    {"id": 3, "question": "hello"},
)


def test_answers_come_in_the_order_of_the_questions(asker: Counting, tmp_path: Path) -> None:
    """Each line of output is the whole answer under its question's id."""
    report, lines, said = run(asker, write(tmp_path, OVOR, "", EGGS, HELLO))
    assert report == BatchReport(answered=3, failed=0, skipped=0)
    assert [(line["id"], line["status"]) for line in lines] == [
        ("q1", "answered"),
        ("q2", "abstained"),
        (3, "answered"),
    ]
    assert lines[0]["question"] == "What is OVOR?" and lines[0]["citations"]
    assert len(said) == 3 and said[0].startswith("1/3") and said[2].startswith("3/3")


def test_a_bad_line_is_reported_and_the_rest_answered(asker: Counting, tmp_path: Path) -> None:
    """Broken JSON, no question, no text, a question too long: each is an error in its place with what to do."""
    bad = ["{not json", {"id": "b", "quest": "?"}, {"id": "c", "question": " "}, {"id": "d", "question": "x" * 5000}, "[1]",
           {"id": "f", "turns": ["What is OVOR?", 7]}]  # fmt: skip
    report, lines, _ = run(asker, write(tmp_path, OVOR, *bad, HELLO))
    assert report == BatchReport(answered=2, failed=6, skipped=0)
    assert [line["id"] for line in lines] == ["q1", "line 2", "b", "c", "d", "line 6", "f", 3]
    assert all(line["error"]["what"] and line["error"]["hint"] for line in lines[1:7])
    assert [line["line"] for line in lines[1:7]] == [2, 3, 4, 5, 6, 7]
    assert "error" not in lines[0] and "error" not in lines[7]


def test_turns_are_one_conversation(asker: Counting, tmp_path: Path) -> None:
    """The last turn's answer is the line's, understood with the turns before it; no line knows another's."""
    _, lines, _ = run(
        asker,
        write(
            tmp_path,
            {"id": "t", "turns": ["What is OVOR?", "and its code?"]},
            {"id": "u", "question": "and the latter?"},
        ),
    )
    assert asker.asked == ["What is OVOR?", "and its code?", "and the latter?"]
    assert (lines[0]["question"], lines[0]["standalone_question"]) == ("and its code?", "OVOR's code?")
    assert lines[1]["status"] == "clarify"


def test_a_broken_off_run_goes_on(asker: Counting, tmp_path: Path) -> None:
    """A last line cut off in the middle is asked again, what is complete is not, and the file is as of one run."""
    questions = write(tmp_path, OVOR, EGGS, HELLO)
    _, whole, _ = run(asker, questions)
    out = tmp_path / "out.jsonl"
    first, second, _ = out.read_bytes().splitlines(keepends=True)
    out.write_bytes(first + second[: len(second) // 2])
    asker.asked.clear()
    report, lines, _ = run(asker, questions)
    assert report == BatchReport(answered=2, failed=0, skipped=1)
    assert asker.asked == [EGGS["question"], HELLO["question"]]
    assert [(a["id"], a["text"]) for a in lines] == [(b["id"], b["text"]) for b in whole]


def test_a_line_cut_off_inside_a_character_goes_on(asker: Counting, tmp_path: Path) -> None:
    """A crash may stop in the middle of a letter's bytes; that too is only an unfinished line."""
    questions = write(tmp_path, OVOR)
    (tmp_path / "out.jsonl").write_bytes('{"id": "q1", "text": "“'.encode()[:-1])
    report, lines, _ = run(asker, questions)
    assert (report.answered, [line["id"] for line in lines]) == (1, ["q1"])


def test_a_finished_run_asks_nothing(asker: Counting, tmp_path: Path) -> None:
    """Running again skips every answered line and leaves the file alone."""
    questions = write(tmp_path, OVOR, EGGS)
    run(asker, questions)
    before = (tmp_path / "out.jsonl").read_bytes()
    asker.asked.clear()
    report, _, said = run(asker, questions)
    assert report == BatchReport(answered=0, failed=0, skipped=2)
    assert (asker.asked, said) == ([], [])
    assert (tmp_path / "out.jsonl").read_bytes() == before


def test_answers_to_other_questions_are_refused(asker: Counting, tmp_path: Path) -> None:
    """A file of other answers is neither added to nor changed; both ids are said."""
    run(asker, write(tmp_path, OVOR, EGGS))
    before = (tmp_path / "out.jsonl").read_bytes()
    with pytest.raises(InputError) as refused:
        run(asker, write(tmp_path, OVOR, HELLO))
    assert '"q2"' in str(refused.value) and '"3"' in str(refused.value) and "--out" in refused.value.hint
    with pytest.raises(InputError, match="more answers than"):
        run(asker, write(tmp_path, OVOR))
    assert (tmp_path / "out.jsonl").read_bytes() == before


def test_a_question_without_id_goes_by_its_line(asker: Counting, tmp_path: Path) -> None:
    """No id is no error: the line number stands in, also when the run is resumed."""
    questions = write(tmp_path, {"question": "hello"}, {"question": "thanks"})
    _, lines, _ = run(asker, questions)
    assert [line["id"] for line in lines] == ["line 1", "line 2"]
    assert run(asker, questions)[0].skipped == 2


def test_files_that_cannot_be_used(asker: Counting, tmp_path: Path) -> None:
    """A missing or unreadable file of questions and an output that cannot be written are said with their names."""
    with pytest.raises(InputError, match="nowhere.jsonl"):
        run(asker, tmp_path / "nowhere.jsonl")
    (tmp_path / "latin.jsonl").write_bytes(b'{"question": "caf\xe9"}\n')
    with pytest.raises(InputError, match="latin.jsonl") as refused:
        run(asker, tmp_path / "latin.jsonl")
    assert "UTF-8" in refused.value.hint
    with pytest.raises(InputError, match="no_folder"):
        run_batch(asker, write(tmp_path, HELLO), tmp_path / "no_folder" / "out.jsonl", lambda line: None)


def test_a_byte_order_mark_is_no_error(asker: Counting, tmp_path: Path) -> None:
    """Files saved by Windows editors work."""
    path = tmp_path / "bom.jsonl"
    path.write_bytes(b'\xef\xbb\xbf{"id": "b", "question": "hello"}\r\n')
    assert run(asker, path)[1][0]["id"] == "b"
