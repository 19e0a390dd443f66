"""What may be wrong with a file besides its records: lines without end, encodings, archives that break off or blow up.

Whatever is wrong is named with its file and line, what is around it is read, and memory stays bounded."""

from __future__ import annotations

import gzip
import io
import json
import tempfile
import tracemalloc
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.cli import cli
from app.core.domain import BadRecord, Paper
from app.core.errors import InputError
from app.core.report import IngestReport
from app.ui.library_html import report_html
from ingest import opening
from ingest.reading import read_inputs
from ingest.sources import choose_source

PUBMED = (
    "<PubmedArticle><MedlineCitation><PMID>1</PMID><Article><ArticleTitle>{0}</ArticleTitle><Abstract><AbstractText>{1}"
    "</AbstractText></Abstract></Article></MedlineCitation></PubmedArticle>\n"
)
ENTRY = "<entry><id>http://arxiv.org/abs/x</id><title>{0}</title><summary>{1}</summary></entry>\n"
# Before the records, a record with its title and abstract, and what stands after the records.
FORMS = {
    "jsonl": ("", '{{"title": "{0}", "abstract": "{1}"}}\n', ""),
    "json": ("[\n", '{{"title": "{0}", "abstract": "{1}"}},\n', '{"title": "End", "abstract": "It ends."}]\n'),
    "csv": ("title,abstract\n", '"{0}","{1}"\n', ""),
    "bibtex": ("", "@article{{k,\n  title = {{{0}}},\n  abstract = {{{1}}}\n}}\n", ""),
    "ris": ("", "TY  - JOUR\nTI  - {0}\nAB  - {1}\nER  - \n", ""),
    "nbib": ("", "PMID- 1\nOWN - NLM\nTI  - {0}\nAB  - {1}\n\n", ""),
    "wos": ("", "PT J\nTI {0}\nAB {1}\nER\n\n", "EF\n"),
    "pubmed-xml": ('<?xml version="1.0"?>\n<PubmedArticleSet>\n', PUBMED, "</PubmedArticleSet>\n"),
    "arxiv-atom": ('<?xml version="1.0"?>\n<feed xmlns="http://www.w3.org/2005/Atom">\n', ENTRY, "</feed>\n"),
    "page": ("", "{0}\n\n{1} They swim at night. We count them by ear in nine ponds.\n\n", ""),
}
NEWTS = ("On the Newts of the North", "Newts swim at night and rest by day.")
TOADS = ("On the Toads of the South", "Toads walk by night and hide by day.")


def text(name: str, *papers: tuple[str, str]) -> str:
    before, form, after = FORMS[name]
    return before + "".join(form.format(*paper) for paper in papers) + after


def read(*paths: Path, encoding: str | None = None) -> tuple[list[str], list[BadRecord]]:
    """Titles (but for the one that ends an array) and bad records; files made for very long texts are removed."""
    found = list(read_inputs(paths, encoding=encoding))
    bad = [record for record in found if isinstance(record, BadRecord)]
    for record in bad:
        if isinstance(record.raw, Path):
            record.raw.unlink()
    return [record.title for record in found if isinstance(record, Paper) and record.title != "End"], bad


