"""Bad records kept in a file of their own format, to be repaired and ingested again."""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.domain import BadRecord, Paper
from app.core.errors import LibraryError
from ingest.reading import read_inputs
from ingest.set_aside import SetAside
from tests.conftest import ROOT

GOOD = {"title": "On Newts", "abstract": "Newts swim in ponds."}
BROKEN = '{"title": "On Olms", "abstract": "Olms hide."'


def read(*paths: Path) -> tuple[list[Paper], list[BadRecord]]:
    records = list(read_inputs(paths))
    return [r for r in records if isinstance(r, Paper)], [r for r in records if isinstance(r, BadRecord)]


def kept(folder: Path, *records: BadRecord) -> list[Path]:
    """The files that one run makes of these records."""
    keep = SetAside(folder)
    for record in records:
        keep.add(record)
    return [Path(path) for path in keep.close()]


def bad(raw: str | Path | None = BROKEN, where: str = "papers.jsonl", **more: str) -> BadRecord:
    return BadRecord(where, 7, "it is broken", "excerpt", raw, extension=more.pop("extension", ".jsonl"), **more)


def seen(folder: Path) -> list[Path]:
    """What a person sees in the folder, and a run over it reads."""
    return sorted(path for path in folder.iterdir() if not path.name.startswith("."))


def unfinished(folder: Path) -> list[str]:
    """What runs that have not ended hold, but for the lock that all of them take in turn."""
    return sorted(path.name for path in (folder / ".unfinished").iterdir() if path.name != "lock")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "set-aside"


def test_repair_and_ingest_again(tmp_path: Path, folder: Path) -> None:
    """Every bad record is in the file, word for word, and nothing else; repaired there, it is read as its paper."""
    path = tmp_path / "papers.jsonl"
    lines = [json.dumps(GOOD), BROKEN, json.dumps({"title": "No abstract"}), json.dumps({**GOOD, "title": "More"})]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    papers, broken = read(path)
    assert [(b.where, b.line) for b in broken] == [(str(path), 2), (str(path), 3)]
    [file] = kept(folder, *broken)
    assert file.parent == folder and file.name.startswith("papers-") and file.suffix == ".jsonl"
    assert file.read_text(encoding="utf-8") == "\n".join(lines[1:3]) + "\n"
    file.write_text(file.read_text(encoding="utf-8").replace('Olms hide."', 'Olms hide."}'), encoding="utf-8")
    [mended], still = read(file)
    assert (mended.title, mended.abstract, len(papers)) == ("On Olms", "Olms hide.", 2)
    # What is still broken stays in that file, and what was repaired is kept where no run reads it.
    repaired = file.read_bytes()
    assert kept(folder, *still) == [file]
    assert file.read_text(encoding="utf-8") == lines[2] + "\n"
    assert (folder / ".repaired" / file.name).read_bytes() == repaired


def test_what_comes_back_is_for_the_report(folder: Path) -> None:
    """The report tells where and why, without the text that is in the file."""
    record = bad(opening="<a>", closing="</a>")
    assert SetAside().add(record) == BadRecord("papers.jsonl", 7, "it is broken", "excerpt", extension=".jsonl")
    keep = SetAside(folder)
    assert keep.add(record) == SetAside().add(record)
    assert len(keep.close()) == 1


def test_nothing_bad_nothing_kept(folder: Path) -> None:
    """Without bad records, or where there is nothing to repair, there is no file and no folder."""
    assert kept(folder) == kept(folder, bad(raw=None)) == []
    assert not folder.exists()


def test_opening_and_closing(folder: Path) -> None:
    """What must stand around records of a format stands there once, also where another file's records come between."""
    xml = {"opening": "<list>\n", "closing": "</list>\n", "extension": ".xml"}
    other = bad("other", where="other.jsonl")
    files = kept(folder, bad("<p>1</p>", "a.xml", **xml), other, bad("<p>2</p>\n", "a.xml", **xml), other)
    assert [file.read_text() for file in files] == ["<list>\n<p>1</p>\n<p>2</p>\n</list>\n", "other\nother\n"]


