import pytest

from connectors.base import Kind
from connectors.catalog import FieldType, Option
from connectors.errors import AuthError, SettingsError, UnavailableError
from tests.connectors.bitrix24.portal import (
    CATEGORIES,
    COMPANY_FIELDS,
    CONTACT_FIELDS,
    DEAL_FIELDS,
    USERS,
    statuses,
)
from tests.connectors.bitrix24.wire import Bitrix, Problem, batch, connector

FIELDS = [{"fields": one} for one in (CONTACT_FIELDS, COMPANY_FIELDS, DEAL_FIELDS)]


def read(*, mode=1, users=USERS, fields=FIELDS, **settings):
    leads = settings.get("deals_as") == "leads"
    stages = ["STATUS"] if leads else ["DEAL_STAGE", "DEAL_STAGE_9"]
    bitrix = Bitrix(
        batch(*fields, "EUR", mode),
        batch({"categories": CATEGORIES}, users),
        batch(*(statuses(name) for name in [*stages, "SOURCE"])),
    )
    return connector(bitrix, catalog=None, **settings).catalog()


@pytest.mark.parametrize(
    ("kind", "named", "id", "type"),
    [
        (Kind.CONTACT, "PHONE", "phone", FieldType.PHONE),
        (Kind.CONTACT, "E-mail", "email", FieldType.EMAIL),
        (Kind.CONTACT, "IM", "messenger", FieldType.MESSENGER),
        (Kind.CONTACT, "Website", "web", FieldType.URL),
        (Kind.CONTACT, "LAST_NAME", "last_name", FieldType.TEXT),
        (Kind.CONTACT, "Position", "post", FieldType.TEXT),
        (Kind.COMPANY, "Company name", "name", FieldType.TEXT),
        (Kind.DEAL, "Amount", "budget", FieldType.MONEY),
        (Kind.DEAL, "Responsible person", "responsible", FieldType.USER),
        (Kind.DEAL, "Source", "sourceId", FieldType.CHOICE),
        (Kind.DEAL, "UTM_SOURCE", "utmSource", FieldType.TEXT),
        (Kind.DEAL, "Topic", "ufCrm_1", FieldType.TEXT),
        (Kind.DEAL, "Details", "ufCrm_2", FieldType.LONG_TEXT),
        (Kind.DEAL, "Product", "ufCrm_3", FieldType.CHOICE),
        (Kind.DEAL, "Interests", "ufCrm_4", FieldType.CHOICES),
        (Kind.DEAL, "Delivery", "ufCrm_5", FieldType.MONEY),
        (Kind.DEAL, "Seats", "ufCrm_6", FieldType.NUMBER),
        (Kind.DEAL, "Contract", "ufCrm_8", FieldType.OPAQUE),
        (Kind.DEAL, "Weight", "ufCrm_9", FieldType.NUMBER),
    ],
)
def test_every_kind_of_field_is_in_the_catalog(kind, named, id, type):
    field = read().field(kind, named)
    assert field is not None
    assert (field.id, field.type) == (id, type)
    assert field.read_only == (type is FieldType.OPAQUE)


def test_what_is_written_in_other_ways_is_no_field():
    catalog = read()
    assert [field.id for field in catalog.fields[Kind.COMPANY]] == [
        *("phone", "email", "messenger", "web", "name"),
    ]
    deal = {field.id for field in catalog.fields[Kind.DEAL]}
    assert not deal & {"id", "contactIds", "originId", "categoryId"}


def test_what_a_field_is_like_is_told():
    catalog = read()
    seats, score = catalog.field(Kind.DEAL, "Seats"), catalog.field(Kind.DEAL, "Score")
    assert (seats.decimals, seats.required) == (0, True)
    assert score.read_only
    assert catalog.field(Kind.DEAL, "Weight").decimals == 3
    assert catalog.field(Kind.DEAL, "Delivery").currency == "EUR"
    assert catalog.field(Kind.DEAL, "Tags").many
    assert not catalog.field(Kind.DEAL, "Interests").many
    assert catalog.field(Kind.DEAL, "Product").options == (Option("31", "Software"),)
    assert catalog.field(Kind.DEAL, "Source").options == (Option("WEB", "Website"),)
    assert not catalog.field(Kind.DEAL, "opened").required, "Bitrix24 fills it in"


def test_pipelines_have_their_stages_in_order():
    sales, service = read().pipelines
    assert (sales.id, sales.label, sales.main) == ("0", "Sales", True)
    assert [(one.id, one.closed) for one in sales.stages] == [
        ("NEW", False),
        ("EXECUTING", False),
        ("WON", True),
    ]
    assert [(one.id, one.closed) for one in service.stages] == [
        ("C9:NEW", False),
        ("C9:LOSE", True),
    ]


def test_leads_have_one_pipeline_and_a_person_of_their_own():
    lead = {**DEAL_FIELDS, **CONTACT_FIELDS}
    catalog = read(fields=[*FIELDS[:2], {"fields": lead}], deals_as="leads")
    (pipeline,) = catalog.pipelines
    assert [(one.id, one.closed) for one in pipeline.stages] == [("NEW", False), ("JUNK", True)]
    assert catalog.field(Kind.DEAL, "pipeline").type is FieldType.PIPELINE
    assert catalog.field(Kind.DEAL, "First name").id == "first_name"


def test_users_are_known_by_name_or_address():
    grace, boris = read().users
    assert (grace.id, grace.label, grace.email) == ("1", "Grace Hopper", "grace@acme.test")
    assert boris.label == "boris@acme.test"


def test_leads_need_a_portal_that_works_with_them():
    with pytest.raises(SettingsError, match="deals_as"):
        read(mode=2, deals_as="leads")
    assert read(mode=2).pipelines


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        ([batch(Problem("insufficient_scope"), *FIELDS[1:], "EUR", 1)], AuthError),
        ([batch([], *FIELDS[1:], "EUR", 1)], UnavailableError),
        ([batch(*FIELDS, "EUR", 1), batch({"categories": CATEGORIES}, True)], UnavailableError),
    ],
)
def test_a_catalog_that_cannot_be_read_whole_is_none(answers, error):
    with pytest.raises(error):
        connector(Bitrix(*answers), catalog=None).catalog()
