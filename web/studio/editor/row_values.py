"""One row of a mapping, as a document writes it and as a form shows it.

A form's row is texts only, so that whatever was typed can be shown again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

import yaml

from connectors.catalog import Field
from web.studio.macro_list import field_macro

TEXT, FIXED, SEVERAL, OF_FIELD = "text", "fixed", "several", "field:"
LEFT_EMPTY = " "
"""How a form writes an option map's empty value; an empty text there means "not mapped"."""

Values = Mapping[str, Any]
"""A form's row: ``source text write empty unknown instead`` are texts, ``convert`` a list of name
and setting, ``map`` a list of answer and option."""

_LONE_FIELD = re.compile(r'\{\{\s*field(?:\.(\w+)|\[("(?:[^"\\]|\\.)*")\])\s*\}\}')


def row_values(written: Any) -> dict[str, Any]:
    """What the form shows of a row, or of a bare text or list of texts that stands for one."""
    row = written if isinstance(written, dict) else {"value": written}
    unknown = row.get("unknown", "skip")
    instead = unknown.get("value", "") if isinstance(unknown, dict) else ""
    return {
        **_source_values(row.get("value", "")),
        "convert": [_conversion_values(one) for one in row.get("convert", [])],
        "map": [
            {"answer": answer, "option": option or LEFT_EMPTY}
            for answer, option in row.get("map", {}).items()
        ],
        "unknown": "value" if isinstance(unknown, dict) else unknown,
        "instead": instead,
        "write": row.get("write", ""),
        "empty": row.get("empty", "keep"),
    }


def written_row(values: Values, before: Any = None, field: Field | None = None) -> Any:
    """The document's row for what a form says; what did not change stays as ``before`` has it.

    An option map that only says what the ``field``'s options are called anyway is none.
    """
    shown = row_values(before) if before is not None else {}
    now = {**values, "convert": _filled(values["convert"]), "map": _mapped(values["map"])}
    if not shown.get("map") and _says_nothing(now["map"], field):
        now["map"] = []
    row = dict(before) if isinstance(before, dict) else {} if before is None else {"value": before}
    for key, (names, write) in _KEYS.items():
        if any(now[name] != shown.get(name) for name in names):
            row[key] = write(now)
    row = {key: value for key, value in row.items() if value != _DEFAULTS.get(key)}
    return row["value"] if set(row) == {"value"} else row


def lone_field(source: str) -> str | None:
    """The form field whose answer alone is meant by ``source``."""
    found = _LONE_FIELD.fullmatch(source.strip())
    if found is None:
        return None
    return found[1] or str(json.loads(found[2]))


def one_line(setting: Any) -> str:
    """A setting of a document as one line that `read_line` reads again."""
    if isinstance(setting, dict | list):
        return yaml.safe_dump(
            setting, default_flow_style=True, allow_unicode=True, sort_keys=False, width=9999
        ).strip()
    return str(setting)


def read_line(text: str) -> Any:
    """A mapping in braces as such, a whole number as such, everything else as the text it is.

    What only begins like a mapping stays a text, too: the document says then what it wants there.
    """
    if text.strip().startswith("{"):
        try:
            return yaml.safe_load(text)
        except (yaml.YAMLError, ValueError, RecursionError):  # ValueError: a day that is none
            return text
    return int(text) if re.fullmatch(r"-?[0-9]{1,9}", text.strip()) else text


def lines_of(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _source_values(value: Any) -> dict[str, str]:
    if isinstance(value, list | tuple):
        return {"source": SEVERAL, "text": "\n".join(map(str, value))}
    text = str(value)
    if (name := lone_field(text)) is not None:
        return {"source": OF_FIELD + name, "text": ""}
    return {"source": TEXT if "{{" in text else FIXED, "text": text}


def _conversion_values(written: Any) -> dict[str, str]:
    if isinstance(written, dict):
        ((name, setting),) = written.items()
        return {"name": name, "setting": one_line(setting)}
    return {"name": written, "setting": ""}


def _filled(conversions: list[dict[str, str]]) -> list[dict[str, str]]:
    return [
        {"name": one["name"], "setting": one["setting"]} for one in conversions if one.get("name")
    ]


def _mapped(lines: list[dict[str, str]]) -> list[dict[str, str]]:
    return [
        {"answer": one["answer"], "option": one["option"]} for one in lines if one.get("option")
    ]


def _says_nothing(lines: list[dict[str, str]], field: Field | None) -> bool:
    """Whether each answer goes where its name leads without a map."""
    if field is None:
        return False
    return all(
        (option := field.option(line["answer"].strip())) is not None
        and option == field.option(line["option"])
        for line in lines
    )


def _value(values: Values) -> Any:
    source = values["source"]
    if source.startswith(OF_FIELD):
        return field_macro(source.removeprefix(OF_FIELD))
    return lines_of(values["text"]) if source == SEVERAL else values["text"]


def _convert(values: Values) -> Any:
    return [
        {one["name"]: _setting(one)} if one["setting"] else one["name"] for one in values["convert"]
    ]


def _setting(conversion: Mapping[str, str]) -> Any:
    """Only two conversions take a number; a pattern or a separator of digits stays a text."""
    text = conversion["setting"]
    if conversion["name"] in ("truncate", "pick") or text.strip().startswith("{"):
        return read_line(text)
    return text


def _map(values: Values) -> Any:
    return {
        line["answer"]: "" if line["option"] == LEFT_EMPTY else line["option"]
        for line in values["map"]
    }


def _unknown(values: Values) -> Any:
    return {"value": values["instead"]} if values["unknown"] == "value" else values["unknown"]


_KEYS: Mapping[str, tuple[tuple[str, ...], Callable[[Values], Any]]] = {
    "value": (("source", "text"), _value),
    "convert": (("convert",), _convert),
    "map": (("map",), _map),
    "unknown": (("unknown", "instead"), _unknown),
    "write": (("write",), lambda values: values["write"]),
    "empty": (("empty",), lambda values: values["empty"]),
}
"""Key of the document's row, to the names of the form's row that it is made of, and how."""

_DEFAULTS = {"convert": [], "map": {}, "unknown": "skip", "write": "", "empty": "keep"}
