"""The account that a CRM in memory has unless a test gives it another: every type of field."""

from __future__ import annotations

from connectors.base import Kind
from connectors.catalog import Catalog, Field, FieldType, Option, Pipeline, Stage, User

_NAME = Field("name", "Name", FieldType.TEXT)
_PHONE = Field("phone", "Phone", FieldType.PHONE, code="PHONE", many=True)
_EMAIL = Field("email", "E-mail", FieldType.EMAIL, code="EMAIL", many=True)
_RESPONSIBLE = Field("responsible", "Responsible", FieldType.USER)

CATALOG = Catalog(
    fields={
        Kind.CONTACT: (
            _NAME,
            Field("first_name", "First name", FieldType.TEXT),
            Field("last_name", "Last name", FieldType.TEXT),
            _PHONE,
            _EMAIL,
            _RESPONSIBLE,
            Field("position", "Position", FieldType.TEXT),
            Field(
                "messenger",
                "Messenger",
                FieldType.MESSENGER,
                code="IM",
                many=True,
                options=(Option("telegram", "Telegram"), Option("viber", "Viber")),
            ),
            Field("birthday", "Birthday", FieldType.DATE),
            Field("profile", "Profile", FieldType.URL),
            Field("about", "About", FieldType.LONG_TEXT),
        ),
        Kind.COMPANY: (
            _NAME,
            _PHONE,
            _EMAIL,
            _RESPONSIBLE,
            Field("web", "Web", FieldType.URL),
            Field(
                "industry",
                "Industry",
                FieldType.CHOICE,
                options=(Option("retail", "Retail"), Option("services", "Services")),
            ),
        ),
        Kind.DEAL: (
            _NAME,
            Field("budget", "Budget", FieldType.MONEY, decimals=2, currency="EUR"),
            _RESPONSIBLE,
            Field("pipeline", "Pipeline", FieldType.PIPELINE),
            Field("stage", "Stage", FieldType.STAGE),
            Field("utm_source", "UTM source", FieldType.TEXT, code="UTM_SOURCE"),
            Field("topic", "Topic", FieldType.TEXT),
            Field("seats", "Seats", FieldType.NUMBER, decimals=0),
            Field("newsletter", "Newsletter", FieldType.YES_NO),
            Field("wanted", "Wanted date", FieldType.DATE),
            Field("meeting", "Meeting at", FieldType.DATETIME),
            Field(
                "product",
                "Product line",
                FieldType.CHOICE,
                options=(Option("software", "Software"), Option("hardware", "Hardware")),
            ),
            Field(
                "interests",
                "Interests",
                FieldType.CHOICES,
                options=(Option("demo", "Demo"), Option("prices", "Prices")),
            ),
            Field("score", "Score", FieldType.OPAQUE, read_only=True),
        ),
    },
    pipelines=(
        Pipeline(
            "sales",
            "Sales",
            (
                Stage("incoming", "Incoming", incoming=True),
                Stage("new", "New request"),
                Stage("talking", "Talking"),
                Stage("won", "Won", closed=True),
                Stage("lost", "Lost", closed=True),
            ),
            main=True,
        ),
        Pipeline(
            "service",
            "Service",
            (Stage("asked", "Asked"), Stage("answered", "Answered", closed=True)),
        ),
    ),
    users=(
        User("grace", "Grace", email="grace@acme.test"),
        User("anna", "Anna", email="anna@acme.test"),
        User("boris", "Boris", email="boris@acme.test", active=False),
    ),
    task_types=(Option("call", "Call"), Option("meeting", "Meeting")),
    currency="EUR",
    time_zone="Europe/Kyiv",
    merges=True,
)
