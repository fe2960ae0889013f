"""Steps that were sent and never answered: look first, repeat only what surely is not there."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from connectors.base import Connector, Effect, Kind, Record, Ref
from connectors.errors import ConnectorError, UnavailableError
from engine.deciding.plan import Action
from engine.delivery.endings import ending_for_error
from engine.delivery.journal import Journal
from engine.delivery.pool import Pool
from engine.delivery.retry import settle_until
from engine.delivery.wire import CallLog, serving
from engine.delivery.work import Ending, Entry, Work, creates
from engine.storage.base import now
from engine.storage.models import RunState, StepState, Wait

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
    scene = _Scene(connector, journal)
    pool.map(lambda work: _settle(work, scene), doubtful)
    journal.conclude(
        [entry for work in doubtful for entry in work.entries.values() if entry.sent_at], log.take()
    )


def doubt_restored(works: Sequence[Work], settle_s: float) -> None:
    """Treat what a restored backup does not show as sent as if it had been: one look comes first.

    Creations alone; all else comes out the same when sent twice.
    """
    for work in works:
        if work.restored_at is None:
            continue
        for entry in work.entries.values():
            if creates(entry) and (entry.sent_at is None or entry.sent_at < work.restored_at):
                entry.state, entry.sent_at = StepState.UNKNOWN, work.restored_at
                entry.looks = EMPTY_LOOKS - 1
                entry.settle_until = settle_until(work.restored_at, settle_s)


@dataclass(slots=True)
class _Scene:
    """What is shared by the look-ups of one wave; ``adopted`` keeps two steps from one record."""

    connector: Connector
    journal: Journal
    adopted: set[Ref] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def pick(self, kind: Kind, records: Sequence[Record]) -> list[Record]:
        """Those that no other step owns, oldest first. The oldest is owned from now on."""
        taken = self.journal.taken(kind, [record.id for record in records])
        ever = datetime.min.replace(tzinfo=UTC)
        with self.lock:
            free = [one for one in records if one.id not in taken and one.ref not in self.adopted]
            free.sort(key=lambda record: (record.created_at or ever, record.id))
            self.adopted.update(record.ref for record in free[:1])
        return free


def _settle(work: Work, scene: _Scene) -> None:
    """What was lost once is sent again at once; what is lost again and again, on the schedule.

    A CRM that answers every try with an error of its own would be asked forever otherwise.
    """
    unknown = [entry for entry in work.entries.values() if entry.state is StepState.UNKNOWN]
    _recover_run(work, scene)
    again = [entry for entry in unknown if entry.state is StepState.PLANNED and entry.attempt > 1]
    if again and work.ending is None:
        entry = max(again, key=lambda entry: entry.attempt)
        what = f"“{entry.step.action} {entry.step.kind}” was sent {entry.attempt} times without an answer"
        work.ending = ending_for_error(work, UnavailableError(what))


def _recover_run(work: Work, scene: _Scene) -> None:
    deal = work.entries.get(Kind.DEAL)
    if deal is not None and _tells_its_people(work, deal, scene.connector):
        _recover_bundle(work, deal, scene)
        if work.ending is not None:
            return  # whatever became of the deal became of its people
    for entry in work.entries.values():
        if work.ending is not None and work.ending.error is not None:
            return  # nobody can look now
        if entry.state is not StepState.UNKNOWN:
            continue
        if entry.step.action is not Action.CREATE:
            _repeat_later(work, entry)
            continue
        links = work.links(entry.step)
        if links is None:
            if not _in_doubt(work, entry):
                entry.state = StepState.PLANNED  # what it is about is not there, so neither is it
            continue
        records = _created(work, entry, links, scene)
        if records is not None:
            _conclude(work, entry, records, scene)


def _repeat_later(work: Work, entry: Entry) -> None:
    """Links, absolute values and added tags come out the same when sent twice, and so are not looked for.

    But values may arrive late, and must not undo what the next submission writes: only when that
    cannot happen any more does the run go on, and with it whoever waits for it.
    """
    assert entry.settle_until is not None
    if entry.step.action is Action.LINK or now() >= entry.settle_until:
        entry.state = StepState.PLANNED
        return
    work.ending = work.ending or Ending(
        RunState.WAITING,
        f"no answer to “{entry.step.action} {entry.step.kind}”; it is sent again when it cannot come late",
        due_at=entry.settle_until,
        wait=Wait.RECONCILE,
    )


def _in_doubt(work: Work, entry: Entry) -> bool:
    """Whether something that ``entry`` is linked with may be there or not."""
    linked = (work.entries.get(key) for key in entry.step.links)
    return any(one is not None and one.state is StepState.UNKNOWN for one in linked)


def _tells_its_people(work: Work, deal: Entry, connector: Connector) -> bool:
    """Whether the deal and its people were sent in one call, and the deal is known for sure."""
    if deal.state is not StepState.UNKNOWN or deal.step.action is not Action.CREATE:
        return False
    if work.plan is not None and work.plan.merge:
        return True
    people = [work.entries.get(key) for key in deal.step.links]
    together = any(entry is not None and entry.state is StepState.UNKNOWN for entry in people)
    alone = work.draft(deal, connector.record_url)
    return together and connector.effect(Kind.DEAL, alone) is not Effect.UNMARKED


def _recover_bundle(work: Work, deal: Entry, scene: _Scene) -> None:
    """Find the deal that a lost bundle became; its people are whoever it is linked with.

    They may be old records that the CRM merged an enquiry into, or bear no phone and no e-mail, so
    that nothing else would find them. When the deal is nowhere, all goes out once more.
    """
    records = _created(work, deal, (), scene)
    if records is None:
        return
    _conclude(work, deal, records, scene)
    links = {ref.kind: ref.id for ref in records[0].links} if records else {}
    for kind in (Kind.CONTACT, Kind.COMPANY):
        entry = work.entries.get(kind)
        if entry is None or entry.state is not StepState.UNKNOWN or work.ending is not None:
            continue
        entry.state = StepState.PLANNED
        if kind in links:
            _adopt(entry, links[kind], scene.connector)


def _created(
    work: Work, entry: Entry, links: tuple[Ref, ...], scene: _Scene
) -> list[Record] | None:
    """What the lost creation may have made and no other step owns, oldest first.

    None when nobody could look; then the run waits.
    """
    assert entry.sent_at is not None
    kind, since = entry.step.kind, entry.sent_at
    draft = work.draft(entry, scene.connector.record_url, links)
    if work.restored_at is not None:  # nobody knows when it was sent, or as what
        since = work.received_at
        entry.effect = scene.connector.effect(kind, draft)
    try:
        with serving("look for a lost write", [work.run_id]):
            records = scene.connector.find_created(kind, [draft], since)[0]
    except ConnectorError as error:
        work.ending = ending_for_error(work, error)
        return None
    if kind is Kind.DEAL and work.plan is not None and work.plan.merge:
        return records[:1]  # several submissions may have been merged into it
    return scene.pick(kind, records)


def _conclude(work: Work, entry: Entry, records: list[Record], scene: _Scene) -> None:
    at = now()
    if records:
        if entry.looks and entry.sent_at is not None and work.restored_at is None:
            work.lag_s = max(work.lag_s, (at - entry.sent_at).total_seconds())
        _adopt(entry, records[0].id, scene.connector)
        if len(records) > 1:
            ids = ", ".join(record.id for record in records)
            work.notices.append(f"several {entry.step.kind} records came of one step: {ids}")
        return
    assert entry.settle_until is not None
    if at >= entry.settle_until:
        entry.looks += 1
        if entry.looks >= EMPTY_LOOKS:
            _give_up_looking(work, entry, scene.connector)
            return
        entry.settle_until = settle_until(at, scene.journal.settle_s)
    work.ending = work.ending or Ending(
        RunState.WAITING,
        f"no answer to “create {entry.step.kind}”, and the CRM does not show it yet; looking again",
        due_at=entry.settle_until,
        wait=Wait.RECONCILE,
    )


def _adopt(entry: Entry, record_id: str, connector: Connector) -> None:
    entry.state, entry.adopted, entry.error = StepState.DONE, True, ""
    entry.record_id = record_id
    entry.record_url = connector.record_url(Ref(entry.step.kind, record_id))


def _give_up_looking(work: Work, entry: Entry, connector: Connector) -> None:
    """Send again what surely is not there; of what nothing tells for sure, ask a person.

    The question comes once all else is done, which does not depend on its answer.
    """
    if entry.effect is not Effect.UNMARKED:
        entry.state = StepState.PLANNED
        return
    crm = connector.spec.label
    work.question = work.question or Ending(
        RunState.HELD,
        f"Formwire asked {crm} to create this {entry.step.kind} and never got an answer. Is it there?",
        remedy=f"Look in {crm}. Then say that it is there, or have it created, or leave it.",
    )
