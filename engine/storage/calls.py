"""The log of exchanges with CRMs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert
from sqlalchemy.orm import Session

from engine.storage.model_calls import Call, CallRun


@dataclass(frozen=True, slots=True)
class Exchange:
    """One HTTP exchange, secrets masked. ``purpose`` says what it was for: look, create deal …"""

    purpose: str
    runs: tuple[int, ...]
    method: str
    url: str
    status: int | None
    error: str
    started_at: datetime
    ms: int
    request: str
    response: str


def store_calls(
    session: Session, connection_id: int, fence: int, exchanges: Iterable[Exchange]
) -> None:
    """A wave has hundreds of them, and while they are stored nobody else may write: so all at once."""
    stored = list(exchanges)
    if not stored:
        return
    rows = [
        {
            "connection_id": connection_id,
            "fence": fence,
            "purpose": exchange.purpose,
            "method": exchange.method,
            "url": exchange.url,
            "status": exchange.status,
            "error": exchange.error,
            "started_at": exchange.started_at,
            "ms": exchange.ms,
            "request": exchange.request,
            "response": exchange.response,
        }
        for exchange in stored
    ]
    ids = session.scalars(_ADD_CALLS, rows).all()
    served = [
        {"call_id": id, "run_id": run}
        for id, exchange in zip(ids, stored, strict=True)
        for run in exchange.runs
    ]
    if served:
        session.execute(_ADD_CALL_RUNS, served)


_ADD_CALLS = insert(Call).returning(Call.id, sort_by_parameter_order=True)
_ADD_CALL_RUNS = insert(CallRun)
