"""Phones, e-mails, messengers and sites of one record: each value has an id of its own.

Source: apidocs.bitrix24.com, crm_multifield. What is not understood is dropped without a word, and
values that are sent again are there twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.bitrix24.simulator.php import members
from connectors.simulation import Record

TYPES = ("PHONE", "EMAIL", "WEB", "IM", "LINK")
FIRST_ID = 11


def changed_multifields(present: list[Record], sent: Any) -> list[Record]:
    """What a record has after a write of ``fm``."""
    values = {one["id"]: one for one in present}
    for key, one in members(sent).items() if isinstance(sent, list | dict) else ():
        if not isinstance(one, Mapping) or one.get("typeId") not in TYPES:
            continue
        id = int(key) if isinstance(sent, dict) and key.isdecimal() else 0
        text = str(one.get("value", ""))
        if id in values and not text:
            del values[id]
        elif id in values:
            values[id] = {**values[id], "value": text}
        elif text:
            fresh = max([FIRST_ID - 1, *values]) + 1
            kind = one.get("valueType") or "WORK"
            shown = {"id": fresh, "typeId": one["typeId"], "valueType": kind, "value": text}
            values[fresh] = shown
    return list(values.values())
