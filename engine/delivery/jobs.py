"""What RQ calls. The queue carries a connection's id and nothing else."""

from __future__ import annotations

from functools import cache

from engine.delivery.bell import bell
from engine.delivery.drain import drain as drain_connection
from engine.delivery.worker import stopping
from engine.instance import Instance
from engine.settings import load_settings
from engine.storage.database import database_now
from engine.storage.runs import connections_with_work


def drain(connection_id: int) -> None:
    """Drain one connection; ring again when there is more to do."""
    instance = _instance()
    doorbell = bell(instance.settings.redis_url)
    more = drain_connection(
        instance,
        connection_id,
        stopping=stopping,
        hearing=lambda: doorbell.answer(connection_id),
    )
    if more:
        doorbell.ring(connection_id)


def drain_due() -> None:
    """Drain every connection that has work: what workers do while the bell is out of order."""
    instance = _instance()
    with instance.database.read() as session:
        due = connections_with_work(session, database_now(session))
    for connection_id in due:
        drain_connection(instance, connection_id, stopping=stopping)


@cache
def _instance() -> Instance:
    """This process's own instance."""
    return Instance.open(load_settings())
