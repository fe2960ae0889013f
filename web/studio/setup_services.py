"""Forms of services: builders of forms, back ends that forward, automations, ads and surveys."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from web.studio.setup_steps import (
    FIND_WEBHOOKS,
    NOT_REPEATED,
    PASTE,
    SIGNING_SECRET,
    Group,
    Place,
    not_by_itself,
    webhook,
)

_BUILDERS = Group(
    _("Form builders"),
    (
        Place(
            "typeform",
            "Typeform",
            "typeform",
            (
                _("Open the form and its “Connect → Webhooks”."),
                _("Add a webhook with the address, and switch it on."),
                _("Send a test request from there: it appears here, marked as a test."),
            ),
            (
                _(
                    "While the form here is switched off its posts are refused, and Typeform switches the"
                    " webhook off at once: switch it on again there."
                ),
            ),
            secret=_("the secret of its webhook"),
        ),
        Place(
            "jotform",
            "Jotform",
            "jotform",
            (
                _("Open the form’s settings and its integrations, and choose Webhooks."),
                _("Paste the address and complete the integration."),
                _("Give the fields unique names in their properties: answers arrive under them."),
            ),
        ),
        Place(
            "googleforms",
            "Google Forms",
            "googleforms",
            (
                _("Edit the form, open its menu ⋮ and choose “Apps Script”."),
                _("Put the script in place of what is there, and save."),
                _("Open “Triggers” at the left and press “Add Trigger”."),
                _(
                    "The function is onFormSubmit, the source “From form”, the type “On form submit”."
                ),
                _("Save, and let Google allow the script to see answers and to call an address."),
            ),
            (
                _(
                    "A question’s title is the name of its answer: who rewords it makes another field."
                ),
                NOT_REPEATED,
            ),
            snippet="googleforms",
        ),
        Place(
            "tally",
            "Tally",
            "tally",
            (
                _("Publish the form and open its tab “Integrations”."),
                _("Press “Connect” beside “Webhooks”."),
                _("Paste the address as the endpoint’s URL, and connect."),
            ),
            secret=SIGNING_SECRET,
        ),
        Place(
            "wufoo",
            "Wufoo",
            "wufoo",
            (
                _("Open the form’s notifications and add a webhook with the address."),
                _(
                    "Tick “Include Field and Form Structures”: without them questions have no texts."
                ),
                _("Save."),
            ),
            secret=_("the handshake key of its webhook"),
        ),
        webhook("formstack", "Formstack", secret=_("the HMAC key or the shared secret")),
        Place(
            "elfsight",
            "Elfsight",
            "elfsight",
            (
                _("Edit the widget, open its tab “Integrations” and choose “Webhooks”."),
                _("Paste the address as a webhook’s URL."),
                _("Publish the widget."),
            ),
        ),
        webhook("formsmarts", "FormSmarts"),
        webhook("weblium", "Weblium (Sitecliq)"),
        webhook("opnform", "OpnForm", secret=SIGNING_SECRET),
        webhook("heyform", "HeyForm"),
        Place(
            "formbricks",
            "Formbricks",
            "formbricks",
            (
                FIND_WEBHOOKS,
                _(
                    "Add one with the address for finished responses of your survey. It tries it first."
                ),
                _("Set an id of your own for each question: answers arrive under them."),
            ),
            (NOT_REPEATED,),
            secret=_(
                "the secret that begins with whsec_, and whatever else signs Standard Webhooks"
            ),
        ),
        Place(
            "typebot",
            "Typebot",
            "typebot",
            (
                _("At the end of the flow put a block that sends an HTTP request or a webhook."),
                _("Paste the address, and let it send all variables, as it does by itself."),
                _("Publish the bot."),
            ),
            (NOT_REPEATED,),
        ),
        webhook(
            "formdesigner",
            "FormDesigner",
            _("The format of its webhooks is not published: look at what comes of the first."),
        ),
    ),
)

_BACK_ENDS = Group(
    _("Back ends that forward"),
    (
        Place(
            "netlify",
            "Netlify",
            "netlify",
            (
                _("Open the notifications of the site’s forms."),
                _("Add one that posts new submissions to an address, and paste it."),
            ),
            secret=_("the JWS secret token of the outgoing webhook"),
        ),
        webhook("formspree", "Formspree"),
        webhook("basin", "Basin"),
        webhook("forminit", "Forminit (Getform)"),
        webhook("formcarry", "Formcarry"),
    ),
)

_NAMES = _("Give each answer a plain name, such as email: they are the names here.")
_AUTOMATION = Group(
    _("Automations"),
    (
        Place(
            "zapier",
            "Zapier",
            "automation",
            (
                _("Begin a Zap with the trigger of the product that has the form."),
                _("As the action choose “Webhooks by Zapier”, and “POST”."),
                _("Paste the address as the URL, and choose json for what is sent."),
                _NAMES,
                _("Test it, and publish the Zap."),
            ),
        ),
        Place(
            "make",
            "Make",
            "automation",
            (
                _("Begin a scenario with the module that watches the form."),
                _("Add a module of the app “HTTP” that makes a request."),
                _("Paste the address as the URL; the method is POST, the content JSON."),
                _NAMES,
                _("Switch the scenario on."),
            ),
        ),
        Place(
            "n8n",
            "n8n",
            "automation",
            (
                _("Begin a workflow with the trigger of the form."),
                _("Add the node “HTTP Request”: POST, the address, and a body as JSON."),
                _NAMES,
                _("Activate the workflow."),
            ),
        ),
    ),
)

_ADS = Group(
    _("Ads, calendars and surveys"),
    (
        Place(
            "googleads",
            _("Google Ads lead forms"),
            "googleads",
            (
                _("Edit the lead form in Google Ads, and find where its leads can be sent to."),
                _("Enter the address as the “Webhook URL”, and a key of your own as the “Key”."),
                _("Press “Send test data”: it appears here, marked as a test."),
                _("Save the lead form."),
            ),
            secret=_("the key of the lead form’s webhook"),
        ),
        Place(
            "calendly",
            "Calendly",
            "calendly",
            (
                _(
                    "Subscribe the address to new invitees with Calendly’s API and a token of yours."
                ),
                _("Book a meeting to try it."),
            ),
            (_("A meeting that is moved comes as one that is called off and a new one."),),
            secret=_("the signing key of the webhook subscription"),
        ),
        Place(
            "vk",
            _("VK lead forms"),
            "vk",
            (
                _("In the community’s settings find the Callback API, and add a server."),
                _("Paste the address, and choose the event of new leads."),
            ),
            secret=_("the secret key of the callback server, and the string that confirms it"),
        ),
        Place(
            "yandexforms",
            _("Yandex Forms"),
            "yandexforms",
            (
                _("Open the form’s integrations and add a request to an API, as JSON-RPC."),
                _("Paste the address, and add each answer as a parameter with a name of your own."),
                _("Save."),
            ),
            (
                _("It reaches addresses by IPv6 only."),
                _("Do not write a JSON body of your own: a visitor’s quotation mark breaks it."),
            ),
        ),
        not_by_itself(
            "meta",
            "Meta Lead Ads",
            _("Meta sends only the ids of leads, without their answers."),
            _("the app secret, and as a second one the verify token that you chose"),
        ),
        not_by_itself(
            "linkedin",
            "LinkedIn Lead Gen Forms",
            _("LinkedIn sends only the ids of leads, without their answers."),
            _("the client secret of the app"),
        ),
        not_by_itself(
            "tiktok",
            "TikTok",
            _("What TikTok sends is not verified."),
        ),
        not_by_itself(
            "surveymonkey",
            "SurveyMonkey",
            _("SurveyMonkey sends only the ids of responses, without their answers."),
            _("client id, &, client secret, without spaces"),
        ),
    ),
)

_OTHER = Group(
    _("Something else"),
    (
        Place(
            "webhook",
            _("Anything that posts"),
            "browser",
            (
                FIND_WEBHOOKS,
                PASTE,
                _(
                    "Formwire reads form posts and JSON of any shape, and keeps what it cannot read."
                ),
            ),
        ),
    ),
)

SERVICES = (_BUILDERS, _BACK_ENDS, _AUTOMATION, _ADS, _OTHER)
