"""The simulated receiver believes nobody without a reason, and takes nothing twice."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json

import httpx
import pytest

from connectors.webhook.simulator import DEMO_SETTINGS, create_simulator

NOW = 1_795_251_600
DEAL = {"type": "deal.created", "data": {"deal": {"id": "m1", "name": "Chairs"}}}
NOTE = {"type": "note.created", "data": {"note": {"id": "m2", "text": "Hi", "deal_id": "m1"}}}


@pytest.fixture
def simulator():
    return create_simulator(rate_limit=0, now=lambda: NOW)


def post(simulator, event, id="m1", at=NOW, **headers):
    body = event if isinstance(event, bytes) else json.dumps(event).encode()
    key = base64.b64decode(DEMO_SETTINGS["secret"].removeprefix("whsec_"))
    signed = f"{id}.{at}.".encode() + body
    signature = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    sent = {
        "webhook-id": id,
        "webhook-timestamp": str(at),
        "webhook-signature": f"v1,AAAA v1,{signature}",
        "x-api-key": "demo-token",
    } | {name.replace("_", "-"): value for name, value in headers.items()}
    transport = httpx.WSGITransport(app=simulator)
    with httpx.Client(transport=transport, base_url="http://office.test") as web:
        return web.post("/hooks/formwire", content=body, headers=sent)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"x_api_key": "wrong"}, "X-Api-Key"),
        ({"webhook_signature": ""}, "must be there"),
        ({"webhook_signature": "v1,AAAA"}, "does not fit"),
        ({"webhook_id": "m2"}, "does not fit"),
        ({"at": NOW - 301}, "five minutes"),
        ({"at": NOW + 301}, "five minutes"),
        ({"id": "m.1"}, "malformed"),
    ],
)
def test_what_is_not_ours_changes_nothing(simulator, changes, why) -> None:
    answer = post(simulator, DEAL, **changes)
    assert answer.status_code == 401
    assert why in answer.json()["error"]
    assert not simulator.store.truth


def test_a_repeated_event_is_answered_alike_and_changes_nothing(simulator) -> None:
    first, second = post(simulator, DEAL), post(simulator, DEAL, at=NOW - 200)
    assert first.json() == second.json() == {"deal": {"id": 5001}}
    assert simulator.store.count("deals") == 1


def test_records_are_known_by_our_id_and_by_theirs(simulator) -> None:
    post(simulator, DEAL)
    post(simulator, NOTE, id="m2")
    other = {"note": {"id": "m3", "text": "Hi", "deal_id": "5001"}}
    post(simulator, {"type": "note.created", "data": other}, id="m3")
    assert simulator.store.links(("deals", 5001), "notes").keys() == {601, 602}


@pytest.mark.parametrize(
    ("event", "id", "status"),
    [
        (b"{", "m1", 400),
        (NOTE, "m2", 404),
        ({"type": "deal.lost", "data": {"deal": {"id": "m1"}}}, "m1", 422),
        ({"type": "deal.created", "data": {}}, "m1", 422),
        ({"type": "deal.created", "data": {"deal": {"id": "other"}}}, "m1", 422),
        ({"type": "deal.created", "data": {"deal": {"id": "m1", "stage": "?"}}}, "m1", 422),
        ({"type": "deal.created", "data": {"deal": {"id": "m1", "pipeline": "?"}}}, "m1", 422),
        ({"type": "note.created", "data": {"note": {"id": "m2", "text": "Hi"}}}, "m2", 422),
        ({"type": "link.created", "data": {"deal": {"id": "m1"}}}, "m3", 404),
    ],
)
def test_what_it_does_not_understand_is_refused_whole(simulator, event, id, status) -> None:
    assert post(simulator, event, id=id).status_code == status
    assert not simulator.store.truth


def test_a_body_of_another_form_is_kept_and_shown(simulator) -> None:
    assert post(simulator, {"mail": "ada@example.org"}).json() == {}
    assert post(simulator, DEAL, id="m1").json() == {}
    with httpx.Client(
        transport=httpx.WSGITransport(app=simulator), base_url="http://office.test"
    ) as web:
        assert "ada@example.org" in web.get("/events/1").text
        assert "Events as they came" in web.get("/").text
