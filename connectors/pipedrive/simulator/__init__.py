"""A simulated Pipedrive account: API v1 and v2 with their quirks, and pages to look at.

Where public sources leave a behaviour open, the simulator is the stricter of the possibilities, so
that a connector that gets along with it gets along with either.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path

from flask import current_app, request
from werkzeug import Response
from werkzeug.exceptions import HTTPException

from connectors.pipedrive.simulator.access import access
from connectors.pipedrive.simulator.account import FIRST_IDS, seed
from connectors.pipedrive.simulator.activities import activities, notes
from connectors.pipedrive.simulator.crm import Crm, crm, subject_of, text_of
from connectors.pipedrive.simulator.dialect import API, PipedriveDialect, error
from connectors.pipedrive.simulator.grants import lets_in
from connectors.pipedrive.simulator.limits import SEARCHES, WINDOW_S, Limits
from connectors.pipedrive.simulator.metadata import metadata, metadata_v1
from connectors.pipedrive.simulator.records import records
from connectors.pipedrive.simulator.searches import searches
from connectors.pipedrive.simulator.showcase import PipedriveShowcase
from connectors.simulation import Conditions, Simulator, Store

__all__ = ["DEMO_SETTINGS", "create_simulator"]

DEMO_SETTINGS: Mapping[str, str] = {
    "company": "demo",
    "token": "demo-token",
    "marker_field": "Formwire ID",
    "company_phone_field": "Phone",
    "company_email_field": "E-mail",
}
"""With these, and the address of the simulator as ``base_url``, a connection to it works."""


def create_simulator(
    *,
    token: str = "demo-token",  # noqa: S107  # the demo's, known to everybody
    client_id: str = "demo-integration",
    client_secret: str = "demo-secret",  # noqa: S107
    state_file: Path | None = None,
    rate_limit: int = 10,
    daily_tokens: int = 0,
    contact_sync: bool = True,
    latency_s: float = 0.0,
    search_lag_s: float = 0.0,
    now: Callable[[], float] = time.time,
    sleep: Callable[[float], None] = time.sleep,
) -> Simulator:
    """Build a simulated account in which nobody has left a deal yet.

    ``state_file`` keeps what happens for the next start. ``rate_limit``: API calls per second, of
    which half may be searches; 0 for no limit. ``daily_tokens``: what a day's calls may cost, 0 for
    no limit. ``contact_sync``: persons have messengers, a birthday and a job title.
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
        contact_sync=contact_sync,
        now=now,
    )
    simulator = Simulator(
        store=store,
        showcase=PipedriveShowcase(account),
        dialect=PipedriveDialect(),
        conditions=Conditions(latency_s, rate_limit, now, sleep),
    )
    simulator.extensions["pipedrive"] = account
    simulator.extensions["pipedrive limits"] = Limits(
        searches=SEARCHES if rate_limit else 0, tokens=daily_tokens, now=now
    )
    _serve_api(simulator)
    return simulator


def _serve_api(simulator: Simulator) -> None:
    for part in (searches, records, activities, metadata):
        simulator.register_blueprint(part, url_prefix="/api/v2")
    for part in (notes, metadata_v1):
        simulator.register_blueprint(part, url_prefix="/api/v1")
    simulator.register_blueprint(access)
    simulator.before_request(_guard)
    simulator.register_error_handler(HTTPException, _explain)
    simulator.after_request(_meter)


def _guard() -> Response | None:
    """Let in who has a token, has calls left for searches, and tokens for the day."""
    if not request.path.startswith(API):
        return None
    if not lets_in(crm()):
        return PipedriveDialect().refusal(401)
    limits = _limits()
    if wait_s := limits.wait_s(request.path):
        return PipedriveDialect().too_many(wait_s, 1)
    left = limits.spend(request.method, request.path)
    if left is not None:
        request.environ["pipedrive.tokens"] = str(max(0, left))
    return PipedriveDialect().too_many(WINDOW_S, 1) if left == -1 else None


def _meter(response: Response) -> Response:
    if left := request.environ.get("pipedrive.tokens"):
        response.headers["x-daily-ratelimit-token-remaining"] = left
    return response


def _limits() -> Limits:
    limits: Limits = current_app.extensions["pipedrive limits"]
    return limits


def _explain(failure: HTTPException) -> Response | HTTPException:
    """Say a routing error as the API would; errors that are answers already stay as they are."""
    if not request.path.startswith(API) or failure.response is not None:
        return failure
    return error(failure.code or 500, failure.name)
