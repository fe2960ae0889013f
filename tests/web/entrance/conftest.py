"""People who come in by another way than the sign-in form."""

from __future__ import annotations

from tests.web.studio.conftest import _quick_passwords, grace, sign_in

__all__ = ["_quick_passwords", "grace", "sign_in"]
