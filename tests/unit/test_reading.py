"""Reading what a person names: archives, folders, standard input, encodings, and files that are not as they should be."""

from __future__ import annotations

import codecs
import gzip
import io
import json
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.domain import BadRecord, Paper
from app.core.errors import InputError
from ingest.decoding import guess_encoding
from ingest.reading import read_inputs


def lines(*numbers: int) -> str:
    return "".join(
        json.dumps({"title": f"On newt {n}", "abstract": f"Newt {n} swims."}, ensure_ascii=False) + "\n"
        for n in numbers
    )


def read(*paths: Path | str, **more: str) -> tuple[list[str], list[tuple[str, int, str]]]:
    """The titles, and (file name, line, reason) of what is bad."""
    records = list(read_inputs(paths, **more))  # type: ignore[arg-type]
    titles = [record.title for record in records if isinstance(record, Paper)]
    return titles, [(Path(r.where).name, r.line, r.reason) for r in records if isinstance(r, BadRecord)]


TITLES = ["On newt 1", "On newt 2"]


def test_plain_gzip_and_zip_by_content(tmp_path: Path) -> None:
    """What is in a file counts, not what it is called; archives in archives are opened too."""
    (tmp_path / "plain.gz").write_text(lines(1, 2))
    (tmp_path / "packed.jsonl").write_bytes(gzip.compress(lines(1, 2).encode()))
    twice = gzip.compress(gzip.compress(lines(1, 2).encode()))
    (tmp_path / "twice").write_bytes(twice)
    with zipfile.ZipFile(tmp_path / "archive", "w") as archive:
        archive.writestr("deep/a.jsonl", lines(1))
        archive.writestr("deep/b.jsonl.gz", gzip.compress(lines(2).encode()))
        archive.writestr("__MACOSX/._a.jsonl", "noise")
    for name in ("plain.gz", "packed.jsonl", "twice", "archive"):
        assert read(tmp_path / name) == (TITLES, []), name


def test_where_a_record_is_from(tmp_path: Path) -> None:
    """A bad record in an archive is named by archive, member and line; a paper remembers format and place."""
    with zipfile.ZipFile(tmp_path / "two.zip", "w") as archive:
        archive.writestr("a.jsonl", lines(1) + "broken\n")
    [paper, bad] = list(read_inputs([tmp_path / "two.zip"]))
    assert isinstance(bad, BadRecord) and isinstance(paper, Paper)
    assert (bad.where, bad.line, bad.extension) == (f"{tmp_path / 'two.zip'}/a.jsonl", 2, ".jsonl")
    assert paper.source == f"jsonl {tmp_path / 'two.zip'}/a.jsonl"


def test_a_folder(tmp_path: Path) -> None:
    """All files below a folder are read, in the order of their names; hidden ones are not, strange ones are named."""
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "2.jsonl").write_text(lines(2))
    (tmp_path / "a.jsonl").write_text(lines(1))
    (tmp_path / ".hidden.jsonl").write_text(lines(3))
    (tmp_path / "c.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 10)
    (tmp_path / "d.txt").write_text("")
    os.mkfifo(tmp_path / "e.pipe")
    titles, bad = read(tmp_path)
    assert titles == TITLES
    assert [name for name, _, _ in bad] == ["c.png", "d.txt"]
    assert "no format we know" in bad[0][2] and "is empty" in bad[1][2]


def test_an_empty_folder_and_a_missing_file(tmp_path: Path) -> None:
    """Both are said at once, before anything is read."""
    (tmp_path / "a.jsonl").write_text(lines(1))
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="holds no file"):
        read_inputs([tmp_path / "empty"])
    with pytest.raises(InputError, match="There is no file"):
        read_inputs([tmp_path / "a.jsonl", tmp_path / "b.jsonl"])


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    """`-` reads standard input, packed or not."""
    with zipfile.ZipFile(packed := io.BytesIO(), "w") as archive:
        archive.writestr("a.jsonl", lines(1, 2))
    for data in (lines(1, 2).encode(), gzip.compress(lines(1, 2).encode()), packed.getvalue()):
        source, sink = os.pipe()
        os.write(sink, data)
        os.close(sink)
        with os.fdopen(source, "rb") as pipe:
            monkeypatch.setattr(
                "sys.stdin", io.TextIOWrapper(io.BufferedReader(pipe.raw if hasattr(pipe, "raw") else pipe))
            )
            assert read("-") == (TITLES, [])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    """The encoding is recognised, with a byte order mark and without."""
    text = "".join(
        json.dumps(
            {"title": f"Über Größe {n}", "abstract": "Frösche hüpfen über Bäche, Kröten schätzen Füße."},
            ensure_ascii=False,
        )
        + "\n"
        for n in range(8)
    )
    (tmp_path / "f").write_bytes(text.encode(encoding))
    assert read(tmp_path / "f") == ([f"Über Größe {n}" for n in range(8)], [])
    assert read(tmp_path / "f", encoding=encoding)[0][0] == "Über Größe 0"


