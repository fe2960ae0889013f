"""Code that people paste into their websites to send a form here."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Mapping
from html import escape

from flask_babel import LazyString
from flask_babel import lazy_gettext as _

from engine.deciding.form import FormConfig, FormField

USUAL = (
    FormField(key="first_name", label="First name"),
    FormField(key="email", label="E-mail", type="email", required=True),
    FormField(key="phone", label="Phone", type="tel"),
)
_SAMPLES = {
    "text": "Ada",
    "textarea": "Please call me back",
    "email": "ada@example.org",
    "tel": "+380 67 123 45 67",
    "number": "1500",
    "date": "2026-12-01",
    "checkbox": "yes",
}


def snippet(name: str, form: FormConfig, site: str) -> str:
    """The code of this kind for ``form``; ``site`` is our public address. Raises KeyError."""
    return SNIPPETS[name][1](form, f"{site}/f/{form.form}")


def _html(form: FormConfig, address: str) -> str:
    inputs = "\n".join(_input(field) for field in _fields(form))
    trap = (
        '  <input name="_gotcha" tabindex="-1" autocomplete="off" aria-hidden="true" '
        'style="position:absolute;left:-9999px">'
    )
    kind = ' enctype="multipart/form-data"' if _file_fields(form) else ""
    return (
        f'<form action="{escape(address)}" method="post"{kind}>\n{inputs}\n{trap}\n'
        f'  <button type="submit">Send</button>\n</form>'
    )


def _script(form: FormConfig, address: str) -> str:
    return f'{_html(form, address)}\n\n<script src="{escape(address)}/embed.js" async></script>'


def _fetch(form: FormConfig, address: str) -> str:
    answers = _literal(_samples(form), indent=2).replace("\n", "\n  ")
    return (
        f"const answer = await fetch({_literal(address)}, {{\n"
        '  method: "POST",\n'
        '  headers: { "Content-Type": "application/json" },\n'
        f"  body: JSON.stringify({answers}),\n"
        "});\n"
        "if (!answer.ok) {\n"
        "  throw new Error((await answer.json()).message);\n"
        "}"
    )


def _curl(form: FormConfig, address: str) -> str:
    files = _file_fields(form)
    option = "--form-string" if files else "--data-urlencode"
    lines = [f"{option} {shlex.quote(f'{key}={value}')}" for key, value in _samples(form).items()]
    lines += [f"--form {shlex.quote(f'{field.key}=@file.pdf')}" for field in files]
    return " \\\n  ".join([f"curl {shlex.quote(address)}", *lines])


SNIPPETS: Mapping[str, tuple[LazyString, Callable[[FormConfig, str], str]]] = {
    "html": (_("Plain HTML"), _html),
    "script": (_("HTML with script"), _script),
    "fetch": (_("fetch"), _fetch),
    "curl": (_("cURL"), _curl),
}


def _fields(form: FormConfig) -> tuple[FormField, ...]:
    return form.fields or USUAL


def _file_fields(form: FormConfig) -> list[FormField]:
    return [field for field in form.fields if field.type == "file"]


def _samples(form: FormConfig) -> dict[str, str]:
    return {
        field.key: next(iter(field.options), "") or _SAMPLES.get(field.type, "")
        for field in _fields(form)
        if field.type != "file"
    }


def _literal(value: object, indent: int | None = None) -> str:
    """JSON that is safe inside a script element, too."""
    return json.dumps(value, ensure_ascii=False, indent=indent).replace("</", "<\\/")


def _input(field: FormField) -> str:
    label, name = escape(field.label or field.key), escape(field.key)
    required = " required" if field.required else ""
    match field.type:
        case "textarea":
            control = f'<textarea name="{name}"{required}></textarea>'
        case "select":
            options = "".join(f"<option>{escape(option)}</option>" for option in field.options)
            control = f'<select name="{name}"{required}>{options}</select>'
        case "checkbox":
            control = f'<input type="checkbox" name="{name}" value="yes"{required}>'
        case kind:
            control = f'<input type="{kind}" name="{name}"{required}>'
    return f"  <label>{label} {control}</label>"
