"""Files that pages load, at addresses that tell their version: a browser asks for each version once."""

from __future__ import annotations

import os
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

from flask import Flask, request
from werkzeug.security import safe_join

_STATIC = str(Path(__file__).with_name("static"))
_YEAR_S = 365 * 24 * 60 * 60


def init_app(app: Flask) -> None:
    app.url_defaults(_add_version)
    app.get_send_file_max_age = _kept_s  # type: ignore[assignment]


def _add_version(endpoint: str, values: dict[str, Any]) -> None:
    if endpoint == "static":
        values.setdefault("v", _version(values["filename"]))


def _kept_s(name: str | None) -> int | None:
    """A year if the address is that of what is there now; else browsers ask each time."""
    version = _version(name) if name else None
    return _YEAR_S if version and request.args.get("v") == version else None


def _version(name: str) -> str | None:
    """None when there is no such file, as an address may name anything."""
    path = safe_join(_STATIC, name)
    try:
        return _digest(path, os.stat(path).st_mtime_ns) if path else None
    except (OSError, ValueError):  # the latter: a NUL in it
        return None


@lru_cache(maxsize=256)
def _digest(path: str, _changed_ns: int) -> str:
    return blake2b(Path(path).read_bytes(), digest_size=6).hexdigest()