def test_two_openings_of_one_file(folder: Path) -> None:
    """Records of one file that need other words around them, as after a second header, get a file each."""
    one, two = kept(folder, bad("1,2", "t.csv", opening="a,b\n"), bad("3,4", "t.csv", opening="c,d\n"))
    assert (one.read_text(), two.read_text()) == ("a,b\n1,2\n", "c,d\n3,4\n")


def test_names(folder: Path, tmp_path: Path) -> None:
    """Files of one name in two folders, strange names, endless ones and none at all each get a file in the folder."""
    names = [
        "a/papers.jsonl",
        "b/papers.jsonl",
        "../../etc/passwd",
        "standard input",
        "蝾" * 85,
        "𠀀" * 60,
        "\udcff:*?",
        "/",
        "",
    ]
    files = kept(folder, *(bad(where=name) for name in names))
    assert len({file.name for file in files}) == len(names)
    assert seen(folder) == sorted(files) and not unfinished(folder)
    assert list(tmp_path.iterdir()) == [folder]
    assert not any(file.name.startswith(".") for file in files)


def test_a_record_too_large_for_memory(folder: Path, tmp_path: Path) -> None:
    """A record that lies in a file of its own is moved over as it is, line ends and odd bytes too."""
    content = b'{"title": "\xff"\r\n' + b"x" * 2_000_000 + b"\n"
    (tmp_path / "spilled").write_bytes(content)
    [file] = kept(folder, bad(tmp_path / "spilled"))
    assert file.read_bytes() == content
    assert not (tmp_path / "spilled").exists()
    (tmp_path / "spilled").write_bytes(content)
    SetAside().add(bad(tmp_path / "spilled"))
    assert not (tmp_path / "spilled").exists()


def test_odd_bytes_stay(folder: Path, tmp_path: Path) -> None:
    """Bytes that are not of the encoding are kept as they stand, so that whoever knows the encoding can repair them."""
    path = tmp_path / "papers.jsonl"
    line = b'{"title": "M\xf6lche", "abstract": "Newts swim."}\n'
    path.write_bytes(json.dumps({**GOOD, "venue": "Ü"}, ensure_ascii=False).encode() + b"\n" + line)
    broken = [r for r in read_inputs([path], encoding="utf-8") if isinstance(r, BadRecord)]
    [file] = kept(folder, *broken)
    assert file.read_bytes() == line


def test_the_same_again(folder: Path) -> None:
    """A second run over the same file leaves one file with the same content."""
    [first] = kept(folder, bad(), bad("more"))
    before = first.read_bytes()
    assert kept(folder, bad(), bad("more")) == [first]
    assert first.read_bytes() == before
    assert seen(folder) == [first]


def test_repairs_are_never_lost(folder: Path) -> None:
    """When a file that a person has begun to repair is made anew, what they did is kept beside it."""
    [file] = kept(folder, bad())
    for repair in ("repaired", "repaired again"):
        file.write_text(repair)
        assert kept(folder, bad()) == [file]
        assert file.read_text() == BROKEN + "\n"
    assert {path.read_text() for path in seen(folder)} == {BROKEN + "\n", "repaired", "repaired again"}
    assert all(path.suffix == ".jsonl" for path in seen(folder))


KILLED = """
import os, sys
from pathlib import Path
from app.core.domain import BadRecord
from ingest.set_aside import SetAside
SetAside(Path(sys.argv[1])).add(BadRecord("papers.jsonl", 7, "it is broken", "excerpt", "half", extension=".jsonl"))
os._exit(9)
"""


