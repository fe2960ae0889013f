"""What a new form's and a new module's text begins with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.deciding.form import FormConfig
from engine.deciding.suggesting import Source, meaning_of
from web.studio.macro_list import field_macro

NEW_FORM: dict[str, Any] = {
    "form": "callback",
    "name": "Callback",
    "region": "US",
    "zone": "UTC",
    "fields": [
        {"key": "first_name", "label": "First name"},
        {"key": "email", "label": "E-mail", "type": "email", "required": True},
        {"key": "phone", "label": "Phone", "type": "tel"},
    ],
}


# How a contact's fields are recognised among a form's: by what they ask, the first of these meanings
# that some field has, else by type. An e-mail may be somebody else's, and its question says so.
_MEANINGS = {"name": ("name", "first name"), "email": ("email",), "phone": ("phone",)}
_BY_TYPE = {"email": "email", "phone": "tel"}


def new_module(form: FormConfig, connection: str, key: str, name: str = "") -> dict[str, Any]:
    """A deal, and a contact where one can be recognised; switched off until somebody has looked.

    A form whose fields nobody knows yet is taken to have the usual ones.
    """
    sources = _sources(form)
    contact = {
        "fields": {what: field_macro(name) for what, name in sources.items()},
        "tags": ["website"],
    }
    return {
        "form": form.form,
        "module": key,
        **({"name": name} if name else {}),
        "connection": connection,
        "active": {"enabled": False},
        **({"contact": contact} if sources.keys() & {"email", "phone"} else {}),
        "deal": {"name": _deal_name(sources)},
    }


def _sources(form: FormConfig) -> Mapping[str, str]:
    """A contact's field to the form's field that says it, for those that the form has."""
    if not form.fields:
        return {"name": "first_name", "phone": "phone", "email": "email"}
    meant = {meaning_of(Source(f.key, f.label)): f.key for f in reversed(form.fields)}
    types: dict[str, str] = {field.type: field.key for field in reversed(form.fields)}
    found = {
        what: next((meant[one] for one in meanings if one in meant), "")
        or types.get(_BY_TYPE.get(what, ""), "")
        for what, meanings in _MEANINGS.items()
    }
    return {what: key for what, key in found.items() if key}


def _deal_name(sources: Mapping[str, str]) -> str:
    if "name" not in sources:
        return "{{ form.name }} #{{ submission.number }}"
    return "{{ form.name }}: " + field_macro(sources["name"])
