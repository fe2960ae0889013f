"""A small portal in Bitrix24's own JSON, as its reference shows it."""

from connectors.base import Kind
from connectors.catalog import Catalog, Field, FieldType, Option, Pipeline, Stage, User


def described(title, type, upper, **more):
    return {
        "type": type,
        "isRequired": False,
        "isReadOnly": False,
        "isImmutable": False,
        "isMultiple": False,
        "isDynamic": upper.startswith("UF_"),
        "title": title,
        "upperName": upper,
        **more,
    }


DEAL_FIELDS = {
    "id": described("ID", "integer", "ID", isReadOnly=True),
    "title": described("Name", "string", "TITLE"),
    "opened": described("Available to everyone", "boolean", "OPENED", isRequired=True),
    "assignedById": described("Responsible person", "user", "ASSIGNED_BY_ID"),
    "categoryId": described("Pipeline", "crm_category", "CATEGORY_ID"),
    "stageId": described("Stage", "crm_status", "STAGE_ID", statusType="DEAL_STAGE"),
    "opportunity": described("Amount", "double", "OPPORTUNITY"),
    "sourceId": described("Source", "crm_status", "SOURCE_ID", statusType="SOURCE"),
    "utmSource": described("Ad system", "string", "UTM_SOURCE"),
    "contactIds": described("CONTACT_IDS", "crm_contact", "CONTACT_IDS", isMultiple=True),
    "originId": described("Item ID in data source", "string", "ORIGIN_ID"),
    "ufCrm_1": described("Topic", "string", "UF_CRM_1", settings={"ROWS": 1}),
    "ufCrm_2": described("Details", "string", "UF_CRM_2", settings={"ROWS": 4}),
    "ufCrm_3": described(
        "Product", "enumeration", "UF_CRM_3", items=[{"ID": "31", "VALUE": "Software"}]
    ),
    "ufCrm_4": described(
        "Interests",
        "enumeration",
        "UF_CRM_4",
        isMultiple=True,
        items=[{"ID": "41", "VALUE": "Demo"}],
    ),
    "ufCrm_5": described("Delivery", "money", "UF_CRM_5"),
    "ufCrm_6": described("Seats", "integer", "UF_CRM_6", isRequired=True),
    "ufCrm_7": described("Tags", "string", "UF_CRM_7", isMultiple=True),
    "ufCrm_8": described("Contract", "file", "UF_CRM_8"),
    "ufCrm_9": described("Weight", "double", "UF_CRM_9", settings={"PRECISION": 3}),
    "ufCrm_10": described("Score", "integer", "UF_CRM_10", isReadOnly=True),
}
CONTACT_FIELDS = {
    "id": described("ID", "integer", "ID", isReadOnly=True),
    "name": described("First name", "string", "NAME"),
    "lastName": described("Last name", "string", "LAST_NAME"),
    "post": described("Position", "string", "POST"),
    "fm": described("Multifields", "crm_multifield", "FM", isMultiple=True),
}
COMPANY_FIELDS = {
    "id": described("ID", "integer", "ID", isReadOnly=True),
    "title": described("Company name", "string", "TITLE"),
    "fm": described("Multifields", "crm_multifield", "FM", isMultiple=True),
}

STAGES = {
    "DEAL_STAGE": [
        ("NEW", "New request", "10", None),
        ("WON", "Won", "30", "S"),
        ("EXECUTING", "Negotiation", "20", None),
    ],
    "DEAL_STAGE_9": [("C9:NEW", "New", "10", None), ("C9:LOSE", "Lost", "20", "F")],
    "STATUS": [("NEW", "Fresh", "10", None), ("JUNK", "Junk", "20", "F")],
    "SOURCE": [("WEB", "Website", "10", None)],
}


def statuses(name):
    return [
        {
            "ID": "1",
            "ENTITY_ID": name,
            "STATUS_ID": id,
            "NAME": label,
            "SORT": sort,
            "SEMANTICS": semantics,
        }
        for id, label, sort, semantics in STAGES[name]
    ]