def test_a_killed_run(folder: Path) -> None:
    """What a run that was killed left is swept by the next; the file of the run before it is there meanwhile."""
    [file] = kept(folder, bad())
    killed = subprocess.run([sys.executable, "-c", KILLED, str(folder)], env=os.environ | {"PYTHONPATH": str(ROOT)})
    assert killed.returncode == 9 and len(unfinished(folder)) == 2
    assert file.read_text() == BROKEN + "\n"
    assert kept(folder, bad()) == [file]
    assert file.read_text() == BROKEN + "\n"
    assert seen(folder) == [file] and not unfinished(folder)


def test_a_run_beside_another(folder: Path) -> None:
    """A run leaves alone what another one that has not ended is writing, over the same file or not."""
    slow, quick = SetAside(folder), SetAside(folder)
    slow.add(bad())
    slow.add(bad(where="other.jsonl"))
    for _ in range(2):
        quick.add(bad())
    [file] = map(Path, quick.close())
    assert file.read_text() == f"{BROKEN}\n{BROKEN}\n"
    slow.add(bad())
    assert Path(slow.close()[0]) == file
    assert [path.read_text() for path in seen(folder)].count(f"{BROKEN}\n{BROKEN}\n") == 1
    assert len(seen(folder)) == 2 and not unfinished(folder)


@pytest.mark.parametrize("repaired", [False, True])
def test_many_threads(folder: Path, repaired: bool) -> None:
    """As the page takes uploads: all over one file, and of all that was bad or repaired nothing is lost or doubled."""
    records = [bad(f"{BROKEN}{number}") for number in range(600)]
    if repaired:
        [file] = kept(folder, *records)
        file.write_text("repaired", encoding="utf-8")
    errors: list[BaseException] = []
    together = threading.Barrier(4)

    def work() -> None:
        try:
            keep = SetAside(folder)
            together.wait(30)
            for record in records:
                keep.add(record)
            together.wait(30)
            keep.close()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not errors
    whole = "".join(f"{record.raw}\n" for record in records)
    assert sorted(path.read_text() for path in seen(folder)) == sorted(["repaired", whole] if repaired else [whole])
    assert not unfinished(folder)


def test_a_run_that_is_stopped_beside_another(folder: Path) -> None:
    """What it has is the beginning of what is there: that stays. Something else is put in its place, and nothing lost."""
    for first in (BROKEN, "changed"):
        stopped, through = SetAside(folder), SetAside(folder)
        stopped.add(bad(first))
        through.add(bad())
        through.add(bad("more"))
        assert through.close() == stopped.close(whole=False)
        whole, mine = f"{BROKEN}\nmore\n", "changed\n"
        assert sorted(path.read_text() for path in seen(folder)) == ([whole] if first == BROKEN else [mine, whole])


def test_two_runs_over_a_file_of_the_folder(folder: Path) -> None:
    """Both have read the file with its repair; what is still bad is in it once, and the repair is kept once."""
    [file] = kept(folder, bad(), bad("more"))
    file.write_text(f"{BROKEN}}}\nmore\n", encoding="utf-8")
    written = file.read_text()
    one, two = SetAside(folder), SetAside(folder)
    for run in (one, two):
        run.saw([f"jsonl {file}"])
        run.add(bad("more", where=str(file)))
    assert one.close() == two.close() == (str(file),)
    assert seen(folder) == [file] and file.read_text() == "more\n"
    assert [path.read_text() for path in (folder / ".repaired").iterdir()] == [written]


def test_a_part_that_somebody_cut(folder: Path) -> None:
    """What was written and is there no longer is an error, not a shorter file in the place of a whole one."""
    [file] = kept(folder, bad(), bad("more"))
    keep = SetAside(folder)
    keep.add(bad())
    keep.add(bad("more"))
    [part] = (folder / ".unfinished").glob("*/*.jsonl")
    part.write_bytes(b"")
    with pytest.raises(LibraryError, match="shorter"):
        keep.close()
    assert file.read_text() == f"{BROKEN}\nmore\n" and seen(folder) == [file] and not unfinished(folder)


