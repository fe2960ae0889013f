"""Every page of the studio, found in the map of routes: a new one is among them by itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from flask import Flask, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.delivery.privacy import Report
from engine.instance import Instance
from engine.storage.audit import Actor, add_entry
from engine.storage.bulk import make_order
from engine.storage.channels import add_mail
from engine.storage.erasures import store_erasure
from engine.storage.model_bulk import BulkOrder
from engine.storage.model_channels import Channel
from engine.storage.model_people import Person
from engine.storage.model_privacy import Erasure
from engine.storage.models import Form, Module, Run, RunState
from engine.storage.runs_list import Choice
from engine.storage.switches import OFF, ON

FILES = ("studio.exports.submissions", "studio.submissions.file")
"""What is downloaded, and no page."""


def add_belongings(session: Session, form: Form, number: int, author: str) -> None:
    """A bulk order, a channel, an erasure, and what the audit log says of the form."""
    make_order(session, "retry", Choice(states=("failed",), form=form.key), author=author)
    add_mail(session, f"watch{number}@example.org")
    store_erasure(session, "0" * 64, author, asdict(Report(submissions=1)))
    for act in (OFF, ON):
        add_entry(session, Actor(author, "studio"), act, "form", form.key, {"why": "tried"})


def every_page(app: Flask, instance: Instance) -> Iterator[tuple[str, str]]:
    """The endpoint and an address of every page, with things in it that are there.

    A KeyError tells that a new page's address names what is unknown here.
    """
    with instance.database.read() as session:
        run = session.scalars(select(Run).where(Run.state == RunState.FAILED).limit(1)).one()
        module = session.scalars(select(Module).order_by(Module.id).limit(1)).one()
        form, connection = module.form.key, module.connection.key
        ids = {
            "studio.runs": run.public_id,
            "studio.submissions": run.submission.public_id,
            "studio.bulk": _any_of(session, BulkOrder),
            "studio.people": _any_of(session, Person),
            "studio.channels": _any_of(session, Channel),
            "studio.privacy": _any_of(session, Erasure),
        }
    keys = {"studio.connections": connection}
    for rule in app.url_map.iter_rules():
        room = rule.endpoint.rpartition(".")[0]
        if not room.startswith("studio.") or "GET" not in (rule.methods or ()):
            continue
        given = {
            "form_key": form,
            "key": module.key if "form_key" in rule.arguments else keys.get(room, form),
            "public_id": ids.get(room),
            "connector": "kommo",
            "kind": "contact",
            "number": 0,
        }
        with app.test_request_context():
            yield rule.endpoint, url_for(rule.endpoint, **{n: given[n] for n in rule.arguments})


def _any_of(session: Session, table: Any) -> str:
    return session.scalars(select(table.public_id).limit(1)).one()
