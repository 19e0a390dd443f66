"""What PubMed writes in the same way in all its formats."""

from __future__ import annotations

import re

MOST_CATEGORIES = 20

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DATE = re.compile(r"([12]\d{3})(?:\s+([A-Za-z]{3}|\d\d?(?!\d))[A-Za-z]*(?:-[A-Za-z]+)?(?:\s+(\d{1,2})(?!\d))?)?")
_YEAR = re.compile(r"(?<!\d)[12]\d{3}(?!\d)")


def title_of(text: str) -> str:
    """PubMed ends every title with a full stop and puts a translated one in brackets."""
    text = re.sub(r"(?<!\.)\.$", "", text.strip())
    return text[1:-1].rstrip(".") if re.fullmatch(r"\[[^\[\]]*\]", text) else text


def day_of(text: str) -> tuple[int | None, str | None]:
    """(2023, "2023-05-01") of "2023 May 1", without day or month where there is none; of a span its beginning."""
    match = _DATE.match(text.strip())
    if not match:
        year = _YEAR.search(text)
        return (int(year.group()) if year else None), None
    month = (match[2] or "").lower()
    number = int(month) if month.isdecimal() else _MONTHS.index(month) + 1 if month in _MONTHS else 0
    if not 1 <= number <= 12:
        return int(match[1]), None
    parts = [match[1], f"{number:02}", match[3].zfill(2) if match[3] else ""]
    return int(match[1]), "-".join(part for part in parts if part)


def page_of(number: str) -> str | None:
    """The address of a paper's page by its PubMed id."""
    match = re.match(r"\d{1,8}$", number.strip())
    return f"https://pubmed.ncbi.nlm.nih.gov/{match[0]}/" if match else None
