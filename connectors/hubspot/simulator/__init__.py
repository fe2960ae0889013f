"""A simulated HubSpot account: the dated API with its quirks, and pages to look at.

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

from connectors.hubspot.simulator.access import access, lets_in
from connectors.hubspot.simulator.account import FIRST_IDS, PORTAL, VERSION
from connectors.hubspot.simulator.associations import associations
from connectors.hubspot.simulator.crm import Crm, Keys, crm, text_of
from connectors.hubspot.simulator.dialect import API, HubSpotDialect, answer, error, refuse
from connectors.hubspot.simulator.metadata import metadata
from connectors.hubspot.simulator.objects import objects
from connectors.hubspot.simulator.searching import searching
from connectors.hubspot.simulator.showcase import HubSpotShowcase
from connectors.simulation import Conditions, Simulator, Store
from connectors.simulation.gate import RateLimiter

__all__ = ["DEMO_SETTINGS", "create_simulator"]

DEMO_SETTINGS: Mapping[str, str] = {
    "account": str(PORTAL),
    "token": "demo-token",
    "client_id": "demo-app",
    "client_secret": "demo-secret",
    "marker_property": "formwire_id",
    "tags_property": "formwire_tags",
}
"""With these and its address a connection to the simulator works."""

SEARCHES_PER_S = 5


def create_simulator(
    *,
    token: str = DEMO_SETTINGS["token"],
    client_id: str = DEMO_SETTINGS["client_id"],
    client_secret: str = DEMO_SETTINGS["client_secret"],
    state_file: Path | None = None,
    rate_limit: int = 10,
    latency_s: float = 0.0,
    search_lag_s: float = 0.0,
    multi_status: bool = True,
    now: Callable[[], float] = time.time,
    sleep: Callable[[float], None] = time.sleep,
) -> Simulator:
    """Build a simulated account in which nobody has left a lead yet.

    ``state_file`` keeps what happens for the next start. ``rate_limit``: API calls per second, as
    many as 100 in ten seconds are, 0 for no limit of any kind. ``multi_status``: 207 for a batch of
    which a row failed, else 200 or 201.
    """
    store = Store(
        first_ids=FIRST_IDS, text_of=text_of, path=state_file, search_lag_s=search_lag_s, now=now
    )
    account = Crm(
        store=store,
        token=token,
        client_id=client_id,
        client_secret=client_secret,
        multi_status=multi_status,
        searches=RateLimiter(SEARCHES_PER_S if rate_limit else 0, now),
        keys=Keys(store),
        now=now,
    )
    simulator = Simulator(
        store=store,
        showcase=HubSpotShowcase(account),
        dialect=HubSpotDialect(),
        conditions=Conditions(latency_s, rate_limit, now, sleep),
    )
    simulator.extensions["hubspot"] = account
    for part in (searching, objects):
        simulator.register_blueprint(part, url_prefix=f"/crm/objects/{VERSION}")
    simulator.register_blueprint(associations, url_prefix=f"/crm/associations/{VERSION}")
    simulator.register_blueprint(metadata)
    simulator.register_blueprint(access)
    simulator.before_request(_authorise)
    simulator.after_request(_trace)
    simulator.register_error_handler(HTTPException, _explain)
    return simulator


def _authorise() -> None:
    if request.path.startswith(API) and (wrong := lets_in(crm())):
        refuse(401, "Authentication credentials not found.", wrong)


def _trace(response: Response) -> Response:
    if _is_api():
        response.headers["X-HubSpot-Correlation-Id"] = str(uuid4())
        if not request.path.endswith("/search"):
            response.headers["X-HubSpot-RateLimit-Interval-Milliseconds"] = "10000"
    return response


def _explain(wrong: HTTPException) -> Response | HTTPException:
    """Say a routing error as the API would; errors that are answers already stay as they are."""
    if not _is_api() or wrong.response is not None:
        return wrong
    return answer(error("resource not found", "OBJECT_NOT_FOUND"), wrong.code or 500)


def _is_api() -> bool:
    return request.path.startswith(HubSpotDialect.prefix)
