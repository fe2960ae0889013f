import pytest

from rules.references import lookup

DATA = {
    "field": {"address.city": "Kyiv", "topic": "demo", "": "blank"},
    "modules": {"sales": {"state": "delivered", "contact": {"id": "7"}}, "flat.state": "held"},
    "odd": "text",
}


@pytest.mark.parametrize(
    ("reference", "value"),
    [
        ("field.topic", "demo"),
        ("field.address.city", "Kyiv"),
        ("field.address", None),
        ("field.topic.length", None),
        ("modules.sales.state", "delivered"),
        ("modules.sales.contact.id", "7"),
        ("modules.flat.state", "held"),
        ("modules.other.state", None),
        ("odd.x", None),
        ("none.x", None),
        ("field" + ".x" * 50_000, None),
    ],
)
def test_a_reference_is_looked_up_whole_first_and_then_level_by_level(reference, value):
    assert lookup(DATA, reference) == value
