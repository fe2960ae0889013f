"""What a row may say about conversions, and how its mistakes are told."""

from datetime import date

import pytest

from engine.deciding.conversions import Conversions
from engine.deciding.documents import DocumentMistakes, load


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ({"convert": ["trim", "upper"]}, None),
        ({"convert": "trim"}, {"convert": ["trim"]}),
        ({"convert": {"date": "DD.MM.YYYY"}}, {"convert": [{"date": "DD.MM.YYYY"}]}),
        ({"convert": [{"trim": True}]}, {"convert": ["trim"]}),
        ({"convert": [{"trim": None}]}, {"convert": ["trim"]}),
        ({"convert": [{"date": {"pattern": "DD.MM.YYYY"}}]}, {"convert": [{"date": "DD.MM.YYYY"}]}),
        ({"convert": [{"date": {"pattern": "D/M/YY HH:MM", "zone": "Europe/Kyiv"}}]}, None),
        ({"convert": ["number", "money", "phone", "yes_no", "each", "join"]}, None),
        ({"convert": [{"number": ","}, {"phone": "PL"}, {"money": "UAH"}]}, None),
        ({"convert": [{"number": {"decimal": ","}}]}, {"convert": [{"number": ","}]}),
        ({"convert": [{"money": {"currency": "UAH", "decimal": ","}}]}, None),
        ({"convert": [{"phone": False}]}, {"convert": [{"phone": "NO"}]}),
        ({"convert": [{"join": ", "}, {"each": ""}]}, {"convert": ["join", "each"]}),
        ({"convert": [{"pick": "last"}, {"pick": 2}, {"truncate": 50}]}, None),
        ({"convert": [{"yes_no": {"yes": ["sure"], "no": ["never"]}}]}, None),
        (
            {"convert": [{"yes_no": {True: ["sure"], False: ["never"]}}]},
            {"convert": [{"yes_no": {"yes": ["sure"], "no": ["never"]}}]},
        ),
        ({"map": {"big": "Enterprise", "": "None"}, "unknown": "keep"}, None),
        ({"map": {1: 2.5, "x": True, "d": date(2026, 12, 31)}}, {"map": {"1": "2.5", "x": "true", "d": "2026-12-31"}}),
        ({"unknown": {"value": "Other"}}, None),
        ({"unknown": {"value": 0}}, {"unknown": {"value": "0"}}),
        ({"unknown": {"note": True}}, {"unknown": "note"}),
        ({"unknown": "skip"}, {}),
    ],
)  # fmt: skip
def test_what_is_loaded_is_dumped_in_its_shortest_form(written, stored):
    row = load(Conversions, written)
    dumped = row.model_dump(mode="json", exclude_defaults=True)
    assert dumped == (written if stored is None else stored)
    assert load(Conversions, dumped) == row
    assert load(Conversions, row.model_dump(mode="json")) == row
    assert load(Conversions, row) == row


@pytest.mark.parametrize(
    ("written", "path", "words"),
    [
        ({"convert": ["trim", "trimm"]}, "/convert/1", "'trimm' is not known here; did you mean trim?"),
        ({"convert": ["zzz"]}, "/convert/0", "there are trim, upper"),
        ({"convert": [{"zzz": 1}]}, "/convert/0", "'zzz' is not known here"),
        ({"convert": [{1: 1}]}, "/convert/0", "'1' is not known here"),
        ({"convert": [{"trim": True, "upper": True}]}, "/convert/0", "one key, not 2: trim, upper"),
        ({"convert": [{}]}, "/convert/0", "one key, not 0"),
        ({"convert": [["trim"]]}, "/convert/0", "is a word such as trim"),
        ({"convert": [None]}, "/convert/0", "is a word such as trim"),
        ({"convert": [5]}, "/convert/0", "is a word such as trim"),
        ({"convert": 5}, "/convert", "tuple"),
        ({"convert": ["trim"] * 21}, "/convert", "at most 20"),
        ({"convert": [{"trim": False}]}, "/convert/0/trim", "True"),
        ({"convert": ["date"]}, "/convert/0", "date needs a setting, such as date: DD.MM.YYYY"),
        ({"convert": ["truncate"]}, "/convert/0", "such as truncate: 50"),
        ({"convert": ["pick"]}, "/convert/0", "such as pick: first"),
        ({"convert": [{"date": "DD.MM"}]}, "/convert/0/date/pattern", "has no year"),
        ({"convert": [{"date": "DD.MM.YYYY DD"}]}, "/convert/0/date/pattern", "more than one day"),
        ({"convert": [{"date": "DD.MM.YYYY :SS"}]}, "/convert/0/date/pattern", "second without minutes"),
        ({"convert": [{"date": "DD.MM.YYYY PM"}]}, "/convert/0/date/pattern", "half without hours"),
        ({"convert": [{"date": "on DD.MM.YYYY"}]}, "/convert/0/date/pattern", "'on' in"),
        ({"convert": [{"date": ["x"]}]}, "/convert/0/date/pattern", "string"),
        ({"convert": [{"date": {"pattern": "DD.MM.YYYY", "zone": "Mars"}}]}, "/convert/0/date/zone", "'Mars' is not a time zone"),
        ({"convert": [{"phone": "XX"}]}, "/convert/0/phone/region", "not a country code"),
        ({"convert": [{"money": "hryvnia"}]}, "/convert/0/money/currency", "three letters such as UAH"),
        ({"convert": [{"number": {"decimal": "_"}}]}, "/convert/0/number/decimal", "','"),
        ({"convert": [{"number": {"point": "."}}]}, "/convert/0/number/point", "not known"),
        ({"convert": [{"pick": 0}]}, "/convert/0/pick", "from 1 on"),
        ({"convert": [{"pick": True}]}, "/convert/0/pick", "first, last"),
        ({"convert": [{"truncate": 0}]}, "/convert/0/truncate", "greater than"),
        ({"convert": [{"truncate": True}]}, "/convert/0/truncate", "integer"),
        ({"convert": [{"yes_no": ["x"]}]}, "/convert/0/yes_no", "dictionary"),
        ({"convert": [{"yes_no": {"yes": [1]}}]}, "/convert/0/yes_no/yes/0", "string"),
        ({"unknown": "nott"}, "/unknown", "did you mean note?"),
        ({"unknown": "value"}, "/unknown", "value needs a setting"),
        ({"unknown": None}, "/unknown", "is a word such as skip"),
        ({"map": ["x"]}, "/map", "dictionary"),
        ({"map": {True: "x"}}, "/map", "put quotes around yes, no"),
        ({"map": {"a": None}}, "/map/a", "string"),
        ({"map": {"a": "x", " A": "y"}}, "/map", "are the same answer"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_place(written, path, words):
    with pytest.raises(DocumentMistakes) as caught:
        load(Conversions, written)
    (issue,) = caught.value.issues
    assert issue.path == path
    assert words in issue.message


def test_all_mistakes_are_told_at_once():
    with pytest.raises(DocumentMistakes) as caught:
        load(Conversions, {"convert": ["nope", {"pick": 0}], "unknown": "nope"})
    assert [issue.path for issue in caught.value.issues] == [
        "/convert/0",
        "/convert/1/pick",
        "/unknown",
    ]


def test_the_shape_is_told_as_json_schema():
    parts = Conversions.model_json_schema()["properties"]
    assert set(parts) == {"convert", "map", "unknown"}
