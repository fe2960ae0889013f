from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event, func, select, text, update
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from engine.deciding.bodies import LimitExceeded, TooDeep, TooManyAnswers
from engine.delivery import intake
from engine.delivery.intake import (
    MAX_BYTES,
    FormDisabled,
    KeyReused,
    NoSuchForm,
    NotStored,
    Posted,
    Receipt,
    TooLarge,
    accept,
    form_at,
)
from engine.delivery.repeats import Repeats
from engine.instance import Instance
from engine.storage.base import Base
from engine.storage.database import Database
from engine.storage.forms import save_form, save_module
from engine.storage.models import (
    Connection,
    Event,
    Form,
    Module,
    Notice,
    Revision,
    Run,
    RunIdentity,
    RunState,
    Submission,
    SubmissionState,
)
from tests.builders import form_config, json_body, module_config, multipart, urlencoded
from tests.databases import WITH_POSTGRES, Databases

LOCKED = OperationalError("INSERT", {}, Exception("database is locked"))
URLENCODED = "application/x-www-form-urlencoded"
pytestmark = pytest.mark.usefixtures("rings")


def posted(raw: bytes | None = None, content_type: str = URLENCODED, **headers: str) -> Posted:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Posted(urlencoded() if raw is None else raw, content_type, named, "192.0.2.7")


def api_call(raw: bytes | None = None, key: str = "order-1") -> Posted:
    raw = json_body() if raw is None else raw
    return posted(raw, "application/json", Idempotency_Key=key)


@contextmanager
def no_commit(engine: Engine, trouble: Exception) -> Iterator[None]:
    """Every commit fails with ``trouble``."""

    def fail(*_: object) -> None:
        raise trouble

    event.listen(engine, "commit", fail)
    try:
        yield
    finally:
        event.remove(engine, "commit", fail)


def count(database: Database, table: type[Base]) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def submission_of(database: Database, receipt: Receipt) -> Submission:
    with database.read() as session:
        return session.scalars(select(Submission).where(Submission.public_id == receipt.id)).one()


def test_the_bytes_and_what_they_say_are_kept(instance: Instance, form: Form) -> None:
    raw = urlencoded(utm_source="ads", _fw_nonce="n1", topic=["demo", "price"])
    receipt = accept(instance, form, posted(raw, User_Agent="Firefox"))

    assert receipt.status == "accepted"
    with instance.database.read() as session:
        kept = session.scalars(select(Submission)).one()
        assert kept.raw == raw
    assert kept.public_id == receipt.id
    assert kept.answers["field"]["first_name"] == "Ada"
    assert kept.answers["field"]["topic"] == ["demo", "price"]
    assert kept.answers["utm"] == {"source": "ads"}
    assert kept.answers["form"] == {"key": "callback", "name": "Call me back"}
    assert kept.answers["visitor"] == {"ip": "192.0.2.7", "user_agent": "Firefox"}
    assert kept.answers["submission"] == {
        "id": kept.public_id,
        "number": "1",
        "date": kept.received_at.isoformat(),
    }
    assert kept.technical == {"_fw_nonce": "n1"}
    assert (kept.source_ip, kept.content_type, kept.hits) == ("192.0.2.7", URLENCODED, 1)


def test_files_are_listed(instance: Instance, form: Form) -> None:
    raw = multipart(("name", "Ada"), ("cv", "ada.pdf", b"%PDF"), ("photo", "", b""))
    receipt = accept(instance, form, posted(raw, "multipart/form-data; boundary=Ada"))
    files = submission_of(instance.database, receipt).files
    assert [(file["name"], file["filename"], file["size_bytes"]) for file in files] == [
        ("cv", "ada.pdf", 4)
    ]


def test_submissions_of_a_form_are_numbered(instance: Instance, form: Form) -> None:
    receipts = [accept(instance, form, posted(urlencoded(n=str(n)))) for n in range(3)]
    numbers = [submission_of(instance.database, receipt).number for receipt in receipts]
    assert numbers == [1, 2, 3]


def test_a_repeat_gets_no_number(instance: Instance, form: Form) -> None:
    for key in ("a", "a", "b"):
        accept(instance, form, api_call(key=key))
    with instance.database.read() as session:
        assert session.scalars(select(Submission.number)).all() == [1, 2]


