"""The fault matrix: one case for each fault that Formwire promises to stand."""

import pytest

pytest.register_assert_rewrite(
    *(f"{__name__}.{name}" for name in ("at_the_door", "in_the_crm", "in_workers", "in_storage"))
)
