"""Forms on websites: code of one's own, Tilda, WordPress, builders of sites and landing pages."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from web.studio.setup_steps import (
    BROKEN_BY_QUOTES,
    HTTPS_ONLY,
    NOT_REPEATED,
    PASTE,
    PUBLISH,
    Group,
    Place,
    not_by_itself,
    webhook,
)

_CODE = Group(
    _("Code of your website"),
    (
        Place(
            "html",
            _("Plain HTML"),
            "browser",
            (
                _(
                    "Paste the code into your page and style it as you like. It works without"
                    " scripts. A form that you have already needs this address as its action, the"
                    " method post, and names for its inputs."
                ),
                PUBLISH,
            ),
            snippet="html",
        ),
        Place(
            "script",
            _("HTML with script"),
            "browser",
            (
                _(
                    "Paste the code into your page. The script adds the page, the referrer, UTM marks"
                    " and counters’ ids, and makes double clicks one submission."
                ),
                PUBLISH,
            ),
            snippet="script",
        ),
        Place(
            "fetch",
            _("fetch"),
            "browser",
            (
                _("Call it when your own form is sent."),
                _("The page’s address must be among the form’s origins, if the form has any."),
            ),
            snippet="fetch",
        ),
        Place(
            "curl",
            _("cURL"),
            "browser",
            (_("Run it in a terminal to try the form, or send the same from a server."),),
            snippet="curl",
        ),
    ),
)

_TILDA = Group(
    _("Tilda"),
    (
        Place(
            "tilda",
            "Tilda",
            "tilda",
            (
                _("In Tilda open “Site settings → Forms → More → Webhook”."),
                _("Paste the address as the “Webhook URL”, and add it."),
                _(
                    "Connect it to the site’s forms, which Tilda offers then, or later in a form’s block."
                ),
                _("Give each input of the form the variable name that stands beside it here."),
                _("Publish the pages that have the form anew."),
            ),
            (HTTPS_ONLY,),
            snippet="tilda",
        ),
    ),
)

_WORDPRESS = Group(
    _("WordPress"),
    (
        Place(
            "elementor",
            "Elementor",
            "elementor",
            (
                _("Edit the page with Elementor Pro and choose the widget “Form”."),
                _("Under “Actions After Submit” add “Webhook”."),
                _(
                    "In its section “Webhook” paste the address as the “Webhook URL”, and switch"
                    " “Advanced Data” on."
                ),
                _(
                    "Use these types and labels, or keep your own and take them as fields once a post"
                    " has come."
                ),
                _("Update the page."),
            ),
            (NOT_REPEATED,),
            snippet="elementor",
        ),
        Place(
            "cf7",
            "Contact Form 7",
            "wordpress",
            (
                _("Install the plugin “CF7 to Webhook”: Contact Form 7 alone sends mail only."),
                _(
                    "Edit the form, open the tab “Webhook”, tick “Send to Webhook” and paste the"
                    " address as the “Webhook URL”."
                ),
                _(
                    "Paste the form’s template, or keep yours: the names of its tags are the names here."
                ),
                _("Save the form."),
            ),
            (NOT_REPEATED, BROKEN_BY_QUOTES),
            snippet="cf7",
        ),
        Place(
            "wpforms",
            "WPForms",
            "wordpress",
            (
                _("Install the addon for webhooks of WPForms, and edit the form."),
                _("In the form’s settings switch webhooks on, and paste the address: POST, JSON."),
                _("Add each field to what is sent, under a name of your own, and save."),
            ),
        ),
        Place(
            "gravityforms",
            "Gravity Forms",
            "gravityforms",
            (
                _("Install the “Webhooks Add-On” and open “Form Settings → Webhooks” of the form."),
                _(
                    "Press “Add New”. “Request URL” is the address, the method POST, the format JSON."
                ),
                _(
                    "As “Request Body” choose “Select Fields” and give each a name of your own: with"
                    " “All Fields” answers come under numbers."
                ),
                _("Save the feed."),
            ),
        ),
        Place(
            "fluentforms",
            "Fluent Forms",
            "fluentforms",
            (_("Open the form’s settings and integrations, and find its webhooks."), PASTE),
        ),
        Place(
            "ninjaforms",
            "Ninja Forms",
            "wordpress",
            (
                _("With the add-on for webhooks, give the form an action that sends one."),
                _("Its URL is the address, by POST. Add each field under a name of your own."),
                _("Publish the form."),
            ),
        ),
        Place(
            "formidable",
            "Formidable Forms",
            "formidable",
            (
                _(
                    "With its add-on for APIs, give the form an action that sends data to an address."
                ),
                _("Paste the address, choose POST, and map each field to a name of your own."),
                _("Save the form."),
            ),
        ),
        Place(
            "wordpress",
            _("Another plugin"),
            "wordpress",
            (
                _(
                    "Find in the plugin’s settings what it does after sending: a webhook, or an API."
                ),
                PASTE,
            ),
            (BROKEN_BY_QUOTES,),
        ),
    ),
)

_SITES = Group(
    _("Sites and landing pages"),
    (
        Place(
            "webflow",
            "Webflow",
            "webflow",
            (
                _(
                    "In Webflow open the site’s settings, “Apps & Integrations”, and find its webhooks."
                ),
                _("Add one for form submissions, by the newest API version, with the address."),
                _(
                    "Give each input of the form its name in the form’s settings, and publish the site."
                ),
            ),
            (
                _(
                    "Webhooks made in the site’s settings are not signed; those made by its API are."
                ),
                _("It asks three times more when there was no answer, and then switches it off."),
            ),
            secret=_("the secret key that Webflow shows when the webhook is made"),
        ),
        Place(
            "wix",
            "Wix",
            "wix",
            (
                _("In the site’s dashboard open “Automations” and press “+ New Automation”."),
                _("Choose “Start from Scratch”. The trigger is “Form submitted” of your forms."),
                _("The action is “Send via webhook”: paste the address as the “Target URL”."),
                _("Keep “All keys and values”, and press “Activate”."),
            ),
        ),
        Place(
            "framer",
            "Framer",
            "framer",
            (
                _("Select the form on the canvas."),
                _("In the right sidebar press “Add…” beside “Send To”, and choose “Webhook”."),
                _("Paste the address. A secret has 32 characters at least; Framer shows it once."),
                _("Publish the site."),
            ),
            (HTTPS_ONLY,),
            secret=_("the secret of the form’s webhook"),
        ),
        Place(
            "unbounce",
            "Unbounce",
            "unbounce",
            (
                _("In the page’s overview open the tab “Integrations”, and there “Webhooks”."),
                _("Press “+Add Webhook” and paste the address. JSON and form posts are both read."),
                PUBLISH,
            ),
        ),
        Place(
            "carrd",
            "Carrd",
            "carrd",
            (
                _("Let the form send to an address of your own, by the method POST."),
                _("Paste the address, give each input a name, and publish the site."),
            ),
        ),
        Place(
            "shopify",
            _("Shopify contact form"),
            "shopify",
            (
                _("In the code of your theme find the contact form."),
                _(
                    "Replace its form tag by one with this address as its action and the method post."
                ),
                PUBLISH,
            ),
            (_("The shop’s own mail about the form is not sent then."),),
        ),
        webhook("marquiz", "Marquiz"),
        Place(
            "instapage",
            "Instapage",
            "instapage",
            (
                _("Open the settings of your Instapage account, their integrations and webhooks."),
                _("Paste the address as the URL, and connect it."),
            ),
        ),
        webhook("leadpages", "Leadpages"),
        Place(
            "hubspot",
            _("HubSpot forms"),
            "hubspot",
            (
                _("In HubSpot make a workflow that begins when the form is submitted."),
                _("Add the action that sends a webhook: POST, with the address."),
                _("Switch the workflow on."),
            ),
        ),
        not_by_itself("squarespace", "Squarespace", _("Squarespace has no webhooks for forms.")),
    ),
)

SITES = (_CODE, _TILDA, _WORDPRESS, _SITES)