def test_the_referring_page_stands_in_where_our_script_does_not_run(
    instance: Instance, form: Form
) -> None:
    page = "https://example.org/contact"
    plain = accept(instance, form, posted(b"n=1", Referer=page))
    scripted = accept(
        instance, form, posted(b"n=2&_fw_page_url=https://example.org/x", Referer=page)
    )
    urls = [
        submission_of(instance.database, receipt).answers["page"]["url"]
        for receipt in (plain, scripted)
    ]
    assert urls == [page, "https://example.org/x"]


# Runs -------------------------------------------------------------------------------------------


def test_each_enabled_module_gets_a_run_of_its_newest_revision(
    instance: Instance, module: Module, form: Form, rings: list[int]
) -> None:
    with instance.database.write() as session:
        save_module(session, module_config(name="Changed"))
        save_module(session, module_config(module="second"))
        save_module(session, module_config(module="off", active={"enabled": False}))
    receipt = accept(instance, form, posted())

    with instance.database.read() as session:
        runs = session.scalars(select(Run).order_by(Run.id)).all()
        made_of = [
            (run.module.key, session.get_one(Revision, run.revision_id).number) for run in runs
        ]
    assert made_of == [("sales", 2), ("second", 1)]
    assert {run.state for run in runs} == {RunState.QUEUED}
    assert rings == [module.connection_id], "one ring wakes both runs' drain"
    assert {run.submission_id for run in runs} == {submission_of(instance.database, receipt).id}


def test_a_run_is_ordered_by_phone_and_email(
    instance: Instance, module: Module, form: Form
) -> None:
    accept(instance, form, posted())
    with instance.database.read() as session:
        keys = session.scalars(select(RunIdentity.key).order_by(RunIdentity.key)).all()
    assert len(keys) == 2
    assert any("ada@example.org" in key for key in keys)
    assert any("380671234567" in key for key in keys)


@pytest.mark.parametrize(
    "document",
    [
        {"contact": {"fields": {"name": "{{ field.a | nothing }}", "email": "{{ field.b"}}},
        {"active": {"rules": [{"activate": {"no such operator": [1]}}]}},
        {"of an older Formwire": True},
        {},
    ],
)
def test_what_is_wrong_with_a_module_refuses_no_submission(
    instance: Instance, module: Module, form: Form, document: dict[str, Any]
) -> None:
    with instance.database.write() as session:
        broken = module_config().model_dump(mode="json", exclude_defaults=True) | document
        session.execute(update(Revision).values(document=broken if document else {}))
    assert accept(instance, form, posted()).status == "accepted"
    assert count(instance.database, Run) == 1


def test_the_timeline_begins_with_the_arrival(instance: Instance, form: Form) -> None:
    accept(instance, form, posted(urlencoded().replace(b"Ada", b"Ad\xe9")))
    with instance.database.read() as session:
        arrival = session.scalars(select(Event)).one()
    assert arrival.type == "received"
    assert "UTF-8" in arrival.message, "what may be wrong with the reading is told"


# Held, unreadable, pings ------------------------------------------------------------------------


def test_a_filled_honeypot_is_held_without_runs(
    instance: Instance, module: Module, form: Form, rings: list[int]
) -> None:
    receipt = accept(instance, form, posted(urlencoded(_gotcha="http://spam.example")))
    held = submission_of(instance.database, receipt)
    assert (receipt.status, held.state) == ("held", SubmissionState.HELD)
    assert "do not see" in held.reason
    assert (count(instance.database, Run), rings) == (0, [])


@pytest.mark.parametrize(
    ("raw", "content_type"),
    [
        (b"", URLENCODED),
        (b"   ", "application/json"),
        (b'{"name": "Ada', "application/json"),
        (b'{"message": "she said "yes""}', "application/json"),
        (b"<xml/>", "application/xml"),
        (b"\x89PNG\r\n", "image/png"),
        (b"--Ada\r\nbroken", "multipart/form-data; boundary=Ada"),
    ],
)
def test_what_nobody_can_read_is_kept_with_a_notice(
    instance: Instance, module: Module, form: Form, raw: bytes, content_type: str
) -> None:
    receipt = accept(instance, form, posted(raw, content_type))
    with instance.database.read() as session:
        kept = session.scalars(select(Submission)).one()
        notice = session.scalars(select(Notice)).one()
        assert kept.raw == raw
    assert (receipt.status, kept.state) == ("unreadable", SubmissionState.UNREADABLE)
    assert kept.reason
    assert (notice.form_id, notice.submission_id) == (form.id, kept.id)
    assert notice.remedy
    assert count(instance.database, Run) == 0


