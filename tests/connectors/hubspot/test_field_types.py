"""Every kind of property, read from the texts HubSpot sends and written as it takes them."""

import pytest

from connectors.base import Change, Kind
from connectors.errors import RejectedError
from connectors.hubspot.mapping import Own, record
from connectors.hubspot.values import plain, rich, with_tags
from tests.connectors.hubspot.account import CATALOG
from tests.connectors.hubspot.wire import DEAL, HubSpot, batch, connector, row

TYPES = [
    ("topic", "Chairs", "topic", "Chairs"),
    ("details", "two\nlines", "details", "two\nlines"),
    ("offer.html", "1 < 2\nand more", "offer", "1 &lt; 2<br>and more"),
    ("hotline", "+14155550100", "hotline", "+14155550100"),
    ("fax_number", "+14155550100", "fax_number", "+14155550100"),
    ("seats", "3", "seats", "3"),
    ("cost", "99.5", "cost", "99.5"),
    ("budget", "1500.5", "amount", "1500.5"),
    ("newsletter", True, "newsletter", "true"),
    ("agreed", False, "agreed", "false"),
    ("colour", "red", "colour", "red"),
    ("size", "l", "size", "l"),
    ("colours", ["red", "green"], "colours", "red;green"),
    ("second", "11", "second", "11"),
    ("responsible", "11", "hubspot_owner_id", "11"),
]


@pytest.mark.parametrize(("id", "ours", "name", "theirs"), TYPES)
def test_a_value_is_written_as_a_text(id, ours, name, theirs):
    hubspot = HubSpot(batch(row(7001)))
    connector(hubspot).update(Kind.DEAL, [Change(DEAL.id, {id: ours})])
    assert hubspot.sent()["inputs"] == [
        {"id": "7001", "properties": {name: theirs}, "objectWriteTraceId": "0"}
    ]


@pytest.mark.parametrize(("id", "ours", "name", "theirs"), TYPES)
def test_a_value_is_read_from_a_text(id, ours, name, theirs):
    read = record(Kind.DEAL, row(7001, **{name: theirs}), CATALOG, Own())
    assert read.fields == {id: ours}


@pytest.mark.parametrize(
    ("id", "ours", "theirs"),
    [
        ("wanted", "2026-12-01", "1796083200000"),  # midnight UTC, wherever the account is
        ("meeting", "2026-12-01T10:30:00+02:00", "1796113800000"),
        ("meeting", "2026-12-01T10:30:00", "1796113800000"),  # the account's own time
    ],
)
def test_dates_are_written_in_milliseconds(id, ours, theirs):
    hubspot = HubSpot(batch(row(7001)))
    connector(hubspot).update(Kind.DEAL, [Change(DEAL.id, {id: ours})])
    assert hubspot.sent()["inputs"][0]["properties"] == {id: theirs}


@pytest.mark.parametrize(
    ("id", "theirs", "ours"),
    [
        ("wanted", "2026-12-01", "2026-12-01"),
        ("wanted", "1796083200000", "2026-12-01"),
        ("meeting", "2026-12-01T08:30:00Z", "2026-12-01T10:30:00+02:00"),
        ("meeting", "2026-12-01T08:30:00.000Z", "2026-12-01T10:30:00+02:00"),
        ("meeting", "1796113800000", "2026-12-01T10:30:00+02:00"),
        ("cost", "99.50", "99.5"),
        ("budget", "1.5E3", "1500"),
    ],
)
def test_either_way_to_write_a_value_is_read(id, theirs, ours):
    name = CATALOG.field(Kind.DEAL, id).code
    assert record(Kind.DEAL, row(7001, **{name: theirs}), CATALOG, Own()).fields == {id: ours}


@pytest.mark.parametrize("id", [one[0] for one in TYPES])
def test_nothing_clears_a_property(id):
    hubspot = HubSpot(batch(row(7001)))
    connector(hubspot).update(Kind.DEAL, [Change(DEAL.id, {id: None})])
    assert set(hubspot.sent()["inputs"][0]["properties"].values()) == {""}


@pytest.mark.parametrize("empty", [None, ""])
def test_what_is_empty_is_left_out(empty):
    read = record(Kind.DEAL, row(7001, topic=empty, colours=empty), CATALOG, Own())
    assert read.fields == {}


@pytest.mark.parametrize(
    ("id", "value"),
    [("seats", "many"), ("wanted", "tomorrow"), ("meeting", "noon"), ("colours", 7)],
)
def test_what_does_not_fit_is_refused_before_anything_is_sent(id, value):
    hubspot = HubSpot()
    (outcome,) = connector(hubspot).update(Kind.DEAL, [Change(DEAL.id, {id: value})])
    assert isinstance(outcome.error, RejectedError)
    assert outcome.error.field == id
    assert hubspot.requests == []


@pytest.mark.parametrize("id", ["files", "nowhere"])
def test_what_cannot_be_written_is_refused(id):
    (outcome,) = connector(HubSpot()).update(Kind.DEAL, [Change(DEAL.id, {id: "x"})])
    assert outcome.error.field == id


@pytest.mark.parametrize(
    ("shown", "text"),
    [
        ("one<br>two", "one\ntwo"),
        ("<div><p>one</p><p>two &amp; three</p></div>", "one\ntwo & three"),
        ("a<br />\nb", "a\nb"),
        ("&lt;script&gt;&nbsp;x", "<script> x"),
    ],
)
def test_rich_text_is_read_as_what_it_shows(shown, text):
    assert plain(shown) == text


@pytest.mark.parametrize("text", ["a < b & c > d", "<script>alert(1)</script>", "two\nlines"])
def test_plain_text_shows_the_same_as_rich_text(text):
    assert plain(rich(text)) == text
    assert "<s" not in rich(text)


@pytest.mark.parametrize(
    ("tags", "present", "text"),
    [
        (["web"], None, "web"),
        (["web", "web"], "", "web"),
        (["vip", "WEB"], "web; ads", "web;ads;vip"),
        (["web"], "Web", None),
        (["a;b"], "", "a,b"),
    ],
)
def test_tags_are_added_to_the_list(tags, present, text):
    assert with_tags(tags, present) == text
