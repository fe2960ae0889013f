"""What Prometheus may know, read from the database when it asks: right over any number of processes."""

from __future__ import annotations

import hmac
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from ipaddress import IPv6Address, ip_address

from flask import Blueprint, Flask, Response, request
from flask_babel import lazy_gettext as _
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.settings import Settings
from engine.storage.base import now
from engine.storage.load import (
    calls_by_status,
    due_runs,
    received_ever,
    received_since,
    standings,
)
from engine.storage.load_page import BreakerState, breaker_state, pace_of
from engine.storage.models import Connection, ConnectionState
from engine.storage.notices import standing_count
from web.database import db
from web.errors import Answer, show
from web.health import check_all
from web.instance import instance

LATELY = timedelta(minutes=5)
_FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Real-IP", "Via")

metrics = Blueprint("metrics", __name__)

_TOKEN_WANTED = Answer(
    401,
    "metrics_token",
    _("These numbers are only for who has their token"),
    _("Send it as “Authorization: Bearer …”; it is FORMWIRE_METRICS_TOKEN."),
)
_ONLY_HERE = Answer(
    403,
    "metrics_only_here",
    _("These numbers are only for this host"),
    _("To read them from elsewhere, or through a proxy, set FORMWIRE_METRICS_TOKEN."),
)


def init_app(app: Flask) -> None:
    app.register_blueprint(metrics)


@metrics.get("/metrics")
def scrape() -> Response:
    settings = instance().settings
    if settings.metrics_token:
        if not _has_token(settings.metrics_token):
            response = show(_TOKEN_WANTED)
            response.headers["WWW-Authenticate"] = "Bearer"
            return response
    elif not _comes_from_here(settings):
        return show(_ONLY_HERE)
    registry = CollectorRegistry()
    registry.register(_Numbers())
    response = Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
    response.headers["Cache-Control"] = "no-store"
    return response


def _has_token(token: str) -> bool:
    scheme, _space, given = request.headers.get("Authorization", "").partition(" ")
    return scheme.lower() == "bearer" and hmac.compare_digest(given.encode(), token.encode())


def _comes_from_here(settings: Settings) -> bool:
    """A proxy on this host that nobody told us of would make the whole world a neighbour."""
    if not settings.trusted_proxies and any(name in request.headers for name in _FORWARDED):
        return False
    try:
        address = ip_address(request.remote_addr or "")
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return (mapped or address).is_loopback


class _Numbers(Collector):
    """Everything, as of one moment."""

    def collect(self) -> Iterable[Metric]:
        session, at = db.session(), now()
        connections = session.scalars(select(Connection).order_by(Connection.id)).all()
        keys = {one.id: one.key for one in connections}
        yield from _runs(session, keys, at)
        yield from _calls(session, keys, at)
        yield from _per_connection(connections, at)
        yield from _intake(session, at)
        notices = GaugeMetricFamily("formwire_notices", "Notices that nobody has cleared.")
        notices.add_metric([], standing_count(session))
        yield notices
        yield _checks()


def _runs(session: Session, keys: dict[int, str], at: datetime) -> Iterator[Metric]:
    runs = GaugeMetricFamily(
        "formwire_runs",
        "Runs by state; waiting ones also by what they wait for.",
        labels=["connection", "state", "wait"],
    )
    for standing in standings(session):
        wait = standing.wait if standing.state == "waiting" else None
        runs.add_metric([keys[standing.connection_id], standing.state, wait or ""], standing.runs)
    yield runs
    due = due_runs(session, at)
    count = GaugeMetricFamily(
        "formwire_due_runs", "Runs that could go on at once.", labels=["connection"]
    )
    age = GaugeMetricFamily(
        "formwire_oldest_due_run_seconds",
        "For how long the first of them could; 0 without any.",
        labels=["connection"],
    )
    for id, key in keys.items():
        count.add_metric([key], due[id].runs if id in due else 0)
        age.add_metric([key], (at - due[id].since).total_seconds() if id in due else 0)
    yield count
    yield age


def _calls(session: Session, keys: dict[int, str], at: datetime) -> Iterator[Metric]:
    calls = GaugeMetricFamily(
        "formwire_calls_last_5_minutes",
        "Calls to the CRM by class of status; “none” was not answered.",
        labels=["connection", "status"],
    )
    for id, by_status in calls_by_status(session, at - LATELY).items():
        classes: Counter[str] = Counter()
        for status, count in by_status.items():
            classes[_class(status)] += count
        for name, count in sorted(classes.items()):
            calls.add_metric([keys[id], name], count)
    yield calls


def _class(status: int | None) -> str:
    if status is None:
        return "none"
    return "429" if status == 429 else f"{status // 100}xx"


def _per_connection(connections: Sequence[Connection], at: datetime) -> Iterator[Metric]:
    for name, help, states, state_of in _STATES:
        family = GaugeMetricFamily(name, help, labels=["connection", "state"])
        for one in connections:
            for state in states:
                family.add_metric([one.key, state], state_of(one, at) == state)
        yield family
    for name, help, value_of in _VALUES:
        family = GaugeMetricFamily(name, help, labels=["connection"])
        for one in connections:
            family.add_metric([one.key], value_of(one, at))
        yield family


def _pause_s(connection: Connection, at: datetime) -> float:
    until = connection.not_before
    return max(0.0, (until - at).total_seconds()) if until else 0.0


_STATES: Sequence[tuple[str, str, type[StrEnum], Callable[[Connection, datetime], str]]] = (
    (
        "formwire_connection_state",
        "1 for the state that the connection is in.",
        ConnectionState,
        lambda connection, _at: connection.state,
    ),
    (
        "formwire_breaker_state",
        "1 for the state that the breaker is in.",
        BreakerState,
        breaker_state,
    ),
)
_VALUES: Sequence[tuple[str, str, Callable[[Connection, datetime], float]]] = (
    (
        "formwire_failures_in_a_row",
        "Calls without a proper answer since the last one with.",
        lambda connection, _at: connection.failures,
    ),
    ("formwire_pause_seconds", "For how long the CRM still wants no calls.", _pause_s),
    (
        "formwire_pace",
        "Calls that may go side by side.",
        lambda connection, _at: pace_of(connection),
    ),
)


def _intake(session: Session, at: datetime) -> Iterator[Metric]:
    ever = CounterMetricFamily("formwire_submissions", "Submissions received ever.")
    ever.add_metric([], received_ever(session))
    yield ever
    lately = GaugeMetricFamily(
        "formwire_submissions_last_5_minutes",
        "Submissions received lately, by their present state.",
        labels=["state"],
    )
    for state, count in received_since(session, at - LATELY).items():
        lately.add_metric([state], count)
    yield lately


def _checks() -> Metric:
    """What /healthz looks at, so that one scrape is enough to watch a Formwire."""
    family = GaugeMetricFamily(
        "formwire_check", "1 for each thing of /healthz that works.", labels=["check"]
    )
    for name, check in check_all(instance()).items():
        family.add_metric([name], check.works)
    return family
