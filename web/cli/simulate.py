"""The command that runs a simulated CRM."""

from __future__ import annotations

from pathlib import Path

import click

from connectors.registry import CONNECTORS
from web.logs import configure_logging


@click.command()
@click.argument("crm", type=click.Choice(sorted(CONNECTORS)))
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
    help="Calls per second instead of what the CRM itself lets in; 0: no limit.",
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
def simulate(
    crm: str,
    host: str,
    port: int,
    state: Path | None,
    rate_limit: int | None,
    latency_ms: float,
    search_lag_s: float,
) -> None:
    """Run a simulated CRM, for the demo, for tests, for staging.

    The settings of a connection to it are told at the start.
    """
    from connectors.simulation import serve
    from connectors.simulators import simulation_of

    configure_logging("info")
    simulation = simulation_of(crm)
    for key, value in {**simulation.DEMO_SETTINGS, "base_url": f"http://{host}:{port}"}.items():
        click.echo(f"{key}: {value}")
    simulator = simulation.create_simulator(
        state_file=state,
        latency_s=latency_ms / 1000,
        search_lag_s=search_lag_s,
        **({} if rate_limit is None else {"rate_limit": rate_limit}),
    )
    serve(simulator, host, port)
