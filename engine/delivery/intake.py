"""Accepting submissions: stored, with the runs they cause, before anybody is answered.

IntakeError
├── NoSuchForm       nobody made a form with this key
├── FormDisabled     its owner switched it off
├── CutOff           the body ended before it was complete
├── TooLarge         more bytes than we take
├── TooFast          too many from one address
├── Unproven         nothing shows that its sender knows the form's secret, and the form insists
├── KeyReused        an API client's Idempotency-Key came before with another content
└── NotStored        the database is away, locked or full: nothing was accepted

Besides these only a LimitExceeded of the reader refuses a submission. One that nobody can read is
kept, and what is wrong with a module is the run's trouble, never the visitor's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from engine.deciding.answers import is_ping, payload_digest
from engine.deciding.lists import apart
from engine.deciding.reading import Reading, read_body
from engine.deciding.spam import Suspicion
from engine.delivery import bell
from engine.delivery.arrival import Arrival, NewName, Posted
from engine.delivery.completing import Place, Standing, complete, standing_of
from engine.delivery.configs import form_config
from engine.delivery.content import content_of, together
from engine.delivery.files import told
from engine.delivery.queueing import queue_runs
from engine.delivery.recognising import recognise
from engine.delivery.repeats import Repeats
from engine.delivery.suspicion import suspect
from engine.delivery.verifying import is_refused, tell_held, tell_refused, verdict_on
from engine.instance import Instance
from engine.storage import arrivals as rows
from engine.storage.arrivals import FormRow, StoredForm
from engine.storage.base import now, public_id
from engine.storage.database import DATABASE_AWAY, Database
from engine.storage.models import SubmissionState
from engine.storage.notices import give_notice

MAX_BYTES = 1024 * 1024
MAX_BYTES_WITH_FILES = 10 * MAX_BYTES


class IntakeError(Exception):
    """A submission that is refused; nothing of it was kept."""


class NoSuchForm(IntakeError):
    """Nobody made a form with this key."""


class FormDisabled(IntakeError):
    """Its owner switched it off."""


class CutOff(IntakeError):
    """The body ended before it was complete."""


class TooLarge(IntakeError):
    """More bytes than we take."""


class TooFast(IntakeError):
    """Too many from one address."""

    def __init__(self, retry_after_s: float) -> None:
        super().__init__(f"wait {retry_after_s:.1f} s")
        self.retry_after_s = retry_after_s


class Unproven(IntakeError):
    """Nothing shows that its sender knows the form's secret, and the form insists."""


class KeyReused(IntakeError):
    """An API client's Idempotency-Key came before with another content."""


class NotStored(IntakeError):
    """The database is away, locked or full. Its error is the cause."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of it. A sender's ping is answered, but is no submission and has no ``id``.

    ``next`` is the page where the form's own ``_next`` wants the visitor to go, not yet judged.
    ``sender`` is the key of a known one.
    """

    id: str | None
    status: str
    next: str = ""
    sender: str = ""


def form_at(database: Database, key: str) -> FormRow:
    """The form that takes submissions under ``key``. Raises NoSuchForm, FormDisabled, NotStored."""
    with _storing():
        return _open(rows.form_at(database.reader, key))


def accept(
    instance: Instance, form: StoredForm, posted: Posted, repeats: Repeats | None = None
) -> Receipt:
    """Store a submission with its runs, once, and wake their drains. Raises IntakeError, LimitExceeded.

    Returns only after the commit. A repeat of a submission is counted and gets the same receipt.
    ``repeats`` remembers who sent the same how often.
    """
    return _accept(instance, form, [posted], repeats)[0]


def accept_all(
    instance: Instance, form: StoredForm, posted: Posted, repeats: Repeats | None = None
) -> list[Receipt]:
    """The same for a body that may be a list of submissions: all of them are stored, or none."""
    if not (parts := apart(posted.raw, posted.content_type)):
        return _accept(instance, form, [posted], repeats)
    if len(posted.raw) > MAX_BYTES:
        raise TooLarge
    key = posted.header("Idempotency-Key")
    posts = [replace(posted, raw=part, content_type="application/json") for part in parts]
    if key:  # a repeated list has each of them again
        keys = [f"{key} {number}" for number in range(1, len(posts) + 1)]
        posts = [
            replace(one, headers={**one.headers, "Idempotency-Key": own})
            for one, own in zip(posts, keys, strict=True)
        ]
    return _accept(instance, form, posts, repeats)


def _accept(
    instance: Instance, form: StoredForm, posts: Sequence[Posted], repeats: Repeats | None
) -> list[Receipt]:
    arrivals = [_arrival(instance, form, posted, repeats) for posted in posts]
    if all(is_ping(arrival.reading) for arrival in arrivals):
        return [Receipt(None, "ping", sender=each.reading.sender) for each in arrivals]
    with _storing():
        stored = instance.database.write_together(
            lambda session: [_store(session, form.id, arrival) for arrival in arrivals]
        )
    for arrival, one in zip(arrivals, stored, strict=True):
        if repeats and one.is_new:
            repeats.stored(form.key, arrival.posted.source_ip, arrival.payload)
    for connection_id in {each for one in stored for each in one.connections}:
        bell.ring(instance.settings.redis_url, connection_id)
    return [
        Receipt(one.id, one.state, _text(arrival.reading, "_next"), arrival.reading.sender)
        for arrival, one in zip(arrivals, stored, strict=True)
    ]


