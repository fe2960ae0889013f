"""The tabs of a module's editor. Buttons other than Save only change what the page shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

from flask import Blueprint, redirect, request, url_for
from wtforms import Form, FormField

from connectors.base import Kind
from engine.storage.connections import spec_for
from engine.storage.models import Module
from web.database import looking_only
from web.studio.editor import choices
from web.studio.editor.deal_fields import DealForm
from web.studio.editor.fields import CompanyForm, ContactForm, typed_in
from web.studio.editor.mapping import (
    SIEVES,
    new_row,
    row_mistakes,
    sifted,
    table,
    with_open_lines,
    with_required,
)
from web.studio.editor.part_values import part_values, written_part
from web.studio.editor.saving import Refused, keep
from web.studio.editor.scene import Scene, scene_of
from web.studio.editor.suggestions import offers, take
from web.studio.macro_list import macros_of
from web.studio.module_pages import module_of, page, seen, shut
from web.yaml_text import Mistake

FORMS: Mapping[Kind, type[Form]] = {
    Kind.CONTACT: ContactForm,
    Kind.COMPANY: CompanyForm,
    Kind.DEAL: DealForm,
}

blueprint = Blueprint("editor", __name__, url_prefix="/forms/<form_key>/modules/<key>")


@blueprint.get("/<any(contact, company, deal):kind>")
def show(form_key: str, key: str, kind: str) -> Any:
    module = module_of(form_key, key)
    if shut(module.connection):  # nobody can know what the account offers
        return redirect(url_for("studio.modules.show", form_key=form_key, key=key))
    scene, kind = scene_of(module), Kind(kind)
    return _page(scene, kind, part_values(kind, scene.document.get(kind)))


@blueprint.post("/<any(contact, company, deal):kind>")
def change(form_key: str, key: str, kind: str) -> Any:
    """Save the tab; or show it again as it was typed, with what the pressed button did to it."""
    kind, form = Kind(kind), FORMS[Kind(kind)](request.form)
    values, deed = typed_in(form), request.form.get("do", "save")
    if deed == "save":
        return _save(scene_of(module_of(form_key, key)), kind, values)
    with looking_only():
        scene = scene_of(module_of(form_key, key))
        name, _sign, argument = deed.partition(":")
        if name in _DEEDS:
            _DEEDS[name](values, argument, kind, scene)
        return _page(scene, kind, values, typed=True)


def _save(scene: Scene, kind: Kind, values: dict[str, Any]) -> Any:
    wrong = list(row_mistakes(values["rows"], kind, scene))
    try:
        keep(scene.module, _document(scene, kind, values), wrong)
    except Refused as refused:
        told, anew = refused.mistakes, refused.overtaken
        scene = scene_of(scene.module) if anew else scene
        return _page(scene, kind, values, mistakes=told, typed=not anew), refused.status
    return redirect(_address(scene.module, kind, _sieve()), 303)


def _document(scene: Scene, kind: Kind, values: Mapping[str, Any]) -> dict[str, Any]:
    """The module's document with what the tab says."""
    part = written_part(kind, scene.document.get(kind), values, scene.catalog)
    rest = {name: value for name, value in scene.document.items() if name != kind}
    return rest if part is None else {**rest, str(kind): part}


def _remove(values: dict[str, Any], argument: str, _kind: Kind, _scene: Scene) -> None:
    for number, row in enumerate(values["rows"]):
        if str(number) == argument:
            values["gone"].append(row["was"])
            del values["rows"][number]
            return


def _add(values: dict[str, Any], _argument: str, kind: Kind, scene: Scene) -> None:
    there = {row["field"] for row in values["rows"]}
    wanted = set(request.form.getlist("add"))
    for field in scene.fields(kind):
        name = scene.name_of(kind, field)
        if field.id in wanted and name not in there:
            values["rows"].append(new_row(name))


def _take(values: dict[str, Any], argument: str, kind: Kind, scene: Scene) -> None:
    take(values, argument, kind, scene, _document(scene, kind, values))


_DEEDS: Mapping[str, Callable[[dict[str, Any], str, Kind, Scene], None]] = {
    "remove": _remove,
    "add": _add,
    "take": _take,
}
"""What buttons do to what was typed; others, such as ``try``, only show it again."""


