"""Senders of the table: ads, calendars, surveys and social networks."""

from __future__ import annotations

from collections.abc import Iterator

from engine.deciding.bodies import Tree
from engine.deciding.senders.layouts import flat, listed, members, nothing, picked, together
from engine.deciding.senders.sender import (
    Asked,
    Ping,
    Post,
    Proof,
    Scheme,
    Sender,
    Signature,
    mark,
)
from engine.deciding.senders.trees import pairs_at

GOOGLE_ADS = Sender(
    key="googleads",
    name="Google Ads lead forms",
    proof=Proof.DOCUMENTED,
    posts=(
        Post(
            marks=(mark("user_column_data"),),
            layout=listed(
                "user_column_data", name="column_id", value="string_value", label="column_name"
            ),
            id=("lead_id",),
            context={"gcl_id": "gclid"},
            technical=("lead_id", "form_id", "campaign_id", "adgroup_id", "creative_id", "is_test"),
            test=("is_test", "true"),
        ),
    ),
    secret="google_key",  # noqa: S106 the place of one
    pings=(Ping.SAMPLE,),
)
META = Sender(
    key="meta",
    name="Meta Lead Ads",
    proof=Proof.DOCUMENTED,
    posts=(
        Post(
            marks=(
                mark("entry/0/changes/0/value/leadgen_id"),
                mark("entry/0/changes", values={"object": "page"}),
            ),
            layout=nothing,
            problem=(
                "Meta sends only the ids of leads, without their answers. Let Zapier or Make fetch the answers, and send them here."
            ),
        ),
    ),
    signature=Signature(Scheme.HUB, ("X-Hub-Signature-256",)),
    pings=(Ping.HUB_CHALLENGE,),
)
LINKEDIN = Sender(
    key="linkedin",
    name="LinkedIn Lead Sync",
    proof=Proof.DOCUMENTED,
    posts=(
        Post(
            marks=(mark("leadGenFormResponse"), mark(values={"type": "LEAD_ACTION"})),
            layout=nothing,
            problem=(
                "LinkedIn sends only the ids of leads, without their answers. Let Zapier or Make fetch the answers, and send them here."
            ),
        ),
    ),
    signature=Signature(Scheme.LINKEDIN, ("X-LI-Signature",)),
    pings=(Ping.CHALLENGE_CODE,),
)
SURVEYMONKEY = Sender(
    key="surveymonkey",
    name="SurveyMonkey",
    proof=Proof.DOCUMENTED,
    posts=(
        Post(
            marks=(
                mark("event_id", "event_type", "object_id"),
                mark(headers={"Sm-Signature": ".+"}),
            ),
            layout=nothing,
            problem=(
                "SurveyMonkey sends only the ids of responses, without their answers. Let Zapier or Make fetch the answers, and send them here."
            ),
        ),
    ),
    signature=Signature(Scheme.SURVEYMONKEY, ("Sm-Signature",)),
    pings=(Ping.PROBE,),
)
TIKTOK = Sender(key="tiktok", name="TikTok lead generation", proof=Proof.UNVERIFIED)


def _invitee(tree: Tree) -> Iterator[Asked]:
    """The event is an answer, since it tells rules a meeting that is called off from one that is set."""
    yield from picked("event")(tree)
    yield from picked(
        *(f"payload/{name}" for name in ("name", "first_name", "last_name", "email", "timezone")),
        "payload/text_reminder_number",
        "payload/cancellation/reason",
    )(tree)
    for name, value in pairs_at(tree, "payload/scheduled_event"):
        if name in ("name", "start_time", "end_time", "location"):
            yield Asked(f"scheduled_event.{name}", value)


CALENDLY = Sender(
    key="calendly",
    name="Calendly",
    proof=Proof.DOCUMENTED,
    posts=(
        Post(
            marks=(
                mark("event", "payload/questions_and_answers"),
                mark("event", "payload/scheduled_event"),
            ),
            layout=together(
                _invitee,
                listed("payload/questions_and_answers", name="question", value="answer"),
            ),
            id=("payload/uri", "event"),
            context={
                f"payload/tracking/utm_{name}": f"utm_{name}"
                for name in ("source", "medium", "campaign", "term", "content")
            },
            technical=("payload/uri", "payload/rescheduled"),
        ),
    ),
    signature=Signature(Scheme.CALENDLY, ("Calendly-Webhook-Signature",)),
    gaps=("A meeting that is moved comes as one called off and another set.",),
)
VK = Sender(
    key="vk",
    name="VK lead forms",
    proof=Proof.RECORDED,
    posts=(
        Post(
            marks=(mark("object/answers", values={"type": "lead_forms_new"}),),
            layout=listed("object/answers", name="key", value="answer", label="question"),
            id=("object/lead_id",),
            technical=("object/lead_id", "object/form_id", "object/form_name", "event_id"),
        ),
        Post(
            marks=(mark("group_id", values={"type": "confirmation"}),),
            layout=nothing,
            technical=("type", "group_id"),
            test=("type", "confirmation"),
        ),
        Post(  # whatever else its owner has VK tell
            marks=(mark("event_id", "type", "object", values={"group_id": r"\d+"}),),
            layout=nothing,
            technical=("type", "group_id", "event_id"),
            test=("type", "(?!lead_forms_new$).+"),
        ),
    ),
    secret="secret",  # noqa: S106 the place of one
    pings=(Ping.CONFIRMATION,),
    answer="ok",
)
YANDEX_FORMS = Sender(
    key="yandexforms",
    name="Yandex Forms",
    proof=Proof.DOCUMENTED,
    posts=(
        Post(
            marks=(mark("jsonrpc", "params", headers={"X-Delivery-Id": ".+"}),),
            layout=members("params"),
            id_header="X-Delivery-Id",
            technical=("method", "id"),
        ),
        Post(
            marks=(mark(headers={"X-Delivery-Id": ".+"}),),
            layout=flat,
            id_header="X-Delivery-Id",
        ),
    ),
    gaps=(
        "It sends by IPv6 only.",
        "A body of one's own is broken by a visitor's quotation mark: use JSON-RPC.",
    ),
)

ADVERTISING = (*(GOOGLE_ADS, META, LINKEDIN, TIKTOK, VK, CALENDLY, SURVEYMONKEY, YANDEX_FORMS),)
