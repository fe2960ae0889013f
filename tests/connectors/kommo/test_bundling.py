import httpx
import pytest

from connectors.base import Bundle, Draft, Kind, Link, Ref, Status
from connectors.errors import (
    NotFoundError,
    OutcomeUnknownError,
)
from tests.connectors.kommo.wire import ADA, DEAL, FIRM, Kommo, connector, invalid, listing


def test_links_from_one_record_go_together():
    kommo = Kommo(httpx.Response(200, json={}))
    outcomes = connector(kommo).link([Link(DEAL, ADA), Link(FIRM, DEAL)])
    assert kommo.calls == ["POST leads/5001/link"]
    assert [outcome.id for outcome in outcomes] == ["901", "5001"]
    assert [body["to_entity_type"] for body in kommo.sent()] == ["contacts", "companies"]


@pytest.mark.parametrize(
    ("links", "status"),
    [
        (listing("links", {"to_entity_id": 901, "to_entity_type": "contacts"}), Status.DONE),
        (listing("links", {"to_entity_id": 901, "to_entity_type": "companies"}), Status.UNKNOWN),
        (httpx.Response(204), Status.UNKNOWN),
        (httpx.Response(500), Status.UNKNOWN),
    ],
)
def test_a_link_call_that_fails_is_looked_up(links, status):
    (outcome,) = connector(Kommo(httpx.Response(500), links)).link([Link(DEAL, ADA)])
    assert outcome.status is status


def test_a_link_to_a_task_is_refused():
    (outcome,) = connector(Kommo()).link([Link(DEAL, Ref(Kind.TASK, "1"))])
    assert outcome.status is Status.REFUSED


def complex_answer(**item):
    return httpx.Response(200, json=[{"id": 5001, "contact_id": 901, "company_id": 77, **item}])


@pytest.mark.parametrize("request_id", ["0", ["0"], ["x", "0"]])
def test_a_bundle_is_recognised_by_its_request(request_id):
    bundle = Bundle(Draft({"name": "Deal"}), Draft({"name": "Ada"}), Draft({"name": "Firm"}))
    kommo = Kommo(complex_answer(request_id=request_id, merged=True))
    (outcome,) = connector(kommo).create_bundles([bundle])
    assert (outcome.deal.id, outcome.contact.id, outcome.company.id) == ("5001", "901", "77")
    assert outcome.merged
    assert kommo.calls == ["POST leads/complex"]


def test_a_part_that_the_answer_lacks_is_unknown():
    bundle = Bundle(Draft({"name": "Deal"}), Draft({"name": "Ada"}))
    kommo = Kommo(complex_answer(request_id=["0"], contact_id=None))
    (outcome,) = connector(kommo).create_bundles([bundle])
    assert outcome.deal.status is Status.DONE
    assert outcome.contact.status is Status.UNKNOWN
    assert outcome.company is None


@pytest.mark.parametrize(
    "answer", [httpx.Response(200, json={}), httpx.Response(204), complex_answer(request_id=["7"])]
)
def test_a_bundle_without_an_answer_is_unknown(answer):
    bundle = Bundle(Draft({"name": "Deal"}), Draft({"name": "Ada"}))
    (outcome,) = connector(Kommo(answer)).create_bundles([bundle])
    assert outcome.deal.status is outcome.contact.status is Status.UNKNOWN
    assert isinstance(outcome.deal.error, OutcomeUnknownError)


@pytest.mark.parametrize(
    ("person", "firm", "calls"),
    [
        (ADA, FIRM, ["leads/5001/link", "contacts/901/link"]),
        (ADA, Draft({"name": "Firm"}), ["contacts/901/link"]),
        (Draft({"name": "Ada"}), FIRM, ["leads/5001/link", "contacts/901/link"]),
        (Draft({"name": "Ada"}), Draft({"name": "Firm"}), []),
        (None, FIRM, ["leads/5001/link"]),
        (ADA, None, []),
    ],
)
def test_links_that_kommo_leaves_out_are_made_afterwards(person, firm, calls):
    kommo = Kommo(complex_answer(request_id=["0"]), *(httpx.Response(200, json={}) for _ in calls))
    (outcome,) = connector(kommo).create_bundles([Bundle(Draft({"name": "Deal"}), person, firm)])
    assert kommo.calls == ["POST leads/complex", *(f"POST {call}" for call in calls)]
    assert outcome.unlinked == ()


def test_a_link_that_could_not_be_made_is_told():
    kommo = Kommo(complex_answer(request_id=["0"]), httpx.Response(401))
    (outcome,) = connector(kommo).create_bundles([Bundle(Draft({"name": "Deal"}), None, FIRM)])
    assert outcome.deal.status is Status.DONE
    assert outcome.unlinked == (Link(DEAL, FIRM),)


def test_only_the_part_at_fault_is_told_its_field():
    bundle = Bundle(Draft({"name": "Deal"}), Draft({"name": "Ada", "email": ["x"]}))
    kommo = Kommo(invalid(("0", "_embedded.contacts.0.custom_fields_values.0.values.0.value")))
    (outcome,) = connector(kommo).create_bundles([bundle])
    assert outcome.contact.error.field == "email"
    assert outcome.deal.status is Status.REFUSED
    assert outcome.deal.error.field is None


def test_a_person_who_is_gone_is_told_from_a_bad_value():
    kommo = Kommo(invalid(("0", "_embedded.contacts.0.id")))
    (outcome,) = connector(kommo).create_bundles([Bundle(Draft({"name": "Deal"}), ADA)])
    assert isinstance(outcome.deal.error, NotFoundError)
