"""What connector and simulator say to each other is what Pipedrive's own description allows."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx
import pytest

from connectors.base import Change, Draft, Kind, Link, Query, Ref, Status
from connectors.http import new_client
from connectors.pipedrive.connector import PipedriveConnector
from connectors.pipedrive.simulator import DEMO_SETTINGS, create_simulator
from connectors.pipedrive.simulator.fields import key_of
from tests.conformance.test_pipedrive import NAMES
from tests.connectors.pipedrive.description import VARIABLE, Description, folder

HERE = folder()
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)

pytestmark = pytest.mark.skipif(
    HERE is None,
    reason=f"Pipedrive's description is no part of the project; {VARIABLE} names its folder",
)


class Recorder(httpx.BaseTransport):
    """Notes all that is said."""

    def __init__(self) -> None:
        self.exchanges: list[tuple[httpx.Request, httpx.Response]] = []
        self._inner = httpx.WSGITransport(app=create_simulator(rate_limit=0))

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = self._inner.handle_request(request)
        response.read()
        self.exchanges.append((request, response))
        return response


@pytest.fixture(scope="module")
def description() -> Description:
    assert HERE is not None
    return Description(HERE)


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
def crm(recorder: Recorder) -> PipedriveConnector:
    settings = {**DEMO_SETTINGS, "base_url": "http://pipedrive.test"}
    return PipedriveConnector(settings, new_client(transport=recorder))


def made(crm: PipedriveConnector, kind: Kind, draft: Draft) -> Ref:
    (outcome,) = crm.create(kind, [draft])
    assert outcome.status is Status.DONE, outcome.error
    return Ref(kind, outcome.id or "")


def everything(crm: PipedriveConnector) -> None:
    """Every call the connector knows, and every kind of value."""
    crm.check()
    tags = ("Hot lead", "web")
    ada = made(crm, Kind.CONTACT, Draft(NAMES.samples[Kind.CONTACT], tags=tags))
    eve = made(crm, Kind.CONTACT, Draft({"name": "Eve"}))
    firm = made(crm, Kind.COMPANY, Draft(NAMES.samples[Kind.COMPANY], tags=tags))
    fields = {
        **NAMES.samples[Kind.DEAL],
        key_of("deals", "Partner"): firm.id,
        key_of("deals", "Recommended by"): eve.id,
    }
    draft = Draft(fields, tags=tags, links=(ada, firm), marker="step-1")
    deal = made(crm, Kind.DEAL, draft)
    outcomes = crm.link([Link(ada, firm), Link(deal, eve), Link(deal, eve)])
    assert [one.status for one in outcomes] == [Status.DONE] * 3
    task = {"text": "Call\nat noon", "type": "call", "due": "2026-12-01T10:30:00+02:00"}
    for about in (ada, firm, deal):
        drafts = {
            Kind.TASK: Draft({**task, "responsible": "10002"}, links=(about,), marker="step-2"),
            Kind.NOTE: Draft({"text": "Asked <b>\nfor chairs"}, links=(about,)),
        }
        for kind, one in drafts.items():
            made(crm, kind, one)
            assert crm.find_created(kind, [one], LONG_AGO)[0]
    assert crm.find_created(Kind.DEAL, [draft], LONG_AGO)[0]
    changes = {
        ada: Change(ada.id, {"phone": ["+14155550199"], "last_name": "King"}, tags=("vip",)),
        firm: Change(firm.id, {"website": None, "email": ["two@example.org"]}),
        deal: Change(deal.id, {"pipeline": "2", "stage": "won", **dict.fromkeys(_custom(fields))}),
    }
    for ref, change in changes.items():
        (outcome,) = crm.update(ref.kind, [change])
        assert outcome.status is Status.DONE, outcome.error
    for kind, field, value in (
        (Kind.CONTACT, "email", "ada@example.org"),
        (Kind.CONTACT, "phone", "+14155550123"),
        (Kind.COMPANY, "phone", "+14155550111"),
        (Kind.COMPANY, "name", "Analytical Engines"),
        (Kind.DEAL, "contact", ada.id),
        (Kind.DEAL, "company", firm.id),
        (Kind.DEAL, "name", "Site form"),
        (Kind.TASK, "id", "301"),
    ):
        crm.find(kind, [Query(field, value)])
    crm.find(Kind.CONTACT, [Query("id", ada.id), Query("id", eve.id)])


def _custom(fields: dict[str, object]) -> list[str]:
    return [id for id in fields if len(id) >= 40]


def test_all_that_is_said_fits_the_description(crm, recorder, description):
    everything(crm)
    assert len(recorder.exchanges) > 50
    mistakes = [one for exchange in recorder.exchanges for one in description.mistakes(exchange)]
    assert not mistakes, "\n".join(mistakes)


def test_what_does_not_fit_is_noticed(crm, recorder, description):
    crm.check()
    request, response = recorder.exchanges[0]
    told = response.json()
    told["data"]["company_id"] = "nine"
    told["data"]["shoe_size"] = 43
    wrong = httpx.Response(200, json=told)
    assert len(description.mistakes((request, wrong))) == 2
    more = httpx.Request("GET", "http://pipedrive.test/api/v1/users/me?colour=red")
    assert len(description.mistakes((more, response))) == 1
    write = httpx.Request(
        "POST", "http://pipedrive.test/api/v2/deals", json={"value": "9", "user_id": 1}
    )
    refused = httpx.Response(400)
    assert len(description.mistakes((write, refused))) == 3
