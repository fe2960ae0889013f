"""Where a visitor's browser goes after sending."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from engine.deciding.form import FormConfig

# Browsers drop tabs and line breaks from addresses and read a backslash as a slash, so an address
# that holds one may lead elsewhere than it seems to.
_MISLEADING = re.compile(r"[\x00-\x20\x7f\\]")


def destination(form: FormConfig, wanted: str, own_host: str, thanks: str) -> str:
    """The page that the form's ``_next`` wants if its owner allows it, the form's own, or ``thanks``."""
    if wanted and _allowed(wanted, form, own_host):
        return wanted
    return form.redirect or thanks


def _allowed(wanted: str, form: FormConfig, own_host: str) -> bool:
    """Only a path of ours, or a web address on our host or one of the form's ``redirects``."""
    if _MISLEADING.search(wanted):
        return False
    try:
        parts = urlsplit(wanted)
        host, place = parts.hostname, parts.netloc.lower()
    except ValueError:
        return False
    if not parts.scheme and not place:
        return wanted.startswith("/") and not wanted.startswith("//")
    if parts.scheme not in ("http", "https") or "@" in place:
        return False
    return place == own_host.lower() or bool(
        {host, place} & {one.lower() for one in form.redirects}
    )
