import pytest

from connectors.base import Kind
from connectors.catalog import FieldType, Option
from connectors.kommo.catalog import catalog_of
from tests.connectors.kommo.account import (
    ACCOUNT,
    CATALOG,
    CUSTOM_FIELDS,
    PIPELINES,
    USERS,
)


@pytest.mark.parametrize(
    ("kind", "named", "id", "type"),
    [
        (Kind.CONTACT, "PHONE", "phone", FieldType.PHONE),
        (Kind.CONTACT, "EMAIL", "email", FieldType.EMAIL),
        (Kind.CONTACT, "IM", "23", FieldType.MESSENGER),
        (Kind.CONTACT, "Position", "24", FieldType.TEXT),
        (Kind.CONTACT, "Birthday", "25", FieldType.DATE),
        (Kind.CONTACT, "Address: city", "26.city", FieldType.TEXT),
        (Kind.CONTACT, "Passport: file id", "27.file_uuid", FieldType.TEXT),
        (Kind.CONTACT, "Firm: name", "28.name", FieldType.TEXT),
        (Kind.CONTACT, "Firm: kind", "28.entity_type", FieldType.CHOICE),
        (Kind.COMPANY, "PHONE", "phone", FieldType.PHONE),
        (Kind.COMPANY, "Office", "32", FieldType.LONG_TEXT),
        (Kind.DEAL, "Budget", "budget", FieldType.MONEY),
        (Kind.DEAL, "Details", "42", FieldType.LONG_TEXT),
        (Kind.DEAL, "Page", "43", FieldType.URL),
        (Kind.DEAL, "Seats", "44", FieldType.NUMBER),
        (Kind.DEAL, "Delivery", "45", FieldType.MONEY),
        (Kind.DEAL, "Newsletter", "46", FieldType.YES_NO),
        (Kind.DEAL, "Wanted", "47", FieldType.DATE),
        (Kind.DEAL, "Meeting", "48", FieldType.DATETIME),
        (Kind.DEAL, "Product", "49", FieldType.CHOICE),
        (Kind.DEAL, "Contact by", "50", FieldType.CHOICE),
        (Kind.DEAL, "Interests", "51", FieldType.CHOICES),
        (Kind.DEAL, "UTM_SOURCE", "52", FieldType.TEXT),
        (Kind.DEAL, "Cost", "53", FieldType.MONEY),
        (Kind.DEAL, "Chain", "54", FieldType.OPAQUE),  # of no lists that we know
        (Kind.DEAL, "Goods: Range, element id", "55.801", FieldType.NUMBER),
    ],
)
def test_every_kind_of_field_is_in_the_catalog(kind, named, id, type):
    field = CATALOG.field(kind, named)
    assert field is not None
    assert (field.id, field.type) == (id, type)
    assert field.read_only == (type is FieldType.OPAQUE)


def test_only_multitext_fields_take_many_values():
    many = {field.id for field in CATALOG.fields[Kind.CONTACT] if field.many}
    assert many == {"phone", "email", "23"}


def test_the_options_of_a_choice_are_offered():
    product = CATALOG.field(Kind.DEAL, "Product")
    assert product is not None
    assert product.options == (Option("491", "Software"), Option("492", "Hardware"))


def test_messengers_are_offered_by_code_and_readable_name():
    found = [CATALOG.messenger(named) for named in ("SKYPE", "skype", "icq", "Telegram")]
    assert [pair and (pair[0].id, pair[1]) for pair in found] == [
        ("23", Option("SKYPE", "Skype")),
        ("23", Option("SKYPE", "Skype")),
        ("23", Option("ICQ", "ICQ")),
        None,
    ]


def test_archived_pipelines_are_left_out_and_stages_stand_in_order():
    (sales,) = CATALOG.pipelines
    assert sales.main
    assert [(stage.id, stage.closed, stage.incoming) for stage in sales.stages] == [
        ("70", False, True),
        ("71", False, False),
        ("142", True, False),
        ("143", True, False),
    ]


def test_the_rest_of_the_account_is_in_the_catalog():
    assert [(user.id, user.active) for user in CATALOG.users] == [("10001", True), ("10002", False)]
    assert [option.label for option in CATALOG.task_types] == ["Follow-up", "Meeting"]
    assert (CATALOG.currency, CATALOG.time_zone) == ("UAH", "Europe/Kyiv")


def test_a_zone_this_host_does_not_know_counts_as_none():
    account = {**ACCOUNT, "_embedded": {"datetime_settings": {"timezone": "Mars/Base"}}}
    catalog = catalog_of(account, PIPELINES, USERS, CUSTOM_FIELDS, price_decimals=2)
    assert catalog.time_zone is None
    budget = catalog.field(Kind.DEAL, "budget")
    assert budget is not None
    assert budget.decimals == 2
