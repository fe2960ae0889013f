"""Keeping a connection's catalog, and telling people which modules a change of it concerns."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from connectors.catalog import Catalog
from engine.deciding.drift import Hit, drifts, hits, with_former_names
from engine.delivery.configs import module_config
from engine.storage.base import now
from engine.storage.connections import store_catalog, stored_catalog
from engine.storage.forms import live_revision
from engine.storage.models import Connection, Module
from engine.storage.notices import give_notice, was_given

MOST_TOLD = 20
WARNED_BEFORE = (timedelta(days=14), timedelta(days=3))
_log = logging.getLogger(__name__)


def keep_catalog(session: Session, connection_id: int, read: Catalog) -> Catalog:
    """Store a catalog as the CRM tells it, and return it with the former names of what was renamed.

    Each module that a change since the last reading concerns gets a notice, and so does an access
    that is about to run out.
    """
    connection = session.get_one(Connection, connection_id, with_for_update={"key_share": True})
    before = stored_catalog(connection)
    after = with_former_names(before, read) if before else read
    store_catalog(session, connection_id, after)
    if after.access_ends:
        _warn_of_end(session, connection, after.access_ends)
    changes = drifts(before, after) if before else ()
    if before and changes:
        _log.info("the catalog of connection %s changed in %d places", connection.key, len(changes))
        for module in _modules(session, connection_id):
            _tell(session, connection, module, _hits(session, module, before, after))
    return after


def _warn_of_end(session: Session, connection: Connection, ends: datetime) -> None:
    """Tell people once at each of the times in ``WARNED_BEFORE``."""
    left = ends - now()
    due = [before for before in WARNED_BEFORE if left <= before]
    if not due or left <= timedelta(0):
        return
    cause = f"access-ends:{connection.key}:{ends:%Y-%m-%d}:{min(due).days}"
    if was_given(session, cause):
        return
    give_notice(
        session,
        cause,
        f"The access to {connection.name} runs out on {ends:%Y-%m-%d at %H:%M} UTC.",
        remedy="Make a new key in the CRM, enter it in the connection and test it; nothing has to stop.",
        connection_id=connection.id,
    )


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
