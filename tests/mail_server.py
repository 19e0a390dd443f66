"""A real SMTP server on the loopback address, which keeps what it is handed."""

from __future__ import annotations

import socket
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword


class Postbox:
    """What came, and to whom; `refuses` recipients, and lets in only who logs in as `user`."""

    def __init__(self, user: str = "", password: str = "", refuses: str = "") -> None:
        self.mails: list[EmailMessage] = []
        self.to: list[list[str]] = []
        self.logins: list[str] = []
        self._login, self._refuses = (user.encode(), password.encode()), refuses
        self.port = 0

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if address == self._refuses:
            return "550 no such person"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))  # type: ignore[arg-type]
        self.to.append(list(envelope.rcpt_tos))
        return "250 OK"

    def login(self, server: Any, session: Any, envelope: Any, mechanism: str, data: LoginPassword) -> AuthResult:
        self.logins.append(data.login.decode())
        return AuthResult(success=(data.login, data.password) == self._login, handled=False)


@contextmanager
def postbox(user: str = "", password: str = "", refuses: str = "") -> Iterator[Postbox]:
    box = Postbox(user, password, refuses)
    more: dict[str, Any] = (
        {"authenticator": box.login, "auth_required": True, "auth_require_tls": False} if user else {}
    )
    with socket.socket() as free:  # the controller knocks at the port it was told, so it has to be a real one
        free.bind(("127.0.0.1", 0))
        box.port = free.getsockname()[1]
    # It warns of passwords in clear text, which here stay on this machine, and of its own past; as errors, those would
    # leave a client without its answer.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        running = Controller(box, hostname="127.0.0.1", port=box.port, server_hostname="localhost", **more)
        running.start()
        try:
            yield box
        finally:
            running.stop()
