"""What is sent, written out by hand, and what becomes of the answers."""

import httpx
import pytest

from connectors.base import Change, Draft, Kind, Link, Ref, Status
from connectors.errors import (
    AuthError,
    NotFoundError,
    OutcomeUnknownError,
    RateLimitedError,
    UnavailableError,
)
from tests.connectors.odoo.wire import (
    ADA,
    CONTEXT,
    DEAL,
    FIRM,
    Odoo,
    connector,
    failed,
    lead,
    loaded,
    partner,
    unloaded,
)

NAMES_MADE = "name_create_enabled_fields"


def row_of(sent):
    assert len(sent["data"]) == 1
    return dict(zip(sent["fields"], sent["data"][0], strict=True))


def test_a_contact_is_one_row_with_our_external_id():
    odoo = Odoo(loaded(41))
    draft = Draft(
        {"name": "Ada", "phone": ["+4930123456"], "email": ["ada@b.test"], "responsible": "7"},
        tags=("web", "a, b"),
        marker="sub1.contact",
    )
    (outcome,) = connector(odoo).create(Kind.CONTACT, [draft])
    assert outcome.id == "41"
    assert odoo.calls == ["res.partner/load"]
    assert row_of(odoo.sent()) == {
        "id": "__formwire__.contact_sub1_contact",
        "name": "Ada",
        "phone": "+4930123456",
        "email": "ada@b.test",
        "user_id/.id": "7",
        "is_company": "0",
        "category_id": "web,a; b",
    }
    assert odoo.sent()["context"] == {**CONTEXT, NAMES_MADE: {"category_id": True}}


def test_further_numbers_and_addresses_become_entries_of_their_own():
    odoo = Odoo(loaded(41), loaded(42), loaded(43))
    draft = Draft({"name": "Ada", "phone": ["+1415", "+1416"], "email": ["a@b.test", "c@d.test"]})
    (outcome,) = connector(odoo).create(Kind.CONTACT, [draft])
    assert outcome.id == "41"
    rows = [row_of(odoo.sent(at)) for at in (1, 2)]
    assert all(row.pop("id").startswith("__formwire__.address_41_") for row in rows)
    assert rows == [
        {"type": "other", "parent_id/.id": "41", "phone": "+1416"},
        {"type": "other", "parent_id/.id": "41", "email": "c@d.test"},
    ]


def test_a_company_without_a_name_goes_by_its_address():
    odoo = Odoo(loaded(40))
    connector(odoo).create(Kind.COMPANY, [Draft({"email": ["office@b.test"]})])
    assert row_of(odoo.sent()) == {
        "name": "office@b.test",
        "email": "office@b.test",
        "is_company": "1",
    }


def test_a_deal_is_an_opportunity_of_its_customer():
    odoo = Odoo(loaded(501))
    fields = {
        "name": "Site",
        "budget": "99.5",
        "pipeline": "1",
        "stage": "1",
        "source_id": "google",
    }
    draft = Draft(fields, tags=("web",), links=(ADA,), marker="sub1.deal")
    (outcome,) = connector(odoo).create(Kind.DEAL, [draft])
    assert outcome.id == "501"
    assert row_of(odoo.sent()) == {
        "id": "__formwire__.deal_sub1_deal",
        "type": "opportunity",
        "name": "Site",
        "expected_revenue": "99.5",
        "team_id/.id": "1",
        "stage_id/.id": "1",
        "source_id": "google",
        "tag_ids": "web",
        "partner_id/.id": "41",
    }
    assert odoo.sent()["context"][NAMES_MADE] == {"source_id": True, "tag_ids": True}


def test_the_contact_of_a_deal_joins_the_company_of_the_deal():
    there = [partner(40, is_company=True), partner(41)]
    odoo = Odoo(there, loaded(41), loaded(501))
    connector(odoo).create(Kind.DEAL, [Draft({"name": "Site"}, links=(ADA, FIRM))])
    assert odoo.calls == ["res.partner/search_read", "res.partner/load", "crm.lead/load"]
    assert row_of(odoo.sent(1)) == {".id": "41", "parent_id/.id": "40"}
    assert row_of(odoo.sent())["partner_id/.id"] == "41"


