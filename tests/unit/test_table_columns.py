"""Which column holds what: names in several languages, what a person says, and what to say where neither helps."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from app.core.domain import BadRecord, Paper
from app.core.errors import InputError
from ingest.reading import read_inputs
from ingest.sources import choose_source
from ingest.sources.table_columns import headings

ROW = ("On Newts", "Newts swim.", "Ada Newt", "2020")
LONG = (
    "We count the newts of nine ponds for a whole year, and find that most of them swim at night. They hide by day. "
    * 3
)


def read(folder: Path, text: str, columns: Mapping[str, str] | None = None, encoding: str = "utf-8") -> list[object]:
    (folder / "t.csv").write_bytes(text.encode(encoding))
    return list(read_inputs([folder / "t.csv"], columns=columns))


def table(names: tuple[str, ...], mark: str, rows: int = 1) -> str:
    return "\n".join(mark.join(row) for row in (names, *[ROW[: len(names)]] * rows)) + "\n"


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
@pytest.mark.parametrize(
    "names",
    [
        ("Titel", "Zusammenfassung", "Autoren", "Jahr"),
        ("TITEL", "Kurzfassung", "Autor", "Erscheinungsjahr"),
        ("Titre", "Résumé", "Auteurs", "Année"),
        ("Titre", "Re\u0301sume\u0301", "Auteur", "Anne\u0301e"),
        ("Título", "Resumen", "Autores", "Año"),
        ("Título", "Resumo", "Autores", "Ano"),
        ("Titolo", "Riassunto", "Autori", "Anno"),
        ("Titel", "Samenvatting", "Auteurs", "Jaar"),
    ],
)
def test_headings_of_other_languages(names: tuple[str, ...], mark: str, tmp_path: Path) -> None:
    """They are known like English ones, whatever parts the columns."""
    [paper] = read(tmp_path, table(names, mark))
    assert isinstance(paper, Paper)
    assert (paper.title, paper.abstract, paper.authors, paper.year) == (*ROW[:2], ("Ada Newt",), 2020)


@pytest.mark.parametrize("opening", ["", "\ufeff", "sep=;\n", "sep=;\r\n", '\ufeff"sep=;"\n', "\n\n"])
@pytest.mark.parametrize("mark", [";", "|", "\t", ","])
def test_columns_that_a_person_names(mark: str, opening: str, tmp_path: Path) -> None:
    """To say the columns is enough: the file is a table then, whatever it looks like."""
    text = opening.replace(";", mark) + table(("Nimi", "Tiivistelmä"), mark)
    [paper] = read(tmp_path, text, {"title": "Nimi", "abstract": "tiivistelmä"})
    assert isinstance(paper, Paper) and (paper.title, paper.abstract) == ROW[:2]
    [paper] = read(tmp_path, text.replace(ROW[1], LONG.replace(",", "")), {"title": "Nimi", "abstract": "tiivistelmä"})
    assert isinstance(paper, Paper) and paper.title == ROW[0]


def test_the_separator_that_excel_tells(tmp_path: Path) -> None:
    """Its first line decides, not what the headings hold, and comes back with the bad rows."""
    text = 'sep=|\ntitle, of it|abstract|"Jahr, Ort, Land"\nOn Newts|Newts swim.|2020\nOn Olms||2020\n'
    paper, bad = read(tmp_path, text, {"title": "title, of it"})
    assert isinstance(paper, Paper) and isinstance(bad, BadRecord)
    assert bad.line == 4 and bad.opening == text[: text.index("On Newts")]
    [again] = read(tmp_path, bad.opening + str(bad.raw).replace("||", "|Olms hide.|"), {"title": "title, of it"})
    assert isinstance(again, Paper)


@pytest.mark.parametrize("abstract", ["Sammakot hyppivät.", LONG.replace(",", "")])
@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_headings_that_nobody_knows(mark: str, abstract: str, tmp_path: Path) -> None:
    """The error names them and what to type."""
    text = mark.join(("Nimi", "Tiivistelmä", "Muuta")) + "\n" + f"{mark.join(('On Frogs', abstract, 'x'))}\n" * 3
    with pytest.raises(InputError) as refused:
        read(tmp_path, text)
    assert "Nimi, Tiivistelmä, Muuta" in str(refused.value)
    assert '--column "title=Nimi"' in str(refused.value.hint)


def test_what_is_surely_something_else(tmp_path: Path) -> None:
    """Columns are refused for a format that has none."""
    with pytest.raises(InputError, match="read as jsonl"):
        read(tmp_path, '{"title": "On Newts", "abstract": "Newts swim."}\n', {"title": "Nimi"})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "One line\n",
        f"On Newts\n\n{LONG}\n\nOn Olms\n\n{LONG}\n",
        "Newts, olms, frogs\nIn a pond, and in the caves, they live. By day, they hide.\nMore text\n",
        "a;b\n1;2;3\n",
        "a;b\n",
        ";;\n1;2;3\n",
    ],
)
def test_no_table(text: str) -> None:
    """Prose, and lines of other lengths, are no table."""
    assert headings(text) == []


def test_a_page_is_still_a_page() -> None:
    """A listing page with commas in its titles is read as one."""
    page = f"Newts, Olms and Frogs of the North\n\n{LONG}\n\nToads, Efts and Salamanders of the South\n\n{LONG}\n"
    assert choose_source(page, "f").name == "page"
