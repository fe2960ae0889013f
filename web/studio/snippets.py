"""Code that people paste into their websites to send a form here."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape

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
    "url": "https://example.org",
}


@dataclass(frozen=True, slots=True)
class Part:
    """One thing to copy. ``title`` says what it is where there are several."""

    code: str
    title: str = ""


def snippet(name: str, form: FormConfig, site: str) -> list[Part]:
    """What to copy for ``form``; ``site`` is our public address. Raises KeyError."""
    return SNIPPETS[name](form, address_of(form, site))


def address_of(form: FormConfig, site: str) -> str:
    """Where websites post ``form``."""
    return f"{site}/f/{form.form}"


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
    pairs = [
        (f"{key}[]" if isinstance(value, list) else key, one)
        for key, value in _samples(form).items()
        for one in ([value] if isinstance(value, str) else value)
    ]
    lines = [f"{option} {shlex.quote(f'{key}={value}')}" for key, value in pairs]
    lines += [f"--form {shlex.quote(f'{field.key}=@file.pdf')}" for field in files]
    return " \\\n  ".join([f"curl {shlex.quote(address)}", *lines])


def _fields(form: FormConfig) -> tuple[FormField, ...]:
    return form.fields or USUAL


def _file_fields(form: FormConfig) -> list[FormField]:
    return [field for field in form.fields if field.type == "file"]


def _samples(form: FormConfig) -> dict[str, str | list[str]]:
    """An answer for each field but files: a list for what may be several."""
    return {field.key: _sample(field) for field in _fields(form) if field.type != "file"}


def _sample(field: FormField) -> str | list[str]:
    if field.type == "checkboxes":
        return [field.sample] if field.sample else list(field.options[:2])
    return field.sample or next(iter(field.options), "") or _SAMPLES.get(field.type, "")


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
            value = escape(next(iter(field.options), "yes"))
            box = f'<input type="checkbox" name="{name}" value="{value}"{required}>'
            return f"  <label>{box} {label}</label>"
        case "radio" | "checkboxes":
            return _choices(field, label, name, required)
        case "hidden":
            return f'  <input type="hidden" name="{name}" value="{escape(field.sample)}">'
        case kind:
            control = f'<input type="{kind}" name="{name}"{required}>'
    return f"  <label>{label} {control}</label>"


def _choices(field: FormField, label: str, name: str, required: str) -> str:
    kind, name, required = (
        ("radio", name, required) if field.type == "radio" else ("checkbox", f"{name}[]", "")
    )
    lines = [
        f'    <label><input type="{kind}" name="{name}" value="{escape(option)}"{required}>'
        f" {escape(option)}</label>"
        for option in field.options
    ]
    return "\n".join(["  <fieldset>", f"    <legend>{label}</legend>", *lines, "  </fieldset>"])


# Builders of sites -----------------------------------------------------------------------------


def tilda(form: FormConfig, address: str) -> list[Part]:
    """Tilda posts each input under its variable name: Latin letters, digits, ``_`` and ``-``."""
    fields = _fields(form)
    names = plain_names(fields)
    lines = [f"{field.label or field.key}: {names[field.key]}" for field in fields]
    return [
        Part(address, str(_("Webhook address"))),
        Part("\n".join(lines), str(_("Variable names"))),
        *_to_add(names),
    ]


def elementor(form: FormConfig, address: str) -> list[Part]:
    """Elementor posts each answer under its label."""
    lines = [f"{_ELEMENTOR.get(field.type, 'Text')}: {field.key}" for field in _fields(form)]
    return [
        Part(address, str(_("Webhook address"))),
        Part("\n".join(lines), str(_("Types and labels"))),
    ]


_ELEMENTOR = {
    "email": "Email",
    "tel": "Tel",
    "number": "Number",
    "date": "Date",
    "url": "URL",
    "textarea": "Textarea",
    "select": "Select",
    "radio": "Radio",
    "checkboxes": "Checkbox",
    "checkbox": "Acceptance",
    "file": "File Upload",
    "hidden": "Hidden",
}


def contact_form_7(form: FormConfig, address: str) -> list[Part]:
    """CF7 to Webhook posts each answer under its tag's name: a letter, then letters, digits, ``_``, ``-``."""
    fields = _fields(form)
    names = plain_names(fields)
    tags = "\n\n".join(_tag(field, names[field.key]) for field in fields)
    return [
        Part(address, str(_("Webhook address"))),
        Part(f'{tags}\n\n[submit "{_("Send")}"]', str(_("The form"))),
        *_to_add(names),
    ]


