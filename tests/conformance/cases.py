"""What the cases of the conformance suite have in common."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

import pytest

from connectors.base import (
    Connector,
    Draft,
    Enquiry,
    Kind,
    Outcome,
    Query,
    Record,
    Ref,
    Status,
)
from tests.conformance.world import AnyWorld, Names

PEOPLE = (Kind.CONTACT, Kind.COMPANY)
KINDS = (*PEOPLE, Kind.DEAL)
ENQUIRY = Enquiry(
    form_key="callback",
    form_name="Callback",
    sent_at=datetime(2026, 11, 21, 8, 59, 30, tzinfo=UTC),
    page_url="https://site.example/p",
    referrer="https://ads.example",
    ip="203.0.113.7",
)
DUE = "2026-12-01T10:30:00+02:00"


class Case:
    """Fixtures of a case."""

    @pytest.fixture
    def crm(self, world: AnyWorld) -> Connector:
        return world.connector

    @pytest.fixture
    def names(self, world: AnyWorld) -> Names:
        return world.names

    @pytest.fixture(autouse=True)
    def gap(self, request: pytest.FixtureRequest, crm: Connector) -> None:
        case = request.node.originalname.removeprefix("test_").replace("_", " ")
        if why := crm.spec.gaps.get(case):
            request.node.add_marker(pytest.mark.xfail(strict=True, reason=why))


def created(crm: Connector, kind: Kind, *drafts: Draft) -> list[Ref]:
    outcomes = crm.create(kind, drafts)
    assert [outcome.status for outcome in outcomes] == [Status.DONE] * len(drafts)
    return [Ref(kind, outcome.id or "") for outcome in outcomes]


def make(crm: Connector, kind: Kind, links: Iterable[Ref] = (), **fields: object) -> Ref:
    (ref,) = created(crm, kind, Draft(fields, links=tuple(links)))
    return ref


def read(crm: Connector, ref: Ref) -> Record:
    ((record,),) = crm.find(ref.kind, [Query("id", ref.id)])
    return record


def ids(found: Iterable[Record]) -> list[str]:
    return [record.id for record in found]


def statuses(outcomes: Iterable[Outcome]) -> list[Status]:
    return [outcome.status for outcome in outcomes]


def task(names: Names, text: str) -> dict[str, str]:
    return {"text": text, "type": names.task_type, "due": DUE}


def draft_of(kind: Kind, names: Names, key: str, about: Ref) -> Draft:
    """A draft that can be told from others of its kind by ``key``: its name or text."""
    if kind is Kind.TASK:
        return Draft(task(names, key), links=(about,), marker=key)
    if kind is Kind.NOTE:
        return Draft({"text": key}, links=(about,), marker=key)
    if kind is Kind.DEAL:
        return Draft({"name": key}, links=(about,), marker=key)
    return Draft({"name": key, "email": [f"{key}@example.org"]}, marker=key)
