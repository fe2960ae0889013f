"""Whatever a person changes in the studio is in the audit log."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from connectors.base import Account
from engine import totp
from engine.delivery import levers
from engine.delivery.bulk import order
from engine.delivery.levers import Verb
from engine.instance import Instance
from engine.settings import Settings
from engine.storage.audit import Actor
from engine.storage.base import now
from engine.storage.cases import save_case
from engine.storage.channels import add_mail
from engine.storage.drafts import save_draft, seen_of
from engine.storage.forms import save_module
from engine.storage.invitations import invite
from engine.storage.model_audit import AuditEntry
from engine.storage.model_people import Person, SecondStep
from engine.storage.models import Module, Run, RunState, Submission, SubmissionState
from engine.storage.people import create_person
from engine.storage.runs_list import Choice
from engine.storage.second_step import begin_second_step, begun_secret
from engine.storage.tokens import Scope, create_token
from rules.sets import key_of
from tests.builders import module_config, module_document
from tests.web.studio import world
from tests.web.studio.conftest import PASSWORD, post
from tests.web.studio.test_guard import ENTERED
from web.studio.news import TAKE
from web.studio.rights import NEEDED
from web.yaml_text import write

CHANGES_NOTHING = {
    "studio.account.theme",  # a cookie of one's own browser
    "studio.account.zone",  # another
    "studio.bulk.plan",
    "studio.connecting.begin",  # only remembers that this browser did; who comes back is noted
    "studio.drafts.effect",
    "studio.previews.plan",
    "studio.privacy.find",
    "studio.runs.plan_again",
}
"""Endpoints that are posted to and only read, or keep nothing here."""

SECOND_STEP = "/account/second-step"
DAY = timedelta(days=1)
MODULE = "/forms/callback/modules/sales"
SIGNATURE = "/forms/callback/signature"
FORM_TEXT = "form: {key}\nname: New\n"
CONNECTION = {"name": "Kommo", "setting-subdomain": "acme", "setting-token": "x", "key": "third"}
WHY = {"on": "no", "why": "the fair is over"}
ALWAYS_HELD = {
    "parts-0-kind": "raw",
    "parts-0-depth": "0",
    "parts-0-verb": "hold",
    "parts-0-raw": "true",
}


@dataclass(frozen=True, slots=True)
class Deed:
    """Where and what a person sends, and the page whose form it is of."""

    address: str
    fields: dict[str, str]
    page: str = "/forms/_new"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """A Formwire that can send mail."""
    return settings.model_copy(update={"smtp_url": "smtp://127.0.0.1:1"})


@pytest.fixture
def setting(full: Instance, rings: list[int], monkeypatch: pytest.MonkeyPatch) -> Setting:
    monkeypatch.setattr("web.studio.connections.test_connection", lambda *_: Account("1", "Acme"))

    def trust(instance: Instance, run_id: int, key: str, told: str, actor: Actor) -> Run:
        with instance.database.write() as session:
            return levers.adopt(session, run_id, key, levers.Adopted(told, None, False), actor)

    monkeypatch.setattr("web.studio.runs.adopt_told", trust)
    monkeypatch.setattr("web.studio.cases.add_case", lambda *_: None)
    monkeypatch.setattr("web.studio.channels.send_test", lambda *_: None)
    monkeypatch.setattr("web.studio.invitations.send_mail", lambda *_, **__: None)
    return Setting(full)


class Setting:
    """A full Formwire, brought into a state for one deed or another."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance

    def run(self, state: RunState) -> str:
        with self.instance.database.read() as session:
            return session.scalars(select(Run.public_id).where(Run.state == state)).one()

    def step(self) -> str:
        run = self.run(RunState.FAILED)
        world.ask_a_person(self.instance, run)
        return f"/runs/{run}/steps/deal.task.0"

    def held(self) -> str:
        with self.instance.database.write() as session:
            row = session.scalars(select(Submission).limit(1)).one()
            row.state = SubmissionState.HELD
            return f"/submissions/{row.public_id}"

    def news(self) -> str:
        """An answer that is no field of the form yet."""
        with self.instance.database.write() as session:
            row = session.scalars(select(Submission).order_by(Submission.id.desc()).limit(1)).one()
            row.answers = {**row.answers, "field": {**row.answers["field"], "Fresh": "Yes"}}
        return "Fresh"

    def broken(self) -> str:
        with self.instance.database.write() as session:
            row = session.scalars(select(Submission).limit(1)).one()
            row.state, row.raw = SubmissionState.UNREADABLE, b'{"name": "Ada "K" King"}'
            return f"/submissions/{row.public_id}"

    def other_module(self) -> dict[str, str]:
        """A row of another module to be copied."""
        deal = {"fields": {"Product line": "hardware"}}
        with self.instance.database.write() as session:
            save_module(session, module_config(module="other", deal=deal))
        return {"from": "callback/other", "row": "deal:Product line"}

    def order(self) -> str:
        with self.instance.database.write() as session:
            given = order(session, Verb.DISCARD, Choice(form="callback"), Actor("x", "cli"))
        return f"/bulk/{given.public_id}"

    def submission(self) -> str:
        with self.instance.database.read() as session:
            return session.scalars(select(Submission.public_id).limit(1)).one()

    def case(self) -> str:
        with self.instance.database.write() as session:
            module = session.scalars(select(Module)).one()
            sent = session.scalars(select(Submission.id).limit(1)).one()
            saved = save_case(
                session, module_id=module.id, submission_id=sent, name="Ada", seen=[], expected=""
            )
            return saved.name

    def channel(self) -> str:
        with self.instance.database.write() as session:
            return f"/notices/channels/{add_mail(session, 'grace@example.org').public_id}"

    def person(self, *, second_step: bool = False) -> str:
        with self.instance.database.write() as session:
            made = create_person(session, "boris@example.org", "a password", role="marketer")
            if second_step:
                begin_second_step(session, self.instance.vault, made)
                session.execute(update(SecondStep).values(confirmed_at=now()))
            return f"/people/{made.public_id}"

    def code(self, *, on: bool = True) -> dict[str, str]:
        """What the owner's app shows, who has switched the second step on or begins to."""
        with self.instance.database.write() as session:
            me, vault = session.scalars(select(Person)).one(), self.instance.vault
            begin_second_step(session, vault, me)
            secret = begun_secret(session, vault, me) or ""
            session.execute(update(SecondStep).values(confirmed_at=now() if on else None))
        return {"code": totp.code_of(secret, totp.step_of(now()))}

    def token(self) -> str:
        with self.instance.database.write() as session:
            me = session.scalars(select(Person)).one()
            return create_token(session, me, "backup", [Scope.FORMS_READ], DAY)[0].public_id

    def invitation(self) -> str:
        with self.instance.database.write() as session:
            author = session.scalars(select(Person)).one()
            invitation, _ = invite(session, "ada@example.org", "viewer", author, now())
            return f"/people/_invitations/{invitation.public_id}"

    def drafted(self) -> dict[str, str]:
        """What a page that shows the module with a draft sends."""
        with self.instance.database.write() as session:
            module = session.scalars(select(Module)).one()
            save_draft(
                session, module, module_config(name="Other"), seen_of(session, module), author=""
            )
        return self.seen()

    def ruled(self) -> dict[str, str]:
        """What the switchboard sends to switch off the only rule there is."""
        rule = {"activate": True}
        with self.instance.database.write() as session:
            save_module(session, module_config(active={"rules": [rule]}))
        return {"rule": key_of(rule), **WHY, **self.seen()}

    def seen(self) -> dict[str, str]:
        with self.instance.database.read() as session:
            seen = seen_of(session, session.scalars(select(Module)).one())
        draft_at = seen.draft_at.isoformat() if seen.draft_at else ""
        return {"revision": str(seen.revision), "draft_at": draft_at}


