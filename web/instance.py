"""The running instance, as a view reaches it."""

from __future__ import annotations

from flask import current_app

from engine.instance import Instance


def instance() -> Instance:
    found: Instance = current_app.extensions["instance"]
    return found
