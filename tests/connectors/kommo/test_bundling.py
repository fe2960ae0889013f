import httpx
import pytest

from connectors.base import Bundle, Draft, Kind, Link, Ref, Status
from connectors.errors import OutcomeUnknownError
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
    kommo = Kommo(complex_answer(request_id=request_id))
    (outcome,) = connector(kommo).create_bundles([bundle])
    ids = {kind: part.id for kind, part in outcome.items()}
    assert ids == {Kind.DEAL: "5001", Kind.CONTACT: "901", Kind.COMPANY: "77"}
    assert kommo.calls == ["POST leads/complex"]


def test_a_part_that_the_answer_lacks_is_unknown():
    bundle = Bundle(Draft({"name": "Deal"}), Draft({"name": "Ada"}))
    kommo = Kommo(complex_answer(request_id=["0"], contact_id=None))
    (outcome,) = connector(kommo).create_bundles([bundle])
    statuses = {kind: part.status for kind, part in outcome.items()}
    assert statuses == {Kind.DEAL: Status.DONE, Kind.CONTACT: Status.UNKNOWN}


@pytest.mark.parametrize(
    "answer", [httpx.Response(200, json={}), httpx.Response(204), complex_answer(request_id=["7"])]
)
def test_a_bundle_without_an_answer_is_unknown(answer):
    bundle = Bundle(Draft({"name": "Deal"}), Draft({"name": "Ada"}))
    (outcome,) = connector(Kommo(answer)).create_bundles([bundle])
    assert outcome.keys() == {Kind.DEAL, Kind.CONTACT}
    assert {part.status for part in outcome.values()} == {Status.UNKNOWN}
    assert {type(part.error) for part in outcome.values()} == {OutcomeUnknownError}


@pytest.mark.parametrize(
    ("path", "at_fault", "field"),
    [
        ("price", Kind.DEAL, "budget"),
        ("_embedded.contacts.0.custom_fields_values.0.values.0.value", Kind.CONTACT, "email"),
        ("_embedded.companies.0.name", Kind.COMPANY, "name"),
        ("_embedded.companies.7.name", Kind.DEAL, None),
        ("_embedded.tags.0.name", Kind.DEAL, None),
    ],
)
def test_only_the_part_at_fault_is_told_its_field(path, at_fault, field):
    ada, firm = Draft({"name": "Ada", "email": ["x"]}), Draft({"name": "Firm"})
    bundle = Bundle(Draft({"name": "Deal", "budget": "1"}), ada, firm)
    (outcome,) = connector(Kommo(invalid(("0", path)))).create_bundles([bundle])
    assert {part.status for part in outcome.values()} == {Status.REFUSED}
    told = {kind: part.error.field for kind, part in outcome.items()}
    assert told == {**dict.fromkeys(bundle.parts), at_fault: field}
    assert "InvalidType" in str(outcome[at_fault].error)


def test_a_part_that_does_not_fit_is_refused_without_a_call():
    kommo = Kommo()
    bundle = Bundle(Draft({"name": "Deal"}), company=Draft({"nothing": "x"}))
    (outcome,) = connector(kommo).create_bundles([bundle])
    told = {kind: part.error.field for kind, part in outcome.items()}
    assert told == {Kind.DEAL: None, Kind.COMPANY: "nothing"}
    assert kommo.requests == []
