"""Prompts are files a person may replace, and a wrong file is refused with words."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.errors import PromptError
from app.core.prompting import CANNOT_ANSWER, PROMPTS, load_prompt

CONDENSE = "# system\nRewrite.\n# user\n{conversation}\n{question}\n"


@pytest.mark.parametrize("name", sorted(PROMPTS))
def test_every_shipped_prompt_loads_and_fills(name: str) -> None:
    """A shipped prompt has both parts, and every value stands in it when it is filled."""
    prompt = load_prompt(name)
    system, user = prompt.fill(**{value: f"<{value} here>" for value in PROMPTS[name]})
    assert prompt.system and prompt.user
    assert all(f"<{value} here>" in system + user for value in PROMPTS[name])


def test_no_file_is_shipped_that_nobody_loads() -> None:
    """The folder of prompts holds exactly the declared ones."""
    folder = Path(__file__).parents[2] / "prompts"
    assert {file.stem for file in folder.glob("*.md")} == set(PROMPTS)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (CONDENSE + "{evidence}", "unknown {evidence}"),
        (CONDENSE.replace("{conversation}", ""), "missing {conversation}"),
        (CONDENSE.replace("{question}", "{questoin}"), "unknown {questoin}, missing {question}"),
        ("Just words {question} {conversation}", '"# system"'),
        ("# user\n{question}{conversation}", '"# system"'),
    ],
)
def test_a_wrong_file_is_refused_with_words(tmp_path: Path, text: str, said: str) -> None:
    """A placeholder too many, one too few or a missing part is named, with the file."""
    (tmp_path / "condense.md").write_text(text, encoding="utf-8")
    with pytest.raises(PromptError) as refused:
        load_prompt("condense", tmp_path)
    assert said in str(refused.value)
    assert str(tmp_path / "condense.md") in str(refused.value)
    assert refused.value.hint


def test_an_own_prompt_replaces_the_shipped_one(tmp_path: Path) -> None:
    """A file of the same name in the person's folder wins; the other prompts stay as shipped."""
    (tmp_path / "condense.md").write_text(CONDENSE, encoding="utf-8")
    assert load_prompt("condense", tmp_path).system == "Rewrite."
    assert load_prompt("answer", tmp_path) == load_prompt("answer")


@pytest.mark.parametrize("text", ["\ufeff" + CONDENSE, CONDENSE.replace("\n", "\r\n"), "<!-- mine -->\n" + CONDENSE])
def test_files_of_other_editors_load(tmp_path: Path, text: str) -> None:
    """A byte order mark, Windows line ends and a comment at the top do no harm."""
    (tmp_path / "condense.md").write_bytes(text.encode())
    assert load_prompt("condense", tmp_path).fill(question="Q", conversation="C") == ("Rewrite.", "C\nQ")


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    """A mistyped folder must not mean the shipped prompts, silently."""
    with pytest.raises(PromptError, match="promtps") as refused:
        load_prompt("answer", tmp_path / "promtps")
    assert "ASKPAPERS_PROMPTS_DIR" in refused.value.hint


def test_a_file_that_is_no_text_is_said(tmp_path: Path) -> None:
    """Bytes that are not UTF-8 end in our error, naming the file."""
    (tmp_path / "answer.md").write_bytes(b"# system\n\xff\xfe")
    with pytest.raises(PromptError, match="answer.md"):
        load_prompt("answer", tmp_path)


def test_filling_without_a_value_is_refused() -> None:
    """A forgotten value is an error, not a placeholder in front of the model."""
    with pytest.raises(PromptError, match="conversation"):
        load_prompt("condense").fill(question="Q")


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=60), st.text(max_size=60))
def test_braces_in_values_are_not_placeholders(question: str, conversation: str) -> None:
    """What a person or an abstract writes stands in the prompt as it is, braces and all."""
    prompt = load_prompt("condense")
    question, conversation = f"{{conversation}}{question}", f"{{question}}{conversation}{{nobody}}"
    _, user = prompt.fill(question=question, conversation=conversation)
    before, between = (
        prompt.user.split("{conversation}")[0],
        prompt.user.split("{conversation}")[1].split("{question}")[0],
    )
    assert user.startswith(before + conversation + between + question)


def test_a_model_is_told_how_to_say_no() -> None:
    """Both prompts that answer carry the sentence the chain looks for."""
    for name in ("answer", "compare"):
        values = {**dict.fromkeys(PROMPTS[name], ""), "cannot_answer": CANNOT_ANSWER}
        assert CANNOT_ANSWER in load_prompt(name).fill(**values)[0]


def test_a_filled_prompt_is_read_back() -> None:
    """What a prompt was filled with can be told from the filled prompt, and that another text is not it."""
    prompt = load_prompt("compare")
    values = {"question": "A or B?", "evidence": "One {question} two\nthree", "markers": "1, 2", "cannot_answer": "No."}
    values |= {"sides": "[1] A; [2] B", "aspects": "data"}
    filled = prompt.fill(**values, missing="")
    assert prompt.read_back(*filled) == {**values, "question": "A or B?\nA or B?", "missing": ""}
    assert load_prompt("answer").read_back(*filled) is None and prompt.read_back("", "") is None
    assert load_prompt("condense").read_back(*load_prompt("condense").fill(question="Q", conversation="C")) == {
        "question": "Q",
        "conversation": "C",
    }


def test_the_version_of_a_prompt_is_its_text(tmp_path: Path) -> None:
    """Another word makes another version; another editor's line ends do not."""
    versions = []
    for text in (CONDENSE, CONDENSE.replace("\n", "\r\n"), CONDENSE.replace("Rewrite.", "Rewrite!")):
        (tmp_path / "condense.md").write_bytes(text.encode())
        versions.append(load_prompt("condense", tmp_path).version)
    assert versions[0] == versions[1] != versions[2] and len(versions[0]) == 64
