"""Senders of the table: form builders."""

from __future__ import annotations

from collections.abc import Iterator

from engine.deciding.bodies import Tree
from engine.deciding.senders import joins
from engine.deciding.senders.layouts import flat, members, nothing, titled
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
from engine.deciding.senders.trees import pairs_at, text_at, texts_of

TYPEFORM = Sender(
    key="typeform",
    name="Typeform",
    proof=Proof.DOCUMENTED,
    posts=(
        Post(
            marks=(mark("form_response/token"), mark("form_response/answers")),
            layout=joins.typeform,
            id=("form_response/token",),
            technical=(
                "event_id",
                "form_response/form_id",
                "form_response/definition/title",
                "form_response/submitted_at",
            ),
        ),
    ),
    signature=Signature(Scheme.TYPEFORM, ("Typeform-Signature",)),
    pings=(Ping.SAMPLE,),
    gaps=("Scores and variables of a quiz are not answers.",),
)
TALLY = Sender(
    key="tally",
    name="Tally",
    proof=Proof.RECORDED,
    posts=(
        Post(
            marks=(mark("data/responseId", "data/fields"),),
            layout=joins.tally,
            id=("data/responseId",),
            technical=("eventId", "data/formId", "data/formName"),
        ),
    ),
    signature=Signature(Scheme.TALLY, ("Tally-Signature",)),
)
JOTFORM = Sender(
    key="jotform",
    name="Jotform",
    proof=Proof.RECORDED,
    posts=(
        Post(
            marks=(mark("rawRequest", "submissionID"), mark("rawRequest", "formID")),
            layout=joins.jotform,
            id=("submissionID",),
            visitor={"ip": "ip"},
            technical=("formID", "formTitle", "submissionID"),
        ),
    ),
    gaps=("Nothing is signed, and questions have no texts: only the names of fields.",),
)


def _named_values(tree: Tree) -> Iterator[Asked]:
    """Questions with lists of one; the row's time, which is the first of its values, is none."""
    time = text_at(tree, "values/0")
    for question, value in pairs_at(tree, "namedValues"):
        if not time or texts_of(value) != [time]:
            yield Asked(question, value)


GOOGLE_FORMS = Sender(
    key="googleforms",
    name="Google Forms with Apps Script",
    proof=Proof.RECORDED,
    posts=(
        Post(marks=(mark("namedValues"),), layout=_named_values),
        Post(
            marks=(mark("form", "response/payload"),),
            layout=members("response/payload"),
            id=("response/id",),
            technical=("form/id", "form/title", "response/id"),
        ),
    ),
    gaps=("Your script decides what is sent; without an id, a repeat is known by its answers.",),
)
WUFOO = Sender(
    key="wufoo",
    name="Wufoo",
    proof=Proof.DOCUMENTED,
    posts=(
        Post(
            marks=tuple(
                mark("EntryId", name) for name in ("HandshakeKey", "FieldStructure", "DateCreated")
            ),
            layout=joins.wufoo,
            id=("EntryId",),
            visitor={"ip": "IP"},
            technical=("EntryId", "DateCreated"),
            left_out=("FormStructure", "CreatedBy", "IP"),
        ),
    ),
    secret="HandshakeKey",  # noqa: S106 the place of one
    gaps=("Labels come only with its webhook's option “Include Field and Form Structures”.",),
)
FORMSTACK = Sender(
    key="formstack",
    name="Formstack",
    proof=Proof.DOCUMENTED,
    posts=(
        Post(
            marks=(mark("FormID", "UniqueID"),),
            layout=joins.formstack,
            id=("UniqueID",),
            technical=("FormID", "UniqueID"),
        ),
    ),
    signature=Signature(Scheme.FORMSTACK, ("X-FS-Signature",)),
    secret="HandshakeKey",  # noqa: S106 the place of one
    gaps=("Of fields with one label only the last is sent.",),
)
ELFSIGHT = Sender(
    key="elfsight",
    name="Elfsight",
    proof=Proof.DOCUMENTED,
    posts=(
        Post(
            marks=(mark("0/id", "0/name", "0/value", "0/type"),),
            layout=titled("", key="id", title="name"),
        ),
    ),
    gaps=("No id is sent.",),
)
FORMSMARTS = Sender(
    key="formsmarts",
    name="FormSmarts",
    proof=Proof.DOCUMENTED,
    posts=(
        Post(
            marks=(mark("fs_ref_num", "fields"), mark("fields/0/field_datatype")),
            layout=titled("fields", key="field_id", title="field_name", value="field_value"),
            id=("fs_ref_num",),
            technical=("fs_ref_num", "form_id", "form_name"),
        ),
    ),
)
OPNFORM = Sender(
    key="opnform",
    name="OpnForm",
    proof=Proof.RECORDED,
    posts=(
        Post(
            marks=(mark("form_slug", "data"), mark("form_title", "data", "submission")),
            layout=joins.opnform,
            technical=("form_slug", "form_title"),
        ),
    ),
    signature=Signature(Scheme.HUB, ("X-Webhook-Signature",)),
    gaps=("No id is sent.",),
)
HEYFORM = Sender(
    key="heyform",
    name="HeyForm",
    proof=Proof.DOCUMENTED,
    posts=(
        Post(
            marks=(mark("answers/0/kind", "answers/0/title"),),
            layout=joins.heyform,
            id=("id",),
            technical=("id", "formId", "formName"),
        ),
    ),
)
FORMBRICKS = Sender(
    key="formbricks",
    name="Formbricks",
    proof=Proof.RECORDED,
    posts=(
        Post(
            marks=(mark("webhookId", "event", "data/data"),),
            layout=members("data/data"),
            id=("data/id",),
            context={"data/meta/url": "page_url"},
            technical=("event", "data/id", "data/surveyId"),
            finished=("event", "responseFinished"),
        ),
        Post(
            marks=(mark(values={"event": "testEndpoint"}, alone=True),),
            layout=nothing,
            technical=("event",),
            test=("event", "testEndpoint"),
        ),
    ),
    signature=Signature(
        Scheme.STANDARD_WEBHOOKS, ("Webhook-Signature", "Webhook-Id", "Webhook-Timestamp")
    ),
    pings=(Ping.TEST_EVENT,),
    gaps=(
        "Answers are named by ids of questions, without labels: set ids in the survey's editor.",
    ),
)
TYPEBOT = Sender(
    key="typebot",
    name="Typebot",
    proof=Proof.RECORDED,
    posts=(
        Post(
            marks=(mark(values={"submittedAt": r"\d{4}-\d\d-\d\dT[\d:.]+Z"}),),
            layout=flat,
            technical=("submittedAt",),
        ),
    ),
    gaps=("No id is sent; put the block at the end of the flow.",),
)
WEBLIUM = Sender(key="weblium", name="Weblium (Sitecliq)", proof=Proof.DOCUMENTED)
FORMDESIGNER = Sender(
    key="formdesigner",
    name="FormDesigner",
    proof=Proof.UNVERIFIED,
    gaps=("The format of its webhooks is not published.",),
)

BUILDERS = (
    *(TYPEFORM, TALLY, JOTFORM, GOOGLE_FORMS, WUFOO, FORMSTACK, ELFSIGHT, FORMSMARTS, WEBLIUM),
    *(OPNFORM, HEYFORM, FORMBRICKS, TYPEBOT, FORMDESIGNER),
)
