"""Forms with a secret of their sender: what is let in, held, refused, and never shown."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from engine.instance import Instance
from engine.storage.forms import save_form
from engine.storage.models import Form, Notice, Submission
from tests.builders import form_config, json_body
from tests.web.intake.signing import SECRET, give_secret, tally

RAW = json_body()
pytestmark = pytest.mark.usefixtures("form", "rings")


def stored(instance: Instance) -> list[Submission]:
    with instance.database.read() as session:
        return list(session.scalars(select(Submission).order_by(Submission.id)))


def notices(instance: Instance) -> list[tuple[str, int]]:
    with instance.database.read() as session:
        return [(row.message, row.count) for row in session.scalars(select(Notice))]


def test_without_a_secret_a_signature_is_nobodys_business(
    client: FlaskClient, instance: Instance
) -> None:
    answer = client.post("/f/callback", data=RAW, headers=tally(RAW, "whatever"))
    assert answer.json["status"] == "accepted"
    assert notices(instance) == []


@pytest.mark.parametrize("secrets", [(SECRET,), ("the old secret", SECRET), (SECRET, "the next")])
def test_what_its_sender_signed_is_let_in(
    client: FlaskClient, instance: Instance, secrets: tuple[str, ...]
) -> None:
    give_secret(instance, *secrets)
    answer = client.post("/f/callback", data=RAW, headers=tally(RAW))
    assert answer.json["status"] == "accepted"
    (kept,) = stored(instance)
    assert kept.headers["Tally-Signature"] == "•••"
    assert notices(instance) == []


def test_the_rest_is_held_with_one_notice(client: FlaskClient, instance: Instance) -> None:
    give_secret(instance, SECRET)
    wrong = client.post("/f/callback", data=RAW, headers=tally(b"another body"))
    missing = client.post("/f/callback", data=json_body(email="grace@example.org"))
    assert [wrong.json["status"], missing.json["status"]] == ["held", "held"]
    assert [row.reason for row in stored(instance)] == [
        "Its signature fits no secret of the form.",
        "It bears no signature, and the form has a secret.",
    ]
    last = "It bears no signature, and the form has a secret."
    assert notices(instance) == [(f"A submission to “Call me back” is held. {last}", 2)]


def test_what_cannot_be_read_is_kept_as_ever(client: FlaskClient, instance: Instance) -> None:
    give_secret(instance, SECRET)
    raw = b'{"first_name": "Ada'
    assert client.post("/f/callback", data=raw, headers=tally(raw)).json["status"] == "unreadable"
    assert client.post("/f/callback", data=raw).json["status"] == "unreadable"
    signed, unsigned = stored(instance)
    assert unsigned.reason.startswith(signed.reason)
    assert unsigned.reason.endswith("It bears no signature, and the form has a secret.")


def test_a_form_may_refuse_the_rest_and_keeps_only_a_count(
    client: FlaskClient, instance: Instance
) -> None:
    with instance.database.write() as session:
        save_form(session, form_config(signature="refuse"))
    give_secret(instance, SECRET)
    for headers in ({}, tally(b"another body")):
        answer = client.post("/f/callback", data=RAW, headers=headers)
        assert (answer.status_code, answer.json["error"]["code"]) == (403, "unproven")
        assert "same secret" in answer.json["error"]["remedy"]
    assert stored(instance) == []
    words = "Its signature fits no secret of the form."
    assert notices(instance) == [(f"A submission to “Call me back” was refused. {words}", 2)]
    assert client.post("/f/callback", data=RAW, headers=tally(RAW)).json["status"] == "accepted"


def test_a_made_up_post_does_not_stand_in_for_the_true_one(
    client: FlaskClient, instance: Instance
) -> None:
    give_secret(instance, SECRET)
    for headers, status in (({}, "held"), (tally(RAW), "accepted"), ({}, "held")):
        key = {"Idempotency-Key": "lead-1"}
        answer = client.post("/f/callback", data=RAW, headers={**headers, **key})
        assert answer.json["status"] == status
    assert [row.hits for row in stored(instance)] == [2, 1]


@pytest.mark.parametrize("signature", ["hold", "refuse"])
def test_when_the_secret_cannot_be_decrypted_nothing_is_lost(
    client: FlaskClient, instance: Instance, signature: str
) -> None:
    with instance.database.write() as session:
        save_form(session, form_config(signature=signature))
        session.execute(update(Form).values(sender_secret=b"of another key"))
    answer = client.post("/f/callback", data=RAW, headers=tally(RAW))
    assert answer.json["status"] == "held"
    assert "FORMWIRE_SECRET_KEY" in stored(instance)[0].reason


@pytest.mark.parametrize(
    ("given", "status"), [(SECRET, "accepted"), ("guessed", "held"), (None, "held")]
)
def test_a_secret_in_the_body_counts_and_is_not_kept_beside_it(
    client: FlaskClient, instance: Instance, given: str | None, status: str
) -> None:
    give_secret(instance, SECRET)
    fields = {"Field1": "Ada", "EntryId": "7", "DateCreated": "2026-11-21"}
    fields |= {"HandshakeKey": given} if given else {}
    answer = client.post("/f/callback", data=fields)
    assert answer.json["status"] == status
    (kept,) = stored(instance)
    assert SECRET not in f"{kept.answers} {kept.technical} {kept.headers}"


def test_the_forms_document_never_holds_the_secret(instance: Instance) -> None:
    give_secret(instance, SECRET)
    with instance.database.write() as session:
        form = save_form(session, form_config(name="Renamed"))  # as `formwire apply` does
        assert SECRET not in str(form.config)
        assert form.sender_secret is not None, "and applying one takes nothing away"
        assert SECRET.encode() not in form.sender_secret


GOOGLE = {
    "lead_id": "TeSter-123",
    "user_column_data": [{"column_id": "FULL_NAME", "string_value": "FirstName LastName"}],
    "google_key": SECRET,
    "form_id": 40,
}


@pytest.mark.parametrize(
    ("tests", "changes", "status", "reason"),
    [
        ("hold", {}, "accepted", ""),
        ("hold", {"is_test": True}, "held", "It is a sample"),
        ("accept", {"is_test": True}, "accepted", "It is a sample"),
        ("accept", {"is_test": True, "google_key": "guessed"}, "held", "fits no secret"),
    ],
)
def test_a_senders_sample_is_marked_and_is_a_lead_only_where_the_form_wants_it(
    client: FlaskClient,
    instance: Instance,
    tests: str,
    changes: dict[str, object],
    status: str,
    reason: str,
) -> None:
    with instance.database.write() as session:
        save_form(session, form_config(tests=tests))
    give_secret(instance, SECRET)
    answer = client.post("/f/callback", json=GOOGLE | changes)
    assert (answer.status_code, answer.json["status"]) == (200, status)
    (kept,) = stored(instance)
    assert reason in kept.reason
    assert bool(kept.reason) is bool(reason)
    assert SECRET not in f"{kept.answers} {kept.technical}"


def test_a_secret_of_an_unknown_sender_is_masked(client: FlaskClient, instance: Instance) -> None:
    give_secret(instance, SECRET)
    assert client.post("/f/callback", json={"a": "b", "google_key": SECRET}).status_code == 200
    (kept,) = stored(instance)
    assert (kept.state, kept.technical) == ("accepted", {"google_key": "•••"})


VK = {
    "type": "lead_forms_new",
    "group_id": 7,
    "event_id": "e1",
    "secret": SECRET,
    "object": {
        "lead_id": 12,
        "form_id": 3,
        "form_name": "Ask",
        "answers": [{"key": "first_name", "question": "Name", "answer": "Ada"}],
    },
}


@pytest.mark.parametrize(("secret", "state"), [(SECRET, "accepted"), ("guessed", "held")])
def test_vk_hears_ok_and_nothing_else(
    client: FlaskClient, instance: Instance, secret: str, state: str
) -> None:
    give_secret(instance, SECRET)
    answer = client.post("/f/callback", json=VK | {"secret": secret})
    assert (answer.status_code, answer.mimetype, answer.text) == (200, "text/plain", "ok")
    (kept,) = stored(instance)
    assert kept.state == state
    assert kept.answers["field"] == {"first_name": "Ada"}
    assert SECRET not in str(kept.technical)


def test_what_vk_tells_besides_is_no_lead(client: FlaskClient, instance: Instance) -> None:
    told = VK | {"type": "message_new", "object": {"message": {"text": "hi"}}}
    assert client.post("/f/callback", json=told).text == "ok"
    assert stored(instance) == []
