"""Secrets at rest: encrypted with keys that never enter the database."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping

from cryptography.fernet import Fernet, InvalidToken, MultiFernet


class SecretsUnreadable(Exception):
    """Stored secrets cannot be read with the keys at hand, or belong to something else."""


class Vault:
    """Encrypts with the first of ``keys`` and decrypts with any, so that keys can be changed.

    Each secret is bound to its owner: moved to another row, it does not open.
    """

    def __init__(self, keys: list[str]) -> None:
        all_keys = [Fernet(_fernet_key(key)) for key in keys]
        self._newest, self._fernet = all_keys[0], MultiFernet(all_keys)

    def seal(self, owner: str, secrets: Mapping[str, str]) -> bytes:
        return self._fernet.encrypt(json.dumps({"owner": owner, "secrets": dict(secrets)}).encode())

    def open(self, owner: str, sealed: bytes) -> dict[str, str]:
        """The secrets that were sealed for ``owner``. Raises SecretsUnreadable."""
        try:
            content = json.loads(self._fernet.decrypt(sealed))
        except InvalidToken as error:
            raise SecretsUnreadable(
                f"the stored settings of {owner} cannot be decrypted: was FORMWIRE_SECRET_KEY changed?"
            ) from error
        if content["owner"] != owner:
            raise SecretsUnreadable(f"the stored settings of {owner} were sealed for another")
        secrets: dict[str, str] = content["secrets"]
        return secrets

    def sealed_anew(self, sealed: bytes) -> bytes | None:
        """``sealed`` under the first key, for the same owner; None when it is so already.

        Raises SecretsUnreadable when no key opens it.
        """
        try:
            self._newest.decrypt(sealed)
        except InvalidToken:
            pass
        else:
            return None
        try:
            return self._fernet.rotate(sealed)
        except InvalidToken as error:
            raise SecretsUnreadable("no key at hand opens it") from error


def _fernet_key(key: str) -> bytes:
    """Any text as a Fernet key, kept apart from the key's other uses by its label."""
    return base64.urlsafe_b64encode(hashlib.sha256(b"formwire at rest:" + key.encode()).digest())
