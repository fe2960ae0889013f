"""Erasing a person from everything that is kept here, and saying what remains in the CRMs."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field

from connectors.base import Kind
from engine.deciding.matching import key_name
from engine.deciding.mentions import Sought
from engine.instance import Instance
from engine.storage import erasing
from engine.storage.audit import Actor, add_entry
from engine.storage.database import Database, give_pages_back
from engine.storage.erasures import store_erasure

PATIENCE_S = 90.0  # as long as a worker may carry a wave out
REQUEST_PATIENCE_S = 20.0  # where a browser or program waits; the report says what is left
_EVERY_S = 0.5


@dataclass(frozen=True, slots=True)
class Remaining:
    """A record that stays in a CRM: a person there decides about it."""

    connection: str
    kind: str
    id: str
    url: str | None


@dataclass(frozen=True, slots=True)
class Report:
    """What was erased, in rows, and what was not.

    ``redacted`` is table name to rows elsewhere in which the identity was blacked out. ``settings``
    names tables of settings and of the studio's people that speak of it: these stay. ``under_way``
    submissions were being carried out all the time: erase again.
    """

    submissions: int = 0
    runs: int = 0
    calls: int = 0
    redacted: dict[str, int] = field(default_factory=dict)
    settings: tuple[str, ...] = ()
    under_way: int = 0
    remaining: tuple[Remaining, ...] = ()


def find_person(database: Database, person: Sought) -> list[int]:
    """Ids of the submissions that are the person's: that name them, or led to the same contact."""
    with database.read() as session:
        named = list(erasing.submissions_that(session, person.in_text))
        keys = _known_keys(person)
        return sorted({*named, *erasing.submissions_of_records(session, keys, named)})


def erase_person(
    instance: Instance,
    person: Sought,
    actor: Actor,
    *,
    sleep: Callable[[float], None] = time.sleep,
    patience_s: float = PATIENCE_S,
) -> Report:
    """Erase the person, for good. What a worker is busy with is waited for."""
    database = instance.database
    found = find_person(database, person)
    with database.read() as session:
        remaining = erasing.records_of(session, found)
    busy = _wait(database, found, sleep, patience_s)
    counts = _erase_all(database, [id for id in found if id not in busy])
    redacted = _redact(database, person)
    with database.read() as session:
        settings = erasing.mentions(session, person.in_text, erasing.kept_tables())
    report = Report(
        **counts,
        redacted=redacted,
        settings=tuple(sorted(settings)),
        under_way=len(busy),
        remaining=tuple(Remaining(**one) for one in remaining),  # type: ignore[arg-type]
    )
    with database.write() as session:
        stored = store_erasure(session, digest(instance, person), actor.name, asdict(report))
        add_entry(session, actor, "erase", "person", f"erasure {stored.public_id}")
    give_pages_back(database)
    return report


def digest(instance: Instance, person: Sought) -> str:
    """The same for the same person, and of no use to anybody without the secret key."""
    key = b"formwire erasure:" + instance.settings.secret_key.encode()
    return hmac.new(key, person.key.encode(), hashlib.sha256).hexdigest()


def _known_keys(person: Sought) -> tuple[str, ...]:
    field, _, value = person.key.partition(":")
    return tuple(key_name(kind, field, value) for kind in (Kind.CONTACT, Kind.COMPANY))


def _wait(
    database: Database, ids: Sequence[int], sleep: Callable[[float], None], patience_s: float
) -> set[int]:
    """Wait until no worker is busy with any of ``ids``; those it still is with in the end."""
    for _ in range(max(1, round(patience_s / _EVERY_S))):
        with database.read() as session:
            busy = erasing.under_way(session, ids)
        if not busy:
            break
        sleep(_EVERY_S)
    return busy


def _erase_all(database: Database, ids: Sequence[int]) -> dict[str, int]:
    counts = {"submissions": 0, "runs": 0, "calls": 0}
    for start in range(0, len(ids), 50):  # short transactions: intake goes on meanwhile
        with database.write() as session:
            free = erasing.free(session, ids[start : start + 50])
            for what, number in erasing.erase_submissions(session, free).items():
                counts[what] += number
    return counts


def _redact(database: Database, person: Sought) -> dict[str, int]:
    """Black the identity out wherever else it is: other people's call bodies, notices, memories."""
    with database.read() as session:
        found = erasing.mentions(session, person.in_text, erasing.open_tables())
    for table, keys in found.items():
        for start in range(0, len(keys), 50):
            with database.write() as session:
                erasing.redact(session, {table: keys[start : start + 50]}, person.redacted)
    return {table: len(keys) for table, keys in found.items()}
