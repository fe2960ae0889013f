"""How states are shown: a word, an icon and a colour each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import LazyString, lazy_pgettext
from flask_babel import lazy_gettext as _

from engine.deciding.plan import Step


@dataclass(frozen=True, slots=True)
class StateWords:
    """``tone`` is a class of the style sheets: good, bad, warn, calm or busy."""

    label: LazyString | str
    icon: str
    tone: str


_STATES: Mapping[str, StateWords] = {
    # submissions and runs
    "received": StateWords(_("received"), "inbox", "calm"),
    "accepted": StateWords(_("received"), "inbox", "calm"),
    "idle": StateWords(_("no module"), "circle-dashed", "calm"),
    "unreadable": StateWords(_("unreadable"), "alert-triangle", "warn"),
    "partial": StateWords(_("waiting for the rest"), "hourglass", "warn"),
    "completed": StateWords(_("completed by its sender"), "plus", "busy"),
    "late": StateWords(_("came late"), "clock", "calm"),
    "released": StateWords(_("let in"), "check", "busy"),
    "mended": StateWords(_("mended"), "edit", "busy"),
    "queued": StateWords(_("queued"), "clock", "busy"),
    "running": StateWords(_("running"), "loader-2", "busy"),
    "waiting": StateWords(_("waiting"), "clock-pause", "warn"),
    "held": StateWords(_("held"), "eye", "warn"),
    "skipped": StateWords(_("skipped"), "ban", "calm"),
    "failed": StateWords(_("failed"), "circle-x", "bad"),
    "delivered": StateWords(_("delivered"), "circle-check", "good"),
    "retried": StateWords(_("tried again"), "rotate-clockwise", "busy"),
    "approved": StateWords(_("approved"), "check", "busy"),
    "replayed": StateWords(_("run again"), "rotate-clockwise", "busy"),
    "resend": StateWords(_("sent again by a person"), "send", "busy"),
    "skip": StateWords(_("left out by a person"), "ban", "busy"),
    "adopt": StateWords(_("taken over by a person"), "check", "busy"),
    "discarded": StateWords(_("discarded"), "trash", "calm"),
    "erased": StateWords(_("erased"), "shield-lock", "calm"),
    # steps
    "planned": StateWords(_("not yet"), "circle-dashed", "calm"),
    "sending": StateWords(_("sending"), "loader-2", "busy"),
    "done": StateWords(_("done"), "circle-check", "good"),
    "unknown": StateWords(_("unknown"), "help-circle", "warn"),
    # messages
    "sent": StateWords(_("sent"), "circle-check", "good"),
    # bulk orders
    "going": StateWords(_("going on"), "player-play", "busy"),
    "ended": StateWords(_("ended"), "circle-check", "good"),
    "stopped": StateWords(_("stopped"), "ban", "calm"),
    # connections
    "ok": StateWords(_("healthy"), "circle-check", "good"),
    "paused": StateWords(_("paused"), "player-pause", "warn"),
    "blocked": StateWords(_("blocked"), "lock", "bad"),
    "open": StateWords(_("does not answer"), "plug", "bad"),
    "half-open": StateWords(_("trying again"), "refresh", "warn"),
    # what waiting runs wait for
    "retry": StateWords(_("to be tried again"), "rotate-clockwise", "warn"),
    "limit": StateWords(_("asked to wait"), "hourglass", "warn"),
    "breaker": StateWords(_("until it answers again"), "plug", "bad"),
    "auth": StateWords(_("for access"), "lock", "bad"),
    "reconcile": StateWords(_("for a lost answer"), "search", "warn"),
    "module": StateWords(_("for another module"), "sitemap", "calm"),
    # what a step does to its record
    "create": StateWords(_("create"), "plus", "good"),
    "update": StateWords(_("update"), "edit", "busy"),
    "move": StateWords(_("move"), "arrow-right", "warn"),
    "link": StateWords(_("link"), "link", "busy"),
    "leave": StateWords(_("leave"), "circle", "calm"),
    # what became of a candidate
    "taken": StateWords(_("taken"), "check", "good"),
    "left": StateWords(_("left"), "x", "calm"),
    # people
    "active": StateWords(_("may sign in"), "circle-check", "good"),
    "switched off": StateWords(_("kept outside"), "ban", "calm"),
    # tokens
    "valid": StateWords(_("valid"), "circle-check", "good"),
    "expired": StateWords(_("expired"), "clock", "calm"),
    "revoked": StateWords(_("revoked"), "ban", "calm"),
    # what a row makes of a submission
    "ready": StateWords(_("ready"), "circle-check", "good"),
    "doubtful": StateWords(_("check"), "alert-triangle", "warn"),
    "broken": StateWords(_("broken"), "circle-x", "bad"),
    "unmapped": StateWords(_("not mapped"), "circle-dashed", "warn"),
    "unanswered": StateWords(_("no answer"), "circle", "calm"),
    "unread": StateWords(_("not known yet"), "help-circle", "calm"),
    # switches
    "on": StateWords(_("on"), "toggle-right", "good"),
    "off": StateWords(_("off"), "toggle-left", "calm"),
}

_KINDS: Mapping[str, LazyString] = {
    "contact": _("Contact"),
    "company": _("Company"),
    "deal": _("Deal"),
    "task": _("Task"),
    "note": _("Note"),
}

_DONE: Mapping[str, LazyString] = {
    "create": _("created"),
    "update": _("updated"),
    "move": _("moved"),
    "link": _("linked"),
}


_LABELS: Mapping[str, LazyString] = {
    "Text": _("Text"),
    "Type": _("Type"),
    "Due": _("Due"),
    "Responsible": _("Responsible"),
}
"""Fields that are ours, since the CRM's catalog does not name them."""

