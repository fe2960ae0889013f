"""Every address of Formwire, and for whom it is. A new one must be placed here by hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from flask import Flask
from werkzeug.routing import Rule

PUBLIC, SIGN_IN, HERE = "for everybody", "for whoever has a password", "for this host"
READ, ACCOUNT, EDIT, CONNECT, AUDIT = "read", "account", "edit", "connect", "audit"
RULE = "rule"
OF_PEOPLE = "people"
BY_SECRET = "for whoever has a set-up code or an invitation's link"
OPEN = (PUBLIC, SIGN_IN, HERE, BY_SECRET)

PLACES: Mapping[str, tuple[str, ...]] = {
    PUBLIC: (
        "GET static",
        "GET health.healthz",
        "GET api.describe",
        "GET intake.demo",
        "GET intake.embed",
        "GET intake.handshake",
        "GET intake.thanks",
        "GET intake.token",
        "GET intake.work",
        "GET page.show",
        "GET files.show",  # by a link that nobody guesses, and that expires
        "HEAD intake.probe",
        "OPTIONS intake.preflight",
        "POST intake.submit",
        "POST entrance.language.choose",
    ),
    SIGN_IN: (
        "GET security.login",
        "POST security.login",
        "POST security.logout",
        "GET entrance.second_step.show",
        "POST entrance.second_step.show",
    ),
    BY_SECRET: (
        "GET entrance.setup.show",
        "POST entrance.setup.show",
        "GET entrance.invitation.show",
        "POST entrance.invitation.show",
    ),
    HERE: ("GET metrics.scrape",),
    READ: (
        "GET studio.home.index",
        "GET studio.forms.index",
        "GET studio.forms.show",
        "GET studio.forms.settings",
        "GET studio.forms.guard",
        "GET studio.signatures.show",
        "GET studio.forms.snippets",
        "GET studio.fields.show",
        "GET studio.pages.show",
        "GET studio.modules.show",
        "GET studio.logic.show",
        "GET studio.editor.show",
        "GET studio.extras.show",
        "GET studio.drafts.history",
        "GET studio.drafts.compare",
        "GET studio.submissions.index",
        "GET studio.submissions.show",
        "GET studio.submissions.file",
        "GET studio.runs.show",
        "GET studio.bulk.index",
        "GET studio.bulk.show",
        "GET studio.load.index",
        "GET studio.connections.index",
        "GET studio.connections.show",
        "GET studio.notices.index",
        "GET studio.notices.confirm",
        "GET studio.switchboard.index",
    ),
    ACCOUNT: (
        "GET studio.account.index",
        "POST studio.account.theme",
        "POST studio.account.zone",
        "POST studio.account.sign_out_everywhere",
        "POST studio.account.sign_out_elsewhere",
        "GET studio.account.password",
        "POST studio.account.change_password",
        "GET studio.second_step.show",
        "POST studio.second_step.begin",
        "POST studio.second_step.confirm",
        "POST studio.second_step.renew_codes",
        "POST studio.second_step.end",
    ),
    EDIT: (
        "GET studio.forms.new",
        "POST studio.forms.create",
        "POST studio.forms.save",
        "GET studio.fields.new",
        "POST studio.fields.create",
        "POST studio.fields.change",
        "POST studio.fields.take_seen",
        "POST studio.pages.save",
        "POST studio.forms.save_guard",
        "POST studio.signatures.save",
        "POST studio.signatures.add",
        "POST studio.signatures.drop",
        "GET studio.modules.new",
        "POST studio.modules.create",
        "POST studio.modules.save",
        "POST studio.modules.switch",
        "POST studio.logic.save",
        "POST studio.editor.change",
        "POST studio.extras.change",
        "GET studio.copying.show",
        "POST studio.copying.take",
        "GET studio.drafts.confirm",
        "POST studio.drafts.effect",
        "POST studio.drafts.publish_draft",
        "POST studio.drafts.discard",
        "POST studio.drafts.restore",
        "GET studio.previews.show",
        "POST studio.previews.plan",
        "POST studio.cases.save",
        "POST studio.cases.remove",
        "POST studio.runs.retry",
        "POST studio.runs.approve",
        "POST studio.runs.discard",
        "POST studio.runs.adopt",
        "POST studio.runs.resend",
        "POST studio.runs.skip",
        "GET studio.runs.choose_again",
        "POST studio.runs.plan_again",
        "POST studio.runs.replay",
        "GET studio.bulk.new",
        "POST studio.bulk.plan",
        "POST studio.bulk.create",
        "POST studio.bulk.move",
        "POST studio.submissions.approve",
        "POST studio.submissions.drop",
        "POST studio.submissions.mend",
        "POST studio.notices.clear",
        "GET studio.exports.submissions",
    ),
    CONNECT: (
        "GET studio.connections.new",
        "POST studio.connections.create",
        "POST studio.connections.save",
        "POST studio.connections.test",
        "POST studio.connecting.begin",
        "GET studio.connecting.finish",
        "POST studio.connecting.end",
        "GET studio.channels.index",
        "POST studio.channels.create_mail",
        "POST studio.channels.create_webhook",
        "POST studio.channels.toggle",
        "POST studio.channels.test",
        "GET studio.channels.confirm",
        "POST studio.channels.drop",
        "GET studio.settings.index",
        "GET studio.settings.keeping",
        "POST studio.settings.save_keeping",
        "GET studio.privacy.index",
        "POST studio.privacy.find",
        "GET studio.privacy.show",
        "POST studio.privacy.erase",
    ),
    AUDIT: ("GET studio.audit.index",),
    RULE: (
        "POST studio.switchboard.switch_form",
        "POST studio.switchboard.switch_module",
        "POST studio.switchboard.switch_rule",
    ),
    OF_PEOPLE: (
        "GET studio.people.index",
        "GET studio.people.show",
        "POST studio.people.change_role",
        "POST studio.people.switch_person",
        "POST studio.people.sign_out",
        "POST studio.people.reset_second_step",
        "GET studio.invitations.new",
        "POST studio.invitations.create",
        "POST studio.invitations.drop",
        "GET studio.tokens.index",
        "GET studio.tokens.new",
        "POST studio.tokens.create",
        "POST studio.tokens.revoke",
    ),
    "": ("GET api.get_token",),  # for every token
    "forms:read": ("GET api.list_forms", "GET api.get_form", "GET api.list_fields"),
    "forms:write": ("PUT api.put_form",),
    "modules:read": (
        "GET api.list_modules",
        "GET api.get_module",
        "GET api.list_revisions",
        "GET api.get_revision",
    ),
    "modules:read connections:read": ("POST api.plan_module",),
    "modules:write": ("PUT api.put_module",),
    "submissions:read": (
        "GET api.list_submissions",
        "GET api.get_submission",
        "GET api.get_probable_reading",
    ),
    "submissions:write": (
        "POST api.approve_held_submission",
        "POST api.drop_held_submission",
        "POST api.mend_submission",
    ),
    "runs:read": (
        "GET api.list_runs",
        "GET api.get_run",
        "GET api.list_orders",
        "GET api.get_order",
        "POST api.count_chosen",
    ),
    "runs:write": (
        "POST api.retry_run",
        "POST api.replay_run",
        "POST api.approve_run",
        "POST api.discard_run",
        "POST api.adopt_record",
        "POST api.resend_step",
        "POST api.skip_step",
        "POST api.give_order",
        "POST api.pause_order",
        "POST api.resume_order",
        "POST api.stop_order",
    ),
    "connections:read": (
        "GET api.list_connections",
        "GET api.get_connection",
        "GET api.get_catalog",
    ),
    "connections:write": ("POST api.test_connection",),
    "notices:read": ("GET api.list_notices",),
    "notices:write": ("POST api.clear_all_notices",),
    "privacy:erase": ("POST api.erase",),
    "audit:read": ("GET api.list_audit",),
}

ROLES: Mapping[str, frozenset[str]] = {
    "viewer": frozenset({READ, ACCOUNT}),
    "marketer": frozenset({READ, ACCOUNT, EDIT}),
    "administrator": frozenset({READ, ACCOUNT, EDIT, CONNECT, AUDIT, OF_PEOPLE, RULE}),
    "owner": frozenset({READ, ACCOUNT, EDIT, CONNECT, AUDIT, OF_PEOPLE, RULE}),
}
SCOPES_OF: Mapping[str, frozenset[str]] = {
    "viewer": frozenset(
        "forms:read modules:read submissions:read runs:read connections:read notices:read".split()
    ),
    "marketer": frozenset(
        "forms:read modules:read submissions:read runs:read connections:read notices:read "
        "forms:write modules:write submissions:write runs:write notices:write".split()
    ),
}
"""What a token of the role may do at most; those of the other roles may do everything."""


@dataclass(frozen=True, slots=True)
class Route:
    """One method of one rule. ``place`` is None when nobody placed it yet."""

    method: str
    rule: Rule

    @property
    def name(self) -> str:
        return f"{self.method} {self.rule.endpoint}"

    @property
    def place(self) -> str | None:
        return next((place for place, names in PLACES.items() if self.name in names), None)

    @property
    def is_api(self) -> bool:
        return self.rule.endpoint.startswith("api.")


def routes(app: Flask) -> Iterator[Route]:
    """Each of the app's routes but those that only refuse a method."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("api.refuse ") or rule.endpoint == "api.nothing":
            continue
        methods = rule.methods or set()
        for method in sorted(methods - {"HEAD", "OPTIONS"} or methods):
            yield Route(method, rule)
