"""Batches, in which the one bad row is found and set apart."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from typing import TypeAlias

from connectors.base import Json, Kind, Outcome
from connectors.catalog import Catalog
from connectors.errors import (
    ConnectorError,
    OutcomeUnknownError,
    RejectedError,
    UnavailableError,
)
from connectors.hubspot.api import BATCH, Batch
from connectors.hubspot.mapping import refusal
from connectors.hubspot.problems import Problem, RefusedError

Rows: TypeAlias = dict[int, dict[str, Json]]
"""Position of an input in the operation to what is sent for it."""

TRACE = "objectWriteTraceId"
"""HubSpot repeats it in its answer; and only if every row has one of its own may one row fail alone."""


def traced(rows: Rows) -> list[Json]:
    return [{**row, TRACE: str(at)} for at, row in rows.items()]


def unanswered() -> OutcomeUnknownError:
    return OutcomeUnknownError("the answer says nothing about this record")


def failed_write(kind: Kind, error: ConnectorError, catalog: Catalog) -> Outcome:
    """The outcome of a row that ``error`` befell; a refusal names our field."""
    if isinstance(error, RefusedError):
        return Outcome.failed(refusal(kind, error.problem, catalog))
    return Outcome.failed(error)


def answered(rows: Rows, batch: Batch) -> dict[int, str | Problem | None]:
    """What a batch says of each row: the record's id, a complaint, or nothing.

    Answers come in any order and are told apart by trace, else by the record's id.
    """
    by_trace = {str(row[TRACE]): row["id"] for row in batch.rows if row.get(TRACE)}
    known = {row["id"] for row in batch.rows}
    told: dict[int, str | Problem | None] = {}
    for at, row in rows.items():
        id = by_trace.get(str(at)) or (row["id"] if row.get("id") in known else None)
        told[at] = id or _complaint(at, row, batch)
    open_ = [at for at, said in told.items() if said is None]
    if len(open_) == 1 and (nobodys := [one for one in batch.problems if _names_nobody(one)]):
        told[open_[0]] = nobodys[0]
    return told


def _complaint(at: int, row: Mapping[str, Json], batch: Batch) -> Problem | None:
    for problem in batch.problems:
        if str(at) in problem.traces or (not problem.traces and row.get("id") in problem.ids):
            return problem
    return None


def _names_nobody(problem: Problem) -> bool:
    return not problem.traces and not problem.ids


def in_bulk(
    rows: Rows,
    send: Callable[[Rows], Mapping[int, Outcome]],
    failed: Callable[[int, ConnectorError], Outcome],
) -> dict[int, Outcome]:
    """Send rows in batches; of a refused batch both halves are sent again, down to the one at fault.

    HubSpot applies nothing of a batch that it refuses, so this repeats no write. After any other
    failure nothing more is sent.
    """
    results: dict[int, Outcome] = {}
    waiting = deque(_parts(rows, BATCH))
    stopped: ConnectorError | None = None
    while waiting:
        some = waiting.popleft()
        if stopped:
            results |= {at: failed(at, stopped) for at in some}
            continue
        try:
            results |= send(some)
        except RejectedError as error:
            if len(some) == 1:
                results |= {at: failed(at, error) for at in some}
            else:
                waiting.extendleft(reversed(_parts(some, (len(some) + 1) // 2)))
        except ConnectorError as error:
            results |= {at: failed(at, error) for at in some}
            stopped = _for_the_rest(error)
    return results


def _parts(rows: Rows, size: int) -> list[Rows]:
    items = list(rows.items())
    return [dict(items[at : at + size]) for at in range(0, len(items), size)]


def _for_the_rest(error: ConnectorError) -> ConnectorError:
    if isinstance(error, OutcomeUnknownError):
        return UnavailableError("not sent, because an earlier call of the same operation failed")
    return error
