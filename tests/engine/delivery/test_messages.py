"""What messages say: everything a person needs, nothing that a mail program would run."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from engine.delivery import mail_words
from engine.delivery.messages import Event, as_mail, one_line, raised, trial
from engine.delivery.speech import Speech
from engine.storage.channels import News
from engine.storage.forms import Named
from engine.storage.models import Notice
from engine.storage.notice_pages import NoticeRow

GUIDE = Path(__file__).parents[3] / "docs" / "guide" / "notices.md"
AT = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
URL = "https://forms.example.org"


def row(id: int = 1, message: str = "Main refuses our access", **changes: object) -> NoticeRow:
    values = {
        "remedy": "Renew its settings.",
        "count": 3,
        "first_at": AT - timedelta(minutes=9),
        "last_at": AT - timedelta(minutes=1),
    }
    notice = Notice(id=id, cause="c", message=message, **(values | changes))
    return NoticeRow(notice, Named("callback", "Call me back"), Named("main", "Main"), None)


def event(*rows: NoticeRow, total: int = 0) -> Event:
    return raised(News(rows, total or len(rows), AT), URL, AT)


def mail(event: Event) -> tuple[str, str, str]:
    """Subject, text and HTML as they arrive."""
    letter = as_mail(event, sender="formwire@example.org", to="grace@example.org", id="abc")
    text, html = letter.get_body(("plain",)), letter.get_body(("html",))
    assert text is not None
    assert html is not None
    return str(letter["Subject"]), text.get_content(), html.get_content()


def test_a_notice_is_told_with_its_remedy_count_times_and_place() -> None:
    subject, text, html = mail(event(row()))
    assert subject == "Formwire: Main refuses our access"
    for body in (text, html):
        assert "Main refuses our access" in body
        assert "Renew its settings." in body
        assert "Call me back · Main · 3 times, from 2026-11-21 07:51 UTC to 2026-11-21" in body
        assert f"{URL}/notices#notice-1" in body


def test_several_notices_are_one_mail_that_says_how_many_there_are() -> None:
    subject, text, _ = mail(event(row(1, "First"), row(2, "Second", count=1), total=25))
    assert subject == "Formwire: 25 notices, the latest: First"
    assert text.index("* First") < text.index("* Second") < text.index("And 23 more")
    assert "2 times" not in text


def test_every_sentence_of_a_mail_is_said_in_its_readers_language() -> None:
    speech = Speech("uk", lambda sentence: f"«{sentence}»")
    told = event(row(1, "First <b>"), row(2, "Second", count=1), total=25)
    letter = as_mail(told, speech, sender="formwire@example.org", to="grace@example.org", id="abc")
    text, html = letter.get_body(("plain",)), letter.get_body(("html",))
    assert text is not None
    assert html is not None
    assert letter["Subject"] == "Formwire: «25 notices, the latest: First <b>»"
    assert letter["Content-Language"] == "uk"
    assert '<html lang="uk">' in html.get_content()
    for body, first in ((text, "First <b>"), (html, "First &lt;b&gt;")):
        content = body.get_content()
        for sentence in (
            first,
            "Second",
            "Renew its settings.",
            "3 times, from 2026-11-21 07:51 UTC to 2026-11-21 07:59 UTC",
            "And 23 more",
            mail_words.END,
        ):
            assert f"«{sentence}»" in content
    assert f"«{mail_words.CHANNELS}»" in html.get_content()
    trial_mail = as_mail(
        trial(URL, AT), speech, sender="formwire@example.org", to="grace@example.org", id="abc"
    )
    assert trial_mail["Subject"] == "Formwire: «a test message»"


def test_a_test_says_so() -> None:
    subject, text, html = mail(trial(URL, AT))
    assert subject == "Formwire: a test message"
    assert "This is a test" in text
    assert "This is a test" in html


@pytest.mark.parametrize(
    "evil",
    [
        "a\r\nBcc: eve@example.org",
        "a\nContent-Type: text/html",
        "a\x00b\x1b[2Jc",
        "a\u2028b\u2029c\x85d",
        "a\u202eb",
        "<script>x()</script><img src=x onerror=y()>\"'",
        "x" * 100_000,
    ],
)
def test_a_notice_cannot_break_out_of_its_line(evil: str) -> None:
    letter = as_mail(
        event(row(1, evil, remedy=evil)), sender="formwire@example.org", to="g@example.org", id="a"
    )
    raw = letter.as_bytes()
    head = raw.partition(b"\r\n\r\n")[0].decode()
    assert sorted(
        line.partition(":")[0] for line in head.split("\r\n") if line[0] not in " \t"
    ) == [
        "Auto-Submitted",
        "Content-Language",
        "Content-Type",
        "Date",
        "From",
        "MIME-Version",
        "Message-ID",
        "Subject",
        "To",
    ]
    html = letter.get_body(("html",))
    assert html is not None
    assert not re.search("<(script|img)", html.get_content())
    assert raw.isascii()
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998
    assert b"\n" not in raw.replace(b"\r\n", b"")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a\r\n b\tc", "a b c"),
        ("a\x00b", "a b"),
        ("Привіт «Ада» 🙂", "Привіт «Ада» 🙂"),
        ("x" * 20, "x" * 20),
        ("x" * 21, "x" * 19 + "…"),
    ],
)
def test_a_text_becomes_one_printable_line(text: str, line: str) -> None:
    assert one_line(text, 20) == line


def test_the_guide_shows_the_schema_of_the_messages() -> None:
    found = re.search(r"```json\n(\{\n  \"\$defs\".+?)```", GUIDE.read_text(), re.DOTALL)
    assert found
    assert json.loads(found[1]) == Event.model_json_schema()


def test_the_guides_example_is_a_message() -> None:
    found = re.search(
        r"```json\n(\{\n  \"type\": \"notices.raised\".+?)```", GUIDE.read_text(), re.DOTALL
    )
    assert found
    assert Event.model_validate_json(found[1]).type == "notices.raised"


def test_a_message_survives_being_stored() -> None:
    told = event(row())
    assert Event.model_validate(told.model_dump(mode="json")) == told
