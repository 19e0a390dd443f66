"""The file of people who may use a page: a line `name:hash` each, the hash by bcrypt. No password is ever stored.

The file is read again whenever it changes, so that adding and removing people needs no restart.
"""

from __future__ import annotations

import logging
import os
import re
import tempfile
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import bcrypt

from app.core.errors import InputError, SettingsError

_log = logging.getLogger(__name__)

NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._@-]{0,62}[A-Za-z0-9])?")
_HASH = re.compile(r"\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}")
SHORTEST, LONGEST = 10, 72  # bcrypt reads no more than 72 bytes
_ROUNDS = 12
_ADD = "Type: askpapers user add NAME"


class PeopleFile:
    """The people of one file. Used from several threads."""

    def __init__(self, path: Path, rounds: int = _ROUNDS) -> None:
        self.path, self._rounds = path, rounds
        self._lock = threading.Lock()
        self._seen: tuple[int, ...] | None = None
        self._people: dict[str, str] = {}
        # Somebody who is not there takes as long to be refused as somebody who is.
        self._nobody = bcrypt.hashpw(os.urandom(16), bcrypt.gensalt(rounds)).decode()

    def people(self) -> Mapping[str, str]:
        """Name and hash of everybody, as the file has them now. Raises SettingsError if it cannot be read."""
        with self._lock:
            try:
                about = self.path.stat()
                seen = (about.st_mtime_ns, about.st_size, about.st_ino)
                if seen != self._seen:
                    self._people, self._seen = _read(self.path.read_text(encoding="utf-8"), self.path), seen
            except FileNotFoundError:
                raise SettingsError(f'There is no file of people at "{self.path}".', _ADD) from None
            except (OSError, UnicodeDecodeError) as error:
                raise SettingsError(
                    f'The file of people "{self.path}" cannot be read ({type(error).__name__}).', "Check its rights."
                ) from error
            return self._people

    def hash_of(self, name: str) -> str | None:
        """The hash of somebody's password; None for nobody's, and for everybody while the file cannot be read."""
        try:
            return self.people().get(name)
        except SettingsError as error:
            _log.error("%s", error)
            return None

    def check(self, name: str, password: str) -> bool:
        """Whether this is the person's password. Takes a fraction of a second, on purpose, whether or not there is
        such a person."""
        known = self.hash_of(name)
        given = password.encode("utf-8", "replace")
        usable = 0 < len(given) <= LONGEST and b"\0" not in given
        same = bcrypt.checkpw(given if usable else b"?", (known or self._nobody).encode())
        return same and usable and known is not None

    def add(self, name: str, password: str) -> bool:
        """Let somebody in by this password, or change theirs; whether they are new. Raises InputError, SettingsError."""
        check_name(name)
        check_password(password)
        people = dict(self.people()) if self.path.exists() else {}
        if alike := [each for each in people if each.casefold() == name.casefold() and each != name]:
            raise InputError(f'"{name}" would be hard to tell from "{alike[0]}".', "Choose another name.")
        new = name not in people
        people[name] = bcrypt.hashpw(password.encode(), bcrypt.gensalt(self._rounds)).decode()
        self._write(people)
        return new

    def remove(self, name: str) -> None:
        """Let somebody in no more. Raises InputError for a name that is not there."""
        people = dict(self.people())
        if name not in people:
            raise InputError(f'There is no "{name}" in "{self.path}".', "Type: askpapers user list")
        del people[name]
        self._write(people)

    def open_to_all(self) -> bool:
        """Whether other accounts of this computer may read the file."""
        return os.name == "posix" and bool(self.path.stat().st_mode & 0o077)

    def _write(self, people: Mapping[str, str]) -> None:
        """The whole file anew, readable by its owner alone, in one step: whoever reads it meanwhile has the old one."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            # Made with the rights 0600.
            number, name = tempfile.mkstemp(dir=self.path.parent, prefix=".people-")
            try:
                with os.fdopen(number, "w", encoding="utf-8", newline="\n") as file:
                    file.writelines(f"{each}:{hashed}\n" for each, hashed in sorted(people.items()))
                    file.flush()
                    os.fsync(file.fileno())
                Path(name).replace(self.path)
            except BaseException:
                with suppress(OSError):
                    Path(name).unlink()
                raise
        except OSError as error:
            raise SettingsError(
                f'The file of people "{self.path}" cannot be written: {error.strerror}.',
                "Check the path and its folder.",
            ) from error


def check_name(name: str) -> None:
    """Raises InputError for a name that nobody may have."""
    if not NAME.fullmatch(name):
        raise InputError(
            f'"{name[:80]}" cannot be a name here.',
            "A name has 1 to 64 letters (A to Z), digits and . _ @ -, with a letter or digit at both ends.",
        )


def check_password(password: str) -> None:
    """Raises InputError for a password that is too short or cannot be used. It is not repeated in the message."""
    size = len(password.encode("utf-8", "replace"))
    if len(password) < SHORTEST:
        raise InputError("The password is too short.", f"Take at least {SHORTEST} characters; a few words are good.")
    if size > LONGEST or "\0" in password:
        raise InputError("The password cannot be used.", f"Take at most {LONGEST} bytes of ordinary characters.")


def _read(text: str, path: Path) -> dict[str, str]:
    people: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        name, _, hashed = line.strip().partition(":")
        if not NAME.fullmatch(name) or not _HASH.fullmatch(hashed):
            # The line itself is not shown: it may hold a password that somebody wrote there.
            raise SettingsError(
                f'Line {number} of "{path}" is not a name, a colon and a bcrypt hash.', f"Take it out. {_ADD}"
            )
        people[name] = hashed
    return people
