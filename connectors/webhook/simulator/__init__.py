"""A simulated receiver: a company's own system that takes signed events, and pages to look at.

POST /hooks/formwire     an event; one with a ``webhook-id`` that was there before changes nothing

It is strict: it verifies signature and time, refuses what it does not understand, and knows the
records that it made by its own numbers and by the ids under which they were told.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from flask import Blueprint, current_app, request
from werkzeug import Response

from connectors.simulation import Conditions, Simulator, Store
from connectors.webhook.simulator.office import FIRST_IDS, Office, Refused, text_of
from connectors.webhook.simulator.showcase import ReceiverShowcase
from connectors.webhook.simulator.signatures import mistake_of

__all__ = ["DEMO_SETTINGS", "create_simulator"]

PATH = "/hooks/formwire"
DEMO_SETTINGS: Mapping[str, str] = {
    "url": f"https://crm.acme.test{PATH}",
    "secret": "whsec_ZGVtby1zZWNyZXQtb2YtdGhlLXNpbXVsYXRlZC1vZmZpY2U=",
    "fields": (
        "deal.Topic\ndeal.UTM_SOURCE\ndeal.UTM_MEDIUM\ndeal.UTM_CAMPAIGN\ncontact.Position\n"
        "contact.Birthday: date\ncompany.Web: url\ndeal.Seats: number\ndeal.Newsletter: yes_no"
    ),
    "pipelines": (
        "Sales: New request, Contacted, Negotiation, (Won), (Lost)\n"
        "Service: New request, In progress, (Done)"
    ),
    "users": "Grace <grace@acme.test>\nAnna <anna@acme.test>\nBoris <boris@acme.test>",
    "header_name": "X-Api-Key",
    "header_value": "demo-token",
}
"""A connection's settings for this receiver, without its ``base_url``."""

PIPELINES: Mapping[str, tuple[str, ...]] = {
    "Sales": ("New request", "Contacted", "Negotiation", "Won", "Lost"),
    "Service": ("New request", "In progress", "Done"),
}

hooks = Blueprint("hooks", __name__)


class ReceiverDialect:
    """How the office says what every receiver says."""

    prefix: str | tuple[str, ...] = "/hooks/"

    def refusal(self, status: int) -> Response:
        return _answer({"error": "refused"}, status)

    def too_many(self, wait_s: float, in_a_row: int) -> Response:
        response = _answer({"error": "too many events"}, 429)
        response.headers["Retry-After"] = str(max(1, round(wait_s + 0.5)))
        return response

    def blocked(self) -> Response:
        return _answer({"error": "blocked"}, 403)

    def failure(self) -> Response:
        return _answer({"error": "internal"}, 500)


def create_simulator(
    *,
    secret: str = DEMO_SETTINGS["secret"],
    api_key: str = DEMO_SETTINGS["header_value"],
    state_file: Path | None = None,
    rate_limit: int = 20,
    latency_s: float = 0.0,
    search_lag_s: float = 0.0,
    now: Callable[[], float] = time.time,
    sleep: Callable[[float], None] = time.sleep,
) -> Simulator:
    """Build an office that nobody has told anything yet.

    ``state_file`` keeps what happens for the next start. ``rate_limit``: events per second, 0 for no
    limit. ``search_lag_s`` changes nothing: it knows at once what it was told.
    """
    del search_lag_s
    store = Store(first_ids=FIRST_IDS, text_of=text_of, path=state_file, now=now)
    office = Office(store, PIPELINES, now)
    simulator = Simulator(
        store=store,
        showcase=ReceiverShowcase(office),
        dialect=ReceiverDialect(),
        conditions=Conditions(latency_s, rate_limit, now, sleep),
    )
    simulator.extensions["office"] = office
    simulator.extensions["office_keys"] = (secret, api_key)
    simulator.register_blueprint(hooks)
    return simulator


@hooks.post(PATH)
def receive() -> Response:
    office: Office = current_app.extensions["office"]
    secret, api_key = current_app.extensions["office_keys"]
    body = request.get_data()
    if request.headers.get("X-Api-Key") != api_key:
        return _answer({"error": "X-Api-Key: missing or wrong"}, 401)
    if mistake := mistake_of(request.headers.get, body, secret, office.now()):
        return _answer({"error": mistake}, 401)
    try:
        return _answer(office.take(request.headers["webhook-id"], json.loads(body)), 200)
    except ValueError:
        return _answer({"error": "the body is not JSON"}, 400)
    except Refused as refused:
        return _answer({"error": str(refused)}, refused.status)


def _answer(body: object, status: int) -> Response:
    return Response(json.dumps(body, ensure_ascii=False), status, mimetype="application/json")
