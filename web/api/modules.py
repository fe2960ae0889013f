"""Modules and their revisions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import g
from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from engine.deciding.advice import advice
from engine.deciding.documents import Document, DocumentMistakes, Key
from engine.deciding.module import ModuleConfig
from engine.delivery.configs import form_config, module_config
from engine.storage.forms import NoSuchThing, form_by_key, live_revision, save_module
from engine.storage.models import Form, Module, Revision
from engine.storage.modules import module_with_form, revisions_of
from engine.storage.seen_fields import seen_fields
from engine.storage.tokens import Scope
from rules.checking import Issue
from web.acting import note
from web.api.finding import found
from web.api.operations import Operation, Told
from web.api.problems import CONFLICT, Mistake, Problem, mistaken
from web.api.reading import Number
from web.database import db


class RevisionSummary(Document):
    """One saved version of a module."""

    number: int
    author: str
    created_at: datetime


class RevisionDetail(RevisionSummary):
    """One saved version with its document, a `ModuleConfig` without what it leaves to the defaults."""

    document: dict[str, Any]


class RevisionList(Document):
    """Every saved version, the newest first."""

    items: tuple[RevisionSummary, ...]


class ModuleSummary(Document):
    """A module. Its newest ``revision`` is the one that new submissions run through."""

    form: Key
    module: Key
    name: str
    enabled: bool
    connection: Key
    revision: int
    created_at: datetime


class ModuleDetail(ModuleSummary):
    """A module with the document of its newest revision, without what that leaves to the defaults.

    ``warnings`` are what it says and its writer hardly meant, beside the form's fields.
    """

    document: dict[str, Any]
    warnings: tuple[Mistake, ...] = ()


class ModuleList(Document):
    """Modules in the order they were made."""

    items: tuple[ModuleSummary, ...]


class ModuleFilter(Document):
    """What must be true of each module."""

    form: Key | None = Field(None, description="Only of this form.")


class Expected(Document):
    """What must be true for a module to be saved."""

    if_revision: Number | None = Field(
        None, description="Save only while this is the newest revision."
    )


def list_modules(query: ModuleFilter) -> Told:
    """List the modules."""
    wanted = (
        select(Module)
        .options(joinedload(Module.form), joinedload(Module.connection))
        .order_by(Module.id)
    )
    if query.form is not None:
        wanted = wanted.where(Module.form.has(Form.key == query.form))
    modules = db.session.scalars(wanted).all()
    return ModuleList(
        items=tuple(
            ModuleSummary(**_summary(module, live_revision(db.session(), module.id)))
            for module in modules
        )
    )


def get_module(form: str, module: str) -> Told:
    """Get a module with the document of its newest revision."""
    return _detail(_module(form, module))


def put_module(form: str, module: str, query: Expected, body: ModuleConfig) -> Told:
    """Save a module's document: a new revision, live at once.

    Makes the module when it is not there yet. A document equal to the newest revision's makes no
    other revision. With `if_revision`, nothing is saved and 409 answered when somebody else saved
    meanwhile.
    """
    session = db.session()
    found(form_by_key(session, form), "form", form)
    before = module_with_form(session, form, module)
    newest = live_revision(session, before.id).number if before else None
    if query.if_revision is not None and query.if_revision != newest:
        raise Problem(CONFLICT, f"the newest revision is {newest or 'none yet'}")
    try:
        saved = save_module(session, body, author=g.caller.author)
    except NoSuchThing as error:
        raise mistaken(DocumentMistakes([Issue("/connection", str(error))])) from error
    detail = _detail(saved)
    note("publish", "module", f"{form}/{module}", revision=detail.revision)
    session.commit()
    return detail, 201 if before is None else 200


def list_revisions(form: str, module: str) -> Told:
    """List a module's revisions."""
    rows = revisions_of(db.session(), _module(form, module).id)
    return RevisionList(items=tuple(RevisionSummary(**_revision(row)) for row in rows))


def get_revision(form: str, module: str, number: int) -> Told:
    """Get one revision with its document."""
    rows = revisions_of(db.session(), _module(form, module).id)
    row = found(next((row for row in rows if row.number == number), None), "revision", number)
    return RevisionDetail(**_revision(row), document=row.document)


def _module(form: str, module: str) -> Module:
    return found(module_with_form(db.session(), form, module), "module", f"{form}/{module}")


def _summary(module: Module, revision: Revision) -> dict[str, Any]:
    return {
        "form": module.form.key,
        "module": module.key,
        "name": module.name,
        "enabled": module.enabled,
        "connection": module.connection.key,
        "revision": revision.number,
        "created_at": module.created_at,
    }


def _detail(module: Module) -> ModuleDetail:
    revision = live_revision(db.session(), module.id)
    seen = seen_fields(db.session(), module.form_id)
    told = advice(module_config(revision), form_config(module.form), seen.keys())
    return ModuleDetail(
        **_summary(module, revision),
        document=revision.document,
        warnings=tuple(Mistake(pointer=one.path, detail=one.message) for one in told),
    )


def _revision(revision: Revision) -> dict[str, Any]:
    return {
        "number": revision.number,
        "author": revision.author,
        "created_at": revision.created_at,
    }


_ONE = "/modules/{form}/{module}"

OPERATIONS = (
    Operation("GET", "/modules", list_modules, Scope.MODULES_READ, ModuleList, query=ModuleFilter),
    Operation("GET", _ONE, get_module, Scope.MODULES_READ, ModuleDetail),
    Operation(
        "PUT",
        _ONE,
        put_module,
        Scope.MODULES_WRITE,
        ModuleDetail,
        query=Expected,
        body=ModuleConfig,
        statuses=(200, 201),
        conflicts=True,
    ),
    Operation("GET", f"{_ONE}/revisions", list_revisions, Scope.MODULES_READ, RevisionList),
    Operation(
        "GET", f"{_ONE}/revisions/{{number}}", get_revision, Scope.MODULES_READ, RevisionDetail
    ),
)
