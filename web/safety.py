"""What a running Formwire must not be: a debugger for strangers, or a data folder for everybody."""

from __future__ import annotations

import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

from sqlalchemy import make_url

from engine.settings import PREFIX, Settings

FEWEST_DIFFERENT = 10
"""Different characters of a secret key; 32 drawn from 16 already have some 14."""
PLACEHOLDERS = ("changeme", "change-me", "change_me", "your-secret", "your_secret", "secret-key")
_OFF = ("", "0", "false", "no")


def dangers(settings: Settings, environ: Mapping[str, str]) -> Iterator[str]:
    """Why Formwire must not start like this, a sentence with its remedy for each reason."""
    if environ.get("FLASK_DEBUG", "").lower() not in _OFF:
        yield "FLASK_DEBUG is set, and would let visitors run code: remove it"
    key = settings.secret_key
    if len(set(key)) < FEWEST_DIFFERENT or any(word in key.lower() for word in PLACEHOLDERS):
        yield (
            f"{PREFIX}SECRET_KEY can be guessed: draw one, for instance with "
            "python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"
        )
    if _open_to_others(settings.data_dir):
        yield f"other users can look into {settings.data_dir}: chmod 700 {settings.data_dir}"
    url = make_url(settings.database_url)
    if url.get_backend_name() == "sqlite":
        file = Path(url.database or "")
        if file.exists() and _open_to_others(file) and _reachable(file):
            yield f"other users can read the database {file}: chmod 600 {file}"


def _open_to_others(path: Path) -> bool:
    return bool(path.stat().st_mode & stat.S_IRWXO)


def _reachable(file: Path) -> bool:
    """Whether others get as far as the file's folder lets them."""
    return bool(file.parent.stat().st_mode & stat.S_IXOTH)
