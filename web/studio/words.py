"""How states are shown: a word, an icon and a colour each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import LazyString
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
