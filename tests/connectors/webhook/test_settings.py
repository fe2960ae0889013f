"""What may be entered, and what is said of what may not."""

from __future__ import annotations

import pytest

from connectors.base import Kind
from connectors.catalog import FieldType
from connectors.errors import SettingsError
from connectors.standard_webhooks import is_secret, new_secret
from connectors.webhook.spec import receiver_of
from tests.connectors.webhook.wire import SECRET, SETTINGS


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"url": "crm.example.com"}, "url: must be an http or https address"),
        ({"url": "ftp://crm.example.com/t0psecret"}, "url: must be an http"),
        ({"url": "https://xn--/"}, "url: must be an http"),
        ({"url": "https://ada:t0psecret@crm.example.com"}, "url: must be without name"),
        ({"base_url": "staging"}, "base_url: must be an http"),
        ({"secret": "t0psecret"}, "secret: must be whsec_"),
        ({"secret": "whsec_c2hvcnQ="}, "24 to 64 bytes"),
        ({"secret": SECRET[:-2] + "!="}, "secret: must be whsec_"),
        ({"header_name": "Two words", "header_value": "x"}, "header_name: must be"),
        ({"header_value": "t0psecret"}, "header_name: must be"),
        ({"header_name": "X-Key"}, "header_value: must be one line"),
        ({"header_name": "X-Key", "header_value": "a\nb"}, "header_value: must be one line"),
        ({"header_name": "Webhook-ID", "header_value": "x"}, "that Formwire sets itself"),
        ({"fields": "deal.topic\nlead.topic"}, "fields: line 2: write the kind and a name"),
        ({"fields": "topic"}, "fields: line 1: write the kind"),
        ({"fields": "deal.two words"}, "fields: line 1: the name takes letters"),
        ({"fields": "deal.topic: colour"}, "fields: line 1: after the colon comes one of text,"),
        ({"fields": "deal.a\ndeal.A"}, "fields: deal.A is there already"),
        ({"fields": "contact.emails"}, "fields: contact.emails is there already"),
        ({"pipelines": "Sales"}, "pipelines: line 1: write a name, a colon, and stages"),
        ({"pipelines": "Sales: New,, Won"}, "pipelines: line 1: write a name"),
        ({"pipelines": "Sales: New, (new)"}, "pipelines: line 1: each pipeline"),
        ({"pipelines": "A: x\n\na: y"}, "pipelines: line 3: each pipeline"),
        ({"users": "a@b.test\nAnna <A@b.test>"}, "users: line 2: this person is there already"),
        ({"users": "@"}, "users: line 1: write a name and an address"),
        ({"body": '{"a": {{ deal.name }} }'}, "body: line 1, column 8: this is not JSON"),
        ({"body": '"{{ deal.name }}"'}, "body: it must be an object or a list"),
        ({"body": "[NaN]"}, "body: NaN is not JSON"),
        ({"body": "[" * 100_000}, "body: "),
        ({"body": '{"a": ["{{ lead.name }}"]}'}, "body: /a/0: 'lead' is not known; begin with"),
        ({"body": '{"a": "{{ deal.colour }}"}'}, "body: /a: 'deal' has no 'colour'; it has id,"),
        ({"body": '{"a": "{{ deal.name"}'}, "body: /a: a macro is written {{ name }}"),
        ({"body": '{"a": "{{ deal.name|upper }}"}'}, "body: /a: 'deal.name|upper' is no macro"),
        ({"body": '{"a": "x {{ deal }}"}'}, "body: /a: 'deal' must be all that stands"),
        ({"body": '{"a": "x {{ deal.budget | number }}"}'}, "must be all that stands"),
        ({"body": '{"{{ deal.name }}": 1}'}, "a name takes no macro"),
    ],
)
def test_what_cannot_be_right_is_said_with_its_place_and_no_secret(wrong, said) -> None:
    with pytest.raises(SettingsError) as caught:
        receiver_of({**SETTINGS, **wrong})
    (key,) = set(str(caught.value).split(":")[:1])
    assert key in {*wrong, "header_name", "header_value"}
    assert said in str(caught.value)
    assert "t0psecret" not in str(caught.value)


def test_a_made_secret_is_one() -> None:
    assert is_secret(new_secret())
    assert new_secret() != new_secret()


def test_the_catalog_is_what_the_settings_say() -> None:
    catalog = receiver_of(
        {
            **SETTINGS,
            "fields": " deal . topic \n\ncontact.birthday: date\ndeal.Größe:number",
            "pipelines": "Sales: New, Talking , (Won)\r\nService: Asked",
            "users": "Anna Smith <anna@acme.test>\nboris@acme.test\nGrace",
        }
    ).catalog
    assert catalog.field(Kind.DEAL, "TOPIC").type is FieldType.TEXT
    assert catalog.field(Kind.DEAL, "Größe").type is FieldType.NUMBER
    assert catalog.field(Kind.CONTACT, "birthday").type is FieldType.DATE
    assert [line.label for line in catalog.pipelines if line.main] == ["Sales"]
    stages = catalog.pipeline("sales").stages
    assert [(one.label, one.closed) for one in stages] == [
        ("New", False),
        ("Talking", False),
        ("Won", True),
    ]
    assert [user.id for user in catalog.users] == ["anna@acme.test", "boris@acme.test", "Grace"]
    assert catalog.user("anna smith").email == "anna@acme.test"
    assert catalog.field(Kind.DEAL, "responsible")


def test_with_the_least_settings_there_is_a_pipeline_and_nobody_responsible() -> None:
    catalog = receiver_of(SETTINGS).catalog
    assert [line.label for line in catalog.pipelines] == ["Sales"]
    assert catalog.users == ()
    assert catalog.field(Kind.DEAL, "responsible") is None


@pytest.mark.parametrize(
    ("settings", "url"),
    [
        ({}, "https://crm.example.com/hooks/t0psecret?tenant=7"),
        ({"url": "https://crm.example.com"}, "https://crm.example.com"),
        ({"url": " https://crm.example.com/a#top "}, "https://crm.example.com/a"),
        ({"base_url": "http://127.0.0.1:9/"}, "http://127.0.0.1:9/hooks/t0psecret?tenant=7"),
    ],
)
def test_where_events_go(settings, url) -> None:
    assert receiver_of({**SETTINGS, **settings}).url == url
    assert SECRET not in repr(receiver_of({**SETTINGS, **settings}))
