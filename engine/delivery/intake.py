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

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from engine.deciding.answers import idempotency_key, is_ping, payload_digest
from engine.deciding.lists import apart
from engine.deciding.reading import Reading, read_body
from engine.deciding.senders.signatures import Verdict, headers_to_keep, technical_to_keep
from engine.deciding.spam import Suspicion
from engine.delivery import bell
from engine.delivery.completing import (
    Place,
    Standing,
    complete,
    place_in_filling,
    standing_of,
    together,
)
from engine.delivery.configs import form_config
from engine.delivery.files import listed, told
from engine.delivery.queueing import queue_runs
from engine.delivery.repeats import Repeats
from engine.delivery.surroundings import with_surroundings
from engine.delivery.suspicion import suspect
from engine.delivery.verifying import is_refused, tell_held, tell_refused, verdict_on
from engine.instance import Instance
from engine.settings import Settings
from engine.storage.base import now, public_id
from engine.storage.database import DATABASE_AWAY, Database
from engine.storage.fillings import filling_of
from engine.storage.forms import form_by_key
from engine.storage.models import Event, Form, Submission, SubmissionState
from engine.storage.notices import give_notice

MAX_BYTES = 1024 * 1024
MAX_BYTES_WITH_FILES = 10 * MAX_BYTES
KEYS_COUNT_FOR = timedelta(days=7)


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
class Posted:
    """What a website sent. ``headers`` are only those that may be kept."""

    raw: bytes
    content_type: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    source_ip: str = ""

    def header(self, name: str) -> str:
        return self.headers.get(name, "")

    @property
    def from_api_client(self) -> bool:
        """Whether a program sent it that knows what an Idempotency-Key promises."""
        return bool(self.header("Idempotency-Key")) and "json" in self.content_type.lower()


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


def form_at(database: Database, key: str) -> Form:
    """The form that takes submissions under ``key``. Raises NoSuchForm, FormDisabled, NotStored."""
    with _storing(), database.read() as session:
        return _open(form_by_key(session, key))


@dataclass(frozen=True, slots=True)
class _Arrival:
    """What was sent, as it was read, and what it is received with."""

    posted: Posted
    reading: Reading
    settings: Settings
    verdict: Verdict
    payload: str  # digest of what it says
    times: int  # that it came from there, this time included


def accept(
    instance: Instance, form: Form, posted: Posted, repeats: Repeats | None = None
) -> Receipt:
    """Store a submission with its runs, once, and wake their drains. Raises IntakeError, LimitExceeded.

    Returns only after the commit. A repeat of a submission is counted and gets the same receipt.
    ``repeats`` remembers who sent the same how often.
    """
    return _accept(instance, form, [posted], repeats)[0]


def accept_all(
    instance: Instance, form: Form, posted: Posted, repeats: Repeats | None = None
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
    instance: Instance, form: Form, posts: Sequence[Posted], repeats: Repeats | None
) -> list[Receipt]:
    arrivals = [_arrival(instance, form, posted, repeats) for posted in posts]
    if all(is_ping(arrival.reading) for arrival in arrivals):
        return [Receipt(None, "ping", sender=each.reading.sender) for each in arrivals]
    with _storing(), instance.database.write() as session:
        stored = [_store(session, form.id, arrival) for arrival in arrivals]
    for arrival, (submission, _) in zip(arrivals, stored, strict=True):
        if repeats and submission.hits == 1:
            repeats.stored(form.key, arrival.posted.source_ip, arrival.payload)
    for connection_id in {each for _, connections in stored for each in connections}:
        bell.ring(instance.settings.redis_url, connection_id)
    return [
        Receipt(
            submission.public_id,
            submission.state,
            _text(arrival.reading, "_next"),
            arrival.reading.sender,
        )
        for arrival, (submission, _) in zip(arrivals, stored, strict=True)
    ]


def _arrival(instance: Instance, form: Form, posted: Posted, repeats: Repeats | None) -> _Arrival:
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
    return _Arrival(posted, reading, instance.settings, verdict, payload, times)


@contextmanager
def _storing() -> Iterator[None]:
    try:
        yield
    except (
        *DATABASE_AWAY,
        ProgrammingError,
    ) as error:  # the latter: its tables are of another version
        raise NotStored from error


def _open(form: Form | None) -> Form:
    if form is None:
        raise NoSuchForm
    if not form.enabled:
        raise FormDisabled
    return form


