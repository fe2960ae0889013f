"""Carrying out the plans of a wave, as many steps per call as the CRM takes.

Steps go as soon as the records they are linked with exist: people first, then deals, then links,
tasks and notes, each round in bulk over all runs of the wave.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from connectors.base import (
    Bundle,
    BundleOutcome,
    Change,
    Connector,
    Effect,
    Kind,
    Outcome,
    Ref,
    Status,
)
from connectors.errors import AuthError, RateLimitedError, RejectedError, UnavailableError
from engine.deciding.plan import Action
from engine.delivery.endings import ending_of
from engine.delivery.journal import Journal, settle_entry
from engine.delivery.pool import Pool, chunks
from engine.delivery.wire import CallLog, serving
from engine.delivery.work import Entry, Url, Work, creates
from engine.storage.models import StepState


@dataclass(frozen=True, slots=True)
class Parcel:
    """What one run gives to one call: one step, or the several steps of a bundle."""

    work: Work
    entries: tuple[Entry, ...]
    content: Any  # Draft, Change, Link or Bundle, as the operation wants


SEND_WITHIN_S = 5.0
_send_by: ContextVar[float | None] = ContextVar("send_by", default=None)

Group = tuple[str, Kind]
"""Operation (create, update, link, bundle) and kind: what can go into one call."""
Call = tuple[Group, Sequence[Parcel]]


def carry_out(
    works: Sequence[Work], connector: Connector, pool: Pool, journal: Journal, log: CallLog
) -> None:
    """Send every step that can be sent. Steps that fail end their run's way in this wave."""
    while groups := _ready(works, connector):
        calls = [
            (group, chunk)
            for group, parcels in groups.items()
            for chunk in _chunked(group, parcels, connector)
        ]
        # Only what can go at once is intended: where every record is a call of its own, and few
        # calls are allowed, the last ones of a wave would be too late otherwise.
        for some in chunks(calls, connector.spec.parallel):
            _send_together(some, connector, pool, journal, log)
            if _connection_halted(works):
                return


def _send_together(
    calls: Sequence[Call], connector: Connector, pool: Pool, journal: Journal, log: CallLog
) -> None:
    entries = [entry for _, chunk in calls for parcel in chunk for entry in parcel.entries]
    with _soon():
        journal.intend(entries)
        pool.map(lambda call: _send(call[0], call[1], connector), calls)
    journal.conclude(entries, log.take())


@contextmanager
def _soon() -> Iterator[None]:
    token = _send_by.set(time.monotonic() + SEND_WITHIN_S)
    try:
        yield
    finally:
        _send_by.reset(token)


def in_time() -> None:
    """Raise UnavailableError when what is to be sent was intended too long ago.

    Whoever looks for the write counts from its intent, so nothing of it may go out much later: not
    after a long wait for the budget, nor when this process was stopped meanwhile.
    """
    send_by = _send_by.get()
    if send_by is not None and time.monotonic() > send_by:
        raise UnavailableError("not sent: it was intended too long ago")


def _ready(works: Sequence[Work], connector: Connector) -> dict[Group, list[Parcel]]:
    groups: dict[Group, list[Parcel]] = {}
    for work in works:
        for group, parcel in _parcels(work, connector):
            groups.setdefault(group, []).append(parcel)
    return groups


def _parcels(work: Work, connector: Connector) -> Iterator[tuple[Group, Parcel]]:
    if work.ending is not None:
        return
    url = connector.record_url
    bundle = _bundle(work, url) if connector.spec.bundle_bulk else None
    bundled = bundle.entries if bundle else ()
    if bundle:
        _classify_bundle(bundle, connector)
        yield ("bundle", Kind.DEAL), bundle
    for entry in work.unfinished:
        if entry.state is not StepState.PLANNED or entry in bundled or not work.ready(entry):
            continue
        if entry.step.action is Action.LINK:
            link = work.link(entry)
            if link:
                yield ("link", entry.step.kind), Parcel(work, (entry,), link)
        elif entry.step.action is Action.CREATE:
            links = work.links(entry.step)
            if links is not None:
                draft = work.draft(entry, url, links)
                entry.effect = connector.effect(entry.step.kind, draft)
                yield ("create", entry.step.kind), Parcel(work, (entry,), draft)
        else:
            change = Change(entry.step.record_id or "", work.fields(entry, url), entry.step.tags)
            yield ("update", entry.step.kind), Parcel(work, (entry,), change)


