"""Senders of the table: browsers, page builders and back ends for the forms of websites."""

from __future__ import annotations

from collections.abc import Iterator

from engine.deciding.bodies import Tree
from engine.deciding.senders import joins
from engine.deciding.senders.layouts import flat, listed, members, nothing
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
from engine.deciding.senders.trees import at, objects_at, pairs_at, text_at

_UTM = ("source", "medium", "campaign", "term", "content")

TILDA = Sender(
    key="tilda",
    name="Tilda",
    proof=Proof.DOCUMENTED,
    posts=(
        Post(
            marks=(mark(values={"test": "test"}, alone=True),),
            layout=nothing,
            technical=("test",),
            test=("test", "test"),
        ),
        Post(
            marks=(mark("tranid"), mark("formid", "formname"), mark("formid", "COOKIES")),
            layout=joins.tilda,
            id=("tranid",),
            technical=("tranid", "formid", "formname", "COOKIES"),
        ),
    ),
    pings=(Ping.TEST_IS_TEST,),
    gaps=("Posts of a script of your own have no id.",),
)
SHOPIFY = Sender(
    key="shopify",
    name="Shopify contact form",
    proof=Proof.RECORDED,
    posts=(
        Post(
            marks=(mark("form_type", "utf8", "contact"),),
            layout=flat,
            technical=("form_type", "utf8", "_method"),
        ),
    ),
    gaps=("Names of the inputs, e-mail excepted, are in the language of the shop.",),
)
_HUBSPOT_TYPES = {"": "", "0-1": "", "0-2": "company."}


def _hubspot_v3(tree: Tree) -> Iterator[Asked]:
    """Properties of the contact by their names, those of other objects with the object before it."""
    for one in objects_at(tree, "fields"):
        type = text_at(one, "objectTypeId")
        yield Asked(_HUBSPOT_TYPES.get(type, f"{type}.") + text_at(one, "name"), at(one, "value"))


def _hubspot_properties(tree: Tree) -> Iterator[Asked]:
    """Each property with all its former values."""
    for name, value in pairs_at(tree, "properties"):
        yield Asked(name, at(value, "value"))


HUBSPOT = Sender(
    key="hubspot",
    name="HubSpot forms",
    proof=Proof.DOCUMENTED,
    posts=(
        Post(
            marks=(mark("fields/0/objectTypeId"), mark("context/hutk", "fields")),
            layout=_hubspot_v3,
            context={"context/pageUri": "page_url", "context/pageName": "page_title"},
            visitor={"ip": "context/ipAddress"},
            technical=("submittedAt", "context/hutk"),
        ),
        Post(
            marks=(mark("hs_context"),),
            layout=flat,
            context={"hs_context/pageUrl": "page_url", "hs_context/pageName": "page_title"},
            visitor={"ip": "hs_context/ipAddress"},
            technical=("hs_context/hutk",),
            left_out=("hs_context",),
        ),
        Post(
            marks=(mark("vid", "properties"),),
            layout=_hubspot_properties,
            technical=("vid", "portal-id"),
        ),
    ),
    gaps=("Several choices come as one text with semicolons between them.",),
)
WEBFLOW = Sender(
    key="webflow",
    name="Webflow",
    proof=Proof.DOCUMENTED,
    posts=(
        Post(
            marks=(mark("triggerType", "payload/data"),),
            layout=members("payload/data"),
            id=("payload/id",),
            context={"payload/pageUrl": "page_url"},
            technical=("triggerType", "payload/name", "payload/formId", "payload/siteId"),
        ),
        Post(
            marks=(mark("name", "site", "data", "_id"),),
            layout=members("data"),
            id=("_id",),
            technical=("name", "site", "_id"),
        ),
    ),
    signature=Signature(Scheme.WEBFLOW, ("X-Webflow-Signature", "X-Webflow-Timestamp")),
)
FRAMER = Sender(
    key="framer",
    name="Framer",
    proof=Proof.DOCUMENTED,
    posts=(
        Post(
            marks=(
                mark(headers={"Framer-Webhook-Submission-Id": ".+"}),
                mark(headers={"Framer-Signature": ".+"}),
            ),
            layout=flat,
            id_header="Framer-Webhook-Submission-Id",
        ),
    ),
    signature=Signature(Scheme.FRAMER, ("Framer-Signature", "Framer-Webhook-Submission-Id")),
)
WIX = Sender(
    key="wix",
    name="Wix Automations",
    proof=Proof.UNVERIFIED,
    posts=(
        Post(
            marks=(mark("data/submissions"),),
            layout=listed("data/submissions", name="label", value="value"),
            id=("data/submissionId",),
            technical=("data/formName", "data/formId", "data/submissionTime"),
        ),
    ),
    gaps=("Posts of Wix apps, which are signed tokens, are not read: use an automation.",),
)
UNBOUNCE = Sender(
    key="unbounce",
    name="Unbounce",
    proof=Proof.DOCUMENTED,
    posts=(
        Post(
            marks=(mark("data.json"),),
            layout=joins.unbounce,
            context={"data.json/page_url": "page_url", "data.json/page_name": "page_title"},
            visitor={"ip": "data.json/ip_address"},
            technical=("data.json/page_uuid", "data.json/variant"),
        ),
        Post(
            marks=(mark("page_uuid", "variant"), mark("ip_address", "page_uuid")),
            layout=flat,
            context={"page_url": "page_url", "page_name": "page_title"},
            visitor={"ip": "ip_address"},
            technical=("page_uuid", "variant"),
            left_out=("time_submitted", "date_submitted", "page_name", "ip_address"),
        ),
    ),
    gaps=("No id is sent: a repeat is known by its answers, for half a minute.",),
)
MARQUIZ = Sender(
    key="marquiz",
    name="Marquiz",
    proof=Proof.UNVERIFIED,
    posts=(
        Post(
            marks=(mark("answers/0/q", "answers/0/a"),),
            layout=joins.marquiz,
            id=("id",),
            context={
                "extra/href": "page_url",
                "extra/referrer": "referrer",
                **{f"extra/utm/{name}": f"utm_{name}" for name in _UTM},
            },
            visitor={"ip": "extra/ip"},
            technical=("id", "created", "quiz", "form", "result"),
        ),
    ),
)
NETLIFY = Sender(
    key="netlify",
    name="Netlify",
    proof=Proof.RECORDED,
    posts=(
        Post(
            marks=(mark("ordered_human_fields", "data"),),
            layout=joins.netlify,
            id=("id",),
            context={"data/referrer": "page_url"},
            visitor={"ip": "data/ip", "user_agent": "data/user_agent"},
            technical=("form_name", "form_id", "site_url", "number"),
        ),
    ),
    signature=Signature(Scheme.NETLIFY, ("X-Webhook-Signature",)),
)