DEEDS: dict[str, Callable[[Setting], Deed]] = {
    "studio.forms.create": lambda _: Deed("/forms/_text", {"text": FORM_TEXT.format(key="new")}),
    "studio.fields.create": lambda _: Deed("/forms/_new", {"name": "Fresh"}),
    "studio.fields.change": lambda _: Deed("/forms/callback/fields", {"row-0-key": "email"}),
    "studio.fields.take_seen": lambda setting: Deed(
        "/forms/callback/fields/take", {"do": f"{TAKE}{setting.news()}"}
    ),
    "studio.pages.save": lambda _: Deed("/forms/callback/page", {"enabled": "yes"}),
    "studio.settings.save_keeping": lambda _: Deed(
        "/settings/keeping/callback",
        {"submissions": "90", "held": "30", "calls": "30", "addresses": "30"},
    ),
    "studio.forms.save": lambda _: Deed(
        "/forms/callback/settings", {"text": FORM_TEXT.format(key="callback")}
    ),
    "studio.modules.create": lambda _: Deed(
        "/forms/callback/modules/_new", {"text": write(module_document(module="second"))}
    ),
    "studio.modules.save": lambda s: Deed(
        MODULE, {"text": write(module_document(name="Other")), **s.seen()}
    ),
    "studio.modules.switch": lambda _: Deed(f"{MODULE}/switch", {"on": "no"}),
    "studio.logic.save": lambda s: Deed(f"{MODULE}/logic", {**ALWAYS_HELD, **s.seen()}),
    "studio.switchboard.switch_form": lambda _: Deed("/switchboard/callback", WHY),
    "studio.switchboard.switch_module": lambda _: Deed("/switchboard/callback/sales", WHY),
    "studio.switchboard.switch_rule": lambda s: Deed(
        "/switchboard/callback/sales/rules", s.ruled()
    ),
    "studio.drafts.publish_draft": lambda s: Deed(f"{MODULE}/publish", s.drafted()),
    "studio.editor.change": lambda s: Deed(
        f"{MODULE}/deal", {"there": "y", "name": "New", **s.drafted()}
    ),
    "studio.extras.change": lambda s: Deed(
        f"{MODULE}/tasks", {"contact-shown": "y", "contact-note": "New", **s.drafted()}
    ),
    "studio.copying.take": lambda s: Deed(f"{MODULE}/copy", {**s.drafted(), **s.other_module()}),
    "studio.drafts.discard": lambda s: Deed(f"{MODULE}/draft/discard", s.drafted()),
    "studio.drafts.restore": lambda s: Deed(
        f"{MODULE}/draft/restore", {"restored": "1", **s.seen()}
    ),
    "studio.runs.retry": lambda s: Deed(f"/runs/{s.run(RunState.FAILED)}/retry", {}),
    "studio.runs.approve": lambda s: Deed(f"/runs/{s.run(RunState.HELD)}/approve", {}),
    "studio.runs.discard": lambda s: Deed(f"/runs/{s.run(RunState.HELD)}/discard", {}),
    "studio.runs.replay": lambda s: Deed(
        f"/runs/{s.run(RunState.DELIVERED)}/again", {"revision": "2"}
    ),
    "studio.runs.adopt": lambda s: Deed(f"{s.step()}/adopt", {"record": "77"}),
    "studio.runs.resend": lambda s: Deed(f"{s.step()}/resend", {}),
    "studio.runs.skip": lambda s: Deed(f"{s.step()}/skip", {}),
    "studio.bulk.create": lambda _: Deed("/bulk/_new", {"verb": "retry"}),
    "studio.bulk.move": lambda s: Deed(f"{s.order()}/pause", {}),
    "studio.submissions.approve": lambda s: Deed(f"{s.held()}/approve", {}),
    "studio.submissions.mend": lambda s: Deed(f"{s.broken()}/mend", {}),
    "studio.submissions.drop": lambda s: Deed(f"{s.held()}/drop", {}),
    "studio.privacy.erase": lambda _: Deed("/privacy/erase", {"person": "ada@example.org"}),
    "studio.notices.clear": lambda _: Deed(
        "/notices/clear", {"until": "2999-01-01T00:00:00+00:00"}
    ),
    "studio.connections.create": lambda _: Deed(
        "/connections/_new/kommo", CONNECTION, "/connections/_new/kommo"
    ),
    "studio.connections.save": lambda _: Deed("/connections/main", CONNECTION, "/connections/main"),
    "studio.connections.test": lambda _: Deed("/connections/main/test", {}),
    "studio.connecting.end": lambda _: Deed("/connections/main/disconnect", {}),
    "studio.forms.save_guard": lambda _: Deed("/forms/callback/guard", ENTERED),
    "studio.signatures.save": lambda _: Deed(SIGNATURE, {"signature": "refuse", "tests": "hold"}),
    "studio.signatures.add": lambda _: Deed(f"{SIGNATURE}/secrets", {"secret": "long enough"}),
    "studio.signatures.drop": lambda _: Deed(f"{SIGNATURE}/secrets/remove", {"which": "all"}),
    "studio.cases.save": lambda s: Deed(
        f"{MODULE}/cases", {"name": "Ada", "submission": s.submission()}
    ),
    "studio.cases.remove": lambda s: Deed(f"{MODULE}/cases/remove", {"name": s.case()}),
    "studio.channels.create_mail": lambda _: Deed(
        "/notices/channels/mail", {"mail-address": "grace@example.org"}
    ),
    "studio.channels.create_webhook": lambda _: Deed(
        "/notices/channels/webhook", {"webhook-address": "https://example.org/hook"}
    ),
    "studio.channels.toggle": lambda s: Deed(f"{s.channel()}/switch", {"on": "no"}),
    "studio.channels.test": lambda s: Deed(f"{s.channel()}/test", {}),
    "studio.channels.drop": lambda s: Deed(f"{s.channel()}/remove", {}),
    "studio.people.change_role": lambda s: Deed(f"{s.person()}/role", {"role": "viewer"}),
    "studio.people.switch_person": lambda s: Deed(f"{s.person()}/switch", {"on": "no"}),
    "studio.people.sign_out": lambda s: Deed(f"{s.person()}/sign-out", {}),
    "studio.people.reset_second_step": lambda s: Deed(
        f"{s.person(second_step=True)}/reset-second-step", {}
    ),
    "studio.invitations.create": lambda _: Deed(
        "/people/_new", {"email": "ada@example.org", "role": "viewer"}
    ),
    "studio.invitations.drop": lambda s: Deed(f"{s.invitation()}/withdraw", {}),
    "studio.tokens.create": lambda _: Deed(
        "/tokens/_new", {"name": "backup", "scopes": "forms:read", "days": "30"}
    ),
    "studio.tokens.revoke": lambda s: Deed(f"/tokens/{s.token()}/revoke", {}),
    "studio.account.sign_out_elsewhere": lambda _: Deed("/account/sign-out-elsewhere", {}),
    "studio.account.change_password": lambda _: Deed(
        "/account/password", {"current": PASSWORD, "password": "p" * 12, "again": "p" * 12}
    ),
    "studio.second_step.begin": lambda _: Deed(f"{SECOND_STEP}/begin", {"current": PASSWORD}),
    "studio.second_step.confirm": lambda s: Deed(f"{SECOND_STEP}/confirm", s.code(on=False)),
    "studio.second_step.renew_codes": lambda s: Deed(f"{SECOND_STEP}/recovery-codes", s.code()),
    "studio.second_step.end": lambda s: Deed(f"{SECOND_STEP}/end", s.code()),
    "studio.account.sign_out_everywhere": lambda _: Deed("/account/sign-out-everywhere", {}),
}


