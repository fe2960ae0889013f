"""Taking over another module's mapping: choose the module, see what comes over, put it into the draft."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask_babel import LazyString, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from connectors.catalog import FieldType
from engine.deciding.copying import KINDS, Copy, Misfit, Place, copied, copies
from engine.storage.connections import stored_catalog
from engine.storage.models import Module
from engine.storage.modules import Named, module_with_form, modules_for
from web.database import db
from web.studio.editor.choices import MARKS, marks
from web.studio.editor.row_values import one_line
from web.studio.editor.saving import Refused, keep
from web.studio.editor.scene import Scene, scene_of
from web.studio.finding import found
from web.studio.module_pages import document_in, module_of, page
from web.yaml_text import Mistake

blueprint = Blueprint("copying", __name__, url_prefix="/forms/<form_key>/modules/<key>/copy")

_WHY: Mapping[Misfit, LazyString] = {
    Misfit.NO_FIELD: _l("the account has no such field"),
    Misfit.NO_OPTION: _l("the field has no option %(names)s"),
    Misfit.NO_INPUT: _l("this form has no field %(names)s"),
}


@blueprint.get("")
def show(form_key: str, key: str) -> str:
    scene = scene_of(module_of(form_key, key), tried=False)
    others = _others(scene)
    return _page(scene, others, _chosen(others, request.args.get("from", "")))


@blueprint.post("")
def take(form_key: str, key: str) -> Any:
    """Put the ticked rows into the draft; what is not ticked stays where it is."""
    scene = scene_of(module_of(form_key, key), tried=False)
    others = _others(scene)
    other = found(_chosen(others, request.form.get("from", "")))
    document, ticked = document_in(other, "live"), request.form.getlist("row")
    place = found(_place(scene, other))
    chosen = [one for one in _copies(other, place) if id_of(one) in ticked and one.comes]
    if not chosen:
        told = Mistake("", None, _("tick at least one row"))
        return _page(scene, others, other, mistakes=[told], ticked=ticked), 422
    try:
        keep(scene.module, copied(document, place, chosen))
    except Refused as refused:
        scene = scene_of(scene.module, tried=False) if refused.overtaken else scene
        return _page(scene, others, other, mistakes=refused.mistakes, ticked=ticked), refused.status
    flash(ngettext("%(num)d row came over.", "%(num)d rows came over.", len(chosen)), "good")
    address = url_for("studio.editor.show", form_key=form_key, key=key, kind=str(chosen[0].kind))
    return redirect(address, 303)


def id_of(copy: Copy) -> str:
    """What the page calls a row."""
    return f"{copy.kind}:{copy.name}"


def why_of(misfit: Misfit, names: Sequence[str]) -> str:
    """Why a row does not fit, for people."""
    if misfit is Misfit.OTHER_TYPE:
        there, here = (MARKS[FieldType(name)].label for name in names)
        return _("there it is: %(there)s; here: %(here)s", there=there, here=here)
    return str(_WHY[misfit]) % {"names": ", ".join(names)}


def _others(scene: Scene) -> list[Named]:
    return modules_for(db.session(), scene.module.connection.connector, but=scene.module.id)


def _chosen(others: Sequence[Named], path: str) -> Module | None:
    """The one of ``others`` that the page calls ``path``."""
    chosen = next((one for one in others if one.path == path), None)
    return module_with_form(db.session(), chosen.form_key, chosen.key) if chosen else None


def _place(scene: Scene, other: Module) -> Place | None:
    """None while nobody has read what the account offers."""
    if scene.catalog is None:
        return None
    return Place(
        document=scene.document,
        catalog=scene.catalog,
        fields={kind: scene.fields(kind) for kind in KINDS},
        inputs={*(one.name for one in scene.inputs), *scene.form.aliases},
        same_account=other.connection_id == scene.module.connection_id,
        name_of=scene.name_of,
    )


def _copies(other: Module, place: Place) -> list[Copy]:
    return list(copies(document_in(other, "live"), stored_catalog(other.connection), place))


def _page(
    scene: Scene,
    others: Sequence[Named],
    other: Module | None,
    *,
    mistakes: Sequence[Mistake] = (),
    ticked: Collection[str] | None = None,
) -> str:
    """The page; ``ticked`` are a person's ticks, else what fits and replaces nothing is ticked."""
    place = _place(scene, other) if other else None
    rows = _copies(other, place) if other and place else []
    usual = {id_of(one) for one in rows if one.before is None and not one.misfits}
    return page(
        "module_copy",
        scene.module,
        scene=scene,
        others=others,
        other=other,
        rows=rows,
        ticked=usual if ticked is None else ticked,
        mistakes=mistakes,
        marks=marks(),
        id_of=id_of,
        why_of=why_of,
        line_of=one_line,
    )
