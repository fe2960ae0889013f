"""A simulated Bitrix24 portal: its REST API with its quirks, and pages to look at.

Where public sources leave a behaviour open, the simulator is the stricter of the possibilities, so
that a connector that gets along with it gets along with either.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path

from connectors.bitrix24.simulator.access import access
from connectors.bitrix24.simulator.account import FIRST_IDS, seed
from connectors.bitrix24.simulator.crm import Crm, RunTimes, subject_of, text_of
from connectors.bitrix24.simulator.dialect import Bitrix24Dialect
from connectors.bitrix24.simulator.rest import rest
from connectors.bitrix24.simulator.showcase import Bitrix24Showcase
from connectors.simulation import Conditions, Simulator, Store

__all__ = ["DEMO_SETTINGS", "create_simulator"]

DEMO_SETTINGS: Mapping[str, str] = {
    "portal": "demo.bitrix24.com",
    "token": "1/demo-token",
    "tags_field": "Tags",
}
"""What a connection to the simulated portal needs beside its address."""


def create_simulator(
    *,
    token: str = "1/demo-token",  # noqa: S107  # the demo's, known to everybody
    client_id: str = "local.demo",
    client_secret: str = "demo-secret",  # noqa: S107
    state_file: Path | None = None,
    rate_limit: int = 2,
    latency_s: float = 0.0,
    search_lag_s: float = 0.0,
    leads: bool = True,
    operating_limit_s: float = 0.0,
    command_s: float = 0.1,
    now: Callable[[], float] = time.time,
    sleep: Callable[[float], None] = time.sleep,
) -> Simulator:
    """Build a simulated portal in which nobody has left an enquiry yet.

    ``state_file`` keeps what happens for the next start. ``rate_limit``: calls per second, 0 for no
    limit. ``leads``: the CRM works with leads. ``operating_limit_s``: how long each method may run
    in ten minutes, 0 for no limit, and ``command_s`` what each use of it counts.
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
    run_times = RunTimes(operating_limit_s, command_s)
    account = Crm(
        store=store,
        webhook=token,
        client_id=client_id,
        client_secret=client_secret,
        leads=leads,
        run_times=run_times,
        now=now,
    )
    simulator = Simulator(
        store=store,
        showcase=Bitrix24Showcase(account),
        dialect=Bitrix24Dialect(),
        conditions=Conditions(latency_s, rate_limit, now, sleep),
    )
    simulator.extensions["bitrix24"] = account
    simulator.register_blueprint(rest)
    simulator.register_blueprint(access)
    return simulator
