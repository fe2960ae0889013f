"""A small Pipedrive account in Pipedrive's own JSON, as its reference shows it."""

from connectors.base import Kind
from connectors.pipedrive.catalog import Lists, Reach, catalog_of


def key(letter):
    return letter * 40


def field(code, name, type, options=None, custom=True):
    listed = [{"id": id, "label": label} for id, label in (options or {}).items()]
    return {
        "field_name": name,
        "field_code": code,
        "field_type": type,
        "options": listed or None,
        "subfields": None,
        "is_custom_field": custom,
        "is_optional_response_field": False,
    }


def own(code, name, type, options=None):
    return field(code, name, type, options, custom=False)


ME = {
    "id": 10001,
    "name": "Grace",
    "email": "grace@acme.test",
    "company_id": 9100001,
    "company_name": "Acme",
    "company_domain": "acme",
    "default_currency": "EUR",
    "timezone_name": "Europe/Kyiv",
}

FIELDS = {
    Kind.CONTACT: [
        own("name", "Name", "varchar"),
        own("phone", "Phone", "phone"),
        own("email", "Email", "varchar"),
        own("im", "Instant messenger", "varchar_options"),
        own("job_title", "Job title", "varchar"),
        own("birthday", "Birthday", "date"),
        own("picture_id", "Picture", "picture"),
        own("label_ids", "Labels", "set", {5: "Customer", 6: "VIP"}),
        field(key("a"), "Position", "varchar"),
    ],
    Kind.COMPANY: [
        own("address", "Address", "address"),
        own("industry", "Industry", "enum", {1: "Trade", 2: "Services"}),
        own("label_ids", "Labels", "set"),
        field(key("b"), "Phones", "text"),
        field(key("c"), "Mail", "varchar"),
    ],
    Kind.DEAL: [
        own("title", "Title", "varchar"),
        own("expected_close_date", "Expected close date", "date"),
        own("label_ids", "Labels", "set", {7: "Hot"}),
        field(key("0"), "Topic", "varchar"),
        field(key("1"), "Code", "varchar_auto"),
        field(key("2"), "Details", "text"),
        field(key("3"), "Hotline", "phone"),
        field(key("4"), "Seats", "double"),
        field(key("5"), "Delivery", "monetary"),
        field(key("6"), "Product", "enum", {61: "Software", 62: "Hardware"}),
        field(key("7"), "Interests", "set", {71: "Demo", 72: "Prices"}),
        field(key("8"), "Wanted", "date"),
        field(key("9"), "Trial", "daterange"),
        field(key("d"), "Call at", "time"),
        field(key("e"), "Reachable", "timerange"),
        field(key("f"), "Site", "address"),
        field("a" * 39 + "0", "Engineer", "user"),
        field("a" * 39 + "1", "Partner", "org"),
        field("a" * 39 + "2", "Sent by", "people"),
        field("a" * 39 + "3", "Something new", "hologram"),
    ],
}

PIPELINES = [
    {"id": 2, "name": "Service", "order_nr": 2, "is_deleted": False},
    {"id": 1, "name": "Sales", "order_nr": 1, "is_deleted": False},
    {"id": 3, "name": "Old", "order_nr": 0, "is_deleted": True},
]
STAGES = [
    {"id": 12, "name": "Contacted", "order_nr": 2, "pipeline_id": 1, "is_deleted": False},
    {"id": 11, "name": "New request", "order_nr": 1, "pipeline_id": 1, "is_deleted": False},
    {"id": 13, "name": "Gone", "order_nr": 3, "pipeline_id": 1, "is_deleted": True},
    {"id": 21, "name": "New request", "order_nr": 1, "pipeline_id": 2, "is_deleted": False},
]
USERS = [
    {"id": 10001, "name": "Grace", "email": "grace@acme.test", "active_flag": True},
    {"id": 10002, "name": "Boris", "email": "boris@acme.test", "active_flag": False},
]
ACTIVITY_TYPES = [
    {"id": 1, "key_string": "call", "name": "Call", "active_flag": True},
    {"id": 2, "key_string": "fax", "name": "Fax", "active_flag": False},
]

LISTS = Lists(ME, FIELDS, PIPELINES, STAGES, USERS, ACTIVITY_TYPES)
CATALOG = catalog_of(LISTS, Reach("Phones", key("c")))