def test_an_encoding_that_does_not_exist(tmp_path: Path) -> None:
    """It is refused at once with names of some that do."""
    with pytest.raises(InputError, match='"klingon"'):
        read_inputs([tmp_path], encoding="klingon")


def test_a_few_bytes_of_another_encoding(tmp_path: Path) -> None:
    """In a UTF-8 file they cost their own records, which are kept byte for byte."""
    text = lines(1).encode() + '{"title": "On fröge", "abstract": "x y"}\n'.encode("latin-1") + lines(2).encode()
    (tmp_path / "f").write_bytes(text.replace(b"On newt", "Über newt".encode()))
    records = list(read_inputs([tmp_path / "f"]))
    assert [type(record) for record in records] == [Paper, BadRecord, Paper]
    bad = records[1]
    assert isinstance(bad, BadRecord) and isinstance(bad.raw, str)
    assert "0xf6" in bad.reason and bad.line == 2
    assert bad.raw.encode("utf-8", "surrogateescape") == text.split(b"\n")[1]


def test_a_truncated_gzip(tmp_path: Path) -> None:
    """What stands before the break is read, the break is named with its line, and half a line is no record."""
    whole = "".join(lines(n) for n in range(5000))
    data = gzip.compress(whole.encode())
    (tmp_path / "cut.gz").write_bytes(data[: len(data) // 2])
    titles, [(name, line, reason)] = read(tmp_path / "cut.gz")
    assert 100 < len(titles) < 5000
    assert titles == [f"On newt {n}" for n in range(len(titles))]
    assert (name, line) == ("cut.gz", len(titles) + 1)
    assert "break off" in reason


def test_half_an_abstract_is_not_stored(tmp_path: Path) -> None:
    """Where a packed page breaks off in an abstract, the paper is not taken with half of it."""
    page = "".join(
        f"Newts of Pond {n}\n\n"
        + f"We count newts in pond {n} by ear. They call at night and swim by day. " * 5
        + "\n\n"
        for n in range(2000)
    )
    data = gzip.compress(page.encode())
    (tmp_path / "cut.gz").write_bytes(data[: len(data) // 2])
    records = list(read_inputs([tmp_path / "cut.gz"]))
    papers = [record for record in records if isinstance(record, Paper)]
    assert len({len(paper.abstract) - 5 * len(paper.title) for paper in papers}) == 1
    assert isinstance(records[-1], BadRecord) and "break off" in records[-1].reason


def test_damaged_archives(tmp_path: Path) -> None:
    """Each is named; among others it does not stop them, alone it is an error."""
    data = bytearray(gzip.compress("".join(lines(n) for n in range(3000)).encode()))
    data[len(data) // 2] ^= 0xFF
    (tmp_path / "a.gz").write_bytes(data)
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.writestr("x.jsonl", lines(7))
    cut = (tmp_path / "b.zip").read_bytes()[:-30]
    (tmp_path / "b.zip").write_bytes(cut)
    (tmp_path / "c.jsonl").write_text(lines(1))
    titles, bad = read(tmp_path / "a.gz", tmp_path / "b.zip", tmp_path / "c.jsonl")
    assert titles[-1] == "On newt 1"
    assert [name for name, _, _ in bad if "zip" in name] == ["b.zip"]
    assert any(name == "a.gz" for name, _, _ in bad)
    with pytest.raises(InputError, match=r"b\.zip"):
        read(tmp_path / "b.zip")


def test_a_zip_with_a_password(tmp_path: Path) -> None:
    """A member that is encrypted is named; the others are read."""
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.jsonl", lines(1))
        archive.writestr("b.jsonl", lines(2))
    data = bytearray((tmp_path / "a.zip").read_bytes())
    first = data.index(b"PK\x01\x02")
    data[6] |= 1
    data[first + 8] |= 1
    (tmp_path / "a.zip").write_bytes(data)
    titles, bad = read(tmp_path / "a.zip")
    assert titles == ["On newt 2"]
    assert "encrypted" in bad[0][2]


def test_a_line_of_many_megabytes(tmp_path: Path) -> None:
    """It is named and kept, the records around it are read, and memory stays bounded."""
    import tracemalloc

    with (tmp_path / "f.jsonl").open("w") as stream:
        stream.write(lines(1) + '{"title": "')
        for _ in range(60):
            stream.write("newt " * 100_000)
        stream.write('"}\n' + lines(2))
    tracemalloc.start()
    records = list(read_inputs([tmp_path / "f.jsonl"]))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [type(record) for record in records] == [Paper, BadRecord, Paper]
    bad = records[1]
    assert isinstance(bad, BadRecord) and isinstance(bad.raw, Path)
    assert bad.line == 2 and "longer" in bad.reason
    assert bad.raw.stat().st_size > 30_000_000
    assert peak < 40_000_000
    bad.raw.unlink()


def test_an_unreadable_file(tmp_path: Path) -> None:
    """A file whose reading fails is named, and the others are read."""
    (tmp_path / "a.jsonl").write_text(lines(1))
    # Linux gives an input/output error for this one, whoever reads it.
    titles, bad = read("/proc/self/mem", tmp_path / "a.jsonl")
    assert titles == ["On newt 1"]
    assert len(bad) == 1 and "cannot be read" in bad[0][2]


def test_files_that_cannot_be_opened(tmp_path: Path) -> None:
    """In a folder, a link to nothing is named, and the others are read."""
    (tmp_path / "a.jsonl").write_text(lines(1))
    (tmp_path / "b.jsonl").symlink_to("gone.jsonl")
    (tmp_path / "c.jsonl").write_text(lines(2))
    titles, [(name, _, reason)] = read(tmp_path)
    assert titles == TITLES and name == "b.jsonl"
    assert "No such file" in reason


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_without_the_right_to_read(tmp_path: Path) -> None:
    """A file or folder in a folder is named, and the others are read; alone it is an error."""
    (tmp_path / "a.jsonl").write_text(lines(1))
    (tmp_path / "b.jsonl").write_text(lines(3))
    (tmp_path / "b.jsonl").chmod(0)
    (tmp_path / "c.jsonl").write_text(lines(2))
    (tmp_path / "d").mkdir(0o300)
    (tmp_path / "e").mkdir()
    (tmp_path / "e" / "f.jsonl").write_text(lines(4))
    (tmp_path / "e").chmod(0o600)
    titles, bad = read(tmp_path)
    assert titles == TITLES and {name for name, _, _ in bad} == {"b.jsonl", "d", "f.jsonl"}
    assert all("Permission denied" in reason for _, _, reason in bad)
    with pytest.raises(InputError, match="Permission denied"):
        read(tmp_path / "b.jsonl")
    for folder in ("d", "e"):
        (tmp_path / folder).chmod(0o700)


def test_reading_is_lazy(tmp_path: Path) -> None:
    """The first paper of a packed file comes before the rest is read."""

    class Watched(io.FileIO):
        """Counts what is read of it."""

        taken = 0

    with gzip.open(tmp_path / "f.gz", "wt", compresslevel=1) as stream:
        for n in range(50_000):
            stream.write(lines(n))
    records: Iterator[Paper | BadRecord] = read_inputs([tmp_path / "f.gz"])
    import tracemalloc

    tracemalloc.start()
    assert isinstance(next(records), Paper)
    assert tracemalloc.get_traced_memory()[1] < 8_000_000
    tracemalloc.stop()
    records.close()  # type: ignore[attr-defined]


def test_columns_are_for_tables(tmp_path: Path) -> None:
    """A choice of columns is used for a table and refused for anything else; a wrong field is said with the right ones."""
    (tmp_path / "t.csv").write_text("Titel,Inhalt,x\nÜber Molche,Sie schwimmen.,1\n", encoding="utf-8")
    columns = {"title": "Titel", "abstract": "Inhalt"}
    [paper] = list(read_inputs([tmp_path / "t.csv"], "csv", columns=columns))
    assert isinstance(paper, Paper) and paper.abstract == "Sie schwimmen."
    (tmp_path / "a.jsonl").write_text(lines(1))
    with pytest.raises(InputError, match="for tables"):
        list(read_inputs([tmp_path / "a.jsonl"], columns=columns))
    with pytest.raises(InputError, match='no field "titel"'):
        list(read_inputs([tmp_path / "t.csv"], "csv", columns={"titel": "Titel"}))


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_have_an_encoding(data: bytes) -> None:
    """Whatever a file begins with, an encoding is found that decodes it: as UTF-8 without loss, and whatever is UTF-8
    without zeros or a declaration is taken for it."""
    encoding = guess_encoding(data)
    text = data.decode(encoding, "surrogateescape" if encoding == "utf-8" else "replace")
    assert len(text) <= len(data) and (encoding != "utf-8" or text.encode("utf-8", "surrogateescape") == data)
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return
    if b"\0" not in data and not data.startswith(b"<?xml"):
        assert encoding == ("utf-8-sig" if data.startswith(codecs.BOM_UTF8) else "utf-8")
