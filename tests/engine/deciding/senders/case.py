"""A post as a sender makes it, and what must be read from it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from engine.deciding.reading import Answer, Reading, read_body

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
MULTIPART = "multipart/form-data; boundary=Ada"


@dataclass(frozen=True, kw_only=True)
class Case:
    """``technical`` are names only; what is not named here must be empty."""

    name: str
    raw: bytes
    sender: str
    content_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[str, Answer] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    context: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    technical: frozenset[str] = frozenset()
    id: str = ""
    finished: bool = True
    test: bool = False

    def reading(self) -> Reading:
        return read_body(self.raw, self.content_type, self.headers)


def sent(document: Any) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode()


def form(**fields: Any) -> bytes:
    return urlencode(fields, doseq=True).encode()


def names(text: str) -> frozenset[str]:
    return frozenset(text.split())
