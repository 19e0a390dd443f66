"""`askpapers ingest` in one terminal while the page is open in another."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

from app.upkeep import verify
from ingest.record import make_paper
from tests.conftest import ROOT, service_in
from tests.conversation import ask

KITE = {
    "id": "2501.00001",
    "title": "Kites over Data",
    "abstract": "We fly kites over tables and count the knots in their strings.",
}


def test_a_running_service_sees_what_another_process_stored(
    tmp_path: Path, starter_folder: Path, model_cache: Path
) -> None:
    """The next question finds a paper that another process has ingested meanwhile, by words and by meaning."""
    shutil.copytree(starter_folder, tmp_path / "library")
    service = service_in(tmp_path / "library", model_cache)
    assert ask(service, "What do kites count?").status == "abstained"
    (tmp_path / "kite.jsonl").write_text(json.dumps(KITE) + "\n", encoding="utf-8")
    environment = os.environ | {
        "ASKPAPERS_DATA_DIR": str(tmp_path / "library"),
        "ASKPAPERS_MODEL_CACHE": str(model_cache),
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-m", "app", "ingest", "kite.jsonl"]
    subprocess.run(command, cwd=tmp_path, env=environment, check=True, capture_output=True)
    assert service.paper_count() == 48
    (best, *_) = service.search("What do kites count?", 3)
    assert best.paper.id == KITE["id"]
    assert set(best.found_by) == {"dense", "keyword"}
    assert [c.paper.id for c in ask(service, "What do kites count?").citations] == [KITE["id"]]


def test_questions_do_not_wait_for_an_upload(tmp_path: Path, starter_folder: Path, model_cache: Path) -> None:
    """While a file is being ingested in the same process, questions are answered from what is there."""
    shutil.copytree(starter_folder, tmp_path / "library")
    service = service_in(tmp_path / "library", model_cache)
    in_the_middle, answered = threading.Event(), threading.Event()

    def pause(done: int, total: int | None, words: str) -> None:
        in_the_middle.set()
        assert answered.wait(30), "the question waited for the upload"

    (tmp_path / "kite.jsonl").write_text(json.dumps(KITE) + "\n", encoding="utf-8")
    upload = threading.Thread(target=service.ingest_files, args=([tmp_path / "kite.jsonl"], None, pause))
    upload.start()
    assert in_the_middle.wait(30)
    assert ask(service, "What is OVOR?").citations
    answered.set()
    upload.join(30)
    assert service.paper_count() == 48


def test_a_call_that_waits_for_a_reopening_uses_the_new_client(
    starter_folder: Path, tmp_path: Path, model_cache: Path
) -> None:
    """Readers that queue up while the store reopens are answered, not handed the closed client."""
    shutil.copytree(starter_folder, tmp_path / "library")
    store = service_in(tmp_path / "library", model_cache).library.vectors
    failures: list[BaseException] = []

    def read() -> None:
        try:
            for _ in range(40):
                assert store.count() == 47
        except BaseException as error:
            failures.append(error)

    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    for _ in range(15):
        store.reopen()
    for reader in readers:
        reader.join(60)
    assert not failures


def test_two_processes_ingest_at_once(tmp_path: Path, model_cache: Path) -> None:
    """Files that share half of their papers, read by two processes at the same time into one new library: every paper
    is there once, both reports add up, and the parts of the library agree."""
    environment = os.environ | {
        "ASKPAPERS_DATA_DIR": str(tmp_path / "library"),
        "ASKPAPERS_MODEL_CACHE": str(model_cache),
        "PYTHONPATH": str(ROOT),
    }
    running = []
    for name, numbers in (("a.jsonl", range(1500)), ("b.jsonl", range(750, 2250))):
        lines = [json.dumps({"id": f"2101.{n:05}", "title": f"Newt {n}", "abstract": f"It is {n}."}) for n in numbers]
        (tmp_path / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
        command = [sys.executable, "-m", "app", "ingest", name, "--no-embed", "--json"]
        running.append(subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE))
    reports = [json.loads(process.communicate(timeout=120)[0]) for process in running]
    assert [process.returncode for process in running] == [0, 0]
    assert sum(report["new"] for report in reports) == 2250
    assert sum(report["unchanged"] for report in reports) == 750
    library = service_in(tmp_path / "library", model_cache).library
    assert library.store.count() == library.keyword.count() == 2250
    assert verify(library).agree


def test_two_processes_set_aside_at_once(tmp_path: Path, model_cache: Path) -> None:
    """The same file, of which every fifth line is bad, read twice at the same time: both reports count the bad ones,
    and they are in the set-aside file once."""
    environment = os.environ | {
        "ASKPAPERS_DATA_DIR": str(tmp_path / "library"),
        "ASKPAPERS_MODEL_CACHE": str(model_cache),
        "PYTHONPATH": str(ROOT),
    }
    lines = [json.dumps({"id": f"2101.{n:05}", "title": f"Newt {n}", "abstract": f"It is {n}."}) for n in range(3000)]
    lines[::5] = [line[:-1] for line in lines[::5]]
    (tmp_path / "a.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    command = [sys.executable, "-m", "app", "ingest", "a.jsonl", "--no-embed", "--json"]
    running = [subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE) for _ in range(2)]
    reports = [json.loads(process.communicate(timeout=120)[0]) for process in running]
    assert [process.returncode for process in running] == [0, 0]
    assert [len(report["bad"]) for report in reports] == [600, 600]
    assert sum(report["new"] for report in reports) == sum(report["unchanged"] for report in reports) == 2400
    [found] = (tmp_path / "library").rglob("set-aside")
    [file] = [path for path in found.iterdir() if path.is_file()]
    assert [report["set_aside"] for report in reports] == [[str(file)]] * 2
    assert file.read_text(encoding="utf-8").splitlines() == lines[::5]


def test_two_processes_embed_at_once(tmp_path: Path, model_cache: Path) -> None:
    """The second waits for the first and watches it; every paper gets its vectors once."""
    library = service_in(tmp_path / "library", model_cache).library
    library.ingest(make_paper(source="t", title=f"Newt {n}", abstract=f"It is number {n}.") for n in range(200))
    environment = os.environ | {
        "ASKPAPERS_DATA_DIR": str(tmp_path / "library"),
        "ASKPAPERS_MODEL_CACHE": str(model_cache),
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-m", "app", "library", "embed"]
    running = [subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) for _ in range(2)]
    assert [process.wait(120) for process in running] == [0, 0]
    again = service_in(tmp_path / "library", model_cache).library
    verdict = verify(again)
    assert verdict.agree and not verdict.waiting
    assert again.vectors.count() == 200