def _page(
    scene: Scene,
    kind: Kind,
    values: dict[str, Any],
    *,
    mistakes: list[Mistake] | None = None,
    typed: bool = False,
) -> str:
    """The tab with ``values``. ``typed``: on top of what the person has seen, which need not be all."""
    part, mistakes = scene.document.get(kind) or {}, mistakes or []
    rows = [with_open_lines(row, kind, scene) for row in with_required(values["rows"], kind, scene)]
    form = FORMS[kind](data={**values, "rows": rows, **_open_conditions(values)})
    document = _document(scene, kind, values)
    lines, sieve = table(form, kind, scene, part, mistakes), _sieve()
    if not typed or request.form.get("do") == "show":  # else what one works on stays in sight
        lines = sifted(lines, sieve)
    _mark(form, kind, mistakes)
    return page(
        "module_part",
        scene.module,
        kind=str(kind),
        controls=form,
        rows=lines,
        sieve=sieve,
        sieves=[
            (name, label, sum(map(keeps, lines)), _address(scene.module, kind, name))
            for name, (label, keeps) in SIEVES.items()
        ],
        scene=scene,
        trial=scene.trial(kind),
        addable=_addable(form, kind, scene),
        offers=offers(values, kind, scene, document),
        unused=scene.unused(document),
        notes_all=scene.notes_all(document),
        macros=macros_of(scene.module.form),
        mistakes=mistakes,
        unsaved=typed or bool(mistakes),
        crm=spec_for(scene.module.connection).label,
        marks=choices.marks(),
        input_marks=choices.input_marks(),
        options_of=choices.options,
        name_of=lambda field: scene.name_of(kind, field),
        field_called=lambda name: scene.catalog.field(kind, name) if scene.catalog else None,
        **_pickers(form, kind, scene),
        **({"seen": seen()} if typed else {}),
    )


def _pickers(form: Form, kind: Kind, scene: Scene) -> dict[str, Any]:
    """What the settings beside the rows offer."""
    if kind is Kind.DEAL:
        pipeline, stage = form["pipeline"].data or "", form["stage"].data or ""
        known = scene.catalog.pipelines if scene.catalog else ()
        stages = [stage.label for place in known for stage in place.stages if not stage.closed]
        return {
            "looked_in": {
                "duplicates__look_in__pipelines": [place.label for place in known],
                "duplicates__look_in__stages": stages,
            },
            "several_of": choices.several_of,
            "merges": bool(scene.catalog and scene.catalog.merges),
            "pipelines": choices.pipelines(scene.catalog, pipeline),
            "stages": choices.stages(scene.catalog, pipeline, stage),
        }
    return {
        "match_by": choices.match_by(kind, scene.catalog, form["match"].data or ()),
        "messengers": choices.messengers(scene.catalog, form["messenger__type"].data or "")
        if kind is Kind.CONTACT
        else [],
    }


def _open_conditions(values: Mapping[str, Any]) -> dict[str, Any]:
    """The conditions of a deal's duplicates, with an empty line for one more."""
    name = "duplicates__look_in__where"
    if name not in values:
        return {}
    lines = [line for line in values[name] or () if line["answer"]]
    return {name: [*lines, {"answer": "", "option": ""}]}


def _addable(form: Form, kind: Kind, scene: Scene) -> list[Any]:
    there = {
        field.id
        for row in form["rows"]
        if scene.catalog and (field := scene.catalog.field(kind, row.form.field.data))
    }
    return [field for field in scene.fields(kind) if field.id not in there]


def _mark(form: Form, kind: Kind, mistakes: list[Mistake]) -> None:
    """Put what is wrong with a setting beside it."""
    for field in form:
        place = f"/{kind}/{field.name.replace('__', '/')}"
        told = [m.message for m in mistakes if f"{m.path}/".startswith(f"{place}/")]
        if told and field.name != "rows":
            (field.form["text"] if isinstance(field, FormField) else field).errors = told


def _sieve() -> str:
    asked = request.form.get("show", request.args.get("show", ""))
    return asked if asked in SIEVES else ""


def _address(module: Module, kind: Kind, sieve: str) -> str:
    place = {"form_key": module.form.key, "key": module.key, "kind": str(kind)}
    if chosen := request.values.get("with", ""):
        place["with"] = chosen
    if sieve:
        place["show"] = sieve
    return url_for("studio.editor.show", **cast(Any, place))
