"""Keeping a connection's catalog, and telling people which modules a change of it concerns."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from connectors.catalog import Catalog
from engine.deciding.drift import Hit, drifts, hits, with_former_names
from engine.delivery.configs import module_config
from engine.storage.connections import store_catalog, stored_catalog
from engine.storage.forms import live_revision
from engine.storage.models import Connection, Module
from engine.storage.notices import give_notice

MOST_TOLD = 20
_log = logging.getLogger(__name__)


def keep_catalog(session: Session, connection_id: int, read: Catalog) -> Catalog:
    """Store a catalog as the CRM tells it, and return it with the former names of what was renamed.

    Each module that a change since the last reading concerns gets a notice.
    """
    connection = session.get_one(Connection, connection_id, with_for_update={"key_share": True})
    before = stored_catalog(connection)
    after = with_former_names(before, read) if before else read
    store_catalog(session, connection_id, after)
    changes = drifts(before, after) if before else ()
    if before and changes:
        _log.info("the catalog of connection %s changed in %d places", connection.key, len(changes))
        for module in _modules(session, connection_id):
            _tell(session, connection, module, _hits(session, module, before, after))
    return after


def _modules(session: Session, connection_id: int) -> Sequence[Module]:
    return session.scalars(
        select(Module)
        .where(Module.connection_id == connection_id)
        .options(joinedload(Module.form))
        .order_by(Module.id)
    ).all()


def _hits(session: Session, module: Module, before: Catalog, after: Catalog) -> Sequence[Hit]:
    try:
        config = module_config(live_revision(session, module.id))
    except ValidationError:  # of a time with other rules; its drain and its page tell so
        return ()
    return hits(config, before, after)


def _tell(session: Session, connection: Connection, module: Module, found: Sequence[Hit]) -> None:
    if not found:
        return
    lines = [f"{hit.path}: {hit.message}" for hit in found[:MOST_TOLD]]
    if len(found) > MOST_TOLD:
        lines.append(f"and {len(found) - MOST_TOLD} more")
    message = (
        f"{connection.name} has changed, and “{module.name}” of “{module.form.name}” speaks of it. "
        f"{'; '.join(lines)}."
    )
    give_notice(
        session,
        f"drift:{module.id}:{message}"[:200],
        message,
        remedy=_remedy(found),
        form_id=module.form_id,
        connection_id=connection.id,
    )


def _remedy(found: Sequence[Hit]) -> str:
    if any(hit.stops for hit in found):
        return (
            "Mend these places in the module or in the CRM: until then its runs cannot be planned."
        )
    return "Its runs go on: what has a new name is still found. Bring the module up to date."
