"""The macros that a form's texts may hold, as a marketer picks or copies them."""

from __future__ import annotations

import json
from typing import NamedTuple

from flask_babel import LazyString
from flask_babel import lazy_gettext as _

from engine.delivery.configs import form_config
from engine.storage.models import Form
from web.studio.fields_seen import fields_seen

MOST_FIELDS = 60


class Macro(NamedTuple):
    """A macro as it is written, and what people call what it stands for; "" when it says that itself."""

    text: str
    label: LazyString | str = ""


ALWAYS = (
    Macro("{{ all_fields }}", _("all answers")),
    Macro("{{ form.name }}", _("name of the form")),
    Macro("{{ submission.number }}", _("number of the submission")),
    Macro("{{ submission.date | date }}", _("day on which it came")),
    Macro("{{ page.url }}", _("address of the page")),
    Macro("{{ utm.source }}", _("UTM source")),
    Macro("{{ utm.campaign }}", _("UTM campaign")),
)


def macros_of(form: Form) -> list[Macro]:
    """The form's fields, declared and seen in its submissions, then what every submission has."""
    config = form_config(form)
    seen = fields_seen(form.id)
    labels = {name: one.label for name, one in seen.items() if name not in config.aliases}
    declared = {field.key: field.label or labels.get(field.key, "") for field in config.fields}
    names = list((declared | labels | declared).items())[:MOST_FIELDS]
    return [*(Macro(field_macro(name), label) for name, label in names), *ALWAYS]


def field_macro(name: str) -> str:
    """Names that are more than a word stand in brackets."""
    if name.isidentifier():
        return f"{{{{ field.{name} }}}}"
    return f"{{{{ field[{json.dumps(name, ensure_ascii=False)}] }}}}"
