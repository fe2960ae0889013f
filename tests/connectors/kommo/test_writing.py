import httpx
import pytest

from connectors.base import Change, Draft, Kind, Status
from connectors.errors import (
    AuthError,
    RateLimitedError,
    UnavailableError,
)
from tests.connectors.kommo.wire import (
    ADA,
    DEAL,
    Kommo,
    connector,
    contact,
    invalid,
    listing,
    phones,
)


def test_a_bad_record_is_named_and_the_others_are_sent_again():
    kommo = Kommo(
        invalid(("1", "price"), ("3", "name")),
        listing("leads", {"id": 5001, "request_id": "0"}, {"id": 5002, "request_id": "2"}),
    )
    outcomes = connector(kommo).create(Kind.DEAL, [Draft({"name": f"Deal {n}"}) for n in range(4)])
    assert [outcome.id for outcome in outcomes] == ["5001", None, "5002", None]
    assert [outcome.error.field for outcome in outcomes if outcome.error] == ["budget", "name"]
    assert [body["name"] for body in kommo.sent()] == ["Deal 0", "Deal 2"]


def test_when_nobody_is_named_each_is_sent_alone():
    refused = httpx.Response(422, json={"title": "Unprocessable"})
    kommo = Kommo(
        refused,
        listing("contacts", {"id": 901, "request_id": "0"}),
        refused,
        listing("contacts", {"id": 902, "request_id": "2"}),
    )
    outcomes = connector(kommo).create(Kind.CONTACT, [Draft({"name": "Ada"})] * 3)
    assert [outcome.id for outcome in outcomes] == ["901", None, "902"]
    assert outcomes[1].status is Status.REFUSED


def test_a_refusal_says_nothing_a_visitor_typed():
    (outcome,) = connector(Kommo(invalid(("0", "name")))).create(
        Kind.CONTACT, [Draft({"name": "Ada"})]
    )
    assert "Ada" not in str(outcome.error)
    assert "InvalidType" in str(outcome.error)


@pytest.mark.parametrize(
    ("answer", "rest"),
    [
        (httpx.ReadTimeout("slow"), UnavailableError),
        (httpx.Response(401), AuthError),
        (httpx.Response(429), RateLimitedError),
    ],
)
def test_after_a_failure_nothing_more_is_sent(answer, rest):
    kommo = Kommo(answer)
    outcomes = connector(kommo).create(Kind.CONTACT, [Draft({"name": "Ada"})] * 60)
    assert len(kommo.requests) == 1
    assert {type(outcome.error) for outcome in outcomes[50:]} == {rest}
    assert {outcome.status for outcome in outcomes[50:]} == {Status.NOT_APPLIED}


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(204),
        httpx.Response(200, json={}),
        httpx.Response(200, json=[]),
        listing("leads", {"id": 1, "request_id": "0"}),
        listing("contacts", {"id": 901, "request_id": "7"}),
    ],
)
def test_an_answer_that_does_not_name_the_record_leaves_it_unknown(answer):
    (outcome,) = connector(Kommo(answer)).create(Kind.CONTACT, [Draft({"name": "Ada"})])
    assert outcome.status is Status.UNKNOWN


def test_a_value_that_does_not_fit_is_refused_without_a_call():
    kommo = Kommo()
    (outcome,) = connector(kommo).create(Kind.DEAL, [Draft({"name": "Deal", "44": "many"})])
    assert outcome.status is Status.REFUSED
    assert outcome.error.field == "44"
    assert kommo.requests == []


def test_the_marker_is_written_with_the_deal_only():
    kommo = Kommo()
    crm = connector(kommo, marker_field="Topic")
    crm.create(Kind.DEAL, [Draft({"name": "Deal"}, marker="step-1")])
    assert kommo.sent()[0]["custom_fields_values"] == [
        {"field_id": 41, "values": [{"value": "step-1"}]}
    ]
    crm.create(Kind.CONTACT, [Draft({"name": "Ada"}, marker="step-2")])
    assert "custom_fields_values" not in kommo.sent()[0]


def test_notes_go_to_the_kind_of_record_they_are_about():
    kommo = Kommo(
        listing("notes", {"id": 1, "request_id": "0"}, {"id": 2, "request_id": "2"}),
        listing("notes", {"id": 3, "request_id": "1"}),
    )
    drafts = [Draft({"text": "Hello"}, links=(about,)) for about in (DEAL, ADA, DEAL)]
    outcomes = connector(kommo).create(Kind.NOTE, drafts)
    assert kommo.calls == ["POST leads/notes", "POST contacts/notes"]
    assert [outcome.id for outcome in outcomes] == ["1", "3", "2"]


def test_a_change_reads_first_only_what_it_adds_to():
    kommo = Kommo(
        listing("contacts", contact(902, custom_fields_values=phones("+14155550100"))),
        listing("contacts", {"id": 901, "updated_at": 1}, {"id": 902, "updated_at": 1}),
    )
    changes = [Change("901", {"name": "Ada"}), Change("902", {"phone": ["+14155550199"]})]
    outcomes = connector(kommo).update(Kind.CONTACT, changes)
    assert [outcome.id for outcome in outcomes] == ["901", "902"]
    assert [pair for pair in kommo.asked(0) if pair[0] == "filter[id][]"] == [
        ("filter[id][]", "902")
    ]
    assert [value["value"] for value in kommo.sent()[1]["custom_fields_values"][0]["values"]] == [
        "+14155550100",
        "+14155550199",
    ]


def test_a_change_that_adds_nothing_is_not_sent():
    kommo = Kommo(listing("contacts", contact(901, custom_fields_values=phones("+14155550100"))))
    changes = [Change("901", {"phone": ["+14155550100"]})]
    (outcome,) = connector(kommo).update(Kind.CONTACT, changes)
    assert outcome.status is Status.DONE
    assert kommo.calls == ["GET contacts"]


def test_when_the_present_values_cannot_be_read_only_additions_wait():
    kommo = Kommo(httpx.Response(502), listing("contacts", {"id": 901, "updated_at": 1}))
    changes = [Change("901", {"name": "Ada"}), Change("902", {"phone": ["+14155550199"]})]
    outcomes = connector(kommo).update(Kind.CONTACT, changes)
    assert [outcome.status for outcome in outcomes] == [Status.DONE, Status.NOT_APPLIED]


@pytest.mark.parametrize("kind", [Kind.TASK, Kind.NOTE])
def test_tasks_and_notes_are_not_changed(kind):
    (outcome,) = connector(Kommo()).update(kind, [Change("1", {"text": "x"})])
    assert outcome.status is Status.REFUSED
