"""A simulated Odoo database: JSON-2 and JSON-RPC with their quirks, and pages to look at.

Where public sources leave a behaviour open, the simulator is the stricter of the possibilities, so
that a connector that gets along with it gets along with either.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path

from connectors.odoo.simulator.account import DATABASE, FIRST_IDS, seed
from connectors.odoo.simulator.database import Database
from connectors.odoo.simulator.dialect import OdooDialect
from connectors.odoo.simulator.rpc import rpc
from connectors.odoo.simulator.showcase import OdooShowcase
from connectors.simulation import Conditions, Simulator, Store

__all__ = ["DEMO_SETTINGS", "RPC_SETTINGS", "Database", "create_simulator"]

DEMO_SETTINGS: Mapping[str, str] = {
    "address": "demo.odoo.com",
    "api_key": "demo-token",
    "calls_per_s": "50",
}
"""With these and its address as ``base_url`` a connection to the simulator works."""

RPC_SETTINGS: Mapping[str, str] = {
    **DEMO_SETTINGS,
    "login": "grace@acme.test",
    "database": DATABASE,
}
"""The same over JSON-RPC."""


def create_simulator(
    *,
    token: str = "demo-token",  # noqa: S107  # the demo's, known to everybody
    version: int = 19,
    admin: bool = False,
    key_expires: str | None = None,
    state_file: Path | None = None,
    rate_limit: int = 0,
    latency_s: float = 0.0,
    search_lag_s: float = 0.0,
    now: Callable[[], float] = time.time,
    sleep: Callable[[float], None] = time.sleep,
) -> Simulator:
    """Build a simulated database in which nobody has left a lead yet.

    ``version``: 14 to 18 speak JSON-RPC only. ``admin``: the API key is an administrator's.
    ``key_expires``: when the key ends, such as ``2027-02-20 00:00:00`` in UTC. ``state_file`` keeps
    what happens for the next start. ``rate_limit``: calls per second; Odoo's server has none.
    ``search_lag_s``: how long searches do not see a new record, as behind a replica; Odoo's own
    database shows it at once.
    """
    store = Store(
        seed=seed(version, key_expires),
        first_ids=FIRST_IDS,
        path=state_file,
        search_lag_s=search_lag_s,
        now=now,
    )
    there = Database(store, version, token, admin, now)
    simulator = Simulator(
        store=store,
        showcase=OdooShowcase(there),
        dialect=OdooDialect(rpc=version < 19),
        conditions=Conditions(latency_s, rate_limit, now, sleep),
    )
    simulator.extensions["odoo"] = there
    simulator.register_blueprint(rpc)
    return simulator
