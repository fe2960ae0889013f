"""The macros that a form's texts may hold, as a marketer copies them."""

from __future__ import annotations

import json

from engine.deciding.form import FormConfig
from engine.storage.models import Form
from engine.storage.seen_fields import seen_fields
from web.database import db

MOST_FIELDS = 60
ALWAYS = (
    "{{ all_fields }}",
    "{{ form.name }}",
    "{{ submission.number }}",
    "{{ submission.date | date }}",
    "{{ page.url }}",
    "{{ utm.source }}",
    "{{ utm.campaign }}",
)


def macros_of(form: Form) -> list[str]:
    """The form's fields, declared and seen in its submissions, then what every submission has."""
    config = FormConfig.model_validate(form.config)
    seen = [name for name in seen_fields(db.session(), form.id) if name not in config.aliases]
    names = dict.fromkeys([*(field.key for field in config.fields), *seen])
    return [*(field_macro(name) for name in list(names)[:MOST_FIELDS]), *ALWAYS]


def field_macro(name: str) -> str:
    """Names that are more than a word stand in brackets."""
    if name.isidentifier():
        return f"{{{{ field.{name} }}}}"
    return f"{{{{ field[{json.dumps(name, ensure_ascii=False)}] }}}}"
