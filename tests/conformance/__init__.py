import pytest

# The cases are inherited from files that pytest would not take for tests.
pytest.register_assert_rewrite(
    *(
        f"{__name__}.{name}"
        for name in (
            "accidents",
            "cases",
            "enquiring",
            "looking",
            "receiving",
            "recognising",
            "writing",
        )
    )
)