def _bundle(work: Work, url: Url) -> Parcel | None:
    """Deal, contact and company in one call, when all of them are new."""
    deal = work.entries.get(Kind.DEAL)
    merge = work.plan is not None and work.plan.merge
    if deal is None or not creates(deal) or not (deal.step.links or merge) or deal.step.needs:
        return None
    people = {key: work.entries.get(key) for key in deal.step.links}
    new = {key: entry for key, entry in people.items() if entry is not None and creates(entry)}
    if len(new) < len(people):
        return None
    drafts = {key: work.draft(entry, url) for key, entry in new.items()}
    bundle = Bundle(
        work.draft(deal, url),
        drafts.get(Kind.CONTACT),
        drafts.get(Kind.COMPANY),
        enquiry=work.enquiry() if merge else None,
    )
    link = work.entries.get("contact-company")
    return Parcel(work, (deal, *new.values(), *([link] if link else [])), bundle)


def _classify_bundle(parcel: Parcel, connector: Connector) -> None:
    """A deal's people are found through it, and it through them, if either is recognised."""
    effects = [connector.effect(kind, draft) for kind, draft in parcel.content.parts.items()]
    deal, *people = effects
    through_people = min(people, default=Effect.UNMARKED)
    for entry in parcel.entries:
        if entry.step.action is Action.CREATE:
            own = connector.effect(entry.step.kind, parcel.content.parts[entry.step.kind])
            entry.effect = min(own, deal if entry.step.kind is not Kind.DEAL else through_people)


def _chunked(group: Group, parcels: list[Parcel], connector: Connector) -> list[Sequence[Parcel]]:
    operation, _ = group
    if operation == "update":
        parcels = _one_change_per_record(parcels)
    spec = connector.spec
    return chunks(parcels, spec.bundle_bulk if operation == "bundle" else spec.write_bulk)


def _one_change_per_record(parcels: list[Parcel]) -> list[Parcel]:
    """The first change of each record; the others stay planned for the next round."""
    first: dict[str, Parcel] = {}
    for parcel in parcels:
        first.setdefault(parcel.entries[0].step.record_id or "", parcel)
    return list(first.values())


def _send(group: Group, parcels: Sequence[Parcel], connector: Connector) -> None:
    operation, kind = group
    contents = [parcel.content for parcel in parcels]
    with serving(f"{operation} {kind}", {parcel.work.run_id for parcel in parcels}):
        if operation == "bundle":
            bundles = connector.create_bundles(contents)
            for parcel, bundle in zip(parcels, bundles, strict=True):
                _settle_bundle(parcel, bundle, connector)
            return
        outcomes = _write(operation, kind, contents, connector)
    for parcel, outcome in zip(parcels, outcomes, strict=True):
        _settle(parcel.work, parcel.entries[0], outcome, connector)


def _write(operation: str, kind: Kind, contents: list[Any], connector: Connector) -> list[Outcome]:
    if operation == "create":
        return connector.create(kind, contents)
    if operation == "update":
        return connector.update(kind, contents)
    return connector.link(contents)


def _settle_bundle(parcel: Parcel, outcome: BundleOutcome, connector: Connector) -> None:
    """Settle the steps of a bundle; the part whose field is at fault decides the run's ending."""
    by_entry = [(entry, _outcome_of(entry, outcome)) for entry in parcel.entries]
    for entry, part in sorted(by_entry, key=lambda one: not _names_a_field(one[1])):
        _settle(parcel.work, entry, part, connector)


def _outcome_of(entry: Entry, outcome: BundleOutcome) -> Outcome:
    """What became of one step; people are linked with one another as soon as all are there."""
    if entry.step.action is not Action.LINK:
        return outcome[entry.step.kind]
    people = [outcome[Kind(key)] for key in entry.step.links]
    return next((one for one in people if one.status is not Status.DONE), people[-1])


def _names_a_field(outcome: Outcome) -> bool:
    return isinstance(outcome.error, RejectedError) and outcome.error.field is not None


def _settle(work: Work, entry: Entry, outcome: Outcome, connector: Connector) -> None:
    settle_entry(entry, outcome)
    if entry.state is StepState.DONE:
        if entry.step.action is not Action.LINK and entry.record_id:
            entry.record_url = connector.record_url(Ref(entry.step.kind, entry.record_id))
        return
    work.ending = work.ending or ending_of(work, entry, outcome)


def _connection_halted(works: Sequence[Work]) -> bool:
    """Whether the CRM asked us, as a whole, to stop for now."""
    return any(
        work.ending is not None and isinstance(work.ending.error, RateLimitedError | AuthError)
        for work in works
    )
