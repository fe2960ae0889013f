"""Commands for bulk orders; they are given by ``formwire runs VERB --bulk``."""

from __future__ import annotations

import click

from engine.delivery.bulk import steer
from engine.delivery.levers import NotNow
from engine.instance import Instance
from engine.storage.bulk import Progress, order_by_public_id, orders_page, progress_of
from engine.storage.model_bulk import BulkOrder
from web.cli.start import TROUBLE, opened, operator, refuse

MOVES = {
    "pause": "Let an order rest. What it has decided goes on.",
    "resume": "Let a paused order go on.",
    "stop": "End an order early, for good. What it has decided stays decided.",
}


@click.group()
def bulk() -> None:
    """Bulk orders: one decision about many runs, carried out bit by bit."""


@bulk.command(name="list")
def list_() -> None:
    """List the latest orders and how far they are."""
    instance = opened()
    with instance.database.read() as session:
        orders = orders_page(session, 1).rows
        progress = progress_of(session, [order.id for order in orders])
    for order in orders:
        click.echo(_line(order, progress[order.id]))


@bulk.command()
@click.argument("id")
def show(id: str) -> None:
    """Show how far the order ID is, and what became of its runs."""
    instance = opened()
    order = _order(instance, id)
    with instance.database.read() as session:
        progress = progress_of(session, [order.id])[order.id]
    click.echo(_line(order, progress))
    for state, count in sorted(progress.queued.items()):
        click.echo(f"  {count} {state}")
    if progress.left_alone:
        click.echo(f"  {progress.left_alone} left alone")


def _command(move: str) -> click.Command:
    @click.argument("id")
    def command(id: str) -> None:
        instance = opened()
        order = _order(instance, id)
        try:
            with instance.database.write() as session:
                state = steer(session, order.id, move, operator()).state
        except NotNow as error:
            refuse(f"nothing was changed: {error}", status=TROUBLE)
        click.echo(f"{id} is {state}")

    return click.command(move, help=MOVES[move])(command)


for _move in MOVES:
    bulk.add_command(_command(_move))


def _order(instance: Instance, id: str) -> BulkOrder:
    with instance.database.read() as session:
        order = order_by_public_id(session, id)
    if order is None:
        refuse(f"there is no order {id}; see: formwire bulk list", status=TROUBLE)
    return order


def _line(order: BulkOrder, progress: Progress) -> str:
    return (
        f"{order.public_id}  {order.created_at:%Y-%m-%d %H:%M}  {order.state:8}  {order.verb:8}  "
        f"{progress.decided} of {progress.items}  {order.author}"
    )
