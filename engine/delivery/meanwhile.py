"""A run that goes on late creates nobody whom others have created since it was planned.

Runs of one person wait for one another, but not those of two people of one firm; and a run that
failed holds nobody up, until a person tries it again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from connectors.base import Kind, Query, Ref
from connectors.errors import ConnectorError
from engine.delivery.deciding import Desk
from engine.delivery.endings import ending_for_error
from engine.delivery.journal import Journal
from engine.delivery.wire import serving
from engine.delivery.work import Ending, Entry, Work, creates
from engine.storage.known import known_records
from engine.storage.models import RunState, StepState

_PEOPLE = (Kind.CONTACT, Kind.COMPANY)


def adopt_known(works: Sequence[Work], desk: Desk, journal: Journal) -> None:
    """Give creations of people who are known by now the records that there are.

    Of two runs that would create the same person, the later one waits for the next wave.
    """
    ahead = [(work, entry) for work in works for entry in _creations(work)]
    if not ahead:
        return
    keys = {claim for _, entry in ahead for claim in entry.step.claims}
    with desk.database.read() as session:
        known = known_records(session, desk.connection_id, keys)
    adopted = [entry for work, entry in ahead if _adopt(work, entry, known, desk)]
    if adopted:
        journal.conclude(adopted, ())
    _one_creator_each(works)


def _creations(work: Work) -> Iterator[Entry]:
    if work.ending is None and work.plan is not None and not work.plan.merge:
        for entry in work.entries.values():
            if creates(entry) and entry.step.kind in _PEOPLE:
                yield entry


def _adopt(work: Work, entry: Entry, known: dict[str, str], desk: Desk) -> bool:
    claims = [claim for claim in entry.step.claims if claim in known]
    if work.ending is not None or len({known[claim] for claim in claims}) != 1:
        return False
    ref = Ref(entry.step.kind, known[claims[0]])
    try:
        with serving("look", [work.run_id]):
            (found,) = desk.connector.find(ref.kind, [Query("id", ref.id)])
    except ConnectorError as error:
        work.ending = ending_for_error(work, error)
        return False
    if not found:
        work.forgotten.update(claims)
        return False
    entry.state, entry.adopted, entry.error = StepState.DONE, True, ""
    entry.record_id, entry.record_url = ref.id, desk.connector.record_url(ref)
    return True


def _one_creator_each(works: Sequence[Work]) -> None:
    claimed: set[str] = set()
    for work in works:
        claims = {claim for entry in _creations(work) for claim in entry.step.claims}
        if claims & claimed:
            work.ending = Ending(RunState.QUEUED)
        claimed |= claims
