"""Who may do what in the studio: one table of roles, one table of pages, one check."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto
from typing import Any

from flask import abort, g, request
from flask_security import current_user
from flask_security.decorators import default_unauthn_handler

from web.database import SAFE_METHODS
from web.people import csrf


class Right(Enum):
    """What a role may allow."""

    READ = auto()
    EDIT = auto()  # forms, modules, runs, notices
    CONNECT = auto()  # connections, channels and their secrets
    PEOPLE = auto()  # who signs in, invitations, tokens
    AUDIT = auto()  # what people did
    RULE = auto()  # the switchboard, and rules written as JsonLogic
    ACCOUNT = auto()  # one's own sign-in and looks


_MARKETER = frozenset({Right.READ, Right.ACCOUNT, Right.EDIT})
_ADMINISTRATOR = _MARKETER | {Right.CONNECT, Right.PEOPLE, Right.AUDIT, Right.RULE}
RIGHTS: Mapping[str, frozenset[Right]] = {
    "viewer": frozenset({Right.READ, Right.ACCOUNT}),
    "marketer": _MARKETER,
    "administrator": _ADMINISTRATOR,
    "owner": _ADMINISTRATOR,
}

NEEDED: Mapping[str, Right] = {
    "studio.forms.new": Right.EDIT,
    "studio.forms.create": Right.EDIT,
    "studio.forms.save": Right.EDIT,
    "studio.fields.new": Right.EDIT,
    "studio.fields.create": Right.EDIT,
    "studio.fields.change": Right.EDIT,
    "studio.fields.take_seen": Right.EDIT,
    "studio.pages.save": Right.EDIT,
    "studio.forms.save_guard": Right.EDIT,
    "studio.signatures.save": Right.EDIT,
    "studio.signatures.add": Right.EDIT,
    "studio.signatures.drop": Right.EDIT,
    "studio.modules.new": Right.EDIT,
    "studio.modules.create": Right.EDIT,
    "studio.modules.save": Right.EDIT,
    "studio.modules.switch": Right.EDIT,
    "studio.logic.save": Right.EDIT,
    "studio.editor.change": Right.EDIT,
    "studio.extras.change": Right.EDIT,
    "studio.copying.show": Right.EDIT,
    "studio.copying.take": Right.EDIT,
    "studio.drafts.confirm": Right.EDIT,
    "studio.drafts.effect": Right.EDIT,
    "studio.drafts.publish_draft": Right.EDIT,
    "studio.drafts.discard": Right.EDIT,
    "studio.drafts.restore": Right.EDIT,
    # A sample may name anybody, and its plan shows what the CRM knows of them.
    "studio.previews.show": Right.EDIT,
    "studio.previews.plan": Right.EDIT,
    "studio.cases.save": Right.EDIT,
    "studio.cases.remove": Right.EDIT,
    "studio.runs.retry": Right.EDIT,
    "studio.runs.approve": Right.EDIT,
    "studio.runs.discard": Right.EDIT,
    "studio.runs.adopt": Right.EDIT,
    "studio.runs.resend": Right.EDIT,
    "studio.runs.skip": Right.EDIT,
    "studio.runs.choose_again": Right.EDIT,
    "studio.runs.plan_again": Right.EDIT,
    "studio.runs.replay": Right.EDIT,
    "studio.bulk.new": Right.EDIT,
    "studio.bulk.plan": Right.EDIT,
    "studio.bulk.create": Right.EDIT,
    "studio.bulk.move": Right.EDIT,
    "studio.submissions.approve": Right.EDIT,
    "studio.submissions.drop": Right.EDIT,
    "studio.submissions.mend": Right.EDIT,
    "studio.notices.clear": Right.EDIT,
    "studio.connections.new": Right.CONNECT,
    "studio.connections.create": Right.CONNECT,
    "studio.connections.save": Right.CONNECT,
    "studio.connections.test": Right.CONNECT,
    "studio.privacy.index": Right.CONNECT,
    "studio.privacy.find": Right.CONNECT,
    "studio.privacy.show": Right.CONNECT,
    "studio.privacy.erase": Right.CONNECT,
    "studio.account.index": Right.ACCOUNT,
    "studio.channels.index": Right.CONNECT,
    "studio.channels.create_mail": Right.CONNECT,
    "studio.channels.create_webhook": Right.CONNECT,
    "studio.channels.toggle": Right.CONNECT,
    "studio.channels.test": Right.CONNECT,
    "studio.channels.confirm": Right.CONNECT,
    "studio.channels.drop": Right.CONNECT,
    "studio.settings.index": Right.CONNECT,
    "studio.settings.keeping": Right.CONNECT,
    "studio.settings.save_keeping": Right.CONNECT,
    "studio.connecting.begin": Right.CONNECT,
    "studio.connecting.finish": Right.CONNECT,
    "studio.connecting.end": Right.CONNECT,
    "studio.switchboard.switch_form": Right.RULE,
    "studio.switchboard.switch_module": Right.RULE,
    "studio.switchboard.switch_rule": Right.RULE,
    "studio.people.index": Right.PEOPLE,
    "studio.people.show": Right.PEOPLE,
    "studio.people.change_role": Right.PEOPLE,
    "studio.people.switch_person": Right.PEOPLE,
    "studio.people.sign_out": Right.PEOPLE,
    "studio.people.reset_second_step": Right.PEOPLE,
    "studio.invitations.new": Right.PEOPLE,
    "studio.invitations.create": Right.PEOPLE,
    "studio.invitations.drop": Right.PEOPLE,
    "studio.tokens.index": Right.PEOPLE,
    "studio.tokens.new": Right.PEOPLE,
    "studio.tokens.create": Right.PEOPLE,
    "studio.tokens.revoke": Right.PEOPLE,
    "studio.audit.index": Right.AUDIT,
    "studio.account.theme": Right.ACCOUNT,
    "studio.account.zone": Right.ACCOUNT,
    "studio.account.sign_out_everywhere": Right.ACCOUNT,
    "studio.account.sign_out_elsewhere": Right.ACCOUNT,
    "studio.account.password": Right.ACCOUNT,
    "studio.account.change_password": Right.ACCOUNT,
    "studio.second_step.show": Right.ACCOUNT,
    "studio.second_step.begin": Right.ACCOUNT,
    "studio.second_step.confirm": Right.ACCOUNT,
    "studio.second_step.renew_codes": Right.ACCOUNT,
    "studio.second_step.end": Right.ACCOUNT,
    "studio.exports.submissions": Right.EDIT,
}
"""Endpoint to the right it needs. Reading pages need READ; a writing one that is not here is shut."""


def may(right: Right) -> bool:
    """Whether the person who is signed in has ``right``."""
    return right in rights_here()


def rights_here() -> frozenset[Right]:
    """All rights of the person who is signed in."""
    person = current_user._get_current_object()
    known = g.get("rights_of")  # pages ask often
    if known is None or known[0] is not person:
        roles = [RIGHTS.get(role.name, frozenset()) for role in person.roles]
        g.rights_of = known = (person, frozenset().union(*roles))
    rights: frozenset[Right] = known[1]
    return rights


def check() -> Any:
    """Turn away who is not signed in, has no right to this page, or was sent here by another site."""
    if not current_user.is_authenticated:
        if request.headers.get("HX-Request"):  # part of a page: a sign-in page must not fill it
            abort(401)
        return default_unauthn_handler()
    needed = NEEDED.get(request.endpoint or "")
    if needed is None and request.method in SAFE_METHODS:
        needed = Right.READ
    if needed is None or not may(needed):
        abort(403)
    if request.method not in SAFE_METHODS:
        if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
            abort(403)
        csrf.protect()
    return None
