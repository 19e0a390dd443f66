"""Mail by SMTP, from the standard library: encrypted wherever it leaves this machine.

`smtps://` is encrypted from the first byte (port 465); `smtp://` (port 587) asks for STARTTLS before anything is told, and
does without only where the server is this machine itself. A password travels in a URL as everywhere: %-escaped.
"""

from __future__ import annotations

import re
import smtplib
import ssl
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from urllib.parse import unquote, urlsplit

from app.adapters import offline
from app.adapters.base_url import is_loopback
from app.core.errors import InputError, MailError, SettingsError

_PORTS = {"smtp": 587, "smtps": 465}
_EXAMPLE = "Write it like smtp://USER:PASSWORD@mail.example.org:587 or smtps://USER:PASSWORD@mail.example.org"
# One plain address: what else RFC 5322 allows (comments, quotes, groups) nobody needs here.
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?")
_TIMEOUT_S = 30.0
# What we call ourselves: smtplib would look up this machine's name, which takes time and tells it to strangers.
_OURSELVES = "[127.0.0.1]"


@dataclass(frozen=True, slots=True, repr=False)
class MailServer:
    """Where mails are handed in, and as whom."""

    host: str
    port: int
    user: str = ""
    password: str = ""
    encrypted: bool = False

    @classmethod
    def of(cls, url: str) -> MailServer:
        """The server of an ASKPAPERS_SMTP_URL. Raises SettingsError, which never shows the password."""
        try:
            parts = urlsplit(url.strip())
            host, port = parts.hostname or "", parts.port
        except ValueError:
            raise SettingsError("ASKPAPERS_SMTP_URL is not an address.", _EXAMPLE) from None
        if parts.scheme not in _PORTS:
            raise SettingsError("ASKPAPERS_SMTP_URL begins neither with smtp:// nor with smtps://.", _EXAMPLE)
        if (
            not host
            or parts.path.strip("/")
            or parts.query
            or parts.fragment
            or re.search(r"[\s\x00-\x1f]", url.strip())
        ):
            raise SettingsError("ASKPAPERS_SMTP_URL holds no host, or more than an address.", _EXAMPLE)
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        return cls(host, port or _PORTS[parts.scheme], user, password, parts.scheme == "smtps")

    @property
    def here(self) -> bool:
        """Whether it is this machine itself."""
        return is_loopback(f"smtp://[{self.host}]" if ":" in self.host else f"smtp://{self.host}")

    def send(self, message: EmailMessage) -> None:
        """Hand a mail in. Raises MailError; nothing was sent then."""
        if offline.is_on() and not self.here:
            raise MailError(
                f'askpapers is offline (ASKPAPERS_OFFLINE), so no mail goes to "{self.host}".',
                "Use a mail server on this machine, or run without ASKPAPERS_OFFLINE and --offline",
            )
        try:
            with self._connected() as session:
                if self.user:
                    session.login(self.user, self.password)
                session.send_message(message)
        except smtplib.SMTPAuthenticationError as error:
            raise self._error(
                "does not accept the user name and password", "Check both in ASKPAPERS_SMTP_URL"
            ) from error
        except smtplib.SMTPNotSupportedError as error:
            what = "takes no login, or does not encrypt"
            raise self._error(what, "Try smtps:// in ASKPAPERS_SMTP_URL, or leave out user and password") from error
        except smtplib.SMTPRecipientsRefused as error:
            raise self._error("refuses the address the mail is for", "Check the address after --email") from error
        except smtplib.SMTPSenderRefused as error:
            raise self._error("refuses the address the mail is from", "Check ASKPAPERS_SMTP_FROM") from error
        except ssl.SSLError as error:
            what = f"cannot be spoken to safely ({error.reason or 'its certificate is not trusted'})"
            raise self._error(what, "Check host and port; smtps:// is for port 465, smtp:// for 587") from error
        except (smtplib.SMTPException, OSError) as error:
            raise self._error(
                f"did not take the mail ({_plain(error)})", "Check ASKPAPERS_SMTP_URL and try again"
            ) from error

    def _connected(self) -> smtplib.SMTP:
        safe = ssl.create_default_context()
        if self.encrypted:
            return smtplib.SMTP_SSL(self.host, self.port, _OURSELVES, timeout=_TIMEOUT_S, context=safe)
        session = smtplib.SMTP(self.host, self.port, _OURSELVES, timeout=_TIMEOUT_S)
        try:
            session.ehlo()
            if session.has_extn("starttls") and not self.here:
                session.starttls(context=safe)
            elif not self.here:
                raise smtplib.SMTPNotSupportedError("no STARTTLS")
        except BaseException:
            session.close()
            raise
        return session

    def _error(self, what: str, hint: str) -> MailError:
        return MailError(f'The mail server "{self.host}:{self.port}" {what}.', hint)


def _plain(error: Exception) -> str:
    """The reason, without what a server may have said in its own words."""
    if isinstance(error, smtplib.SMTPResponseException):
        return f"code {error.smtp_code}"
    if isinstance(error, OSError) and error.strerror:
        return str(error.strerror)
    return type(error).__name__


def checked_address(text: str, what: str) -> str:
    """One plain mail address. Raises InputError: a line break would begin a header of its own, a comma another address."""
    address = text.strip()
    if not _ADDRESS.fullmatch(address) or ".." in address:
        raise InputError(
            f'{what} "{" ".join(address.split())[:100]}" is no mail address.', "Write it like ada@example.org"
        )
    return address


def mail(sender: str, to: str, subject: str, text: str, html: str) -> EmailMessage:
    """A mail of two forms of one text, for programs that show HTML and for those that do not."""
    message = EmailMessage()
    message["From"] = Address(addr_spec=checked_address(sender, "ASKPAPERS_SMTP_FROM"))
    message["To"] = Address(addr_spec=checked_address(to, "--email"))
    message["Subject"] = " ".join("".join(c if c.isprintable() else " " for c in subject).split())[:200]
    message["Date"] = formatdate(localtime=True)
    message["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2])
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    message.add_alternative(html, subtype="html")
    return message
