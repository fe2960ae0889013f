"""Channels are told what is new: gathered, once, whatever happens on the way."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from connectors.errors import ConnectorError, SettingsError
from engine.delivery import telling
from engine.delivery.speech import only_english
from engine.delivery.telling import GATHER, PAUSE, Telling, send_test
from engine.instance import Instance
from engine.storage.base import now
from engine.storage.channels import OVERLAP, add_mail, add_webhook
from engine.storage.model_channels import Channel, MessageState
from engine.storage.models import Notice, Run
from engine.storage.notices import clear_notices
from engine.storage.people import PasswordHash, add_person
from tests.engine.delivery.town import Receiver, Town
from tests.engine.delivery.world import make_world
from tests.postbox import Postbox, start
from tests.wires import served

TO = "grace@example.org"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    found = Receiver()
    with served(found) as port:
        found.url = f"http://127.0.0.1:{port}/services/T0/its-secret"
        yield found


@pytest.fixture
def postbox() -> Iterator[Postbox]:
    found = Postbox()
    server = start(found)
    found.port = server.port  # type: ignore[attr-defined]
    yield found
    server.stop()


@pytest.fixture
def town(wiped_instance: Instance, postbox: Postbox, receiver: Receiver) -> Town:
    chosen = {
        "smtp_url": f"smtp://127.0.0.1:{postbox.port}",  # type: ignore[attr-defined]
        "mail_from": "formwire@example.org",
        "private_targets": "127.0.0.1",
        "public_url": "https://forms.example.org",
    }
    settings = wiped_instance.settings.model_copy(update=chosen)
    instance = replace(wiped_instance, settings=settings)
    with instance.database.write() as session:
        mail = add_mail(session, TO)
        webhook, secret = add_webhook(session, instance.vault, receiver.url)
    return Town(instance, mail, webhook, secret)


def is_ours(secret: str, headers: dict[str, str], body: bytes) -> bool:
    """As the guide tells receivers to check it."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    return hmac.compare_digest(f"v1,{expected}", headers["webhook-signature"])


def test_news_is_gathered_and_told_once_to_every_channel(
    town: Town, postbox: Postbox, receiver: Receiver
) -> None:
    town.notice()
    town.telling.look()
    assert (postbox.taken, receiver.got) == ([], [])
    town.notice("drift:1", "Main has changed")
    town.after(GATHER)
    (mail,), (event,) = postbox.taken, receiver.events
    assert mail["To"] == TO
    assert [one["message"] for one in event["data"]["notices"]] == [
        "Main has changed",
        "Main refuses our access",
    ]
    town.after(PAUSE)
    town.after(PAUSE)
    assert (len(postbox.taken), len(receiver.got)) == (1, 1)
    assert town.states(town.mail) == town.states(town.webhook) == ["sent"]


