import pytest

from connectors.base import Draft, Effect, Kind
from connectors.odoo.mapping import external_id
from tests.connectors.odoo.wire import ADA, NOW, Odoo, connector, partner


@pytest.mark.parametrize(
    ("kind", "draft", "effect"),
    [
        (Kind.CONTACT, Draft({}, marker="a"), Effect.KEYED),
        (Kind.COMPANY, Draft({}, marker="a"), Effect.KEYED),
        (Kind.DEAL, Draft({}, marker="a"), Effect.KEYED),
        (Kind.NOTE, Draft({}, marker="a"), Effect.KEYED),
        (Kind.TASK, Draft({}, marker="a"), Effect.MARKED),
        (Kind.CONTACT, Draft({"phone": ["+1415"]}), Effect.MARKED),
        (Kind.COMPANY, Draft({}), Effect.UNMARKED),
        (Kind.DEAL, Draft({"name": "Site"}, links=(ADA,)), Effect.MARKED),
        (Kind.DEAL, Draft({"name": "Site"}), Effect.UNMARKED),
        (Kind.TASK, Draft({"text": "Call"}, links=(ADA,)), Effect.UNMARKED),
        (Kind.NOTE, Draft({"text": "Hello"}, links=(ADA,)), Effect.MARKED),
    ],
)
def test_how_surely_a_lost_creation_is_recognised(kind, draft, effect):
    assert connector(Odoo()).effect(kind, draft) is effect


@pytest.mark.parametrize(
    ("kind", "marker", "id"),
    [
        (Kind.DEAL, "aB-3_x.deal", "__formwire__.deal_aB-3_x_deal"),
        (Kind.CONTACT, "two words", "__formwire__.contact_two_words"),
        (Kind.NOTE, "ключ", "__formwire__.note_____"),
    ],
)
def test_a_step_has_one_external_id(kind, marker, id):
    assert external_id(kind, marker) == id


def test_what_we_made_is_told_by_the_external_ids_of_our_records():
    # Only administrators may search for external ids; anybody may ask for those of records.
    odoo = Odoo(
        {"lang": "en_US", "tz": "UTC", "uid": 2},
        [{"id": 41, "create_date": "x"}, {"id": 42, "create_date": "x"}],
        {"41": "__formwire__.contact_mine", "42": ""},
        [partner(41)],
    )
    drafts = [Draft({}, marker="mine"), Draft({}, marker="absent")]
    found = connector(odoo).find_created(Kind.CONTACT, drafts, NOW)
    assert [[one.id for one in some] for some in found] == [["41"], []]
    assert odoo.calls[1:3] == ["res.partner/search_read", "res.partner/get_external_id"]
    assert odoo.sent(1)["domain"] == [
        ["create_uid", "=", 2],
        ["create_date", ">=", "2026-11-21 08:58:00"],  # clocks may differ by two minutes
    ]
    assert odoo.sent(1)["context"] == {"active_test": False}
    assert odoo.sent(2) == {"ids": [41, 42]}


def test_a_person_whose_second_number_is_missing_is_written_again():
    def asked(*numbers):
        odoo = Odoo(
            {"uid": 2},
            [{"id": 41, "create_date": "x"}],
            {"41": "__formwire__.contact_mine"},
            [partner(41, phone="+14155550100")],
        )
        draft = Draft({"phone": list(numbers)}, marker="mine")
        return connector(odoo).find_created(Kind.CONTACT, [draft], NOW)

    assert [one.id for one in asked("+14155550100")[0]] == ["41"]
    assert asked("+14155550100", "+14155550199") == [[]]


def test_an_unmarked_note_is_told_by_its_text():
    moment = {"create_date": "2026-11-21 09:00:01"}
    odoo = Odoo(
        [
            {"id": 601, "body": "<p>Hello<br>there</p>", **moment},
            {"id": 602, "body": "<p>Hello</p>", **moment},
            {"id": 600, "body": "<p>Hello<br>there</p>", "create_date": "2026-11-20 09:00:00"},
        ]
    )
    draft = Draft({"text": "Hello\nthere"}, links=(ADA,))
    ((found,),) = connector(odoo).find_created(Kind.NOTE, [draft], NOW)
    assert found.id == "601"
    assert odoo.sent()["domain"] == [["model", "=", "res.partner"], ["res_id", "=", 41]]