def test_a_contact_of_another_company_keeps_it():
    odoo = Odoo([partner(40, is_company=True), partner(41, parent_id=[39, "Old"])], loaded(501))
    connector(odoo).create(Kind.DEAL, [Draft({"name": "Site"}, links=(ADA, FIRM))])
    assert odoo.calls == ["res.partner/search_read", "crm.lead/load"]


@pytest.mark.parametrize(
    ("about", "model", "described"),
    [
        (ADA, "res.partner", "base.model_res_partner"),
        (FIRM, "res.partner", "base.model_res_partner"),
        (DEAL, "crm.lead", "crm.model_crm_lead"),
    ],
)
def test_a_task_is_an_activity_of_its_record(about, model, described):
    odoo = Odoo(loaded(301))
    fields = {
        "text": "Call Ada",
        "type": "2",
        "due": "2026-12-01T23:30:00+00:00",
        "responsible": "7",
    }
    connector(odoo).create(Kind.TASK, [Draft(fields, links=(about,), marker="sub1.task")])
    assert odoo.calls == ["mail.activity/load"]
    assert row_of(odoo.sent()) == {
        "id": "__formwire__.task_sub1_task",
        "res_model_id/id": described,
        "res_id": about.id,
        "summary": "Call Ada",
        "activity_type_id/.id": "2",
        "user_id/.id": "7",
        "date_deadline": "2026-12-02",  # where the account is
        "note": "<p>01:30 (Europe/Kyiv)</p>",
    }
    assert model


def test_a_long_task_keeps_its_text_in_the_note():
    odoo = Odoo(loaded(301))
    connector(odoo).create(Kind.TASK, [Draft({"text": "Call\n<Ada>"}, links=(DEAL,))])
    row = row_of(odoo.sent())
    assert (row["summary"], row["note"]) == ("Call", "<p>Call<br>&lt;Ada&gt;</p>")
    assert "date_deadline" not in row


def test_notes_are_internal_and_escaped_and_go_together():
    odoo = Odoo(loaded(601, 602))
    drafts = [
        Draft({"text": "<b>\nline"}, links=(DEAL,), marker="a"),
        Draft({"text": "two"}, links=(ADA,), marker="b"),
    ]
    outcomes = connector(odoo).create(Kind.NOTE, drafts)
    assert [outcome.id for outcome in outcomes] == ["601", "602"]
    sent = odoo.sent()
    assert [dict(zip(sent["fields"], row, strict=True)) for row in sent["data"]] == [
        {
            "id": "__formwire__.note_a",
            "model": "crm.lead",
            "res_id": "501",
            "message_type": "comment",
            "subtype_id/id": "mail.mt_note",
            "body": "<p>&lt;b&gt;<br>line</p>",
        },
        {
            "id": "__formwire__.note_b",
            "model": "res.partner",
            "res_id": "41",
            "message_type": "comment",
            "subtype_id/id": "mail.mt_note",
            "body": "<p>two</p>",
        },
    ]


def test_rows_with_different_columns_go_apart_lest_an_empty_cell_erase_a_default():
    odoo = Odoo(loaded(501, 503), loaded(502))
    fields = [{"name": "A"}, {"name": "B", "stage": "1"}, {"name": "C"}]
    outcomes = connector(odoo).create(Kind.DEAL, [Draft(one) for one in fields])
    assert [outcome.id for outcome in outcomes] == ["501", "502", "503"]
    assert [len(odoo.sent(at)["data"]) for at in (0, 1)] == [2, 1]


# --- refusals --------------------------------------------------------------------------------


def test_a_bad_row_is_named_and_the_others_are_sent_again():
    odoo = Odoo(
        unloaded((1, "No matching record", "stage_id"), (3, "no number", "expected_revenue")),
        loaded(501, 502),
    )
    fields = {"stage": "1", "budget": "5"}
    outcomes = connector(odoo).create(
        Kind.DEAL, [Draft({"name": f"Deal {n}", **fields}) for n in range(4)]
    )
    assert [outcome.id for outcome in outcomes] == ["501", None, "502", None]
    assert [outcome.error.field for outcome in outcomes if outcome.error] == ["stage", "budget"]


