"""Text that a database would refuse is stored and looked for all the same."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from engine.storage.base import now
from engine.storage.calls import Exchange, store_calls
from engine.storage.connections import connection_by_key
from engine.storage.database import Database
from engine.storage.forms import form_by_key
from engine.storage.model_calls import Call
from engine.storage.models import Connection, Notice
from engine.storage.notices import give_notice
from engine.storage.people import person_by_email

ODD = "a\x00b\ud800c"


def test_what_a_crm_answers_is_kept_without_what_no_database_takes(
    database: Database, connection: Connection
) -> None:
    exchange = Exchange(
        purpose="look",
        runs=(),
        method="GET",
        url=f"https://crm.test/{ODD}",
        status=500,
        error=ODD,
        started_at=now(),
        ms=1,
        request="",
        response=f'{{"title": "{ODD}"}}',
    )
    with database.write() as session:
        store_calls(session, connection.id, 1, [exchange])
        give_notice(session, f"failed:{ODD}", f"Kommo says {ODD}", connection_id=connection.id)
        give_notice(session, f"failed:{ODD}", f"Kommo says {ODD}", connection_id=connection.id)
    with database.read() as session:
        (call,), (notice,) = session.scalars(select(Call)), session.scalars(select(Notice))
    assert (call.error, call.response) == ("a\ufffdb\ufffdc", '{"title": "a\ufffdb\ufffdc"}')
    assert (notice.message, notice.count) == ("Kommo says a\ufffdb\ufffdc", 2)


@pytest.mark.parametrize("look", [form_by_key, connection_by_key, person_by_email])
def test_nothing_has_a_key_that_no_database_takes(database: Database, look) -> None:
    with database.read() as session:
        assert look(session, ODD) is None