def test_every_endpoint_that_changes_something_is_tried_here(app: Flask) -> None:
    posted_to = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("studio.") and "POST" in (rule.methods or set())
    }
    assert posted_to - CHANGES_NOTHING == DEEDS.keys()
    assert NEEDED.keys() >= CHANGES_NOTHING


@pytest.mark.parametrize("endpoint", DEEDS)
def test_what_a_person_does_is_noted(grace: FlaskClient, setting: Setting, endpoint: str) -> None:
    deed = DEEDS[endpoint](setting)
    before = entries(setting.instance)
    answer = post(grace, deed.address, page=deed.page, **deed.fields)
    assert answer.status_code in (201, 303)
    new = entries(setting.instance)[len(before) :]
    assert [(entry.actor, entry.source) for entry in new] == [("owner@example.org", "studio")]
    if endpoint == "studio.account.sign_out_everywhere":
        return
    page = grace.get("/audit").text
    assert f'<th scope="row">{new[0].act}</th>' in page
    assert f'<option value="{new[0].noun}">' in page
    assert world.SECRET not in page


def test_an_export_is_noted_though_it_only_reads(grace: FlaskClient, setting: Setting) -> None:
    assert grace.get("/submissions.csv?form=callback").status_code == 200
    (entry,) = entries(setting.instance)
    assert (entry.act, entry.noun, entry.details) == (
        "export",
        "submissions",
        {"form": "callback"},
    )


