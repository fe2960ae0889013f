"""Connections as people watch their load: what waits for them, and how much of their limits is used."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy.orm import Session

from connectors.base import ConnectorSpec, Rate
from connectors.errors import SettingsError
from engine.storage.connections import all_connections, settings_of, spec_for
from engine.storage.load import Due, calls_by_status, due_runs, standings, unanswered
from engine.storage.models import Connection, ConnectionState, Wait
from engine.storage.secrets import SecretsUnreadable, Vault

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


class BreakerState(StrEnum):
    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"  # the next call is the probe


@dataclass(frozen=True, slots=True)
class Load:
    """One connection's load. ``standing`` as of `standing_of`.

    ``waits``: cause to unfinished runs; a cause is a Wait, or the state of a run that waits for
    nothing. ``calls``, ``unanswered`` and ``limited`` count the last hour. ``share`` is how much of
    the tightest limit was used lately, 1.0 for all of it; None without limits.
    """

    connection: Connection
    spec: ConnectorSpec
    standing: str
    breaker: BreakerState
    waits: Mapping[str, int]
    due: Due | None
    calls: int
    unanswered: int
    limited: int
    limits: tuple[Rate, ...]
    share: float | None

    @property
    def pace(self) -> int:
        """How many calls may go side by side now."""
        return 1 if self.breaker != BreakerState.CLOSED else pace_of(self.connection)


def load_of_connections(session: Session, vault: Vault, at: datetime) -> list[Load]:
    """Every connection with its load, by name."""
    connections = all_connections(session)
    due = due_runs(session, at)
    waits: dict[int, Counter[str]] = {}
    for standing in standings(session, unfinished=True):
        cause = standing.wait if standing.state == "waiting" else standing.state
        waits.setdefault(standing.connection_id, Counter())[cause or "waiting"] += standing.runs
    calls = calls_by_status(session, at - HOUR)
    limits = {one.id: _limits(one, vault) for one in connections}
    lately = _calls_in(session, at, {_span(rate) for rates in limits.values() for rate in rates})
    return [
        Load(
            connection=one,
            spec=spec_for(one),
            standing=standing_of(one, at),
            breaker=breaker_state(one, at),
            waits=waits.get(one.id, Counter()),
            due=due.get(one.id),
            calls=sum(calls.get(one.id, Counter()).values()),
            unanswered=unanswered(calls.get(one.id, Counter())),
            limited=calls.get(one.id, Counter())[429],
            limits=limits[one.id],
            share=max((_share(one.id, rate, lately) for rate in limits[one.id]), default=None),
        )
        for one in connections
    ]


def breaker_state(connection: Connection, at: datetime) -> BreakerState:
    if connection.breaker_until is None:
        return BreakerState.CLOSED
    return BreakerState.OPEN if connection.breaker_until > at else BreakerState.HALF_OPEN


def standing_of(connection: Connection, at: datetime) -> str:
    """What holds its calls back, or that nothing does: a ConnectionState, a BreakerState or a Wait."""
    if connection.state != ConnectionState.OK:
        return connection.state
    breaker = breaker_state(connection, at)
    if breaker != BreakerState.CLOSED:
        return breaker
    paused = connection.not_before is not None and connection.not_before > at
    return Wait.LIMIT if paused else ConnectionState.OK


def pace_of(connection: Connection) -> int:
    return max(1, min(connection.pace, spec_for(connection).parallel))


def _limits(connection: Connection, vault: Vault) -> tuple[Rate, ...]:
    """The account's limits; the CRM's usual ones while its settings cannot be used."""
    spec = spec_for(connection)
    try:
        return spec.rates_for(settings_of(connection, vault))
    except (SecretsUnreadable, SettingsError):
        return spec.rates


def _span(rate: Rate) -> timedelta:
    """What "lately" means for a limit: a single second would tell nothing to people."""
    return max(timedelta(seconds=rate.seconds), MINUTE)


def _calls_in(
    session: Session, at: datetime, spans: Set[timedelta]
) -> dict[timedelta, dict[int, int]]:
    return {
        span: {id: sum(calls.values()) for id, calls in calls_by_status(session, at - span).items()}
        for span in spans
    }


def _share(connection_id: int, rate: Rate, lately: Mapping[timedelta, Mapping[int, int]]) -> float:
    span = _span(rate)
    allowed = rate.calls * span.total_seconds() / rate.seconds
    return lately[span].get(connection_id, 0) / allowed
