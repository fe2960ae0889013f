"""Commands that run a simulated CRM."""

from __future__ import annotations

from pathlib import Path

import click

from web.logs import configure_logging


@click.group()
def simulate() -> None:
    """Run a simulated CRM, for the demo, for tests, for staging."""


@simulate.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(1, 65535), default=9100, show_default=True)
@click.option(
    "--state",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file that keeps its records; without it they are forgotten at the end.",
)
@click.option(
    "--rate-limit",
    type=click.IntRange(0),
    default=7,
    show_default=True,
    help="Calls per second; 0: no limit.",
)
@click.option(
    "--latency-ms",
    type=click.FloatRange(0),
    default=0,
    show_default=True,
    help="Wait before each answer.",
)
@click.option(
    "--search-lag-s",
    type=click.FloatRange(0),
    default=0,
    show_default=True,
    help="How long a write stays hidden from search.",
)
def kommo(
    host: str,
    port: int,
    state: Path | None,
    rate_limit: int,
    latency_ms: float,
    search_lag_s: float,
) -> None:
    """Simulate Kommo; it accepts the long-lived token demo-token.

    People may let in the integration demo-integration, whose secret key is demo-secret.
    """
    from connectors.kommo.simulator import create_simulator
    from connectors.simulation import serve

    configure_logging("info")
    simulator = create_simulator(
        state_file=state,
        rate_limit=rate_limit,
        latency_s=latency_ms / 1000,
        search_lag_s=search_lag_s,
    )
    serve(simulator, host, port)
