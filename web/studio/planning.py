"""Plans that nobody carries out, for the studio's pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from connectors.errors import ConnectorError
from engine.deciding.documents import DocumentMistakes
from engine.deciding.module import load_module
from engine.delivery.preview import Preview, Sample, preview, sample_of
from engine.storage.forms import NoSuchThing, named_connection
from engine.storage.models import Module, Revision, Run
from engine.storage.secrets import SecretsUnreadable
from engine.storage.seen_fields import Recent, recent
from web.database import db
from web.instance import instance
from web.sentences import translated
from web.studio.diffs import Line, difference
from web.studio.module_pages import document_in

CHOICES = 20
"""Submissions that a page offers to try a module with."""


class Unplanned(Exception):
    """No plan can be made; the text says why, for a person."""


@dataclass(frozen=True, slots=True)
class Effect:
    """What publishing a draft changes for one submission; nothing without ``hunks``."""

    submission: Recent
    hunks: list[list[Line]]


def latest(module: Module, count: int = CHOICES) -> Sequence[Recent]:
    """The form's latest submissions, the newest first."""
    return recent(db.session(), module.form_id, count)


def chosen_of(submissions: Sequence[Recent], public_id: str) -> Recent | None:
    """The one that is asked for, else the newest; None when there are none."""
    named = (one for one in submissions if one.public_id == public_id)
    return next(named, next(iter(submissions), None))


def is_on(document: Mapping[str, Any]) -> bool:
    return bool(document.get("active", {}).get("enabled", True))


def as_if_on(document: Mapping[str, Any]) -> dict[str, Any]:
    """``document`` switched on, to see what it would do before anybody does."""
    return {**document, "active": {**document.get("active", {}), "enabled": True}}


def previews(
    module: Module, document: Mapping[str, Any], samples: Sequence[Sample]
) -> list[Preview]:
    """What ``document`` would make of each sample. Asks the CRM. Raises Unplanned."""
    try:
        config = load_module(document)
        connection_id = named_connection(db.session(), config).id
        form = module.form
        db.session.commit()  # no transaction may stay open while the CRM is asked
        return preview(instance(), form, config, connection_id, samples, module_id=module.id)
    except (DocumentMistakes, NoSuchThing) as error:
        raise Unplanned(
            _("The module cannot be used: %(problem)s", problem=translated(error))
        ) from error
    except (ConnectorError, SecretsUnreadable) as error:
        raise Unplanned(
            _("The CRM could not be read: %(problem)s", problem=translated(error))
        ) from error


def replay_preview(run: Run, revision: Revision) -> Preview:
    """What running the submission again through ``revision`` would do. Raises Unplanned."""
    (made,) = previews(run.module, revision.document, [sample_of(run.submission)])
    if made.error is not None:
        raise Unplanned(_("The CRM could not be read: %(problem)s", problem=translated(made.error)))
    return made


def effects(module: Module, count: int) -> list[Effect]:
    """What the draft changes for the latest ``count`` submissions. Raises Unplanned.

    Where neither runs, both are taken to be switched on.
    """
    submissions = latest(module, count)
    if not submissions:
        return []
    samples = [sample_of(submission) for submission in submissions]
    both = [document_in(module, which) for which in ("live", "draft")]
    if not any(map(is_on, both)):
        both = [as_if_on(document) for document in both]
    live, draft = (previews(module, document, samples) for document in both)
    return [
        Effect(submission, difference(before.text, after.text))
        for submission, before, after in zip(submissions, live, draft, strict=True)
    ]
