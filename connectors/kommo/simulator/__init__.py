"""A simulated Kommo account: API v4 with its quirks, and pages to look at.

Where public sources leave a behaviour open, the simulator is the stricter of the possibilities, so
that a connector that gets along with it gets along with either.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from uuid import uuid4

from flask import request
from werkzeug import Response
from werkzeug.exceptions import HTTPException

from connectors.kommo.simulator.access import access
from connectors.kommo.simulator.account import FIRST_IDS, seed
from connectors.kommo.simulator.activities import activities
from connectors.kommo.simulator.composite import composite
from connectors.kommo.simulator.crm import Crm, crm, subject_of, text_of
from connectors.kommo.simulator.dialect import API as API_PATHS
from connectors.kommo.simulator.dialect import REFUSALS, KommoDialect, problem, refuse
from connectors.kommo.simulator.duplicates import (
    DuplicateRule,
    duplicates,
    switch_off,
    switch_on,
)
from connectors.kommo.simulator.grants import lets_in
from connectors.kommo.simulator.links import links
from connectors.kommo.simulator.metadata import metadata
from connectors.kommo.simulator.records import records
from connectors.kommo.simulator.showcase import KommoShowcase
from connectors.simulation import Conditions, Simulator, Store

__all__ = ["DEMO_SETTINGS", "DuplicateRule", "create_simulator", "switch_off", "switch_on"]

API = "/api/v4"
DEMO_SETTINGS: Mapping[str, str] = {
    "subdomain": "demo",
    "token": "demo-token",
    "client_id": "demo-integration",
    "client_secret": "demo-secret",
    "marker_field": "Formwire ID",
}
"""A connection's settings for this account, without its ``base_url``."""


def create_simulator(
    *,
    token: str = DEMO_SETTINGS["token"],
    client_id: str = DEMO_SETTINGS["client_id"],
    client_secret: str = DEMO_SETTINGS["client_secret"],
    state_file: Path | None = None,
    rate_limit: int = 7,
    latency_s: float = 0.0,
    search_lag_s: float = 0.0,
    minor_units: bool = False,
    now: Callable[[], float] = time.time,
    sleep: Callable[[float], None] = time.sleep,
) -> Simulator:
    """Build a simulated account in which nobody has left a lead yet.

    ``state_file`` keeps what happens for the next start. ``rate_limit``: API calls per second,
    0 for no limit. ``minor_units``: deal budgets may have decimals.
    """
    store = Store(
        seed=seed(),
        first_ids=FIRST_IDS,
        text_of=text_of,
        subject_of=subject_of,
        path=state_file,
        search_lag_s=search_lag_s,
        now=now,
    )
    account = Crm(
        store=store,
        token=token,
        client_id=client_id,
        client_secret=client_secret,
        minor_units=minor_units,
        now=now,
    )
    simulator = Simulator(
        store=store,
        showcase=KommoShowcase(account),
        dialect=KommoDialect(),
        conditions=Conditions(latency_s, rate_limit, now, sleep),
    )
    simulator.extensions["kommo"] = account
    for part in (records, composite, links, activities, metadata):
        simulator.register_blueprint(part, url_prefix=API)
    simulator.register_blueprint(duplicates)
    simulator.register_blueprint(access)
    simulator.before_request(_authorise)
    simulator.after_request(_trace)
    simulator.register_error_handler(HTTPException, _explain)
    return simulator


def _authorise() -> None:
    if request.path.startswith(API_PATHS) and not lets_in(crm()):
        refuse(401, REFUSALS[401])


def _trace(response: Response) -> Response:
    if _is_api():
        response.headers["X-Request-Id"] = uuid4().hex
    return response


def _explain(error: HTTPException) -> Response | HTTPException:
    """Say a routing error as the API would; errors that are answers already stay as they are."""
    if not _is_api() or error.response is not None:
        return error
    return problem(error.code or 500, f"Cannot {request.method} {request.path}")


def _is_api() -> bool:
    return request.path.startswith(KommoDialect.prefix)