CATEGORIES = [
    {"id": 0, "name": "Sales", "sort": 300, "entityTypeId": 2, "isDefault": "Y"},
    {"id": 9, "name": "Service", "sort": 400, "entityTypeId": 2, "isDefault": "N"},
]
USERS = [
    {"ID": "1", "ACTIVE": True, "NAME": "Grace", "LAST_NAME": "Hopper", "EMAIL": "grace@acme.test"},
    {"ID": "2", "ACTIVE": True, "NAME": "", "LAST_NAME": "", "EMAIL": "boris@acme.test"},
]

_TEXT, _MANY = FieldType.TEXT, {"many": True}
_PEOPLE = (
    Field("phone", "Phone", FieldType.PHONE, code="PHONE", **_MANY),
    Field("email", "E-mail", FieldType.EMAIL, code="EMAIL", **_MANY),
    Field(
        "messenger",
        "Messenger",
        FieldType.MESSENGER,
        code="IM",
        options=(Option("TELEGRAM", "Telegram"), Option("OTHER", "Other")),
        **_MANY,
    ),
    Field("web", "Website", FieldType.URL, code="WEB", **_MANY),
)
_RESPONSIBLE = Field("responsible", "Responsible person", FieldType.USER, code="ASSIGNED_BY_ID")

CATALOG = Catalog(
    fields={
        Kind.CONTACT: (
            Field("name", "Name", _TEXT),
            *_PEOPLE,
            Field("first_name", "First name", _TEXT, code="NAME"),
            Field("last_name", "Last name", _TEXT, code="LAST_NAME"),
            Field("post", "Position", _TEXT, code="POST"),
            Field("ufCrm_21", "Tags", _TEXT, code="UF_CRM_21", many=True),
            _RESPONSIBLE,
        ),
        Kind.COMPANY: (Field("name", "Company name", _TEXT), *_PEOPLE, _RESPONSIBLE),
        Kind.DEAL: (
            Field("name", "Name", _TEXT, code="TITLE"),
            Field(
                "budget", "Amount", FieldType.MONEY, code="OPPORTUNITY", decimals=2, currency="EUR"
            ),
            _RESPONSIBLE,
            Field("pipeline", "Pipeline", FieldType.PIPELINE, code="CATEGORY_ID"),
            Field("stage", "Stage", FieldType.STAGE, code="STAGE_ID"),
            Field("utmSource", "Ad system", _TEXT, code="UTM_SOURCE"),
            Field("ufCrm_1", "Topic", _TEXT, code="UF_CRM_1"),
            Field("ufCrm_3", "Product", FieldType.CHOICE, options=(Option("31", "Software"),)),
            Field(
                "ufCrm_4",
                "Interests",
                FieldType.CHOICES,
                options=(Option("41", "Demo"), Option("42", "Prices")),
            ),
            Field("ufCrm_5", "Delivery", FieldType.MONEY, decimals=2, currency="EUR"),
            Field("ufCrm_6", "Seats", FieldType.NUMBER, decimals=0),
            Field("ufCrm_7", "Tags", _TEXT, code="UF_CRM_7", many=True),
            Field("ufCrm_8", "Contract", FieldType.OPAQUE, read_only=True),
            Field("ufCrm_11", "Newsletter", FieldType.YES_NO),
            Field("ufCrm_12", "Wanted", FieldType.DATE),
            Field("ufCrm_13", "Meeting", FieldType.DATETIME),
        ),
    },
    pipelines=(
        Pipeline(
            "0", "Sales", (Stage("NEW", "New request"), Stage("WON", "Won", closed=True)), main=True
        ),
        Pipeline("9", "Service", (Stage("C9:NEW", "New"), Stage("C9:LOSE", "Lost", closed=True))),
    ),
    users=(User("1", "Grace Hopper", email="grace@acme.test"),),
    task_types=(Option("todo", "To-do"),),
    currency="EUR",
)
