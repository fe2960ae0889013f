"""Erasures: a person's data, gone for good."""

from __future__ import annotations

from dataclasses import asdict

from pydantic import Field

from engine.deciding.documents import Document
from engine.deciding.mentions import NobodySought, sought
from engine.delivery.privacy import REQUEST_PATIENCE_S, erase_person
from engine.storage.tokens import Scope
from web.acting import actor
from web.api.operations import Operation, Told
from web.api.problems import INVALID, Problem
from web.database import db
from web.instance import instance


class ErasureWish(Document):
    """Whom to erase."""

    person: str = Field(
        min_length=3,
        max_length=320,
        description="An e-mail address, or a phone number such as +380671234567.",
    )


class RemainingRecord(Document):
    """A record that stays in a CRM, where a person must decide about it."""

    connection: str
    kind: str
    id: str
    url: str | None


class ErasureReport(Document):
    """What was erased, in rows, and what was not.

    ``redacted`` tells in how many rows of which other tables the address was blacked out;
    ``settings`` names tables of settings that speak of it and stay. While ``under_way`` is not 0,
    some submissions were being carried out: ask again.
    """

    submissions: int
    runs: int
    calls: int
    redacted: dict[str, int]
    settings: tuple[str, ...]
    under_way: int
    remaining: tuple[RemainingRecord, ...]


def erase(body: ErasureWish) -> Told:
    """Erase a person from everything kept here, for good. CRMs are left alone."""
    try:
        person = sought(body.person)
    except NobodySought as error:
        raise Problem(INVALID, str(error)) from error
    who = actor()
    db.session.commit()  # it has transactions of its own
    report = erase_person(instance(), person, who, patience_s=REQUEST_PATIENCE_S)
    return ErasureReport.model_validate(asdict(report))


OPERATIONS = (
    Operation("POST", "/erasures", erase, Scope.PRIVACY_ERASE, ErasureReport, body=ErasureWish),
)