def _formspree(tree: Tree) -> Iterator[Asked]:
    for name, value in pairs_at(tree, "submission"):
        if name != "_date":
            yield Asked(name, value)


FORMSPREE = Sender(
    key="formspree",
    name="Formspree",
    proof=Proof.DOCUMENTED,
    posts=(
        Post(
            marks=(mark("form", "submission"),),
            layout=_formspree,
            technical=("form", "submission/_date"),
        ),
    ),
    pings=(Ping.HOOK_SECRET, Ping.EMPTY),
    gaps=("No id is sent: a repeat is known by its answers, for half a minute.",),
)
BASIN = Sender(
    key="basin",
    name="Basin",
    proof=Proof.DOCUMENTED,
    posts=(
        Post(
            marks=(mark("data", "id", "attachments"),),
            layout=members("data"),
            id=("id",),
            technical=("id",),
        ),
        Post(
            marks=(mark("id", "attachments"),),
            layout=flat,
            id=("id",),
            technical=("id",),
        ),
    ),
)


def _forminit(tree: Tree) -> Iterator[Asked]:
    """Who sends stands apart from what else is asked."""
    for name, value in (*pairs_at(tree, "data/sender"), *pairs_at(tree, "data")):
        if name != "sender":
            yield Asked(name, value)


FORMINIT = Sender(
    key="forminit",
    name="Forminit (Getform)",
    proof=Proof.DOCUMENTED,
    posts=(
        Post(
            marks=(mark("event", "formName", "id", "data"),),
            layout=_forminit,
            id=("id",),
            technical=("event", "formName", "id"),
        ),
    ),
    pings=(Ping.SAMPLE,),
    gaps=("How it signs is not published.",),
)
FORMCARRY = Sender(
    key="formcarry",
    name="Formcarry",
    proof=Proof.UNVERIFIED,
    posts=(
        Post(
            marks=(mark("fields", "_id"),),
            layout=members("fields"),
            id=("_id",),
            technical=("_id",),
        ),
    ),
)
CARRD = Sender(key="carrd", name="Carrd", proof=Proof.DOCUMENTED)
SQUARESPACE = Sender(
    key="squarespace",
    name="Squarespace",
    proof=Proof.UNVERIFIED,
    gaps=("It has no webhooks: send by Zapier or Make.",),
)
INSTAPAGE = Sender(key="instapage", name="Instapage", proof=Proof.UNVERIFIED)
LEADPAGES = Sender(key="leadpages", name="Leadpages", proof=Proof.UNVERIFIED)
AUTOMATION = Sender(key="automation", name="Zapier, Make, n8n", proof=Proof.UNVERIFIED)
BROWSER = Sender(
    key="browser",
    name="HTML forms, scripts of websites",
    proof=Proof.DOCUMENTED,
)

WEBSITES = (
    *(BROWSER, TILDA, SHOPIFY, WEBFLOW, FRAMER, WIX, UNBOUNCE, MARQUIZ, HUBSPOT, NETLIFY),
    *(FORMSPREE, BASIN, FORMINIT, FORMCARRY, CARRD, SQUARESPACE, INSTAPAGE, LEADPAGES),
    AUTOMATION,
)
