"""Every fault of the matrix, and what Formwire does about it. Each case bears the fault's name."""

from __future__ import annotations

from collections.abc import Callable
from inspect import signature

import pytest

from tests.faults import at_the_door, in_storage, in_the_crm, in_workers

Case = Callable[..., None]

MATRIX: dict[str, Case] = {
    "web killed before commit, after commit, after answer": at_the_door.web_is_killed,
    "Redis down, flushed, empty after restart": at_the_door.redis_is_away,
    "Redis delivers a job twice or long after": in_workers.rung_twice_or_late,
    "worker hangs": in_workers.hangs,
    "worker killed before send, after send, after apply": in_workers.killed,
    "stopped 30-120 s, then resumed": in_workers.stopped_and_resumed,
    "SIGTERM during a call": in_workers.told_to_stop,
    "CRM timeout, not applied": in_the_crm.lost_and_not_applied,
    "CRM timeout, applied at once or late": in_the_crm.applied_but_unanswered,
    "CRM reset, garbage, HTML, slow drip": in_the_crm.broken_answers,
    "CRM 429 in seconds, as a date, without header": in_the_crm.too_many_calls,
    "CRM 5xx, outage of days": in_the_crm.out_of_order_for_days,
    "token revoked": in_the_crm.refuses_our_access,
    "field, stage, pipeline, user removed": in_the_crm.something_was_removed,
    "contact deleted": in_the_crm.contact_is_gone,
    "search index lags or search fails": in_the_crm.nobody_can_look,
    "two submissions of one person together": in_workers.one_person_twice,
    "newer finished first": in_the_crm.newer_was_first,
    "mapping edited during a run": in_the_crm.edited_meanwhile,
    "macro or rule error": in_the_crm.cannot_be_evaluated,
    "database locked, disk full": in_storage.locked_or_full,
    "database lost between send and checkpoint": in_storage.lost_before_the_checkpoint,
    "PostgreSQL restart": in_storage.restarted,
    "clock jump of an hour": in_workers.clock_jumps,
    "backup restored": in_storage.restored_from_a_backup,
    "power cut": in_storage.power_is_cut,
    "flood of one form, spam flood": at_the_door.flooded,
}


@pytest.mark.parametrize("fault", MATRIX)
def test_the_matrix(fault: str, request: pytest.FixtureRequest) -> None:
    case = MATRIX[fault]
    case(**{name: request.getfixturevalue(name) for name in signature(case).parameters})
