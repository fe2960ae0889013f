"""The log of exchanges with CRMs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

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
    for exchange in exchanges:
        call = Call(
            connection_id=connection_id,
            fence=fence,
            purpose=exchange.purpose,
            method=exchange.method,
            url=exchange.url,
            status=exchange.status,
            error=exchange.error,
            started_at=exchange.started_at,
            ms=exchange.ms,
            request=exchange.request,
            response=exchange.response,
        )
        session.add(call)
        session.flush()
        session.add_all(CallRun(call_id=call.id, run_id=run) for run in exchange.runs)
