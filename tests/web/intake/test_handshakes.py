"""What senders ask an address before they use it; none of it is a submission."""

from __future__ import annotations

import hmac
import json
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from engine.instance import Instance
from engine.storage.forms import save_form
from engine.storage.models import Form, Submission
from tests.builders import form_config
from tests.web.intake.signing import SECRET, give_secret

pytestmark = pytest.mark.usefixtures("form", "rings")

META = {"hub.mode": "subscribe", "hub.challenge": "1158201444", "hub.verify_token": SECRET}
CODE = "890e4665-4dfe-4ab1-b689-ed553bceeed0"


@pytest.fixture(autouse=True)
def _nothing_is_kept(instance: Instance) -> Any:
    yield
    with instance.database.read() as session:
        assert session.scalar(select(func.count(Submission.id))) == 0


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json["error"]["code"]


REFUSED = (403, "handshake_refused")


@pytest.mark.parametrize("secrets", [(SECRET,), ("the app secret", SECRET), (SECRET, "newer one")])
def test_meta_hears_its_challenge(
    client: FlaskClient, instance: Instance, secrets: tuple[str, ...]
) -> None:
    give_secret(instance, *secrets)
    answer = client.get("/f/callback", query_string=META)
    assert (answer.status_code, answer.mimetype) == (200, "text/plain")
    assert answer.text == "1158201444"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("token", [{}, {"hub.verify_token": ""}, {"hub.verify_token": "a guéss"}])
def test_a_wrong_token_of_meta_is_refused(
    client: FlaskClient, instance: Instance, token: dict[str, str]
) -> None:
    without = {name: value for name, value in META.items() if name != "hub.verify_token"}
    assert code(client.get("/f/callback", query_string=without | token)) == REFUSED
    give_secret(instance, SECRET)
    assert code(client.get("/f/callback", query_string=without | token)) == REFUSED


def test_linkedin_hears_its_code_signed_with_the_newest_secret(
    client: FlaskClient, instance: Instance
) -> None:
    give_secret(instance, "the old secret", SECRET)
    answer = client.get(f"/f/callback?challengeCode={CODE}&applicationId=7")
    made = hmac.new(SECRET.encode(), CODE.encode(), "sha256").hexdigest()
    assert answer.json == {"challengeCode": CODE, "challengeResponse": made}


@pytest.mark.parametrize(
    "asked",
    [
        '{"email": "mallory@example.org"}',
        "hmacsha256={}",
        "email=mallory%40example.org",
        "1763700000.{}",
        "",
        "x" * 101,
        "код",
    ],
)
def test_nobody_has_a_body_signed_as_a_code_of_linkedin(
    client: FlaskClient, instance: Instance, asked: str
) -> None:
    give_secret(instance, SECRET)
    assert code(client.get("/f/callback", query_string={"challengeCode": asked})) == REFUSED


def test_without_a_secret_nothing_is_signed(client: FlaskClient, instance: Instance) -> None:
    assert code(client.get(f"/f/callback?challengeCode={CODE}")) == REFUSED
    with instance.database.write() as session:
        session.execute(update(Form).values(sender_secret=b"of another key"))
    assert code(client.get(f"/f/callback?challengeCode={CODE}")) == REFUSED


@pytest.mark.parametrize("query", ["", "?hub.mode=unsubscribe", "?hub.challenge=1", "?x=y"])
def test_everybody_else_is_told_to_post(client: FlaskClient, query: str) -> None:
    answer = client.get(f"/f/callback{query}")
    assert code(answer) == (405, "wrong_method")
    assert answer.headers["Allow"] == "HEAD, OPTIONS, POST"


def test_a_form_that_is_off_stays_known_to_its_senders(
    client: FlaskClient, instance: Instance
) -> None:
    """They would give the address up, and it may be switched on again."""
    with instance.database.write() as session:
        save_form(session, form_config(enabled=False))
    give_secret(instance, SECRET)
    assert client.get("/f/callback", query_string=META).status_code == 200
    assert client.head("/f/callback").status_code == 200


def test_guessing_tokens_is_slowed_down(client: FlaskClient, instance: Instance) -> None:
    with instance.database.write() as session:
        save_form(session, form_config(per_minute=2))
    guesses = [client.get("/f/callback", query_string=META).status_code for _ in range(3)]
    assert guesses == [403, 403, 429]


def confirmation(**more: Any) -> bytes:
    return json.dumps({"type": "confirmation", "group_id": 7} | more).encode()


@pytest.mark.parametrize("more", [{}, {"secret": SECRET}, {"event_id": "e", "v": "5.199"}])
def test_vk_hears_the_confirmation_string(
    client: FlaskClient, instance: Instance, more: dict[str, str]
) -> None:
    give_secret(instance, SECRET, confirmation="e67ab49c")
    answer = client.post("/f/callback", data=confirmation(**more))
    assert (answer.status_code, answer.mimetype, answer.text) == (200, "text/plain", "e67ab49c")


def test_vk_may_confirm_before_there_is_a_secret(client: FlaskClient, instance: Instance) -> None:
    give_secret(instance, confirmation="e67ab49c")
    assert client.post("/f/callback", data=confirmation(secret="new")).text == "e67ab49c"


def test_vk_is_refused_without_the_string_or_with_a_wrong_secret(
    client: FlaskClient, instance: Instance
) -> None:
    assert code(client.post("/f/callback", data=confirmation())) == REFUSED
    give_secret(instance, SECRET, confirmation="e67ab49c")
    for secret in ("wrong", "\ud83d"):
        assert code(client.post("/f/callback", data=confirmation(secret=secret))) == REFUSED


@pytest.mark.parametrize("headers", [{"X-Hook-Secret": "hush"}, {}])
def test_hooks_without_a_body_are_answered(client: FlaskClient, headers: dict[str, str]) -> None:
    answer = client.post("/f/callback", headers=headers)
    assert answer.status_code == 200
    assert answer.json == {"id": None, "status": "ping"}
    assert answer.headers.get("X-Hook-Secret") == headers.get("X-Hook-Secret")
