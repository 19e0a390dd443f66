"""`askpapers digest` over a real library: what is new, by topic, to the screen, a file and a real mail server; and with a
chat model that writes it."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from app.adapters import offline
from app.adapters.catalogue import SqliteCatalogue
from app.adapters.mail import MailServer, mail
from app.bootstrap import Service
from app.core.domain import Paper
from app.core.errors import InputError, MailError, SettingsError
from app.ui.digest_text import digest_markdown
from tests.commands import Askpapers
from tests.conftest import service_in
from tests.mail_server import postbox
from tests.scripted_server import Reply, ScriptedServer

Build = Callable[..., Service]


@pytest.fixture
def run(tmp_path: Path, starter_folder: Path, model_cache: Path) -> Askpapers:
    """The command over a starter library of its own, all of which is new."""
    shutil.copytree(starter_folder, tmp_path / "lib")
    return Askpapers(tmp_path / "lib", model_cache)


def test_what_is_new_in_groups(run: Askpapers, tmp_path: Path) -> None:
    """Every marker has its reference, every quote its abstract."""
    done = run("digest", "--since", "2h")
    assert done.code == 0 and done.err == ""
    assert done.out.startswith("# New papers\n\n47 papers added since ")
    body, references = done.out.split("## References")
    markers = re.findall(r"\*\* \[(\d+)\]", body)
    assert (
        markers == [str(n) for n in range(1, len(markers) + 1)] == re.findall(r"^\[(\d+)\]", references, re.MULTILINE)
    )
    assert body.count("\n## ") >= 3 and "https://arxiv.org/abs/" in references
    page = tmp_path / "new.html"
    done = run("digest", "--since", "2h", "--output", page)
    assert done.out == "" and "47 papers added" in done.err and str(page) in done.err
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_topics(run: Askpapers) -> None:
    done = run(
        "digest",
        "--since",
        "2h",
        "--topic",
        "continual learning",
        "--topic",
        "African languages",
        "--topic",
        "galaxies",
    )
    assert "## Continual learning" in done.out and "TAME" in done.out and "INJONGO" in done.out
    assert "on none of the topics asked for" in done.out and "Nothing new on “galaxies”." in done.out
    done = run("digest", "--topic", "galaxy rotation curves")
    assert done.code == 0 and done.out == "" and "none of them on “galaxy rotation curves”" in done.err


def test_nothing_new_sends_nothing(run: Askpapers) -> None:
    with postbox() as box:
        run.settings |= {"SMTP_URL": f"smtp://127.0.0.1:{box.port}", "SMTP_FROM": "papers@example.org"}
        # A library whose papers came before times were noted.
        store = SqliteCatalogue(run.folder / "catalogue.sqlite")
        store.forget_added()
        store.close()
        done = run("digest", "--email", "ada@example.org")
        assert done.code == 0 and done.out == "" and done.err.startswith("Nothing new since ") and not box.mails
        done = run("digest", "--email", "ada@example.org", "--send-empty")
        assert done.code == 0 and "Nothing new since" in str(box.mails[0]["Subject"])


def test_by_mail(run: Askpapers) -> None:
    """Both forms of the digest, from a server that wants a login."""
    with postbox("ada", "p@ss:word") as box:
        run.settings |= {
            "SMTP_URL": f"smtp://ada:p%40ss%3Aword@127.0.0.1:{box.port}",
            "SMTP_FROM": "papers@example.org",
        }
        done = run("digest", "--since", "2h", "--topic", "continual learning", "--email", "bo@example.org")
        assert done.code == 0 and done.out == "" and "Sent to bo@example.org." in done.err
        (message,) = box.mails
        assert box.to == [["bo@example.org"]] and box.logins == ["ada"] and message["From"] == "papers@example.org"
        plain, html = message.get_body(("plain",)), message.get_body(("html",))
        assert plain and html and "TAME" in plain.get_content() and "<strong>TAME" in html.get_content()
        run.settings["SMTP_URL"] = f"smtp://ada:wrong-secret@127.0.0.1:{box.port}"
        refused = run("digest", "--since", "2h", "--topic", "continual learning", "--email", "bo@example.org").refused()
        assert "user name and password" in refused and "wrong-secret" not in refused


@pytest.mark.parametrize(
    "address",
    ["bo@example.org\nBcc: eve@example.org", "bo@example.org,eve@example.org", "bo", "Bo <bo@example.org>", ""],
)
def test_no_header_can_be_put_in(run: Askpapers, address: str) -> None:
    run.settings |= {"SMTP_URL": "smtp://127.0.0.1:1", "SMTP_FROM": "papers@example.org"}
    if address:
        assert "is no mail address" in run("digest", "--email", address).refused()
    with pytest.raises(InputError):
        mail("papers@example.org", address, "New", "text", "<p>html</p>")
    message = mail("papers@example.org", "bo@example.org", "New\r\nBcc: eve@example.org\x00", "text", "<p>html</p>")
    assert message["Bcc"] is None and "\n" not in str(message["Subject"])


def test_what_cannot_be_sent_is_said(run: Askpapers) -> None:
    assert "ASKPAPERS_SMTP_URL is not set" in run("digest", "--email", "bo@example.org").refused()
    assert "neither .md nor .html" in run("digest", "--output", "new.pdf").refused()
    assert "neither a stretch of time nor a day" in run("digest", "--since", "soon").refused()
    for url in ("http://mail.example.org", "smtp://", "smtp://host/path", "smtp://u:p@h:port", "smtp://a b"):
        with pytest.raises(SettingsError) as refused:
            MailServer.of(url)
        assert "u:p" not in str(refused.value)
    message = mail("papers@example.org", "bo@example.org", "New", "text", "<p>html</p>")
    with (
        postbox(refuses="bo@example.org") as box,
        pytest.raises(MailError, match="refuses the address the mail is for"),
    ):
        MailServer.of(f"smtp://127.0.0.1:{box.port}").send(message)
    with pytest.raises(MailError, match="did not take the mail"):
        MailServer.of(f"smtp://127.0.0.1:{box.port}").send(message)


def test_offline_no_mail_leaves_this_machine() -> None:
    message = mail("papers@example.org", "bo@example.org", "New", "text", "<p>html</p>")
    offline.switch_on()
    try:
        with pytest.raises(MailError, match="askpapers is offline"):
            MailServer.of("smtp://mail.example.org").send(message)
        with postbox() as box:
            MailServer.of(f"smtp://127.0.0.1:{box.port}").send(message)
            assert len(box.mails) == 1
    finally:
        offline.switch_off()


def test_a_model_writes_and_is_checked(server: ScriptedServer, build: Build) -> None:
    """Its sentences that the abstracts bear out stand there under the digest's markers; the others do not."""

    def reply(request: object) -> Reply:
        text = str(getattr(request, "body", ""))
        number = re.search(r'<abstract number=\\?"(\d+)\\?">\\+nTitle: TAME', text)
        marker = number[1] if number else "1"
        return Reply(
            text=f"TAME handles lifelong learning when task identities are unknown [{marker}]. "
            f"TAME was trained on 4711 whales [{marker}]."
        )

    server.enqueue(*[reply] * 4)
    digest = build().digest("2h", ["continual learning"])
    (group,) = digest.groups
    tame = next(entry.marker for entry in group.entries if entry.paper.title.startswith("TAME"))
    assert group.text == f"TAME handles lifelong learning when task identities are unknown [{tame}]."
    assert "4711" not in digest_markdown(digest) and f"[{tame}] Haoran Zhu" in digest_markdown(digest)


