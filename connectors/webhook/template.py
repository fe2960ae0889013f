"""A body of one's own: JSON in whose texts macros stand for what an event holds.

The JSON is read first and filled in afterwards, text by text, so that no answer of a visitor can
change its form.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from connectors.base import Json

Names = Mapping[str, Collection[str]]
"""What a macro may begin with, and the names that may follow."""

Values = Mapping[str, Mapping[str, Json]]
"""What there is, in the same form; what is not there is null, or an empty text."""

_MACRO = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_INSIDE = re.compile(r"\s*(\w+)(?:\.(\w+))?\s*(\|\s*number\s*)?")


class TemplateError(ValueError):
    """The text is no template; the message says what is wrong, and where."""


def parse(text: str, known: Names) -> Json:
    """The template as `fill` takes it. Raises TemplateError."""
    try:
        template = json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise TemplateError(
            f"{where}: this is not JSON ({error.msg}); macros stand inside quotation marks"
        ) from error
    except RecursionError as error:
        raise TemplateError("it is nested too deeply") from error
    if not isinstance(template, dict | list):
        raise TemplateError("it must be an object or a list")
    _check(template, "", known)
    return template


def fill(template: Json, values: Values) -> Json:
    """The template with the values in place of macros.

    A text that is one macro becomes the value itself; in a longer text lists are joined by commas.
    """
    if isinstance(template, dict):
        return {key: fill(value, values) for key, value in template.items()}
    if isinstance(template, list):
        return [fill(value, values) for value in template]
    if not isinstance(template, str):
        return template
    if lone := _lone(template):
        return _value(lone, values)
    return _MACRO.sub(lambda found: _text(_value(found[1], values)), template)


def _no_constant(name: str) -> None:
    raise TemplateError(f"{name} is not JSON")


def _check(template: Any, path: str, known: Names) -> None:
    if isinstance(template, dict):
        for key, value in template.items():
            if _MACRO.search(key):
                raise TemplateError(f"{path}/{key}: a name takes no macro, only its value does")
            _check(value, f"{path}/{key}", known)
    elif isinstance(template, list):
        for number, value in enumerate(template):
            _check(value, f"{path}/{number}", known)
    elif isinstance(template, str):
        for inside in _MACRO.findall(template):
            if mistake := _mistake(inside, known, lone=_lone(template) is not None):
                raise TemplateError(f"{path}: {mistake}")
        rest = _MACRO.sub("", template)
        if "{{" in rest or "}}" in rest:
            raise TemplateError(f"{path}: a macro is written {{{{ name }}}}, and one is not closed")


def _mistake(inside: str, known: Names, *, lone: bool) -> str | None:
    found = _INSIDE.fullmatch(inside)
    if found is None:
        return f"{inside.strip()!r} is no macro; write a name such as contact.email"
    root, name, number = found.groups()
    if root not in known:
        return f"{root!r} is not known; begin with {', '.join(known)}"
    if name is not None and name not in known[root]:
        return f"{root!r} has no {name!r}; it has {', '.join(known[root])}"
    if (name is None or number) and not lone:
        return f"{inside.strip()!r} must be all that stands between its quotation marks"
    return None


def _lone(text: str) -> str | None:
    """What stands in the only macro of a text that is nothing else."""
    found = _MACRO.fullmatch(text.strip())
    return found[1] if found and len(_MACRO.findall(text)) == 1 else None


def _value(inside: str, values: Values) -> Json:
    found = _INSIDE.fullmatch(inside)
    assert found is not None  # `parse` has checked it
    root, name, number = found.groups()
    record = values.get(root)
    if record is None or name is None:
        return dict(record) if record is not None else None
    value = record.get(name)
    return _number(value) if number else value


def _number(value: Json) -> Json:
    """A decimal as a JSON number: whole, or with at most the digits that numbers there have."""
    try:
        exact = Decimal(str(value))
    except InvalidOperation:
        return None
    if not exact.is_finite():
        return None
    return int(exact) if exact == exact.to_integral_value() else float(exact)


def _text(value: Json) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(_text(item) for item in value)
    return str(value)
