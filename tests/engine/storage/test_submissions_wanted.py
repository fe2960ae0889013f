"""Submissions are narrowed down by what is asked, and every list of them by the same."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from engine.instance import Instance
from engine.storage.connections import save_connection
from engine.storage.database import Database
from engine.storage.forms import save_form, save_module
from engine.storage.models import Form, Module, Run, RunState, SubmissionState
from engine.storage.slices import submissions_slice
from engine.storage.submissions import STRIP, Standing, Wanted, strip_within
from engine.storage.submissions_export import exported
from engine.storage.submissions_list import submissions_page
from tests.builders import form_config, module_config
from tests.databases import WITH_POSTGRES
from tests.web.studio.world import submission, submission_with_run

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
DAY = timedelta(days=1)
FAILED, DELIVERED, HELD, SKIPPED = (
    Standing.FAILED,
    Standing.DELIVERED,
    Standing.HELD,
    Standing.SKIPPED,
)


@pytest.fixture
def database(instance: Instance, module: Module) -> Database:
    """Two forms with a module ``sales`` each; the first has one more, to another account."""
    with instance.database.write() as session:
        settings = {"account": "other", "token": "a token"}
        save_connection(
            session, instance.vault, key="second", name="", connector="kommo", settings=settings
        )
        callback = session.get_one(Form, module.form_id)
        quote = save_form(session, form_config(form="quote", name="A quote"))
        sales = session.get_one(Module, module.id)
        other = save_module(session, module_config(form="quote"))
        news = save_module(session, module_config(module="news", connection="second"))
        _came(session, callback, {sales: RunState.DELIVERED, news: RunState.FAILED}, 1)
        _came(session, callback, {sales: RunState.FAILED, news: RunState.DELIVERED}, 2)
        _came(session, callback, {sales: RunState.SKIPPED}, 3)
        _came(session, quote, {other: RunState.DELIVERED}, 4)
        _came(session, quote, {}, 5)
        _came(session, callback, {}, 6).state = SubmissionState.HELD
        _came(session, callback, {sales: RunState.DELIVERED}, 7).state = SubmissionState.HELD
    return instance.database


def _came(session: Session, form: Form, runs: Mapping[Module, RunState], number: int) -> Any:
    """A submission of so many days after noon of the first."""
    sent = None
    for module, state in runs.items():
        if sent is None:
            sent = submission_with_run(session, form, module, number, state).submission
        else:
            _further(session, sent.id, module, state)
    sent = sent or submission(session, form, number)
    sent.received_at = NOON + number * DAY
    session.flush()
    for run in session.query(Run).filter_by(submission_id=sent.id):
        run.received_at = sent.received_at
    return sent


def _further(session: Session, submission_id: int, module: Module, state: RunState) -> None:
    session.add(
        Run(
            submission_id=submission_id,
            module_id=module.id,
            revision_id=module.revisions[-1].id,
            connection_id=module.connection_id,
            state=state,
        )
    )


ASKED: list[tuple[dict[str, Any], list[int]]] = [
    ({}, [7, 6, 5, 4, 3, 2, 1]),
    ({"form": "quote"}, [5, 4]),
    ({"form": "gone"}, []),
    ({"module": "sales"}, [7, 4, 3, 2, 1]),
    ({"module": "sales", "form": "callback"}, [7, 3, 2, 1]),
    ({"module": "news"}, [2, 1]),
    ({"module": "news", "form": "quote"}, []),
    ({"connection": "main"}, [7, 4, 3, 2, 1]),
    ({"connection": "second"}, [2, 1]),
    ({"connection": "second", "module": "sales"}, []),
    ({"standing": FAILED}, [2, 1]),
    ({"standing": FAILED, "module": "sales"}, [2]),
    ({"standing": FAILED, "connection": "second"}, [1]),
    ({"standing": DELIVERED, "module": "news"}, [2]),
    ({"standing": SKIPPED, "module": "news"}, []),
    ({"standing": HELD}, [7, 6]),
    ({"standing": HELD, "module": "sales"}, [7]),
    ({"standing": Standing.IDLE}, [5]),
    ({"standing": Standing.IDLE, "module": "sales"}, []),
    ({"since": NOON + 3 * DAY}, [7, 6, 5, 4, 3]),
    ({"until": NOON + 3 * DAY}, [2, 1]),
    ({"since": NOON + 2 * DAY, "until": NOON + 5 * DAY, "module": "sales"}, [4, 3, 2]),
    ({"since": NOON + 2 * DAY, "standing": FAILED, "form": "callback"}, [2]),
    ({"state": SubmissionState.HELD}, [7, 6]),
    ({"run_state": RunState.FAILED}, [2, 1]),
    ({"run_state": RunState.FAILED, "module": "news"}, [1]),
]


def test_every_list_shows_what_is_asked_for(database: Database):
    for asked, numbers in ASKED:
        wanted = Wanted(**asked)
        with database.read() as session:
            page = submissions_page(session, wanted)
            part = submissions_slice(session, wanted, limit=50)
        assert [one.number for one in page.rows] == numbers, asked
        assert page.total == len(numbers), asked
        assert [one.number for one in part.rows] == numbers, asked
        assert [one.number for one in exported(database, wanted)] == numbers, asked


@pytest.mark.parametrize(
    "asked",
    [{}, {"form": "callback"}, {"module": "sales"}, {"connection": "second"}, {"since": NOON}],
    ids=str,
)
def test_the_strip_of_a_narrowed_list_counts_what_its_parts_show(
    database: Database, asked: dict[str, Any]
):
    with database.read() as session:
        strip = strip_within(session, Wanted(**asked))
        assert strip.received == submissions_page(session, Wanted(**asked)).total
        for standing in STRIP:
            page = submissions_page(session, Wanted(standing=standing, **asked))
            assert strip.count(standing) == page.total, standing


@pytest.mark.skipif(
    WITH_POSTGRES, reason="PostgreSQL rightly walks through tables as small as these"
)
@pytest.mark.parametrize("asked", [{"module": "sales"}, {"connection": "main"}], ids=str)
def test_no_run_is_looked_at_in_vain(database: Database, asked: dict[str, str]):
    sent: list[tuple[str, Any]] = []
    event.listen(
        database.reader, "before_cursor_execute", lambda *told: sent.append((told[2], told[3]))
    )
    with database.read() as session:
        submissions_page(session, Wanted(**asked))
        strip_within(session, Wanted(**asked))
    statements = [one for one in sent if "FROM submission" in one[0]]
    assert len(statements) == 3
    with database.reader.connect() as connection:
        for statement, values in statements:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
            steps = [step[-1] for step in plan]
            assert not [step for step in steps if step.startswith("SCAN run")], steps
