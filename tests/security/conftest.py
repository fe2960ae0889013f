"""People who use a full studio, and what Mallory tries there."""

from __future__ import annotations

from tests.web.api.conftest import make_token
from tests.web.studio.conftest import _quick_passwords, full, grace, sign_in

__all__ = ["_quick_passwords", "full", "grace", "make_token", "sign_in"]
