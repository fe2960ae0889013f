import pytest

from connectors.base import Kind
from connectors.catalog import FieldType, Option
from connectors.errors import RejectedError, UnavailableError
from connectors.odoo.api import Api
from connectors.odoo.catalog import MOST_OPTIONS, read_catalog
from connectors.odoo.errors import NoRight
from tests.connectors.odoo.account import CATALOG, FIELDS, LEAD_FIELDS, ROWS, Tables, field


@pytest.mark.parametrize(
    ("kind", "id", "type", "code"),
    [
        (Kind.CONTACT, "phone", FieldType.PHONE, "phone,phone_sanitized,phone_mobile_search"),
        (Kind.CONTACT, "email", FieldType.EMAIL, None),
        (Kind.CONTACT, "responsible", FieldType.USER, "user_id/.id"),
        (Kind.CONTACT, "function", FieldType.TEXT, None),
        (Kind.CONTACT, "website", FieldType.URL, None),
        (Kind.CONTACT, "comment", FieldType.LONG_TEXT, "comment:html"),
        (Kind.COMPANY, "country_id", FieldType.CHOICE, "country_id/.id"),
        (Kind.COMPANY, "x_agent", FieldType.USER, "x_agent/.id"),
        (Kind.DEAL, "budget", FieldType.MONEY, "expected_revenue"),
        (Kind.DEAL, "recurring_revenue", FieldType.MONEY, None),
        (Kind.DEAL, "pipeline", FieldType.PIPELINE, "team_id/.id"),
        (Kind.DEAL, "stage", FieldType.STAGE, "stage_id/.id"),
        (Kind.DEAL, "type", FieldType.CHOICE, None),
        (Kind.DEAL, "email_from", FieldType.EMAIL, None),
        (Kind.DEAL, "phone", FieldType.PHONE, None),
        (Kind.DEAL, "date_deadline", FieldType.DATE, None),
        (Kind.DEAL, "source_id", FieldType.TEXT, "UTM_SOURCE"),
        (Kind.DEAL, "x_medium", FieldType.TEXT, "UTM_x_medium"),
        (Kind.DEAL, "lost_reason_id", FieldType.CHOICE, "lost_reason_id/.id"),
        (Kind.DEAL, "x_details", FieldType.LONG_TEXT, None),
        (Kind.DEAL, "x_meeting", FieldType.DATETIME, None),
        (Kind.DEAL, "x_newsletter", FieldType.YES_NO, None),
        (Kind.DEAL, "x_area", FieldType.NUMBER, None),
        (Kind.DEAL, "x_seats", FieldType.NUMBER, None),
        (Kind.DEAL, "x_product", FieldType.CHOICE, None),
        (Kind.DEAL, "x_interest_ids", FieldType.CHOICES, "x_interest_ids/.id"),
    ],
)
def test_a_field_is_offered_with_its_type_and_import_column(kind, id, type, code):
    found = CATALOG.field(kind, id)
    assert found is not None
    assert (found.id, found.type, found.code) == (id, type, code)


@pytest.mark.parametrize(
    ("kind", "ids"),
    [
        (
            Kind.CONTACT,
            "id is_company type parent_id category_id message_bounce image_1920 bank_ids x_twin",
        ),
        (Kind.DEAL, "partner_id tag_ids won_status expected_revenue"),
    ],
)
def test_what_no_form_fills_is_not_offered(kind, ids):
    offered = {field.id for field in CATALOG.fields[kind]}
    assert not offered & set(ids.split())


def test_whole_numbers_have_no_decimals_and_options_their_labels():
    seats, product, interests = (
        CATALOG.field(Kind.DEAL, id) for id in ("x_seats", "x_product", "x_interest_ids")
    )
    assert seats.decimals == 0
    assert product.options == (Option("soft", "Software"),)
    assert interests.options == (Option("1", "Demo"), Option("3", "Prices"))


def test_a_team_has_its_own_stages_and_those_of_all():
    stages = [[stage.label for stage in line.stages] for line in CATALOG.pipelines]
    assert stages == [["New", "Won"], ["Repair", "Won"]]
    assert [line.main for line in CATALOG.pipelines] == [True, False]
    assert CATALOG.pipelines[0].stage("Won").closed


def test_older_stages_belong_to_one_team_or_all():
    rows = [
        {"id": 1, "name": "New", "is_won": False, "team_id": [1, "Sales"]},
        {"id": 4, "name": "Won", "is_won": True, "team_id": False},
    ]
    fields = {**FIELDS, "crm.stage": {"team_id": field("many2one", "Team", "crm.team")}}
    catalog = read_catalog(Api(Tables({**ROWS, "crm.stage": rows}, fields)))
    stages = [[stage.id for stage in line.stages] for line in catalog.pipelines]
    assert stages == [["1", "4"], ["4"]]


def test_users_task_types_currency_and_zone_are_told():
    grace, boris = CATALOG.users
    assert (grace.id, grace.email, grace.active) == ("2", "grace@acme.test", True)
    assert (boris.email, boris.active) == ("boris@acme.test", False)
    assert CATALOG.task_types == (Option("2", "Call"),)
    assert (CATALOG.currency, CATALOG.time_zone, CATALOG.merges) == ("EUR", "Europe/Kyiv", False)


def test_the_first_of_our_keys_that_will_end_is_told():
    assert f"{CATALOG.access_ends:%Y-%m-%d %H:%M %Z}" == "2099-05-01 12:00 UTC"


@pytest.mark.parametrize("keys", [[], RejectedError("Invalid field")], ids=["none", "older Odoo"])
def test_keys_that_never_end_are_none_to_warn_of(keys):
    catalog = read_catalog(Api(Tables({**ROWS, "res.users.apikeys": keys})))
    assert catalog.access_ends is None


def test_labels_come_in_the_language_of_the_user():
    tables = Tables()
    read_catalog(Api(tables))
    asked = {
        named["context"].get("lang")
        for model, method, named in tables.asked
        if model in ("crm.lead", "crm.stage", "mail.activity.type")
    }
    assert asked == {"uk_UA"}


@pytest.mark.parametrize(
    "countries",
    [
        NoRight("no"),
        [{"id": id, "display_name": str(id)} for id in range(1, MOST_OPTIONS + 2)],
    ],
    ids=["secret", "too many"],
)
def test_a_reference_to_what_nobody_could_choose_from_is_left_out(countries):
    class Once(Tables):
        def call(self, model, method, named, *, writes):
            page = super().call(model, method, named, writes=writes)
            return page[named["offset"] :][: named["limit"]] if method == "search_read" else page

    catalog = read_catalog(Api(Once({**ROWS, "res.country": countries})))
    assert catalog.field(Kind.CONTACT, "country_id") is None
    assert catalog.field(Kind.CONTACT, "function") is not None


@pytest.mark.parametrize("error", [RejectedError("no"), UnavailableError("down")])
def test_a_catalog_that_cannot_be_read_whole_is_none(error):
    with pytest.raises(type(error)):
        read_catalog(Api(Tables({**ROWS, "res.country": error})))


def test_before_odoo_19_contacts_have_a_second_number():
    partner = {**FIELDS["res.partner"], "mobile": field("char", "Mobile")}
    catalog = read_catalog(Api(Tables(fields={**FIELDS, "res.partner": partner})))
    assert catalog.field(Kind.CONTACT, "phone").code.split(",")[:2] == ["phone", "mobile"]
    assert LEAD_FIELDS.keys() & {"mobile"} == set()