def test_a_thousand_failing_runs_are_one_message_to_each_channel(
    town: Town, postbox: Postbox, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = make_world(town.instance, monkeypatch)
    world.save(deal__pipeline="Gone")
    world.post()
    with town.instance.database.write() as session:
        first = session.get_one(Run, world.run().id)
        names = ("submission_id", "module_id", "revision_id", "connection_id")
        others = {name: getattr(first, name) for name in names}
        session.add_all(Run(**others) for _ in range(999))
    while world.drain():
        town.at = now()
        town.telling.look()
    assert [str(run.state) for run in world.runs()] == ["failed"] * 1000
    town.at = now()
    town.gather()
    for _ in range(8):
        town.after(PAUSE)
    (event,) = receiver.events
    (notice,) = event["data"]["notices"]
    assert notice["count"] == 1000
    assert "'Gone'" in notice["message"]
    assert len(postbox.taken) == 1


def test_while_it_goes_on_there_is_one_message_in_fifteen_minutes(
    town: Town, receiver: Receiver
) -> None:
    for _ in range(60):
        town.notice()
        town.after(timedelta(minutes=1))
    moments = [event["timestamp"] for event in receiver.events]
    assert len(moments) == 4
    apart = [
        datetime.fromisoformat(late) - datetime.fromisoformat(early)
        for early, late in pairwise(moments)
    ]
    assert all(each >= PAUSE for each in apart)
    assert receiver.events[-1]["data"]["notices"][0]["count"] > 45


def test_many_causes_are_counted_where_there_is_no_room(town: Town, receiver: Receiver) -> None:
    for number in range(50):
        town.notice(f"drift:{number}", f"Change {number}")
    town.gather()
    (event,) = receiver.events
    assert len(event["data"]["notices"]) == 20
    assert event["data"]["more"] == 30


@pytest.mark.parametrize(
    ("email", "language", "told"),
    [
        ("Grace@Example.org", "uk", "Main відмовляє нам у доступі: забагато"),
        ("grace@example.org", "", "Main refuses our access: забагато"),
        ("grace@example.org", "xx", "Main refuses our access: забагато"),
        ("somebody@else.org", "uk", "Main refuses our access: забагато"),
    ],
    ids=["theirs", "not known", "not spoken", "another's"],
)
def test_a_mail_is_in_the_language_of_the_person_whose_address_it_goes_to(
    town: Town, postbox: Postbox, receiver: Receiver, email: str, language: str, told: str
) -> None:
    with town.instance.database.write() as session:
        for address, code in (("another@example.org", "es"), (email, language)):
            add_person(session, address, PasswordHash("x"), role="viewer").language = code
    town.notice(message="Main refuses our access: забагато")
    town.gather()
    (mail,) = postbox.taken
    spoken = "uk" if told.startswith("Main в") else "en"
    assert mail["Subject"] == f"Formwire: {told}"
    assert mail["Content-Language"] == spoken
    (posted,) = receiver.events
    assert posted["data"]["notices"][0]["message"] == "Main refuses our access: забагато"


def test_what_is_cleared_while_it_is_gathered_is_not_told(town: Town, receiver: Receiver) -> None:
    town.notice()
    town.telling.look()
    with town.instance.database.write() as session:
        clear_notices(session)
    town.after(GATHER)
    assert receiver.got == []


def test_a_notice_stored_later_than_it_says_is_told_too(town: Town, receiver: Receiver) -> None:
    town.notice("a")
    town.gather()
    late = town.at - OVERLAP / 2
    with town.instance.database.write() as session:
        session.add(Notice(cause="late", message="Late", first_at=late, last_at=late))
    town.gather()
    town.after(PAUSE)
    assert [event["data"]["notices"][0]["message"] for event in receiver.events][-1:] == ["Late"]


def test_a_channel_that_is_off_is_told_nothing_and_later_only_what_came_since(
    town: Town, receiver: Receiver, postbox: Postbox
) -> None:
    town.switch(town.webhook, enabled=False)
    town.notice("a", "First")
    town.gather()
    assert receiver.got == []
    assert len(postbox.taken) == 1
    town.at += timedelta(seconds=1)
    town.switch(town.webhook, enabled=True)
    town.at += timedelta(seconds=1)
    town.notice("b", "Second")
    town.gather()
    (event,) = receiver.events
    assert [one["message"] for one in event["data"]["notices"]] == ["Second"]


def test_a_webhook_is_signed_and_its_id_stays_while_it_is_tried_again(
    town: Town, receiver: Receiver
) -> None:
    receiver.statuses += [b"500 No\r\n", b"302 Found\r\nLocation: http://127.0.0.1:1/\r\n"]
    town.notice()
    town.gather()
    assert town.states(town.webhook) == ["waiting"]
    for _ in range(2):
        town.after(timedelta(seconds=30))
    assert town.states(town.webhook) == ["sent"]
    assert len(receiver.got) == 3
    assert len({headers["webhook-id"] for headers, _ in receiver.got}) == 1
    assert len({headers["webhook-timestamp"] for headers, _ in receiver.got}) == 3
    assert len({body for _, body in receiver.got}) == 1
    for headers, body in receiver.got:
        assert is_ours(town.secret, headers, body)
        assert not is_ours(town.secret, headers, body + b" ")
        assert not is_ours("whsec_" + base64.b64encode(b"x" * 32).decode(), headers, body)
        assert headers["content-type"] == "application/json"


def test_a_receiver_that_is_away_gets_one_message_when_it_is_back(
    town: Town, receiver: Receiver
) -> None:
    receiver.statuses += [b"503 No\r\n"] * 5
    for _ in range(60):
        town.notice()
        town.after(timedelta(minutes=1))
    assert town.states(town.webhook)[0] == "sent"
    ids = [headers["webhook-id"] for headers, _ in receiver.got]
    assert len(set(ids[:6])) == 1
    assert len(ids) < 10


def test_a_wish_to_wait_is_heeded(town: Town, receiver: Receiver) -> None:
    receiver.statuses.append(b"429 Slow\r\nRetry-After: 600\r\n")
    town.notice()
    town.gather()
    (message,) = town.messages(town.webhook)
    assert timedelta(seconds=600) <= message.due_at - town.at <= timedelta(seconds=661)


def test_a_receiver_that_is_gone_is_switched_off_with_a_notice_that_the_others_get(
    town: Town, receiver: Receiver, postbox: Postbox
) -> None:
    receiver.statuses.append(b"410 Gone\r\n")
    town.notice()
    town.gather()
    assert not town.channel(town.webhook).enabled
    assert town.states(town.webhook) == ["failed"]
    notice = town.notices()[-1]
    assert "127.0.0.1 answers with status 410" in notice.message
    assert "switched off" in notice.remedy
    assert "its-secret" not in notice.message
    town.after(PAUSE)
    town.after(GATHER)
    assert len(receiver.got) == 1
    assert "status 410" in postbox.taken[-1]["Subject"]


def test_two_channels_that_fail_do_not_tell_each_other_for_ever(
    town: Town, receiver: Receiver, postbox: Postbox
) -> None:
    town.instance = replace(
        town.instance,
        settings=town.instance.settings.model_copy(update={"private_targets": "10.0.0.0/8"}),
    )
    town.restart()
    postbox.answers["RCPT"] = "550 5.1.1 nobody"
    town.notice()
    town.gather()
    for _ in range(6):
        town.stamp("channel:%")
        town.after(PAUSE)
        town.after(GATHER)
    assert len(town.messages(town.mail)) == len(town.messages(town.webhook)) == 2
    assert set(town.states(town.mail) + town.states(town.webhook)) == {"failed"}
    assert "FORMWIRE_PRIVATE_TARGETS" in town.messages(town.webhook)[0].error


def test_mail_that_was_not_taken_is_tried_again_and_given_up_after_three_days(
    town: Town, postbox: Postbox
) -> None:
    postbox.answers["RCPT"] = "450 4.2.1 later"
    town.notice()
    town.gather()
    assert town.states(town.mail) == ["waiting"]
    town.after(timedelta(seconds=10))
    postbox.answers.clear()
    town.after(timedelta(seconds=30))
    assert town.states(town.mail) == ["sent"]
    postbox.answers["RCPT"] = "450 4.2.1 later"
    town.notice("b")
    for _ in range(100):
        town.after(timedelta(hours=1))
    assert town.states(town.mail) == ["sent", "failed"]
    assert f"A message to {TO} did not arrive" in town.notices()[-1].message


def lose_notes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the process die between sending and noting it."""

    def die(*_: object) -> None:
        raise OperationalError("UPDATE", {}, Exception("the disk is gone"))

    monkeypatch.setattr(telling.channels, "note_sent", die)


def test_after_a_crash_mail_is_not_sent_again_and_a_webhook_is(
    town: Town, postbox: Postbox, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    town.notice()
    town.telling.look()
    with monkeypatch.context() as crash:
        lose_notes(crash)
        for _ in range(2):  # each look dies at the first message it sends
            with pytest.raises(OperationalError):
                town.after(GATHER)
    assert town.states(town.mail) == town.states(town.webhook) == [MessageState.SENDING]
    town.restart()
    assert town.states(town.mail) == ["failed"]
    assert town.messages(town.mail)[0].error.startswith("perhaps sent")
    assert len(postbox.taken) == 1
    assert town.states(town.webhook) == ["sent"]
    assert len({headers["webhook-id"] for headers, _ in receiver.got}) == 1
    assert len(receiver.got) == 2


def test_a_message_under_way_is_left_to_its_sender(
    town: Town, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    town.notice()
    town.telling.look()
    other = Telling(town.instance, only_english, clock=lambda: town.at)
    other.look()
    real = telling.webhook.post

    def meanwhile(*given: Any) -> None:
        other.look()
        real(*given)

    monkeypatch.setattr(telling.webhook, "post", meanwhile)
    town.after(GATHER)
    assert len(receiver.got) == 1


def test_a_test_says_at_once_what_became_of_it_and_hurries_what_waits(
    town: Town, receiver: Receiver, postbox: Postbox
) -> None:
    receiver.statuses += [b"500 No\r\n"] * 4
    town.notice()
    town.gather()
    with pytest.raises(ConnectorError, match=r"^127\.0\.0\.1 answers with status 500$"):
        send_test(town.instance, only_english, town.webhook, town.at)
    assert town.states(town.webhook) == ["waiting", "failed"]
    receiver.statuses.clear()
    send_test(town.instance, only_english, town.webhook, town.at)
    send_test(town.instance, only_english, town.mail, town.at)
    assert receiver.events[-1]["type"] == "notices.test"
    assert postbox.taken[-1]["Subject"] == "Formwire: a test message"
    town.at = now()
    town.telling.look()
    assert town.states(town.webhook) == ["sent", "failed", "sent"]


def test_without_a_mail_server_mail_waits_for_nobody(town: Town) -> None:
    settings = town.instance.settings.model_copy(update={"smtp_url": ""})
    with pytest.raises(SettingsError, match="FORMWIRE_SMTP_URL"):
        send_test(replace(town.instance, settings=settings), only_english, town.mail, town.at)


def test_a_webhook_whose_secret_cannot_be_read_is_not_posted(
    town: Town, receiver: Receiver
) -> None:
    with town.instance.database.write() as session:
        other = session.get_one(Channel, town.webhook.id)
        other.secret = town.instance.vault.seal("channel other", {"secret": town.secret})
    with pytest.raises(SettingsError, match="sealed for another"):
        send_test(town.instance, only_english, town.channel(town.webhook), town.at)
    assert receiver.got == []


def test_old_messages_are_forgotten(town: Town) -> None:
    town.notice("a")
    town.gather()
    town.at += timedelta(days=31)
    town.notice("b")
    town.gather()
    assert len(town.messages(town.webhook)) == 1
