"""Prompts are files: one Markdown file each in `prompts/`, shipped in the wheel, overridable from a folder.

A prompt file has a `# system` part and a `# user` part. Placeholders are `{name}`; the names a prompt must and may
use are declared in `PROMPTS`, and a file that uses other names, or leaves one out, is refused when it is loaded.
Filled-in values are never searched for placeholders again, so braces in an abstract are just braces.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from app.core.errors import PromptError

# The sentence a model is told to answer with when the evidence does not hold the answer. The chain looks for it.
CANNOT_ANSWER = "The abstracts in this library do not say."

PROMPTS: Mapping[str, frozenset[str]] = {
    "answer": frozenset({"question", "evidence", "markers", "cannot_answer"}),
    "answer_short": frozenset({"question", "evidence", "markers", "cannot_answer"}),
    "compare": frozenset({"question", "evidence", "markers", "cannot_answer", "missing", "sides", "aspects"}),
    "check": frozenset({"question", "evidence"}),
    "condense": frozenset({"question", "conversation"}),
    "plan": frozenset({"question"}),
    "summary": frozenset({"conversation"}),
    "judge": frozenset({"claims", "evidence"}),
    "repair": frozenset({"text", "unsupported", "evidence", "markers"}),
    "question": frozenset({"name", "evidence"}),
}

_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
_PARTS = re.compile(r"\A(?:<!--.*?-->\s*)?# system\n(?P<system>.*?)\n# user\n(?P<user>.*)\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Prompt:
    """A loaded, checked prompt. `version` is the SHA-256 of its file's text, line ends aside."""

    name: str
    system: str
    user: str
    version: str = ""

    def fill(self, **values: str) -> tuple[str, str]:
        """(system, user) with every placeholder replaced. Raises PromptError if a value is not given."""
        unfilled = PROMPTS[self.name] - values.keys()
        if unfilled:
            raise PromptError(
                f'Prompt "{self.name}" was filled without {", ".join(sorted(unfilled))}.',
                "This is a bug in askpapers; please report it.",
            )

        def once(text: str) -> str:
            return _PLACEHOLDER.sub(lambda match: values[match.group(1)], text)

        return once(self.system), once(self.user)

    def read_back(self, system: str, user: str) -> dict[str, str] | None:
        """The values a prompt was filled with, those of one name on lines; None if these texts are not this prompt, filled."""
        found: dict[str, str] = {}
        for template, text in ((self.system, system), (self.user, user)):
            between = _PLACEHOLDER.split(template)  # literal, name, literal, name, ..., literal
            literals, names = between[::2], between[1::2]
            if not text.startswith(literals[0]) or not text.endswith(literals[-1]):
                return None
            at = len(literals[0])
            for name, literal, last in zip(names, literals[1:], range(len(names))[::-1], strict=True):
                end = text.find(literal, at) if last else len(text) - len(literal)
                if end < at:
                    return None
                found[name] = f"{found[name]}\n{text[at:end]}" if name in found else text[at:end]
                at = end + len(literal)
            if not names and text != template:
                return None
        return found


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise PromptError(f'The prompt "{file}" cannot be read: {error}.', "Save it as UTF-8 text.") from error


def load_prompt(name: str, folder: Path | None = None) -> Prompt:
    """The prompt `name`, from `folder` if it has a file of that name, else the shipped one.

    Raises PromptError when there is no such folder, the file cannot be read or misses a part, or its placeholders
    differ from the declared ones.
    """
    if folder and not folder.is_dir():
        raise PromptError(
            f'The folder of your own prompts, "{folder}", is not there.',
            "Correct ASKPAPERS_PROMPTS_DIR, or leave it empty to use the shipped prompts.",
        )
    own = folder / f"{name}.md" if folder else None
    if own and own.is_file():
        where, text = str(own), _read(own)
    else:
        where = f"prompts/{name}.md"
        text = resources.files("prompts").joinpath(f"{name}.md").read_text(encoding="utf-8")
    text = text.replace("\r\n", "\n")
    parts = _PARTS.match(text)
    if not parts:
        raise PromptError(
            f'{where} must have a line "# system" and, after it, a line "# user".',
            "Start from the shipped file of the same name and change its words only.",
        )
    used = set(_PLACEHOLDER.findall(parts["system"] + parts["user"]))
    declared = PROMPTS[name]
    if used != declared:
        wrong = [f"unknown {{{n}}}" for n in sorted(used - declared)]
        wrong += [f"missing {{{n}}}" for n in sorted(declared - used)]
        raise PromptError(
            f"The placeholders of {where} are wrong: {', '.join(wrong)}.",
            f"Use each of {', '.join('{' + n + '}' for n in sorted(declared))} and no other.",
        )
    version = hashlib.sha256(text.encode("utf-8")).hexdigest()
    return Prompt(name, parts["system"].strip(), parts["user"].strip(), version)