def long_line(path: Path, name: str, megabytes: int) -> int:
    """Writes a file of two papers with one between them whose abstract is so long; the line on which that begins."""
    start = text(name, NEWTS).removesuffix(FORMS[name][2])
    opening, closing = FORMS[name][1].format("On Efts of the East", "\0").split("\0")
    with path.open("w", encoding="utf-8") as stream:
        stream.write(start + opening)
        for _ in range(megabytes):
            stream.write("Efts wait. " * 95_326)
        stream.write(closing + text(name, TOADS).removeprefix(FORMS[name][0]))
    return start.count("\n") + 1


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("megabytes", [20, pytest.param(200, marks=pytest.mark.slow)])
def test_a_line_without_end(name: str, megabytes: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line of many megabytes costs its own record, which is named with its line, and memory for a few of them."""
    monkeypatch.setattr("os.cpu_count", lambda: 1)  # read in this process, whose memory is measured
    line = long_line(tmp_path / "papers", name, megabytes)
    tracemalloc.start()
    titles, bad = read(tmp_path / "papers")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert titles == [NEWTS[0], TOADS[0]]
    assert any("longer than" in record.reason for record in bad)
    assert {record.line for record in bad} <= {line, line + 2}  # a page names the abstract, and the title without one
    assert peak < 48_000_000


@pytest.mark.parametrize(
    ("line", "count"),
    [("Efts wait in pond {0}. " * 400, 2_000), ("efts wait {0} " * 70_000, 20)],
)
def test_a_page_without_blank_lines(line: str, count: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is read with memory for a few megabytes of it, and what stands around is read as ever."""
    monkeypatch.setattr("os.cpu_count", lambda: 1)  # read in this process, whose memory is measured
    with (tmp_path / "papers").open("w", encoding="utf-8") as stream:
        stream.write(text("page", NEWTS))
        for n in range(count):
            stream.write(line.format(n) + "\n")
        stream.write("\n" + text("page", TOADS))
    tracemalloc.start()
    titles = [record.title for record in read_inputs([tmp_path / "papers"]) if isinstance(record, Paper)]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert {NEWTS[0], TOADS[0]} <= set(titles)
    assert peak < 20_000_000


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-32", "cp1252"])
def test_every_format_in_other_encodings(name: str, encoding: str, tmp_path: Path) -> None:
    """Each format is recognised and read in each encoding, with characters beyond ASCII."""
    papers = [
        (f"Über die Größe der Frösche {n}", f"Frösche hüpfen über Bäche {n}, Kröten schätzen das.") for n in range(9)
    ]
    (tmp_path / "papers").write_bytes(text(name, *papers).encode(encoding))
    assert read(tmp_path / "papers") == ([title for title, _ in papers], [])


def test_an_encoding_that_xml_names(tmp_path: Path) -> None:
    """What an XML file says of its encoding counts where the bytes are not UTF-8, and not where they are."""
    body = text("pubmed-xml", ("Über Łódź", "Newts swim."))
    for encoding in ("iso-8859-2", "utf-8"):
        said = body.replace('"1.0"', '"1.0" encoding="ISO-8859-2"')
        (tmp_path / "papers.xml").write_bytes(said.encode(encoding))
        assert read(tmp_path / "papers.xml") == (["Über Łódź"], [])
    for said in ("utf-16", "klingon", "idna", "unicode_escape", "rot13", "cp037"):
        (tmp_path / "papers.xml").write_bytes(body.replace('"1.0"', f'"1.0" encoding="{said}"').encode())
        assert read(tmp_path / "papers.xml") == (["Über Łódź"], [])


def test_the_wrong_encoding(tmp_path: Path) -> None:
    """Where a person names an encoding that the file is not in, the records that show it are bad, or the file is."""
    (tmp_path / "papers").write_bytes(text("jsonl", NEWTS, ("Über Kröten", "Sie gehen."), TOADS).encode("latin-1"))
    titles, [bad] = read(tmp_path / "papers", encoding="utf-8")
    assert titles == [NEWTS[0], TOADS[0]]
    assert bad.line == 2 and "0xdc" in bad.reason
    for encoding in ("utf-16", "utf-32"):
        with pytest.raises(InputError, match=encoding):
            read(tmp_path / "papers", encoding=encoding)


def test_a_broken_character_of_two_bytes(tmp_path: Path) -> None:
    """In encodings of several bytes a character, too, a broken one costs its record and not the rest."""
    whole = text("jsonl", NEWTS, ("On Efts", "Efts ? wait."), TOADS)
    for encoding, broken in (
        ("utf-16-le", b"\x00\xdc"),
        ("utf-16-be", b"\xdc\x00"),
        ("utf-32-le", b"\xff\xff\xff\xff"),
    ):
        (tmp_path / "papers").write_bytes(whole.encode(encoding).replace("?".encode(encoding), broken))
        titles, [bad] = read(tmp_path / "papers", encoding=encoding)
        assert titles == [NEWTS[0], TOADS[0]] and bad.line == 2
    (tmp_path / "papers").write_bytes(whole.encode("shift_jis").replace(b"?", b"\x81 "))
    titles, [bad] = read(tmp_path / "papers", encoding="shift_jis")
    assert titles == [NEWTS[0], TOADS[0]] and bad.line == 2


@pytest.mark.parametrize("name", FORMS)
def test_a_gzip_that_breaks_off(name: str, tmp_path: Path) -> None:
    """The papers before the break are all read, none is half, and the place is named."""
    papers = [
        (f"On the Newts of Pond {n}", f"Newts of pond {n} swim at night, {n * 7919 % 9973} times.") for n in range(900)
    ]
    data = gzip.compress(text(name, *papers).encode())
    (tmp_path / "papers.gz").write_bytes(data[: len(data) * 2 // 3])
    found = list(read_inputs([tmp_path / "papers.gz"]))
    titles = [record.title for record in found if isinstance(record, Paper)]
    assert 200 < len(titles) < 900 and titles == [title for title, _ in papers[: len(titles)]]
    assert all(r.abstract.startswith(papers[n][1]) for n, r in enumerate(found[: len(titles)]) if isinstance(r, Paper))
    last = found[-1]
    assert isinstance(last, BadRecord) and "break off" in last.reason
    lines = text(name, *papers[: len(titles)]).removesuffix(FORMS[name][2]).count("\n")
    assert lines <= last.line <= lines + FORMS[name][1].count("\n") * 3


@pytest.mark.parametrize("name", ["jsonl", "csv", "page"])
def test_nothing_is_left_of_a_line_that_breaks_off(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a line that is too long for memory and not whole, or that nobody waits for, no file stays behind."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    before, form, _ = FORMS[name]
    data = before + form.format(*NEWTS) + form.format(TOADS[0], "".join(f"Efts wait {n}. " for n in range(600_000)))
    packed_data = gzip.compress(data.encode(), 1)
    (tmp_path / "papers.gz").write_bytes(packed_data[: len(packed_data) * 9 // 10])
    titles, bad = read(tmp_path / "papers.gz")
    assert titles == ([] if name == "page" else [NEWTS[0]]) and "break off" in bad[-1].reason
    assert not list((tmp_path / "temporary").iterdir())

    def stopped() -> Iterator[str]:
        yield from (before, form.format(*NEWTS), *["a" * 900_000] * 9)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(choose_source("", "", name).papers(stopped(), "x"))
    assert not list((tmp_path / "temporary").iterdir())


def test_archives_that_blow_up(tmp_path: Path) -> None:
    """A few kilobytes that stand for hundreds of megabytes are read as they come, with flat memory."""
    with gzip.open(tmp_path / "bomb.gz", "wb", compresslevel=9) as stream:
        stream.write(text("jsonl", NEWTS).encode())
        for _ in range(60):
            stream.write(b" " * 1_000_000)
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.bib", text("bibtex", TOADS) + "@article{k, title = {" + "{" * 20_000_000)
        archive.writestr("b.gz", (tmp_path / "bomb.gz").read_bytes())
    tracemalloc.start()
    bombs = [read(tmp_path / name) for name in ("bomb.gz", "bomb.zip")]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [titles for titles, _ in bombs] == [[NEWTS[0]], [TOADS[0], NEWTS[0]]]
    assert all(bad for _, bad in bombs)
    assert peak < 48_000_000


def packed(*members: tuple[str, str], method: int = zipfile.ZIP_STORED) -> bytearray:
    """A zip archive of these members."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return bytearray(whole.getvalue())


def strange_zips() -> dict[str, bytes]:
    """Archives that Python's zipfile refuses each in its own way, with a word of what is said of each."""
    found = {}
    for word, method in (
        ("damaged", zipfile.ZIP_LZMA),
        ("DAMAGED", zipfile.ZIP_BZIP2),
        ("Damaged", zipfile.ZIP_DEFLATED),
    ):
        data = packed(("a", text("jsonl", NEWTS) * 99), method=method)
        data[60:100] = bytes(40)
        found[word] = bytes(data)
    for word, local, central, value in (("version 9.9", 4, 6, 99), ("method", 8, 10, 77), ("encrypted", 6, 8, 1)):
        data = packed(("a", text("jsonl", NEWTS)))
        data[local] = data[data.index(b"PK\x01\x02") + central] = value
        found[word] = bytes(data)
    data = packed(("a", text("jsonl", NEWTS)))
    at = data.index(b"PK\x01\x02")
    data[at + 30 : at + 32] = b"\x05\x00"  # an extra field that is cut
    data[at + 47 : at + 47] = b"\x01\x00\x08\x00\x00"
    data[-10:-6] = (len(data) - 22 - at).to_bytes(4, "little")
    found["Corrupt extra"] = bytes(data)
    return found


@pytest.mark.parametrize("word", strange_zips())
def test_strange_zip_archives(word: str, tmp_path: Path) -> None:
    """Whatever is wrong with a zip archive is said in words; one among other files does not stop the run."""
    (tmp_path / "a.zip").write_bytes(strange_zips()[word])
    (tmp_path / "b.jsonl").write_text(text("jsonl", TOADS))
    titles, bad = read(tmp_path)
    assert titles[-1] == TOADS[0] and bad
    assert any(word.lower() in record.reason.lower() for record in bad), bad
    try:
        assert read(tmp_path / "a.zip")[1]
    except InputError as error:
        assert word.lower() in str(error).lower()


def test_a_zip_in_an_archive_has_a_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A zip archive that must be unpacked to disk to be read stops before it fills the disk, and says so."""
    inner = bytes(packed(("a", text("jsonl", NEWTS) * 2000)))
    with zipfile.ZipFile(tmp_path / "in.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.zip", inner)
        archive.writestr("b.jsonl", text("jsonl", TOADS))
    assert read(tmp_path / "in.zip")[1] == []
    monkeypatch.setattr(opening, "_BLOCKS_UNSEEN", 1)
    monkeypatch.setattr(opening, "_LARGEST_INSIDE", len(inner) - 1)
    titles, [bad] = read(tmp_path / "in.zip")
    assert titles == [TOADS[0]] and bad.where.endswith("in.zip/a.zip")
    assert "larger than" in bad.reason
    monkeypatch.setattr(opening, "_LARGEST_INSIDE", len(inner))
    monkeypatch.setattr(opening, "_KEPT_FREE", 1 << 62)
    titles, [bad] = read(tmp_path / "in.zip")
    assert titles == [TOADS[0]]
    assert f'"{tempfile.gettempdir()}"' in bad.reason and "free" in bad.reason


def test_one_bad_file_among_several(tmp_path: Path) -> None:
    """Every file that cannot be read is named once, in its place, and all the others are read."""
    files = {
        "a.jsonl": text("jsonl", NEWTS).encode(),
        "b.html": b"<!DOCTYPE html><html><body>papers</body></html>",
        "c.gz": b"\x1f\x8b\x08\x00 this is no gzip",
        "d.pdf": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n",
        "e.zip": b"PK\x03\x04" + b"\0" * 100,
        "f.empty": b"",
        "g.bib": text("bibtex", TOADS).encode(),
        "h.bin": bytes(range(256)) * 40,
        "i.xml": b"<?xml version='1.0'?><tei><p>x</p></tei>",
        "j.ris": text("ris", ("On Olms", "Olms hide.")).encode(),
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    titles, bad = read(tmp_path)
    assert titles == [NEWTS[0], TOADS[0], "On Olms"]
    assert [Path(record.where).name for record in bad] == [
        "b.html",
        "c.gz",
        "d.pdf",
        "e.zip",
        "f.empty",
        "h.bin",
        "i.xml",
    ]
    assert all(record.reason and "\n" not in record.reason for record in bad)
    assert "web page" in bad[0].reason and "a PDF" in bad[2].reason and "<tei>" in bad[6].reason


def test_nothing_of_a_record_commands_the_terminal(tmp_path: Path) -> None:
    """What is shown of a bad record holds no escape sequences, no changes of direction and no halves of characters."""
    broken = '{"title": "\x1b[2J\u202eswim", \udcff\x9b\r'
    (tmp_path / "papers").write_bytes((text("jsonl", NEWTS) + broken + "\n").encode("utf-8", "surrogateescape"))
    _, bad = read(tmp_path / "papers")
    shown = "".join(record.excerpt + record.reason for record in bad)
    assert "swim" in shown and not {"\x1b", "\u202e", "\udcff", "\x9b", "\r"} & set(shown)
    assert json.dumps(shown, ensure_ascii=False).encode()


def test_no_name_in_an_archive_commands_the_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor does what a member of a zip archive is called, in the report, as JSON, on the page or with its papers."""
    name = "a\x1b]0;x\x07\x9b\u202e.jsonl"
    (tmp_path / "in.zip").write_bytes(packed((name, text("jsonl", NEWTS) + "{broken\n"), ("b\x1b[2J", "")))
    _, bad = read(tmp_path / "in.zip")
    assert [record.where for record in bad] == [f"{tmp_path}/in.zip/{name}", f"{tmp_path}/in.zip/b\x1b[2J"]
    assert report_html(["in.zip"], IngestReport(bad=tuple(bad))).isprintable()
    monkeypatch.setenv("ASKPAPERS_DATA_DIR", str(tmp_path / "library"))
    for options in ([], ["--json"]):
        ended = CliRunner().invoke(cli, ["ingest", str(tmp_path / "in.zip"), "--no-embed", *options])
        assert ended.exit_code == 0 and ".jsonl" in ended.output
        assert ended.output.replace("\n", "").isprintable()
    assert json.loads(ended.stdout)["bad"][0]["where"] == bad[0].where