@pytest.fixture
def few_files() -> Iterator[None]:
    """The process may open a hundred files more than it has open now, and no more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    # Numbers that other tests' files have taken are free for nobody, and they may lie anywhere.
    used = {int(path.name) for path in Path("/dev/fd").iterdir()}
    limit = next(top for top in range(100, soft) if sum(n not in used for n in range(top)) >= 100)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, limit), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_very_many_broken_files(folder: Path, few_files: None) -> None:
    """A folder of more broken files than a process may have open is kept whole."""
    records = [bad(where=f"{number}.jsonl") for number in range(600)]
    files = kept(folder, *records, *records)
    assert len(files) == 600
    assert {file.read_text() for file in files} == {f"{BROKEN}\n{BROKEN}\n"}


def test_very_many_bad_records(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of each file so many are kept; the report goes on with where and why, after the first ones without the text."""
    monkeypatch.setattr("ingest.set_aside.MOST", 5)
    monkeypatch.setattr("ingest.set_aside._KEEP_EXCERPTS", 3)
    keep = SetAside(folder)
    told = [keep.add(bad(where=where)) for where in ("a.jsonl", "b.jsonl") for _ in range(7)]
    assert len(told) == 14 and all(record.reason and record.line == 7 for record in told)
    assert [bool(record.excerpt) for record in told] == [True] * 3 + [False] * 11
    assert [len(Path(path).read_text().splitlines()) for path in keep.close()] == [5, 5]


@pytest.mark.parametrize("raw", [None, BROKEN])
def test_the_report_does_not_grow_without_end(folder: Path, monkeypatch: pytest.MonkeyPatch, raw: str | None) -> None:
    """Of so many bad records the report lists the first; where they all stand and why is then in a file."""
    monkeypatch.setattr("ingest.bad_list.MOST_LISTED", 3)
    for _ in range(2):
        keep = SetAside(folder)
        records = [BadRecord("p.jsonl", n, f"it\tis {n}", "x", raw, extension=".jsonl") for n in range(1, 8)]
        told = [keep.add(record) for record in records]
        assert keep.bad.first == told[:3] and keep.bad.count == 7 and not keep.bad.file
        keep.close()
        assert keep.bad.file and keep.bad.file.parent == folder.resolve() / ".lists"
        lines = keep.bad.file.read_text(encoding="utf-8").splitlines()
        assert lines == [f"p.jsonl\t{n}\tit is {n}" for n in range(1, 8)]
    assert len(list((folder / ".lists").iterdir())) == 1 and not unfinished(folder)
    stopped = SetAside(folder)
    for record in records[:5]:
        stopped.add(record)
    stopped.close(whole=False)
    assert len(keep.bad.file.read_text(encoding="utf-8").splitlines()) == 7 and not unfinished(folder)


def test_without_a_folder_the_rest_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """A dry run writes nothing: the first are listed, the others only counted."""
    monkeypatch.setattr("ingest.bad_list.MOST_LISTED", 3)
    keep = SetAside()
    for _ in range(7):
        keep.add(bad())
    assert keep.close() == () and keep.bad.file is None
    assert (len(keep.bad.first), keep.bad.count) == (3, 7)


def test_a_folder_that_cannot_be_one(tmp_path: Path) -> None:
    """Where the records cannot be kept the run stops with our error, which names the folder and says what to do."""
    (tmp_path / "file").write_text("mine")
    keep = SetAside(tmp_path / "file")
    with pytest.raises(LibraryError) as refused:
        keep.add(bad())
    assert f'"{tmp_path / "file"}"' in str(refused.value) and refused.value.hint
    assert keep.close() == ()
    assert (tmp_path / "file").read_text() == "mine"


def test_a_folder_that_vanishes(folder: Path) -> None:
    """When the files cannot be finished, that is our error too, and nothing stays open."""
    keep = SetAside(folder)
    keep.add(bad())
    keep.add(bad(where="other.jsonl"))
    shutil.rmtree(folder)
    with pytest.raises(LibraryError) as refused:
        keep.close()
    assert f'"{folder}"' in str(refused.value) and refused.value.hint
    assert keep.close() == ()
