"""`digest`: what is new in the library, printed, written to a file or mailed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from app.cli.options import note, option_data_dir, option_llm, service_for
from app.core.errors import InputError, SettingsError

if TYPE_CHECKING:
    from app.adapters.mail import MailServer
    from app.core.settings import Settings
    from app.digest.records import Digest

_ENDINGS = (".md", ".html")


@click.command()
@click.option("--since", default="7d", show_default=True, help="24h, 7d, 2w, or a day: 2026-05-14.")
@click.option(
    "--topic", "topics", multiple=True, metavar="WORDS", help="Only papers on this; may be given several times."
)
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write to FILE.md or FILE.html instead."
)
@click.option("--email", metavar="ADDRESS", help="Send it there; needs ASKPAPERS_SMTP_URL and ASKPAPERS_SMTP_FROM.")
@click.option("--send-empty", is_flag=True, help="Send a mail even if nothing is new.")
@option_llm
@option_data_dir
def digest(
    since: str,
    topics: tuple[str, ...],
    output: Path | None,
    email: str | None,
    send_empty: bool,
    llm: str | None,
    data_dir: Path | None,
) -> None:
    """Tell what papers came into the library lately, by topic, each with its key sentences and a reference.

    With a chat model set, a short checked paragraph a topic. Nothing new: says so, sends nothing, exit code 0.

    \b
    askpapers digest --since 7d
    askpapers digest --since 24h --topic "continual learning" --output today.html
    askpapers digest --since 7d --email ada@example.org
    """
    if output and output.suffix.lower() not in _ENDINGS:
        raise InputError(f'"{output}" ends in neither .md nor .html.', "Name a file like digest.html after --output.")
    service = service_for(data_dir, llm, keep_answers=False)
    sender = _sender(service.settings, email) if email else None
    made = service.digest(since, topics)
    if output:
        _write(output, made)
    if sender and (not made.empty or send_empty):
        _send(made, *sender)
    from app.ui.digest_text import digest_markdown, summary_words

    if output or email or made.empty:
        note(summary_words(made))
    for line in made.notes if output or email else ():
        note(line)
    if not (output or email or made.empty):
        click.echo(digest_markdown(made), nl=False)


def _sender(settings: Settings, to: str) -> tuple[MailServer, str, str]:
    """Who sends, from and to which address: checked before anything is made. Raises SettingsError, InputError."""
    from app.adapters.mail import MailServer, checked_address

    to = checked_address(to, "--email")
    if not settings.smtp_url or not settings.smtp_from:
        missing = "ASKPAPERS_SMTP_FROM" if settings.smtp_url else "ASKPAPERS_SMTP_URL"
        raise SettingsError(
            f"{missing} is not set, so no mail can be sent.",
            "Set ASKPAPERS_SMTP_URL to smtp://USER:PASSWORD@HOST:587 and ASKPAPERS_SMTP_FROM to your address",
        )
    sender = checked_address(settings.smtp_from, "ASKPAPERS_SMTP_FROM")
    return MailServer.of(settings.smtp_url.get_secret_value()), sender, to


def _send(made: Digest, server: MailServer, sender: str, to: str) -> None:
    from app.adapters.mail import mail
    from app.ui.digest_html import digest_page
    from app.ui.digest_text import digest_markdown, summary_words

    subject = f"askpapers: {summary_words(made)}"
    server.send(mail(sender, to, subject, digest_markdown(made), digest_page(made)))
    note(f"Sent to {to}.")


def _write(output: Path, made: Digest) -> None:
    from app.ui.digest_html import digest_page
    from app.ui.digest_text import digest_markdown

    text = digest_page(made) if output.suffix.lower() == ".html" else digest_markdown(made)
    try:
        output.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise InputError(
            f'"{output}" cannot be written: {error.strerror}.', "Name another file with --output."
        ) from error
    note(f"The digest is in {output}")
