"""Repairing bad records in the set-aside folder, as often as it takes: files do not multiply, and no repair is lost."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.core.domain import BadRecord, Paper
from app.core.report import IngestReport
from ingest.reading import read_inputs
from tests.commands import Askpapers

GOOD = {"title": "On Newts", "abstract": "Newts swim in ponds."}
OLMS, EFTS = '{"title": "On Olms", "abstract": "Olms hide."', '{"title": "On Efts"}'
BOTH = f"{OLMS}\n{EFTS}\n"


@pytest.fixture
def askpapers(tmp_path: Path, model_cache: Path) -> Askpapers:
    """The command over a library that is not there yet."""
    return Askpapers(tmp_path / "data", model_cache)


@pytest.fixture
def original(tmp_path: Path) -> Path:
    """A file with one paper and two bad records."""
    path = tmp_path / "q.jsonl"
    path.write_text(f"{json.dumps(GOOD)}\n{BOTH}", encoding="utf-8")
    return path


class Folder:
    """The set-aside folder of the library, and the command over it."""

    def __init__(self, askpapers: Askpapers) -> None:
        self.askpapers = askpapers

    def ingest(self, *paths: Path) -> dict[str, object]:
        done = self.askpapers("ingest", *paths, "--no-embed", "--json")
        assert done.code == 0, done.err
        return done.json

    @property
    def path(self) -> Path:
        [found] = self.askpapers.folder.rglob("set-aside")
        return found

    @property
    def files(self) -> list[Path]:
        """Those that a person sees and ingest reads."""
        return sorted(path for path in self.path.iterdir() if path.is_file())

    @property
    def texts(self) -> list[str]:
        return [path.read_text(encoding="utf-8") for path in self.files]


@pytest.fixture
def folder(askpapers: Askpapers, original: Path) -> Folder:
    """After the file was ingested once."""
    found = Folder(askpapers)
    assert found.ingest(original)["set_aside"] == [str(found.files[0])]
    return found


def repair(path: Path) -> None:
    path.write_text(path.read_text(encoding="utf-8").replace('hide."', 'hide."}'), encoding="utf-8")


def test_reading_the_folder_again_and_again(folder: Folder, original: Path) -> None:
    """Nothing repaired, nothing changed: by file, by folder, by a relative name, and with the original beside it."""
    for paths in ([folder.files[0]], [folder.path], [folder.path / ".." / "set-aside"], [original, folder.path]):
        report = folder.ingest(*paths)
        assert report["set_aside"] and set(report["set_aside"]) == {str(folder.files[0])}  # type: ignore[call-overload]
        assert folder.texts == [BOTH]
        assert not (folder.path / ".repaired").exists()


@pytest.mark.parametrize("whole_folder", [True, False])
def test_the_cycle(folder: Folder, original: Path, whole_folder: bool) -> None:
    """One of two repaired and ingested: the other stays in the file. The original again: one file with both. Both
    repaired: nothing is left to see, and the library has all. What a person wrote is kept every time."""
    [file] = folder.files
    repair(file)
    written = file.read_bytes()
    report = folder.ingest(folder.path if whole_folder else file)
    assert (report["new"], report["set_aside"], report["repaired"]) == (1, [str(file)], [])
    assert folder.texts == [f"{EFTS}\n"] and folder.files == [file]
    assert [path.read_bytes() for path in (folder.path / ".repaired").iterdir()] == [written]
    assert folder.ingest(file)["unchanged"] == 0 and folder.texts == [f"{EFTS}\n"]
    folder.ingest(original)
    assert folder.texts == [BOTH] and folder.files == [file]
    repair(file)
    file.write_text(file.read_text().replace("Efts", 'Efts", "abstract": "Efts wait.'), encoding="utf-8")
    report = folder.ingest(folder.path if whole_folder else file)
    assert (report["new"], report["unchanged"], report["set_aside"], report["repaired"]) == (1, 1, [], [str(file)])
    assert folder.files == []
    assert folder.askpapers("library", "stats", "--json").json["papers"] == 3
    assert len(list((folder.path / ".repaired").iterdir())) == 2


def test_it_is_said(folder: Folder) -> None:
    """The report says where the bad records are, and of which file nothing is bad any more."""
    [file] = folder.files
    done = folder.askpapers("ingest", file, "--no-embed")
    assert f"The bad records are in {file}: repair them there" in done.out
    file.write_text(json.dumps(GOOD) + "\n", encoding="utf-8")
    done = folder.askpapers("ingest", file, "--no-embed")
    assert f"Nothing is bad any more in {file}" in done.out and not file.exists()


def test_the_original_before_the_repair(folder: Folder, original: Path) -> None:
    """A repair that was not ingested stays beside the new file; ingested, it leaves there what is still bad."""
    [file] = folder.files
    repair(file)
    written = file.read_text(encoding="utf-8")
    for _ in range(3):
        folder.ingest(original)
        assert sorted(folder.texts) == sorted([written, BOTH])
    for _ in range(3):
        folder.ingest(folder.path)
        assert sorted(folder.texts) == sorted([f"{EFTS}\n", BOTH])


def test_the_original_and_the_folder_together(folder: Folder, original: Path) -> None:
    """In either order nothing is lost, and there are two files: what the original brings, and what was repaired."""
    [file] = folder.files
    for paths in ([original, folder.path], [folder.path, original]):
        repair(file)
        written = file.read_text(encoding="utf-8")
        folder.ingest(*paths)
        assert sorted(folder.texts) == sorted([written, BOTH])
        assert file.read_text(encoding="utf-8") == BOTH
        folder.ingest(folder.path)
        assert sorted(folder.texts) == sorted([f"{EFTS}\n", BOTH])
        next(path for path in folder.files if path != file).unlink()
    assert [path.name for path in (folder.path / ".unfinished").iterdir()] == ["lock"]


def test_another_file_in_the_folder(folder: Folder) -> None:
    """A file of the person's own there is read, and left alone whatever is in it."""
    own = folder.path / "mine.jsonl"
    own.write_text(f"{json.dumps(GOOD)}\n{EFTS}\n", encoding="utf-8")
    for _ in range(2):
        assert str(own) in folder.ingest(folder.path)["set_aside"]  # type: ignore[operator]
        assert sorted(folder.texts) == sorted([BOTH, f"{json.dumps(GOOD)}\n{EFTS}\n"])
    own.write_text(json.dumps(GOOD) + "\n", encoding="utf-8")
    folder.ingest(own)
    assert own.is_file()


