"""A small Kommo account in Kommo's own JSON, as its reference shows it."""

from connectors.base import Kind
from connectors.kommo.catalog import catalog_of


def custom_field(id, name, type, code=None, enums=None, currency=None):
    return {
        "id": id,
        "name": name,
        "type": type,
        "code": code,
        "enums": [{"id": enum, "value": label, "sort": 1} for enum, label in enums.items()]
        if enums
        else None,
        "currency": currency,
    }


ACCOUNT = {
    "id": 31000001,
    "name": "Acme",
    "subdomain": "acme",
    "currency": "UAH",
    "current_user_id": 10001,
    "_embedded": {
        "task_types": [{"id": 1, "name": "Follow-up"}, {"id": 2, "name": "Meeting"}],
        "datetime_settings": {"timezone": "Europe/Kyiv"},
    },
}

PIPELINES = [
    {
        "id": 7,
        "name": "Sales",
        "is_main": True,
        "is_archive": False,
        "_embedded": {
            "statuses": [
                {"id": 142, "name": "Won", "sort": 10000, "type": 0},
                {"id": 71, "name": "New request", "sort": 20, "type": 0},
                {"id": 70, "name": "Incoming leads", "sort": 10, "type": 1},
                {"id": 143, "name": "Lost", "sort": 11000, "type": 0},
            ]
        },
    },
    {"id": 8, "name": "Old", "is_archive": True, "_embedded": {"statuses": []}},
]

USERS = [
    {"id": 10001, "name": "Grace", "email": "grace@acme.test", "rights": {"is_active": True}},
    {"id": 10002, "name": "Boris", "email": "boris@acme.test", "rights": {"is_active": False}},
]

CUSTOM_FIELDS = {
    Kind.CONTACT: [
        custom_field(21, "Phone", "multitext", "PHONE", {1: "WORK", 2: "MOB"}),
        custom_field(22, "Email", "multitext", "EMAIL", {3: "WORK", 4: "PRIV"}),
        custom_field(23, "Messenger", "multitext", "IM", {5: "SKYPE", 6: "ICQ"}),
        custom_field(24, "Position", "text", "POSITION"),
        custom_field(25, "Birthday", "birthday"),
        custom_field(26, "Address", "smart_address"),
        custom_field(27, "Passport", "file"),
        custom_field(28, "Firm", "legal_entity"),
    ],
    Kind.COMPANY: [
        custom_field(31, "Phone", "multitext", "PHONE"),
        custom_field(32, "Office", "streetaddress"),
    ],
    Kind.DEAL: [
        custom_field(41, "Topic", "text"),
        custom_field(42, "Details", "textarea"),
        custom_field(43, "Page", "url"),
        custom_field(44, "Seats", "numeric"),
        custom_field(45, "Delivery", "monetary", currency="UAH"),
        custom_field(46, "Newsletter", "checkbox"),
        custom_field(47, "Wanted", "date"),
        custom_field(48, "Meeting", "date_time"),
        custom_field(49, "Product", "select", enums={491: "Software", 492: "Hardware"}),
        custom_field(50, "Contact by", "radiobutton", enums={501: "Phone"}),
        custom_field(51, "Interests", "multiselect", enums={511: "Demo", 512: "Prices"}),
        custom_field(52, "utm_source", "tracking_data", "UTM_SOURCE"),
        custom_field(53, "Cost", "price"),
        custom_field(54, "Chain", "chained_list"),
        {
            **custom_field(55, "Goods", "chained_list"),
            "chained_lists": [{"catalog_id": 801, "title": "Range", "parent_catalog_id": None}],
        },
    ],
}

CATALOG = catalog_of(ACCOUNT, PIPELINES, USERS, CUSTOM_FIELDS, price_decimals=0)
