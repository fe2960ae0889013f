"""What a new form's and a new module's text begins with."""

from __future__ import annotations

from typing import Any

NEW_FORM: dict[str, Any] = {
    "form": "callback",
    "name": "Callback",
    "region": "US",
    "zone": "UTC",
    "fields": [
        {"key": "first_name", "label": "First name"},
        {"key": "email", "label": "E-mail", "type": "email", "required": True},
        {"key": "phone", "label": "Phone", "type": "tel"},
    ],
}


def new_module(form: str, connection: str) -> dict[str, Any]:
    """A contact and a deal, switched off until somebody has looked at it."""
    return {
        "form": form,
        "module": connection,
        "connection": connection,
        "active": {"enabled": False},
        "contact": {
            "fields": {
                "name": "{{ field.first_name }}",
                "phone": "{{ field.phone }}",
                "email": "{{ field.email }}",
            },
            "tags": ["website"],
        },
        "deal": {"name": "{{ form.name }}: {{ field.first_name }}"},
    }
