"""What several processes do at the same moment comes out as if one had done it after the other."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.instance import Instance
from engine.storage.base import now
from engine.storage.connections import save_connection
from engine.storage.database import Database
from engine.storage.forms import save_form, save_module
from engine.storage.model_people import Role
from engine.storage.models import Connection, Form, Module, Notice, Revision
from engine.storage.notices import give_notice
from engine.storage.people import create_person
from engine.storage.sign_ins import WINDOWS, TooManyTries, begin_try
from tests.builders import form_config, module_config

AT_ONCE = 6


@pytest.fixture
def at_once(database: Database) -> Callable[[Callable[[Session, int], object]], None]:
    """Runs something in several transactions that begin together; it gets the number of each."""

    def run(act: Callable[[Session, int], object]) -> None:
        together = Barrier(AT_ONCE, timeout=10)

        def one(number: int) -> None:
            together.wait()
            with database.write() as session:
                act(session, number)

        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(one, range(AT_ONCE)))

    return run


def test_equal_notices_are_one_and_all_count(database: Database, at_once) -> None:
    at_once(lambda session, number: give_notice(session, "odd", f"Something is odd {number}"))
    with database.read() as session:
        assert session.scalars(select(Notice.count)).all() == [AT_ONCE]


def test_a_new_form_is_made_once(database: Database, at_once) -> None:
    at_once(lambda session, number: save_form(session, form_config(name=f"Form {number}")))
    with database.read() as session:
        assert session.scalar(select(func.count(Form.id))) == 1


def test_a_new_connection_is_made_once(instance: Instance, at_once) -> None:
    def save(session: Session, number: int) -> None:
        save_connection(
            session,
            instance.vault,
            key="main",
            name=f"Main {number}",
            connector="kommo",
            settings={"account": "acme", "token": "a token"},
        )

    at_once(save)
    with instance.database.read() as session:
        assert session.scalar(select(func.count(Connection.id))) == 1


def test_each_version_of_a_module_gets_a_number_of_its_own(
    database: Database, form: Form, connection: Connection, at_once
) -> None:
    at_once(lambda session, number: save_module(session, module_config(name=f"Sales {number}")))
    with database.read() as session:
        assert session.scalar(select(func.count(Module.id))) == 1
        numbers = session.scalars(select(Revision.number).order_by(Revision.number)).all()
    assert numbers == list(range(1, AT_ONCE + 1))


def test_people_who_are_added_together_share_their_role(database: Database, at_once) -> None:
    at_once(
        lambda session, number: create_person(
            session, f"ada{number}@example.org", "a long password", role="viewer"
        )
    )
    with database.read() as session:
        assert session.scalars(select(Role.name)).all() == ["viewer"]


def test_no_more_passwords_are_tried_side_by_side_than_one_after_the_other(
    database: Database, at_once
) -> None:
    refused = []

    def guess(session: Session, _number: int) -> None:
        try:
            begin_try(session, "ada@example.org", "203.0.113.7", now())
        except TooManyTries as error:
            refused.append(error)

    at_once(guess)
    assert len(refused) == AT_ONCE - WINDOWS[0].tries
