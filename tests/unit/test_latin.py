"""Telling the encodings of European text apart."""

from __future__ import annotations

import pytest

from ingest.decoding import guess_encoding

ENGLISH = "We survey graph kernels on sparse data and find that nine of ten are faster than they seem at first. "
NAMES = (
    ("cp1252", "José Muñoz"), ("cp1252", "Håkan Åström, Søren Kjær"), ("cp1252", "a naïve Bayes baseline"),
    ("cp1252", "João Silva of São Paulo, Håkan Åström"), ("cp1252", "Søren Sánchez"), ("cp1252", "Jürgen Groß – “a test”"),
    ("cp1252", "Þórður Guðmundsson"), ("cp1252", "5 °C, 3 µm, ± 2 %, § 4"), ("cp1252", "10 m² and 3 cm³ at ½ × ¾"),
    ("cp1250", "Pawłowski, Łukasz Żak"), ("cp1250", "Wąsowski, Gałązka"), ("mac_roman", "José Muñoz, Jürgen Müller"),
    ("cp850", "José Muñoz, Jürgen Müller"),
)  # fmt: skip


@pytest.mark.parametrize("repeated", [1, 30])
@pytest.mark.parametrize(("encoding", "name"), NAMES)
def test_english_with_names(encoding: str, name: str, repeated: int) -> None:
    """A few names among much English are read as they were written."""
    text = ENGLISH * repeated + name + ". " + ENGLISH
    written = text.encode(encoding)
    assert written.decode(guess_encoding(written)) == text


LANGUAGES = (
    ("cp1252", "Wir zeigen, daß größere Übungen für Schüler möglich wären und überall nützen."),
    ("cp1252", "Nous présentons une méthode à la fois légère et générale, naïve où il le faut, même très tôt."),
    ("cp1252", "Presentamos un método pequeño y rápido que también enseña a los niños a leer más."),
    ("cp1252", "Apresentamos um método rápido de avaliação que não precisa de dados até então necessários."),
    ("cp1252", "Presentiamo un metodo più veloce, perché la qualità è già così alta; si può usare di più."),
    ("cp1252", "Esitämme menetelmän, jolla pääsemme lähelle käsin tehtyä työtä; näin säästyy myös pöytä."),
    ("cp1252", "Vi beskriver en metode på åtte språk som gjør det lettere å lære, også for små øyer."),
    ("cp1252", "Við kynnum nýja aðferð sem gerir það auðveldara að læra íslensku, þótt ýmislegt sé eftir."),
    ("cp1252", "We beschrijven een methode voor coördinatie tussen geïsoleerde systemen in de zee van België."),
    ("cp1250", "Przedstawiamy nową metodę, która pozwala uczyć się szybciej i taniej, choć wciąż są błędy."),
    ("iso8859_2", "Przedstawiamy nową metodę, która pozwala uczyć się szybciej i taniej, choć wciąż są błędy."),
    ("cp1250", "Představujeme novou metodu, která je rychlejší než dřívější a přitom nepotřebuje další údaje."),
    ("cp1250", "Bemutatunk egy új módszert, amely gyorsabb az előzőknél, és kevesebb időt kér a tűnődőktől."),
    ("cp1250", "Prezentăm o metodă nouă, mai rapidă decât cele știute.".replace("ș", "ş") + " Şi această ţară învaţă."),
    ("cp1254", "Öğrenmeyi hızlandıran yeni bir yöntem sunuyoruz; ışık altında çalışır ve şaşırtıcı ölçüde iyidir."),
    ("cp1257", "Pristatome naują metodą, kuris greičiau išmoksta ir mažiau klysta, nors duomenų yra mažai, šįkart."),
)  # fmt: skip


@pytest.mark.parametrize(("encoding", "sentence"), LANGUAGES)
def test_whole_texts(encoding: str, sentence: str) -> None:
    """Text of one language is read as it was written."""
    text = f"{sentence} " * 12
    written = text.encode(encoding)
    assert written.decode(guess_encoding(written)) == text


OTHERS = (
    ("cp1251", "Мы представляем новый метод обучения, который быстрее прежних и не требует новых данных."),
    ("koi8_r", "Мы представляем новый метод обучения, который быстрее прежних и не требует новых данных."),
    ("cp1253", "Παρουσιάζουμε μια νέα μέθοδο μάθησης που είναι ταχύτερη από τις προηγούμενες."),
    ("shift_jis", "私たちは新しい学習方法を提案する。これは以前の方法より速く、新しいデータを必要としない。"),
    ("gb18030", "我们提出了一种新的学习方法，它比以前的方法更快，而且不需要新的数据。"),
    ("euc_kr", "우리는 새로운 학습 방법을 제안한다. 이것은 이전 방법보다 빠르며 새로운 자료가 필요하지 않다."),
)  # fmt: skip


@pytest.mark.parametrize(("encoding", "sentence"), OTHERS)
def test_other_scripts(encoding: str, sentence: str) -> None:
    """Text in other scripts is left to charset-normalizer."""
    text = f"{sentence} " * 12
    written = text.encode(encoding)
    assert written.decode(guess_encoding(written)) == text
