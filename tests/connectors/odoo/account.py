"""A small Odoo database in Odoo's own JSON, as fields_get and search_read show it."""

from connectors.odoo.api import Api
from connectors.odoo.catalog import read_catalog


def field(type, string, relation=None, selection=None, readonly=False, store=True):
    shown = {"type": type, "string": string, "required": False, "readonly": readonly}
    shown |= {"relation": relation} if relation else {}
    shown |= {"selection": selection} if selection else {}
    return {**shown, "store": store}


PARTNER_FIELDS = {
    "id": field("integer", "ID", readonly=True),
    "name": field("char", "Name"),
    "is_company": field("boolean", "Is a Company"),
    "type": field("selection", "Address Type", selection=[["contact", "Contact"]]),
    "parent_id": field("many2one", "Related Company", relation="res.partner"),
    "email": field("char", "Email"),
    "phone": field("char", "Phone"),
    "phone_sanitized": field("char", "Sanitized Number", readonly=True),
    "phone_mobile_search": field("char", "Phone Number", readonly=True, store=False),
    "function": field("char", "Job Position"),
    "website": field("char", "Website Link"),
    "comment": field("html", "Notes"),
    "country_id": field("many2one", "Country", relation="res.country"),
    "category_id": field("many2many", "Tags", relation="res.partner.category"),
    "user_id": field("many2one", "Salesperson", relation="res.users"),
    "message_bounce": field("integer", "Bounce"),
    "image_1920": field("binary", "Image"),
    "bank_ids": field("one2many", "Banks", relation="res.partner.bank"),
    "property_payment_term_id": field("many2one", "Terms", relation="account.payment.term"),
    "x_agent": field("many2one", "Agent", relation="res.users"),
    "x_twin": field("many2one", "Twin", relation="res.partner"),
}

LEAD_FIELDS = {
    "name": field("char", "Opportunity"),
    "type": field("selection", "Type", selection=[["lead", "Lead"], ["opportunity", "Deal"]]),
    "partner_id": field("many2one", "Customer", relation="res.partner"),
    "email_from": field("char", "Email"),
    "phone": field("char", "Phone"),
    "expected_revenue": field("monetary", "Expected Revenue"),
    "recurring_revenue": field("monetary", "Recurring Revenues"),
    "stage_id": field("many2one", "Stage", relation="crm.stage"),
    "team_id": field("many2one", "Sales Team", relation="crm.team"),
    "user_id": field("many2one", "Salesperson", relation="res.users"),
    "description": field("html", "Notes"),
    "date_deadline": field("date", "Expected Closing"),
    "tag_ids": field("many2many", "Tags", relation="crm.tag"),
    "source_id": field("many2one", "Source", relation="utm.source"),
    "lost_reason_id": field("many2one", "Lost Reason", relation="crm.lost.reason"),
    "won_status": field("selection", "Is Won", selection=[["won", "Won"]], readonly=True),
    "x_topic": field("char", "Topic"),
    "x_details": field("text", "Details"),
    "x_meeting": field("datetime", "Meeting"),
    "x_newsletter": field("boolean", "Newsletter"),
    "x_area": field("float", "Area"),
    "x_seats": field("integer", "Seats"),
    "x_product": field("selection", "Product", selection=[["soft", "Software"]]),
    "x_interest_ids": field("many2many", "Interests", relation="x_interest"),
    "x_medium": field("many2one", "Second medium", relation="utm.medium"),
}

ROWS = {
    "res.users.apikeys": [
        {"id": 1, "expiration_date": False},
        {"id": 2, "expiration_date": "2020-01-01 00:00:00"},
        {"id": 3, "expiration_date": "2099-06-01 12:00:00"},
        {"id": 4, "expiration_date": "2099-05-01 12:00:00"},
    ],
    "res.users": [
        {
            "id": 2,
            "name": "Grace",
            "login": "grace@acme.test",
            "email": False,
            "active": True,
            "company_id": [1, "Acme"],
        },
        {
            "id": 7,
            "name": "Boris",
            "login": "boris",
            "email": "boris@acme.test",
            "active": False,
            "company_id": [1, "Acme"],
        },
    ],
    "res.company": [{"id": 1, "currency_id": [2, "EUR"]}],
    "crm.team": [{"id": 1, "name": "Sales"}, {"id": 5, "name": "Service"}],
    "crm.stage": [
        {"id": 1, "name": "New", "is_won": False, "team_ids": [1]},
        {"id": 6, "name": "Repair", "is_won": False, "team_ids": [5]},
        {"id": 4, "name": "Won", "is_won": True, "team_ids": []},
    ],
    "mail.activity.type": [{"id": 2, "name": "Call"}],
    "res.country": [{"id": 57, "display_name": "Germany"}],
    "crm.lost.reason": [{"id": 1, "display_name": "Too expensive"}],
    "x_interest": [{"id": 1, "display_name": "Demo"}, {"id": 3, "display_name": "Prices"}],
}

FIELDS = {
    "res.partner": PARTNER_FIELDS,
    "crm.lead": LEAD_FIELDS,
    "crm.stage": {
        "name": field("char", "Name"),
        "team_ids": field("many2many", "Teams", "crm.team"),
    },
}


class Tables:
    """A transport that answers from tables, and what was asked."""

    def __init__(self, rows=ROWS, fields=FIELDS) -> None:
        self.rows, self.fields = rows, fields
        self.asked: list[tuple[str, str, dict]] = []

    def call(self, model, method, named, *, writes):
        assert not writes
        self.asked.append((model, method, dict(named)))
        if method == "context_get":
            return {"lang": "uk_UA", "tz": "Europe/Kyiv", "uid": 2}
        answer = (self.fields if method == "fields_get" else self.rows)[model]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def user_id(self):
        return 2


CATALOG = read_catalog(Api(Tables()))
