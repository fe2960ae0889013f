"""Steps that were sent and never answered: look first, repeat only what surely is not there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from connectors.base import Connector, Kind, Record, Ref
from connectors.errors import ConnectorError
from engine.deciding.plan import Action
from engine.delivery.endings import ending_for_error
from engine.delivery.journal import Journal
from engine.delivery.pool import Pool
from engine.delivery.retry import settle_until
from engine.delivery.wire import CallLog, serving
from engine.delivery.work import Ending, Entry, Work
from engine.storage.base import now
from engine.storage.models import RunState, StepState

EMPTY_LOOKS = 2
"""How often a write must not be found, each time after it had time to settle, to be sent again."""


def recover(
    works: Sequence[Work], connector: Connector, pool: Pool, journal: Journal, log: CallLog
) -> None:
    """Settle every unknown step of ``works``; a run whose step stays unknown waits."""
    doubtful = [
        work
        for work in works
        if any(entry.state is StepState.UNKNOWN for entry in work.entries.values())
    ]
    if not doubtful:
        return
    pool.map(lambda work: _recover_run(work, connector, journal), doubtful)
    journal.conclude(
        [entry for work in doubtful for entry in work.entries.values() if entry.sent_at], log.take()
    )


def _recover_run(work: Work, connector: Connector, journal: Journal) -> None:
    merged = work.entries.get(Kind.DEAL) if work.plan and work.plan.merge else None
    if merged is not None and merged.state is StepState.UNKNOWN:
        _recover_merge(work, merged, connector, journal)
    for entry in work.entries.values():
        if work.ending is not None:
            return
        if entry.state is not StepState.UNKNOWN:
            continue
        if entry.step.action is not Action.CREATE:
            # Links, absolute values and added tags come out the same when sent twice.
            entry.state = StepState.PLANNED
            continue
        try:
            with serving("look for a lost write", [work.run_id]):
                records = _created(work, entry, connector, journal)
        except ConnectorError as error:
            work.ending = ending_for_error(work, error)
            return
        _conclude(work, entry, records, connector, journal.settle_s)


def _recover_merge(work: Work, deal: Entry, connector: Connector, journal: Journal) -> None:
    """Find the deal that a lost enquiry became; its people are whoever it is linked with.

    They may be old records that the CRM merged it into, so nothing else would find them. When the
    deal is nowhere, all goes out once more: the CRM then merges it by the same rule.
    """
    assert deal.sent_at is not None
    draft = work.draft(deal, connector.record_url)
    try:
        with serving("look for a lost write", [work.run_id]):
            records = connector.find_created(Kind.DEAL, [draft], deal.sent_at)[0]
    except ConnectorError as error:
        work.ending = ending_for_error(work, error)
        return
    _conclude(work, deal, records[:1], connector, journal.settle_s)
    links = {ref.kind: ref.id for ref in records[0].links} if records else {}
    for kind in (Kind.CONTACT, Kind.COMPANY):
        entry = work.entries.get(kind)
        if entry is None or entry.state is not StepState.UNKNOWN or work.ending is not None:
            continue
        entry.state, entry.record_id = StepState.PLANNED, links.get(kind)
        if entry.record_id is not None:
            entry.state, entry.adopted = StepState.DONE, True
            entry.record_url = connector.record_url(Ref(kind, entry.record_id))


def _created(work: Work, entry: Entry, connector: Connector, journal: Journal) -> list[Record]:
    """What the lost creation may have made and no other step owns, oldest first."""
    links = work.links(entry.step)
    if links is None and entry.step.kind in (Kind.TASK, Kind.NOTE):
        return []  # its parent is not there, so neither is it
    assert entry.sent_at is not None
    draft = work.draft(entry, connector.record_url, links or ())
    records = connector.find_created(entry.step.kind, [draft], entry.sent_at)[0]
    taken = journal.taken(entry.step.kind, [record.id for record in records])
    ever = datetime.min.replace(tzinfo=UTC)
    free = [record for record in records if record.id not in taken]
    return sorted(free, key=lambda record: (record.created_at or ever, record.id))


def _conclude(
    work: Work, entry: Entry, records: list[Record], connector: Connector, settle_s: float
) -> None:
    if records:
        entry.state, entry.adopted = StepState.DONE, True
        entry.record_id, entry.error = records[0].id, ""
        entry.record_url = connector.record_url(Ref(entry.step.kind, records[0].id))
        if len(records) > 1:
            ids = ", ".join(record.id for record in records)
            work.notices.append(f"several {entry.step.kind} records came of one step: {ids}")
        return
    at = now()
    assert entry.settle_until is not None
    if at >= entry.settle_until:
        entry.looks += 1
        if entry.looks >= EMPTY_LOOKS:
            entry.state = StepState.PLANNED
            return
        entry.settle_until = settle_until(at, settle_s)
    work.ending = Ending(
        RunState.WAITING,
        f"no answer to “create {entry.step.kind}”, and the CRM does not show it yet; looking again",
        due_at=entry.settle_until,
    )
