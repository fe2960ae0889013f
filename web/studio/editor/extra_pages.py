"""The tab for tasks, tags and notes, and for who is responsible."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from flask import Blueprint, abort, redirect, request, url_for
from flask_babel import gettext as _

from connectors.base import Kind
from connectors.catalog import Catalog
from web.database import looking_only
from web.studio.editor import choices
from web.studio.editor.extra_fields import ExtrasForm
from web.studio.editor.extra_values import KINDS, extra_values, filled, written_extras
from web.studio.editor.fields import typed_in
from web.studio.editor.responsible_rules import Sheet, drawn_with, sheet_of
from web.studio.editor.results import Result
from web.studio.editor.saving import Refused, keep
from web.studio.editor.scene import Scene, scene_of
from web.studio.editor.task_values import NO_TASK
from web.studio.logic_form import LogicForm, outline_in
from web.studio.macro_list import macros_of
from web.studio.module_pages import module_of, page, seen
from web.studio.outline import Outline, outline_of_choices
from web.studio.rule_lines import pressed, refuse_foreign
from web.yaml_text import Mistake

blueprint = Blueprint("extras", __name__, url_prefix="/forms/<form_key>/modules/<key>/tasks")


@blueprint.get("")
def show(form_key: str, key: str) -> str:
    scene = scene_of(module_of(form_key, key))
    values = extra_values(scene.document)
    parts = outline_of_choices(values["responsible"]["rules"])
    return _page(scene, values, sheet_of(parts, scene, _rest(values)))


@blueprint.post("")
def change(form_key: str, key: str) -> Any:
    """Save the tab, or show it again as it was typed."""
    values, parts = typed_in(ExtrasForm(request.form)), outline_in(LogicForm())
    if parts is None:
        abort(400)
    do = request.form.get("do", "save")
    if do == "save":
        return _save(scene_of(module_of(form_key, key)), values, parts)
    with looking_only():
        scene = scene_of(module_of(form_key, key))
        _refuse_foreign(scene, parts)
        parts, at = pressed(parts, do)
        sheet = sheet_of(parts, scene, _rest(values))
        sheet = replace(sheet, act=do.rpartition("-")[0], at=at)
        return _page(scene, values, sheet, typed=True)


def _save(scene: Scene, values: dict[str, Any], parts: Outline) -> Any:
    _refuse_foreign(scene, parts)
    sheet, person = sheet_of(parts, scene, _rest(values)), values["responsible"]
    by_rules = bool(person["shown"]) and person["way"] == "rules"
    wrong = list(sheet.mistakes()) if by_rules else []
    rules = sheet.found.rules if by_rules else []
    said = {**values, "responsible": {} if wrong else {**person, "rules": rules}}
    try:
        keep(scene.module, written_extras(scene.document, said), wrong)
    except Refused as refused:
        told, anew = refused.mistakes, refused.overtaken
        scene = scene_of(scene.module) if anew else scene
        sheet = replace(sheet, strict=by_rules)
        return _page(scene, values, sheet, mistakes=told, typed=not anew), refused.status
    return redirect(_address(scene), 303)


def _rest(values: Mapping[str, Any]) -> str:
    """Who is responsible when no rule is true."""
    return str(values["responsible"]["otherwise"])


def _address(scene: Scene) -> str:
    return url_for(".show", form_key=scene.module.form.key, key=scene.module.key)


def _refuse_foreign(scene: Scene, parts: Outline) -> None:
    known = extra_values(scene.document)["responsible"]["rules"]
    refuse_foreign(parts, outline_of_choices(known))


def _page(
    scene: Scene,
    values: Mapping[str, Any],
    sheet: Sheet,
    *,
    mistakes: list[Mistake] | None = None,
    typed: bool = False,
) -> str:
    there = [kind for kind in KINDS if scene.document.get(kind) is not None]
    return page(
        "module_extras",
        scene.module,
        controls=ExtrasForm(data=_with_open_lines(values)),
        kinds=there,
        scene=scene,
        results=dict(_results(scene, values)),
        strangers=sorted(set(_strangers(values, scene.catalog))),
        macros=macros_of(scene.module.form),
        mistakes=mistakes or [],
        unsaved=typed or bool(mistakes),
        people=partial(choices.people, scene.catalog) if scene.catalog else None,
        address=_address(scene),
        **drawn_with(sheet, scene, _rest(values)),
        **({"seen": seen()} if typed else {}),
    )


def _with_open_lines(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values with an empty line at the end of each list."""
    shown: dict[str, Any] = {}
    for name, said in values.items():
        lists = filled(name, said or {})
        if name == "responsible":
            more = {key: [*lists[key], {"answer": "", "option": ""}] for key in ("weighted", "map")}
        else:
            more = {
                "tags": [*lists["tags"], {"tag": "", "when": "always"}],
                "tasks": [*lists["tasks"], NO_TASK],
            }
        shown[name] = {**(said or {}), **more}
    return shown


def _results(scene: Scene, values: Mapping[str, Any]) -> Iterator[tuple[str, Result]]:
    """What each text becomes, by the name of its input."""
    for kind in KINDS:
        said, trial = values.get(kind) or {}, scene.trial(Kind(kind))
        if not said.get("shown") or trial is None:
            continue
        lines = filled(kind, said)
        if said["note"].strip():
            yield f"{kind}-note", trial.of_note(said["note"])
        for number, tag in enumerate(lines["tags"]):
            yield f"{kind}-tags-{number}-tag", trial.of_text(tag["tag"])
        for number, task in enumerate(lines["tasks"]):
            yield f"{kind}-tasks-{number}-text", trial.of_note(task["text"])


def _strangers(values: Mapping[str, Any], catalog: Catalog | None) -> Iterator[str]:
    """People and task types that the account does not have."""
    if catalog is None:
        return
    for kind in KINDS:
        for task in (values.get(kind) or {}).get("tasks", ()):
            if task["responsible"] and catalog.user(task["responsible"]) is None:
                yield _("There is no user %(name)s in the CRM.", name=task["responsible"])
            if task["type"] and catalog.task_type(task["type"]) is None:
                yield _("There is no task type %(name)s in the CRM.", name=task["type"])
    said = values["responsible"]
    people = [said["otherwise"]]
    match said["way"]:
        case "user":
            people.append(said["user"])
        case "in_turn":
            people += said["in_turn"].split("\n")
        case "weighted":
            people += [line["answer"] for line in said["weighted"]]
        case "from_field":
            people += [line["option"] for line in said["map"]]
    for person in filter(None, (one.strip() for one in people)):
        if catalog.user(person) is None:
            yield _("There is no user %(name)s in the CRM.", name=person)
