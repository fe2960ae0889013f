"""Enquiries on the wire: incoming leads of a named source, and what Kommo's answers mean."""

from datetime import UTC, datetime

import httpx
import pytest

from connectors.base import Bundle, Draft, Enquiry, Kind, Status
from connectors.errors import AuthError, RateLimitedError, UnavailableError
from tests.connectors.kommo.wire import NOW, Kommo, connector, listing

ENQUIRY = Enquiry(
    form_key="f12",
    form_name="Callback",
    sent_at=datetime(2026, 11, 21, 9, 0, tzinfo=UTC),
    page_url="https://site.example/p",
    referrer="https://ref.example",
    ip="203.0.113.7",
)
BUNDLE = Bundle(
    Draft({"name": "Form", "pipeline": "7", "stage": "71"}, tags=("web",), marker="step-1"),
    Draft({"name": "Ada"}),
    Draft({"name": "Firm"}),
    enquiry=ENQUIRY,
)
THERE = listing("sources", {"id": 1, "name": "Formwire", "external_id": "Formwire"})
OTHER = listing("sources", {"id": 2, "name": "Other", "external_id": "other"})
NOBODY = httpx.Response(204)


def complex_answer(**item):
    row = {"id": 5001, "contact_id": 901, "company_id": 77, "request_id": ["0"], "merged": False}
    return httpx.Response(200, json=[{**row, **item}])


def parts(outcome):
    return {kind: part.id or part.status for kind, part in outcome.items()}


def test_an_enquiry_is_sent_with_its_form_and_source_and_without_a_stage():
    kommo = Kommo(THERE, complex_answer())
    connector(kommo).create_bundles([BUNDLE])
    assert kommo.calls == ["GET sources", "POST leads/complex"]
    assert kommo.sent() == [
        {
            "name": "Form",
            "pipeline_id": 7,
            "request_id": "0",
            "_embedded": {
                "tags": [{"name": "web"}],
                "contacts": [{"name": "Ada", "_embedded": {}}],
                "companies": [{"name": "Firm", "_embedded": {}}],
                "metadata": {
                    "category": "forms",
                    "form_id": "f12",
                    "form_name": "Callback",
                    "form_page": "https://site.example/p",
                    "form_sent_at": 1795251600,
                    "ip": "203.0.113.7",
                    "referer": "https://ref.example",
                },
                "source": {"type": "widget", "external_id": "Formwire"},
            },
        }
    ]


def test_what_is_not_known_of_an_enquiry_is_not_made_up():
    kommo = Kommo(THERE, complex_answer())
    bare = Enquiry(form_key="f12", form_name="Callback", sent_at=NOW)
    connector(kommo).create_bundles([Bundle(Draft({"name": "Form"}), enquiry=bare)])
    metadata = kommo.sent()[0]["_embedded"]["metadata"]
    assert metadata["form_page"] == "Callback"
    assert not {"ip", "referer"} & metadata.keys()


@pytest.mark.parametrize("listed", [NOBODY, OTHER])
def test_a_source_that_is_missing_is_made_once(listed):
    made = listing("sources", {"id": 3, "external_id": "Shop"})
    kommo = Kommo(listed, made, complex_answer(), complex_answer())
    crm = connector(kommo, source=" Shop ")
    for _ in range(2):
        crm.create_bundles([BUNDLE])
    assert kommo.calls == ["GET sources", "POST sources", *["POST leads/complex"] * 2]
    assert kommo.sent(1) == [{"name": "Shop", "external_id": "Shop"}]
    assert kommo.sent()[0]["_embedded"]["source"]["external_id"] == "Shop"


def test_plain_bundles_need_no_source():
    kommo = Kommo(complex_answer())
    connector(kommo).create_bundles([Bundle(Draft({"name": "Form"}))])
    assert kommo.calls == ["POST leads/complex"]


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        ([httpx.Response(500)], UnavailableError),
        ([httpx.Response(429)], RateLimitedError),
        ([httpx.Response(401)], AuthError),
        ([NOBODY, httpx.ReadTimeout("slow")], UnavailableError),
        ([NOBODY, httpx.Response(200, json={})], UnavailableError),
    ],
)
def test_without_a_source_no_enquiry_is_sent_but_its_neighbours_are(answers, error):
    kommo = Kommo(*answers, complex_answer(), THERE, complex_answer())
    crm = connector(kommo)
    waiting, plain = crm.create_bundles([BUNDLE, Bundle(Draft({"name": "Form"}))])
    assert {part.status for part in waiting.values()} == {Status.NOT_APPLIED}
    assert {type(part.error) for part in waiting.values()} == {error}
    assert parts(plain) == {Kind.DEAL: "5001"}
    (later,) = crm.create_bundles([BUNDLE])
    assert later[Kind.DEAL].status is Status.DONE


DEAL_WITH_PEOPLE = listing(
    "leads",
    {
        "id": 5001,
        "_embedded": {
            "contacts": [{"id": 902, "is_main": False}, {"id": 901, "is_main": True}],
            "companies": [{"id": 77}],
        },
    },
)


@pytest.mark.parametrize(
    ("deal", "contact", "company"),
    [
        (DEAL_WITH_PEOPLE, "901", "77"),
        (listing("leads", {"id": 5001, "_embedded": {}}), Status.UNKNOWN, Status.UNKNOWN),
        (NOBODY, Status.UNKNOWN, Status.UNKNOWN),
        (httpx.Response(500), Status.UNKNOWN, Status.UNKNOWN),
    ],
)
def test_people_that_a_merge_does_not_name_are_those_of_its_deal(deal, contact, company):
    kommo = Kommo(THERE, complex_answer(merged=True, contact_id=None, company_id=None), deal)
    (outcome,) = connector(kommo).create_bundles([BUNDLE])
    assert parts(outcome) == {Kind.DEAL: "5001", Kind.CONTACT: contact, Kind.COMPANY: company}
    assert kommo.calls[2:] == ["GET leads"]


def test_people_that_a_merge_names_are_not_asked_for():
    kommo = Kommo(THERE, complex_answer(merged=True))
    (outcome,) = connector(kommo).create_bundles([BUNDLE])
    assert parts(outcome) == {Kind.DEAL: "5001", Kind.CONTACT: "901", Kind.COMPANY: "77"}
    assert len(kommo.calls) == 2


def test_several_enquiries_may_end_in_one_deal():
    kommo = Kommo(THERE, complex_answer(merged=True, request_id=["0", "1"]))
    first, second = connector(kommo).create_bundles([BUNDLE, BUNDLE])
    assert parts(first) == parts(second)


def test_a_merged_deal_is_recognised_by_its_marker_whenever_it_was_changed():
    at = int(NOW.timestamp())
    old = {"id": 5001, "created_at": at - 86_400, "custom_fields_values": MARKED}
    for updated_at in (at, at - 600):
        kommo = Kommo(listing("leads", {**old, "updated_at": updated_at}))
        crm = connector(kommo, marker_field="Topic")
        (records,) = crm.find_created(Kind.DEAL, [BUNDLE.deal], NOW)
        assert [record.id for record in records] == ["5001"]


MARKED = [{"field_id": 41, "values": [{"value": "step-1"}]}]
