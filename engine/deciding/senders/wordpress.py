"""Senders of the table: plugins of WordPress."""

from __future__ import annotations

from engine.deciding.senders.sender import Post, Proof, Sender, mark
from engine.deciding.senders.wordpress_joins import (
    elementor_advanced,
    elementor_simple,
    formidable,
    gravity_forms,
)

_WORDPRESS = {"User-Agent": "WordPress/.*"}

ELEMENTOR = Sender(
    key="elementor",
    name="Elementor Pro",
    proof=Proof.RECORDED,
    posts=(
        Post(
            marks=(mark("form/id", "fields"), mark("form/name", "fields", "meta")),
            layout=elementor_advanced,
            context={"meta/page_url/value": "page_url"},
            visitor={"ip": "meta/remote_ip/value", "user_agent": "meta/user_agent/value"},
            technical=("form/id", "form/name"),
        ),
        Post(
            marks=(
                mark("form_id", "form_name", headers=_WORDPRESS),
                *(mark("form_id", "form_name", name) for name in ("Remote IP", "Powered by")),
            ),
            layout=elementor_simple,
            context={"Page URL": "page_url"},
            visitor={"ip": "Remote IP", "user_agent": "User Agent"},
            technical=("form_id", "form_name"),
        ),
    ),
    gaps=(
        "No id is sent, and a post is never repeated.",
        "Without Advanced Data, several choices come as one text with commas between them.",
    ),
)
GRAVITY_FORMS = Sender(
    key="gravityforms",
    name="Gravity Forms",
    proof=Proof.DOCUMENTED,
    posts=(
        Post(
            marks=(mark("form_id", "id", "date_created", "source_url"),),
            layout=gravity_forms,
            id=("form_id", "id"),
            context={"source_url": "page_url"},
            visitor={"ip": "ip", "user_agent": "user_agent"},
            technical=("form_id", "id", "date_created"),
        ),
    ),
    gaps=("Answers are named by numbers of inputs, without labels: name the fields in the form.",),
)
FLUENT_FORMS = Sender(
    key="fluentforms",
    name="Fluent Forms",
    proof=Proof.UNVERIFIED,
    posts=(Post(marks=(mark("__fluent_form_embded_post_id"),)),),
    gaps=("No id is sent.",),
)
FORMIDABLE = Sender(
    key="formidable",
    name="Formidable Forms",
    proof=Proof.UNVERIFIED,
    posts=(
        Post(
            marks=(mark("item_key", "meta"),),
            layout=formidable,
            id=("item_key",),
            visitor={"ip": "ip"},
            technical=("item_key", "id", "form_id"),
        ),
    ),
    gaps=("A raw entry names answers by random keys: map the fields in its action instead.",),
)
WORDPRESS = Sender(
    key="wordpress",
    name="WordPress: CF7 to Webhook, WPForms, Ninja Forms, scripts of one's own",
    proof=Proof.RECORDED,
    posts=(Post(marks=(mark(headers=_WORDPRESS),)),),
    gaps=("No id is sent. A body of one's own is broken by a visitor's quotation mark.",),
)

PLUGINS = (ELEMENTOR, GRAVITY_FORMS, FLUENT_FORMS, FORMIDABLE, WORDPRESS)