def test_without_its_model_a_digest_still_comes(server: ScriptedServer, build: Build) -> None:
    digest = build(llm_base_url="http://127.0.0.1:9/v1").digest("2h", ["continual learning"])
    assert digest.groups and not digest.groups[0].text and digest.groups[0].entries[0].quotes
    assert any(note.startswith("The chat model wrote nothing here") for note in digest.notes)


def test_the_groups_of_a_library_are_kept(run: Askpapers, model_cache: Path) -> None:
    """Made once, quick the second time, made anew when a paper comes; the map is of every paper that has its vector."""
    service = service_in(run.folder, model_cache)
    steps: list[int] = []
    topics = service.topics(lambda done, total, words: steps.append(done))
    assert steps and len(topics.ids) == 47 and not topics.waiting and len(topics.groups) > 2
    again = service_in(run.folder, model_cache)
    steps.clear()
    started = time.monotonic()
    assert again.topics(lambda done, total, words: steps.append(done)).key == topics.key and not steps
    assert time.monotonic() - started < 5
    service.library.ingest([Paper("2601.00001", "On Newts", "Newts swim in ponds.")])
    later = service.topics()
    assert later.key != topics.key and later.waiting == 1 and len(later.ids) == 47
    assert [paper.id for paper in service.papers_of(["2601.00001", "nobody"])] == ["2601.00001"]
    assert list(service.library.store.added_since(time.time() - 60))[-1] == "2601.00001"
