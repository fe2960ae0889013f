"""Documents and bodies that are valid as they are; a test changes the one thing it is about."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from engine.deciding.form import FormConfig
from engine.deciding.module import ModuleConfig, load_module

ADA = {
    "first_name": "Ada",
    "last_name": "Lovelace",
    "email": "ada@example.org",
    "phone": "+380 67 123 45 67",
    "company": "Analytical",
    "budget": "1 500,50",
}


def form_config(**changes: Any) -> FormConfig:
    return FormConfig.model_validate({"form": "callback", "name": "Call me back"} | changes)


def module_document(**changes: Any) -> dict[str, Any]:
    document: dict[str, Any] = {
        "form": "callback",
        "module": "sales",
        "connection": "main",
        "contact": {
            "match": ["phone", "email"],
            "fields": {
                "name": "{{ field.first_name }} {{ field.last_name }}",
                "phone": "{{ field.phone }}",
                "email": "{{ field.email }}",
            },
        },
    }
    return document | changes


def module_config(**changes: Any) -> ModuleConfig:
    return load_module(module_document(**changes))


def urlencoded(**changes: Any) -> bytes:
    """Ada's answers as a browser's form sends them."""
    return urlencode(ADA | changes, doseq=True).encode()


def json_body(**changes: Any) -> bytes:
    """Ada's answers as a script sends them."""
    return json.dumps(ADA | changes).encode()


def multipart(*parts: tuple[str, str] | tuple[str, str, bytes], boundary: str = "Ada") -> bytes:
    """Parts of (name, value), or of (name, file name, content)."""
    lines = []
    for name, value, *content in parts:
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"'
        if content:
            head += f'; filename="{value}"\r\nContent-Type: application/octet-stream'
            lines.append(head.encode() + b"\r\n\r\n" + content[0])  # type: ignore[operator]
        else:
            lines.append(f"{head}\r\n\r\n{value}".encode())
    return b"\r\n".join([*lines, f"--{boundary}--\r\n".encode()])
