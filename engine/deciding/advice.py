"""What a module says and its writer hardly meant. No mistakes: a form may send what it has not declared."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from engine.deciding.documents import pointer
from engine.deciding.form import CHOSEN, FormConfig, FormField
from engine.deciding.macros import unknown_fields
from engine.deciding.module import ModuleConfig, macro_texts
from rules.checking import FieldShape, Issue
from rules.choices import check_choices
from rules.sets import check_set


def advice(module: ModuleConfig, form: FormConfig, seen: Collection[str] = ()) -> list[Issue]:
    """Warnings about rules and macros, beside what ``form`` declares and was ``seen`` to send.

    As long as nothing is known of the form's fields, there are none.
    """
    shapes = shapes_of(form, seen)
    if not shapes:
        return []
    found = [*_of_rules(module, shapes), *_of_macros(module, shapes)]
    return [replace(issue, severity="warning") for issue in found]


def shapes_of(form: FormConfig, seen: Collection[str] = ()) -> dict[str, FieldShape]:
    """What each field's answers look like, by its name; of one that is only ``seen``, any text."""
    shapes = dict.fromkeys(seen, FieldShape())
    for field in form.fields:  # a rule may use any name of it
        shapes |= dict.fromkeys((field.key, *field.aliases), _shape(field))
    return shapes


def _shape(field: FormField) -> FieldShape:
    if field.type in CHOSEN and field.options:
        return FieldShape("choice", field.options, several=True, always=field.required)
    if field.type in ("number", "date"):
        return FieldShape(field.type, always=field.required)
    return FieldShape(always=field.required)


def _of_rules(module: ModuleConfig, shapes: Mapping[str, FieldShape]) -> Iterator[Issue]:
    for issue in check_set(module.active.rules, fields=shapes):
        yield replace(issue, path=pointer("active", "rules") + issue.path)
    choices = module.responsible.choices if module.responsible else ()
    for issue in check_choices(choices, fields=shapes):
        yield replace(issue, path=pointer("responsible", "rules") + issue.path)


def _of_macros(module: ModuleConfig, names: Collection[str]) -> Iterator[Issue]:
    for path, source in macro_texts(module):
        for message in unknown_fields(source, names):
            yield Issue(path, message if "\n" in source else message.removeprefix("line 1: "))