_ROLES: Mapping[str, LazyString] = {
    "owner": _("owner"),
    "administrator": _("administrator"),
    "marketer": _("marketer"),
    "viewer": _("viewer"),
}

_ACTS: Mapping[str, LazyString] = {
    "accept invitation": lazy_pgettext("audit log", "accept invitation"),
    "add": lazy_pgettext("audit log", "add"),
    "add secret": lazy_pgettext("audit log", "add secret"),
    "adopt": lazy_pgettext("audit log", "adopt"),
    "apply": lazy_pgettext("audit log", "apply"),
    "approve": lazy_pgettext("audit log", "approve"),
    "begin second step": lazy_pgettext("audit log", "begin second step"),
    "change password": lazy_pgettext("audit log", "change password"),
    "change role": lazy_pgettext("audit log", "change role"),
    "clear": lazy_pgettext("audit log", "clear"),
    "connect": lazy_pgettext("audit log", "connect"),
    "create": lazy_pgettext("audit log", "create"),
    "disable": lazy_pgettext("audit log", "disable"),
    "discard": lazy_pgettext("audit log", "discard"),
    "discard draft": lazy_pgettext("audit log", "discard draft"),
    "disconnect": lazy_pgettext("audit log", "disconnect"),
    "drop": lazy_pgettext("audit log", "drop"),
    "enable": lazy_pgettext("audit log", "enable"),
    "erase": lazy_pgettext("audit log", "erase"),
    "export": lazy_pgettext("audit log", "export"),
    "fail to sign in": lazy_pgettext("audit log", "fail to sign in"),
    "invite": lazy_pgettext("audit log", "invite"),
    "mend": lazy_pgettext("audit log", "mend"),
    "order": lazy_pgettext("audit log", "order"),
    "pause": lazy_pgettext("audit log", "pause"),
    "publish": lazy_pgettext("audit log", "publish"),
    "remove": lazy_pgettext("audit log", "remove"),
    "remove secret": lazy_pgettext("audit log", "remove secret"),
    "renew recovery codes": lazy_pgettext("audit log", "renew recovery codes"),
    "replay": lazy_pgettext("audit log", "replay"),
    "resend": lazy_pgettext("audit log", "resend"),
    "reset second step": lazy_pgettext("audit log", "reset second step"),
    "restore": lazy_pgettext("audit log", "restore"),
    "resume": lazy_pgettext("audit log", "resume"),
    "retry": lazy_pgettext("audit log", "retry"),
    "revoke": lazy_pgettext("audit log", "revoke"),
    "rotate": lazy_pgettext("audit log", "rotate"),
    "save": lazy_pgettext("audit log", "save"),
    "save draft": lazy_pgettext("audit log", "save draft"),
    "set up": lazy_pgettext("audit log", "set up"),
    "sign in": lazy_pgettext("audit log", "sign in"),
    "sign out elsewhere": lazy_pgettext("audit log", "sign out elsewhere"),
    "sign out everywhere": lazy_pgettext("audit log", "sign out everywhere"),
    "skip": lazy_pgettext("audit log", "skip"),
    "stop": lazy_pgettext("audit log", "stop"),
    "switch off": lazy_pgettext("audit log", "switch off"),
    "switch off second step": lazy_pgettext("audit log", "switch off second step"),
    "switch on": lazy_pgettext("audit log", "switch on"),
    "switch on second step": lazy_pgettext("audit log", "switch on second step"),
    "test": lazy_pgettext("audit log", "test"),
    "use recovery code": lazy_pgettext("audit log", "use recovery code"),
    "withdraw": lazy_pgettext("audit log", "withdraw"),
}

_NOUNS: Mapping[str, LazyString] = {
    "bulk order": _("bulk order"),
    "case": _("case"),
    "channel": _("channel"),
    "connection": _("connection"),
    "database": _("database"),
    "form": _("form"),
    "invitation": _("invitation"),
    "module": _("module"),
    "notices": _("notices"),
    "person": _("person"),
    "rule": _("rule"),
    "run": _("run"),
    "secret keys": _("secret keys"),
    "submission": _("submission"),
    "submissions": _("submissions"),
    "token": _("token"),
}


def label_words(label: str) -> str:
    """What a field of a task or note is called."""
    return str(_LABELS.get(label, label))


def role_words(role: str) -> str:
    return str(_ROLES.get(role, role))


def act_words(act: str) -> str:
    """What the audit log calls an act."""
    return str(_ACTS.get(act, act))


def nouns() -> dict[str, str]:
    """All that the acts of the audit log are done to, with what people call it."""
    return {noun: str(words) for noun, words in _NOUNS.items()}


def noun_words(noun: str) -> str:
    """What an act of the audit log was done to."""
    return str(_NOUNS.get(noun, noun))


def kind_of(kind: str) -> str:
    return str(_KINDS.get(kind, kind))


def title_of(step: Step) -> str:
    """A plan's step as people call it; a link's title names its two ends already."""
    return step.title if step.action == "link" else f"{kind_of(step.kind)} · {step.title}"


def done_of(action: str) -> str:
    """What was done to a record when the step is done."""
    return str(_DONE.get(action, action))


def state_of(state: str) -> StateWords:
    """How ``state`` is shown; a state without words of its own is shown as it is called."""
    return _STATES.get(state) or StateWords(state, "circle", "calm")
