"""Writes the settings into README.md and .env.example from `Settings`, and the command's help into README.md, so that
none of them can disagree.

python -m tests.docs.settings_table
"""

from __future__ import annotations

import re
from pathlib import Path

from click.testing import CliRunner
from pydantic.fields import FieldInfo

from app.cli import cli
from app.core.settings import Settings

ROOT = Path(__file__).parent.parent.parent
_BLOCK = re.compile(r"(<!-- settings: begin[^>]*-->\n).*?(<!-- settings: end -->)", re.DOTALL)


def variable(name: str, field: FieldInfo) -> str:
    """The environment variable of a setting."""
    alias = field.validation_alias
    return alias if isinstance(alias, str) else f"ASKPAPERS_{name.upper()}"


def default(field: FieldInfo) -> str:
    """The default as a person would type it; folders that depend on the system are left empty."""
    return "" if field.default_factory is not None or field.default is None else str(field.default)


def table() -> str:
    """The README's settings table."""
    return "| variable | default | meaning |\n|---|---|---|\n" + "".join(
        f"| `{variable(name, field)}` | {f'`{default(field)}`' if default(field) else ''} | {field.description} |\n"
        for name, field in Settings.model_fields.items()
    )


def env_example() -> str:
    """The text of .env.example: every setting, commented out, with its default."""
    lines = ["# Copy to .env and uncomment what you change. Every setting there is; the README has the same list.", ""]
    for name, field in Settings.model_fields.items():
        lines += [f"# {field.description}", f"# {variable(name, field)}={default(field)}", ""]
    return "\n".join(lines).rstrip() + "\n"


def readme_with_table(text: str) -> str:
    """`text` with the settings block replaced."""
    rows = table()
    return _BLOCK.sub(lambda match: match.group(1) + rows + match.group(2), text)


def printed_help() -> str:
    """What `askpapers --help` prints in a terminal of usual width."""
    return CliRunner().invoke(cli, ["--help"], prog_name="askpapers", terminal_width=100).output


def readme_with_help(text: str) -> str:
    """`text` with the block of the command's help replaced."""
    shown = printed_help()
    return re.sub(r"(```help\n).*?(```)", lambda match: match.group(1) + shown + match.group(2), text, flags=re.DOTALL)


if __name__ == "__main__":
    readme = ROOT / "README.md"
    readme.write_text(readme_with_help(readme_with_table(readme.read_text(encoding="utf-8"))), encoding="utf-8")
    (ROOT / ".env.example").write_text(env_example(), encoding="utf-8")
