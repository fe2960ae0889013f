"""A form as a page of our own: its inputs, what is wrong with what was typed, and the form again."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    EmailField,
    Field,
    FileField,
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TelField,
    TextAreaField,
)
from wtforms.form import BaseForm
from wtforms.validators import Email, StopValidation, ValidationError
from wtforms.widgets import CheckboxInput, DateInput

from engine.deciding.form import CHOSEN, FormConfig, FormField
from engine.deciding.reading import Answer, Reading

MARK = "_fw_page"
"""The input by which a submission tells that a person sent it from the form's own page."""

_INPUTS: Mapping[str, Callable[..., Field]] = {
    "email": EmailField,
    "tel": TelField,
    "textarea": TextAreaField,
    "select": SelectField,
    "radio": RadioField,
    "checkboxes": SelectMultipleField,
    "checkbox": BooleanField,
    "file": FileField,
    "hidden": HiddenField,
}

# What browsers may fill in, by the field's name (HTML standard, "Autofill", read 2026-11-21).
_AUTOFILL = (
    (r"(first|given)[_ -]?name|fname", "given-name"),
    (r"(last|family|sur)[_ -]?name|lname", "family-name"),
    (r"(full[_ -]?)?name", "name"),
    (r"e?-?mail.*", "email"),
    (r"(mobile|tele)?phone.*|tel|mobile", "tel"),
    (r"company|organi[sz]ation", "organization"),
    (r"job([_ -]?title)?|position", "organization-title"),
    (r"city|town", "address-level2"),
    (r"zip|postcode|postal[_ -]?code", "postal-code"),
    (r"country", "country-name"),
    (r"street|address", "street-address"),
    (r"website|url|site", "url"),
)
_BY_TYPE = {"email": "email", "tel": "tel", "url": "url"}
_KEYBOARDS = {"number": "decimal", "url": "url"}


@dataclass(frozen=True, slots=True)
class Input:
    """A field of the form with the control that asks for it."""

    field: FormField
    control: Field

    @property
    def label(self) -> str:
        return self.field.label or self.field.key

    @property
    def chosen(self) -> list[str]:
        """What is ticked of its options."""
        return _chosen(self.control)

    @property
    def attributes(self) -> dict[str, Any]:
        """Of the control's tag. What is wrong with its answer is told beside it."""
        found: dict[str, Any] = {"autocomplete": autofill(self.field)}
        if keyboard := _KEYBOARDS.get(self.field.type):
            found["inputmode"] = keyboard
        if self.control.errors:
            found |= {"aria-invalid": "true", "aria-describedby": f"{self.control.id}-error"}
        if self.field.required:
            found["required"] = True
        return found


def autofill(field: FormField) -> str:
    """The token by which browsers know what to fill in; "on" when they may guess."""
    name = field.key.rpartition(".")[2].lower()
    named = (token for pattern, token in _AUTOFILL if re.fullmatch(pattern, name))
    return next(named, _BY_TYPE.get(field.type, "on"))


class HostedForm:
    """The form's inputs, empty or with what was ``sent``."""

    def __init__(self, config: FormConfig, sent: Reading | None = None) -> None:
        self._controls = BaseForm(
            [
                (f"f{number}", _control(f"f{number}", field, sent))
                for number, field in enumerate(config.fields)
            ]
        )
        self._controls.process(_typed(config, sent.answers) if sent else None)
        self.inputs = [
            Input(field, self._controls[f"f{number}"]) for number, field in enumerate(config.fields)
        ]

    def is_complete(self) -> bool:
        """Whether every answer may be sent on; else the inputs tell what is wrong."""
        return bool(self._controls.validate())

    @property
    def wrong(self) -> list[Input]:
        return [each for each in self.inputs if each.control.errors]


def _typed(config: FormConfig, answers: Mapping[str, Answer]) -> MultiDict[str, str]:
    typed: MultiDict[str, str] = MultiDict()
    for field in config.fields:
        answer = answers.get(field.key, [])
        typed.setlist(field.key, answer if isinstance(answer, list) else [answer])
    return typed


def _control(id: str, field: FormField, sent: Reading | None) -> Field:
    """A control for ``field``. Its attribute's name is ours, since a field's name may be anything."""
    options: dict[str, Any] = {"id": id, "name": field.key, "validators": _checks(field, sent)}
    if field.type in CHOSEN:
        blank = [""] if field.type == "select" else []
        options |= {"choices": [*blank, *field.options], "validate_choice": False}
    elif field.type == "checkbox":
        options["widget"] = CheckboxInput()
    elif field.type == "date":
        options["widget"] = DateInput()
    return _INPUTS.get(field.type, StringField)(field.label or field.key, **options)


def _checks(field: FormField, sent: Reading | None) -> Sequence[Callable[..., None]]:
    files = {file.name for file in sent.files} if sent else set()

    def check(_form: BaseForm, control: Field) -> None:
        there = field.key in files if field.type == "file" else _is_answered(control)
        if field.required and not there:
            raise StopValidation(_missing(field))
        if not there:
            control.errors = []
            raise StopValidation
        if problem := _problem(field, control):
            raise StopValidation(problem)

    return [check]


def _is_answered(control: Field) -> bool:
    data = control.data
    return bool(data.strip() if isinstance(data, str) else data)


def _chosen(control: Field) -> list[str]:
    return [control.data] if isinstance(control.data, str) else [*(control.data or ())]


def _missing(field: FormField) -> str:
    match field.type:
        case "checkbox":
            return _("Tick this box to go on.")
        case "select" | "radio" | "checkboxes":
            return _("Choose an answer.")
        case "file":
            return _("Choose a file.")
        case _:
            return _("Enter an answer.")


def _problem(field: FormField, control: Field) -> str:
    """What is wrong with an answer, in words that tell how to mend it."""
    text = control.data if isinstance(control.data, str) else ""
    match field.type:
        case "email":
            try:
                Email()(None, control)
            except ValidationError:
                return _("Enter an e-mail address such as ada@example.org.")
        case "tel" if sum(each.isdigit() for each in text) < 5:
            return _("Enter a phone number such as +380 67 123 45 67.")
        case "number" if not re.fullmatch(r"[-+]?[\d\s.,'’]*\d[\d\s.,'’]*", text.strip()):
            return _("Enter a number, in digits.")
        case "date":
            try:
                date.fromisoformat(text.strip())
            except ValueError:
                return _("Enter a date.")
        case "select" | "radio" | "checkboxes" if not set(_chosen(control)) <= {*field.options}:
            return _("Choose one of the answers.")
    return ""