def test_who_is_only_suspected_is_sent_alone():
    # Odoo blames the first row for what it then finds in the third.
    odoo = Odoo(
        unloaded((0, "Contacts require a name"), (2, "Contacts require a name")),
        loaded(41),
        unloaded((0, "Contacts require a name")),
        loaded(42, 43),
    )
    outcomes = connector(odoo).create(Kind.CONTACT, [Draft({"name": f"Ada {n}"}) for n in range(4)])
    assert [outcome.id for outcome in outcomes] == ["41", "42", None, "43"]
    assert outcomes[2].status is Status.REFUSED


def test_when_nobody_is_named_the_rows_are_halved():
    refused = failed("odoo.exceptions.UserError", "no", 422)
    odoo = Odoo(refused, refused, refused, loaded(41), loaded(42, 43))
    outcomes = connector(odoo).create(Kind.CONTACT, [Draft({"name": f"Ada {n}"}) for n in range(4)])
    assert [outcome.id for outcome in outcomes] == [None, "41", "42", "43"]


@pytest.mark.parametrize("name", [".id", "partner_id", "parent_id", "res_id"])
def test_a_reference_to_a_record_that_is_gone_is_told_as_such(name):
    odoo = Odoo(unloaded((0, "No matching record found for database id '41'", name)))
    (outcome,) = connector(odoo).create(Kind.DEAL, [Draft({"name": "Site"}, links=(ADA,))])
    assert isinstance(outcome.error, NotFoundError)


def test_a_refusal_says_nothing_a_visitor_typed():
    odoo = Odoo(unloaded((0, "'Ada' does not seem to be a number", "expected_revenue")))
    (outcome,) = connector(odoo).create(Kind.DEAL, [Draft({"name": "Ada"})])
    assert "Ada" not in str(outcome.error)
    assert "expected_revenue" in str(outcome.error)


def test_another_transaction_in_the_way_means_that_nothing_was_done():
    odoo = Odoo(unloaded((0, "could not serialize access due to concurrent update")))
    (outcome,) = connector(odoo).create(Kind.CONTACT, [Draft({"name": "Ada"}, marker="a")])
    assert outcome.status is Status.NOT_APPLIED
    assert isinstance(outcome.error, UnavailableError)


@pytest.mark.parametrize(
    "answer",
    [
        {"ids": [41], "messages": []},
        {"ids": False, "messages": []},
        {"ids": [True, False], "messages": []},
        [41, 42],
        None,
        httpx.ReadTimeout("slow"),
        httpx.Response(502, html="<h1>Bad gateway</h1>"),
        failed("builtins.OSError", "mail server"),
    ],
    ids=str,
)
def test_an_answer_that_does_not_say_is_unknown(answer):
    outcomes = connector(Odoo(answer)).create(Kind.CONTACT, [Draft({"name": "Ada"})] * 2)
    assert [outcome.status for outcome in outcomes] == [Status.UNKNOWN] * 2


@pytest.mark.parametrize(
    ("answer", "rest"),
    [
        (httpx.ReadTimeout("slow"), UnavailableError),
        (failed("werkzeug.exceptions.Unauthorized", "Invalid apikey", 401), AuthError),
        (httpx.Response(429, headers={"Retry-After": "7"}), RateLimitedError),
    ],
    ids=["lost", "unauthorised", "limited"],
)
def test_after_trouble_nothing_more_is_sent(answer, rest):
    odoo = Odoo(answer)
    drafts = [Draft({"name": "A"}), Draft({"name": "B", "function": "Analyst"})]
    outcomes = connector(odoo).create(Kind.CONTACT, drafts)
    assert outcomes[1].status is Status.NOT_APPLIED
    assert isinstance(outcomes[1].error, rest)
    assert len(odoo.requests) == 1


# --- changes ---------------------------------------------------------------------------------


def test_changes_go_together_by_database_id_and_add_tags():
    odoo = Odoo(loaded(501, 502))
    changes = [Change(id, {"name": f"New {id}"}, tags=("vip",)) for id in ("501", "502")]
    outcomes = connector(odoo).update(Kind.DEAL, changes)
    assert [outcome.id for outcome in outcomes] == ["501", "502"]
    sent = odoo.sent()
    assert sent["fields"] == [".id", "name", "tag_ids"]
    assert sent["data"] == [["501", "New 501", "vip"], ["502", "New 502", "vip"]]
    assert sent["context"] == {**CONTEXT, "update_many2many": True, NAMES_MADE: {"tag_ids": True}}


