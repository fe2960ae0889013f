import httpx
import pytest

from connectors.base import Change, Draft, Kind, Link, Ref, Status
from connectors.errors import NotFoundError, RejectedError, UnavailableError
from tests.connectors.pipedrive.wire import (
    ADA,
    DEAL,
    FIRM,
    Pipedrive,
    a_deal,
    connector,
    invalid,
    missing,
    one,
    page_v1,
    person,
)


def labels(**options):
    listed = [{"id": id, "label": label} for label, id in options.items()]
    return one(field_code="label_ids", field_name="Labels", options=listed)


def added(*options):
    body = {"success": True, "data": [{"id": id, "label": label} for label, id in options]}
    return httpx.Response(200, json={**body, "additional_data": None})


def test_a_label_that_is_there_costs_no_call():
    pipedrive = Pipedrive(one(id=901))
    connector(pipedrive).create(Kind.CONTACT, [Draft({"name": "Ada"}, tags=("vip", "Customer"))])
    assert pipedrive.sent()["label_ids"] == [6, 5]


def test_a_new_label_is_made_once_and_only_if_nobody_made_it_meanwhile():
    pipedrive = Pipedrive(labels(Customer=5, ads=8), added(("web", 9)), one(id=901), one(id=902))
    drafts = [Draft({"name": "Ada"}, tags=("ads", "web", "WEB"))] * 2
    outcomes = connector(pipedrive).create(Kind.CONTACT, drafts)
    assert [outcome.id for outcome in outcomes] == ["901", "902"]
    assert pipedrive.calls == [
        "GET v2/personFields/label_ids",
        "POST v2/personFields/label_ids/options",
        "POST v2/persons",
        "POST v2/persons",
    ]
    assert pipedrive.sent(1) == [{"label": "WEB"}]
    assert [pipedrive.sent(at)["label_ids"] for at in (2, 3)] == [[8, 9], [8, 9]]


@pytest.mark.parametrize(
    ("answer", "kind", "status"),
    [
        # Whoever may not change fields must not stop the whole connection.
        (httpx.Response(403, json={"success": False}), RejectedError, Status.REFUSED),
        (invalid("Field has no options"), RejectedError, Status.REFUSED),
        (missing(), RejectedError, Status.REFUSED),
        (httpx.ReadTimeout("slow"), UnavailableError, Status.NOT_APPLIED),
        (httpx.Response(500), UnavailableError, Status.NOT_APPLIED),
    ],
)
def test_a_label_that_cannot_be_made_leaves_its_record_unwritten(answer, kind, status):
    pipedrive = Pipedrive(labels(), answer)
    (outcome,) = connector(pipedrive).create(Kind.DEAL, [Draft({"name": "Form"}, tags=("web",))])
    assert outcome.status is status
    assert isinstance(outcome.error, kind)
    assert "POST v2/deals" not in pipedrive.calls


def test_labels_that_are_there_already_are_not_written_again():
    pipedrive = Pipedrive(one(**person(901, label_ids=[5])))
    (outcome,) = connector(pipedrive).update(Kind.CONTACT, [Change("901", tags=("customer",))])
    assert outcome.status is Status.DONE
    assert pipedrive.calls == ["GET v2/persons/901"]


# --- links ---


@pytest.mark.parametrize(
    ("link", "there", "path", "body"),
    [
        (Link(DEAL, ADA), a_deal(5001), "v2/deals/5001", {"person_id": 901}),
        (Link(ADA, DEAL), a_deal(5001), "v2/deals/5001", {"person_id": 901}),
        (Link(FIRM, DEAL), a_deal(5001, org_id=78), "v2/deals/5001", {"org_id": 77}),
        (Link(ADA, FIRM), person(901), "v2/persons/901", {"org_id": 77}),
    ],
)
def test_the_record_that_names_the_other_is_changed(link, there, path, body):
    pipedrive = Pipedrive(one(**there), one(id=there["id"]))
    (outcome,) = connector(pipedrive).link([link])
    assert (outcome.status, outcome.id) == (Status.DONE, link.target.id)
    assert pipedrive.calls == [f"GET {path}", f"PATCH {path}"]
    assert pipedrive.sent() == body


def test_what_is_linked_already_is_left_alone():
    pipedrive = Pipedrive(one(**a_deal(5001, person_id=901)))
    assert connector(pipedrive).link([Link(DEAL, ADA)])[0].status is Status.DONE
    assert pipedrive.calls == ["GET v2/deals/5001"]


@pytest.mark.parametrize(("there", "sends"), [([{"value": 902}], True), ([{"value": 901}], False)])
def test_a_deal_keeps_its_main_person_and_gets_another_participant(there, sends):
    participants = [{"id": at, "person_id": person} for at, person in enumerate(there)]
    pipedrive = Pipedrive(one(**a_deal(5001, person_id=902)), page_v1(*participants), one(id=3))
    assert connector(pipedrive).link([Link(DEAL, ADA)])[0].status is Status.DONE
    path = "v1/deals/5001/participants"
    assert pipedrive.calls == [
        "GET v2/deals/5001",
        f"GET {path}",
        *([f"POST {path}"] if sends else []),
    ]
    if sends:
        assert pipedrive.sent() == {"person_id": 901}


@pytest.mark.parametrize(
    ("link", "answers", "kind"),
    [
        (Link(DEAL, ADA), [missing()], NotFoundError),
        (Link(DEAL, ADA), [one(**a_deal(5001)), invalid(), missing()], NotFoundError),
        (Link(DEAL, ADA), [one(**a_deal(5001)), invalid(), one(id=901)], RejectedError),
        (
            Link(DEAL, ADA),
            [one(**a_deal(5001, person_id=902)), page_v1(), invalid(), missing()],
            NotFoundError,
        ),
        (Link(DEAL, Ref(Kind.DEAL, "5002")), [one(**a_deal(5001))], RejectedError),
        (Link(DEAL, Ref(Kind.NOTE, "1")), [], RejectedError),
        (Link(DEAL, Ref(Kind.CONTACT, "ada")), [one(**a_deal(5001))], RejectedError),
    ],
)
def test_a_link_that_cannot_be_is_refused(link, answers, kind):
    pipedrive = Pipedrive(*answers)
    (outcome,) = connector(pipedrive).link([link])
    assert outcome.status is Status.REFUSED
    assert isinstance(outcome.error, kind)
    assert len(pipedrive.requests) == len(answers)


@pytest.mark.parametrize("kind", [Kind.TASK, Kind.NOTE])
def test_tasks_and_notes_are_not_changed(kind):
    (outcome,) = connector(Pipedrive()).update(kind, [Change("1", {"text": "x"})])
    assert outcome.status is Status.REFUSED


def test_when_the_present_values_cannot_be_read_only_additions_wait():
    pipedrive = Pipedrive(httpx.Response(502), one(id=901))
    changes = [Change("901", {"name": "Ada"}), Change("902", {"phone": ["+14155550199"]})]
    outcomes = connector(pipedrive).update(Kind.CONTACT, changes)
    assert [outcome.status for outcome in outcomes] == [Status.DONE, Status.NOT_APPLIED]