def _arrival(
    instance: Instance, form: StoredForm, posted: Posted, repeats: Repeats | None
) -> Arrival:
    reading = read_body(posted.raw, posted.content_type, posted.headers)
    if len(posted.raw) > MAX_BYTES and not reading.files:
        raise TooLarge
    verdict = verdict_on(instance, form, posted.raw, posted.headers, reading)
    if is_refused(form, verdict) and not is_ping(reading):
        with _storing(), instance.database.write() as session:
            tell_refused(session, form, verdict)
        raise Unproven(verdict.reason)
    payload = payload_digest(reading, posted.raw)
    times = 1 + repeats.before(form.key, posted.source_ip, payload) if repeats else 1
    return Arrival(posted, reading, instance.settings, verdict, payload, times)


@contextmanager
def _storing() -> Iterator[None]:
    try:
        yield
    except (
        *DATABASE_AWAY,
        ProgrammingError,
    ) as error:  # the latter: its tables are of another version
        raise NotStored from error


def _open(form: FormRow | None) -> FormRow:
    if form is None:
        raise NoSuchForm
    if not form.enabled:
        raise FormDisabled
    return form


@dataclass(frozen=True, slots=True)
class _Stored:
    """What stands in the database. ``is_new``: nothing of it was known before."""

    id: str
    state: SubmissionState
    is_new: bool = False
    connections: Set[int] = frozenset()  # that got work


@dataclass(frozen=True, slots=True)
class _New:
    """A submission's row, as far as its runs go by it."""

    id: int
    idem_key: str
    answers: Mapping[str, Any]
    received_at: datetime


def _store(session: Session, form_id: int, arrival: Arrival) -> _Stored:
    """The submission, new or known.

    The form's row is locked first, so that of two equal posts at once the second sees the first.
    """
    form, at = _open(rows.locked_form(session.connection(), form_id)), now()
    place = recognise(session, form, arrival, at)
    if place is None:
        raise KeyReused
    if place.again is not None:
        place.again.hits += 1
        return _Stored(place.again.public_id, place.again.state)
    config = form_config(form)
    suspicion = suspect(
        session,
        config,
        arrival.reading,
        secret_keys=arrival.settings.secret_keys,
        at=at,
        times=arrival.times,
    )
    standing = standing_of(config, place.key, arrival.reading, suspicion, arrival.verdict, at)
    if (known := place.completes) is not None and standing.state is not SubmissionState.HELD:
        content = content_of(form, known, arrival, suspicion)
        content = together(known, content, arrival.reading)
        connections = complete(session, form, known, content, standing)
        return _Stored(known.public_id, known.state, connections=connections)
    return _begin(session, form, arrival, place, at, suspicion, standing)


def _begin(
    session: Session,
    form: FormRow,
    arrival: Arrival,
    place: Place,
    at: datetime,
    suspicion: Suspicion,
    standing: Standing,
) -> _Stored:
    """Store a new submission with the form's next number, tell of it, and queue its runs."""
    connection = session.connection()
    name = NewName(public_id(), rows.next_number(connection, form), at)
    content = content_of(form, name, arrival, suspicion)
    if place.after is not None:
        content = together(place.after, content, arrival.reading)
    reason = _sentences(standing.reason, place.oddity, *map(told, content["files"]))
    row = {
        **content,
        "public_id": name.public_id,
        "form_id": form.id,
        "number": name.number,
        "idem_key": place.key,
        "state": standing.state,
        "reason": reason,
        "wait_until": standing.wait_until,
        "received_at": at,
    }
    id = rows.add_submission(connection, row)
    accepted = standing.state is SubmissionState.ACCEPTED
    doubts = suspicion.reasons if accepted else ()  # too few to hold it
    rows.add_arrival(connection, id, _sentences(reason, *arrival.reading.warnings, *doubts))
    if standing.state is SubmissionState.UNREADABLE:
        _tell_unreadable(session, form, id, reason)
    if arrival.verdict.is_doubtful:
        tell_held(session, form, id, arrival.verdict)
    if not accepted:
        return _Stored(name.public_id, standing.state, is_new=True)
    new = _New(id, place.key, content["answers"], at)
    return _Stored(name.public_id, standing.state, True, queue_runs(session, form, new))


def _sentences(*all: str) -> str:
    return " ".join(filter(None, all))


def _tell_unreadable(session: Session, form: FormRow, submission_id: int, reason: str) -> None:
    give_notice(
        session,
        f"unreadable:{form.key}",
        f"A submission to “{form.name}” could not be read. {reason}",
        remedy="Its bytes are kept: read them on its page, and mend what the website sends.",
        form_id=form.id,
        submission_id=submission_id,
    )


def _text(reading: Reading, name: str) -> str:
    value = reading.technical.get(name, "")
    return value if isinstance(value, str) else value[0] if value else ""