def test_a_list_is_replaced_though_tags_are_added():
    odoo = Odoo(loaded(501), loaded(501))
    change = Change("501", {"x_interest_ids": ["1"]}, tags=("vip",))
    (outcome,) = connector(odoo).update(Kind.DEAL, [change])
    assert outcome.status is Status.DONE
    assert [odoo.sent(at)["fields"] for at in (0, 1)] == [
        [".id", "tag_ids"],
        [".id", "x_interest_ids/.id"],
    ]
    assert "update_many2many" not in odoo.sent(1)["context"]


def test_a_new_number_takes_the_free_place_and_the_next_an_entry_beside():
    odoo = Odoo([partner(41, email="a@b.test")], loaded(41), loaded(42))
    change = Change("41", {"phone": ["+14155550100"], "email": ["A@B.test", "c@d.test"]})
    (outcome,) = connector(odoo).update(Kind.CONTACT, [change])
    assert outcome.status is Status.DONE
    assert row_of(odoo.sent(1)) == {".id": "41", "phone": "+14155550100"}
    entry = row_of(odoo.sent(2))
    assert entry.pop("id").startswith("__formwire__.address_41_")
    assert entry == {"type": "other", "parent_id/.id": "41", "email": "c@d.test"}


def test_what_is_there_already_is_not_written():
    odoo = Odoo([partner(41, phone="(415) 555-0100")])
    (outcome,) = connector(odoo).update(Kind.CONTACT, [Change("41", {"phone": ["+14155550100"]})])
    assert outcome.status is Status.DONE
    assert odoo.calls == ["res.partner/search_read"]


def test_a_change_that_is_written_in_part_is_unknown():
    odoo = Odoo([partner(41, email="a@b.test")], loaded(41), httpx.Response(429))
    change = Change("41", {"function": "Analyst", "email": ["c@d.test"]})
    (outcome,) = connector(odoo).update(Kind.CONTACT, [change])
    assert isinstance(outcome.error, OutcomeUnknownError)


def test_a_person_who_is_gone_is_told_before_anything_is_written():
    odoo = Odoo([])
    (outcome,) = connector(odoo).update(Kind.CONTACT, [Change("41", {"phone": ["+1415"]})])
    assert isinstance(outcome.error, NotFoundError)


# --- links -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("link", "there", "written"),
    [
        (
            Link(ADA, FIRM),
            ([partner(40, is_company=True), partner(41)],),
            ("res.partner/load", {".id": "41", "parent_id/.id": "40"}),
        ),
        (
            Link(ADA, DEAL),
            ([lead(501)], [partner(41)]),
            ("crm.lead/load", {".id": "501", "partner_id/.id": "41"}),
        ),
        (
            Link(DEAL, FIRM),
            ([lead(501)], [partner(40, is_company=True)]),
            ("crm.lead/load", {".id": "501", "partner_id/.id": "40"}),
        ),
        (
            Link(DEAL, FIRM),
            ([lead(501, partner_id=[41, "Ada"])], [partner(40, is_company=True), partner(41)]),
            ("res.partner/load", {".id": "41", "parent_id/.id": "40"}),
        ),
    ],
    ids=["person to firm", "person to deal", "firm to deal", "firm of the deal's person"],
)
def test_a_link_is_one_reference(link, there, written):
    odoo = Odoo(*there, loaded(1))
    (outcome,) = connector(odoo).link([link])
    assert outcome.id == link.target.id
    assert (odoo.calls[-1], row_of(odoo.sent())) == written


@pytest.mark.parametrize(
    ("link", "customer"),
    [
        (Link(DEAL, ADA), [41, "Ada"]),
        (Link(DEAL, Ref(Kind.CONTACT, "44")), [41, "Ada"]),
        (Link(DEAL, FIRM), [40, "Firm"]),
    ],
    ids=["linked already", "another person is the customer", "the firm is the customer"],
)
def test_a_deal_keeps_the_customer_it_has(link, customer):
    people = [partner(40, is_company=True), partner(41), partner(44)]
    odoo = Odoo([lead(501, partner_id=customer)], people)
    (outcome,) = connector(odoo).link([link])
    assert outcome.id == link.target.id
    assert odoo.calls == ["crm.lead/search_read", "res.partner/search_read"]
