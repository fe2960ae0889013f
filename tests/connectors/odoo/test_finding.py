import pytest

from connectors.base import Kind, Query, Ref
from connectors.errors import RejectedError, UnavailableError
from tests.connectors.odoo.wire import Odoo, connector, lead, partner

OTHERS = ["|", ["type", "=", "other"]]


def test_all_questions_of_a_wave_go_in_one_call():
    odoo = Odoo([])
    queries = [
        Query("id", "41"),
        Query("email", " Ada@B.test"),
        Query("phone", "+4930123456"),
        Query("name", "Ada"),
        Query("country_id", "57"),
        Query("email", " Ada@B.test"),
    ]
    assert connector(odoo).find(Kind.CONTACT, queries) == [[]] * 6
    sent = odoo.sent()
    assert odoo.calls == ["res.partner/search_read"]
    assert sent["domain"] == [
        *OTHERS,
        ["is_company", "=", False],
        *["|"] * 5,
        ["id", "=", 41],
        ["email_normalized", "=", "ada@b.test"],
        ["phone_sanitized", "=", "+4930123456"],
        ["phone_mobile_search", "ilike", "30123456"],
        ["name", "=", "Ada"],
        ["country_id", "=", 57],
    ]
    assert (sent["order"], sent["limit"], sent["offset"]) == ("id", 500, 0)
    assert {"phone", "email", "parent_id", "child_ids", "category_id", "write_date"} <= set(
        sent["fields"]
    )


@pytest.mark.parametrize(
    ("query", "leaves"),
    [
        (Query("contact", "41"), [["partner_id", "=", 41]]),
        (
            Query("company", "40"),
            ["|", ["partner_id", "=", 40], ["partner_id.parent_id", "=", 40]],
        ),
        (Query("x_topic", "Chairs"), [["x_topic", "=", "Chairs"]]),
        (Query("x_product", "soft"), [["x_product", "=", "soft"]]),
        (Query("stage", "4"), [["stage_id", "=", 4]]),
        (Query("source_id", "google"), [["source_id.name", "=", "google"]]),
        (Query("x_interest_ids", "3"), [["x_interest_ids", "in", [3]]]),
        (Query("budget", "99.5"), [["expected_revenue", "=", 99.5]]),
        (Query("phone", "+4930123456"), [["phone", "ilike", "30123456"]]),
    ],
    ids=lambda value: getattr(value, "field", ""),
)
def test_deals_are_asked_for_by(query, leaves):
    odoo = Odoo([])
    connector(odoo).find(Kind.DEAL, [query])
    assert odoo.sent()["domain"] == leaves
    assert odoo.sent()["context"] == {"active_test": False}


@pytest.mark.parametrize("query", [Query("x_meeting", "x"), Query("description", "x")])
def test_what_cannot_be_compared_cannot_be_looked_in(query):
    with pytest.raises(RejectedError) as caught:
        connector(Odoo()).find(Kind.DEAL, [query])
    assert caught.value.field == query.field


@pytest.mark.parametrize(
    "query",
    [
        Query("id", ""),
        Query("id", "x"),
        Query("id", "12345678901"),
        Query("country_id", "Germany"),
        Query("phone", "  "),
        Query("email", ""),
    ],
)
def test_what_nobody_can_have_is_not_asked(query):
    assert connector(Odoo()).find(Kind.CONTACT, [query]) == [[]]


def test_the_answer_is_compared_exactly():
    ada = partner(41, phone="(030) 123456")
    near = partner(42, phone="+49 30 1234567")
    found = connector(Odoo([ada, near])).find(Kind.CONTACT, [Query("phone", "+4930123456")])
    assert [one.id for one in found[0]] == ["41"]


def test_somebody_is_found_by_another_address_of_theirs():
    address = partner(43, type="other", parent_id=[41, "Ada"], email="ada@work.test", name=False)
    ada = partner(41, email="ada@b.test", child_ids=[43])
    odoo = Odoo([address], [ada])
    ((found,),) = connector(odoo).find(Kind.CONTACT, [Query("email", "ada@work.test")])
    assert found.id == "41"
    assert found.fields["email"] == ["ada@b.test", "ada@work.test"]
    assert odoo.sent(1)["domain"] == [
        *("|", ["id", "in", [41]]),
        *("&", ["parent_id", "in", [41]], ["type", "=", "other"]),
    ]


def test_several_addresses_in_one_field_are_several():
    ada = partner(41, email="Ada@b.test; ada@c.test")
    ((found,),) = connector(Odoo([ada])).find(Kind.CONTACT, [Query("email", "ada@b.test")])
    assert found.fields["email"] == ["Ada@b.test", "ada@c.test"]


def test_tags_and_company_of_a_contact_are_told():
    ada = partner(41, category_id=[5], parent_id=[40, "Firm"])
    odoo = Odoo([ada], [{"id": 5, "name": "vip"}])
    ((found,),) = connector(odoo).find(Kind.CONTACT, [Query("id", "41")])
    assert found.tags == ("vip",)
    assert found.links == (Ref(Kind.COMPANY, "40"),)
    assert odoo.calls == ["res.partner/search_read", "res.partner.category/search_read"]


@pytest.mark.parametrize(
    ("deal", "closed"),
    [
        (lead(501, stage_id=[1, "New"]), False),
        (lead(501, stage_id=[4, "Won"]), True),
        (lead(501, stage_id=[1, "New"], active=False), True),
    ],
    ids=["open", "won", "lost"],
)
def test_a_deal_is_closed_when_it_is_won_or_lost(deal, closed):
    ((found,),) = connector(Odoo([deal])).find(Kind.DEAL, [Query("id", "501")])
    assert found.closed is closed


def test_a_deal_tells_its_customer_and_the_customers_company():
    odoo = Odoo([lead(501, partner_id=[41, "Ada"])], [partner(41, parent_id=[40, "Firm"])])
    ((found,),) = connector(odoo).find(Kind.DEAL, [Query("company", "40")])
    assert found.links == (Ref(Kind.CONTACT, "41"), Ref(Kind.COMPANY, "40"))


def test_long_answers_are_read_to_the_end():
    odoo = Odoo([partner(id) for id in range(1, 501)], [partner(501)])
    queries = [Query("name", "Partner 501")]
    assert [one.id for one in connector(odoo).find(Kind.CONTACT, queries)[0]] == ["501"]
    assert [odoo.sent(at)["offset"] for at in (0, 1)] == [0, 500]


@pytest.mark.parametrize("answer", [{}, None, [1], [{"name": "Ada"}], [{"id": "41"}]], ids=str)
def test_an_answer_that_holds_no_records_is_no_empty_one(answer):
    with pytest.raises(UnavailableError):
        connector(Odoo(answer)).find(Kind.CONTACT, [Query("name", "Ada")])
