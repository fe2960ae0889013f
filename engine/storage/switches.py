"""What is switched on and off: forms, modules and rules, and who did that last."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session, selectinload

from engine.storage.model_audit import AuditEntry
from engine.storage.models import Connection, Form, Module, Revision
from engine.storage.submissions import Page

FORMS_PER_PAGE = 8
"""Each has its modules and their rules below it."""
ON, OFF = "switch on", "switch off"
"""What the audit log calls the two acts."""


def forms_page(session: Session, wanted: str, number: int) -> Page[Form]:
    """Forms by name, with their modules and connections. A number past the end gives the last page.

    ``wanted`` is any part of a form's, a module's or a connection's key or name.
    """
    chosen = select(Form)
    if wanted:
        named = (Form.key, Form.name)
        inside = (Module.key, Module.name, Connection.key, Connection.name)
        chosen = chosen.where(
            or_(
                *(column.icontains(wanted, autoescape=True) for column in named),
                exists().where(
                    Module.form_id == Form.id,
                    Connection.id == Module.connection_id,
                    or_(*(column.icontains(wanted, autoescape=True) for column in inside)),
                ),
            )
        )
    total = session.scalar(select(func.count()).select_from(chosen.subquery())) or 0
    number = min(number, max(1, -(-total // FORMS_PER_PAGE)))
    rows = session.scalars(
        chosen.options(
            selectinload(Form.modules).joinedload(Module.connection).defer(Connection.catalog)
        )
        .order_by(Form.name, Form.id)
        .limit(FORMS_PER_PAGE)
        .offset((number - 1) * FORMS_PER_PAGE)
    ).all()
    return Page(rows, number, total, FORMS_PER_PAGE)


def live_revisions(session: Session, module_ids: Collection[int]) -> Mapping[int, Revision]:
    """Module id to the revision that new submissions run through."""
    newest = (
        select(Revision.module_id, func.max(Revision.number).label("number"))
        .where(Revision.module_id.in_(module_ids))
        .group_by(Revision.module_id)
        .subquery()
    )
    rows = session.scalars(
        select(Revision).join(
            newest,
            (Revision.module_id == newest.c.module_id) & (Revision.number == newest.c.number),
        )
    )
    return {revision.module_id: revision for revision in rows}


def last_switches(
    session: Session, targets: Sequence[tuple[str, str]]
) -> Mapping[tuple[str, str], AuditEntry]:
    """The last switching on or off of each target: noun and what of it."""
    latest = (
        select(func.max(AuditEntry.id))
        .where(
            AuditEntry.noun.in_({noun for noun, _ in targets}),
            AuditEntry.target.in_([target for _, target in targets]),
            AuditEntry.act.in_((ON, OFF)),
        )
        .group_by(AuditEntry.noun, AuditEntry.target)
    )
    rows = session.scalars(select(AuditEntry).where(AuditEntry.id.in_(latest)))
    return {(entry.noun, entry.target): entry for entry in rows}
