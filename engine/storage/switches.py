"""What is switched on and off: forms, modules and rules, and who did that last."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import ColumnElement, Integer, bindparam, exists, func, or_, select
from sqlalchemy.orm import Session, joinedload, load_only

from engine.storage.model_audit import AuditEntry
from engine.storage.models import Connection, Form, Module, Revision
from engine.storage.submissions import Page

FORMS_PER_PAGE = 8
"""Each has its modules and their rules below it."""
ON, OFF = "switch on", "switch off"
"""What the audit log calls the two acts."""


def forms_page(session: Session, wanted: str, number: int) -> Page[Form]:
    """Forms by name. A number past the end gives the last page.

    ``wanted`` is any part of a form's, a module's or a connection's key or name.
    """
    called = [_called(wanted)] if wanted else []
    total = session.scalar(_COUNT.where(*called) if called else _COUNT) or 0
    number = min(number, max(1, -(-total // FORMS_PER_PAGE)))
    page = {"most": FORMS_PER_PAGE, "before": (number - 1) * FORMS_PER_PAGE}
    rows = session.scalars(_BOARD.where(*called) if called else _BOARD, page).all()
    return Page(rows, number, total, FORMS_PER_PAGE)


def _called(wanted: str) -> ColumnElement[bool]:
    named = (Form.key, Form.name)
    inside = (Module.key, Module.name, Connection.key, Connection.name)
    return or_(
        *(column.icontains(wanted, autoescape=True) for column in named),
        exists().where(
            Module.form_id == Form.id,
            Connection.id == Module.connection_id,
            or_(*(column.icontains(wanted, autoescape=True) for column in inside)),
        ),
    )


_COUNT = select(func.count(Form.id))
_BOARD = (
    select(Form)
    .options(load_only(Form.key, Form.name, Form.enabled))
    .order_by(Form.name, Form.id)
    .limit(bindparam("most", type_=Integer()))
    .offset(bindparam("before", type_=Integer()))
)


def modules_by_form(session: Session, form_ids: Collection[int]) -> Mapping[int, Sequence[Module]]:
    """Form id to its modules, with their connections."""
    modules = defaultdict(list)
    for module in session.scalars(_MODULES, {"forms": list(form_ids)}):
        modules[module.form_id].append(module)
    return modules


_MODULES = (
    select(Module)
    .where(Module.form_id.in_(bindparam("forms", expanding=True)))
    .options(
        load_only(Module.form_id, Module.connection_id, Module.key, Module.name, Module.enabled),
        joinedload(Module.connection).load_only(
            Connection.key,
            Connection.name,
            Connection.connector,
            Connection.settings,
            Connection.grant,
        ),
    )
    .order_by(Module.id)
)


def live_revisions(session: Session, module_ids: Collection[int]) -> Mapping[int, Revision]:
    """Module id to the revision that new submissions run through."""
    rows = session.scalars(_LIVE, {"modules": list(module_ids)})
    return {revision.module_id: revision for revision in rows}


_NEWEST = (
    select(Revision.module_id, func.max(Revision.number).label("number"))
    .where(Revision.module_id.in_(bindparam("modules", expanding=True)))
    .group_by(Revision.module_id)
    .subquery()
)
_LIVE = select(Revision).join(
    _NEWEST,
    (Revision.module_id == _NEWEST.c.module_id) & (Revision.number == _NEWEST.c.number),
)


def last_switches(
    session: Session, targets: Sequence[tuple[str, str]]
) -> Mapping[tuple[str, str], AuditEntry]:
    """The last switching on or off of each target: noun and what of it."""
    asked = {
        "nouns": sorted({noun for noun, _ in targets}),
        "targets": [target for _, target in targets],
    }
    rows = session.scalars(_LAST, asked)
    return {(entry.noun, entry.target): entry for entry in rows}


_LAST = select(AuditEntry).where(
    AuditEntry.id.in_(
        select(func.max(AuditEntry.id))
        .where(
            AuditEntry.noun.in_(bindparam("nouns", expanding=True)),
            AuditEntry.target.in_(bindparam("targets", expanding=True)),
            AuditEntry.act.in_((ON, OFF)),
        )
        .group_by(AuditEntry.noun, AuditEntry.target)
    )
)