def test_a_copy_from_elsewhere(folder: Folder, tmp_path: Path) -> None:
    """A copy that was repaired elsewhere, as the page gets it each time in another place, makes no files of new names."""
    name = folder.files[0].name
    for number in range(3):
        copy = tmp_path / str(number) / name
        copy.parent.mkdir()
        copy.write_text(BOTH.replace('hide."', 'hide."}'), encoding="utf-8")
        folder.ingest(copy)
        assert len(folder.files) == 2 and sorted(folder.texts) == sorted([f"{EFTS}\n", BOTH])


def run(folder: Folder, path: Path, stop_after: int | None = None, edit: str | None = None) -> IngestReport:
    """A run in this process that is stopped, or during which the person writes to the file."""
    from tests.conftest import service_in

    service = service_in(folder.askpapers.folder, folder.askpapers.model_cache)

    def records() -> object:
        for number, record in enumerate(read_inputs([path])):
            if number == stop_after:
                raise KeyboardInterrupt
            yield record
        if edit is not None:
            path.write_text(edit, encoding="utf-8")

    return service.library.ingest(records())  # type: ignore[arg-type]


@pytest.mark.parametrize("stop_after", [0, 1, 2])
def test_a_run_that_is_stopped(folder: Folder, stop_after: int) -> None:
    """The file stays as the person left it until a run over it is through."""
    [file] = folder.files
    file.write_text(f"{EFTS}\n{OLMS}}}\n{EFTS}\n", encoding="utf-8")
    before = file.read_text(encoding="utf-8")
    with pytest.raises(KeyboardInterrupt):
        run(folder, file, stop_after)
    assert folder.texts == [before]
    folder.ingest(file)
    assert folder.texts == [f"{EFTS}\n{EFTS}\n"]


@pytest.mark.parametrize("first", [f"{OLMS}}}\n{EFTS}\n", f"{OLMS}}}\n"])
def test_a_repair_while_it_is_read(folder: Folder, first: str) -> None:
    """What the person writes to the file meanwhile is not touched."""
    [file] = folder.files
    file.write_text(first, encoding="utf-8")
    run(folder, file, edit="still at work\n")
    assert folder.texts == ["still at work\n"]


def test_what_cannot_be_written_anew(folder: Folder) -> None:
    """A file of the folder that cannot be read to its end stays as it is."""
    [file] = folder.files
    records = [BadRecord(str(file), 1, "broken", "x", EFTS + "\n"), BadRecord(str(file), 2, "too long for memory")]
    from tests.conftest import service_in

    service = service_in(folder.askpapers.folder, folder.askpapers.model_cache)
    report = service.library.ingest([*records, Paper("title:1", "On It", "It is.", source=f"jsonl {file}")])
    assert report.set_aside == (str(file),) and report.repaired == ()
    assert folder.texts == [BOTH]
