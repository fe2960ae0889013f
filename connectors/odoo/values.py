"""One field's value, from Odoo's form to ours, and from ours to a cell of an import."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any

from connectors.base import Json
from connectors.catalog import Field, FieldType
from connectors.phones import same_number

MOMENT = "%Y-%m-%d %H:%M:%S"
"""How Odoo writes a moment; always in UTC."""
BY_ID, HTML, BY_NAME = "/.id", ":html", "UTM_"


def column_of(field: Field) -> str:
    """The import column that fills the field.

    A field's code says so where it differs from its id: references by database id end in ``/.id``,
    formatted texts in ``:html``; UTM fields are references by name.
    """
    code = field.code or field.id
    return field.id if code.startswith(BY_NAME) else code.removesuffix(HTML)


def name_of(field: Field) -> str:
    """Odoo's name of the field."""
    return column_of(field).removesuffix(BY_ID)


def is_html(field: Field) -> bool:
    return (field.code or "").endswith(HTML)


def decimal_text(value: Json) -> str:
    """A number without exponent and without needless zeros."""
    text = f"{Decimal(str(value)):f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def same_value(field: Field, wanted: str, there: Json) -> bool:
    """Whether two values of a field mean the same."""
    if field.type is FieldType.PHONE:
        return same_number(wanted, str(there))
    if field.type is FieldType.EMAIL:
        return wanted.strip().casefold() == str(there).strip().casefold()
    if field.type in (FieldType.NUMBER, FieldType.MONEY):
        return decimal_text(wanted) == decimal_text(there)
    return bool(wanted == there)


# --- Odoo to us ------------------------------------------------------------------------------


def from_odoo(field: Field, value: Json, zone: tzinfo) -> Json:
    """A value in the form its FieldType gives; None when it is empty.

    Odoo keeps 0 where no number was ever written, and false for no as for nothing.
    """
    if value in (None, False, "", [], 0):
        return None
    if field.type in (FieldType.CHOICE, FieldType.USER, FieldType.PIPELINE, FieldType.STAGE):
        return str(value[0]) if isinstance(value, list) else str(value)
    if field.type is FieldType.CHOICES:
        return [str(id) for id in value]
    if field.type in (FieldType.NUMBER, FieldType.MONEY):
        return decimal_text(value)
    if field.type is FieldType.DATETIME:
        return moment(value).astimezone(zone).isoformat()
    if field.type is FieldType.YES_NO:
        return True
    if isinstance(value, list):
        return str(value[1])
    return (text_of(str(value)) or None) if is_html(field) else str(value)


def moment(text: str) -> datetime:
    return datetime.strptime(text, MOMENT).replace(tzinfo=UTC)


class _Text(HTMLParser):
    """Collects what a formatted text says, with its lines."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag == "br":
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("p", "div", "li", "tr", "h1", "h2", "h3"):
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


def text_of(formatted: str) -> str:
    """What a formatted text says, without its tags."""
    parser = _Text()
    parser.feed(formatted)
    parser.close()
    return re.sub(r"[ \t]+\n", "\n", "".join(parser.parts)).strip()


# --- us to Odoo ------------------------------------------------------------------------------


def cell(field: Field, value: Json, zone: tzinfo) -> str:
    """A value as an import takes it; an empty cell empties the field.

    Raises ValueError, TypeError or ArithmeticError when the value does not fit the field.
    """
    if value is None:
        return ""
    if is_html(field):
        return html_of(str(value))
    write = _WRITERS.get(field.type)
    if write:
        return write(value, zone)
    if field.type is FieldType.CHOICE and column_of(field).endswith(BY_ID):
        return str(int(value))
    if not isinstance(value, str):
        raise TypeError("no text")
    return value


def html_of(text: str) -> str:
    """A plain text as a formatted one. Every text is escaped: visitors wrote it."""
    return f"<p>{'<br>'.join(html.escape(line) for line in text.splitlines())}</p>" if text else ""


def _decimal(value: Json, zone: tzinfo) -> str:
    return decimal_text(Decimal(value))


def _yes_no(value: Json, zone: tzinfo) -> str:
    return "1" if value else "0"


def _date(value: Any, zone: tzinfo) -> str:
    return date.fromisoformat(value).isoformat()


def _datetime(value: Any, zone: tzinfo) -> str:
    return instant(value, zone).astimezone(UTC).strftime(MOMENT)


def instant(value: str, zone: tzinfo) -> datetime:
    """An ISO 8601 moment; one without offset is meant in ``zone``."""
    found = datetime.fromisoformat(value)
    return found if found.tzinfo else found.replace(tzinfo=zone)


def _id(value: Any, zone: tzinfo) -> str:
    return str(int(value))


def _ids(value: Any, zone: tzinfo) -> str:
    return ",".join(str(int(id)) for id in value)


_WRITERS: Mapping[FieldType, Callable[[Any, tzinfo], str]] = {
    FieldType.NUMBER: _decimal,
    FieldType.MONEY: _decimal,
    FieldType.YES_NO: _yes_no,
    FieldType.DATE: _date,
    FieldType.DATETIME: _datetime,
    FieldType.USER: _id,
    FieldType.PIPELINE: _id,
    FieldType.STAGE: _id,
    FieldType.CHOICES: _ids,
}
