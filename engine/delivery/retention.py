"""Erasing what was kept as long as its form wants."""

from __future__ import annotations

import ipaddress
import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from engine.deciding.keeping import Keeping
from engine.delivery.configs import form_config
from engine.instance import Instance
from engine.storage import erasing
from engine.storage.base import now
from engine.storage.forms import all_forms
from engine.storage.models import Form, Submission

EVERY = timedelta(hours=1)
_log = logging.getLogger(__name__)


class Retention:
    """Looks every hour for what has become too old. Several schedules at once do no harm."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._next_at = datetime.min.replace(tzinfo=now().tzinfo)

    def look(self) -> None:
        """Erase what is due, if it is time to look. Raises SQLAlchemyError."""
        if now() < self._next_at:
            return
        erase_aged(self._instance, now())
        self._next_at = now() + EVERY


def erase_aged(instance: Instance, at: datetime) -> None:
    """Erase everything whose time was up at ``at``, bit by bit."""
    with instance.database.read() as session:
        forms = all_forms(session)
    for form in forms:
        keep = form_config(form).keep
        for step in (_submissions, _addresses, _calls):
            while _one_batch(instance, form, keep, at, step):
                pass
    while _one_batch(instance, None, Keeping(), at, _calls):
        pass


Step = Callable[[Session, Form | None, Keeping, datetime], int]


def _one_batch(
    instance: Instance, form: Form | None, keep: Keeping, at: datetime, step: Step
) -> bool:
    """Whether there may be more of it: a transaction is kept short."""
    with instance.database.write() as session:
        done = step(session, form, keep, at)
    if done:
        _log.info("retention: %d %s of %s", done, step.__name__.strip("_"), form and form.key)
    return done >= erasing.BATCH


def _submissions(session: Session, form: Form | None, keep: Keeping, at: datetime) -> int:
    assert form is not None
    ids = erasing.aged_submissions(
        session,
        form.id,
        accepted_before=at - timedelta(days=keep.submissions),
        others_before=at - timedelta(days=keep.held),
    )
    free = erasing.free(session, ids)
    erasing.erase_submissions(session, free)
    return len(free)


def _addresses(session: Session, form: Form | None, keep: Keeping, at: datetime) -> int:
    assert form is not None
    aged = erasing.aged_addresses(session, form.id, at - timedelta(days=keep.addresses))
    for submission in aged:
        _shorten_address(submission)
    return len(aged)


def _calls(session: Session, form: Form | None, keep: Keeping, at: datetime) -> int:
    before = at - timedelta(days=keep.calls)
    ids = erasing.aged_calls(session, before, form.id if form else None)
    erasing.empty_calls(session, ids)
    return len(ids)


def _shorten_address(submission: Submission) -> None:
    """Keep the network, which is nobody's in particular, and forget the host."""
    short = network_of(submission.source_ip)
    submission.source_ip = short
    visitor = submission.answers.get("visitor", {})
    if visitor.get("ip"):
        submission.answers = {**submission.answers, "visitor": {**visitor, "ip": short}}


def network_of(address: str) -> str:
    """``203.0.113.7`` as ``203.0.113.0/24``, an IPv6 address as its /48."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return "unknown/0"
    return str(ipaddress.ip_network(f"{ip}/{24 if ip.version == 4 else 48}", strict=False))
