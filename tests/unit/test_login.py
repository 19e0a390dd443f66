"""Signing in: wrong passwords are slowed down, right ones are remembered only while they hold."""

from __future__ import annotations

import asyncio
import base64

import pytest

from app.ui.door.login import Login, TooOftenError
from app.ui.door.sessions import LASTS_S


class FakePeople:
    """People whose hash is their password with a sign before it. Counts the slow checks."""

    def __init__(self) -> None:
        self.passwords = {"ada": "correct", "bo": "horse"}
        self.checks = 0

    def hash_of(self, name: str) -> str | None:
        return f"#{self.passwords[name]}" if name in self.passwords else None

    def check(self, name: str, password: str) -> bool:
        self.checks += 1
        return self.passwords.get(name) == password


def basic(name: str, password: str) -> str:
    return f"Basic {base64.b64encode(f'{name}:{password}'.encode()).decode()}"


def test_a_right_password_is_known_again() -> None:
    """A script's second request takes no slow check; another password of the person does."""
    people = FakePeople()
    login = Login(people, clock=lambda: 0.0)

    async def asked() -> None:
        for _ in range(50):
            assert await login.named_by(basic("ada", "correct"), "192.0.2.1") == "ada"
        assert people.checks == 1
        people.passwords["ada"] = "changed"
        assert await login.named_by(basic("ada", "correct"), "192.0.2.1") == ""
        assert await login.named_by(basic("ada", "changed"), "192.0.2.1") == "ada"
        del people.passwords["ada"]
        assert await login.named_by(basic("ada", "changed"), "192.0.2.1") == ""

    asyncio.run(asked())


@pytest.mark.parametrize("header", ["", "Basic", "Basic !!!", "Bearer abc", "Basic /w==", "Basic OmNvcnJlY3Q="])
def test_headers_that_name_nobody(header: str) -> None:
    """What is no name and password is nobody, and costs no check."""
    people = FakePeople()
    assert asyncio.run(Login(people).named_by(header, "192.0.2.1")) == ""
    assert people.checks == 0


def test_wrong_passwords_are_slowed_down() -> None:
    """Five for one name, twenty for any from one address; then nothing is looked at for a while. Others are not held up."""
    people, now = FakePeople(), [0.0]
    login = Login(people, clock=lambda: now[0])

    async def asked() -> None:
        for _ in range(5):
            assert not await login.right("ada", "wrong", "192.0.2.1")
        with pytest.raises(TooOftenError) as caught:
            await login.right("ada", "correct", "192.0.2.1")
        assert caught.value.wait == 60
        assert people.checks == 5
        assert await login.right("ada", "correct", "192.0.2.2")
        for number in range(14):
            assert not await login.right(f"nobody{number}", "wrong", "192.0.2.1")
        with pytest.raises(TooOftenError):
            for number in range(14, 16):
                await login.right(f"nobody{number}", "wrong", "192.0.2.1")
        now[0] = 61
        assert await login.right("bo", "horse", "192.0.2.1")

    asyncio.run(asked())


def test_right_ones_do_not_count() -> None:
    """Whoever signs in often with the right password is never held up."""
    people = FakePeople()
    login = Login(people, clock=lambda: 0.0)

    async def asked() -> None:
        for _ in range(30):
            login._proved.clear()
            assert await login.right("ada", "correct", "192.0.2.1")

    asyncio.run(asked())


def test_sessions_end() -> None:
    """A session ends with time, by signing out, with another password and with the person."""
    people, now = FakePeople(), [0.0]
    sessions = Login(people, clock=lambda: now[0]).sessions
    one, two, three, four = (sessions.begin("ada") for _ in range(4))
    assert len({one, two, three, four}) == 4
    assert sessions.name_of(one) == "ada"
    assert sessions.name_of("") == sessions.name_of("made up") == ""
    sessions.end(one)
    assert sessions.name_of(one) == ""
    people.passwords["ada"] = "changed"
    assert sessions.name_of(two) == ""
    five = sessions.begin("ada")
    now[0] = LASTS_S + 1
    assert sessions.name_of(five) == ""
    six = sessions.begin("ada")
    del people.passwords["ada"]
    assert sessions.name_of(six) == ""