def _store(session: Session, form_id: int, arrival: _Arrival) -> tuple[Submission, set[int]]:
    """The submission, new or known, and the connections that got work.

    The form's row is locked first, so that of two equal posts at once the second sees the first.
    """
    mine = select(Form).where(Form.id == form_id).with_for_update(key_share=True)
    form = _open(session.scalars(mine).first())
    place = _recognise(session, form, arrival)
    if place.again is not None:
        place.again.hits += 1
        return place.again, set()
    received_at = now()
    suspicion = suspect(
        session,
        form_config(form),
        arrival.reading,
        secret_keys=arrival.settings.secret_keys,
        at=received_at,
        times=arrival.times,
    )
    standing = standing_of(
        form_config(form), place.key, arrival.reading, suspicion, arrival.verdict, received_at
    )
    if (known := place.completes) is not None and standing.state is not SubmissionState.HELD:
        content = _content(form, known, arrival, suspicion)
        whole = together(known, content, arrival.reading)
        return known, complete(session, form, known, whole, standing)
    submission = _submission(form, place, arrival, received_at, suspicion, standing)
    notes = [submission.reason, place.oddity, *map(told, submission.files)]
    submission.reason = " ".join(filter(None, notes))
    session.add(submission)
    session.flush()
    notes = [submission.reason, *arrival.reading.warnings]
    if submission.state is SubmissionState.ACCEPTED:
        notes += suspicion.reasons  # too few to hold it
    session.add(
        Event(submission_id=submission.id, type="received", message=" ".join(filter(None, notes)))
    )
    if submission.state is SubmissionState.UNREADABLE:
        _tell_unreadable(session, form, submission)
    if arrival.verdict.is_doubtful:
        tell_held(session, form, submission, arrival.verdict)
    if submission.state is not SubmissionState.ACCEPTED:
        return submission, set()
    return submission, queue_runs(session, form, submission)


def _recognise(session: Session, form: Form, arrival: _Arrival) -> Place:
    """Where the post belongs.

    Cached pages and careless senders repeat a key with other answers. Those are a submission of
    their own, lest they be lost; only an API client is told. An id that the sender gave the
    filling-in is no such key: see `engine.delivery.completing`.
    """
    posted, payload = arrival.posted, arrival.payload
    key = idempotency_key(
        arrival.reading,
        payload,
        form=form.key,
        received_at=now(),
        header=posted.header("Idempotency-Key"),
        ip=posted.source_ip,
        user_agent=posted.header("User-Agent"),
    )
    if arrival.verdict.is_doubtful:
        key = f"doubt:{key}"  # whoever made it up must not stand in for the true one
    if filling_of(key):
        place = place_in_filling(session, form, key, arrival.reading, payload, posted.source_ip)
        if place is not None:
            return place
    known = _known(session, form, key)
    if known is None or payload == _payload(known):
        return Place(key, again=known)
    if posted.from_api_client:
        raise KeyReused
    key = f"{key}:{payload[:32]}"
    oddity = "Its key came before with other answers."
    return Place(key, again=_known(session, form, key), oddity=oddity)


def _known(session: Session, form: Form, key: str) -> Submission | None:
    """The submission with this key. One whose key no longer counts gives it up."""
    found = session.scalars(
        select(Submission).where(Submission.form_id == form.id, Submission.idem_key == key)
    ).first()
    if found is not None and now() - found.received_at > KEYS_COUNT_FOR:
        found.idem_key = f"past:{found.public_id}"
        session.flush()
        return None
    return found


def _payload(submission: Submission) -> str:
    reading = read_body(submission.raw, submission.content_type, submission.headers)
    return payload_digest(reading, submission.raw)


def _submission(
    form: Form,
    place: Place,
    arrival: _Arrival,
    received_at: datetime,
    suspicion: Suspicion,
    standing: Standing,
) -> Submission:
    """A new submission of ``form``, with the form's next number."""
    form.submissions += 1
    submission = Submission(
        public_id=public_id(),
        form_id=form.id,
        number=form.submissions,
        idem_key=place.key,
        state=standing.state,
        reason=standing.reason,
        wait_until=standing.wait_until,
        received_at=received_at,
    )
    content = _content(form, submission, arrival, suspicion)
    if place.after is not None:
        content = together(place.after, content, arrival.reading)
    for column, value in content.items():
        setattr(submission, column, value)
    return submission


def _content(
    form: Form, submission: Submission, arrival: _Arrival, suspicion: Suspicion
) -> dict[str, Any]:
    """The columns that say what arrived."""
    id, received_at = submission.public_id, submission.received_at
    posted, reading = arrival.posted, arrival.reading
    files = listed(arrival.settings, reading.files, form_config(form).uploads, id, received_at)
    answers = with_surroundings(
        form,
        submission,
        reading,
        headers=posted.headers,
        source_ip=posted.source_ip,
        spam=suspicion,
        links=[(file["name"], file["link"]) for file in files if file["link"]],
    )
    return {
        "raw": posted.raw,
        "content_type": posted.content_type,
        "headers": headers_to_keep(posted.headers),
        "source_ip": posted.source_ip,
        "answers": answers,
        "technical": technical_to_keep(reading),
        "files": files,
        "sender": reading.sender,
        "labels": dict(reading.labels),
    }


def _tell_unreadable(session: Session, form: Form, submission: Submission) -> None:
    give_notice(
        session,
        f"unreadable:{form.key}",
        f"A submission to “{form.name}” could not be read. {submission.reason}",
        remedy="Its bytes are kept: read them on its page, and mend what the website sends.",
        form_id=form.id,
        submission_id=submission.id,
    )


def _text(reading: Reading, name: str) -> str:
    value = reading.technical.get(name, "")
    return value if isinstance(value, str) else value[0] if value else ""
