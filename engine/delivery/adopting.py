"""A person tells which record of the CRM a step has made: it is looked up before it counts."""

from __future__ import annotations

from urllib.parse import urlsplit

from sqlalchemy.orm import Session

from connectors.base import Connector, Kind, Query, Ref
from engine.deciding.plan import Action, load
from engine.delivery.catalogs import open_for_calls
from engine.delivery.levers import Adopted, NotNow, adopt, locked_step
from engine.delivery.wire import serving
from engine.instance import Instance
from engine.storage.audit import Actor
from engine.storage.calls import store_calls
from engine.storage.journal import made_by_another
from engine.storage.models import Connection, JournalStep, Run

MOST = 500
_LOOKED_UP = (Kind.CONTACT, Kind.COMPANY, Kind.DEAL, Kind.TASK)
"""Kinds of which a CRM can be asked by id; a note is only told together with what it is about."""


def adopt_told(instance: Instance, run_id: int, key: str, told: str, actor: Actor) -> Run:
    """Take the record that ``told``, an id or a page's address, names as what the step has made.

    Asks the CRM, so no transaction may be open. Raises NotNow, ConnectorError, SecretsUnreadable.
    """
    with instance.database.write() as session:
        run, step = locked_step(session, run_id, key)
        connection = session.get_one(Connection, run.connection_id)
    record = _looked_up(instance, connection, run, step, told.strip()[:MOST])
    with instance.database.write() as session:
        _require_free(session, run, step, record.id)
        return adopt(session, run_id, key, record, actor)


def _looked_up(
    instance: Instance, connection: Connection, run: Run, step: JournalStep, told: str
) -> Adopted:
    if step.action != Action.CREATE:
        raise NotNow(f"the step would {step.action} a record; only a new one has an id to be told")
    kind = Kind(step.kind)
    opened = open_for_calls(instance, connection)
    try:
        id = _id_of(kind, told, opened.connector)
        found = kind in _LOOKED_UP
        if found and not _is_there(opened.connector, Ref(kind, id), run.id):
            raise NotNow(
                f"{opened.connector.spec.label} has no {kind} {id}; look for a typing error"
            )
        return Adopted(id, opened.connector.record_url(Ref(kind, id)), looked_up=found)
    finally:
        opened.close()
        with instance.database.write() as session:
            store_calls(session, connection.id, connection.fence, opened.log.take())


def _is_there(connector: Connector, ref: Ref, run_id: int) -> bool:
    with serving("look for an adopted record", [run_id]):
        return bool(connector.find(ref.kind, [Query("id", ref.id)])[0])


def _id_of(kind: Kind, told: str, connector: Connector) -> str:
    """The id that a person typed, or that of the page whose address they copied."""
    crm = connector.spec.label
    try:
        address = urlsplit(told)
    except ValueError as error:
        raise NotNow(f"this is neither an id nor an address of {crm}") from error
    if address.scheme not in ("http", "https"):
        if not told or len(told) > 80 or any(sign.isspace() or sign in "/?#" for sign in told):
            raise NotNow(f"type the {kind}'s id, or the address of its page in {crm}")
        return told
    id = address.path.rstrip("/").rpartition("/")[2]
    page = connector.record_url(Ref(kind, id)) if id else None
    if page is None:
        raise NotNow(f"{crm} has no address for each {kind}; type its id")
    expected = urlsplit(page)
    if (expected.netloc, expected.path) != (address.netloc.lower(), address.path.rstrip("/")):
        raise NotNow(f"this is not the address of a {kind} in {crm}; such a one is like {page}")
    return id


def _require_free(session: Session, run: Run, step: JournalStep, record_id: str) -> None:
    """Raise NotNow when another run has created this very record."""
    if run.plan is not None and load(run.plan).merge:
        return  # the CRM itself makes one record of several submissions
    other = made_by_another(session, run, step.kind, record_id)
    if other is not None:
        raise NotNow(f"the {step.kind} {record_id} was made by run {other}")
