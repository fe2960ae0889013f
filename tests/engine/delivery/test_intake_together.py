"""Posts that wait for the database at the same time are stored by one transaction, and do not notice."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pytest
from sqlalchemy import select, text

from engine.delivery.intake import KeyReused, NotStored, Posted, accept, accept_all
from engine.instance import Instance
from engine.storage import turns
from engine.storage.database import Database
from engine.storage.forms import save_form
from engine.storage.models import Form, Module, Run, RunIdentity, Submission
from tests.builders import form_config, json_body, urlencoded
from tests.databases import WITH_POSTGRES
from tests.engine.delivery.test_intake import LOCKED, api_call, count, no_commit, posted
from tests.waiting import Queue

pytestmark = [
    pytest.mark.usefixtures("rings"),
    pytest.mark.skipif(WITH_POSTGRES, reason="there each post has a transaction of its own"),
]


FULL = """
CREATE TRIGGER is_full BEFORE INSERT ON submission WHEN length(new.raw) > 9000
BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END
"""


@pytest.fixture
def queue(database: Database) -> Iterator[Queue]:
    made = Queue(database)
    yield made
    made.close()


def test_equal_posts_are_one_submission(
    instance: Instance, form: Form, module: Module, queue: Queue, rings: list[int]
) -> None:
    futures = queue.call(*[partial(accept, instance, form, api_call())] * 3)
    queue.let_go()
    receipts = [each.result() for each in futures]
    assert receipts == [receipts[0]] * 3
    with instance.database.read() as session:
        assert session.scalars(select(Submission.hits)).all() == [3]
    assert count(instance.database, Run) == 1
    assert rings == [module.connection_id]


def test_others_are_numbered_in_the_order_in_which_they_came(
    instance: Instance, form: Form, module: Module, queue: Queue
) -> None:
    other = _another_form(instance)
    calls = [(form, "a"), (other, "b"), (form, "c"), (other, "d")]
    futures = queue.call(
        *(partial(accept, instance, of, posted(urlencoded(n=n))) for of, n in calls)
    )
    queue.let_go()
    ids = [each.result().id for each in futures]
    with instance.database.read() as session:
        kept = session.scalars(select(Submission).order_by(Submission.id)).all()
        assert session.scalars(select(RunIdentity.run_id).distinct()).all() == [1, 2]
    assert [one.public_id for one in kept] == ids
    assert [one.number for one in kept] == [1, 1, 2, 2]
    assert [one.form_id for one in kept] == [form.id, other.id] * 2


def _another_form(instance: Instance) -> Form:
    with instance.database.write() as session:  # the test's thread has the turn
        return save_form(session, form_config(form="other"))


def test_one_that_is_refused_keeps_none_of_the_others_out(
    instance: Instance, form: Form, module: Module, queue: Queue
) -> None:
    first, reused, last = queue.call(
        partial(accept, instance, form, api_call()),
        partial(accept, instance, form, api_call(json_body(email="grace@example.org"))),
        partial(accept, instance, form, api_call(key="order-2")),
    )
    queue.let_go()
    assert isinstance(reused.exception(), KeyReused)
    assert {first.result().status, last.result().status} == {"accepted"}
    with instance.database.read() as session:
        numbers = session.scalars(select(Submission.number).order_by(Submission.number)).all()
    assert numbers == [1, 2]
    assert count(instance.database, Run) == 2


def test_one_that_does_not_fit_onto_the_disk_keeps_none_of_the_others_out(
    instance: Instance, form: Form, queue: Queue
) -> None:
    with instance.database.write() as session:
        session.execute(text(FULL))
    small, large = queue.call(
        partial(accept, instance, form, posted()),
        partial(accept, instance, form, posted(urlencoded(message="x" * 10_000))),
    )
    queue.let_go()
    assert small.result().status == "accepted"
    assert large.exception() is not None
    assert count(instance.database, Submission) == 1


def test_a_commit_that_fails_accepts_nothing(
    instance: Instance, form: Form, module: Module, queue: Queue, rings: list[int]
) -> None:
    futures = queue.call(
        *(partial(accept, instance, form, posted(urlencoded(n=str(n)))) for n in range(3))
    )
    with no_commit(instance.database.writer, LOCKED):
        queue.let_go()
        assert {type(each.exception()) for each in futures} == {NotStored}
    assert count(instance.database, Submission) == 0
    assert rings == []


def test_a_post_that_waits_for_too_long_is_not_stored(
    instance: Instance, form: Form, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(turns, "WAIT_S", 0.02)
        refused = queue.call(*[partial(accept, instance, form, posted())] * 2)
        assert {type(each.exception()) for each in refused} == {NotStored}
    queue.let_go()
    assert count(instance.database, Submission) == 0
    assert accept(instance, form, posted()).status == "accepted", "the visitor sends it again"


def test_lists_are_stored_whole_or_not_at_all(instance: Instance, form: Form, queue: Queue) -> None:
    """A list whose last key came before with another content is taken back with all of it."""

    def both(key: str, *names: str) -> Posted:
        body = "[" + ",".join(f'{{"name":"{name}"}}' for name in names) + "]"
        return api_call(body.encode(), key=key)

    one, bad, two = queue.call(
        partial(accept_all, instance, form, both("a", "Ada", "Grace")),
        partial(accept_all, instance, form, both("a", "Joan", "Mallory")),
        partial(accept_all, instance, form, both("b", "Mary", "Jean")),
    )
    queue.let_go()
    assert isinstance(bad.exception(), KeyReused)
    assert len(one.result()) == len(two.result()) == 2
    assert count(instance.database, Submission) == 4