def test_a_ping_is_no_submission(instance: Instance, form: Form) -> None:
    receipt = accept(instance, form, posted(b"test=test"))
    assert (receipt.id, receipt.status) == (None, "ping")
    assert count(instance.database, Submission) == 0


# Once -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "again",
    [
        pytest.param(lambda: api_call(), id="an API client's key"),
        pytest.param(lambda: posted(urlencoded(_fw_nonce="n1")), id="our script's nonce"),
        pytest.param(
            lambda: posted(urlencoded(_fw_nonce="n1", _fw_page_title="Later")),
            id="the nonce, from a page that has changed",
        ),
        pytest.param(lambda: posted(urlencoded(tranid="1:2")), id="Tilda's tranid"),
    ],
)
def test_a_repeat_is_the_same_submission(
    instance: Instance, module: Module, form: Form, again: Callable[[], Posted], rings: list[int]
) -> None:
    first, second = accept(instance, form, again()), accept(instance, form, again())
    assert first == second
    assert submission_of(instance.database, first).hits == 2
    assert count(instance.database, Run) == 1
    assert len(rings) == 1


def test_a_double_click_without_script_is_one_submission(
    instance: Instance, form: Form, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = intake.now().replace(second=1)
    monkeypatch.setattr(intake, "now", lambda: at)
    assert accept(instance, form, posted()) == accept(instance, form, posted())
    monkeypatch.setattr(intake, "now", lambda: at + timedelta(minutes=1))
    accept(instance, form, posted())
    assert count(instance.database, Submission) == 2


def test_forms_do_not_share_keys(instance: Instance, form: Form) -> None:
    with instance.database.write() as session:
        other = save_form(session, form_config(form="other"))
    assert accept(instance, form, api_call()).id != accept(instance, other, api_call()).id


def test_an_api_client_is_told_that_its_key_came_with_another_content(
    instance: Instance, form: Form
) -> None:
    accept(instance, form, api_call())
    with pytest.raises(KeyReused):
        accept(instance, form, api_call(json_body(email="grace@example.org")))
    assert count(instance.database, Submission) == 1


def test_a_browser_that_repeats_a_key_with_other_answers_loses_nothing(
    instance: Instance, form: Form
) -> None:
    def post(**answers: str) -> Posted:
        return posted(urlencoded(**answers), Idempotency_Key="k")

    first = accept(instance, form, post())
    other = accept(instance, form, post(email="grace@example.org"))
    assert other == accept(instance, form, post(email="grace@example.org"))
    assert first.id != other.id
    flagged = submission_of(instance.database, other)
    assert (flagged.state, flagged.hits) == (SubmissionState.ACCEPTED, 2)
    assert "other answers" in flagged.reason


def test_a_key_counts_for_seven_days(
    instance: Instance, form: Form, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, start = accept(instance, form, api_call()), intake.now()
    monkeypatch.setattr(intake, "now", lambda: start + timedelta(days=6, hours=23))
    assert accept(instance, form, api_call()) == first
    monkeypatch.setattr(intake, "now", lambda: start + timedelta(days=7, hours=1))
    again = accept(instance, form, api_call())
    assert again != first
    assert accept(instance, form, api_call()) == again


def test_equal_keys_at_once_are_one_submission_each(
    instance: Instance, module: Module, form: Form
) -> None:
    def post(call: Posted) -> str | None:
        for _ in range(20):
            with suppress(NotStored):  # where the machine is busy the lock is long in coming
                return accept(instance, form, call).id
        raise AssertionError("the database stays locked")

    def post_all(_thread: int) -> list[str | None]:
        return [post(api_call(key=f"order-{n}")) for n in range(20)]

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(post_all, range(8)))

    assert answers == [answers[0]] * 8
    assert len(set(answers[0])) == 20
    assert count(instance.database, Submission) == 20
    assert count(instance.database, Run) == 20
    with instance.database.read() as session:
        assert session.scalars(select(Submission.hits)).all() == [8] * 20
        numbers = session.scalars(select(Submission.number).order_by(Submission.number)).all()
        assert list(numbers) == list(range(1, 21))


# Refused ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "refusal"),
    [
        pytest.param(b"a=" + b"x" * (64 * 1024 + 1), LimitExceeded, id="a long value"),
        pytest.param(
            b"&".join(b"a%d=%s" % (n, b"x" * 60_000) for n in range(18)), TooLarge, id="1 MB"
        ),
        pytest.param(b"&".join(b"a%d=1" % n for n in range(501)), TooManyAnswers, id="501 answers"),
        pytest.param(b"&".join([b"a=1"] * 501), TooManyAnswers, id="501 values of one name"),
        pytest.param(b'{"a":' * 17 + b"1" + b"}" * 17, TooDeep, id="17 deep"),
        pytest.param(b"[" * 500_000, TooDeep, id="a bomb"),
    ],
)
def test_what_is_over_a_limit_is_refused(
    instance: Instance, form: Form, raw: bytes, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        accept(instance, form, posted(raw))
    assert count(instance.database, Submission) == 0


def test_files_may_make_it_larger(instance: Instance, form: Form) -> None:
    raw = multipart(("cv", "ada.pdf", b"x" * (MAX_BYTES + 1)))
    assert accept(instance, form, posted(raw, "multipart/form-data; boundary=Ada")).id


def test_a_form_must_be_there_and_switched_on(instance: Instance, form: Form) -> None:
    assert form_at(instance.database, "callback").id == form.id
    with pytest.raises(NoSuchForm):
        form_at(instance.database, "nothing")
    with instance.database.write() as session:
        save_form(session, form_config(enabled=False))
    with pytest.raises(FormDisabled):
        form_at(instance.database, "callback")
    with pytest.raises(FormDisabled):
        accept(instance, form, posted())


@pytest.mark.parametrize(
    "trouble",
    [
        LOCKED,
        OperationalError("INSERT", {}, Exception("database or disk is full")),
        InterfaceError("INSERT", {}, Exception("connection is closed")),
        PoolTimeout("no connection is free"),
    ],
)
def test_without_the_database_nothing_is_accepted(
    instance: Instance, form: Form, trouble: Exception, rings: list[int]
) -> None:
    with no_commit(instance.database.writer, trouble), pytest.raises(NotStored):
        accept(instance, form, posted())
    assert count(instance.database, Submission) == 0
    assert rings == []


def test_who_was_told_to_come_again_is_no_suspect(instance: Instance, form: Form) -> None:
    repeats = Repeats()
    for _ in range(9):
        with no_commit(instance.database.writer, LOCKED), pytest.raises(NotStored):
            accept(instance, form, posted(), repeats)
    assert accept(instance, form, posted(), repeats).status == "accepted"
    for number in range(3):
        receipt = accept(instance, form, api_call(urlencoded(), key=str(number)), repeats)
    assert receipt.status == "held"


@pytest.mark.skipif(WITH_POSTGRES, reason="only SQLite lets a test say how large it may grow")
def test_a_full_disk_refuses_and_keeps_nothing(
    instance: Instance, module: Module, form: Form, rings: list[int]
) -> None:
    with instance.database.writer.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1")  # that is: not a page more
    with pytest.raises(NotStored) as refusal:
        accept(instance, form, posted(urlencoded(message="x" * 50_000)))
    assert "full" in str(refusal.value.__cause__)
    assert count(instance.database, Submission) == 0
    assert rings == []


def test_tables_of_another_version_refuse_and_keep_nothing(
    instance: Instance, module: Module, form: Form, rings: list[int]
) -> None:
    with instance.database.write() as session:
        session.execute(text("ALTER TABLE run RENAME TO run_of_another_version"))
    try:
        with pytest.raises(NotStored):
            accept(instance, form, posted())
    finally:
        with instance.database.write() as session:
            session.execute(text("ALTER TABLE run_of_another_version RENAME TO run"))
    assert count(instance.database, Submission) == 0
    assert rings == []


def test_a_database_that_is_gone_is_no_missing_form(
    instance: Instance, form: Form, databases: Databases
) -> None:
    instance.database.close()
    databases.take_away(instance.settings.database_url)
    with pytest.raises(NotStored):
        form_at(instance.database, "callback")


def test_a_bell_that_is_out_of_order_changes_nothing(
    instance: Instance, connection: Connection, module: Module, form: Form
) -> None:
    assert accept(instance, form, posted()).status == "accepted"
    assert count(instance.database, Run) == 1
