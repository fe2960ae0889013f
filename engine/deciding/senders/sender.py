"""What is known of one sender of submissions: a row of the table of senders, and its parts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from engine.deciding.bodies import Tree


@dataclass(frozen=True, slots=True)
class Asked:
    """One answer: what was asked, as a name and as a text for people, and what was answered."""

    name: str
    value: Tree
    label: str = ""


Layout: TypeAlias = Callable[[Tree], Iterable[Asked]]
"""Finds the answers in a document."""


class Scheme(StrEnum):
    """How a sender signs: which bytes, with what, and how the result is written."""

    TYPEFORM = "typeform"
    TALLY = "tally"
    WEBFLOW = "webflow"
    HUB = "hub"  # sha256= and hex, as GitHub's WebSub made usual
    FRAMER = "framer"
    STANDARD_WEBHOOKS = "standard webhooks"
    NETLIFY = "netlify"
    FORMSTACK = "formstack"
    LINKEDIN = "linkedin"
    CALENDLY = "calendly"
    SURVEYMONKEY = "surveymonkey"


@dataclass(frozen=True, slots=True)
class Signature:
    """``headers``: the one with the signature first, then what else it is made from."""

    scheme: Scheme
    headers: tuple[str, ...]


class Ping(StrEnum):
    """A request by which a sender looks whether there is anybody; none of them is a submission."""

    TEST_IS_TEST = "POST `test=test` on saving"
    TEST_EVENT = "POST of an event without answers on saving"
    SAMPLE = "POST of sample data"
    HUB_CHALLENGE = "GET with `hub.challenge`"
    CHALLENGE_CODE = "GET with `challengeCode`"
    CONFIRMATION = "POST with type `confirmation`"
    HOOK_SECRET = "POST without a body, with `X-Hook-Secret`"  # noqa: S105 a header's name
    EMPTY = "POST without a body"
    PROBE = "HEAD"


class Proof(StrEnum):
    """Where what we know of a sender comes from."""

    DOCUMENTED = "documented"
    RECORDED = "recorded"
    UNVERIFIED = "unverified"


@dataclass(frozen=True, slots=True)
class Mark:
    """What tells a sender's post: all of it must be there.

    ``keys`` are paths as `trees.at` reads them; ``values`` and ``headers`` are regular expressions
    that the whole text at a path, or of a header, must match. ``alone``: there is nothing else.
    """

    keys: tuple[str, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    alone: bool = False


def mark(
    *keys: str,
    values: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    alone: bool = False,
) -> Mark:
    return Mark((*keys, *(values or {})), values or {}, headers or {}, alone)


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One shape in which a sender posts: how it is known, and where everything is. Any mark will do.

    Without a ``layout`` it is read by the general rules.

    ``context`` names what stands at a path as `engine.deciding.context` names it; ``visitor`` gives the
    path of the visitor's ``ip`` and ``user_agent``. ``technical`` are the paths worth keeping beside
    the answers, ``left_out`` members that are not. What of the document's own members is in one of
    these is not seen by ``layout``.

    ``id`` are paths that together tell a filling-in from others, ``id_header`` the header that does.
    ``finished`` and ``test`` are a path and the expression that its text must match. ``problem``:
    there are no answers in it, and what a person can do.
    """

    marks: tuple[Mark, ...]
    layout: Layout | None = None
    id: tuple[str, ...] = ()
    id_header: str = ""
    context: Mapping[str, str] = field(default_factory=dict)
    visitor: Mapping[str, str] = field(default_factory=dict)
    technical: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    finished: tuple[str, str] | None = None
    test: tuple[str, str] | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who posts submissions. ``key`` has at most 15 characters and never changes.

    One without ``posts`` cannot be told from others, and is read by the general rules. ``secret`` is
    the path of a secret in the body, ``answer`` the body of the answer where status 200 alone will not do.
    """

    key: str
    name: str
    proof: Proof
    posts: tuple[Post, ...] = ()
    signature: Signature | None = None
    secret: str = ""
    pings: tuple[Ping, ...] = ()
    answer: str = ""
    gaps: tuple[str, ...] = ()