def _tag(field: FormField, name: str) -> str:
    star = "*" if field.required else ""
    label = _unbracketed(escape(field.label or field.key, quote=False))
    options = "".join(f" {_quoted(option)}" for option in field.options)
    match field.type:
        case "hidden":
            return f"[hidden {name} {_quoted(field.sample)}]"
        case "checkbox":
            return f"[acceptance {name}{'' if star else ' optional'}] {label} [/acceptance]"
        case "radio":  # of which one is always chosen
            tag = f"[radio {name} default:1{options}]"
        case "checkboxes":
            tag = f"[checkbox{star} {name}{options}]"
        case "select":
            tag = f"[select{star} {name}{options}]"
        case kind:
            tag = f"[{kind}{star} {name}]"
    return f"<label> {label}\n    {tag} </label>"


def _quoted(text: str) -> str:
    """A value of a tag: CF7 knows no escapes, so that what would end it is left out."""
    text = _unbracketed(text)
    return f"'{text}'" if '"' in text and "'" not in text else '"' + text.replace('"', "") + '"'


def _unbracketed(text: str) -> str:
    return text.replace("[", "(").replace("]", ")")


_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")


def plain_names(fields: Sequence[FormField]) -> dict[str, str]:
    """For each field's key a name of Latin letters: its own, another it has, or one made of it."""
    taken = {name for field in fields for name in (field.key, *field.aliases)}
    names: dict[str, str] = {}
    for number, field in enumerate(fields, start=1):
        plain = next(filter(_PLAIN.fullmatch, (field.key, *field.aliases)), "")
        if not plain:
            begin = re.sub(r"[^A-Za-z0-9]+", "_", field.key).strip("_0123456789").lower()
            plain = begin if begin and begin not in taken else f"field_{number}"
        taken.add(plain)
        names[field.key] = plain
    return names


def _to_add(names: Mapping[str, str]) -> list[Part]:
    """Names that a builder needs and no field has yet."""
    lines = [f"{key}: {plain}" for key, plain in names.items() if key != plain]
    title = _("Its other names here: add them on the tab Fields, so that they are recognised")
    return [Part("\n".join(lines), str(title))] if lines else []


# Google Forms ----------------------------------------------------------------------------------


def google_forms(_form: FormConfig, address: str) -> list[Part]:
    """An Apps Script for the trigger “On form submit”: the questions' titles are the names.

    Its events: developers.google.com, Apps Script, Event objects, Google Forms events.
    """
    return [Part(_APPS_SCRIPT.replace("ADDRESS", _literal(address)), str(_("The script")))]


_APPS_SCRIPT = """\
function onFormSubmit(event) {
  const payload = {};
  const email = event.response.getRespondentEmail();
  if (email) payload.email = email;
  for (const item of event.response.getItemResponses()) {
    payload[item.getItem().getTitle()] = item.getResponse();
  }
  UrlFetchApp.fetch(ADDRESS, {
    method: "post",
    contentType: "application/json",
    payload: JSON.stringify({
      form: { id: event.source.getId(), title: event.source.getTitle() },
      response: { id: event.response.getId(), payload },
    }),
  });
}"""


SNIPPETS: Mapping[str, Callable[[FormConfig, str], list[Part]]] = {
    "html": lambda form, address: [Part(_html(form, address))],
    "script": lambda form, address: [Part(_script(form, address))],
    "fetch": lambda form, address: [Part(_fetch(form, address))],
    "curl": lambda form, address: [Part(_curl(form, address))],
    "tilda": tilda,
    "cf7": contact_form_7,
    "elementor": elementor,
    "googleforms": google_forms,
}
"""What there is to copy, each made for a form and its public address."""
