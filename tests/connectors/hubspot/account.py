"""A small HubSpot account in HubSpot's own JSON, as its reference shows it."""

from connectors.base import Kind
from connectors.hubspot.catalog import catalog_of


def prop(name, label, type="string", shown="text", options=(), **more):
    return {
        "name": name,
        "label": label,
        "type": type,
        "fieldType": shown,
        "options": [
            {"value": value, "label": text, "displayOrder": at}
            for at, (value, text) in enumerate(options)
        ],
        "modificationMetadata": {"readOnlyValue": False},
        **more,
    }


OWNER = {"referencedObjectType": "OWNER", "externalOptions": True}
ONE_OWNER = prop("hubspot_owner_id", "Owner", "enumeration", "select", **OWNER)
COLOURS = [("red", "Red"), ("green", "Green")]

DETAILS = {
    "portalId": 1234567,
    "uiDomain": "app-eu1.hubspot.com",
    "timeZone": "Europe/Kyiv",
    "companyCurrency": "UAH",
}

PIPELINES = [
    {
        "id": "77",
        "label": "Service",
        "displayOrder": 1,
        "archived": False,
        "stages": [
            {"id": "771", "label": "New", "displayOrder": 0, "metadata": {"isClosed": "false"}}
        ],
    },
    {
        "id": "default",
        "label": "Sales",
        "displayOrder": 0,
        "archived": False,
        "stages": [
            {
                "id": "closedlost",
                "label": "Lost",
                "displayOrder": 2,
                "metadata": {"isClosed": "true"},
            },
            {"id": "won", "label": "Won", "displayOrder": -1, "metadata": {"isClosed": True}},
            {
                "id": "new",
                "label": "New request",
                "displayOrder": 0,
                "metadata": {"isClosed": "false"},
            },
            {"id": "old", "label": "Old", "displayOrder": 1, "archived": True},
        ],
    },
    {"id": "gone", "label": "Old", "displayOrder": -1, "archived": True, "stages": []},
]

OWNERS = [
    {
        "id": "11",
        "email": "grace@acme.test",
        "firstName": "Grace",
        "lastName": "Hopper",
        "userId": 1,
    },
    {"id": "12", "email": "boris@acme.test", "firstName": "", "lastName": "", "archived": True},
    {"id": "13", "email": None, "firstName": None, "lastName": None},
    {"id": "14", "type": "QUEUE", "firstName": "Everybody"},
]

PROPERTIES = {
    Kind.CONTACT: [
        prop("email", "Email"),
        prop("firstname", "First name"),
        prop("lastname", "Last name"),
        prop("phone", "Phone number", shown="phonenumber"),
        prop("mobilephone", "Mobile phone", shown="phonenumber"),
        prop("jobtitle", "Job title"),
        prop("formwire_id", "Formwire ID", hasUniqueValue=True),
        prop("formwire_tags", "Formwire tags", shown="textarea"),
        prop("stage", "Stage of life"),
        prop("hs_score", "Score", "number", "calculation_score", calculated=True),
        prop("hs_seen", "Seen", "datetime", "date", modificationMetadata={"readOnlyValue": True}),
        prop("secret", "Secret", hidden=True),
        ONE_OWNER,
    ],
    Kind.COMPANY: [
        prop("name", "Name"),
        prop("domain", "Domain"),
        prop("phone", "Phone"),
        ONE_OWNER,
    ],
    Kind.DEAL: [
        prop("dealname", "Deal name"),
        prop("pipeline", "Pipeline", "enumeration", "select", externalOptions=True),
        prop("dealstage", "Stage", "enumeration", "radio", externalOptions=True),
        prop("amount", "Amount", "number", "number", showCurrencySymbol=True),
        ONE_OWNER,
        prop("topic", "Topic"),
        prop("details", "Details", shown="textarea"),
        prop("offer", "Offer", shown="html"),
        prop("hotline", "Hotline", shown="phonenumber"),
        prop("fax_number", "Fax", "phone_number", "phonenumber"),
        prop("seats", "Seats", "number", "number"),
        prop("cost", "Cost", "number", "number", showCurrencySymbol=True),
        prop("newsletter", "Newsletter", "bool", "booleancheckbox"),
        prop(
            "agreed", "Agreed", "enumeration", "booleancheckbox", [("true", "Yes"), ("false", "No")]
        ),
        prop("colour", "Colour", "enumeration", "select", COLOURS),
        prop("size", "Size", "enumeration", "radio", [("s", "Small"), ("l", "Large")]),
        prop("colours", "Colours", "enumeration", "checkbox", COLOURS),
        prop("wanted", "Wanted", "date", "date"),
        prop("meeting", "Meeting", "datetime", "date"),
        prop("second", "Second owner", "enumeration", "select", **OWNER),
        prop("team", "All owners", "enumeration", "checkbox", **OWNER),
        prop("files", "Files", shown="file"),
        prop("place", "Place", "object_coordinates", "text"),
        prop("list", "List", "enumeration", "select", externalOptions=True),
    ],
}

CATALOG = catalog_of(DETAILS, PIPELINES, OWNERS, PROPERTIES)
