"""What a CRM in memory can do beyond the contract, which the conformance suite checks."""

from datetime import UTC, datetime, timedelta

import pytest

from connectors.base import Draft, Kind, Query, Status
from connectors.errors import (
    AuthError,
    OutcomeUnknownError,
    RateLimitedError,
    RejectedError,
    UnavailableError,
)
from connectors.memory import Accident, Call, MemoryConnector, MemoryCrm


@pytest.mark.parametrize(
    ("accident", "status", "error", "stored"),
    [
        (Accident.REFUSE, Status.REFUSED, RejectedError, 0),
        (Accident.NOT_APPLIED, Status.NOT_APPLIED, UnavailableError, 0),
        (Accident.RATE_LIMIT, Status.NOT_APPLIED, RateLimitedError, 0),
        (Accident.UNAUTHORISED, Status.NOT_APPLIED, AuthError, 0),
        (Accident.LOSE_REPLY, Status.UNKNOWN, OutcomeUnknownError, 1),
        (Accident.NEVER_ARRIVES, Status.UNKNOWN, OutcomeUnknownError, 0),
    ],
)
def test_a_write_meets_its_accident(accident, status, error, stored):
    crm = MemoryCrm()
    crm.befall("create", accident)
    (outcome,) = MemoryConnector(crm).create(Kind.CONTACT, [Draft({"name": "Ada"})])
    assert outcome.status is status
    assert type(outcome.error) is error
    assert len(crm.records(Kind.CONTACT)) == stored


@pytest.mark.parametrize(
    ("accident", "error"),
    [
        (Accident.REFUSE, RejectedError),
        (Accident.NOT_APPLIED, UnavailableError),
        (Accident.LOSE_REPLY, UnavailableError),
        (Accident.RATE_LIMIT, RateLimitedError),
    ],
)
def test_a_look_up_meets_its_accident(accident, error):
    crm = MemoryCrm()
    crm.befall("find", accident)
    with pytest.raises(error):
        MemoryConnector(crm).find(Kind.CONTACT, [Query("name", "Ada")])


def test_one_item_of_a_later_call_can_be_hit():
    crm = MemoryCrm()
    crm.befall("create", Accident.REFUSE, skip=1, item=1)
    connector = MemoryConnector(crm)
    drafts = [Draft({"name": name}) for name in ("Ada", "Eve")]
    statuses = [[o.status for o in connector.create(Kind.CONTACT, drafts)] for _ in range(3)]
    good, bad = Status.DONE, Status.REFUSED
    assert statuses == [[good, good], [good, bad], [good, good]]


def test_calls_are_noted():
    crm = MemoryCrm()
    connector = MemoryConnector(crm)
    connector.create(Kind.CONTACT, [Draft({"name": "Ada"})])
    connector.find(Kind.CONTACT, [Query("name", "Ada"), Query("name", "Eve")])
    assert crm.calls == [Call("create", Kind.CONTACT, 1), Call("find", Kind.CONTACT, 2)]


def test_searches_may_lag_behind():
    now = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
    crm = MemoryCrm(now=lambda: now, search_lag_s=30)
    connector = MemoryConnector(crm)
    ada = crm.add(Kind.CONTACT, {"name": "Ada"})
    by_name, by_id = Query("name", "Ada"), Query("id", ada.id)
    assert connector.find(Kind.CONTACT, [by_name, by_id]) == [[], [ada]]
    now += timedelta(seconds=30)
    assert connector.find(Kind.CONTACT, [by_name]) == [[ada]]


def test_a_deal_goes_where_the_crm_puts_it():
    deal = MemoryCrm().add(Kind.DEAL, {"name": "Site form"})
    assert (deal.fields["pipeline"], deal.fields["stage"]) == ("sales", "new")


def test_a_stage_of_another_pipeline_is_refused():
    with pytest.raises(RejectedError) as caught:
        MemoryCrm().add(Kind.DEAL, {"pipeline": "sales", "stage": "answered"})
    assert caught.value.field == "stage"