def entries(instance: Instance) -> list[AuditEntry]:
    with instance.database.read() as session:
        but_sign_ins = select(AuditEntry).where(AuditEntry.act != "sign in")
        return list(session.scalars(but_sign_ins.order_by(AuditEntry.id)))


def test_what_is_refused_is_not_noted(grace: FlaskClient, setting: Setting) -> None:
    run = setting.run(RunState.DELIVERED)
    answer = post(grace, f"/runs/{run}/discard", page="/forms/_new")
    assert answer.status_code == 303
    assert entries(setting.instance) == []
    assert "Nothing was changed: the run is delivered" in grace.get(f"/runs/{run}").text


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", True),
        ("?actor=OWNER&noun=notices", True),
        ("?actor=nobody", False),
        ("?noun=form", False),
        ("?since=2999-01-01", False),
        ("?until=2999-01-01", True),
        ("?noun=nothing", False),
        ("?since=nonsense", False),
        ("?since=2026-11-02&until=2026-11-01", False),
    ],
)
def test_the_log_is_filtered(grace: FlaskClient, setting: Setting, query: str, shown: bool) -> None:
    deed = DEEDS["studio.notices.clear"](setting)
    post(grace, deed.address, page=deed.page, **deed.fields)
    assert ('<th scope="row">clear</th>' in grace.get(f"/audit{query}").text) == shown


@pytest.mark.parametrize(
    ("query", "field", "told"),
    [
        ("since=nonsense", "since", "“nonsense” is no day."),
        ("until=2026-02-30", "until", "“2026-02-30” is no day."),
        ("since=2026-11-02&until=2026-11-01", "until", "The last day is before the first."),
        ("noun=nothing", "noun", "Nothing is called “nothing” here."),
    ],
)
def test_what_cannot_be_meant_is_told_beside_its_field(
    grace: FlaskClient, query: str, field: str, told: str
) -> None:
    answer = grace.get(f"/audit?{query}&actor=Ada")
    assert answer.status_code == 200
    assert f'<div class="invalid-feedback" id="{field}-error">' in answer.text
    assert 'id="mistakes"' in answer.text
    assert answer.text.count(told) == 2
    assert 'value="Ada"' in answer.text
    assert "</table>" not in answer.text
