"""What is posted, written out by hand."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest

from connectors.base import Bundle, Change, Draft, Kind, Link, Outcome, Ref
from tests.connectors.webhook.wire import FIELDS, Wire, signature_of

# printf run.deal | sha256sum, its first 32 digits
DEAL_KEY = "fw_f334326fa292dc57fbf76a7fb4cf6303"
ADA = Draft(
    {
        "name": "Ada “Lady” Lovelace",
        "phone": ["+14155550100", "+14155550199"],
        "email": ["ada@example.org"],
        "birthday": "1815-12-10",
    },
    tags=("website",),
    marker="run.contact",
)
FIRM = Draft({"name": "Analytical Engines"}, marker="run.company")
DEAL = Draft(
    {"name": "Site form", "budget": "1500.5", "pipeline": "Sales", "topic": 'a "b" \\ c'},
    marker="run.deal",
)


def test_a_message_is_signed_as_the_specification_says() -> None:
    wire = Wire()
    wire.connector().create(Kind.DEAL, [DEAL])
    (request,) = wire.requests
    assert request.headers["webhook-timestamp"] == "1795251600"
    assert request.headers["webhook-signature"] == signature_of(request)
    assert request.headers["content-type"] == "application/json"
    assert str(request.url) == "https://crm.example.com/hooks/t0psecret?tenant=7"
    assert "." not in request.headers["webhook-id"]


def test_a_lead_is_one_event() -> None:
    wire = Wire()
    (outcome,) = wire.connector(fields=FIELDS).create_bundles([Bundle(DEAL, ADA, FIRM)])
    ((request,), (body,)) = wire.requests, wire.bodies
    ids = {kind: body["data"][kind]["id"] for kind in ("deal", "contact", "company")}
    assert outcome == {Kind(kind): Outcome.done(id) for kind, id in ids.items()}
    assert request.headers["webhook-id"] == ids["deal"] == DEAL_KEY
    assert body == {
        "type": "deal.created",
        "data": {
            "deal": {
                "id": ids["deal"],
                "name": "Site form",
                "budget": "1500.5",
                "pipeline": "Sales",
                "topic": 'a "b" \\ c',
                "tags": [],
                "contact_id": ids["contact"],
                "company_id": ids["company"],
            },
            "contact": {
                "id": ids["contact"],
                "name": "Ada “Lady” Lovelace",
                "phone": "+14155550100",
                "phones": ["+14155550100", "+14155550199"],
                "email": "ada@example.org",
                "emails": ["ada@example.org"],
                "birthday": "1815-12-10",
                "tags": ["website"],
                "company_id": ids["company"],
            },
            "company": {"id": ids["company"], "name": "Analytical Engines", "tags": []},
        },
    }


def test_a_task_is_an_event_about_its_record() -> None:
    wire = Wire()
    fields = {"text": "Call", "type": "call", "due": "2026-12-01T10:30:00+02:00"}
    draft = Draft(fields, links=(Ref(Kind.DEAL, "17"),), marker="run.task")
    wire.connector().create(Kind.TASK, [draft])
    task = wire.bodies[0]["data"]["task"]
    assert wire.bodies[0]["type"] == "task.created"
    assert task == {"id": task["id"], **fields, "tags": [], "deal_id": "17"}


def test_a_change_tells_only_what_it_changes() -> None:
    wire = Wire()
    change = Change("17", {"phone": ["+14155550100"], "email": None, "name": "Ada"}, ("vip",))
    outcomes = wire.connector().update(Kind.CONTACT, [change, Change("18", {"name": "Eve"})])
    assert outcomes == [Outcome.done("17"), Outcome.done("18")]
    assert wire.bodies == [
        {
            "type": "contact.updated",
            "data": {
                "contact": {
                    "id": "17",
                    "phone": "+14155550100",
                    "phones": ["+14155550100"],
                    "email": None,
                    "emails": None,
                    "name": "Ada",
                    "tags": ["vip"],
                }
            },
        },
        {"type": "contact.updated", "data": {"contact": {"id": "18", "name": "Eve"}}},
    ]


def test_a_link_names_both_ends_and_is_the_same_either_way() -> None:
    wire, ada, firm = Wire(), Ref(Kind.CONTACT, "17"), Ref(Kind.COMPANY, "5")
    wire.connector().link([Link(ada, firm), Link(firm, ada), Link(ada, replace(firm, id="6"))])
    told = {"type": "link.created", "data": {"company": {"id": "5"}, "contact": {"id": "17"}}}
    assert wire.bodies[0] == wire.bodies[1] == told
    ids = [request.headers["webhook-id"] for request in wire.requests]
    assert ids[0] == ids[1] != ids[2]


def test_a_step_has_one_id_and_what_has_no_step_a_new_one_each_time() -> None:
    wire = Wire()
    crm = wire.connector()
    for draft in (DEAL, DEAL, replace(DEAL, marker=""), replace(DEAL, marker="")):
        crm.create(Kind.DEAL, [draft])
    crm.update(Kind.DEAL, [Change("17", {"name": "New"})] * 2)
    ids = [request.headers["webhook-id"] for request in wire.requests]
    assert ids[0] == ids[1]
    assert len(set(ids)) == 5


@pytest.mark.parametrize(
    ("answer", "id"),
    [
        ({"deal": {"id": 17}}, "17"),
        ({"deal": {"id": "D-17"}, "id": "other"}, "D-17"),
        ({"id": "0193-a-call"}, DEAL_KEY),
        ({"deal": {"id": True}}, DEAL_KEY),
        ({"deal": {"id": ""}}, DEAL_KEY),
        ({"deal": {"id": "x" * 65}}, DEAL_KEY),
        ({"deal": {"id": "a\nb"}}, DEAL_KEY),
        ({"deal": 17}, DEAL_KEY),
        ([17], DEAL_KEY),
        (None, DEAL_KEY),
    ],
)
def test_a_receiver_may_name_the_record(answer: object, id: str) -> None:
    wire = Wire(httpx.Response(200, json=answer))
    assert wire.connector().create(Kind.DEAL, [DEAL]) == [Outcome.done(id)]


@pytest.mark.parametrize("answer", [b"", b"ok", b"<html>Thanks</html>", b'{"deal": {"i'])
def test_any_success_is_one_whatever_it_says(answer: bytes) -> None:
    wire = Wire(httpx.Response(202, content=answer))
    assert wire.connector().create(Kind.DEAL, [DEAL]) == [Outcome.done(DEAL_KEY)]


def test_a_template_takes_the_place_of_the_usual_form() -> None:
    body = """{"event": "{{ event.type }}", "mail": "{{ contact.email }}",
        "all": "{{contact.emails}}", "price": "{{ deal.budget | number }}",
        "text": "{{ deal.name }} of {{ contact.name }}, {{ contact.phones }}",
        "firm": "{{ company }}", "deal": "{{ task.deal_id }}", "to": ["{{ deal.topic }}", 1, null]}"""
    wire = Wire()
    wire.connector(body=body, fields=FIELDS).create_bundles([Bundle(DEAL, ADA)])
    assert wire.bodies == [
        {
            "event": "deal.created",
            "mail": "ada@example.org",
            "all": ["ada@example.org"],
            "price": 1500.5,
            "text": "Site form of Ada “Lady” Lovelace, +14155550100, +14155550199",
            "firm": None,
            "deal": None,
            "to": ['a "b" \\ c', 1, None],
        }
    ]
    assert wire.requests[0].headers["webhook-signature"] == signature_of(wire.requests[0])


def test_the_further_header_goes_along() -> None:
    wire = Wire()
    crm = wire.connector(header_name="X-Api-Key", header_value="k 1")
    crm.check()
    crm.create(Kind.DEAL, [DEAL])
    assert [request.headers["x-api-key"] for request in wire.requests] == ["k 1"] * 2
